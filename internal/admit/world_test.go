package admit

import (
	"math"
	"math/rand/v2"
	"time"
)

// A world is virtual time with events, for one shop and one crowd. It measures
// the controllers on minutes of a wave within milliseconds, the same for the
// same seed.
type world struct {
	kept bool // pages are kept before the shop
	late bool // of a visit to such a shop, what is dear comes late
	now  time.Time
	rng  *rand.Rand
	next []event // binary heap, earliest first
	nth  uint64
}

type event struct {
	at time.Time
	n  uint64 // of two at one instant the one planned first
	do func()
}

func (e event) before(o event) bool {
	if e.at.Equal(o.at) {
		return e.n < o.n
	}
	return e.at.Before(o.at)
}

func newWorld(seed uint64) *world {
	return &world{
		now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC),
		rng: rand.New(rand.NewPCG(seed, 1)),
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// after plans do in s seconds.
func (w *world) after(s float64, do func()) {
	w.nth++
	h := append(w.next, event{at: w.now.Add(seconds(max(s, 0))), n: w.nth, do: do})
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	w.next = h
}

func (w *world) pop() event {
	h := w.next
	first, last := h[0], len(h)-1
	h[0], h[last] = h[last], event{}
	h = h[:last]
	for i := 0; ; {
		low := i
		for _, c := range [...]int{2*i + 1, 2*i + 2} {
			if c < last && h[c].before(h[low]) {
				low = c
			}
		}
		if low == i {
			break
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
	w.next = h
	return first
}

// run lets happen what is planned until then.
func (w *world) run(until time.Time) {
	for len(w.next) > 0 && !w.next[0].at.After(until) {
		e := w.pop()
		w.now = e.at
		e.do()
	}
	w.now = until
}

// within is a moment between lo and hi seconds.
func (w *world) within(lo, hi float64) float64 { return lo + (hi-lo)*w.rng.Float64() }

// spread varies a service time as measured shops do: lognormal, mean 1, sigma 0.35.
func (w *world) spread() float64 {
	const sigma = 0.35
	return math.Exp(w.rng.NormFloat64()*sigma - sigma*sigma/2)
}
