package admit

import (
	"flag"

	"github.com/falochron/falochron"
)

// step is one request of a visit.
type step struct {
	class falochron.Class
	lane  Lane
	base  float64 // seconds in an unloaded shop
	think float64 // seconds before it
}

// pays says that it is the order itself, which charges the buyer.
func (s step) pays() bool { return s.lane == LaneOrder }

// compress shortens thinking, and nothing else, so that a wave shows its steady
// state within two minutes; five is what the demo uses. The survey may play without
// it, as in life: nothing may be tuned to it.
const compress = 5

// thinking is how much longer people think than compressed.
var thinking = flag.Float64("thinking", 1, "survey: people think so many times longer and waves are so much longer; 5 is life")

// visit makes one visit, as the demo's fans make them: buyers go to the end, by
// way of one or three pages, others look at one to four.
//
// Where pages are the same for all and kept, whoever only looks never reaches the shop,
// and buyers reach it with their first "add to cart".
func (w *world) visit(buyer bool) []step {
	if w.late {
		return []step{
			{falochron.ClassCart, LaneNew, 0.32, 0},
			{falochron.ClassCheckout, LaneCheckout, 0.45, w.think(31)},
			{falochron.ClassCheckout, LaneOrder, 0.90, w.think(100)},
			{falochron.ClassCallback, LaneCallback, 0.23, 0},
			{falochron.ClassCheckout, LaneCheckout, 0.20, 0},
		}
	}
	if w.kept {
		return []step{
			{falochron.ClassCart, LaneNew, 0.30, 0},
			{falochron.ClassCart, LaneCart, 0.35, 0},
			{falochron.ClassCheckout, LaneCheckout, 0.45, w.think(31)},
			{falochron.ClassCheckout, LaneOrder, 0.90, w.think(100)},
			{falochron.ClassCheckout, LaneCheckout, 0.20, 0},
		}
	}
	page := func(base float64) step {
		return step{falochron.ClassPage, LaneInside, base, w.think(31)}
	}
	steps := []step{{falochron.ClassPage, LaneNew, 0.35, 0}}
	if !buyer {
		for range []int{0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3}[w.rng.IntN(11)] {
			steps = append(steps, page(0.4))
		}
		return steps
	}
	if w.rng.IntN(3) == 0 {
		steps = append(steps, page(0.4), page(0.35))
	}
	return append(steps,
		step{falochron.ClassCart, LaneCart, 0.30, w.think(31)},
		step{falochron.ClassCart, LaneCart, 0.35, 0},
		step{falochron.ClassCheckout, LaneCheckout, 0.45, w.think(31)},
		step{falochron.ClassCheckout, LaneOrder, 0.90, w.think(100)},
		step{falochron.ClassCheckout, LaneCheckout, 0.20, 0},
	)
}

// think is a pause with the given mean, neither nothing nor for ever.
func (w *world) think(mean float64) float64 {
	return mean * (0.5 + 0.5*min(w.rng.ExpFloat64(), 5)) / compress * *thinking
}

// buys tells whether the kth visitor is one of the nine in twenty who buy.
func (w *world) buys(k int) bool { return w.kept || k*9%20 < 9 }

// temper is what somebody does about a slow page: measured on real visitors, 44 %
// reload one slower than 3 s, a third leave after 5 s.
type temper struct{ reloads, leaves bool }

const (
	reloadAfter = 3.0
	leaveAfter  = 5.0
)

func (w *world) temper() temper {
	return temper{reloads: w.rng.Float64() < 0.44, leaves: w.rng.Float64() < 1.0/3}
}

// at is how somebody bears a step: nobody presses "pay" a second time while it runs, as
// tills cover the page then.
func (t temper) at(s step) temper {
	t.reloads = t.reloads && !s.pays()
	return t
}

// patiently asks for a page and waits as people do. ask returns how to take the
// request back, which does nothing once it is at the shop: that works on. done is
// told once whether the page came, or that the fan has left without it.
func (w *world) patiently(t temper, ask func(done func(ok bool)) (takeBack func()), done func(ok, left bool)) {
	over := false
	end := func(ok, left bool) {
		if !over {
			over = true
			done(ok, left)
		}
	}
	takeBack := ask(func(ok bool) { end(ok, false) })
	if t.reloads {
		w.after(reloadAfter, func() {
			if over {
				return
			}
			takeBack()
			takeBack = ask(func(ok bool) { end(ok, false) })
		})
	}
	if t.leaves {
		w.after(leaveAfter, func() {
			if !over {
				takeBack()
				end(false, true)
			}
		})
	}
}
