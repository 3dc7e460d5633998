package main

import (
	"fmt"
	"slices"
	"strings"
)

// ordersOutcome turns rows into tables and a judgement. all says that every
// scenario was asked for.
func ordersOutcome(rows []ordersRow, all bool) (out outcome) {
	// As planned, whatever was measured first.
	slices.SortStableFunc(rows, func(a, b ordersRow) int {
		names := scenarioNames()
		if d := slices.Index(names, a.Scenario) - slices.Index(names, b.Scenario); d != 0 {
			return d
		}
		return int(a.Overload - b.Overload)
	})
	for i := range rows {
		r := &rows[i]
		out.missed = append(out.missed, r.missed()...)
		if r.Void {
			out.void = append(out.void, r.Key+": "+strings.Join(r.Why, "; "))
		}
	}
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

// protectedTable has a row for each run and, below the seeds of one sort, their
// medians.
func protectedTable(rows []ordersRow) string {
	t := table{head: []string{"run", "seed", "orders/min", "ideal", "ratio", "counted", "protect", "each second", "broken", "checkouts", "failed", "oversold",
		"lost callbacks", "charged after leaving", "mixed", "places lost", "rank", "rank, admitted", "edge p99", "pages p95", "at ideal", "in line", "waits kept", "edge MB", ""}}
	columns := []struct {
		format string
		of     func(*wave) float64
	}{
		{"%.1f", func(w *wave) float64 { return w.Protected.OrdersPerMin }},
		{"%.1f", (*wave).best},
		{"%.3f", func(w *wave) float64 { return w.Protected.GoodputRatio }},
		{"%.0f s", (*wave).counted},
		{"%.0f s", func(w *wave) float64 { return w.Protected.SecondsToProtect }},
		{"%.0f s", func(w *wave) float64 { return w.Details.Waves["protected"].ProtectEach }},
		{"%.2f %%", func(w *wave) float64 { return 100 * w.Protected.BrokenAdmittedShare }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.Checkouts) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.CheckoutFailed) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.Oversold) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.LostCallbacks) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.ChargedAfterLeaving) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.MixedVisitors) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Details.Waves["protected"].PlacesLost) }},
		{"%.4f", func(w *wave) float64 { return w.Protected.FairnessRankCorrelation }},
		{"%.4f", func(w *wave) float64 { return w.Details.Waves["protected"].RankAdmitted }},
		{"%.0f ms", func(w *wave) float64 { return w.Protected.EdgeAnswerP99MS }},
		{"%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95MS }},
		{"%.0f ms", func(w *wave) float64 { return w.Protected.ShopPageP95AtIdealMS }},
		{"%.0f", func(w *wave) float64 { return float64(w.Protected.WaitingPeak) }},
		{"%.1f %%", func(w *wave) float64 { return 100 * w.Protected.WaitPromiseKept }},
		{"%.0f", func(w *wave) float64 { return w.Protected.EdgeRSSMB }},
	}
	for _, g := range groups(of(rows, func(s scenario) bool { return s.wave == "protected" && !s.fault })) {
		sc, _ := g[0].scenario()
		name := fmt.Sprintf("%s, %g×", sc.what, g[0].Overload)
		for i := range g {
			cells := []string{name, fmt.Sprint(g[i].Seed)}
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
			cells := []string{"**" + name + "**", "median"}
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

func bareTable(rows []ordersRow) string {
	t := table{head: []string{"run", "seed", "orders/min", "ideal", "ratio", "error pages", "p95", "failed checkouts", "lost callbacks", "charged after leaving", "oversold", "mixed", ""}}
	columns := []struct {
		format string
		of     func(*wave) float64
	}{
		{"%.1f", func(w *wave) float64 { return w.Bare.OrdersPerMin }},
		{"%.1f", (*wave).best},
		{"%.3f", func(w *wave) float64 { return w.Bare.GoodputRatio }},
		{"%.1f %%", func(w *wave) float64 { return 100 * w.Bare.ErrorShare }},
		{"%.0f ms", func(w *wave) float64 { return w.Bare.P95MS }},
		{"%.0f", func(w *wave) float64 { return float64(w.Details.Waves["bare"].CheckoutFailed) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Bare.LostCallbacks) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Bare.ChargedAfterLeaving) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Bare.Oversold) }},
		{"%.0f", func(w *wave) float64 { return float64(w.Bare.MixedVisitors) }},
	}
	for _, g := range groups(of(rows, func(s scenario) bool { return s.wave == "bare" })) {
		name := fmt.Sprintf("bare shop, %g×", g[0].Overload)
		for i := range g {
			cells := []string{name, fmt.Sprint(g[i].Seed)}
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
			cells := []string{"**" + name + "**", "median"}
			for _, c := range columns {
				cells = append(cells, fmt.Sprintf(c.format, medianOf(g, c.of)))
			}
			t.add(append(cells, fmt.Sprintf("of %d", n))...)
		}
	}
	return t.String()
}
