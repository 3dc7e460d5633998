package main

import (
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
)

// parts makes the rooms of each shop from a configuration and closes what no
// configuration in force needs. It has one caller at a time.
type parts struct {
	store *state.Store
	log   *slog.Logger
	ring  *ticket.Keyring
	late  []late

	mu     sync.Mutex // guards what follows: replicas come and go beside reloads
	now    *built     // in force
	routes map[string][]origin.Member
}

// built is what a configuration was made into.
type built struct {
	shops []edge.ShopConfig // in the order of the configuration
	feeds []stockFeed
	// databases are the addresses by which shops say how busy these are.
	databases []databaseFeed
	pools     map[string]keptPool // by shop
	caches    map[string]keptCache
}

// A reload goes on with the connections and the memory of a shop whose settings
// for them have not changed.
type (
	keptPool struct {
		pool *origin.Pool
		of   origin.Config
	}
	keptCache struct {
		cache *cache.Cache
		of    cache.Config
	}
)

// openParts loads the keys; nothing of the configuration is made yet.
func openParts(store *state.Store, cfg *config.Config, log *slog.Logger, now time.Time) (*parts, error) {
	p := &parts{store: store, log: log, now: &built{}, routes: make(map[string][]origin.Member)}
	if err := p.loadKeys(now); err != nil {
		return nil, err
	}
	_, err := p.turnKeys(cfg, now)
	return p, err
}

// build makes a configuration into what the edge needs, with what is in force
// where that fits. The result goes to use or to discard.
func (p *parts) build(cfg *config.Config) (*built, error) {
	b := &built{pools: make(map[string]keptPool), caches: make(map[string]keptCache)}
	for i := range cfg.Shops {
		s := &cfg.Shops[i]
		c, err := p.shop(s, b)
		if err != nil {
			p.discard(b)
			return nil, err
		}
		b.shops = append(b.shops, c)
		if s.Stock.URL != nil {
			b.feeds = append(b.feeds, stockFeed{shop: s.Name, url: s.Stock.URL.String(), every: s.Stock.Interval})
		}
		if s.Database.URL != nil {
			b.databases = append(b.databases, databaseFeed{shop: s.Name, url: s.Database.URL.String(), every: s.Database.Interval})
		}
	}
	return b, nil
}

// pool is the shop's replicas.
func (p *parts) pool(s *config.Shop, b *built) (*origin.Pool, error) {
	c := originConfig(s)
	k, ok := p.now.pools[s.Name]
	if !ok || !reflect.DeepEqual(k.of, c) {
		pool, err := origin.New(c, p.log.With("shop", s.Name))
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		if set := p.routes[s.Name]; len(set) > 0 {
			_, err = pool.SetReplicas(set) // whatever runs them goes on
		}
		p.mu.Unlock()
		if err != nil {
			pool.Close()
			return nil, err
		}
		k = keptPool{pool, c}
	}
	b.pools[s.Name] = k
	return k.pool, nil
}

// cache is the shop's memory of answers, nil for none.
func (p *parts) cache(s *config.Shop, b *built) *cache.Cache {
	if s.Cache.Memory == 0 || s.Cache.MaxObject == 0 {
		return nil
	}
	c := cache.Config{MaxBytes: int64(s.Cache.Memory), MaxObject: int64(s.Cache.MaxObject)}
	k, ok := p.now.caches[s.Name]
	if !ok || k.of != c {
		k = keptCache{cache.New(c), c}
	}
	b.caches[s.Name] = k
	return k.cache
}

// lateAfter is how long what a reload has replaced goes on: a request that began
// with it may still wait for its turn at the shop.
const lateAfter = 2 * time.Minute

// late is what will be closed when the requests that use it are done.
type late struct {
	at    time.Time
	timer *time.Timer
	close func()
}

// use puts b in the place of what was in force.
func (p *parts) use(b *built) {
	p.mu.Lock()
	old := p.now
	p.now = b
	p.mu.Unlock()
	now := time.Now()
	p.late = slices.DeleteFunc(p.late, func(l late) bool { return now.After(l.at) })
	for _, end := range old.without(b) {
		p.late = append(p.late, late{now.Add(lateAfter), time.AfterFunc(lateAfter, end), end})
	}
}

// discard closes what was made for b alone.
func (p *parts) discard(b *built) {
	for _, end := range b.without(p.now) {
		end()
	}
}

// without lists how to close what b has and other has not.
func (b *built) without(other *built) (ends []func()) {
	for name, k := range b.pools {
		if other.pools[name].pool != k.pool {
			ends = append(ends, k.pool.Close)
		}
	}
	for name, k := range b.caches {
		if other.caches[name].cache != k.cache {
			ends = append(ends, k.cache.Close)
		}
	}
	return ends
}

// close closes everything; no request runs any more.
func (p *parts) close() {
	for _, l := range p.late {
		if l.timer.Stop() {
			l.close()
		}
	}
	p.late = nil
	p.use(&built{})
	for _, l := range p.late {
		l.timer.Stop()
		l.close()
	}
	p.late = nil
}

// route puts other replicas in force at a shop's pool, beside the owner's, and remembers
// them for the pool that a reload makes.
func (p *parts) route(shop string, own []string, ready []fleet.Replica) (origin.Change, error) {
	var set []origin.Member
	for _, url := range own {
		set = append(set, origin.Member{URL: url})
	}
	for _, r := range ready {
		set = append(set, origin.Member{URL: r.URL, Since: r.Since})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes[shop] = set
	k, ok := p.now.pools[shop]
	if !ok {
		return origin.Change{}, nil
	}
	return k.pool.SetReplicas(set)
}
