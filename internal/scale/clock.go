package scale

import "time"

// clock makes instants that never go back of whatever instants come in: while the
// caller's clock stands behind what it has shown before, no time passes, and then it
// goes on from there.
type clock struct {
	last time.Time
	skew time.Duration
}

// disorder is how far behind the last one an instant may be without the clock having been
// set back; chosen.
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

// of is a moment of the caller's in ours; zero stays zero.
func (c *clock) of(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(c.skew)
}
