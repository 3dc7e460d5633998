package radar

import (
	"math"
	"time"
)

// season is what is usual at each quarter of an hour of the week, learnt from calm
// times only. It moves the baseline through nights, gaps and waves in which the
// baseline itself may not learn; it does not replace it.
type season struct {
	rate  [weekSlots]float32 // arrivals a second
	weeks [weekSlots]uint8   // how many times seen, at most maxWeeks

	slot              int // being filled; -1: none
	arrivals, seconds float64
	moved             time.Time // until when the baseline was moved; zero: not yet
}

const (
	slotLength = 15 * time.Minute
	daySlots   = int(24 * time.Hour / slotLength)
	weekSlots  = 7 * daySlots
	maxWeeks   = 6   // a week counts a sixth from then on: shops change
	leastShare = 0.4 // of a quarter must have been seen to be learnt
	moveEvery  = 10 * time.Second
	mostMove   = 4.0 // by which the season may move the rate within an hour, up or down
)

func newSeason() *season { return &season{slot: -1} }

// slotOf is the quarter of the week that holds t, by t's own clock.
func slotOf(t time.Time) int {
	return int(t.Weekday())*daySlots + (t.Hour()*60+t.Minute())/int(slotLength/time.Minute)
}

// learn takes n arrivals of so many seconds around t.
func (s *season) learn(t time.Time, n, seconds float64) {
	if at := slotOf(t); at != s.slot {
		s.finish()
		s.slot = at
	}
	s.arrivals, s.seconds = s.arrivals+n, s.seconds+seconds
}

// finish closes the quarter that is being filled.
func (s *season) finish() {
	if s.slot >= 0 && s.seconds >= leastShare*slotLength.Seconds() {
		w := &s.weeks[s.slot]
		*w = min(*w+1, maxWeeks)
		s.rate[s.slot] += (float32(s.arrivals/s.seconds) - s.rate[s.slot]) / float32(*w)
	}
	s.slot, s.arrivals, s.seconds = -1, 0, 0
}

// weekly is what is usual in this quarter of the week, averaged with its neighbours,
// and how many weeks say so.
func (s *season) weekly(slot int) (rate float64, weeks int) {
	weeks = maxWeeks
	for i := -1; i <= 1; i++ {
		at := (slot + i + weekSlots) % weekSlots
		rate += float64(s.rate[at]) / 3
		weeks = min(weeks, int(s.weeks[at]))
	}
	return rate, weeks
}

// daily is the same over all days of the week that were seen.
func (s *season) daily(slot int) (rate float64, days int) {
	for d := range 7 {
		if r, weeks := s.weekly((slot%daySlots + d*daySlots) % weekSlots); weeks > 0 {
			rate, days = rate+r, days+1
		}
	}
	if days == 0 {
		return 0, 0
	}
	return rate / float64(days), days
}

// usual is how many arrivals a second are usual at t; 0: not known.
func (s *season) usual(t time.Time) float64 {
	return between(t, func(slot int) float64 {
		if r, weeks := s.weekly(slot); weeks > 0 {
			return r
		}
		r, _ := s.daily(slot)
		return r
	})
}

// between goes from the middle of one quarter to that of the next in a straight line;
// 0 where one of them is not known.
func between(t time.Time, of func(slot int) float64) float64 {
	half := slotLength / 2
	early := t.Add(-half)
	slot := slotOf(early)
	into := time.Duration(early.Minute()%int(slotLength/time.Minute))*time.Minute + time.Duration(early.Second())*time.Second
	share := float64(into) / float64(slotLength)
	a, b := of(slot), of((slot+1)%weekSlots)
	if a <= 0 || b <= 0 {
		return 0
	}
	return a + share*(b-a)
}

// move is by what the rate changes from one moment to another according to the week,
// or the day where the week is not known yet; 1 where neither is. What was seen once
// is believed by half, twice by two thirds, six times by six sevenths.
func (s *season) move(from, to time.Time) float64 {
	for _, scale := range []func(int) (float64, int){s.weekly, s.daily} {
		seen := maxWeeks
		of := func(slot int) float64 {
			r, n := scale(slot)
			if n == 0 {
				return 0
			}
			seen = min(seen, n)
			return r + 1/slotLength.Seconds() // an empty quarter is no proof of nobody
		}
		a, b := between(from, of), between(to, of)
		if a > 0 && b > 0 {
			hours := max(to.Sub(from).Hours(), 1)
			bound := math.Pow(mostMove, hours)
			ratio := math.Pow(b/a, float64(seen)/float64(seen+1))
			return min(max(ratio, 1/bound), bound)
		}
	}
	return 1
}
