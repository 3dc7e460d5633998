package crowd

import (
	"context"
	"sync"
	"time"
)

// Steady is a closed-loop run: a well-behaved crowd of fixed size, a new fan
// coming when one has gone. It measures what a shop can do at its best.
type Steady struct {
	Plan    Plan
	Target  Target
	Size    int           // fans at the shop at a time
	Warmup  time.Duration // not measured; at least one session
	Measure time.Duration
	Grace   time.Duration
}

// perPage is a guess at how long a page of an unhurried shop takes. It shapes
// the warm-up only.
const perPage = 600 * time.Millisecond

// shortest is the least a visit lasts on average, for sizing the list of fans.
const shortest = 3 * time.Second

// Run measures. The report's window is the measured part, and its latencies are
// of that part alone.
//
// The crowd is not put there at once: all would start at the first page, and
// for a whole session the shop would see a mix that no steady crowd has. Its
// size instead follows what a constant stream of fans would have built up: at
// age t the share E[min(session, t)] / E[session] of the final size. So orders
// come at their lasting rate as soon as the first buyers are through.
func (s Steady) Run(ctx context.Context) (*Report, error) {
	whole := s.Warmup + s.Measure
	n := s.Size * (2 + int(whole/shortest))
	l, err := Draw(s.Plan, n, time.Duration(shapeSteps)*shapeStep/MaxCompression)
	if err != nil {
		return nil, err
	}
	r, err := newRun(ctx, l, s.Target)
	if err != nil {
		return nil, err
	}
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(nil) })
	s.keep(ctx, r, l.sessions(), whole)
	r.finish(s.Grace)
	watching.Wait()
	return r.report(s.Warmup, whole), nil
}

// keep holds the crowd at its size until whole has passed.
func (s Steady) keep(ctx context.Context, r *run, session []time.Duration, whole time.Duration) {
	went := make(chan struct{}, s.Size)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	measure := time.NewTimer(s.Warmup)
	defer measure.Stop()
	end := time.NewTimer(whole)
	defer end.Stop()
	next, here := 0, 0
	for {
		now := time.Now()
		for here < int(float64(s.Size)*filled(session, now.Sub(r.start))+0.5) && next < len(r.traces) {
			r.visit(next, now, func() {
				select {
				case went <- struct{}{}:
				case <-r.quiet:
				}
			})
			next++
			here++
		}
		select {
		case <-went:
			here--
		case <-tick.C:
		case now := <-measure.C:
			r.tally.restart(now)
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// sessions guesses how long the fans of a list stay at an unhurried shop.
func (l *List) sessions() []time.Duration {
	out := make([]time.Duration, min(len(l.Fans), 1000))
	for i := range out {
		f := &l.Fans[i]
		for step := range l.Plan.Journeys[f.Journey].Steps {
			out[i] += l.Plan.think(f, step) + perPage
		}
	}
	return out
}

// filled is the share of its final size that a crowd has at an age.
func filled(session []time.Duration, age time.Duration) float64 {
	var part, all time.Duration
	for _, s := range session {
		part += min(s, age)
		all += s
	}
	return float64(part) / float64(all)
}
