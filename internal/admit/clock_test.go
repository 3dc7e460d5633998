package admit

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	start := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	var c clock
	at := func(in, want time.Duration) {
		t.Helper()
		if got := c.at(start.Add(in)).Sub(start); got != want {
			t.Errorf("at %v it says %v, want %v", in, got, want)
		}
	}
	// Callers that come a little out of turn: time does not run ahead.
	for i := range 10_000 {
		tick := time.Duration(i) * time.Millisecond
		at(tick, tick)
		at(tick-9*time.Millisecond, tick)
	}
	at(10*time.Second, 10*time.Second)
	// The clock is set back by an hour: no time passes, then it goes on.
	at(10*time.Second-time.Hour, 10*time.Second)
	at(11*time.Second-time.Hour, 11*time.Second)
	// And set right again: an hour passes at once.
	at(12*time.Second, 12*time.Second+time.Hour)
}
