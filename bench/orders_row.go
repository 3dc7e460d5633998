package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// ordersRow is one run, measured.
type ordersRow struct {
	stamp
	Key      string          `json:"key"`
	Scenario string          `json:"scenario"`
	Workers  int             `json:"workers"`
	Overload float64         `json:"overload"`
	Seed     uint64          `json:"seed"`
	Command  string          `json:"command"`
	Exit     int             `json:"exit"`
	Attempt  int             `json:"attempt"` // 2: the first one was void, or did not begin
	Void     bool            `json:"void"`
	Why      []string        `json:"void_because,omitempty"`
	Failed   string          `json:"failed,omitempty"` // there is no result, and why
	Result   json.RawMessage `json:"result,omitempty"` // as falochron demo --json wrote it

	began bool // its shop and its front were started, and the wave too
}

// wave is what the tables need of a result of falochron demo. Of the two waves, one
// that was not run is null there, and was zeros before: which one a row is about says
// its scenario, and the other one is not looked at.
type wave struct {
	Void      bool  `json:"void"`
	Ideal     ideal `json:"ideal"`
	IdealBare ideal `json:"ideal_bare"`
	Bare      struct {
		OrdersPerMin        float64 `json:"orders_per_min"`
		GoodputRatio        float64 `json:"goodput_ratio"`
		ErrorShare          float64 `json:"error_share"`
		P95MS               float64 `json:"p95_ms"`
		Oversold            int     `json:"oversold"`
		LostCallbacks       int     `json:"lost_callbacks"`
		ChargedAfterLeaving int     `json:"charged_after_leaving"`
		MixedVisitors       int     `json:"mixed_visitors"`
		shared
	} `json:"bare"`
	Protected struct {
		OrdersPerMin            float64 `json:"orders_per_min"`
		GoodputRatio            float64 `json:"goodput_ratio"`
		SecondsToProtect        float64 `json:"seconds_to_protect"`
		AdmittedSessions        int     `json:"admitted_sessions"`
		BrokenAdmittedShare     float64 `json:"broken_admitted_share"`
		CheckoutFailed          int     `json:"checkout_failed"`
		Checkouts               int     `json:"checkouts"`
		Oversold                int     `json:"oversold"`
		LostCallbacks           int     `json:"lost_callbacks"`
		ChargedAfterLeaving     int     `json:"charged_after_leaving"`
		MixedVisitors           int     `json:"mixed_visitors"`
		FairnessRankCorrelation float64 `json:"fairness_rank_correlation"`
		EdgeAnswerP99MS         float64 `json:"edge_answer_p99_ms"`
		ShopPageP95MS           float64 `json:"shop_page_p95_ms"`
		ShopPageP95AtIdealMS    float64 `json:"shop_page_p95_at_ideal_ms"`
		WaitingPeak             int     `json:"waiting_peak"`
		WaitPromiseKept         float64 `json:"wait_promise_kept"`
		EdgeRSSMB               float64 `json:"edge_rss_mb"`
		EdgeCPUS                float64 `json:"edge_cpu_s"`
		shared
	} `json:"protected"`
	Details struct {
		Counted  []part   `json:"counted"`
		Void     []string `json:"void_because"`
		Promises []struct {
			What  string `json:"what"`
			Got   string `json:"got"`
			Want  string `json:"want"`
			Holds bool   `json:"holds"`
		} `json:"promises"`
		Waves map[string]waveDetails `json:"waves"`
	} `json:"details"`
}

// shared is about what is the same for all who ask without a session.
type shared struct {
	ShopRequestsCacheable int     `json:"shop_requests_cacheable"`
	CacheableAsked        int     `json:"cacheable_asked"`
	SavedShare            float64 `json:"saved_share"`
	WorstPerPeriod        int     `json:"worst_per_period"`
}

// things is how requests for files, or for pages, of that sort fared.
type things struct {
	Asked   int `json:"asked"`
	Reached int `json:"reached"`
	Opened  int `json:"opened_sessions"` // front pages fetched to give one buyer a session, not in Reached
}

// opened is Opened, 0 of nothing.
func (t *things) opened() float64 {
	if t == nil {
		return 0
	}
	return float64(t.Opened)
}

// spared is the share of them that did not reach the shop, in percent.
func (t *things) spared() float64 {
	if t == nil || t.Asked == 0 {
		return 0
	}
	return 100 * max(0, 1-float64(t.Reached)/float64(t.Asked))
}

// waveDetails is one of the two waves.
type waveDetails struct {
	CheckoutFailed int     `json:"checkout_failed"`
	PlacesLost     int     `json:"places_lost"`
	Refused502     int     `json:"shop_refused_502"`
	Timeouts504    int     `json:"shop_timeouts_504"`
	OrdersPer10S   []int   `json:"orders_per_10s"`
	LetInSlower    *cohort `json:"let_in_after_slower"`
	RankAdmitted   float64 `json:"rank_correlation_admitted"`
	ProtectEach    float64 `json:"seconds_to_protect_each_second"`
	SharedFiles    *things `json:"shared_files"`
	SharedPages    *things `json:"shared_pages"`

	Attack *attackDetails `json:"attack"` // only of a wave in which fans have addresses
}

// cohort is what became of the people let in after the shop became slower.
type cohort struct {
	Admitted       int `json:"admitted"`
	Broken         int `json:"broken"`
	Checkouts      int `json:"checkouts"`
	CheckoutFailed int `json:"checkout_failed"`
}

type ideal struct {
	OrdersPerMin float64 `json:"orders_per_min"`
}

// part is a stretch of a wave in which orders were counted.
type part struct {
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

// best is what orders are compared with.
func (w *wave) best() float64 { return max(w.Ideal.OrdersPerMin, w.IdealBare.OrdersPerMin) }

// counted is how many seconds of the wave count for the ratio.
func (w *wave) counted() (s float64) {
	for _, p := range w.Details.Counted {
		s += p.To - p.From
	}
	return s
}

// wave reads a row's result; nil when there is none.
func (r *ordersRow) wave() *wave {
	if len(r.Result) == 0 {
		return nil
	}
	var w wave
	if json.Unmarshal(r.Result, &w) != nil {
		return nil
	}
	return &w
}

// scenario is the row's sort of wave; ok is false for a file of another
// version.
func (r *ordersRow) scenario() (scenario, bool) {
	all := allSorts()
	i := slices.IndexFunc(all, func(s scenario) bool { return s.name == r.Scenario })
	if i < 0 {
		return scenario{}, false
	}
	return all[i], true
}

// counts says whether a row proves anything.
func (r *ordersRow) counts() bool { return !r.Void && r.Failed == "" }

// missed lists what a row promised and did not keep. Void rows, bare ones and
// those with a planted fault promise nothing.
func (r *ordersRow) missed() (out []string) {
	if r.Failed != "" {
		return []string{r.Key + ": " + r.Failed}
	}
	sc, known := r.scenario()
	w := r.wave()
	if r.Void || !known || sc.wave != "protected" || sc.fault {
		return nil
	}
	if w == nil {
		return []string{r.Key + ": no result"}
	}
	names := map[string]bool{}
	for _, p := range w.Details.Promises {
		names[p.What] = true
		if !p.Holds && !slices.Contains(sc.excused, p.What) {
			out = append(out, fmt.Sprintf("%s: %s: %s, promised %s", r.Key, p.What, p.Got, p.Want))
		}
	}
	for _, name := range allPromises() { // a promise that is not judged any more is not kept either
		if !names[name] {
			out = append(out, r.Key+": the demo did not judge: "+name)
		}
	}
	if sc.also != nil {
		for _, m := range sc.also(w) {
			out = append(out, r.Key+": "+m)
		}
	}
	return out
}

func allPromises() []string {
	return []string{promisedRatio, promisedProtect, promisedBroken, promisedCheckout, promisedOversold, promisedCallback,
		promisedCharged, promisedMixed, promisedFair, promisedEdge, promisedPages, promisedSpared, promisedOnce}
}

// slower: pages of a shop three times slower take three times as long at its best,
// too. Whoever is let in ten seconds later or after that is promised what everybody
// is promised; whoever was in already was promised it by a shop three times as
// fast. See "What is promised where" in docs/benchmarks.md.
func slower(w *wave) (out []string) {
	if most := 2 * 3 * w.Protected.ShopPageP95AtIdealMS; w.Protected.ShopPageP95MS > most {
		out = append(out, fmt.Sprintf("pages from the shop, 19 of 20 within %.0f ms, promised at most %.0f", w.Protected.ShopPageP95MS, most))
	}
	c := w.Details.Waves["protected"].LetInSlower
	if c == nil || c.Admitted < goalLetIn {
		return append(out, fmt.Sprintf("fewer than %d were let in after the shop became slower", goalLetIn))
	}
	if c.Broken*100 > c.Admitted {
		out = append(out, fmt.Sprintf("%d of %d let in after the shop became slower were let down, promised at most 1 %%", c.Broken, c.Admitted))
	}
	if c.CheckoutFailed > 0 {
		out = append(out, fmt.Sprintf("%d of %d checkouts of people let in after the shop became slower failed, promised 0", c.CheckoutFailed, c.Checkouts))
	}
	return out
}

// goalLetIn is how many people a shop that became slower must still let in, or
// that none of them was let down would say nothing.
const goalLetIn = 30

// pagesShared: at an imitation some pages are the same for all, or that the shop was
// spared requests would be said of its files alone.
func pagesShared(w *wave) []string {
	if p := w.Details.Waves["protected"].SharedPages; p == nil || p.Asked == 0 {
		return []string{"no page was counted as the same for all"}
	}
	return nil
}

func noPlaceLost(w *wave) []string {
	if n := w.Details.Waves["protected"].PlacesLost; n > 0 {
		return []string{fmt.Sprintf("%d places lost, promised 0", n)}
	}
	return nil
}

// noSecondCollapse: after the shop's return (its counters begin again then) it
// refuses nobody, and orders are booked.
func noSecondCollapse(w *wave) []string {
	l, out := w.Details.Waves["protected"], noPlaceLost(w)
	if l.Refused502+l.Timeouts504 > 0 {
		out = append(out, fmt.Sprintf("after its return the shop refused %d and let %d wait too long", l.Refused502, l.Timeouts504))
	}
	last := 0
	for _, n := range l.OrdersPer10S[max(0, len(l.OrdersPer10S)-3):] {
		last += n
	}
	if last == 0 {
		out = append(out, "no order after the shop's return")
	}
	return out
}

// medianOf is the median of a number over rows that count.
func medianOf(rows []ordersRow, pick func(*wave) float64) float64 {
	var xs []float64
	for i := range rows {
		if w := rows[i].wave(); w != nil && rows[i].counts() {
			xs = append(xs, pick(w))
		}
	}
	return median(xs)
}

// note says in the table what is wrong with a row.
func (r *ordersRow) note() string {
	switch n := len(r.missed()); {
	case r.Failed != "":
		return "FAILED"
	case r.Void:
		return "void: " + strings.Join(r.Why, "; ")
	case n > 0:
		return fmt.Sprintf("%d MISSED", n)
	}
	return ""
}
