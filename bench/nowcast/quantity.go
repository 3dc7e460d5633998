package nowcast

import (
	"math"

	"github.com/falochron/falochron/internal/forecast"
)

// Quantity is one of the figures that are asked for.
type Quantity int

// The quantities, in the order of the tables.
const (
	Peak Quantity = iota
	PeakMinute
	PeakAfter
	In10Min
	InHour
	HalfLife
	quantities
)

// String is the quantity's name in tables.
func (q Quantity) String() string {
	return [...]string{"peak rate", "peak minute", "time of peak", "total in 10 min", "total in an hour", "half-life"}[q]
}

const (
	hour = 3600 // s
	week = 7 * 24 * hour
)

// Truth is what a post did, by quantity. Times are seconds after the post.
type Truth [quantities]float64

// arrivals are how people came after a post: second by second in the first hour, then
// by minutes of which the moment is the end.
type arrivals struct {
	second  [hour]float64
	later   []float64 // people
	laterAt []float64 // s after the post
}

// arrivalsOf reads them off a trace.
func arrivalsOf(t *forecast.Trace) *arrivals {
	a := &arrivals{}
	for _, at := range t.At {
		switch {
		case at < hour:
			a.second[int(at)]++
		case at < week:
			if end := 60*math.Floor(at/60) + 60; len(a.later) == 0 || a.laterAt[len(a.laterAt)-1] != end {
				a.later, a.laterAt = append(a.later, 0), append(a.laterAt, end)
			}
			a.later[len(a.later)-1]++
		}
	}
	return a
}

// first is the second of the first reaction; ok: there is one in the first hour.
func (a *arrivals) first() (second int, ok bool) {
	for s, n := range a.second {
		if n > 0 {
			return s, true
		}
	}
	return 0, false
}

// busiest are the people of the busiest so many seconds of the first hour, and the
// middle of these.
func (a *arrivals) busiest(window int) (most, middle float64) {
	sum := 0.0
	for s, n := range a.second {
		sum += n
		if s >= window {
			sum -= a.second[s-window]
		}
		if sum > most {
			most, middle = sum, float64(s+1)-float64(window)/2
		}
	}
	return most, middle
}

// truth reads off what the post did.
func (a *arrivals) truth() (v Truth) {
	most, at := a.busiest(10)
	v[Peak], v[PeakAfter] = most/10, at
	v[PeakMinute], _ = a.busiest(60)
	all := 0.0
	for s, n := range a.second {
		if all += n; s < 600 {
			v[In10Min] = all
		}
	}
	v[InHour] = all
	for _, n := range a.later {
		all += n
	}
	sum := 0.0
	for s, n := range a.second {
		if sum += n; sum >= all/2 {
			v[HalfLife] = float64(s + 1)
			return v
		}
	}
	for i, n := range a.later {
		if sum += n; sum >= all/2 {
			v[HalfLife] = a.laterAt[i]
			break
		}
	}
	return v
}

// of are a nowcast's ranges, by quantity.
func of(n forecast.Nowcasted) [quantities]forecast.Range {
	return [quantities]forecast.Range{n.Peak, n.PeakMinute, n.PeakAfter, n.In10Min, n.InHour, n.HalfLife}
}
