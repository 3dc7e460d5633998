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
	next := make(map[plan.ID]*plan.Event, len(v.shops))
	for i := range v.shops {
		next[v.shops[i].Shop.ID] = v.pressing(v.shops[i].Shop.ID, "")
	}
	shops := slices.Clone(v.shops)
	slices.SortStableFunc(shops, func(a, b plan.ShopView) int { return byNext(next[a.Shop.ID], next[b.Shop.ID], v.now) })
	for i := range shops {
		s, err := v.hostShop(&shops[i], next[shops[i].Shop.ID], i < calendarReady, zone)
		if err != nil {
			return nil, err
		}
		view.Shops = append(view.Shops, s)
	}
	var conflicts []plan.Conflict
	var err error
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
func byNext(a, b *plan.Event, now time.Time) int {
	switch x, y := a != nil && toCome(a, now), b != nil && toCome(b, now); {
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

// hostShop is one shop of the page, with the wave that matters most there; with ready it
// is computed whether it will hold.
func (v *visit) hostShop(s *plan.ShopView, e *plan.Event, ready bool, zone *time.Location) (console.HostShop, error) {
	h := v.look(&s.Shop)
	out := console.HostShop{Name: s.Shop.Name, Size: console.Unknown, Needs: console.Unknown, Takes: console.Unknown, Live: h.live(0)}
	if c := s.Capacity; c.OrdersPerMinute > 0 {
		out.Takes, out.Measured = int(c.OrdersPerMinute+0.5), c.At.In(zone)
	}
	if e == nil {
		return out, nil
	}
	out.Href = console.Path("/plan/campaign/" + string(e.Campaign))
	if !toCome(e, v.now) {
		return out, nil
	}
	if out.Next = e.From.In(zone); !ready {
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
