package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/internal/crowd"
)

// table is the result for people.
func table(r *demoResult) string {
	b, p := &r.Bare, &r.Protected
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	bl, pl := r.Details.Waves["bare"], r.Details.Waves["protected"]
	var s strings.Builder
	row := func(what string, bare, protected string) {
		fmt.Fprintf(&s, "  %-44s %14s %16s\n", what, bare, protected)
	}
	row(fmt.Sprintf("%g times too many buyers", r.Overload), "bare shop", "with Falochron")
	row(strings.Repeat("─", 44), strings.Repeat("─", 14), strings.Repeat("─", 16))
	row(fmt.Sprintf("orders a minute (the shop can take %.1f)", best), fmt.Sprintf("%.1f", b.OrdersPerMin), fmt.Sprintf("%.1f", p.OrdersPerMin))
	row("share of what it can take", percent(b.GoodputRatio), percent(p.GoodputRatio))
	row("pages that came as an error", percent(b.ErrorShare), percent(pl.ErrorShare))
	row("slowest pages from the shop (p95)", fmt.Sprintf("%.1f s", b.P95MS/1000), fmt.Sprintf("%.1f s", p.ShopPageP95MS/1000))
	row("people who left because it was slow", fmt.Sprint(bl.LeftForSlow), fmt.Sprint(pl.LeftForSlow))
	row("let in, then let down", "", fmt.Sprintf("%s of %d", percent(p.BrokenAdmittedShare), p.AdmittedSessions))
	row("checkouts that failed", "", fmt.Sprintf("%d of %d", p.CheckoutFailed, p.Checkouts))
	row("charged though they had left", fmt.Sprint(b.ChargedAfterLeaving), fmt.Sprint(p.ChargedAfterLeaving))
	row("payments the shop never heard of", fmt.Sprint(b.LostCallbacks), fmt.Sprint(p.LostCallbacks))
	row("articles sold that were not there", fmt.Sprint(b.Oversold), fmt.Sprint(p.Oversold))
	row("saw somebody else's page", fmt.Sprint(b.MixedVisitors), fmt.Sprint(p.MixedVisitors))
	row("most people in line", "no line", fmt.Sprint(p.WaitingPeak))
	row("told waits that came true", "", percent(p.WaitPromiseKept))
	return s.String()
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
		fmt.Fprintf(&s, "  %s  %-46s %10s  (%s)\n", mark, p.what, p.got, p.want)
	}
	return s.String()
}

// costs says what it took.
func costs(r *demoResult) string {
	var s strings.Builder
	for _, name := range []string{"bare", "protected"} {
		l := r.Details.Waves[name]
		fmt.Fprintf(&s, "  %-9s CPU: crowd %.1f s, edge %.1f s, shop %.1f s; machine %.0f %% busy (peak %.0f %%); crowd late by %.1f ms (p99); %d requests\n",
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
			b.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[min(8, int(8*x/(1.25*best)+0.5))])
		}
		return b.String()
	}
	return fmt.Sprintf("  orders over time   bare       %s\n                     Falochron  %s\n", line(bare), line(protected))
}

const sparkStep = 5 // seconds

// ordersOver is the rate of orders a minute in each stretch of step seconds of
// the wave.
func ordersOver(rep *crowd.Report, step int) []float64 {
	n := int(rep.To.Seconds()) / step
	out := make([]float64, n)
	for i, s := range rep.Seconds {
		if i/step < n {
			out[i/step] += float64(s.Orders) * 60 / float64(step)
		}
	}
	return out
}
