package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/page"
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
	Rules          preset.Rules
	Reuse          Reuse
	Pool           *origin.Pool
	Cache          *cache.Cache // nil = no cache
	Pages          *page.Pages
	Keys           *ticket.Sealer
	State          *state.Shop
	GateScript     bool
	Report         func(error)             // told of faults that stop nothing (a full disk); nil = nobody
	Warn           func(error)             // told of what looks wrong at the shop; nil = nobody
	Noted          func(falochron.Sharing) // told when the shop's software was found out; nil = nobody
}

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
	return &settings{c, classify}, nil
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

	makings *makings
	altered *altered
	alone   *alone
	asker   asker
	refused atomic.Int64 // when it was last said that the shop answers 429, in Unix seconds
	sharing atomic.Pointer[falochron.Sharing]
	set     atomic.Pointer[settings]
	snap    atomic.Pointer[falochron.Snapshot]

	born    time.Time    // of the very first start; zero after a restart
	adopted atomic.Int64 // people taken over who were there before it

	urgent   atomic.Bool // the line is to be saved at once: the order was drawn
	saving   sync.Mutex  // serialises save and reserve
	reserved uint64      // sequences below it are on disk
	lastFail time.Time

	starting sync.Mutex // serialises opening, moving and closing the pre-queue
	asked    time.Time  // the start it was last opened for
}

func newShop(c ShopConfig, now time.Time) (*shop, error) {
	sh := &shop{name: c.Name, gate: newGate(c.Limits, c.Line, now), eyes: newEyes(now), makings: newMakings(), altered: newAltered(), alone: newAlone()}
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
	if start, open := sh.gate.announced(); open {
		// The pre-queue was open when we ended: its people know the commitment.
		if snap.Start.IsZero() {
			snap.Start = start
		}
		sh.announce(now, start)
	}
	sh.snap.Store(&snap)
	sh.starts(now)
	return sh, nil
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
}

// orders are those of the configuration.
func (c *ShopConfig) orders() falochron.Snapshot {
	return falochron.Snapshot{Mode: c.Mode, Ceiling: c.Ceiling, Start: c.Start}
}

// publish puts an order in force, and on disk: a restart goes on with it.
func (sh *shop) publish(snap falochron.Snapshot, now time.Time) {
	sh.snap.Store(&snap)
	sh.starts(now)
	set := sh.set.Load()
	if err := set.State.SaveOrders(set.orders(), snap); err != nil {
		set.Report(err)
	}
}

// preQueue is how long before an announced start its pre-queue opens. Until then
// the shop sells as ever: a start may be announced weeks ahead. Fans come
// minutes before; half an hour is more than any of them waits.
const preQueue = 30 * time.Minute

// starts opens the pre-queue when its time has come, moves it, or takes it back.
func (sh *shop) starts(now time.Time) {
	sh.starting.Lock()
	defer sh.starting.Unlock()
	start := sh.snap.Load().Start
	have, open := sh.gate.announced()
	switch {
	case start.IsZero() || now.Before(start.Add(-preQueue)):
		if open {
			sh.announce(now, time.Time{})
		}
		sh.asked = time.Time{}
	case !now.Before(start):
		if open && !have.Equal(start) {
			// Moved to now: those who wait are drawn by the seed they know of.
			sh.gate.startNow(now)
		}
	case !sh.asked.Equal(start) && !(open && have.Equal(start)):
		sh.asked = start // once, even if it is refused
		sh.announce(now, start)
	}
}

// announce opens the pre-queue for a start, with a seed that is on disk before
// its commitment is shown to anybody.
func (sh *shop) announce(now, start time.Time) {
	set := sh.set.Load()
	seed, open := sh.gate.seed()
	if start.IsZero() {
		seed = [32]byte{}
	} else {
		// A start that is moved keeps its seed: people hold the commitment, and
		// nobody may draw again until the order suits.
		var err error
		if open {
			err = set.State.KeepSeed(start, seed)
		} else {
			seed, err = set.State.Seed(start)
		}
		if err != nil {
			set.Report(err)
		}
	}
	if err := sh.gate.announce(now, start, seed); err != nil {
		set.Report(err)
	}
}

// tick keeps the gate's time.
func (sh *shop) tick(now time.Time) {
	set, snap := sh.set.Load(), sh.snap.Load()
	sh.starts(now)
	well, _ := set.Pool.Healthy()
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
