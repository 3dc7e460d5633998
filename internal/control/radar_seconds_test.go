package control

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var radarDay = time.Date(2026, 11, 27, 20, 3, 12, 0, time.UTC)

// Whatever the ticks are, all who came are in some second, in order; what is missed is
// spread over the time in which it came.
func TestSecondsLoseNobody(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var s seconds
	at, all, want := radarDay, 0, map[time.Time]int{}
	for range 3000 {
		n := r.IntN(40)
		at = at.Add(100 * time.Millisecond)
		s.add(at, 100*time.Millisecond, uint32(n))
		all += n
		want[at.Add(-1).Truncate(time.Second)] += n
	}
	if got := s.sum(radarDay, at); got != all {
		t.Errorf("%d of %d", got, all)
	}
	from, counts := s.since(radarDay, at)
	for i, n := range counts {
		if sec := from.Add(time.Duration(i) * time.Second); want[sec] != int(n) {
			t.Fatalf("%v: %d, want %d", sec, n, want[sec])
		}
	}
	gap := 7 * time.Second
	s.add(at.Add(gap), gap, 100)
	if got := s.sum(radarDay, at.Add(gap)); got != all+100 {
		t.Errorf("with a gap %d of %d", got, all+100)
	}
	_, counts = s.since(at, at.Add(gap))
	if slices.Max(counts)-slices.Min(counts) > 15 {
		t.Errorf("what was missed is not spread: %v", counts)
	}
}

// More than an hour is not kept, and a clock that was set back begins anew.
func TestSecondsAreBounded(t *testing.T) {
	var s seconds
	at := radarDay
	for range 2 * keptSeconds {
		at = at.Add(time.Second)
		s.add(at, time.Second, 2)
	}
	if len(s.counts) != keptSeconds || s.sum(radarDay, at) != 2*keptSeconds {
		t.Errorf("%d seconds, %d people", len(s.counts), s.sum(radarDay, at))
	}
	if most, end := s.busiest(at.Add(-10 * time.Minute)); most != 120 || end.After(at) {
		t.Errorf("%d until %v", most, end)
	}
	s.add(radarDay.Add(-24*time.Hour), time.Second, 7)
	if len(s.counts) != 1 || s.counts[0] != 7 {
		t.Errorf("%v", s.counts)
	}
	s.add(radarDay.Add(24*time.Hour), time.Second, 9)
	if len(s.counts) != 1 || s.counts[0] != 9 {
		t.Errorf("after a day %d seconds", len(s.counts))
	}
}

// A second that is not over yet is told to nobody.
func TestASecondUnderWayIsNotTold(t *testing.T) {
	var s seconds
	s.add(radarDay.Add(time.Second), time.Second, 3)
	s.add(radarDay.Add(1100*time.Millisecond), 100*time.Millisecond, 1)
	if _, counts := s.since(radarDay, radarDay.Add(1100*time.Millisecond)); !slices.Equal(counts, []uint32{3}) {
		t.Errorf("%v", counts)
	}
	if from, counts := s.since(radarDay.Add(time.Hour), radarDay.Add(2*time.Hour)); len(counts) != 0 || from.IsZero() {
		t.Errorf("of what is not there: %v from %v", counts, from)
	}
}
