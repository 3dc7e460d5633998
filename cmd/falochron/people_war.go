package main

import (
	"slices"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

// hereFor is for how long somebody who has done something counts as there.
const hereFor = 2 * time.Hour

// warLines is how many decisions the war room shows.
const warLines = 30

// How much of the evening its curve shows, around the post.
const (
	warBefore = 30 * time.Minute
	warAfter  = 60 * time.Minute
)

// warRoomPage is the wall screen of the evening.
func warRoomPage(v *visit) (console.View, error) {
	s, err := v.shopPage()
	if err != nil {
		return nil, err
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	h, e := v.look(&s.Shop), v.pressing("", v.campaign)
	view := &console.WarRoomView{Frame: v.frame(zone), Shop: s.Shop.Name, Mode: "–", Orders: console.Unknown, Flow: h.flow()}
	if h.known {
		view.Mode, view.Orders = h.vitals.Mode.String(), view.Flow.Orders
		if v.who.Role == plan.Operator && v.order != nil && (e != nil || len(v.shops) == 1) {
			view.May = append(view.May, console.ActMode)
		}
	}
	seen := v.sight(&s.Shop)
	view.Radar = v.radarOf(seen, zone, true)
	view.Replicas = v.replicas(&s.Shop)
	if e == nil {
		if seen != nil {
			view.Arrivals = liveCurve(seen, nil, zone)
		}
		if v.campaign != "" { // there is none, or it has no post yet
			_, err := v.campaignView(v.campaign)
			return view, err
		}
		return view, nil
	}
	k, err := v.campaignView(e.Campaign)
	if err != nil {
		return nil, err
	}
	r, err := v.read(e.Campaign)
	if err != nil {
		return nil, err
	}
	if v.campaign == "" { // so that the buttons mean the campaign that is shown
		view.Home = console.Path("/plan/war-room/" + string(e.Campaign))
	}
	view.Campaign, view.People = nameOf(&k.Campaign), partiesOf(&k)
	if h.known {
		live := h.live(v.came(h)(e.From))
		view.Live = &live
	}
	if view.Arrivals = v.evening(h, e, &k, &r); seen != nil {
		view.Arrivals = liveCurve(seen, marksOf(&k, v.cameBy), k.Zone)
	}
	var audit plan.Audit
	v.plan.Read(func(b *plan.Book) { audit, err = b.CampaignAudit(v.now, v.who, e.Campaign) })
	if err != nil {
		return nil, err
	}
	view.OnCall = v.onCall(&k, &audit)
	view.Decisions = append(logOf(audit, warLines), v.orders(h)...)
	slices.SortStableFunc(view.Decisions, func(a, b console.Line) int { return b.At.Compare(a.At) })
	view.Decisions = view.Decisions[:min(len(view.Decisions), warLines)]
	if len(v.notices(e.Campaign)) > 0 {
		view.May = append(view.May, console.ActSeen)
	}
	return view, nil
}

// replicas are the copies of the shop, for those whose business they are. The others need not
// know what they cost.
func (v *visit) replicas(s *plan.Shop) *console.Replicas {
	name := v.behindOf(s)
	if v.fleet == nil || name == "" || v.who.Role != plan.Operator && v.who.Role != plan.Host {
		return nil
	}
	seen, ok := v.fleet(name)
	if !ok {
		return nil
	}
	p := &seen.Plan
	out := &console.Replicas{
		Ready: seen.State.Ready(), Wanted: p.Wanted, Most: p.Ceiling, Advice: p.Advice, Fault: seen.Fault != "",
		Why: console.Text{EN: p.Now.Sentence("en"), PL: p.Now.Sentence("pl")},
	}
	for _, r := range seen.State.Replicas {
		switch r.Phase {
		case fleet.Starting:
			out.Starting++
		case fleet.Failed:
			out.Failed++
		}
	}
	return out
}

// onCall are the parties with who of them can be rung, and when they last did
// something here.
func (v *visit) onCall(k *plan.CampaignView, audit *plan.Audit) (out []console.OnCall) {
	for _, p := range k.People {
		c := console.OnCall{Role: console.Role(p.Role), Name: p.Name}
		if name := p.OnCall.Contact.Name; name != "" {
			c.Name, c.Reach = name, p.OnCall.Contact.Address
		}
		for i := range audit.Entries {
			if e := &audit.Entries[i]; e.By.Party == p.Party && e.By.Role == p.Role {
				c.Seen = e.At
			}
		}
		c.Here = !c.Seen.IsZero() && v.now.Sub(c.Seen) < hereFor
		out = append(out, c)
	}
	return out
}

// orders are what operators ordered and what happened at the shop, for operators.
func (v *visit) orders(h here) (out []console.Line) {
	if v.who.Role != plan.Operator || v.notes == nil || h.name == "" {
		return nil
	}
	for _, rec := range v.notes.Since(v.now.Add(-warAfter-warBefore), journal.Filter{Shop: h.name, Notes: true, Limit: warLines}) {
		out = append(out, console.Line{At: rec.Time, Who: rec.Actor, What: console.Text{EN: rec.Note, PL: rec.Note}})
	}
	return out
}

// evening is how many come a minute around a post: what was measured, and the
// forecast's band. Nil: nobody has counted, and nothing was foretold.
func (v *visit) evening(h here, e *plan.Event, k *plan.CampaignView, r *reading) *console.Curve {
	if !h.known && r.answer == nil {
		return nil
	}
	out := &console.Curve{What: visitors, Marks: marksOf(k, v.cameBy)}
	from, until, step := warSpan(e, v.now)
	for at := from; at.Before(until); at = at.Add(step) {
		p := console.CurvePoint{At: at.In(k.Zone), Low: console.Unknown, Mid: console.Unknown, High: console.Unknown}
		if end := at.Add(step); h.known && !end.After(v.now) {
			if w, ok := v.pulse.wave(h.name, at, end); ok {
				p.Mid = w.people * float64(time.Minute) / float64(step)
			}
		}
		if r.answer != nil {
			c := &r.answer.Curve
			if i := int(at.Sub(c.From) / c.Step); !at.Before(c.From) && i < len(c.Rate) {
				p.Low, p.High = c.Rate[i].Low*60, c.Rate[i].High*60
			}
		}
		out.Points = append(out.Points, p)
	}
	return out
}
