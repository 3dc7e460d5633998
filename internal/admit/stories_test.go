package admit

import (
	"fmt"
	"testing"
)

// The best yields of the model shops with a well-behaved crowd and nothing
// before them, as findBest measures them (TestSurvey prints them).
var (
	best2    = best{orders: 15.5, work: 1.52, p95: 13.9, visit: 76}
	best8    = best{orders: 93.4, work: 6.04, p95: 3.28, visit: 42}
	best32   = best{orders: 371, work: 23.6, p95: 3.79, visit: 45}
	bestWoo  = best{orders: 24.0, work: 1.57, p95: 3.95, visit: 42}
	bestNode = best{orders: 72.9, work: 4.75, p95: 3.07, visit: 40}
	bestKept = best{orders: 164, work: 5.99, p95: 3.83, visit: 30}
	bestDB   = best{orders: 98.1, work: 6.27, p95: 2.58, visit: 40}
)

func woo(w *world) shop      { return newCores(w, wooFlow) }
func node(w *world) shop     { return newCores(w, nodeFlow) }
func sharedDB(w *world) shop { return newSharedDB(w, 24, 3) }

// kept is a shop whose pages are kept before it.
func kept(make func(*world) shop) func(*world) shop {
	return func(w *world) shop { w.kept = true; return make(w) }
}

// late is a shop whose pages are kept before it, and where a visit begins with what is
// cheap: the cart takes a third of a second, and the till five times as long.
func late(make func(*world) shop) func(*world) shop {
	return func(w *world) shop { w.kept, w.late = true, true; return make(w) }
}

// pace is an event: from now on the shop takes x times as long.
func pace(x float64) func(*wave) {
	return func(w *wave) { w.target.(*phpShop).pace = x }
}

// TestBestIsBest keeps the constants above honest.
func TestBestIsBest(t *testing.T) {
	got := findBest(php(8))
	if got.work < 0.97*best8.work || got.work > 1.03*best8.work || got.orders < 0.95*best8.orders || got.orders > 1.05*best8.orders {
		t.Errorf("best of 8 workers is %+v, the constant says %+v", got, best8)
	}
}

// TestWave is the promise: whatever the size of shop and crowd, the shop yields
// what it would with a well-behaved crowd, nobody inside is refused, and the
// answers keep their speed. Twenty seeds each in the survey: means 0.97 to 1.14
// of the best orders, worst seeds 0.80 (2 workers: 50 orders are a small
// number) and 0.95 (8 and 32 workers).
func TestWave(t *testing.T) {
	for _, c := range []struct {
		name   string
		shop   func(*world) shop
		best   best
		seeds  int
		length float64
		orders float64 // of the best, mean of the seeds, at least
		work   float64
		limit  float64 // mean of the last half minute, at most
	}{
		{"2 workers", php(2), best2, 3, 220, 0.88, 0.94, 9},
		{"8 workers", php(8), best8, 2, 120, 0.93, 0.96, 20},
		{"32 workers", php(32), best32, 1, 60, 0.92, 0.95, 60},
		{"WooCommerce on two cores", woo, bestWoo, 4, 150, 0.93, 0.95, 9},
		{"one Node process", node, bestNode, 1, 120, 0.95, 0.96, 12},
		{"8 workers, pages kept", kept(php(8)), bestKept, 6, 120, 0.97, 0.95, 16},
		{"shared database", sharedDB, bestDB, 1, 120, 0.97, 0.98, 20},
	} {
		for _, over := range []float64{20, 100} {
			t.Run(fmt.Sprintf("%s %v times", c.name, over), func(t *testing.T) {
				t.Parallel()
				var orders, work, limit, bad float64
				var broken, sheds, entered int
				for seed := range c.seeds {
					w := play(story{seed: uint64(seed) + 100, shop: c.shop, fans: flat(fanRate(c.best, over)), length: c.length})
					n := float64(c.seeds)
					orders += w.ordersPerMin(c.best.visit, c.length) / c.best.orders / n
					work += w.workPerSec(20, c.length) / c.best.work / n
					limit += w.meanLimit(int(c.length)-30, int(c.length)) / n
					bad += float64(w.badSeconds(2, int(c.length), 2*c.best.p95)) / n
					broken, sheds, entered = broken+w.broken, sheds+w.sheds, entered+w.entered
				}
				// In the survey 0.1 % on average; in the worst of a hundred waves, one
				// crowd of people who came in together at the till, 6 %.
				if sheds > 0 || broken*40 > entered {
					t.Errorf("%d refused and %d let down of %d let in", sheds, broken, entered)
				}
				t.Logf("orders %.3f work %.3f limit %.1f bad seconds %.1f", orders, work, limit, bad)
				if orders < c.orders || work < c.work || limit > c.limit || bad > c.length/15 {
					t.Errorf("orders %.3f (≥ %v), work %.3f (≥ %v) of the best, limit %.1f (≤ %v), seconds with p95 above twice the ideal's %.1f (≤ %.0f)",
						orders, c.orders, work, c.work, limit, c.limit, bad, c.length/15)
				}
			})
		}
	}
}

// TestNothingBefore shows that the checks of TestWave can fail: the same crowd
// with nothing before the shop, and with a limit far too high and far too low.
func TestNothingBefore(t *testing.T) {
	bare := play(story{seed: 100, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, open: true})
	if r := bare.ordersPerMin(40, 120) / best8.orders; r > 0.3 {
		t.Errorf("bare shop: orders %.2f of the best; the model shop no longer collapses", r)
	}
	if bare.broken*2 < bare.entered || bare.badSeconds(2, 120, 2*best8.p95) < 60 {
		t.Errorf("bare shop: %d of %d let down, %d bad seconds", bare.broken, bare.entered, bare.badSeconds(2, 120, 2*best8.p95))
	}
	high := play(story{seed: 100, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, fixed: 400})
	if n := high.badSeconds(2, 120, 2*best8.p95); n < 60 {
		t.Errorf("limit nailed at 400: only %d bad seconds", n)
	}
	low := play(story{seed: 100, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, fixed: 4})
	if r := low.workPerSec(20, 120) / best8.work; r > 0.7 {
		t.Errorf("limit nailed at 4: work %.2f of the best", r)
	}
}

// TestSlower: a shop that becomes three times slower in mid-wave yields a third
// and no less, the limit does not suffer, and its recovery is believed at once.
// Those inside at the change ask three times what there is: for some time
// somebody must wait too long, and it is those who look around rather than those
// who pay.
func TestSlower(t *testing.T) {
	for _, c := range []struct {
		shop func(*world) shop
		best best
		max  int
	}{{php(2), best2, 15}, {php(8), best8, 30}} {
		var settle, slow, back float64
		const seeds = 3
		for seed := range seeds {
			settled := 0 // let down by then: those inside at the change ask three times what there is
			w := play(story{seed: uint64(seed), shop: c.shop, fans: flat(fanRate(c.best, 20)), length: 210,
				at: map[float64]func(*wave){60: pace(3), 110: func(w *wave) { settled = w.broken }, 150: pace(1)}})
			settle += 3 * w.workPerSec(60, 75) / c.best.work / seeds
			slow += 3 * w.workPerSec(75, 150) / c.best.work / seeds
			back += w.workPerSec(165, 210) / c.best.work / seeds
			if m := w.maxLimit(60, 150); m > c.max || w.meanLimit(60, 150) < 3 {
				t.Errorf("best %.0f, seed %d: limit between %.1f and %d while slow", c.best.orders, seed, w.meanLimit(60, 150), m)
			}
			if late := w.broken - settled; settled > 80 || late > 15 {
				t.Errorf("best %.0f, seed %d: %d let down while settling (≤ 80), %d later (≤ 15)", c.best.orders, seed, settled, late)
			}
			if w.probes > 60 {
				t.Errorf("best %.0f, seed %d: %.1f s spent probing", c.best.orders, seed, float64(w.probes)/10)
			}
		}
		t.Logf("best %.0f: settling %.2f slow %.2f back %.2f", c.best.orders, settle, slow, back)
		if settle < 0.85 || slow < 0.9 || back < 0.9 {
			t.Errorf("best %.0f: work %.2f while settling (≥ 0.85), %.2f of a third while slow (≥ 0.9), %.2f afterwards (≥ 0.9)", c.best.orders, settle, slow, back)
		}
	}
}

// TestColdStart: the edge is started in mid-wave before a shop whose backlog is
// full of work for people who have left. It cannot be faster than the backlog;
// afterwards it yields all.
func TestColdStart(t *testing.T) {
	for _, c := range []struct {
		workers int
		best    best
		drained float64 // seconds until the backlog is worked off, and some to find the limit
	}{{8, best8, 110}, {32, best32, 45}} {
		w := play(story{seed: 3, fans: flat(fanRate(c.best, 20)), length: c.drained + 60,
			shop: func(w *world) shop {
				s := newPHP(w, c.workers)
				for range c.workers + 511 {
					s.ask(meanBase, func(Outcome) {})
				}
				return s
			}})
		late := w.workPerSec(c.drained, c.drained+60) / c.best.work
		t.Logf("%d workers: %.2f, %d let down of %d", c.workers, late, w.broken, w.entered)
		if late < 0.9 || w.broken > 60 {
			t.Errorf("%d workers: work %.2f of the best once drained (≥ 0.9), %d people let down (≤ 60)", c.workers, late, w.broken)
		}
	}
}

// TestDead: the shop is gone for a minute, refusing or hanging. Nobody is let
// in in masses meanwhile, and its return is not its second collapse.
func TestDead(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		gone := func(yes bool) func(*wave) {
			return func(w *wave) {
				if s := w.target.(*phpShop); hangs {
					s.hangs = yes
				} else {
					s.dead = yes
				}
			}
		}
		var in [2]int
		var limit, most int
		w := play(story{seed: 5, shop: php(8), fans: flat(fanRate(best8, 20)), length: 210, at: map[float64]func(*wave){
			60: gone(true), 62: func(w *wave) { in[0] = w.entered },
			120: func(w *wave) { gone(false)(w); in[1] = w.entered; limit, _ = w.lim.Limit(); w.most = 0 },
			122: func(w *wave) { most = w.most },
		}})
		if limit > 4 || most > 9 {
			t.Errorf("hangs %v: limit %d at the return (≤ 4), %d in flight within 2 s of it (≤ 9)", hangs, limit, most)
		}
		if n := in[1] - in[0]; n > 35 {
			t.Errorf("hangs %v: %d people let into a dead shop (≤ 35)", hangs, n)
		}
		if r := w.workPerSec(150, 210) / best8.work; r < 0.9 {
			t.Errorf("hangs %v: work %.2f of the best after the return (≥ 0.9)", hangs, r)
		}
	}
}

// TestBroken: a shop that refuses part of everything whatever the load, as with
// one broken replica of three, yields the rest; a limit of 1 would not cure it.
func TestBroken(t *testing.T) {
	for _, share := range []float64{0.1, 0.35} {
		w := play(story{seed: 2, fans: flat(fanRate(best8, 20)), length: 200,
			shop: func(w *world) shop { s := newPHP(w, 8); s.refuses = share; return s }})
		if r := w.workPerSec(110, 200) / best8.work; r < 0.9 {
			t.Errorf("%v refused: work %.2f of the best (≥ 0.9)", share, r)
		}
	}
}

// TestFills: static files among the pages change nothing. One wave of four or five is a
// little below what the mean of them is held to.
func TestFills(t *testing.T) {
	const waves = 4
	var work float64
	for seed := range uint64(waves) {
		w := play(story{seed: seed, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, fills: 2 * best8.work})
		work += w.workPerSec(20, 120) / best8.work / waves
		if w.sheds > 0 || w.meanLimit(60, 120) > 20 {
			t.Errorf("seed %d: %d refused, limit %.1f (≤ 20)", seed, w.sheds, w.meanLimit(60, 120))
		}
	}
	if work < 0.92 {
		t.Errorf("work %.2f of the best (≥ 0.92)", work)
	}
}

// TestFlood: as many pages as the shop can make at all are asked for by nobody with a
// place, as when a crowd reads hundreds of different pages. They take their part and
// keep nobody out: while what waits for a slot counted whoever it was, hardly anybody
// was let in.
func TestFlood(t *testing.T) {
	for seed := range uint64(3) {
		w := play(story{seed: seed, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, flood: best8.work / 0.35})
		if r := w.ordersPerMin(40, 120) / best8.orders; r < 0.6 {
			t.Errorf("seed %d: orders %.2f of the best (≥ 0.6: a quarter of the slots is not theirs)", seed, r)
		}
	}
}

// TestCalm: while the limit does not bind nothing is tried, nobody waits, and
// the wave that then comes finds a shop ready to yield all.
func TestCalm(t *testing.T) {
	var waited int
	w := play(story{seed: 1, shop: php(8), length: 220, fans: func(t float64) float64 {
		if t < 120 {
			return fanRate(best8, 0.25)
		}
		return fanRate(best8, 20)
	}, at: map[float64]func(*wave){119.9: func(w *wave) { waited = w.line + w.called }}})
	if waited > 0 || w.maxLimit(0, 120) > 8 || w.meanLimit(0, 120) < 4 {
		t.Errorf("calm: %d in line, limit up to %d, mean %.1f", waited, w.maxLimit(0, 120), w.meanLimit(0, 120))
	}
	if r := w.workPerSec(122, 140) / best8.work; r < 0.85 {
		t.Errorf("first seconds of the wave: work %.2f of the best (≥ 0.85)", r)
	}
	if r := w.workPerSec(140, 220) / best8.work; r < 0.93 || w.badSeconds(122, 220, 2*best8.p95) > 3 || w.sheds > 0 {
		t.Errorf("wave: work %.2f of the best (≥ 0.93), %d bad seconds, %d refused", r, w.badSeconds(122, 220, 2*best8.p95), w.sheds)
	}
}
