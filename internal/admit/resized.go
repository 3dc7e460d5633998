package admit

import (
	"math"
	"time"
)

// Resized says that the shop has become so many times as large: replicas have come, or
// gone. The limit follows at once, and is learnt from there. Without it a shop that lost
// replicas would be sent for minutes what those could take that are gone; and one that
// has grown is known to have grown only when the limit has been tried.
//
// factor is the ready replicas after the change divided by those before it; call it once
// for each change, together with [Places.Resized]. To or from no replica at all there is no
// factor: keep the last number above 0 and compare with that. Factors that cannot be are
// ignored.
func (l *Limiter) Resized(now time.Time, factor float64) {
	if factor > 0 && !math.IsInf(factor, 1) {
		l.climb.resized(l.clock.at(now), factor)
	}
}

// Resized is [Limiter.Resized] for the places: what the shop yielded while it was full is so
// many times as much now. Call both, with the same factor, at the same moment.
func (p *Places) Resized(now time.Time, factor float64) {
	if !(factor > 0) || math.IsInf(factor, 1) {
		return
	}
	p.clock.at(now)
	p.full.resized(factor)
	p.visits.full.resized(factor)
}

func (m *fullMeter) resized(factor float64) {
	m.seconds /= factor
	m.limits *= factor
}

// sized is the limit that a shop of another size would have, between two levels: many small
// changes there and back again would else lose a step each.
type sized struct {
	level int // it stands for this one
	want  float64
}

// resized moves the limit with the shop. What was learnt of neighbouring levels is of
// another shop, so the search goes on from there.
func (c *climb) resized(now time.Time, factor float64) {
	if c.sized.level != c.best {
		c.sized.want = float64(levels[c.best])
	}
	want, level := c.sized.want*factor, 0
	c.sized.want = min(max(want, 1), float64(levels[len(levels)-1]))
	for level+1 < len(levels) && float64(levels[level+1]) <= want+0.5 {
		level++
	}
	c.sized.level = level
	if level == c.best {
		return
	}
	clear(c.gain)
	c.prev, c.quiet, c.hold, c.best = measured{}, 1, 1, level
	if c.phase == probing {
		c.level = level // goes back to it when it is done
		return
	}
	if c.phase != starting {
		c.phase = steady
	}
	c.move(now, level, "the shop has another size")
}
