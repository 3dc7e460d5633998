package nowcast

import (
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// Clock is from when on counts are seen.
type Clock int

// The clocks.
const (
	// FirstSeen begins with the first reaction: when the post went out is not known.
	FirstSeen Clock = iota
	// Posted begins with the post, and its moment is known.
	Posted
)

// String is the clock in tables.
func (c Clock) String() string {
	return [...]string{"after the first reaction, when the post went out is not known", "after the post, whose moment is known"}[c]
}

// quietBefore is how long nothing was counted before the first reaction, in seconds:
// a shop has counted before the wave, too.
const quietBefore = 120

// seen is what everybody is shown of a post: the newcomers of each second since the
// clock began.
type seen struct {
	counts []int
	clock  Clock
	// others are those of each second who come anyway, from quietBefore seconds before
	// the clock began on; base is their rate.
	others []uint32
	base   float64
}

// see is what is seen of a post in whose first hour somebody came.
func see(a *arrivals, c Clock, horizon int) seen {
	s := seen{counts: make([]int, horizon), clock: c}
	begin := 0
	if c == FirstSeen {
		begin, _ = a.first()
	}
	for i := range s.counts {
		if begin+i < hour {
			s.counts[i] = int(a.second[begin+i])
		}
	}
	return s
}

// total are the newcomers of the first so many seconds.
func (s *seen) total(seconds int) (n float64) {
	for _, c := range s.counts[:seconds] {
		n += float64(c)
	}
	return n
}

// observed is the same for the nowcast.
func (s *seen) observed() forecast.Observed {
	until := time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC)
	o := forecast.Observed{Until: until, Tick: time.Second, Counts: make([]uint32, quietBefore+len(s.counts)), Base: s.base}
	for i, n := range s.counts {
		o.Counts[quietBefore+i] = uint32(n)
	}
	for i := range min(len(s.others), len(o.Counts)) {
		o.Counts[i] += s.others[i]
	}
	if s.clock == Posted {
		o.Posted = until.Add(-time.Duration(len(s.counts)) * time.Second)
	}
	return o
}
