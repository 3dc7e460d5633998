package main

import (
	"fmt"
	"slices"
	"strings"
)

// ordersOutcome turns rows into tables and a judgement. all says that every
// scenario was asked for.
func ordersOutcome(rows []ordersRow, all bool) (out outcome) {
	out.judge(rows)
	var b strings.Builder
	b.WriteString(head(rows, func(r ordersRow) stamp { return r.stamp }))
	b.WriteString("#### With Falochron\n\n" + protectedTable(rows))
	b.WriteString("\n#### The bare shop\n\n" + bareTable(rows))
	zeros, dead, unseen := zeroTable(rows)
	b.WriteString("\n#### Each promised zero can fail\n\n" + zeros)
	text, failing, few := poolText(rows)
	b.WriteString("\n#### Checkouts, pooled\n\n" + text)
	out.missed = append(append(out.missed, dead...), failing...)
	if open := append(unseen, few...); all {
		out.missed = append(out.missed, open...)
	} else {
		out.open = open
	}
	out.markdown = b.String()
	return out
}

// imitationsOutcome is ordersOutcome of the waves at imitations.
func imitationsOutcome(rows []ordersRow) (out outcome) {
	out.judge(rows)
	out.markdown = head(rows, func(r ordersRow) stamp { return r.stamp }) + imitationsTable(rows)
	return out
}

// judge takes over what rows have missed and which are void. It brings them into
// the order of the plan, whatever was measured first.
func (o *outcome) judge(rows []ordersRow) {
	names := namesOf(allSorts())
	slices.SortStableFunc(rows, func(a, b ordersRow) int {
		if d := slices.Index(names, a.Scenario) - slices.Index(names, b.Scenario); d != 0 {
			return d
		}
		return int(a.Overload - b.Overload)
	})
	for i := range rows {
		r := &rows[i]
		o.missed = append(o.missed, r.missed()...)
		if r.Void {
			o.void = append(o.void, r.Key+": "+strings.Join(r.Why, "; "))
		}
	}
}

// groups are the rows of one scenario and overload, in order.
func groups(rows []ordersRow) (out [][]ordersRow) {
	for i := range rows {
		if n := len(out); n > 0 && out[n-1][0].Scenario == rows[i].Scenario && out[n-1][0].Overload == rows[i].Overload {
			out[n-1] = append(out[n-1], rows[i])
		} else {
			out = append(out, rows[i:i+1:i+1])
		}
	}
	return out
}

func of(rows []ordersRow, which func(scenario) bool) (out []ordersRow) {
	for i := range rows {
		if sc, ok := rows[i].scenario(); ok && which(sc) {
			out = append(out, rows[i])
		}
	}
	return out
}

// column is one number of a wave.
type column struct {
	head, format string
	of           func(*wave) float64
}

// waveTable has a row for each run and, below the seeds of one sort, their
// medians.
func waveTable(rows []ordersRow, name func(scenario, float64) string, columns []column) string {
	t := table{head: []string{"run", "seed"}}
	for _, c := range columns {
		t.head = append(t.head, c.head)
	}
	t.head = append(t.head, "")
	for _, g := range groups(rows) {
		sc, _ := g[0].scenario()
		title := name(sc, g[0].Overload)
		for i := range g {
			cells := []string{title, fmt.Sprint(g[i].Seed)}
			w := g[i].wave()
			for _, c := range columns {
				if w == nil {
					cells = append(cells, "")
				} else {
					cells = append(cells, fmt.Sprintf(c.format, c.of(w)))
				}
			}
			t.add(append(cells, g[i].note())...)
		}
		if n := counting(g); n > 1 {
			cells := []string{"**" + title + "**", "median"}
			for _, c := range columns {
				cells = append(cells, fmt.Sprintf(c.format, medianOf(g, c.of)))
			}
			t.add(append(cells, fmt.Sprintf("of %d", n))...)
		}
	}
	return t.String()
}

func counting(rows []ordersRow) (n int) {
	for i := range rows {
		if rows[i].counts() {
			n++
		}
	}
	return n
}

func protectedTable(rows []ordersRow) string {
	rows = of(rows, func(s scenario) bool { return s.wave == "protected" && !s.fault && s.as == "" })
	return waveTable(rows, func(s scenario, overload float64) string { return fmt.Sprintf("%s, %g×", s.what, overload) }, []column{
		{"orders/min", "%.1f", func(w *wave) float64 { return w.Protected.OrdersPerMin }},
		{"ideal", "%.1f", (*wave).best},
		{"ratio", "%.3f", func(w *wave) float64 { return w.Protected.GoodputRatio }},
		{"counted", "%.0f s", (*wave).counted},
		{"protect", "%.0f s", func(w *wave) float64 { return w.Protected.SecondsToProtect }},
		{"each second", "%.0f s", func(w *wave) float64 { return w.Details.Waves["protected"].ProtectEach }},
		{"broken", "%.2f %%", func(w *wave) float64 { return 100 * w.Protected.BrokenAdmittedShare }},
		{"checkouts", "%.0f", func(w *wave) float64 { return float64(w.Protected.Checkouts) }},
		{"failed", "%.0f", func(w *wave) float64 { return float64(w.Protected.CheckoutFailed) }},
		{"oversold", "%.0f", func(w *wave) float64 { return float64(w.Protected.Oversold) }},
		{"lost callbacks", "%.0f", func(w *wave) float64 { return float64(w.Protected.LostCallbacks) }},
		{"charged after leaving", "%.0f", func(w *wave) float64 { return float64(w.Protected.ChargedAfterLeaving) }},
		{"mixed", "%.0f", func(w *wave) float64 { return float64(w.Protected.MixedVisitors) }},
		{"places lost", "%.0f", func(w *wave) float64 { return float64(w.Details.Waves["protected"].PlacesLost) }},
		{"rank", "%.4f", func(w *wave) float64 { return w.Protected.FairnessRankCorrelation }},
		{"rank, admitted", "%.4f", func(w *wave) float64 { return w.Details.Waves["protected"].RankAdmitted }},
		{"edge p99", "%.0f ms", func(w *wave) float64 { return w.Protected.EdgeAnswerP99MS }},
		{"pages p95", "%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95MS }},
		{"at ideal", "%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95AtIdealMS }},
		{"in line", "%.0f", func(w *wave) float64 { return float64(w.Protected.WaitingPeak) }},
		{"waits kept", "%.1f %%", func(w *wave) float64 { return 100 * w.Protected.WaitPromiseKept }},
		{"spared", "%.1f %%", func(w *wave) float64 { return 100 * w.Protected.SavedShare }},
		{"while fresh", "%.0f", func(w *wave) float64 { return float64(w.Protected.WorstPerPeriod) }},
		{"edge MB", "%.0f", func(w *wave) float64 { return w.Protected.EdgeRSSMB }},
	})
}

func bareTable(rows []ordersRow) string {
	rows = of(rows, func(s scenario) bool { return s.wave == "bare" })
	return waveTable(rows, func(_ scenario, overload float64) string { return fmt.Sprintf("bare shop, %g×", overload) }, []column{
		{"orders/min", "%.1f", func(w *wave) float64 { return w.Bare.OrdersPerMin }},
		{"ideal", "%.1f", (*wave).best},
		{"ratio", "%.3f", func(w *wave) float64 { return w.Bare.GoodputRatio }},
		{"error pages", "%.1f %%", func(w *wave) float64 { return 100 * w.Bare.ErrorShare }},
		{"p95", "%.0f ms", func(w *wave) float64 { return w.Bare.P95MS }},
		{"failed checkouts", "%.0f", func(w *wave) float64 { return float64(w.Details.Waves["bare"].CheckoutFailed) }},
		{"lost callbacks", "%.0f", func(w *wave) float64 { return float64(w.Bare.LostCallbacks) }},
		{"charged after leaving", "%.0f", func(w *wave) float64 { return float64(w.Bare.ChargedAfterLeaving) }},
		{"oversold", "%.0f", func(w *wave) float64 { return float64(w.Bare.Oversold) }},
		{"mixed", "%.0f", func(w *wave) float64 { return float64(w.Bare.MixedVisitors) }},
		{"spared", "%.1f %%", func(w *wave) float64 { return 100 * w.Bare.SavedShare }},
		{"while fresh", "%.0f", func(w *wave) float64 { return float64(w.Bare.WorstPerPeriod) }},
	})
}

func imitationsTable(rows []ordersRow) string {
	pages := func(w *wave) *things { return w.Details.Waves["protected"].SharedPages }
	rows = of(rows, func(s scenario) bool { return s.as != "" })
	return waveTable(rows, func(s scenario, overload float64) string { return fmt.Sprintf("%s, %g×", s.what, overload) }, []column{
		{"ideal", "%.1f", (*wave).best},
		{"orders/min", "%.1f", func(w *wave) float64 { return w.Protected.OrdersPerMin }},
		{"ratio", "%.3f", func(w *wave) float64 { return w.Protected.GoodputRatio }},
		{"protect", "%.0f s", func(w *wave) float64 { return w.Protected.SecondsToProtect }},
		{"admitted", "%.0f", func(w *wave) float64 { return float64(w.Protected.AdmittedSessions) }},
		{"broken", "%.2f %%", func(w *wave) float64 { return 100 * w.Protected.BrokenAdmittedShare }},
		{"checkouts", "%.0f", func(w *wave) float64 { return float64(w.Protected.Checkouts) }},
		{"failed", "%.0f", func(w *wave) float64 { return float64(w.Protected.CheckoutFailed) }},
		{"lost callbacks", "%.0f", func(w *wave) float64 { return float64(w.Protected.LostCallbacks) }},
		{"charged after leaving", "%.0f", func(w *wave) float64 { return float64(w.Protected.ChargedAfterLeaving) }},
		{"oversold", "%.0f", func(w *wave) float64 { return float64(w.Protected.Oversold) }},
		{"mixed", "%.0f", func(w *wave) float64 { return float64(w.Protected.MixedVisitors) }},
		{"rank", "%.4f", func(w *wave) float64 { return w.Protected.FairnessRankCorrelation }},
		{"edge p99", "%.0f ms", func(w *wave) float64 { return w.Protected.EdgeAnswerP99MS }},
		{"pages p95", "%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95MS }},
		{"at ideal", "%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95AtIdealMS }},
		{"waits kept", "%.1f %%", func(w *wave) float64 { return 100 * w.Protected.WaitPromiseKept }},
		{"alike, asked", "%.0f", func(w *wave) float64 { return float64(w.Protected.CacheableAsked) }},
		{"at the shop", "%.0f", func(w *wave) float64 { return float64(w.Protected.ShopRequestsCacheable) }},
		{"spared", "%.2f %%", func(w *wave) float64 { return 100 * w.Protected.SavedShare }},
		{"pages spared", "%.2f %%", func(w *wave) float64 { return pages(w).spared() }},
		{"sessions fetched", "%.0f", func(w *wave) float64 { return pages(w).opened() }},
		{"while fresh", "%.0f", func(w *wave) float64 { return float64(w.Protected.WorstPerPeriod) }},
	})
}
