package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// From the plan to the edge: what the book announces of each shop becomes part of the
// shop's orders, at once when something is done in the plan, by whichever process. While
// the plan cannot be read, what was announced last stays in force.

// Announcer keeps the edge told of what the plan announces.
type Announcer struct {
	Plan *Campaigns
	// Shops are the shops behind the edge now.
	Shops func() []string
	// Behind is the name under which the edge has a shop of the plan; empty: it has not.
	Behind func(*plan.Shop) string
	// Publish makes a shop's announcement part of its orders, if it is another than the
	// one in force.
	Publish func(shop string, a *falochron.Announced)
	// Apart is told, each time the edge is, of which shops of the plan it has none, by
	// id; nil: nobody is.
	Apart func([]plan.ID)
}

// announceEvery is how often it is looked whether time alone has changed something, or a
// reload the shops.
const announceEvery = time.Second

// Run tells the edge until ctx ends.
func (a *Announcer) Run(ctx context.Context) {
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	var next time.Time
	var of []string          // shops that were told
	var seen <-chan struct{} // of the book they were told of
	for {
		changed, shops := a.Plan.Changed(), a.Shops()
		if now := time.Now(); changed != seen || !slices.Equal(shops, of) || !next.IsZero() && !now.Before(next) {
			next = a.tell(now, shops)
			seen, of = changed, shops
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-tick.C:
		}
	}
}

// tell publishes what the book announces now, and returns when that changes by itself.
func (a *Announcer) tell(now time.Time, shops []string) (next time.Time) {
	if a.Plan.Absent() != nil {
		return time.Time{} // nothing is known; the next change of the book tells
	}
	var all []plan.Outward
	a.Plan.Read(func(b *plan.Book) { all, next = b.Outward(now) })
	by := AnnouncedBy(all, a.Behind)
	for _, shop := range shops {
		a.Publish(shop, by[shop])
	}
	if a.Apart != nil {
		var apart []plan.ID
		for i := range all {
			if a.Behind(&all[i].Shop) == "" {
				apart = append(apart, all[i].Shop.ID)
			}
		}
		a.Apart(apart)
	}
	return next
}

// AnnouncedBy is what the plan announces, by the names under which the edge has its
// shops.
func AnnouncedBy(all []plan.Outward, behind func(*plan.Shop) string) map[string]*falochron.Announced {
	by := make(map[string]*falochron.Announced)
	for i := range all {
		if name := behind(&all[i].Shop); name != "" {
			by[name] = announcedWith(by[name], &all[i])
		}
	}
	return by
}

// announcedWith is what is announced of a shop behind the edge, together with what another
// shop of the plan announces that is the same one. Nothing is nil.
func announcedWith(have *falochron.Announced, o *plan.Outward) *falochron.Announced {
	if have == nil {
		have = &falochron.Announced{}
	}
	if have.Zone == "" {
		have.Zone = o.Shop.Zone
	}
	for _, d := range o.Shop.Domains {
		have.Domains = append(have.Domains, strings.ToLower(d))
	}
	for i := range o.Posts {
		p := &o.Posts[i]
		have.Posts = append(have.Posts, falochron.AnnouncedPost{
			ID: string(p.ID), Code: p.Code, Link: p.Link, At: p.At.UTC().Round(0), Slip: p.Slip, Out: p.Out, Off: p.Off,
		})
	}
	for i := range o.Evenings {
		e := &o.Evenings[i]
		start := e.Start.UTC().Round(0)
		have.Evenings = append(have.Evenings, falochron.AnnouncedEvening{
			ID: string(e.ID), Start: start, PreQueue: e.PreQueue, Draw: e.Draw, End: start.Add(e.Lasts),
		})
	}
	if have.Line == (falochron.FanLine{}) && o.Fans != (plan.Words{}) {
		have.Line = falochron.FanLine{EN: o.Fans.EN, PL: o.Fans.PL}
		if !o.Until.IsZero() {
			have.Line.Until = o.Until.UTC().Round(0)
		}
	}
	if have.Same(nil) {
		return nil
	}
	return have
}

// Announce makes what the plan announces of a shop part of its orders; nil is nothing.
// It is no order of an operator: who did what is in the plan's own audit. A shop that is
// not there is left alone.
func (c *Control) Announce(shop string, a *falochron.Announced) {
	_, note, err := c.publish(shop, func(s *falochron.Snapshot) (string, error) {
		if s.Plan.Same(a) {
			return "", nil
		}
		s.Plan = a
		return "announced", nil
	})
	if err == nil && note != "" {
		known := falochron.Announced{}
		if a != nil {
			known = *a
		}
		c.log.Info("the edge knows what is announced", "shop", shop, "posts", len(known.Posts), "evenings", len(known.Evenings), "line", known.Line != falochron.FanLine{})
	}
}
