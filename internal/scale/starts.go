package scale

import (
	"slices"
	"time"
)

// starts learns how long a replica takes from the order until it is ready: three in four
// of the last [startsKept] took no longer.
type starts struct {
	took   [startsKept]float64 // seconds
	n      int                 // measured, ever
	newest time.Time           // of the Since that were taken
	known  float64             // answer, in seconds; 0 = none was measured
}

const (
	startsKept   = 32               // a few waves' worth; chosen
	startQuarter = 0.75             // those slower than that are waited for, no plan depends on them; chosen
	startMost    = 30 * time.Minute // what took longer was restarted, or its order is an older one; chosen
)

// see takes the replicas that got ready since.
func (s *starts) see(c *clock, replicas []Replica) {
	newest, fresh := s.newest, false
	for i := range replicas {
		r := &replicas[i]
		if r.Phase != Ready || r.Ordered.IsZero() || r.Since.IsZero() {
			continue
		}
		since := c.of(r.Since)
		took := r.Since.Sub(r.Ordered)
		if !since.After(s.newest) || since.After(c.last.Add(disorder)) || took <= 0 || took > startMost {
			continue
		}
		s.took[s.n%startsKept] = took.Seconds()
		s.n++
		fresh = true
		if since.After(newest) {
			newest = since
		}
	}
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

// or is what was learnt, or else the default.
func (s *starts) or(otherwise float64) float64 {
	if s.n == 0 {
		return otherwise
	}
	return s.known
}
