package main

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Several waves are measured at once, since the workers of a toy shop are held and not
// burnt. How many is told by what they burn: what would disturb a wave voids it, above
// 85 % of the machine or when the crowd is late, and from there this stays away.
const (
	// busyAim is how much of the machine the waves that play may burn together, on average.
	busyAim = 0.70
	// startsApart is the least time from one start to the next. The first seconds of a wave
	// are its busiest, and two shall not have theirs together.
	startsApart = 3 * time.Second
)

// What a wave burns, in cores: crowd, front and shop. Measured at the toy shop of 8 workers
// at 20 times too many buyers: 17.5 s of CPU in 96 s with Falochron before it, 5 s without
// anything; 48 s and 14 s at 100 times; 4.1 s with Falochron before 2 workers, 47 s before
// 32. At the imitations of OpenCart and PrestaShop it is 41 to 48 s at 20 times, of
// WooCommerce 35; of twelve that were let begin by a lower guess all were void. Of other fronts nginx is known: as
// many requests, and 17 s on a machine that was full of other work, where everything is
// dearer; that they burn less than ours by so much is a guess. Who is guessed wrong is
// caught by what voids a wave.
const (
	burnsFronted  = 0.18
	burnsOthers   = 0.7 // times as much
	burnsBare     = 0.055
	burnsGrow     = 0.7 // exponent, in how many more people come
	burnsImitated = 2.5 // times as much at an imitation
)

// burns is how many cores a run keeps busy while its wave plays, about.
func (r waveRun) burns() float64 {
	cores := burnsFronted
	switch {
	case r.wave == "bare":
		cores = burnsBare
	case slices.Contains(r.args, "--front"):
		cores *= burnsOthers
	}
	if r.as != "" {
		cores *= burnsImitated
	}
	return cores * math.Pow(r.overload*float64(r.workers)/(20*8), burnsGrow)
}

// turns lets waves begin: no more at once than the machine bears, and none together with
// another.
type turns struct {
	all   int64 // thousandths of a core
	apart time.Duration
	cores *semaphore.Weighted

	mu   sync.Mutex // guards what follows
	next time.Time  // no start before it
}

// machineCores is what the waves may burn together.
func machineCores() float64 { return busyAim * float64(runtime.NumCPU()) }

func newTurns(cores float64, apart time.Duration) *turns {
	all := max(int64(1000*cores), 1)
	return &turns{all: all, apart: apart, cores: semaphore.NewWeighted(all)}
}

// begin waits until a wave that burns so many cores may begin, in the order of those who
// ask. One that is too large for the machine begins when nothing else plays.
func (t *turns) begin(ctx context.Context, cores float64) (end func(), err error) {
	n := min(max(int64(1000*cores), 1), t.all)
	if err := t.cores.Acquire(ctx, n); err != nil {
		return nil, err
	}
	end = sync.OnceFunc(func() { t.cores.Release(n) })
	t.mu.Lock()
	at := time.Now()
	if at.Before(t.next) {
		at = t.next
	}
	t.next = at.Add(t.apart)
	t.mu.Unlock()
	if err := pause(ctx, time.Until(at)); err != nil {
		end()
		return nil, err
	}
	return end, nil
}
