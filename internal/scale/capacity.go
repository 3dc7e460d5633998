package scale

import (
	"math"
)

// capacity learns what one warm replica serves, in people a second.
//
// What was served says what could be only while the slots were taken; otherwise it says
// no more than that it was at least so much, and on average, since each crest of chance would
// raise it and no trough would lower it again. Served is a mean over some seconds, so the
// number of replicas it is divided by has to have been the same for as long.
type capacity struct {
	each   float64 // people a second by one replica; 0 = not known
	lately float64 // the same, as they were served in the last seconds,
	heard  float64 // up to capacityMemory, whether or not the slots were taken
	spoke  float64 // seconds that speak for it, up to capacityMemory; 0 = it was set
	mean   float64 // replicas, as warm ones, over the last seconds
}

const (
	fullFrom       = 0.8  // of the slots taken: then what is served is what can be; chosen, below 1 since slots stand empty between two requests
	capacityMemory = 60.0 // seconds that each is averaged over; chosen: longer than what is at the till swings
	meanOver       = 10.0 // seconds, as Served is a mean over
	meanNear       = 0.15 // replicas and their mean may differ by so much; chosen
)

// see takes what was served by n replicas, counted as warm ones, in the last dt seconds.
func (c *capacity) see(dt, n, served float64, full, lower bool) {
	c.mean += (n - c.mean) * (1 - math.Exp(-dt/meanOver))
	if dt <= 0 || n <= 0 || served <= 0 || !c.steady(n) {
		return
	}
	x := served / max(n, c.mean)
	c.heard = min(c.heard+dt, capacityMemory)
	c.lately += (x - c.lately) * min(dt/c.heard, 1)
	if !full {
		if c.each > 0 && c.heard >= capacityMemory {
			c.each = max(c.each, c.lately)
		}
		return
	}
	if x < c.each && !lower {
		return
	}
	c.spoke = min(c.spoke+dt, capacityMemory)
	c.each += (x - c.each) * min(dt/c.spoke, 1)
}

// scale turns what was learnt into another measure.
func (c *capacity) scale(by float64) {
	c.each *= by
	c.lately *= by
}

// steady says that there have been n replicas for about as long as what was served is a
// mean over.
func (c *capacity) steady(n float64) bool { return math.Abs(n-c.mean) <= meanNear*n }
