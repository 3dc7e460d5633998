package notify

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	chance := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
	busy := &Failure{Reason: Busy}
	b := Backoff{First: 8 * time.Second, Most: time.Minute, Tries: 6}
	for attempt, full := range map[int]time.Duration{1: 8 * time.Second, 2: 16 * time.Second, 3: 32 * time.Second, 4: time.Minute, 5: time.Minute} {
		seen := map[time.Duration]bool{}
		r := chance()
		for range 100 {
			wait, again := b.Next(attempt, busy, r)
			if !again || wait < full/2 || wait > full {
				t.Fatalf("attempt %d: %s, %t; want %s to %s", attempt, wait, again, full/2, full)
			}
			seen[wait] = true
		}
		if len(seen) < 50 {
			t.Errorf("attempt %d: only %d different waits in 100", attempt, len(seen))
		}
	}
	if _, again := b.Next(6, busy, chance()); again {
		t.Error("a seventh try")
	}
	if _, again := b.Next(1, &Failure{Reason: Denied, Final: true}, chance()); again {
		t.Error("again after what is for good")
	}
	asked := &Failure{Reason: Busy, After: 10 * time.Minute}
	for range 100 {
		if wait, _ := b.Next(1, asked, chance()); wait < asked.After || wait > 11*time.Minute {
			t.Fatalf("asked to wait 10 minutes: %s", wait)
		}
	}
	one, _ := b.Next(3, busy, chance())
	if two, _ := b.Next(3, busy, chance()); one != two {
		t.Error("the same seed gives another wait")
	}
	// The defaults reach an hour, and a large number of tries does not overflow.
	var sum time.Duration
	r := chance()
	for i := 1; ; i++ {
		wait, again := Backoff{}.Next(i, busy, r)
		if !again {
			break
		}
		sum += wait
	}
	if sum < 30*time.Minute || sum > 90*time.Minute {
		t.Errorf("the last try is after %s", sum)
	}
	if wait, again := (Backoff{First: 1, Most: 1<<63 - 1, Tries: 1 << 30}).Next(1<<29, busy, chance()); !again || wait <= 0 {
		t.Errorf("%s, %t", wait, again)
	}
}
