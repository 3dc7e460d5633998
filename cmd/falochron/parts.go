package main

import (
	"crypto/rand"
	"log/slog"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
)

// parts makes the rooms of each shop from its configuration and keeps what has
// to be closed.
type parts struct {
	store *state.Store
	log   *slog.Logger
	ring  *ticket.Keyring
	pools []*origin.Pool // of the configuration in force
	old   []*origin.Pool // of the one before
	feeds []stockFeed

	caches map[string]keptCache // by shop
}

// shops turns a configuration into what the edge needs.
func (p *parts) shops(cfg *config.Config) ([]edge.ShopConfig, error) {
	if err := p.keys(cfg, time.Now()); err != nil {
		return nil, err
	}
	var pools []*origin.Pool
	var feeds []stockFeed
	var out []edge.ShopConfig
	for i := range cfg.Shops {
		c, pool, err := p.shop(&cfg.Shops[i])
		if err != nil {
			for _, q := range pools {
				q.Close()
			}
			return nil, err
		}
		pools = append(pools, pool)
		out = append(out, c)
		if s := &cfg.Shops[i]; s.Stock.URL != nil {
			feeds = append(feeds, stockFeed{shop: s.Name, url: s.Stock.URL.String(), every: s.Stock.Interval})
		}
	}
	p.old, p.pools, p.feeds = p.pools, pools, feeds
	return out, nil
}

func (p *parts) shop(s *config.Shop) (edge.ShopConfig, *origin.Pool, error) {
	kept, err := p.store.Shop(s.Name)
	if err != nil {
		return edge.ShopConfig{}, nil, err
	}
	classify, err := preset.New(preset.Rules{
		Callback: s.Paths.Callback, Return: s.Paths.Return, Order: s.Orders.Paths, Admin: s.Paths.Admin,
		Integration: s.Paths.Integration, Checkout: s.Paths.Checkout, Cart: s.Paths.Cart,
		Fragment: s.Paths.Fragment, Static: s.Paths.Static, Page: s.Paths.Page,
	})
	if err != nil {
		return edge.ShopConfig{}, nil, err
	}
	look, err := pageConfig(s)
	if err != nil {
		return edge.ShopConfig{}, nil, err
	}
	pages, err := page.New(look)
	if err != nil {
		return edge.ShopConfig{}, nil, err
	}
	pool, err := origin.New(originConfig(s), p.log)
	if err != nil {
		return edge.ShopConfig{}, nil, err
	}
	log := p.log.With("shop", s.Name)
	return edge.ShopConfig{
		Name: s.Name, Hosts: s.Hosts, Mode: s.Mode, Ceiling: s.Ceiling, ReplicaCeiling: s.ReplicaCeiling, Start: s.Start,
		Limits: limits(s), Line: line(s), InsideIdle: s.Room.InsideIdle,
		Classify: classify, Pool: pool, Cache: p.cache(s), Pages: pages, State: kept,
		Keys:       p.ring.Shop(s.Name, kept.Epoch(), lives(s)),
		GateScript: s.GateScript,
		Report:     func(err error) { log.Error("the line goes on in memory", "error", err) },
	}, pool, nil
}

// cache is the shop's memory of answers. A reload begins with an empty one only
// when its bounds have changed.
func (p *parts) cache(s *config.Shop) *cache.Cache {
	if s.Cache.Memory == 0 || s.Cache.MaxObject == 0 {
		return nil
	}
	bounds := cache.Config{MaxBytes: int64(s.Cache.Memory), MaxObject: int64(s.Cache.MaxObject)}
	if have, ok := p.caches[s.Name]; ok && have.bounds == bounds {
		return have.cache
	}
	c := cache.New(bounds)
	p.caches[s.Name] = keptCache{cache: c, bounds: bounds}
	return c
}

type keptCache struct {
	cache  *cache.Cache
	bounds cache.Config
}

// rotateAfter is how often the signing key changes. Old keys go on verifying
// for as long as their tickets live.
const rotateAfter = 7 * 24 * time.Hour

// keys loads the signing keys, makes them at the first start, and rotates them
// when it is time. They are on disk before the first ticket is signed.
func (p *parts) keys(cfg *config.Config, now time.Time) error {
	if p.ring == nil {
		b, err := p.store.Keys()
		if err != nil {
			return err
		}
		if b == nil {
			p.ring, err = ticket.NewKeyring(now, rand.Reader)
			if err == nil {
				err = p.store.SaveKeys(p.ring.Marshal())
			}
		} else {
			p.ring, err = ticket.ParseKeyring(b)
		}
		if err != nil {
			return err
		}
	}
	if now.Sub(p.ring.Newest()) < rotateAfter {
		return nil
	}
	var longest time.Duration
	for i := range cfg.Shops {
		longest = max(longest, lives(&cfg.Shops[i]).Longest())
	}
	next, err := p.ring.Rotate(now, longest, rand.Reader)
	if err != nil {
		return err
	}
	if err := p.store.SaveKeys(next.Marshal()); err != nil {
		return err
	}
	p.ring = next
	return nil
}

// retireAfter is how long the pools of an old configuration go on serving the
// requests they have.
const retireAfter = 2 * time.Minute

// retire closes the pools of the configuration before, once their requests are
// done.
func (p *parts) retire() {
	old := slices.Clone(p.old)
	p.old = nil
	time.AfterFunc(retireAfter, func() {
		for _, q := range old {
			q.Close()
		}
	})
}

func (p *parts) close() {
	for _, q := range p.pools {
		q.Close()
	}
}

func lives(s *config.Shop) ticket.Lives {
	return ticket.Lives{Waiting: s.Room.WaitingLife, Idle: s.Room.InsideIdle}
}

func limits(s *config.Shop) admit.Config {
	d := s.Admission.QueueDeadline
	c := admit.Config{
		Ceiling: s.Ceiling, VisitorParallel: s.Admission.VisitorParallel,
		QueueMax: s.Admission.Queue, CallbackQueue: s.Admission.CallbackQueue,
	}
	c.Deadline[admit.LaneCallback] = d.Callback
	c.Deadline[admit.LaneCheckout] = d.Checkout
	c.Deadline[admit.LaneCart] = d.Cart
	c.Deadline[admit.LaneInside] = d.Inside
	c.Deadline[admit.LaneNew] = d.New
	return c
}

func line(s *config.Shop) room.Config {
	return room.Config{MaxOutstanding: s.Room.MaxOutstanding, ClaimWindow: s.Room.ClaimWindow, PollBudget: float64(s.Room.PollBudget)}
}

func originConfig(s *config.Shop) origin.Config {
	c := origin.Config{
		Dial: s.Timeouts.Dial, TLSHandshake: s.Timeouts.TLS, ResponseHeader: s.Timeouts.ResponseHeader,
		BodySilence: s.Timeouts.BodyIdle, IdleConn: s.Timeouts.Idle, CheckPath: s.Health.Path,
		BackoffMin: s.Health.Retry, BackoffMax: s.Health.RetryMax,
	}
	for _, u := range s.Origins {
		c.URLs = append(c.URLs, u.String())
	}
	return c
}
