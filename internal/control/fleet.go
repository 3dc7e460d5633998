package control

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/scale"
)

// FleetConfig is what a [Fleet] is made of. Vitals and Journal are needed.
type FleetConfig struct {
	// Vitals are a shop's observations now; false: there is no such shop.
	Vitals func(shop string) (falochron.Vitals, bool)
	// Sight is what the radar saw of a shop last; nil: nobody looks.
	Sight func(shop string) (*RadarSight, bool)
	// Waves are the announced waves of a shop and the name of the campaign under way,
	// empty between campaigns. It may take a second. Nil: nothing is announced.
	Waves func(shop string) (waves []scale.Wave, campaign string)
	// Route tells the edge which replicas of a shop take requests: those with an address
	// that are ready. What is not among them any more gets no new visitors. Nil: its
	// addresses never change.
	Route func(shop string, ready []fleet.Replica)
	// Grow tells the edge what replicas that are starting make of a shop, nil where none is:
	// who waits longer than their start is told so. Nil: nobody is told.
	Grow func(shop string, g *falochron.Growth)
	// Bear tells the edge how many requests in flight a shop's replicas are known to bear, 0
	// where that is not known. Nil: nobody is told.
	Bear func(shop string, inFlight int)
	// Warm has the pages that fans will ask for fetched from a replica that is new. Nil:
	// nobody can.
	Warm func(shop, replica string)

	// Load is what Save was given last of a shop, nil if it never was; nil: everything is
	// learnt anew with each start.
	Load func(shop string) ([]byte, error)
	Save func(shop string, b []byte) error

	Journal *journal.Journal
	Log     *slog.Logger // nil = silent
}

// FleetShop is a shop whose replicas are multiplied.
type FleetShop struct {
	Name   string // of the edge
	Driver fleet.Driver
	Scale  scale.Config
	// Drain is how long a replica that has to go gets nobody new before it is ordered away,
	// so that those inside come to an end with it. 0 = not at all.
	Drain time.Duration
	// Beside are how many replicas the owner runs that the driver does not see. They count
	// as ready, and as ordered.
	Beside int
	// Hold is how long an order holds that is not given again. If we die in a wave the
	// replicas stay for so long, in which somebody may start us again. 0 = 10 min.
	Hold time.Duration
}

// Fleet keeps as many replicas of each shop as are wanted: it observes, decides and
// orders, once a second. The shop is protected without it: a line stands before what there
// is.
//
// Each shop has two goroutines: one decides, one asks the engine, and neither waits for the
// other. What was seen lies behind an atomic pointer ([Fleet.Look]).
type Fleet struct {
	cfg FleetConfig
	log *slog.Logger

	mu    sync.RWMutex
	shops map[string]*fleetShop // guarded by mu
	order []string              // their names as configured; guarded by mu
}

const (
	fleetEvery = time.Second
	// fleetLooks is how often the engine is asked what there is: quick while something is
	// under way.
	fleetLooks, fleetLooksSoon = 10 * time.Second, 2 * time.Second
	// fleetRestores is how often it is looked for orders that are over.
	fleetRestores = time.Minute
	// fleetCall bounds what is asked of an engine in one turn.
	fleetCall = 20 * time.Second
	// fleetArrives is how long an engine may show what it was asked for before.
	fleetArrives = 15 * time.Second
	// fleetRests is how long an engine is left alone after a fault, the first time; then
	// twice as long, up to fleetRestsMost.
	fleetRests, fleetRestsMost = time.Second, 30 * time.Second
	// fleetSaves is how often what was learnt is put on disk.
	fleetSaves = time.Minute
	// fleetPlans is how often it is looked what is announced.
	fleetPlans = 15 * time.Second
	// fleetHold is the default of [FleetShop.Hold].
	fleetHold = 10 * time.Minute
	// fleetStale is how old what was seen may be to be told.
	fleetStale = 45 * time.Second
)

// NewFleet makes a fleet without shops; [Fleet.Run] sets one to work.
func NewFleet(cfg FleetConfig) *Fleet {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Fleet{cfg: cfg, log: cfg.Log, shops: make(map[string]*fleetShop)}
}

// Run multiplies the replicas of these shops until ctx ends, then closes the drivers.
// Replicas that outlive them stay until their orders expire. Another set of shops is run
// by ending this one first.
func (f *Fleet) Run(ctx context.Context, shops []FleetShop) {
	var working sync.WaitGroup
	defer working.Wait()
	f.mu.Lock()
	f.shops, f.order = make(map[string]*fleetShop, len(shops)), nil
	for _, c := range shops {
		c.Hold = cmp.Or(c.Hold, fleetHold)
		s := &fleetShop{f: f, cfg: c, log: f.log.With("shop", c.Name)}
		s.engine = newFleetEngine(f, c, s.log, &s.counts)
		f.shops[c.Name], f.order = s, append(f.order, c.Name)
		working.Go(func() { s.engine.run(ctx) })
		working.Go(func() { s.run(ctx) })
	}
	f.mu.Unlock()
	<-ctx.Done()
}

// Look is what was seen of a shop's replicas last; false: nobody multiplies it, or nothing
// was seen lately. It may be kept.
func (f *Fleet) Look(shop string) (*FleetSight, bool) {
	if f == nil {
		return nil, false
	}
	f.mu.RLock()
	s := f.shops[shop]
	f.mu.RUnlock()
	if s == nil {
		return nil, false
	}
	sight := s.seen.Load()
	return sight, sight != nil && time.Since(sight.At) < fleetStale
}

// names are the shops, as configured.
func (f *Fleet) names() []string {
	if f == nil {
		return nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return slices.Clone(f.order)
}
