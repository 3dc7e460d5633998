package control

import "time"

// seconds are the newcomers of a shop by the second: of the last hour, and as long
// before it as a nowcast wants to see of what was before a wave. The zero value is ready.
type seconds struct {
	from   time.Time // of the first
	counts []uint32
}

// beforeOnset is how long before a wave is told with it.
const beforeOnset = 2 * time.Minute

// keptSeconds are how many are kept.
const keptSeconds = int((time.Hour + beforeOnset) / time.Second)

// until is the end of the last second, which may still be under way.
func (s *seconds) until() time.Time { return s.from.Add(time.Duration(len(s.counts)) * time.Second) }

// add takes in n newcomers of a tick that ended at until. A tick may be longer than a
// second, as one of what was missed: then they came evenly.
func (s *seconds) add(until time.Time, tick time.Duration, n uint32) {
	begin := until.Add(-tick)
	first := begin.Truncate(time.Second)
	switch {
	case len(s.counts) == 0, first.Sub(s.until()) > time.Duration(keptSeconds)*time.Second, first.Before(s.from):
		s.from, s.counts = first, s.counts[:0] // nothing is known of before, or the clock was set
	}
	parts := max(int(until.Add(-1).Truncate(time.Second).Sub(first)/time.Second)+1, 1)
	for i := range parts {
		share := n / uint32(parts)
		if i < int(n)%parts {
			share++
		}
		at := int(first.Add(time.Duration(i)*time.Second).Sub(s.from) / time.Second)
		for len(s.counts) <= at {
			s.counts = append(s.counts, 0)
		}
		s.counts[at] += share
	}
	if extra := len(s.counts) - keptSeconds; extra > 0 {
		s.counts = s.counts[:copy(s.counts, s.counts[extra:])]
		s.from = s.from.Add(time.Duration(extra) * time.Second)
	}
}

// since is a copy of the whole seconds from a moment on, and when the first of them
// begins.
func (s *seconds) since(at, until time.Time) (from time.Time, counts []uint32) {
	from = s.from
	skip := 0
	if at = at.Truncate(time.Second); at.After(from) {
		skip, from = int(at.Sub(from)/time.Second), at
	}
	end := len(s.counts)
	if whole := int(until.Truncate(time.Second).Sub(s.from) / time.Second); whole < end {
		end = whole // the last is not over
	}
	if skip >= end {
		return from, nil
	}
	return from, append([]uint32(nil), s.counts[skip:end]...)
}

// sum are the newcomers of the seconds from one moment until before another.
func (s *seconds) sum(from, until time.Time) (n int) {
	i := max(int(from.Sub(s.from)/time.Second), 0)
	for ; i < len(s.counts) && s.from.Add(time.Duration(i)*time.Second).Before(until); i++ {
		n += int(s.counts[i])
	}
	return n
}

// busiest is the busiest minute from a moment on, and its end.
func (s *seconds) busiest(from time.Time) (most int, end time.Time) {
	i := max(int(from.Sub(s.from)/time.Second), 0)
	sum := 0
	for j := i; j < len(s.counts); j++ {
		if sum += int(s.counts[j]); j-60 >= i {
			sum -= int(s.counts[j-60])
		}
		if sum > most {
			most, end = sum, s.from.Add(time.Duration(j+1)*time.Second)
		}
	}
	return most, end
}
