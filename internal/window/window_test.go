package window

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCountSlides(t *testing.T) {
	t0 := time.Unix(1_000_000, 0)
	c := NewCount(3)
	c.Add(t0, 2)
	c.Add(t0.Add(time.Second), 3)
	for _, tc := range []struct {
		after time.Duration
		want  uint64
	}{{time.Second, 5}, {2 * time.Second, 5}, {3 * time.Second, 3}, {4 * time.Second, 0}} {
		if got := c.Sum(t0.Add(tc.after)); got != tc.want {
			t.Errorf("sum after %v = %d, want %d", tc.after, got, tc.want)
		}
	}
}

func TestCountSurvivesAClockThatGoesBack(t *testing.T) {
	t0 := time.Unix(1_000_000, 0)
	c := NewCount(3)
	c.Add(t0, 1)
	c.Add(t0.Add(-time.Hour), 1)
	if got := c.Sum(t0.Add(-time.Hour)); got != 2 {
		t.Errorf("sum = %d, want 2: events may not vanish", got)
	}
}

func TestQuantilesNoSamples(t *testing.T) {
	if d, n := NewQuantiles(10).At(time.Unix(1, 0), 0.95); d != 0 || n != 0 {
		t.Errorf("got %v of %d, want nothing", d, n)
	}
}

func TestQuantilesWithinAnEighth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewQuantiles(10)
		now := time.Unix(1_000_000, 0)
		ns := rapid.SliceOfN(rapid.Int64Range(70_000, int64(time.Hour)), 1, 200).Draw(t, "ns")
		for _, n := range ns {
			q.Add(now, time.Duration(n))
		}
		slices.Sort(ns)
		p := rapid.Float64Range(0, 0.999).Draw(t, "p")
		exact := float64(ns[min(int(p*float64(len(ns))), len(ns)-1)])
		got, n := q.At(now, p)
		if n != uint64(len(ns)) {
			t.Fatalf("samples = %d, want %d", n, len(ns))
		}
		if g := float64(got); g < exact || g > exact*1.13 {
			t.Fatalf("quantile %.3f = %v, exact %v", p, got, time.Duration(exact))
		}
	})
}

func TestQuantilesForget(t *testing.T) {
	q := NewQuantiles(2)
	t0 := time.Unix(1_000_000, 0)
	q.Add(t0, time.Second)
	if _, n := q.At(t0.Add(2*time.Second), 0.5); n != 0 {
		t.Errorf("%d samples left, want 0", n)
	}
}
