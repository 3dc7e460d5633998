package crowd

import (
	"context"
	"sync"
	"time"
)

// Wave is one open-loop run: every fan of the list arrives at its moment,
// whatever the shop is doing.
type Wave struct {
	List   *List
	Target Target
	// Stay is for how long after the last arrival those who are there go on: wait, look, pay.
	// It ends sooner when all have gone. 0 = not at all: who still waits then is Unfinished.
	Stay time.Duration
	// Grace is how long requests may still run after that. Nobody starts anything new
	// then.
	Grace    time.Duration
	Progress func(Progress) // once a second, may be nil
}

// Run sends the wave and waits until everybody has gone. A cancelled context
// ends it early; the report then covers what was.
func (w Wave) Run(ctx context.Context) (*Report, error) {
	r, err := newRun(ctx, w.List, w.Target)
	if err != nil {
		return nil, err
	}
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(w.Progress) })
	w.arrive(ctx, r)
	r.stay(ctx, w.Stay)
	r.finish(w.Grace)
	watching.Wait()
	return r.report(0, w.List.Length), nil // what comes after it stands in totals and traces
}

// arrive starts every fan at its moment and returns at the wave's end.
func (w Wave) arrive(ctx context.Context, r *run) {
	t := time.NewTimer(0)
	defer t.Stop()
	wait := func(until time.Time) bool {
		if d := time.Until(until); d > 0 {
			t.Reset(d)
			select {
			case <-t.C:
			case <-ctx.Done():
				return false
			}
		}
		return ctx.Err() == nil
	}
	for i := range w.List.Fans {
		at := r.start.Add(w.List.Fans[i].At)
		if !wait(at) {
			return
		}
		r.visit(i, at, nil)
	}
	wait(r.start.Add(w.List.Length))
}
