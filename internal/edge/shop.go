package edge

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
)

// ShopConfig is one shop as the edge needs it: plain values and the rooms'
// parts, wired by the caller. Limits, Line, State and Keys count at the first
// [Server.SetShops] only; the rest may change with each.
type ShopConfig struct {
	Name           string
	Hosts          []string // without port; none = every host that no other shop answers to
	Mode           falochron.Mode
	Ceiling        int
	ReplicaCeiling int
	Start          time.Time
	Limits         admit.Config
	Line           room.Config
	InsideIdle     time.Duration    // 0 = 15 min
	Platform       *preset.Platform // whose software it is; nil = found out, see recognise
	Sticky         Sticky
	Rules          preset.Rules
	Reuse          Reuse
	Pool           *origin.Pool
	Cache          *cache.Cache // nil = no cache
	Pages          *page.Pages
	Keys           *ticket.Sealer
	State          *state.Shop
	GateScript     bool
	NoCohorts      bool                    // nothing is counted of who is alike, and nobody treated by it
	Hosting        []netip.Prefix          // networks of hosting companies, a weak sign of an attack
	Report         func(error)             // told of faults that stop nothing (a full disk); nil = nobody
	Warn           func(error)             // told of what looks wrong at the shop; nil = nobody
	Noted          func(falochron.Sharing) // told when the shop's software was found out; nil = nobody
}

// Sticky is when visitors stay at one replica of a shop, as long as it is well.
type Sticky uint8

// When they stay.
const (
	StickyAuto   Sticky = iota // unless the shop's software has its sessions where all replicas find them
	StickyAlways               // also then
	StickyNever                // whatever the software: the owner has put the sessions where all find them
)

// Reuse is for how long answers of the cache may be used that say nothing about
// it themselves. Zero means the default, a negative value never.
type Reuse struct {
	PageLife   time.Duration // pages that are the same for all, instead of the preset's; 0 = the preset's
	WhileStale time.Duration // stale while a fresh one is fetched; 0 = 60 s
	IfError    time.Duration // stale while the shop fails or is at its limit; 0 = 72 h
}

// settings are what a reload may change.
type settings struct {
	ShopConfig
	classify *preset.Classifier
	hosting  networks
	stays    bool // visitors stay at one replica
}

// newSettings makes the settings of a shop; found is whose software it was found
// to be, if the configuration does not say. The error is of the owner's rules.
func newSettings(c ShopConfig, found *preset.Platform) (*settings, error) {
	p := c.Platform
	if p == nil {
		p = found
	}
	if p == nil {
		p, _ = preset.Named(preset.GenericName)
	}
	classify, err := preset.New(p, c.Rules)
	if err != nil {
		return nil, err
	}
	if c.InsideIdle <= 0 {
		c.InsideIdle = idleEnd
	}
	if c.Report == nil {
		c.Report = func(error) {}
	}
	if c.Warn == nil {
		c.Warn = func(error) {}
	}
	if c.Noted == nil {
		c.Noted = func(falochron.Sharing) {}
	}
	c.Reuse = c.Reuse.withDefaults()
	stays := c.Sticky == StickyAlways || c.Sticky == StickyAuto && p.Sessions == ""
	return &settings{c, classify, newNetworks(c.Hosting), stays}, nil
}

func (r Reuse) withDefaults() Reuse {
	if r.WhileStale == 0 {
		r.WhileStale = whileStale
	}
	if r.IfError == 0 {
		r.IfError = ifError
	}
	r.WhileStale, r.IfError = max(r.WhileStale, 0), max(r.IfError, 0)
	return r
}

const (
	whileStale = time.Minute        // of pages; people notice nothing, and the shop makes each once
	ifError    = 3 * 24 * time.Hour // a weekend; Magento and Shopware ship the same (grace)
)

// shop is one shop behind the edge; nothing of it is shared with another.
type shop struct {
	name string
	gate *gate
	eyes *eyes

	tally   *tally.Arrivals
	cards   cards
	hints   hints
	cohorts *tally.Cohorts
	files   *pageFiles
	became  became
	makings *makings
	altered *altered
	alone   *alone
	asker   asker
	refused atomic.Int64 // when it was last said that the shop answers 429, in Unix seconds
	sharing atomic.Pointer[falochron.Sharing]
	set     atomic.Pointer[settings]
	ordered atomic.Pointer[falochron.Snapshot] // what control published
	snap    atomic.Pointer[falochron.Snapshot] // what holds now: with the plan's start, see starts
	links   atomic.Pointer[links]              // short links of announced posts

	born    time.Time    // of the very first start; zero after a restart
	adopted atomic.Int64 // people taken over who were there before it

	urgent   atomic.Bool // the line is to be saved at once: the order was drawn
	saving   sync.Mutex  // serialises save and reserve
	reserved uint64      // sequences below it are on disk
	lastFail time.Time

	linking sync.Mutex  // serialises relink
	keeping sync.Mutex  // serialises keepAnnounced
	counted atomic.Bool // what is announced, or who came by a short link, is not on disk yet
	warming atomic.Bool // somebody looks after landing pages
	came    atomic.Pointer[arrival]
	told    atomic.Pointer[toldLine]

	starting  sync.Mutex          // serialises opening, moving and closing the pre-queue; guards what follows
	asked     time.Time           // the start it was last opened for
	opened    string              // the plan's evening it was last opened for; empty: an ordered start
	overruled []string            // evenings of the plan that do not count
	follows   *falochron.Snapshot // what snap was made of
}

func newShop(c ShopConfig, now time.Time) (*shop, error) {
	sh := &shop{
		name: c.Name, gate: newGate(c.Limits, c.Line, now), eyes: newEyes(now), tally: tally.NewArrivals(now), cohorts: tally.NewCohorts(), files: newPageFiles(now),
		makings: newMakings(), altered: newAltered(), alone: newAlone(),
	}
	if c.InsideIdle > 0 {
		sh.gate.people.idle = c.InsideIdle
	}
	set, err := newSettings(c, nil)
	if err != nil {
		return nil, err
	}
	sh.settle(set)
	snap, err := c.State.LoadOrders(c.orders())
	if err != nil {
		sh.set.Load().Report(err)
	}
	if err := sh.restore(now); err != nil {
		return nil, err
	}
	announced, arrivals, err := c.State.LoadAnnounced()
	if err != nil {
		sh.set.Load().Report(err)
	}
	snap.Plan = announced // the last word of the plan, until it says another
	sh.links.Store(newLinks(announced, c.Hosts, nil, arrivals))
	if start, open := sh.gate.announced(); open {
		// The pre-queue was open when we ended: its people know the commitment.
		o := opening{start: start, draw: true}
		all, _ := openings(&snap)
		if i := slices.IndexFunc(all, func(o opening) bool { return o.start.Equal(start) }); i >= 0 {
			o = all[i]
		} else if id := nearest(all, start); id != "" && snap.Start.IsZero() {
			o.evening = id // it was moved, and we ended before the line was saved: see starts
		} else if snap.Start.IsZero() {
			snap.Start = start
		}
		sh.opened = o.evening
		sh.announce(now, &o)
	}
	sh.ordered.Store(&snap)
	sh.starts(now)
	return sh, nil
}

// nearest is the evening that a waiting room is open for which was opened for another
// moment; empty: for none.
func nearest(all []opening, start time.Time) (id string) {
	least := stayOpen
	for _, o := range all {
		if off := o.start.Sub(start).Abs(); o.evening != "" && off <= least {
			id, least = o.evening, off
		}
	}
	return id
}

// settle puts settings in force. Its caller holds Server.setting, or nobody knows
// the shop yet.
func (sh *shop) settle(set *settings) {
	old := falochron.Sharing{}
	if have := sh.sharing.Load(); have != nil {
		old = *have
	}
	now := set.sharing(old)
	sh.sharing.Store(&now)
	sh.set.Store(set)
	if sh.ordered.Load() != nil { // hosts may be others now
		sh.relink()
	}
}

// relink makes the short links of what is announced now, under the hosts that the shop has
// now. Orders and settings come at the same time.
func (sh *shop) relink() {
	sh.linking.Lock()
	defer sh.linking.Unlock()
	sh.links.Store(newLinks(sh.ordered.Load().Plan, sh.set.Load().Hosts, sh.links.Load(), nil))
}

// orders are those of the configuration.
func (c *ShopConfig) orders() falochron.Snapshot {
	return falochron.Snapshot{Mode: c.Mode, Ceiling: c.Ceiling, Start: c.Start}
}

// publish puts an order in force, and on disk: a restart goes on with it.
func (sh *shop) publish(snap falochron.Snapshot, now time.Time) {
	set, before := sh.set.Load(), sh.ordered.Load()
	sh.ordered.Store(&snap)
	sh.starts(now)
	if !snap.Plan.Same(before.Plan) {
		sh.relink()
		sh.keepAnnounced()
	}
	if onlyPassing(before, &snap) {
		return
	}
	if err := set.State.SaveOrders(set.orders(), snap); err != nil {
		set.Report(err)
	}
}

// tick keeps the gate's time.
func (sh *shop) tick(now time.Time) {
	set, snap := sh.set.Load(), sh.snap.Load()
	sh.starts(now)
	well, _ := set.Pool.Healthy()
	size := set.Pool.Size()
	sh.gate.resize(now, size, snap.Growth)
	sh.gate.expect(now, snap.Bears)
	sh.gate.divide(size, set.stays)
	if sh.gate.tick(now, snap.Mode == falochron.ModeHold, well == 0, sh.ceiling(set, snap, well)) {
		sh.urgent.Store(true)
	}
}

// ceiling is the owner's bound in force: the shop's, and each replica's times
// the replicas that are well (the database is shared, so a lost replica lowers
// the total only by its own part).
func (sh *shop) ceiling(set *settings, snap *falochron.Snapshot, well int) int {
	c := snap.Ceiling
	if set.ReplicaCeiling > 0 {
		if per := set.ReplicaCeiling * max(well, 1); c == 0 || per < c {
			c = per
		}
	}
	return c
}
