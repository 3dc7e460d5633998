package sim

import (
	"testing"
	"time"
)

// Who is asked for more needs more: no line at all, or to order only when the post is out.
func TestNeededByWhatIsAsked(t *testing.T) {
	s := Scenario{Crowd: Crowd{Base: 0.5, Waves: []Wave{{At: 2 * time.Minute, People: 40_000}}}}
	for _, c := range []struct {
		start  time.Duration
		needed [3]int // with a minute's line, without one, ordered late
	}{{10 * time.Second, [3]int{10, 13, 10}}, {3 * time.Minute, [3]int{10, 13, 13}}} {
		s.Replicas.Start = c.start
		if got := [3]int{s.Needed(), s.NeededNoLine(), s.NeededLate()}; got != c.needed {
			t.Errorf("a start takes %v: %v needed, wants %v", c.start, got, c.needed)
		}
	}
	s.Replicas.Most = 5
	if got := [3]int{s.Needed(), s.NeededNoLine(), s.NeededLate()}; got != [3]int{5, 5, 5} {
		t.Errorf("%v needed of at most 5", got)
	}
}
