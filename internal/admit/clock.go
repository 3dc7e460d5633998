package admit

import "time"

// clock makes instants that never go back of whatever instants come in: while
// the caller's clock stands behind what it has shown before, no time passes,
// and then it goes on from there.
type clock struct {
	last time.Time
	skew time.Duration
}

func (c *clock) at(now time.Time) time.Time {
	now = now.Add(c.skew)
	if now.Before(c.last) {
		c.skew += c.last.Sub(now)
		now = c.last
	}
	c.last = now
	return now
}
