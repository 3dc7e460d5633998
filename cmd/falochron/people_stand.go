package main

import (
	"slices"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// How many campaigns the page of all shops tells how they stand, and for how many things
// a reader is told that he waits; the campaign's page has all.
const (
	standsAtOnce = 3
	waitsAtOnce  = 3
)

// standOf is how a campaign stands for the reader, in sentences.
func standOf(s *plan.Standing) *console.Stand {
	out := &console.Stand{Happening: said(s.Happening), Ask: said(s.Ask)}
	for _, p := range s.WaitOnYou {
		out.WaitOnYou = append(out.WaitOnYou, said(plan.Reason{Kind: "waits-on-you", Who: p.Name, Role: p.Role}))
	}
	for i := range s.WaitsOn[:min(len(s.WaitsOn), waitsAtOnce)] {
		out.WaitsOn = append(out.WaitsOn, said(s.WaitsOn[i].Reason))
	}
	out.MoreWaits = len(s.WaitsOn) - len(out.WaitsOn)
	return out
}

// stands are how the most pressing campaigns stand for the reader, with the others in
// them and whom to thank.
func (v *visit) stands() (out []console.Stand, err error) {
	all := make([]*plan.Event, 0, len(v.events))
	for i := range v.events {
		if e := &v.events[i]; e.Campaign != "" && stageOf(e, v.now) != calledOff {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b *plan.Event) int { return nearer(a, b, v.now) })
	seen := map[plan.ID]bool{}
	for _, e := range all {
		if len(out) == standsAtOnce {
			break
		}
		if seen[e.Campaign] {
			continue
		}
		seen[e.Campaign] = true
		k, err := v.campaignView(e.Campaign)
		if err != nil {
			return nil, err
		}
		shop, _ := v.shopView(e.Shop)
		h := v.look(&shop.Shop)
		var standing plan.Standing
		v.plan.Read(func(b *plan.Book) { standing, err = b.Standing(v.now, v.who, e.Campaign, h.forPlan()) })
		if err != nil {
			return nil, err
		}
		s := standOf(&standing)
		s.Campaign, s.Shop, s.Href = nameOf(&k.Campaign), e.ShopName, console.Path("/plan/campaign/"+string(e.Campaign))
		s.Owe, s.Thanks = slices.DeleteFunc(partiesOf(&k), v.isReader), thanksOf(&standing)
		out = append(out, *s)
	}
	return out, nil
}

// isReader reports whether a party is the reader's own.
func (v *visit) isReader(p console.Party) bool {
	return p.Role == console.Role(v.who.Role) && p.Name == v.name
}
