package notify

import (
	"math/rand/v2"
	"time"
)

// Backoff says when to try again. It has no clock and no chance of its own.
type Backoff struct {
	// First is the wait after the first try; each further one is twice as long. Zero
	// means 5 s.
	First time.Duration
	// Most bounds the wait, before what a service asks for. Zero means 15 min.
	Most time.Duration
	// Tries is how many there are in all. Zero means 12: with the other defaults the last
	// one is about an hour after the first, when whoever should know has been told by
	// other ways (guessed).
	Tries int
}

// Next says whether and after how long to try again, after try number attempt (from 1)
// has failed. chance spreads the waits between half and all of their length, so that
// many messages that failed together do not come back together. It is never earlier
// than the service asks.
func (b Backoff) Next(attempt int, f *Failure, chance *rand.Rand) (wait time.Duration, again bool) {
	if b.First <= 0 {
		b.First = 5 * time.Second
	}
	if b.Most <= 0 {
		b.Most = 15 * time.Minute
	}
	if b.Tries <= 0 {
		b.Tries = 12
	}
	if f.Final || attempt >= b.Tries {
		return 0, false
	}
	wait = min(b.First, b.Most)
	for range attempt - 1 {
		if wait >= b.Most/2 {
			wait = b.Most
			break
		}
		wait *= 2
	}
	spread := time.Duration(chance.Int64N(int64(wait/2) + 1))
	wait = wait/2 + spread
	if f.After > 0 {
		wait = max(wait, f.After+time.Duration(chance.Int64N(int64(f.After/10)+1)))
	}
	return wait, true
}
