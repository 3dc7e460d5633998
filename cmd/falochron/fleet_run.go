package main

import (
	"cmp"
	"context"
	"net"
	"strconv"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/external"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/scale"
)

// startFleet makes what starts and stops replicas of the shops that have a driver.
func (h *service) startFleet() error {
	for i := range h.cfg.Shops {
		s := &h.cfg.Shops[i]
		if s.Fleet.Driver == config.FleetNone {
			continue
		}
		d, err := h.openDriver(s)
		if err != nil {
			return err
		}
		h.multiplied = append(h.multiplied, control.FleetShop{Name: s.Name, Driver: d, Scale: scaleConfig(s), Hold: s.Fleet.Hold, Drain: s.Fleet.Drain, Beside: len(beside(s))})
	}
	h.own = make(map[string][]string)
	for i := range h.cfg.Shops { // a reload may change them only with a restart, as all of a fleet
		h.own[h.cfg.Shops[i].Name] = beside(&h.cfg.Shops[i])
	}
	if len(h.multiplied) == 0 {
		return nil
	}
	c := control.FleetConfig{
		Vitals: h.edge.Vitals, Sight: h.radar.Look, Route: h.route, Grow: h.growShop, Bear: h.bearShop, Warm: h.warmReplica,
		Load: h.loadFleet, Save: h.saveFleet, Journal: h.notes, Log: h.log,
	}
	if h.plan != nil {
		c.Waves = h.pages.waves
	}
	h.fleet = control.NewFleet(c)
	if h.plan != nil {
		h.pages.fleet = h.fleet.Look
	}
	return nil
}

// openDriver makes a shop's driver of replicas, which an autoscaler may ask at once.
func (h *service) openDriver(s *config.Shop) (fleet.Driver, error) {
	log := h.log.With("shop", s.Name)
	if s.Fleet.Driver != config.FleetExternal {
		return openFleet(s, h.cfg.Data, log)
	}
	name := s.Name
	return external.New(externalConfig(s, func() []falochron.ReplicaVitals {
		v, _ := h.edge.Vitals(name)
		return v.Replicas
	}, log))
}

// scaleConfig is what the configuration says of how many replicas there may be.
func scaleConfig(s *config.Shop) scale.Config {
	f, own := &s.Fleet, len(beside(s))
	most := cmp.Or(f.Max, scale.DefaultMax*f.Min)
	return scale.Config{
		Limits: scale.Limits{
			Min: f.Min + own, Max: most + own, CostPerHour: float64(f.Cost), BudgetPerHour: float64(f.BudgetHour), BudgetPerCampaign: float64(f.BudgetCampaign),
		},
		Advise: f.Mode == config.FleetAdvise, TargetWait: f.TargetWait, Start: f.Start, Drain: f.Drain,
		Warm: cmp.Or(f.SlowStart, -1),
	}
}

// beside are the replicas that the owner runs where the driver does not see them: origins
// beside local copies. Of containers and pods the driver sees the owner's as well.
func beside(s *config.Shop) (urls []string) {
	f := &s.Fleet
	if f.Driver != config.FleetProcesses {
		return nil
	}
	for _, u := range s.Origins {
		port, _ := strconv.Atoi(u.Port())
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() && port >= f.Processes.FirstPort && port <= f.Processes.LastPort {
			continue // one of the copies
		}
		urls = append(urls, u.String())
	}
	return urls
}

// route tells a shop's pool where its replicas are.
func (h *service) route(shop string, ready []fleet.Replica) {
	change, err := h.parts.route(shop, h.own[shop], ready)
	log := h.log.With("shop", shop)
	if err != nil {
		log.Error("the edge goes on with the replicas it knows", "error", err)
		return
	}
	if n := len(change.Joined) + len(change.Left) + len(change.Back); n > 0 {
		log.Info("replicas", "joined", change.Joined, "leave", change.Left, "back", change.Back)
	}
}

// growShop tells a shop's line what replicas that are starting make of the shop.
func (h *service) growShop(shop string, g *falochron.Growth) {
	h.pass(shop, func(s *falochron.Snapshot) { s.Growth = g })
}

// bearShop tells a shop's gate how many requests in flight its replicas are known to bear.
func (h *service) bearShop(shop string, inFlight int) {
	h.pass(shop, func(s *falochron.Snapshot) { s.Bears = inFlight })
}

// warmReplica asks a replica that is new for what fans will ask for, so that they do not
// meet it cold.
func (h *service) warmReplica(shop, replica string) {
	h.edge.WarmReplica(shop, replica)
}

func (h *service) loadFleet(shop string) ([]byte, error) {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return nil, err
	}
	return kept.LoadFleet()
}

func (h *service) saveFleet(shop string, b []byte) error {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return err
	}
	return kept.SaveFleet(b)
}

// How far from now an announced wave may lie to be prepared for.
const (
	wavesBefore = time.Hour
	wavesAhead  = 12 * time.Hour
	// postLasts is how long most of a post's people take to come, and postPeak by how much
	// the rate at its beginning is above the mean of the first minute; both chosen, by the
	// shape of measured posts (docs/forecast.md).
	postLasts = 10 * time.Minute
	postPeak  = 1.5
)

// waves are the posts that are announced of a shop, and the campaign under way.
func (p *planPages) waves(shop string) (out []scale.Wave, campaign string) {
	now := p.now()
	op := plan.Actor{Role: plan.Operator}
	var shops []plan.ShopView
	var found []plan.CampaignView
	p.plan.Read(func(b *plan.Book) { shops, _ = b.Shops(now, op) }) // not open: nothing is announced
	of := make(map[plan.ID]bool)
	for i := range shops { // not while the plan is read, which this does as well
		of[shops[i].Shop.ID] = p.behindOf(&shops[i].Shop) == shop
	}
	p.plan.Read(func(b *plan.Book) {
		events, err := b.Calendar(now, op, now.Add(-wavesBefore), now.Add(wavesAhead))
		if err != nil {
			return
		}
		seen := make(map[plan.ID]bool)
		for i := range events {
			e := &events[i]
			if !of[e.Shop] || e.Kind != plan.PostEvent || seen[e.Campaign] {
				continue
			}
			seen[e.Campaign] = true
			if k, err := b.Campaign(now, op, e.Campaign); err == nil && !k.Campaign.Cancelled {
				found = append(found, k)
			}
		}
	})
	for i := range found {
		k := &found[i].Campaign
		a, ids := p.forecast(k)
		if a == nil {
			continue
		}
		for j, id := range ids {
			post := plannedPost(k, id)
			if post == nil || post.State == plan.Cancelled || post.At.Before(now.Add(-wavesBefore)) || post.At.After(now.Add(wavesAhead)) {
				continue
			}
			f := &a.Posts[j]
			w := scale.Wave{
				ID: string(id), Start: post.At, Slip: post.Slip, People: f.People.Mid, Upper: f.People.High, Lasts: postLasts,
				Peak: postPeak * f.FirstMinute.Mid / 60, PeakUpper: postPeak * f.FirstMinute.High / 60, Confidence: 1,
			}
			if len(a.Posts) == 1 {
				w.Course = courseOf(&a.Curve, post.At)
			}
			if post.State == plan.Out { // it is under way, whatever was announced
				w.Slip = 0
			}
			out = append(out, w)
			if campaign == "" || !post.At.After(now) {
				campaign = string(k.ID)
			}
		}
	}
	return out, campaign
}

// courseOf is how many people come until some moments after the post, by the forecast's
// curve.
func courseOf(c *forecast.Curve, at time.Time) (out []scale.Coming) {
	var people, upper float64
	i := 0
	for i < len(c.Rate) && c.From.Add(time.Duration(i)*c.Step).Before(at) {
		i++ // as many come then without it
	}
	for _, after := range [...]time.Duration{
		5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute,
		5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
	} {
		for ; i < len(c.Rate) && c.From.Add(time.Duration(i)*c.Step).Before(at.Add(after)); i++ {
			people += c.Rate[i].Mid * c.Step.Seconds()
			upper += c.Rate[i].High * c.Step.Seconds()
		}
		out = append(out, scale.Coming{At: at.Add(after), People: people, Upper: upper})
	}
	return out
}

func plannedPost(k *plan.Campaign, id plan.ID) *plan.Post {
	for i := range k.Posts {
		if k.Posts[i].ID == id {
			return &k.Posts[i]
		}
	}
	return nil
}

// multiply keeps as many replicas as are wanted, until ctx ends.
func (h *service) multiply(ctx context.Context) {
	if h.fleet != nil {
		h.fleet.Run(ctx, h.multiplied)
	}
}
