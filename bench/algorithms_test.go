package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/bench/algorithms"
)

// A contest of two on a short evening: the sweep finds its best on other evenings
// than those that count, a scene may take over what another has found, and ours is
// played once.
func TestContest(t *testing.T) {
	fixed := func(n int) algorithms.Setting {
		return algorithms.Setting{Name: map[int]string{1: "one", 10: "ten"}[n], Limit: func(uint64) algorithms.Limit { return algorithms.Fixed(n) }}
	}
	all := []algorithms.Algorithm{
		{Name: ours, Settings: []algorithms.Setting{{Name: "nothing is set"}}},
		{Name: "none", Settings: []algorithms.Setting{{Name: "nothing is set", Bare: true}}},
		{Name: "fixed limit", Settings: []algorithms.Setting{fixed(1), fixed(10)}, Default: -1},
	}
	scenes := []algorithms.Scene{
		{Name: "wave", What: "a wave", Story: algorithms.Story{Shop: algorithms.Shop{Workers: 8}, Length: 50 * time.Second}, Overload: 10},
		{Name: "wave-100", What: "more", Story: algorithms.Story{Shop: algorithms.Shop{Workers: 8}, Length: 50 * time.Second}, Overload: 20, As: "wave"},
	}
	c := newContest(t.Context(), testBench(t), all)
	c.seeds, c.sweepSeeds = [2]int{2, 2}, [2]int{1, 1}
	rows, err := c.run(scenes)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range rows {
		if r.Setting == "one" {
			t.Errorf("a limit of one is counted as the best: %+v", r)
		}
		if len(r.Orders) != 2 || len(r.Found) != 2 || r.Seeds[1] != 2 || r.Ideal < 80 || r.Ideal > 100 {
			t.Errorf("%+v", r)
		}
		if r.Best != (r.Algorithm == "fixed limit") || r.Default != (r.Algorithm != "fixed limit") {
			t.Errorf("%+v", r)
		}
		got[r.Algorithm]++
	}
	// In line and alone, in two scenes; ours is never alone, and no limit has no line.
	if got[ours] != 2 || got["none"] != 2 || got["fixed limit"] != 4 {
		t.Errorf("rows: %v", got)
	}

	// What was chosen stands as long as it comes out the same; a limit of one is not tried
	// again, and would show in the scores if it were the best.
	known := c.known
	if len(known) != 2 || known[0].Best != "ten" || len(known[0].Orders) != 1 {
		t.Fatalf("chosen: %+v", known)
	}
	for name, change := range map[string]func(*contest){
		"":          func(*contest) {},
		"result":    func(c *contest) { c.known[1].Orders = []float64{c.known[1].Orders[0] + 0.0001} },
		"best":      func(c *contest) { c.known[0].Best = "one" },
		"settings":  func(c *contest) { c.known[0].Settings = []string{"ten"} },
		"algorithm": func(c *contest) { c.known = c.known[:1] },
	} {
		again := newContest(t.Context(), testBench(t), all)
		again.seeds, again.sweepSeeds, again.known = c.seeds, c.sweepSeeds, slices.Clone(known)
		again.b.build = "b2"
		change(again)
		if _, err := again.run(scenes[:1]); err != nil {
			t.Fatal(err)
		}
		if len(again.known) != 2 || again.known[0].Best != "ten" || again.known[1].Best != "ten" {
			t.Errorf("%s: %+v", name, again.known)
		}
		if stood := again.known[0].Build != "b2"; stood != (name == "") {
			t.Errorf("another %s: what was chosen stands: %v", name, stood)
		}
	}

	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := newContest(ctx, testBench(t), all).run(scenes); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// The tables say who is best, and where it is not ours, and nothing of that is set.
func TestContestTables(t *testing.T) {
	row := func(alg string, inLine bool, orders, broken, p95, found float64) contestRow {
		return contestRow{Scene: "wave", InLine: inLine, Algorithm: alg, Setting: "s", Default: true, Values: 1, Ideal: 92, IdealP95: 2.9,
			Seeds: []uint64{1, 2, 3}, Orders: []float64{orders - 0.02, orders, orders + 0.02}, Broken: []float64{broken, broken, broken},
			Failed: []float64{0, 0, 0}, P95: []float64{p95, p95, p95 + 1}, Charged: []float64{0, 0, 0}, Found: []float64{found, found, found}}
	}
	tuned := row("Vegas", true, 1.20, 0, 3, algorithms.Never)
	tuned.Default, tuned.Best, tuned.Values = false, true, 11
	rows := []contestRow{row(ours, true, 1.05, 0.004, 2, 3), row("Envoy", true, 0.70, 0, 1.99, 2), tuned, row("none", false, 0.01, 0.9, 30, algorithms.Never)}
	out := contestOutcome(rows)
	text := strings.Join(strings.Fields(out.markdown), " ")
	for _, want := range []string{
		"| **2.00 ± 0.50 s** |", // ours among those alone
		"| Vegas is better |", "| s (best of 11) |", "| never |", "| **1.200 ± 0.020** |", "Ideal: 92.0 orders a minute", "| within 1 % |", "| the wave, 20× | nobody |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, out.markdown)
		}
	}
	if len(out.missed) != 1 || !strings.Contains(out.missed[0], "orders/min") || !strings.Contains(out.missed[0], "Vegas") {
		t.Errorf("missed: %q; 2.00 s is within 1 %% of 1.99, 0.4 %% of people within one point of none, 3 s within one of 2", out.missed)
	}
	// Somebody who is as good everywhere and better somewhere is named.
	out = contestOutcome([]contestRow{row(ours, true, 1.05, 0, 2, 3), row("Envoy", true, 1.2, 0, 2, 3)})
	if !strings.Contains(out.markdown, "Envoy (s)") {
		t.Errorf("who is better in all is not named:\n%s", out.markdown)
	}
}

func TestContestMiddle(t *testing.T) {
	found := contestColumns()[5]
	for want, x := range map[float64][]float64{4: {3, 4, algorithms.Never}, math.Inf(1): {3, algorithms.Never, algorithms.Never}, 3.5: {3, 4}} {
		if got := found.middleOf(&contestRow{Found: x}); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
}

// A setting that was chosen is found again by its name, so no two of an algorithm have the
// same.
func TestSettingsAreToldApart(t *testing.T) {
	algs := map[string]bool{}
	for _, alg := range algorithms.Algorithms() {
		if algs[alg.Name] {
			t.Errorf("two algorithms are %s", alg.Name)
		}
		algs[alg.Name] = true
		for _, how := range fronts() {
			names := map[string]bool{}
			for _, name := range settingsFor(alg, how) {
				if names[name] {
					t.Errorf("%s has two settings %q", alg.Name, name)
				}
				names[name] = true
			}
		}
	}
}
