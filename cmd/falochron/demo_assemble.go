package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
)

// assemble turns measurements into the result.
func (d *demo) assemble(list *crowd.List, ideal *idealResult, bare, protected *waveResult) *demoResult {
	best := ideal.best()
	session := time.Duration(best.SessionS * float64(time.Second))
	from, to := list.Window(session, best.OrdersPerMin)
	r := &demoResult{Seed: d.seed, Overload: d.overload, FansHash: list.Hash, Compression: d.compression,
		Ideal:     demoIdeal{round(ideal.edge.OrdersPerMin, 2)},
		IdealBare: demoIdeal{round(ideal.bare.OrdersPerMin, 2)},
		Bare:      &demoBare{}, Protected: &demoProtected{},
		Details: demoDetails{Workers: d.workers, Fans: len(list.Fans), Buyers: list.Buyers, WaveS: list.Length.Seconds(),
			WindowFromS: round(from.Seconds(), 1), WindowToS: round(to.Seconds(), 1), SessionS: round(best.SessionS, 1),
			AlikePages: slices.Sorted(maps.Keys(protected.life)), Sweep: ideal.points, Scenario: d.scenario.String(),
			Waves: map[string]waveLog{"bare": bare.log, "protected": protected.log}}}
	rate := func(w *waveResult, shielded bool) (orders, ratio float64) {
		orders, ratio = goodput(w.report, d.scenario.parts(from, to, session, w.cleared, shielded), best.OrdersPerMin)
		return round(orders, 2), round(ratio, 4)
	}
	for _, p := range d.scenario.parts(from, to, session, protected.cleared, true) {
		r.Details.Counted = append(r.Details.Counted, countedPart{round(p.from.Seconds(), 1), round(p.to.Seconds(), 1), round(p.can, 3)})
	}

	b := r.Bare
	b.OrdersPerMin, b.GoodputRatio = rate(bare, false)
	b.ErrorShare = round(bare.report.ErrorShare(), 4)
	b.P95MS = ms(bare.report.Waited.P95) // instant error pages are no pages: they are in the share of errors
	b.Oversold, b.LostCallbacks = bare.stats.Oversold, bare.notices.unheard()
	b.ChargedAfterLeaving, b.MixedVisitors = bare.money.AfterLeaving, bare.report.Totals.Mixed

	p, rep := r.Protected, protected.report
	p.OrdersPerMin, p.GoodputRatio = rate(protected, true)
	limit := time.Duration(promiseShopP95 * best.P95MS * float64(time.Millisecond))
	p.SecondsToProtect = rep.SecondsToProtect(best.PagesPerS, limit, protected.refused)
	b.demoShared, p.demoShared = d.shared(bare), d.shared(protected)
	for name, w := range map[string]*waveResult{"bare": bare, "protected": protected} {
		each := w.report.SecondsToProtectEachSecond(best.PagesPerS, limit, w.refused)
		w.log.ProtectEach = &each
		if at := d.scenario.slowAt; at > 0 {
			c := cohort(w.report.LetIn(at+slowerKnown, w.report.To+time.Hour))
			w.log.LetInSlower = &c
		}
		r.Details.Waves[name] = w.log
	}
	p.AdmittedSessions, p.BrokenAdmittedShare = rep.Totals.Admitted, round(rep.BrokenShare(), 5)
	p.CheckoutFailed, p.Checkouts = rep.Totals.CheckoutFailed, rep.Totals.Checkouts
	p.Oversold, p.LostCallbacks = protected.stats.Oversold, protected.notices.unheard()
	p.ChargedAfterLeaving, p.MixedVisitors = protected.money.AfterLeaving, rep.Totals.Mixed
	p.FairnessRankCorrelation = round(rep.FairnessRankCorrelation(), 5)
	p.EdgeAnswerP99MS, p.ShopPageP95MS = told(ms(rep.Edge.P99)), ms(rep.Pages.P95)
	p.ShopPageP95AtIdealMS = round(best.P95MS, 1)
	p.WaitingPeak = told(rep.Totals.WaitingPeak)
	kept, judged := rep.PromiseKept()
	p.WaitPromiseKept = told(round(kept, 4))
	if d.front != "" { // what the crowd has not been told by it is not known
		r.Details.Front = d.front
		p.EdgeAnswerP99MS = toldIf(rep.Edge.Count, float64(p.EdgeAnswerP99MS))
		p.WaitingPeak = toldIf(int64(rep.Totals.WaitingPeak), float64(p.WaitingPeak))
		p.WaitPromiseKept = toldIf(int64(judged), float64(p.WaitPromiseKept))
	}
	p.EdgeRSSMB, p.EdgeCPUS = round(protected.edgeRSS, 1), protected.log.EdgeCPUS

	r.Details.VoidBecause = voids(ideal, bare, protected)
	r.Void = len(r.Details.VoidBecause) > 0
	return r
}

// shared counts what was asked for of things that are the same for all, and notes the
// details in the wave's log.
func (d *demo) shared(w *waveResult) demoShared {
	files, pages := w.life.count(w.things, w.report.Start)
	files.Reached += w.things.Beyond // they came, nobody knows for what
	files.Asked, pages.Asked = w.report.Totals.AlikeFiles, w.report.Totals.AlikePages
	w.log.SharedFiles, w.log.SharedPages = &files, &pages
	return demoShared{ShopRequestsCacheable: files.Reached + pages.Reached, CacheableAsked: files.Asked + pages.Asked,
		SavedShare: round(saved(files, pages), 4), WorstPerPeriod: max(files.Worst, pages.Worst)}
}

// slowerKnown is how long after a shop became slower people may still be let in
// who will suffer from it: its answers take two to six seconds then, and before
// some of them have come nobody can know. Chosen.
const slowerKnown = 10 * time.Second

// voids says why a measurement proves nothing.
func voids(ideal *idealResult, bare, protected *waveResult) (why []string) {
	late, busy := 0.0, ideal.busy
	for _, p := range ideal.points {
		late = max(late, p.LatenessMS)
	}
	check := func(phase string, late, busy float64) {
		if late > voidLatenessMS {
			why = append(why, fmt.Sprintf("%s: the crowd was late by %.0f ms (p99)", phase, late))
		}
		if busy > voidBusy {
			why = append(why, fmt.Sprintf("%s: the machine was %.0f %% busy", phase, 100*busy))
		}
	}
	check("at its best", late, busy)
	for _, w := range []struct {
		phase string
		log   *waveLog
	}{{"bare", &bare.log}, {"protected", &protected.log}} {
		check(w.phase, w.log.LatenessP99MS, w.log.BusyMean)
		// A scenario that did not happen has been survived by nobody.
		for _, odd := range w.log.Attention {
			why = append(why, fmt.Sprintf("%s: the scenario did not happen as said: %s", w.phase, odd))
		}
	}
	return why
}

// brokenPromises is the error of a demo that did not keep its word.
func brokenPromises(broken []string) error {
	return &falochron.Error{Kind: falochron.Internal, Op: "demo", Public: "promises are broken: " + strings.Join(broken, "; "),
		Hint: "run it again with nothing else on the machine; if it stays, please report it with --json and the output of falochron version"}
}
