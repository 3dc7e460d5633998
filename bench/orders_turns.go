package main

import (
	"cmp"
	"context"
	"math"
	"runtime"
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
	// readyAtOnce is how many runs with somebody else's front may have it started, or be at it,
	// whose turn has not come. Of 24 that started at once every Varnish took longer than the 20 s
	// that it has (it compiles its configuration), and the first waves beside them were void.
	// Runs that compare the shop's pages need a minute and nearly nothing of the machine for it.
	readyAtOnce = 2
)

// What a wave burns, in cores: crowd, front and shop. Measured at the toy shop of 8 workers
// at 20 times too many buyers: 17.5 s of CPU in 96 s with Falochron before it, 5 s without
// anything; 48 s and 14 s at 100 times; 4.1 s with Falochron before 2 workers, 47 s before
// 32. At the imitations of OpenCart and PrestaShop it is 41 to 48 s at 20 times, of
// WooCommerce 35; of twelve that were let begin by a lower guess all were void. With nginx,
// HAProxy or Varnish before the toy shop it is 23 to 25 s, 12 to 14 of them the crowd's (who is turned
// away comes again), with Apache 50; four with Caddy and one with Apache took the whole of two cores. Who
// is guessed wrong is caught by what voids a wave.
const (
	burnsFronted  = 0.18
	burnsBare     = 0.055
	burnsGrow     = 0.7 // exponent, in how many more people come
	burnsImitated = 2.5 // times as much at an imitation
)

// burns is how many cores a run keeps busy while its wave plays, about.
func (r waveRun) burns() float64 {
	cores := burnsFronted
	if r.wave == "bare" {
		cores = burnsBare
	}
	cores *= cmp.Or(r.scenario.burns, 1)
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
	ready *semaphore.Weighted // of those whose turn has not come

	mu   sync.Mutex // guards what follows
	next time.Time  // no start before it
}

// machineCores is what the waves may burn together.
func machineCores() float64 { return busyAim * float64(runtime.NumCPU()) }

func newTurns(cores float64, apart time.Duration) *turns {
	all := max(int64(1000*cores), 1)
	return &turns{all: all, apart: apart, cores: semaphore.NewWeighted(all), ready: semaphore.NewWeighted(readyAtOnce)}
}

// prepare waits until a run may start its shop and its front; it calls done when its wave
// begins, or never will.
func (t *turns) prepare(ctx context.Context, r waveRun) (done func(), err error) {
	if r.compares() {
		return func() {}, nil
	}
	if err := t.ready.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { t.ready.Release(1) }), nil
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
