package main

import (
	"context"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// journalWithin is how long a page waits for the delivery journal.
const journalWithin = time.Second

// hostPage shows all shops of a host with their next waves.
func hostPage(v *visit) (console.View, error) {
	zone := v.zone()
	view := &console.HostView{Frame: v.frame(zone), Name: v.name}
	if v.who.Role == plan.Operator {
		view.Name = "" // the page's own title
	}
	if v.acts(plan.ConfirmSteps) {
		view.May = append(view.May, console.ActConfirm)
	}
	next, on := make(map[plan.ID]*plan.Event, len(v.shops)), make(map[plan.ID]*plan.Event, len(v.shops))
	for _, e := range v.toCome() {
		switch {
		case stageOf(e, v.now) == goingOn:
			on[e.Shop] = e // the newest
		case next[e.Shop] == nil:
			next[e.Shop] = e
		}
	}
	first := func(shop plan.ID) *plan.Event {
		if on[shop] != nil {
			return on[shop]
		}
		return next[shop]
	}
	for i := range v.shops {
		if v.acts(plan.ReportPosts) {
			view.Report = append(view.Report, console.ImportShop{ID: string(v.shops[i].Shop.ID), Name: v.shops[i].Shop.Name})
		}
	}
	if len(view.Report) > 0 {
		view.May = append(view.May, console.ActUnplanned)
	}
	shops := slices.Clone(v.shops)
	slices.SortStableFunc(shops, func(a, b plan.ShopView) int { return byNext(first(a.Shop.ID), first(b.Shop.ID)) })
	for i := range shops {
		s, err := v.hostShop(&shops[i], on[shops[i].Shop.ID], next[shops[i].Shop.ID], i < calendarReady, zone)
		if err != nil {
			return nil, err
		}
		view.Shops = append(view.Shops, s)
	}
	var conflicts []plan.Conflict
	var err error
	if view.Stands, err = v.stands(); err != nil {
		return nil, err
	}
	v.plan.Read(func(b *plan.Book) { conflicts, err = b.Conflicts(v.now, v.who) })
	if err != nil {
		return nil, err
	}
	for i := range conflicts[:min(len(conflicts), hostMost)] {
		view.Conflicts = append(view.Conflicts, v.conflict(&conflicts[i], ""))
	}
	view.MoreConflicts = len(conflicts) - len(view.Conflicts)
	for _, n := range v.changes("") {
		view.Tasks = append(view.Tasks, console.Task{ID: hearOf + n.About, What: ofShop(v, n.Shop, said(n.Reason))})
	}
	seen := map[plan.ID]bool{"": true}
	for i := range v.events {
		id := v.events[i].Campaign
		if seen[id] || len(seen) > hostLooks {
			continue
		}
		seen[id] = true
		k, err := v.campaignView(id)
		if err != nil {
			return nil, err
		}
		for j := range k.Tasks {
			if t := &k.Tasks[j]; v.mineIs(t) && isOpen(t) && !k.Over {
				task := taskOf(&k, t)
				task.What = ofShop(v, k.Campaign.Shop, task.What)
				view.Tasks = append(view.Tasks, task)
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalWithin)
	defer cancel()
	untold, sure := v.untold(ctx)
	view.Untold, view.Unsure = untold, !sure
	slices.SortStableFunc(view.Tasks, func(a, b console.Task) int { return a.Due.Compare(b.Due) })
	if n := len(view.Tasks); n > hostMost {
		view.Tasks, view.MoreTasks = view.Tasks[:hostMost], n-hostMost
	}
	return view, nil
}

// How much stands on the page of all shops: the nearest conflicts and the most urgent
// tasks, and how many campaigns are looked through for these: the nearest.
const (
	hostMost  = 20
	hostLooks = 200
)

// byNext compares two shops by their next waves; those without one come last.
func byNext(a, b *plan.Event) int {
	switch x, y := a != nil, b != nil; {
	case x && y:
		return a.From.Compare(b.From)
	case x:
		return -1
	case y:
		return 1
	}
	return 0
}

// ofShop says for which shop something is asked, where there are several.
func ofShop(v *visit, id plan.ID, t console.Text) console.Text {
	s, found := v.shopView(id)
	if !found || len(v.shops) < 2 {
		return t
	}
	name := s.Shop.Name + ": "
	return console.Text{EN: name + t.EN, PL: name + t.PL}
}

// toCome reports whether a wave lies ahead or goes on.
func toCome(e *plan.Event, now time.Time) bool {
	stage := stageOf(e, now)
	return stage != justOver && stage != isOver && stage != calledOff
}

// hostShop is one shop of the page, with the wave that goes on there and the next, which
// may be nil; with ready it is computed whether the next will hold, or the one going on.
func (v *visit) hostShop(s *plan.ShopView, on, next *plan.Event, ready bool, zone *time.Location) (console.HostShop, error) {
	h := v.look(&s.Shop)
	radar := v.radarOf(v.sight(&s.Shop), zone, false)
	out := console.HostShop{Name: s.Shop.Name, Size: console.Unknown, Needs: console.Unknown, Takes: console.Unknown, Live: h.live(0)}
	if radar != nil {
		out.Live.Radar = radar.Says
	}
	if c := s.Capacity; c.OrdersPerMinute > 0 {
		out.Takes = int(c.OrdersPerMinute + 0.5)
		if c.Evidence != plan.Told {
			out.Measured = c.At.In(zone)
		}
	}
	if e := v.pressing(s.Shop.ID, ""); e != nil {
		out.Href = console.Path("/plan/campaign/" + string(e.Campaign))
	}
	e := on
	if on != nil {
		out.On = on.From.In(zone)
	}
	if next != nil {
		out.Next, e = next.From.In(zone), next
	}
	if e == nil || !ready {
		return out, nil
	}
	r, err := v.read(e.Campaign)
	if err != nil {
		return out, err
	}
	out.Size, out.Verdict = r.size(e.Ref), r.verdict()
	if l := r.readiness.Load; l.People > 0 {
		out.Needs = int(l.Orders + 0.5)
	}
	if l := r.readiness.Load; l.OrdersPerMinute > 0 {
		out.Takes = int(l.OrdersPerMinute + 0.5)
	}
	return out, nil
}
