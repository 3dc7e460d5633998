package room

import (
	"math"
	"testing"
	"time"
)

// moving is a line of n people that has lost two a second for two minutes.
func moving(t *testing.T, n int) (*Room, time.Time) {
	t.Helper()
	r, now := lineOf(n+2*120), evening
	claimed := uint64(1)
	for range 120 {
		now = now.Add(time.Second)
		r.Call(now, 2, 2)
		for range 2 {
			if got := r.Claim(now, claimed); got != Granted {
				t.Fatalf("place %d: %v", claimed, got)
			}
			claimed++
		}
	}
	return r, now
}

func told(r *Room, ahead int) (low, high float64) {
	l, h := r.wait(ahead, 0, 0)
	return l.Seconds(), h.Seconds()
}

// Who waits beyond the moment when replicas are there is told so; who is in before is not,
// and the upper end counts on half of them, later.
func TestReplicasThatStartAreTold(t *testing.T) {
	r, now := moving(t, 2000)
	low, high := told(r, 1000)
	nearLow, nearHigh := told(r, 100)
	r.Faster(now, time.Minute, 4)
	gotLow, gotHigh := told(r, 1000)
	// A minute at two a second, the rest at eight: 170 s instead of 500, before the spread.
	if want := low * 170 / 500; math.Abs(gotLow-want) > 0.1*want {
		t.Errorf("the lower end went from %.0f s to %.0f, wants %.0f", low, gotLow, want)
	}
	// Ninety seconds at two, the rest at five: 254 s.
	if want := high * 254 / 500; math.Abs(gotHigh-want) > 0.15*want {
		t.Errorf("the upper end went from %.0f s to %.0f, wants %.0f", high, gotHigh, want)
	}
	if l, h := told(r, 100); l != nearLow || h != nearHigh {
		t.Errorf("who is in within a minute was told %.0f to %.0f s, and now %.0f to %.0f", nearLow, nearHigh, l, h)
	}
	// Overdue: it may come at any moment, and nobody knows.
	r.Faster(now, 0, 4)
	if l, h := told(r, 1000); math.Abs(l-low/4) > 1 || h != high {
		t.Errorf("overdue: %.0f to %.0f s, wants %.0f to %.0f", l, h, low/4, high)
	}
	r.Faster(now, 0, 1)
	if l, h := told(r, 1000); l != low || h != high {
		t.Errorf("nothing starts any more, and %.0f to %.0f s are told instead of %.0f to %.0f", l, h, low, high)
	}
}

// A shop that has become four times as large moves the line four times as fast, and who
// comes then is told so at once.
func TestTheRangeFollowsTheReplicas(t *testing.T) {
	r, now := moving(t, 2000)
	low, high := told(r, 1000)
	for _, f := range []float64{0, -2, math.NaN(), math.Inf(1)} {
		if r.Resized(now, f); r.elapsed == 0 {
			t.Fatal("no time passed")
		}
	}
	if l, h := told(r, 1000); l != low || h != high {
		t.Fatalf("factors that cannot be: %.0f to %.0f s became %.0f to %.0f", low, high, l, h)
	}
	r.Resized(now, 4)
	r.Call(now, 8, 8)
	l, h := told(r, 1000)
	if math.Abs(4*l/low-1) > 0.15 || math.Abs(4*h/high-1) > 0.25 {
		t.Errorf("%.0f to %.0f s became %.0f to %.0f, wants a quarter", low, high, l, h)
	}
	r.Resized(now, 0.25)
	r.Call(now, 2, 2)
	if l, h := told(r, 1000); math.Abs(l/low-1) > 0.05 || math.Abs(h/high-1) > 0.05 {
		t.Errorf("there and back: %.0f to %.0f s became %.0f to %.0f", low, high, l, h)
	}
}
