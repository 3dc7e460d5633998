package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// underAttack is a result of a wave with an attack that keeps every promise, changed.
func underAttack(orders float64, change func(*attackDetails)) func(*wave) {
	return func(w *wave) {
		a := attackDetails{Sent: 10_000, PerSecond: 104, AtShop: 150, Fills: 120, Told: true, Fans: 6000, Suspected: 30, Share: 0.005}
		if change != nil {
			change(&a)
		}
		w.Protected.OrdersPerMin = orders
		w.Details.Waves = map[string]waveDetails{"protected": {Attack: &a}}
	}
}

func siegeOf(t *testing.T, name string, orders float64, change func(*attackDetails)) ordersRow {
	t.Helper()
	return rowOf(t, name, underAttack(orders, change))
}

func calmRow(t *testing.T) ordersRow {
	t.Helper()
	return siegeOf(t, calmWave, 100, func(a *attackDetails) { a.Sent, a.AtShop, a.Fills, a.Suspected, a.Share = 0, 0, 70, 0, 0 })
}

// An attack at the bounds of what is promised misses nothing, and each promise can be
// missed by its own number alone.
func TestAttacksAreJudged(t *testing.T) {
	for name, c := range map[string]struct {
		orders float64
		change func(*attackDetails)
		missed string
	}{
		"kept":    {90, nil, ""},
		"fans":    {90, func(a *attackDetails) { a.Suspected, a.Share = 31, 31.0/6000 }, "slowed"},
		"at shop": {90, func(a *attackDetails) { a.AtShop++ }, "reached the shop"},
		"fills":   {90, func(a *attackDetails) { a.Fills++ }, "reached the shop"},
		"orders":  {89.9, nil, "of the orders"},
		"nothing": {90, func(a *attackDetails) { *a = attackDetails{} }, "said nothing"},
		"untold":  {90, func(a *attackDetails) { a.Told, a.AtShop = false, 9999 }, ""},
	} {
		out := attacksOutcome([]ordersRow{calmRow(t), siegeOf(t, "attack-replay", c.orders, c.change)})
		if len(out.missed) != min(1, len(c.missed)) || c.missed != "" && !strings.Contains(out.missed[0], c.missed) {
			t.Errorf("%s: missed %v, want %q", name, out.missed, c.missed)
		}
		if note := strings.Contains(out.markdown, "1 MISSED"); note != (c.missed != "") {
			t.Errorf("%s: the table says missed: %v", name, note)
		}
	}
	fans := siegeOf(t, sharedWave, 1, func(a *attackDetails) { a.Sent, a.Suspected, a.Share = 0, 60, 0.01 })
	if out := attacksOutcome([]ordersRow{calmRow(t), fans}); len(out.missed) != 1 {
		t.Errorf("fans behind one address were slowed: %v", out.missed)
	}
	alone := siegeOf(t, "attack-replay", 1, func(a *attackDetails) { a.AtShop = 5000 })
	if out := attacksOutcome([]ordersRow{alone}); len(out.missed) != 0 || !strings.Contains(out.markdown, "not told apart") {
		t.Errorf("without a wave to compare with: %v", out.missed)
	}
	void := siegeOf(t, "attack-replay", 1, nil)
	void.Void, void.Why = true, []string{"late"}
	if out := attacksOutcome([]ordersRow{calmRow(t), void}); len(out.missed) != 0 || len(out.void) != 1 {
		t.Errorf("void, and yet %v", out.missed)
	}
}

// What is small behind the edge must have been seen to be large where it decides nothing.
func TestAttacksMustBeSeenAtTheShop(t *testing.T) {
	kept := []ordersRow{calmRow(t), siegeOf(t, "attack-replay", 95, nil)}
	through := siegeOf(t, "attack-replay"+withoutEdge, 3, func(a *attackDetails) { a.AtShop = 9000 })
	unseen := siegeOf(t, "attack-replay"+withoutEdge, 3, nil)
	for name, c := range map[string]struct {
		more []ordersRow
		open int
	}{
		"not tried":    {nil, 1},
		"seen":         {[]ordersRow{through}, 0},
		"not seen":     {[]ordersRow{unseen}, 1},
		"another seen": {[]ordersRow{siegeOf(t, "attack-bust"+withoutEdge, 3, func(a *attackDetails) { a.AtShop = 9000 })}, 1},
	} {
		out := attacksOutcome(append(slices.Clone(kept), c.more...))
		if len(out.open) != c.open || len(out.missed) != 0 {
			t.Errorf("%s: open %v, missed %v", name, out.open, out.missed)
		}
	}
}

// The seed is one that nobody knew, unless it is asked for; every wave has its command.
func TestAttacksPlan(t *testing.T) {
	s, err := readSettings(func(name string) string { return map[string]string{"ONLY": "attacks"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.ofAttacks(), s.ofAttacks()
	if len(first.seeds) != 1 || len(first.overloads) != 1 || slices.Equal(first.seeds, second.seeds) {
		t.Errorf("seeds %v and %v, overloads %v", first.seeds, second.seeds, first.overloads)
	}
	runs := plan(first, attackSorts())
	if len(runs) != len(attackSorts()) {
		t.Errorf("%d waves of %d", len(runs), len(attackSorts()))
	}
	for _, r := range runs {
		line := strings.Join(r.command("i", "r", 0), " ")
		if name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(r.name, "attack-"), withoutEdge), unwatched); !strings.Contains(line, "--attack "+name) {
			t.Errorf("%s: %s", r.name, line)
		}
		if strings.HasSuffix(r.name, withoutEdge) != strings.HasSuffix(line, "--fault no-cache") {
			t.Errorf("%s: %s", r.name, line)
		}
		if strings.HasSuffix(r.name, unwatched) != strings.HasSuffix(line, "--fault unwatched") {
			t.Errorf("%s: %s", r.name, line)
		}
	}
	s, err = readSettings(func(name string) string { return map[string]string{"SEEDS": "4,5", "SCENARIOS": "attack-none"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	if runs := plan(s.ofAttacks(), attackSorts()); len(runs) != 2 || runs[1].seed != 5 || !wanted(s, "attacks") || wanted(s, "orders") {
		t.Errorf("%v", runs)
	}
	if took := attacksTake(settings{seeds: []uint64{1}, overloads: []float64{20}, chosen: struct{ seeds, overloads bool }{true, true}}); took < time.Duration(len(attackSorts()))*usualWave {
		t.Errorf("%v", took)
	}
}
