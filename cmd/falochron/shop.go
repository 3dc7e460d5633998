package main

import (
	"net"
	"net/netip"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/room"
)

// shop makes the rooms of one shop; what has to be closed is noted in b.
func (p *parts) shop(s *config.Shop, b *built) (edge.ShopConfig, error) {
	none := edge.ShopConfig{}
	kept, err := p.store.Shop(s.Name)
	if err != nil {
		return none, err
	}
	look, err := pageConfig(s)
	if err != nil {
		return none, err
	}
	pages, err := page.New(look)
	if err != nil {
		return none, err
	}
	pool, err := p.pool(s, b)
	if err != nil {
		return none, err
	}
	var hosting []netip.Prefix
	if s.Radar.Hosting != "" {
		if hosting, err = config.LoadNetworks(s.Radar.Hosting); err != nil {
			return none, err
		}
	}
	log := p.log.With("shop", s.Name)
	return edge.ShopConfig{
		Name: s.Name, Hosts: s.Hosts, Mode: s.Mode, Ceiling: s.Ceiling, ReplicaCeiling: s.ReplicaCeiling, Start: s.Start,
		Limits: limits(s), Line: line(s), InsideIdle: s.Room.InsideIdle,
		Platform: platform(s), Sticky: sticky(s), Reuse: reuse(s.Cache),
		Rules: preset.Rules{
			Callback: s.Paths.Callback, Return: s.Paths.Return, Order: s.Orders.Paths, Admin: s.Paths.Admin,
			Integration: s.Paths.Integration, Checkout: s.Paths.Checkout, Cart: s.Paths.Cart,
			Fragment: s.Paths.Fragment, Static: s.Paths.Static, Page: s.Paths.Page,
		},
		Pool: pool, Cache: p.cache(s, b), Pages: pages, State: kept,
		Keys:       p.ring.Shop(s.Name, kept.Epoch(), lives(s)),
		GateScript: s.GateScript,
		NoCohorts:  s.Radar.Mode == falochron.RadarOff, Hosting: hosting,
		Report: func(err error) { log.Error("the line goes on in memory", "error", err) },
		Warn:   func(err error) { log.Warn("the shop", "error", err, "hint", falochron.HintOf(err)) },
		Noted: func(sh falochron.Sharing) {
			log.Info("recognised the shop's software", "platform", sh.Platform, "evidence", sh.Evidence, "signs", sh.Signs)
			if err := kept.SaveSharing(sh); err != nil {
				log.Error("after a restart the shop is asked again whose software it is", "error", err)
			}
		},
	}, nil
}

// robotsOf is how crawlers are verified.
func robotsOf(c config.Robots) (r edge.Robots, err error) {
	for _, file := range c.Ranges {
		list, err := config.LoadNetworks(file)
		if err != nil {
			return r, err
		}
		r.Ranges = append(r.Ranges, list...)
	}
	if c.DNS {
		r.Resolver = net.DefaultResolver
	}
	return r, nil
}

// platform is whose software the configuration says the shop runs, nil for auto.
func platform(s *config.Shop) *preset.Platform {
	p, _ := preset.Named(s.Platform) // checked with the configuration
	return p
}

// sticky is when visitors stay at one replica.
func sticky(s *config.Shop) edge.Sticky {
	switch s.Sticky { // checked with the configuration
	case config.StickyAlways:
		return edge.StickyAlways
	case config.StickyNever:
		return edge.StickyNever
	}
	return edge.StickyAuto
}

// reuse turns "zero means never" into what the edge takes for it.
func reuse(c config.Cache) edge.Reuse {
	never := func(d time.Duration) time.Duration {
		if d == 0 {
			return -1
		}
		return d
	}
	return edge.Reuse{PageLife: c.PageLife, WhileStale: never(c.WhileStale), IfError: never(c.IfError)}
}

func limits(s *config.Shop) admit.Config {
	d := s.Admission.QueueDeadline
	c := admit.Config{
		Ceiling: s.Ceiling, VisitorParallel: s.Admission.VisitorParallel,
		QueueMax: s.Admission.Queue, CallbackQueue: s.Admission.CallbackQueue,
	}
	c.Deadline[admit.LaneCallback] = d.Callback
	c.Deadline[admit.LaneOrder], c.Deadline[admit.LaneCheckout] = d.Checkout, d.Checkout
	c.Deadline[admit.LaneCart] = d.Cart
	c.Deadline[admit.LaneInside], c.Deadline[admit.LaneFragment] = d.Inside, d.Inside
	c.Deadline[admit.LaneNew], c.Deadline[admit.LaneOutside] = d.New, d.New
	return c
}

func line(s *config.Shop) room.Config {
	return room.Config{MaxOutstanding: s.Room.MaxOutstanding, ClaimWindow: s.Room.ClaimWindow, PollBudget: float64(s.Room.PollBudget)}
}

// orNone makes of 0, which is none in the file, what is none for origin.
func orNone(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func originConfig(s *config.Shop) origin.Config {
	c := origin.Config{
		Dial: s.Timeouts.Dial, TLSHandshake: s.Timeouts.TLS, ResponseHeader: s.Timeouts.ResponseHeader,
		BodySilence: s.Timeouts.BodyIdle, IdleConn: s.Timeouts.Idle, CheckPath: s.Health.Path,
		BackoffMin: s.Health.Retry, BackoffMax: s.Health.RetryMax, ReplicaCeiling: s.ReplicaCeiling,
		SlowStart: orNone(s.Fleet.SlowStart), Drain: orNone(s.Fleet.Drain),
	}
	for _, u := range s.Origins {
		c.URLs = append(c.URLs, u.String())
	}
	return c
}
