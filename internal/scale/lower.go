package scale

import "time"

// Up is at once. Down waits until fewer have been enough for a while, and until the ebb
// is confirmed; then it goes in steps, so that visitors can finish where they are, and a
// second wave finds most of what the first one had.

const (
	holdFor    = 45 * time.Second // fewer have to be enough; tuned in the simulation; Knative looks at 60
	belowFor   = 3 * time.Minute  // and so long if the radar still sees a storm; chosen
	lowerEvery = 15 * time.Second // between two steps; chosen
	lowerPart  = 4                // a quarter of them goes with each; chosen

	// A wave's first seconds are one order or two, not ten.
	raisePart = 10              // less than a tenth more is not worth an order; chosen, below the headroom
	gather    = 5 * time.Second // between two steps up, but for those that double; chosen: half of what arrivals are a mean over
)

// follow is what is wanted of what is needed, before any bound.
func (d *Decider) follow(now time.Time, o *Observed, n needed) followed {
	d.hold.add(now, n.keep)
	f := followed{n: d.wanted, cause: n.cause, wave: n.wave}
	recent := max(d.hold.over(now, holdFor), min(n.soon, d.wanted))
	switch {
	case n.n > d.wanted:
		d.below = time.Time{}
		if n.n > d.wanted+d.wanted/raisePart && (now.Sub(d.raised) >= gather || n.n >= 2*d.wanted) {
			f.n = n.n
		}
		return f
	case recent >= d.wanted:
		if n.keep < d.wanted {
			f.cause = CauseHold
		}
		d.below = time.Time{}
		return f
	}
	if d.below.IsZero() {
		d.below = now
	}
	f.cause = CauseHold
	confirmed := o.Sea == Calm || o.Sea == Ebb || now.Sub(d.below) >= belowFor
	if !confirmed || now.Sub(d.lowered) < lowerEvery {
		return f
	}
	if f.n = max(recent, d.wanted-step(d.wanted)); f.n < n.inside {
		f.n, f.cause = n.inside, CauseInside
	}
	if f.n < d.wanted {
		f.cause = CauseLower
	}
	return f
}

type followed struct {
	n     int
	cause Cause
	wave  string
}

// step is how many go at once.
func step(n int) int { return (n + lowerPart - 1) / lowerPart }
