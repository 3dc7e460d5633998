package radar

import (
	"math"
	"testing"
	"time"
)

// coarse is the tick of tests that hear weeks.
const coarse = 10 * time.Second

// hearDays lets a detector hear calm days with a quiet night.
func hearDays(s *sea, d *Detector, from time.Time, length time.Duration, rate, night float64, each func(time.Time, Sighting)) {
	for now := from; now.Before(from.Add(length)); {
		now = now.Add(coarse)
		s.base = rate * daylight(now, night)
		g := d.Observe(now, coarse, s.tick(0, coarse))
		if each != nil {
			each(now, g)
		}
	}
}

// After two days the quarter of an hour has its own usual rate, and after a week the
// quarter of the week.
func TestTheHourIsLearnt(t *testing.T) {
	s, d := newSea(1, 0, 1.25, 0), NewDetector(DetectorConfig{})
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	alarms := 0
	hearDays(s, d, start, 9*24*time.Hour, 4, 0.1, func(_ time.Time, g Sighting) {
		if g.Changed() {
			alarms++
		}
	})
	if alarms > 0 {
		t.Errorf("%d changes in nine days of day and night", alarms)
	}
	for _, hour := range []int{4, 9, 15, 21} {
		at := start.Add(time.Duration(9*24+hour)*time.Hour + 7*time.Minute)
		if want, got := 4*daylight(at, 0.1), d.season.usual(at); math.Abs(got/want-1) > 0.15 {
			t.Errorf("at %v %g a second are usual, learnt %g", at, want, got)
		}
	}
	if got := NewDetector(DetectorConfig{}).season.usual(start); got != 0 {
		t.Errorf("who knows nothing says %g", got)
	}
}

// What is usual moves on while nothing may be learnt: through a restart that takes the
// night, and through a wave.
func TestTheNightPassesWithoutBeingHeard(t *testing.T) {
	s, d := newSea(2, 0, 1.25, 0), NewDetector(DetectorConfig{})
	start := time.Date(2026, 11, 30, 15, 30, 0, 0, time.UTC)
	hearDays(s, d, start, 22*24*time.Hour, 4, 0.1, nil)
	saved := d.Save()
	d, err := Restore(DetectorConfig{}, saved)
	if err != nil {
		t.Fatal(err)
	}
	// Twelve hours later the rate is a tenth.
	night := start.Add(22*24*time.Hour + 12*time.Hour)
	g := d.Observe(night, coarse, 0)
	if want := 0.4; g.Base < want/2 || g.Base > want*2 {
		t.Errorf("at half past three in the morning %g a second are held to be usual, it is %g", g.Base, want)
	}
	// Without the week, the afternoon would still be usual.
	saved.Rate, saved.Weeks = nil, nil
	if d, err = Restore(DetectorConfig{}, saved); err != nil {
		t.Fatal(err)
	}
	if g := d.Observe(night, coarse, 0); g.Base < 3 {
		t.Errorf("without the week %g a second: this test cannot fail", g.Base)
	}
}

// A wave leaves the week as it was.
func TestTheWeekLearnsNoWave(t *testing.T) {
	d := NewDetector(DetectorConfig{})
	s := newSea(3, 0, 1.25, 0)
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	hearDays(s, d, start, 7*24*time.Hour+20*time.Hour, 4, 1, nil)
	before := d.season.rate
	post := start.Add(7*24*time.Hour + 20*time.Hour)
	w := newSea(4, 4, 1.25, 100_000)
	for after := time.Duration(0); after < 10*time.Minute; after += coarse {
		d.Observe(post.Add(after+coarse), coarse, w.tick(after, coarse))
	}
	if !d.wave.state.Wave() {
		t.Fatal("the wave was not told")
	}
	hearDays(s, d, post.Add(10*time.Minute), 2*time.Hour, 4, 1, nil)
	for i := range before {
		if off := math.Abs(float64(d.season.rate[i] - before[i])); before[i] > 0 && off > 1 {
			t.Errorf("quarter %d was %g a second and is %g", i, before[i], d.season.rate[i])
		}
	}
}
