package room

import (
	"math"
	"time"
)

// growth is a shop that is going to be larger, because replicas are starting.
type growth struct {
	at    time.Duration // on the room's own clock
	times float64       // 0 or 1: nothing is expected
}

const (
	growLate = 1.5 // times as late as expected is what the upper end of a told wait counts on; chosen: a start in four takes longer than is known of starts
	growPart = 0.5 // of the growth it counts on: starts fail, a database may be the limit; chosen
	growMost = 1000
)

// Resized says that the shop has become so many times as large, because replicas have
// come or gone. How fast the line moved before is then how fast a shop of that size would
// have moved it, so that nobody is told for two minutes what was true of the old one. Factors
// that cannot be are ignored.
func (r *Room) Resized(now time.Time, factor float64) {
	if !(factor > 0) || math.IsInf(factor, 1) {
		return
	}
	r.Advance(now)
	for i := range r.pace.buckets {
		b := &r.pace.buckets[i]
		b.busy = time.Duration(min(float64(b.busy)/factor, float64(time.Hour)))
	}
}

// Faster tells the room that in so long the shop will be so many times as large, because
// replicas are starting: who waits longer than that is told so. What was told stays until it
// is told again; up to 1 time ends it.
func (r *Room) Faster(now time.Time, in time.Duration, times float64) {
	r.Advance(now)
	if r.growth = (growth{}); times > 1 {
		r.growth = growth{at: r.elapsed + max(in, 0), times: min(times, growMost)}
	}
}

// sooner is a wait of t seconds, by the present pace, when the pace grows in at seconds.
func sooner(t, at, times float64) float64 {
	if times <= 1 || t <= at {
		return t
	}
	return at + (t-at)/times
}

// least is the shortest that a wait of t seconds becomes by what is expected.
func (r *Room) least(t float64) float64 {
	return sooner(t, max(r.growth.at-r.elapsed, 0).Seconds(), r.growth.times)
}

// most is how short it becomes for sure. What is overdue is not sure.
func (r *Room) most(t float64) float64 {
	left := r.growth.at - r.elapsed
	if left <= 0 {
		return t
	}
	return sooner(t, growLate*left.Seconds(), 1+(r.growth.times-1)*growPart)
}
