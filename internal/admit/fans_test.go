package admit

import "github.com/falochron/falochron"

// step is one request of a visit.
type step struct {
	class falochron.Class
	lane  Lane
	base  float64 // seconds in an unloaded shop
	think float64 // seconds before it
}

// compress shortens thinking, and nothing else, so that a wave shows its steady
// state within two minutes; five is what the demo uses.
const compress = 5

// visit makes one visit: buyers go to the end, others look at one to four pages.
func (w *world) visit(buyer bool) []step {
	pages := []float64{0.3, 0.4, 0.35, 0.45}
	page := func() step {
		return step{falochron.ClassPage, LaneInside, pages[w.rng.IntN(len(pages))], w.think(31)}
	}
	steps := []step{{falochron.ClassPage, LaneNew, 0.35, 0}}
	if !buyer {
		for range w.rng.IntN(4) {
			steps = append(steps, page())
		}
		return steps
	}
	for range w.rng.IntN(3) {
		steps = append(steps, page())
	}
	return append(steps,
		step{falochron.ClassCart, LaneCart, 0.30, w.think(31)},
		step{falochron.ClassCart, LaneCart, 0.35, 0},
		step{falochron.ClassCheckout, LaneCheckout, 0.45, w.think(20)},
		step{falochron.ClassCheckout, LaneCheckout, 0.90, w.think(60)},
		step{falochron.ClassCheckout, LaneCheckout, 0.20, 0},
	)
}

// think is a pause with the given mean, neither nothing nor for ever.
func (w *world) think(mean float64) float64 {
	return min(max(mean*w.rng.ExpFloat64(), mean/5), mean*3) / compress
}

// buys tells whether the kth visitor is one of the two in five who buy.
func buys(k int) bool { return k%5 < 2 }
