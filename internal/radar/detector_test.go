package radar

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is heard, the figures are numbers, states follow each other as drawn, and an
// onset is there exactly in waves.
func TestAnySea(t *testing.T) {
	next := map[State][]State{Calm: {Calm, Swell}, Swell: {Swell, Storm, Calm}, Storm: {Storm, Ebb}, Ebb: {Ebb, Storm, Calm}}
	rapid.Check(t, func(t *rapid.T) {
		tick := rapid.SampledFrom([]time.Duration{tenth, time.Second, time.Minute, 5 * time.Minute}).Draw(t, "tick")
		d, now := NewDetector(DetectorConfig{}), monday
		before := Calm
		for range rapid.IntRange(1, 40).Draw(t, "stretches") {
			top := rapid.SampledFrom([]int{0, 1, 5, 50, 3000}).Draw(t, "top")
			if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
				now = now.Add(time.Duration(rapid.Int64Range(-1e12, 1e15).Draw(t, "by")))
			}
			for range rapid.IntRange(1, 60).Draw(t, "ticks") {
				now = now.Add(tick)
				s := d.Observe(now, tick, rapid.IntRange(-1, top).Draw(t, "n"))
				if !contains(next[before], s.State) || s.Before != before {
					t.Fatalf("%v became %v (said %v)", before, s.State, s.Before)
				}
				before = s.State
				if s.State.Wave() == s.Onset.IsZero() || s.Onset.After(now) {
					t.Fatalf("%v with onset %v at %v", s.State, s.Onset, now)
				}
				for _, x := range []float64{s.Rate, s.Base, s.Factor, s.Peak, s.Surprise, s.Usual} {
					if !(x >= 0) || math.IsInf(x, 0) {
						t.Fatalf("%+v", s)
					}
				}
			}
			if again, err := Restore(DetectorConfig{}, d.Save()); err != nil {
				t.Fatal(err)
			} else if rapid.Bool().Draw(t, "restart") {
				d = again
			}
		}
	})
}

func contains(list []State, s State) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// A tally holds the last ticks again and again; each is taken once.
func TestTicksAreTakenOnce(t *testing.T) {
	s := newSea(1, 5, 1.25, 30_000)
	one, many := NewDetector(DetectorConfig{}), NewDetector(DetectorConfig{})
	var held []uint32
	now := monday
	var a, b Sighting
	for i := range 7000 {
		n := s.tick(time.Duration(i)*tenth-5*time.Minute, tenth)
		now = now.Add(tenth)
		a = one.Observe(now, tenth, n)
		if held = append(held, uint32(n)); len(held) > 64 {
			held = held[1:]
		}
		if i%3 == 2 {
			b = many.ObserveTicks(now, tenth, held)
			if b.State != a.State || b.Base != a.Base || b.Rate != a.Rate {
				t.Fatalf("tick %d: one by one %+v, as tallies %+v", i, a, b)
			}
			if again := many.ObserveTicks(now, tenth, held); again.Changed() || again.State != b.State {
				t.Fatalf("the same tally again: %+v", again)
			}
		}
	}
	if a.State == Calm {
		t.Fatal("no wave was told")
	}
	if s := NewDetector(DetectorConfig{}).ObserveTicks(now, tenth, nil); s.Known || s.State != Calm {
		t.Errorf("of nothing: %+v", s)
	}
}

// What was known of a shop before it was heard counts from the first tick on.
func TestKnownBefore(t *testing.T) {
	d := NewDetector(DetectorConfig{Base: 2, Seen: time.Hour})
	s := d.Observe(monday, tenth, 0)
	if !s.Known || math.Abs(s.Base-2) > 0.01 {
		t.Errorf("%+v", s)
	}
	for i := range 20 {
		s = d.Observe(monday.Add(time.Duration(i+1)*tenth), tenth, 3)
	}
	if s.State != Storm && s.State != Swell {
		t.Errorf("30 a second where 2 are usual: %+v", s)
	}
}

func BenchmarkObserve(b *testing.B) {
	for name, people := range map[string]float64{"calm": 0, "wave": 300_000} {
		b.Run(name, func(b *testing.B) {
			s, d := newSea(1, 20, 1.25, people), NewDetector(DetectorConfig{})
			counts := make([]int, 6000)
			for i := range counts {
				counts[i] = s.tick(time.Duration(i)*tenth, tenth)
			}
			now := monday
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now = now.Add(tenth)
				d.Observe(now, tenth, counts[i%len(counts)])
			}
		})
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	s, d, now := newSea(1, 20, 1.25, 300_000), NewDetector(DetectorConfig{}), monday
	d.Observe(now, tenth, 1)
	after := -time.Minute
	if n := testing.AllocsPerRun(3000, func() {
		now, after = now.Add(tenth), after+tenth
		d.Observe(now, tenth, s.tick(after, tenth))
	}); n != 0 {
		t.Errorf("%g allocations a tick", n)
	}
}
