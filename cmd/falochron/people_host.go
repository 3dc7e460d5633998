package main

import (
	"context"
	"slices"
	"strings"
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
	for i := range v.shops {
		s, err := v.hostShop(&v.shops[i], zone)
		if err != nil {
			return nil, err
		}
		view.Shops = append(view.Shops, s)
	}
	slices.SortStableFunc(view.Shops, func(a, b console.HostShop) int {
		if a.Next.IsZero() || b.Next.IsZero() { // those without a wave last
			return strings.Compare(boolText(a.Next.IsZero()), boolText(b.Next.IsZero()))
		}
		return a.Next.Compare(b.Next)
	})
	var conflicts []plan.Conflict
	var err error
	v.plan.Read(func(b *plan.Book) { conflicts, err = b.Conflicts(v.now, v.who) })
	if err != nil {
		return nil, err
	}
	for i := range conflicts {
		view.Conflicts = append(view.Conflicts, v.conflict(&conflicts[i], ""))
	}
	for _, n := range v.changes("") {
		view.Tasks = append(view.Tasks, console.Task{ID: hearOf + n.About, What: ofShop(v, n.Shop, said(n.Reason))})
	}
	seen := map[plan.ID]bool{"": true}
	for i := range v.events {
		id := v.events[i].Campaign
		if seen[id] {
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
	return view, nil
}

func boolText(b bool) string {
	if b {
		return "1"
	}
	return "0"
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

// hostShop is one shop of the page.
func (v *visit) hostShop(s *plan.ShopView, zone *time.Location) (console.HostShop, error) {
	h := v.look(&s.Shop)
	out := console.HostShop{Name: s.Shop.Name, Size: console.Unknown, Needs: console.Unknown, Takes: console.Unknown, Live: h.live(0)}
	if c := s.Capacity; c.OrdersPerMinute > 0 {
		out.Takes, out.Measured = int(c.OrdersPerMinute+0.5), c.At.In(zone)
	}
	e := v.pressing(s.Shop.ID, "")
	if e == nil {
		return out, nil
	}
	r, err := v.read(e.Campaign)
	if err != nil {
		return out, err
	}
	out.Href = console.Path("/plan/campaign/" + string(e.Campaign))
	if stage := stageOf(e, v.now); stage == justOver || stage == isOver || stage == calledOff {
		return out, nil
	}
	out.Next, out.Size, out.Verdict = e.From.In(zone), r.size(e.Ref), r.verdict()
	if l := r.readiness.Load; l.People > 0 {
		out.Needs = int(l.Orders + 0.5)
	}
	if l := r.readiness.Load; l.OrdersPerMinute > 0 {
		out.Takes = int(l.OrdersPerMinute + 0.5)
	}
	return out, nil
}
