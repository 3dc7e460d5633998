package algorithms

import (
	"math"
	"time"
)

// epoch is when every story begins; only distances from it matter.
var epoch = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// world is virtual time with events.
type world struct {
	now  time.Duration // since the story's beginning
	next []event       // binary heap, earliest first
	nth  uint64
}

type event struct {
	at time.Duration
	n  uint64 // of two at one instant the one planned first
	do func()
}

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.n < o.n }

func (w *world) clock() time.Time { return epoch.Add(w.now) }

// after plans do.
func (w *world) after(d time.Duration, do func()) {
	w.nth++
	h := append(w.next, event{at: w.now + max(d, 0), n: w.nth, do: do})
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
func (w *world) run(until time.Duration) {
	for len(w.next) > 0 && w.next[0].at <= until {
		e := w.pop()
		w.now = e.at
		e.do()
	}
	w.now = until
}

// Chance is a hash of a seed and of what is being decided, as in internal/crowd: so
// the same fan has the same patience and the nth order takes equally long whichever
// algorithm stands before the shop.

// What is being decided, beside the routes' service times, which come first.
const (
	chanceThink uint64 = iota + 1<<32
	chanceReload
	chanceLeave
	chanceRetry
	chanceRetryWait
	chanceLook
	chanceNotice
	chanceHang
	chanceProbe
	chanceBegin
)

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is a number in [0, 1).
func chance(seed, what, n uint64) float64 {
	return float64(mix(mix(seed^what)+n)>>11) / (1 << 53)
}

// between is a moment between two.
func between(lo, hi time.Duration, u float64) time.Duration {
	return lo + time.Duration(u*float64(hi-lo))
}

// lognormal has mean 1 and σ sigma.
func lognormal(seed, what, n uint64, sigma float64) float64 {
	z := math.Sqrt(-2*math.Log(1-chance(seed, what, 2*n))) * math.Cos(2*math.Pi*chance(seed, what, 2*n+1))
	return math.Exp(sigma*z - sigma*sigma/2)
}

func secs(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
