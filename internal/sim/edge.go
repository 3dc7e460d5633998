package sim

import (
	"time"

	"github.com/falochron/falochron/internal/scale"
)

// What the edge tells those who count replicas, where nothing was measured before the story.

const (
	// newFor is how long a new installation has been open when its story begins.
	newFor = 25 * time.Second
	// The edge takes somebody for inside until a minute after the order, or until nothing was
	// asked for a quarter of an hour: of most who only look it does not hear that they went.
	afterOrder = time.Minute
	idleEnd    = 15 * time.Minute
)

// edgeSight is what the edge knows of the shop at one moment.
type edgeSight struct {
	inFlight, limit int
	work, requests  float64 // of a whole visit, see admit.Places.Visit
	perSecond       float64 // people who can go in
	outside         int     // who would come in if they could
	inside          int     // whose place has not ended, as far as it knows
}

// vitals is what the edge knows now; nothing of a shop without it.
func (w *world) vitals() (v edgeSight) {
	f := w.front
	if f == nil || !w.s.New {
		return v
	}
	v.inFlight, v.limit = f.lim.Use()
	v.work, v.requests = f.places.Visit()
	v.perSecond = f.places.PerSecond(v.limit)
	v.outside = f.outside(w.clock())
	v.inside = w.tally.entered
	until := func(ago time.Duration) int { return max(int((w.now-ago)/time.Second), 0) }
	for i := range w.tally.seconds[:until(afterOrder)] {
		v.inside -= w.tally.seconds[i].Orders
	}
	for _, n := range w.tally.left[:until(idleEnd)] {
		v.inside -= n
	}
	return v
}

// asTheEdgeSees replaces what is known beforehand by what the edge measures, as its loop
// over the replicas reckons it: by Little's law as many seconds of work are done in a second
// as requests are in flight.
func (o *ours) asTheEdgeSees(s *Sight, seen *scale.Observed) {
	o.work[o.works%len(o.work)] = s.edge
	o.works++
	n := min(o.works, len(o.work))
	inFlight, limit := 0.0, 0.0
	for _, v := range o.work[:n] {
		inFlight += float64(v.inFlight) / float64(n)
		limit += float64(v.limit) / float64(n)
	}
	v := &s.edge
	seen.Served, seen.Busy, seen.Visit = 0, 0, 0
	if v.work > 0 {
		seen.Served, seen.Requests = inFlight/v.work, v.requests
	}
	if limit > 0 {
		seen.Busy = min(inFlight/limit, 1)
	}
	seen.InLine, seen.Inside = v.outside, v.inside
	if v.perSecond > 0 && v.outside > 0 {
		seen.Visit = min(seconds(float64(v.inside)/v.perSecond), time.Hour)
	}
}
