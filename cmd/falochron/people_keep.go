package main

import (
	"context"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// keepEvery is how often it is seen whether something measured is to be written down.
const keepEvery = time.Minute

// keep writes into the plan what was measured at the shops behind the edge, until ctx
// ends: what they were seen to take, and what posts brought. In memory it would be gone
// with the next start.
func (p *planPages) keep(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.keepNow(ctx)
		}
	}
}

func (p *planPages) keepNow(ctx context.Context) {
	if p.plan.Absent() != nil || p.plan.Trouble() != nil {
		return
	}
	var shops []plan.ShopView
	var ended []plan.Event
	var err error
	now := p.now()
	p.plan.Read(func(b *plan.Book) {
		shops, err = b.Shops(now, plan.Actor{Role: plan.Operator})
		ended = b.Ended(now)
	})
	if err != nil {
		p.log.Error("what was measured", "error", err)
		return
	}
	for i := range shops {
		name := p.behindOf(&shops[i].Shop)
		if name == "" {
			continue
		}
		if c, ok := p.measured(name); ok && isNews(shops[i].Capacity, c) {
			p.write(ctx, plan.RecordCapacity{Shop: shops[i].Shop.ID, Capacity: c})
		}
		for _, e := range ended {
			if e.Shop == shops[i].Shop.ID {
				if o, ok := p.outcome(name, &e); ok {
					p.write(ctx, plan.RecordOutcome{Campaign: e.Campaign, Moment: e.Ref, Outcome: o})
				}
			}
		}
	}
}

// write is one act of Falochron's own. Another process may have been quicker.
func (p *planPages) write(ctx context.Context, c plan.Command) {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	if _, err := p.plan.Do(ctx, p.now(), plan.Actor{Role: plan.Machine}, c); err != nil && falochron.KindOf(err) != falochron.Conflict {
		p.log.Warn("what was measured is not written down yet", "error", err)
	}
}

// measured is what a shop was seen to take, and with how many replicas.
func (p *planPages) measured(name string) (c plan.Capacity, ok bool) {
	n, at, minutes, ok := p.pulse.takes(name)
	if !ok {
		return c, false
	}
	c = plan.Capacity{OrdersPerMinute: n, Evidence: plan.Observed, At: at, Minutes: minutes}
	if g, known := p.pulse.glance(name); known && len(g.vitals.Replicas) > 1 {
		c.Replicas = true
		for _, r := range g.vitals.Replicas {
			if r.Healthy {
				c.Workers++
			}
		}
	}
	return c, true
}

// A measurement is news if it is another figure, or much younger than the last one.
const (
	otherFigure = 0.05 // of the last one
	muchYounger = 6 * time.Hour
)

// isNews reports whether a figure is worth an act.
func isNews(last, c plan.Capacity) bool {
	switch {
	case last.OrdersPerMinute <= 0 || last.Evidence == plan.Told:
		return true
	case !c.At.After(last.At):
		return false
	}
	off := c.OrdersPerMinute/last.OrdersPerMinute - 1
	return off > otherFigure || off < -otherFigure || c.At.Sub(last.At) >= muchYounger
}

// outcome is what a post or an evening brought; false: nobody was looking all the time.
func (p *planPages) outcome(name string, e *plan.Event) (o plan.Outcome, ok bool) {
	minute, ok := p.pulse.wave(name, e.From, e.From.Add(time.Minute))
	if !ok {
		return o, false
	}
	hour, _ := p.pulse.wave(name, e.From, e.From.Add(time.Hour))
	whole, _ := p.pulse.wave(name, e.From, e.Until)
	o = plan.Outcome{
		Before: -1, FirstMinute: int(minute.people + 0.5), FirstHour: int(hour.people + 0.5), Orders: -1,
		Longest: whole.longest, Down: whole.down.Round(time.Second),
	}
	if before, known := p.pulse.wave(name, e.From.Add(-time.Hour), e.From); known {
		o.Before = int(before.people + 0.5)
	}
	if whole.ordersKnown {
		o.Orders = int(whole.orders + 0.5)
	}
	var k plan.CampaignView
	var err error
	p.plan.Read(func(b *plan.Book) { k, err = b.Campaign(p.now(), plan.Actor{Role: plan.Operator}, e.Campaign) })
	if err != nil {
		return o, true
	}
	if a, ids := p.forecast(&k.Campaign); a != nil {
		if i := slices.Index(ids, e.Ref); i >= 0 {
			m := a.Posts[i].FirstMinute
			o.Foretold = plan.Interval{Low: m.Low, Mid: m.Mid, High: m.High}
		}
	}
	return o, true
}
