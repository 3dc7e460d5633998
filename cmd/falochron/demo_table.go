package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/falochron/falochron/internal/crowd"
)

// table is the result for people.
func table(r *demoResult) string {
	b, p := r.Bare, r.Protected
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	bl, pl := r.Details.Waves["bare"], r.Details.Waves["protected"]
	var s strings.Builder
	head := func(what string, bare, protected string) {
		fmt.Fprintf(&s, "  %-44s %14s %16s\n", what, bare, protected)
	}
	row := func(what string, bare, protected string) {
		if !r.shows("bare") {
			bare = notRun
		}
		if !r.shows("protected") {
			protected = notRun
		}
		head(what, bare, protected)
	}
	head(fmt.Sprintf("%g times too many buyers", r.Overload), "bare shop", "with "+protector(r.Details.Front))
	head(strings.Repeat("─", 44), strings.Repeat("─", 14), strings.Repeat("─", 16))
	row(fmt.Sprintf("orders a minute (from a calm crowd: %.1f)", best), fmt.Sprintf("%.1f", b.OrdersPerMin), fmt.Sprintf("%.1f", p.OrdersPerMin))
	row("compared with a calm crowd", percent(b.GoodputRatio), percent(p.GoodputRatio))
	row("pages that came as an error", percent(b.ErrorShare), percent(pl.ErrorShare))
	row("slowest pages (19 of 20 are faster)", fmt.Sprintf("%.1f s", b.P95MS/1000), fmt.Sprintf("%.1f s", p.ShopPageP95MS/1000))
	row("people who left because it was slow", fmt.Sprint(bl.LeftForSlow), fmt.Sprint(pl.LeftForSlow))
	row("let in, then let down", "", fmt.Sprintf("%s of %d", percent(p.BrokenAdmittedShare), p.AdmittedSessions))
	row("checkouts that failed", "", fmt.Sprintf("%d of %d", p.CheckoutFailed, p.Checkouts))
	row("charged though they had left", fmt.Sprint(b.ChargedAfterLeaving), fmt.Sprint(p.ChargedAfterLeaving))
	row("payments the shop never heard of", fmt.Sprint(b.LostCallbacks), fmt.Sprint(p.LostCallbacks))
	row("articles sold that were not there", fmt.Sprint(b.Oversold), fmt.Sprint(p.Oversold))
	row("saw somebody else's page", fmt.Sprint(b.MixedVisitors), fmt.Sprint(p.MixedVisitors))
	row("alike for all (files, some pages): asked for", fmt.Sprint(b.CacheableAsked), fmt.Sprint(p.CacheableAsked))
	row("of these, reached the shop", fmt.Sprint(b.ShopRequestsCacheable), fmt.Sprint(p.ShopRequestsCacheable))
	row("most for one of them while it was fresh", fmt.Sprint(b.WorstPerPeriod), fmt.Sprint(p.WorstPerPeriod))
	row("most people in line", "no line", fmt.Sprint(p.WaitingPeak))
	row("told waits that came true", "", share(p.WaitPromiseKept))
	return s.String()
}

// notRun stands for every number of a wave that was not part of the run.
const notRun = "not run"

// share is a share that may not have been told.
func share(t told) string {
	if math.IsNaN(float64(t)) {
		return t.String()
	}
	return percent(float64(t))
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

// verdicts lists the promises.
func verdicts(promises []promise) string {
	var s strings.Builder
	for _, p := range promises {
		mark := "holds "
		if !p.holds {
			mark = "BROKEN"
		}
		fmt.Fprintf(&s, "  %s  %-48s %10s  (%s)\n", mark, p.what, p.got, p.want)
	}
	return s.String()
}

// costs says what it took.
func costs(r *demoResult) string {
	var s strings.Builder
	for _, name := range []string{"bare", "protected"} {
		l, run := r.Details.Waves[name]
		if !run {
			continue
		}
		fmt.Fprintf(&s, "  %-9s CPU: crowd %.1f s, edge %.1f s, shop %.1f s; machine %.0f %% busy (peak %.0f %%); the crowd was on time to %.1f ms in 99 of 100 cases; %d requests\n",
			name, l.CrowdCPUS, l.EdgeCPUS, l.ShopCPUS, 100*l.BusyMean, 100*l.BusyPeak, l.LatenessP99MS, l.Requests)
	}
	return s.String()
}

// sparks draws orders over time, five seconds a cell.
func sparks(r *demoResult, bare, protected *crowd.Report) string {
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	line := func(rep *crowd.Report) string {
		var b strings.Builder
		for _, x := range ordersOver(rep, sparkStep) {
			b.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[min(8, int(8*x/(sparkTop*best)+0.5))])
		}
		return b.String()
	}
	return fmt.Sprintf("  orders over time   bare       %s\n                     %-10s %s\n"+
		"  (a column is %d s; a full one is %.0f orders a minute, and a calm crowd makes %.0f)\n", line(bare), protector(r.Details.Front), line(protected), sparkStep, sparkTop*best, best)
}

const (
	sparkStep = 5    // seconds a column
	sparkTop  = 1.25 // times what the shop can take: the height of a full column
)

// ordersOver is the rate of orders a minute in each stretch of step seconds of
// the wave.
func ordersOver(rep *crowd.Report, step int) []float64 {
	return over(rep, step, func(sum, n float64) float64 { return sum + n*60/float64(step) }, func(s *crowd.Second) int { return s.Orders })
}
