package radar

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// seedOf is a seed that nobody knew before; it is printed with what it led to.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64() >> 32
	t.Logf("seed %d", seed)
	return seed
}

// tries is how many waves are judged together, and rounds how often as many more are played
// where chance was unkind to those before; then all count.
const tries, rounds = 40, 4

// together plays waves until what was found of all of them holds, and returns it sorted; false:
// it does not.
func together(seed uint64, of func(seed uint64) float64, holds func(sorted []float64) bool) (all []float64, ok bool) {
	for round := range uint64(rounds) {
		for i := range uint64(tries) {
			all = append(all, of(seed+round*tries+i))
		}
		if slices.Sort(all); holds(all) {
			return all, true
		}
	}
	return all, false
}

// told plays a wave and returns how long after the true rate has passed three times the
// usual one it was told; what was told before has no delay. It stops at a minute.
func told(s *sea, c DetectorConfig) float64 {
	passes, _ := s.passes()
	d, delay := NewDetector(c), math.Inf(1)
	s.hear(d, monday, -5*time.Minute, passes+time.Minute, tenth, func(after time.Duration, g Sighting) bool {
		if g.State.Wave() {
			delay = max((after - passes).Seconds(), 0)
		}
		return !g.State.Wave()
	})
	return delay
}

// The goal of detection: 95 of 100 waves are told within a second after the true rate
// has passed three times the usual one. The control loop looks four times a second, and knows
// it an eighth of a second later on average: some 0.85 s are left here. Where a wave begins
// with four a second on one in two seconds, or with no more than three times 20 a second,
// nobody can be that quick by the shop's sum alone (docs/radar.md); what is reached there is
// held to. At 20 a second its ways are: see below.
func TestWavesAreToldWithinASecond(t *testing.T) {
	seed := seedOf(t)
	for _, c := range []struct{ base, people, goal float64 }{
		{0.5, 300_000, 0.85}, {5, 30_000, 0.85}, {5, 300_000, 0.85}, {20, 30_000, 0.85}, {100, 300_000, 0.85},
		{0.5, 30_000, 7}, {20, 300_000, 1.6},
	} {
		if _, ok := newSea(0, c.base, 1.25, c.people).passes(); !ok {
			t.Fatalf("%g a second never passes three times that", c.base)
		}
		p95 := func(sorted []float64) float64 { return sorted[len(sorted)*95/100-1] }
		delays, ok := together(seed,
			func(seed uint64) float64 { return told(newSea(seed, c.base, 1.25, c.people), DetectorConfig{}) },
			func(sorted []float64) bool { return p95(sorted) <= c.goal })
		if !ok {
			t.Errorf("usual %g a second, a wave of %g: told after %.1f s (95 of 100 of %d), goal %g", c.base, c.people, p95(delays), len(delays), c.goal)
		}
	}
	if _, ok := newSea(0, 100, 1.25, 30_000).passes(); ok {
		t.Error("30,000 people pass three times 100 a second")
	}
}

// Where the wave comes by one of ten ways, it is told within a second at 20 a second, too: by
// looks three tenths of a second apart, of which the third is soon enough.
func TestWavesAreToldByTheirWayWithinASecond(t *testing.T) {
	told := func(seed uint64) float64 {
		l, f := newLane(seed, 10, 20, 300_000), NewField[int](DetectorConfig{}, 16)
		for after := -5 * time.Minute; after < time.Minute; after += 3 * tenth {
			l.step(after)
			if s := f.Observe(l.now, tenth, l.shop, l.all()); s.State.Wave() {
				return max((after + 3*tenth).Seconds(), 0)
			}
		}
		return math.Inf(1)
	}
	p95 := func(sorted []float64) float64 { return sorted[len(sorted)*95/100-1] }
	delays, ok := together(seedOf(t), told, func(sorted []float64) bool { return p95(sorted) < 1 })
	if !ok {
		t.Errorf("told after %.1f s (95 of 100 of %d)", p95(delays), len(delays))
	}
}

// calmAlarms is how many waves a detector calls in so long of nothing happening.
func calmAlarms(seed uint64, base, over float64, length time.Duration, c DetectorConfig) (alarms int) {
	s, d := newSea(seed, base, over, 0), NewDetector(c)
	s.hear(d, monday, 0, length, tenth, func(_ time.Duration, g Sighting) bool {
		if g.Changed() && g.State == Swell {
			alarms++
		}
		return true
	})
	return alarms
}

// The goal of false alarms: at most one a week. In a day and a half of calm seas hardly one is
// due; where there is one, up to four times as long is heard, in which of one a week more than three
// are no luck. A detector that believes in chance alone must fail this, or it tests nothing.
func TestCalmSeasRaiseNoAlarm(t *testing.T) {
	seed, ours, poisson := seedOf(t), 0, 0
	const luck = 3
	for range rounds {
		for _, base := range []float64{0.5, 5, 20, 100} {
			for _, over := range []float64{1.25, 1.7, 2.3} {
				seed++
				ours += calmAlarms(seed, base, over, 3*time.Hour, DetectorConfig{})
				poisson += calmAlarms(seed, base, over, 3*time.Hour, DetectorConfig{Dispersion: [2]float64{1, 1}})
			}
		}
		if ours == 0 && poisson > luck {
			break
		}
	}
	if ours > luck {
		t.Errorf("%d alarms in six days of calm", ours)
	}
	if poisson <= luck {
		t.Errorf("a detector that believes in chance alone raised %d alarms: this sea is too calm to test anything", poisson)
	}
}

// Nothing is learnt from a wave: when it is over, what was usual before is usual again.
func TestNothingIsLearntFromAWave(t *testing.T) {
	s, d := newSea(11, 5, 1.25, 100_000), NewDetector(DetectorConfig{})
	before := 0.0
	s.hear(d, monday, -20*time.Minute, 0, tenth, func(_ time.Duration, g Sighting) bool { before = g.Base; return true })
	s.hear(d, monday, 0, 10*time.Minute, tenth, func(after time.Duration, g Sighting) bool {
		if g.Base < 0.9*before || g.Base > 1.1*before {
			t.Fatalf("%v after the post %g a second are held to be usual, before it %g", after, g.Base, before)
		}
		return true
	})
	if !d.wave.state.Wave() {
		t.Fatal("the wave was not told")
	}
	usual := newSea(12, 5, 1.25, 0)
	var last Sighting
	usual.hear(d, monday, 10*time.Minute, 15*time.Minute, tenth, func(_ time.Duration, g Sighting) bool { last = g; return true })
	if last.State != Calm || last.Base < 0.85*before || last.Base > 1.15*before {
		t.Errorf("after the wave: %v, %g a second usual, before it %g", last.State, last.Base, before)
	}
}

// The onset lies between the post and the moment it was told, and near the rise.
func TestOnsetIsNearTheRise(t *testing.T) {
	seed := seedOf(t)
	for _, c := range []struct{ base, people float64 }{{0.5, 300_000}, {5, 300_000}, {5, 30_000}, {20, 300_000}} {
		onset := func(seed uint64) (after float64) {
			s, d := newSea(seed, c.base, 1.25, c.people), NewDetector(DetectorConfig{})
			after = math.Inf(1)
			s.hear(d, monday, -5*time.Minute, time.Minute, tenth, func(_ time.Duration, g Sighting) bool {
				if g.State.Wave() {
					after = g.Onset.Sub(monday).Seconds()
				}
				return !g.State.Wave()
			})
			return after
		}
		ends := func(sorted []float64) (low, high float64) {
			n := len(sorted) / 20
			return sorted[n], sorted[len(sorted)-1-n]
		}
		off, ok := together(seed, onset, func(sorted []float64) bool { low, high := ends(sorted); return low >= -3 && high <= 11 })
		if !ok {
			low, high := ends(off)
			t.Errorf("usual %g a second, a wave of %g: 90 of 100 onsets from %.1f to %.1f s after the post", c.base, c.people, low, high)
		}
	}
}
