package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/ticket"
	"github.com/falochron/falochron/internal/window"
)

// eyes are what an edge sees of one shop: counters in the path, and a few
// figures over the last seconds.
type eyes struct {
	arrivals atomic.Uint64
	orders   atomic.Uint64
	pauses   atomic.Uint64 // of the cache's fills, because the shop has answered 429
	requests [falochron.NumClasses][falochron.NumActions]atomic.Uint64
	forged   [ticket.NumFaults]atomic.Uint64
	thanks   *thanks

	mu      sync.Mutex // guards the windows
	pages   *window.Quantiles
	ordered *window.Count
}

func newEyes(time.Time) *eyes {
	return &eyes{thanks: newThanks(), pages: window.NewQuantiles(10), ordered: window.NewCount(60)}
}

func (e *eyes) seen(c falochron.Class, a falochron.Action) {
	if c < falochron.NumClasses && a < falochron.NumActions {
		e.requests[c][a].Add(1)
	}
}

// refused counts a ticket that was not ours, or not any more.
func (e *eyes) refused(err error) {
	if f, ok := err.(ticket.Fault); ok && f < ticket.NumFaults {
		e.forged[f].Add(1)
	}
}

func (e *eyes) answered(now time.Time, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages.Add(now, took)
}

func (e *eyes) order(now time.Time) {
	e.orders.Add(1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ordered.Add(now, 1)
}

// Faults lists every fault a ticket may be refused for.
func Faults() []string {
	var names []string
	for f := ticket.Fault(0); f < ticket.NumFaults; f++ {
		names = append(names, f.String())
	}
	return names
}
