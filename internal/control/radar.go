package control

import (
	"context"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

// RadarConfig is what a [Radar] is made of. Shops, Arrivals and Journal are needed.
type RadarConfig struct {
	// Shops are the shops behind the edge now.
	Shops func() []string
	// Arrivals are the newcomers of a shop as the edge counted them, Cohorts the crowds
	// that they come in; false: there is no such shop. They must be cheap. Nil Cohorts:
	// nobody is judged.
	Arrivals func(shop string) (falochron.ArrivalTally, bool)
	Cohorts  func(shop string) ([]falochron.CohortTally, bool)
	// Order makes what is done to crowds part of a shop's orders; nil orders end it. Nil:
	// nothing is done to anybody.
	Order func(shop string, o *falochron.RadarOrders)
	// Shadow says that what would be done to crowds is only written down; nil: it is.
	Shadow func(shop string) bool
	// Warm has a page of a shop fetched into the cache ahead; nil: nobody can.
	Warm func(shop, path string) bool

	// Load is what Save was given last of a shop, nil if it never was; nil: everything is
	// learnt anew with each start.
	Load func(shop string) ([]byte, error)
	Save func(shop string, b []byte) error
	// Keep is given how a wave went, as [forecast.Trace.Write] writes it, with when it began;
	// nil: nobody wants to know. Figures are what nowcasts of a shop are made of, asked for
	// with each wave; nil, or if they are nil: those of the program. An error is noted, and
	// the program's count.
	Keep    func(shop string, began time.Time, trace []byte) error
	Figures func(shop string) (*forecast.Figures, error)

	Journal *journal.Journal
	// Plan is the campaign room's book, Behind the name under which the edge has a shop of
	// it, empty: it has not. Expected is who comes because of a post, by the campaign's
	// forecast; false: nobody knows; it may take a second. Nil Plan: nothing is announced
	// but what the shop's orders say.
	Plan     *Campaigns
	Behind   func(*plan.Shop) string
	Expected func(campaign, post plan.ID) (forecast.Range, bool)

	Log *slog.Logger // nil = silent
}

// Radar watches the arrivals of every shop: within a second it knows that a wave has
// begun, then whose post it is, how large it becomes, and whether it is fans. Protection
// does not wait for it: an edge without a radar protects its shop all the same.
//
// Each shop has one goroutine, which owns its machines. What it sees lies behind an
// atomic pointer ([Radar.Look]). A machine that panics is made anew, and what it ordered
// is taken back first.
type Radar struct {
	cfg RadarConfig
	log *slog.Logger
	to  scribe // what goes into the plan

	mu    sync.RWMutex
	shops map[string]*watched // under watch; guarded by mu

	posts atomic.Pointer[map[string][]radarPost] // announced, by shop of the edge
}

const (
	radarEvery = 250 * time.Millisecond
	// radarSees is how often whose wave it is, how large and of whom is found anew.
	radarSees = time.Second
	// radarSaves is how often what is usual is put on disk: a crash forgets as much.
	radarSaves = time.Minute
	// radarRests is how long a shop whose machine has panicked is left alone, the first
	// time; then twice as long, up to radarRestsMost.
	radarRests     = time.Second
	radarRestsMost = time.Minute
	// radarPlans is how often it is looked what is announced, if nothing changes: posts
	// come near as time goes.
	radarPlans = 30 * time.Second
)

// NewRadar makes a radar; [Radar.Run] sets it to work.
func NewRadar(cfg RadarConfig) *Radar {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := &Radar{cfg: cfg, log: cfg.Log, shops: make(map[string]*watched)}
	r.to.setUp(cfg.Plan, cfg.Log)
	r.posts.Store(&map[string][]radarPost{})
	return r
}

// Run watches until ctx ends. It is called once.
func (r *Radar) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	working.Go(func() { r.to.run(ctx) })
	ends := make(map[string]context.CancelFunc)
	tick := time.NewTicker(radarSees)
	defer tick.Stop()
	var changed <-chan struct{}
	var read time.Time
	for {
		if now := time.Now(); r.cfg.Plan != nil {
			if c := r.cfg.Plan.Changed(); c != changed || now.Sub(read) >= radarPlans {
				changed, read = c, now
				guarded(r.log, func() { r.readPosts(now) })
			}
		}
		shops := r.cfg.Shops()
		for _, name := range shops {
			if ends[name] == nil {
				of, end := context.WithCancel(ctx)
				ends[name] = end
				w := newWatched(r, name)
				r.mu.Lock()
				r.shops[name] = w
				r.mu.Unlock()
				working.Go(func() { w.run(of) })
			}
		}
		for name, end := range ends {
			if !slices.Contains(shops, name) {
				end()
				delete(ends, name)
				r.mu.Lock()
				delete(r.shops, name)
				r.mu.Unlock()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-changed: // nil without a plan: never
		}
	}
}

// guarded calls a function, and reports whether it came back: a fault of the radar's must
// not end the program that serves the shop.
func guarded(log *slog.Logger, f func()) (well bool) {
	defer func() {
		if fault := recover(); fault != nil {
			log.Error("the radar has a fault; the shops are protected without it", "fault", fault, "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}

// staleAfter is how old what was seen may be to be told: what hangs says nothing of now.
const staleAfter = 10 * time.Second

// Look is what was seen of a shop last; false: it is not watched, nothing was seen yet, or
// not lately. It may be kept.
func (r *Radar) Look(shop string) (*RadarSight, bool) {
	r.mu.RLock()
	w := r.shops[shop]
	r.mu.RUnlock()
	if w == nil {
		return nil, false
	}
	s := w.seen.Load()
	return s, s != nil && time.Since(s.At) < staleAfter
}

// watchedShops are the names of the shops under watch, sorted.
func (r *Radar) watchedShops() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.shops))
}

// counts are the counters of a shop under watch, which outlive its machines.
func (r *Radar) counts(shop string) *radarCounts {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if w := r.shops[shop]; w != nil {
		return &w.counts
	}
	return nil
}
