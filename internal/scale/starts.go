package scale

import (
	"math/bits"
	"slices"
	"time"
)

// starts learns how long a replica takes from the order until it is ready, three in four
// of the last [startsKept] took no longer; and what share of the starts come to an end at all.
type starts struct {
	took   [startsKept]float64 // seconds
	n      int                 // measured, ever
	newest time.Time           // of the Since that were taken
	known  float64             // answer, in seconds; 0 = none was measured

	ended  int       // starts that came or failed, up to startsKept; with a restart it is learnt anew
	failed uint32    // a bit for each of them, the last one lowest: it failed
	lost   time.Time // newest Since of the failed ones that were counted
}

const (
	startsKept   = 32               // a few waves' worth, and a bit each in starts.failed; chosen
	startQuarter = 0.75             // those slower than that are waited for, no plan depends on them; chosen
	startMost    = 30 * time.Minute // what took longer was restarted, or its order is an older one; chosen
)

// see takes the replicas that got ready or failed since. Who fails after it was ready has to
// start again, and counts as well.
func (s *starts) see(c *clock, replicas []Replica) {
	newest, lost, fresh := s.newest, s.lost, false
	for i := range replicas {
		r := &replicas[i]
		if r.Phase != Ready && r.Phase != Failed || r.Ordered.IsZero() || r.Since.IsZero() {
			continue
		}
		since := c.of(r.Since)
		took := r.Since.Sub(r.Ordered)
		if since.After(c.last.Add(disorder)) || took > startMost {
			continue
		}
		if r.Phase == Failed {
			if since.After(s.lost) && took >= 0 {
				s.end(1)
				lost = later(lost, since)
			}
			continue
		}
		if !since.After(s.newest) || took <= 0 {
			continue
		}
		s.took[s.n%startsKept] = took.Seconds()
		s.n++
		s.end(0)
		fresh = true
		newest = later(newest, since)
	}
	s.lost = lost
	if fresh {
		s.newest = newest
		s.settle()
	}
}

func (s *starts) settle() {
	n := min(s.n, startsKept)
	if n == 0 {
		s.known = 0
		return
	}
	sorted := s.took
	slices.Sort(sorted[:n])
	s.known = sorted[min(int(startQuarter*float64(n)), n-1)]
}

// end takes the end of a start: 1 if it failed, 0 if it came.
func (s *starts) end(failed uint32) {
	s.failed = s.failed<<1 | failed
	s.ended = min(s.ended+1, startsKept)
}

// share is how many of those that start are to be expected to come: of the last ones so many
// did, and one more is supposed to have, since nobody knows anything of the first.
func (s *starts) share() float64 {
	came := s.ended - bits.OnesCount32(s.failed)
	return float64(came+1) / float64(s.ended+1)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// or is what was learnt, or else the default.
func (s *starts) or(otherwise float64) float64 {
	if s.n == 0 {
		return otherwise
	}
	return s.known
}
