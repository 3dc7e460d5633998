package main

import (
	"fmt"
	"strings"
)

// zero is a number that is promised to be 0, and where the same check is not.
type zero struct {
	what   string
	of     func(*wave) int // with Falochron
	bare   func(*wave) int // in the bare wave, nil when that is no proof
	fault  string          // the scenario in which it is planted, if any
	beside string          // a scenario like it without the fault: 0 there
}

func zeros() []zero {
	protected := func(w *wave) int { return w.Details.Waves["protected"].PlacesLost }
	return []zero{
		{what: promisedCheckout, of: func(w *wave) int { return w.Protected.CheckoutFailed }, bare: func(w *wave) int { return w.Details.Waves["bare"].CheckoutFailed }, fault: "stall"},
		{what: promisedCallback, of: func(w *wave) int { return w.Protected.LostCallbacks }, bare: func(w *wave) int { return w.Bare.LostCallbacks }, fault: "deaf-callback"},
		{what: promisedCharged, of: func(w *wave) int { return w.Protected.ChargedAfterLeaving }, bare: func(w *wave) int { return w.Bare.ChargedAfterLeaving }, fault: "stall"},
		{what: promisedOversold, of: func(w *wave) int { return w.Protected.Oversold }, fault: "race-stock", beside: "scarce-stock"},
		{what: promisedMixed, of: func(w *wave) int { return w.Protected.MixedVisitors }, fault: "mix-carts"},
		{what: "asked again for what was fresh", of: func(w *wave) int { return max(0, w.Protected.WorstPerPeriod-1) }, bare: func(w *wave) int { return max(0, w.Bare.WorstPerPeriod-1) }},
		{what: "places lost by kill -9", of: protected, fault: "lost-folder", beside: "kill"},
	}
}

// sum adds a number over the rows of a scenario that count; n is how many.
func sum(rows []ordersRow, name string, pick func(*wave) int) (total, n int) {
	for i := range rows {
		if w := rows[i].wave(); w != nil && rows[i].counts() && rows[i].Scenario == name {
			total += pick(w)
			n++
		}
	}
	return total, n
}

// zeroTable shows where each check is not zero. A check that is zero even where
// its fault was planted proves nothing: that is a missed goal. Where the fault was
// not planted yet, it is not known.
func zeroTable(rows []ordersRow) (markdown string, missed, unseen []string) {
	t := table{head: []string{"promised 0", "with Falochron", "bare shop", "planted fault", "", ""}}
	for _, z := range zeros() {
		kept, runs := sum(rows, "wave", z.of)
		if z.beside != "" {
			kept, runs = sum(rows, z.beside, z.of)
		}
		with := fmt.Sprintf("%d in %d runs", kept, runs)
		if z.beside != "" {
			with += " (" + z.beside + ")"
		}
		var shown, tried int
		cell := func(name string, pick func(*wave) int) string {
			total, n := sum(rows, name, pick)
			if n == 0 {
				return "not measured"
			}
			shown += total
			if name == z.fault {
				tried += n
			}
			return fmt.Sprintf("%d in %d runs", total, n)
		}
		bare, fault, planted := "", "", ""
		if z.bare != nil {
			bare = cell("bare", z.bare)
		}
		if z.fault != "" {
			fault, planted = cell(z.fault, z.of), z.fault
		}
		note := "the check can fail"
		switch {
		case shown > 0:
		case tried == 0:
			note = "NOT YET SHOWN"
			unseen = append(unseen, z.what+": the check has not been seen to fail yet")
		default:
			note = "NEVER NON-ZERO"
			missed = append(missed, z.what+": the check has never been seen to fail")
		}
		if z.beside == "scarce-stock" && kept > 0 {
			missed = append(missed, fmt.Sprintf("%s: %d in %s, promised 0", z.what, kept, z.beside))
		}
		t.add(z.what, with, bare, fault, planted, note)
	}
	return t.String(), missed, unseen
}

// pooled is the number of checkouts and failed ones of all runs in which
// the shop stayed as it was, and neither it nor the edge was killed or came late.
func pooled(rows []ordersRow) (checkouts, failed int) {
	for i := range rows {
		sc, known := rows[i].scenario()
		if w := rows[i].wave(); known && w != nil && sc.pooled && rows[i].counts() {
			checkouts += w.Protected.Checkouts
			failed += w.Protected.CheckoutFailed
		}
	}
	return checkouts, failed
}

// poolText judges the pool; few says that it is too small to be judged.
func poolText(rows []ordersRow) (markdown string, missed, few []string) {
	checkouts, failed := pooled(rows)
	others, otherFailed := 0, 0
	var runs []string
	for _, name := range []string{"slow", "cold", "kill", "outage"} {
		n, _ := sum(rows, name, func(w *wave) int { return w.Protected.Checkouts })
		f, _ := sum(rows, name, func(w *wave) int { return w.Protected.CheckoutFailed })
		others, otherFailed = others+n, otherFailed+f
	}
	for _, s := range scenarios() {
		if s.pooled {
			runs = append(runs, s.name)
		}
	}
	var b strings.Builder
	success := 0.0
	if checkouts > 0 {
		success = 1 - float64(failed)/float64(checkouts)
	}
	fmt.Fprintf(&b, "%d checkouts in the runs %s that count, %d failed: success %.3f %% (goal: ≥ %.1f %% of ≥ %d).\n",
		checkouts, strings.Join(runs, ", "), failed, 100*success, 100*goalSuccess, goalCheckouts)
	if others > 0 {
		fmt.Fprintf(&b, "Not in the pool, because the shop became slower, or the shop or the edge was killed or not there yet: %d checkouts in slow, cold, kill and outage, %d failed.\n", others, otherFailed)
	}
	switch {
	case checkouts < goalCheckouts:
		b.WriteString("That is TOO FEW to judge.\n")
		few = append(few, fmt.Sprintf("checkouts: %d are too few to judge, goal %d", checkouts, goalCheckouts))
	case success < goalSuccess:
		missed = append(missed, fmt.Sprintf("checkouts: success %.3f %%, goal %.1f %%", 100*success, 100*goalSuccess))
	}
	return b.String(), missed, few
}
