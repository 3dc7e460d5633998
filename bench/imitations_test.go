package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// imitated is a result in which every promise holds and pages were counted.
func imitated(change func(*wave)) func(*wave) {
	return func(w *wave) {
		w.Details.Waves = map[string]waveDetails{"protected": {SharedPages: &things{Asked: 1000, Reached: 25, Opened: 271}}}
		if change != nil {
			change(w)
		}
	}
}

// One seed and twenty times too many buyers, unless others are asked for.
func TestImitationsPlan(t *testing.T) {
	keys := func(kv ...string) (keys []string) {
		t.Helper()
		s, err := readSettings(func(name string) string {
			if i := slices.Index(kv, name); i >= 0 {
				return kv[i+1]
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		if !wanted(s, "imitations") {
			return nil
		}
		for _, r := range plan(s.ofImitations(), imitations()) {
			keys = append(keys, r.key())
		}
		return keys
	}
	for name, c := range map[string]struct{ got, want []string }{
		"usual":    {keys("FULL", "1"), []string{"woocommerce/w8/x20/s1", "opencart/w8/x20/s1", "prestashop/w8/x20/s1", "evershop/w8/x20/s1"}},
		"asked":    {keys("ONLY", "imitations", "SEEDS", "4,5", "OVERLOADS", "50", "SCENARIOS", "evershop"), []string{"evershop/w8/x50/s4", "evershop/w8/x50/s5"}},
		"unasked":  {keys(), nil},
		"overload": {keys("OVERLOADS", "20,100", "SCENARIOS", "opencart"), []string{"opencart/w8/x20/s1", "opencart/w8/x100/s1"}},
		"others":   {keys("SCENARIOS", "kill"), nil},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	s := settings{scenarios: []string{"evershop"}}
	if wanted(s, "orders") || !wanted(s, "cost") {
		t.Error("an imitation was asked for, and no wave at the toy shop itself")
	}
	s = settings{seeds: []uint64{1, 2, 3}, overloads: []float64{20, 100}, parallel: 1}
	if d := imitationsTake(s); d != 4*(idealTakes+usualWave+aroundWave+comparesTakes) {
		t.Error(d)
	}
}

// Each imitation has an ideal of its own.
func TestImitationsCommand(t *testing.T) {
	r := waveRun{imitations()[2], 20, 2}
	want := "demo --headless --overload 20 --workers 8 --seed 2 --ideal i --waves protected --json r --as prestashop"
	if got := strings.Join(r.command("i", "r", 0), " "); got != want || r.idealName() != "ideal-prestashop-w8-s2.json" {
		t.Errorf("%s, %s", got, r.idealName())
	}
}

// Every promise is judged; and that pages were shared is seen.
func TestImitationsAreJudged(t *testing.T) {
	for _, sc := range imitations() {
		row := rowOf(t, sc.name, imitated(nil))
		if m := row.missed(); len(m) != 0 {
			t.Errorf("%s: all promises hold: %v", sc.name, m)
		}
		for _, name := range allPromises() {
			row := rowOf(t, sc.name, imitated(breaks(name)))
			if m := row.missed(); len(m) != 1 || !strings.Contains(m[0], name) {
				t.Errorf("%s, %s: %v", sc.name, name, m)
			}
		}
		for _, none := range []*things{nil, {}} {
			row := rowOf(t, sc.name, func(w *wave) { w.Details.Waves = map[string]waveDetails{"protected": {SharedPages: none}} })
			if m := row.missed(); len(m) != 1 || !strings.Contains(m[0], "no page") {
				t.Errorf("%s: %v", sc.name, m)
			}
		}
	}
}

// The section has its own file and table, and goes on where it was stopped.
func TestImitationsGoOn(t *testing.T) {
	b := testBench(t)
	b.scenarios = []string{"evershop"}
	calls := fakeDemo(t, b, 0, string(resultOf(t, imitated(func(w *wave) {
		w.Protected.OrdersPerMin, w.Protected.SavedShare, w.Protected.WorstPerPeriod, w.Protected.CacheableAsked = 85, 0.99, 1, 70812
	}))))
	for range 2 {
		out, err := runImitations(t.Context(), b)
		if err != nil || len(out.missed) != 0 {
			t.Fatal(err, out.missed)
		}
		for _, words := range []string{"EverShop, 20×", "85.0", "70812", "99.00 %", "97.50 %", "271"} {
			if !strings.Contains(out.markdown, words) {
				t.Errorf("%q is missing in\n%s", words, out.markdown)
			}
		}
	}
	if calls() != 1 {
		t.Errorf("measured %d times", calls())
	}
	if _, err := os.Stat(filepath.Join(b.out, "benchmarks", "imitations.json")); err != nil {
		t.Error(err)
	}
	if rows, err := loadRows[ordersRow](b, "orders"); err != nil || rows != nil {
		t.Errorf("they went into the waves at the toy shop: %v, %v", rows, err)
	}
}
