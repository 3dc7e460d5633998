package admit

import "time"

// clock makes instants that never go back of whatever instants come in: while
// the caller's clock stands behind what it has shown before, no time passes,
// and then it goes on from there.
type clock struct {
	last time.Time
	skew time.Duration
}

// disorder is how far behind the last one an instant may be without the clock
// having been set back: callers read it before they wait for their turn here,
// so under load it is commonly some milliseconds old. To take that for a step
// would add it up, and time here would run ahead of the callers'.
const disorder = time.Second

func (c *clock) at(now time.Time) time.Time {
	now = now.Add(c.skew)
	if behind := c.last.Sub(now); behind > 0 {
		if behind > disorder {
			c.skew += behind
		}
		return c.last
	}
	c.last = now
	return now
}
