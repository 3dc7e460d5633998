package main

import (
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// standBehind says which shops the edge has now.
func (p *planPages) standBehind(cfg *config.Config) {
	all := make([]behind, len(cfg.Shops))
	for i := range cfg.Shops {
		all[i] = behind{cfg.Shops[i].Name, cfg.Shops[i].Hosts}
	}
	p.behind.Store(&all)
}

// behindOf is the name under which the edge has a shop of the plan: the same as its
// id, else the one that answers for one of its domains. Empty: none.
func (p *planPages) behindOf(s *plan.Shop) string {
	list := p.behind.Load()
	if list == nil || s.ID == "" {
		return ""
	}
	for _, b := range *list {
		if b.name == string(s.ID) {
			return b.name
		}
	}
	for _, b := range *list {
		if slices.ContainsFunc(b.hosts, func(h string) bool {
			return slices.ContainsFunc(s.Domains, func(d string) bool { return strings.EqualFold(h, d) })
		}) {
			return b.name
		}
	}
	// One shop behind the edge, under every name, and one in the plan: it is the same.
	if len(*list) == 1 && len((*list)[0].hosts) == 0 && p.shopsPlanned() == 1 {
		return (*list)[0].name
	}
	return ""
}

// shopsPlanned is how many shops the plan has.
func (p *planPages) shopsPlanned() (n int) {
	p.plan.Read(func(b *plan.Book) {
		all, err := b.Shops(p.now(), plan.Actor{Role: plan.Operator})
		if err == nil {
			n = len(all)
		}
	})
	return n
}

// here is a shop of the plan as the edge sees it.
type here struct {
	glance
	name  string
	known bool
}

// look is how a shop of the plan is now.
func (p *planPages) look(s *plan.Shop) (h here) {
	if h.name = p.behindOf(s); h.name == "" || p.pulse == nil {
		return h
	}
	h.glance, h.known = p.pulse.glance(h.name)
	return h
}

// came counts who has come to a shop since a moment; 0 if nobody counted all the time.
func (p *planPages) came(h here) func(time.Time) int {
	return func(from time.Time) int {
		if !h.known {
			return 0
		}
		w, ok := p.pulse.wave(h.name, from, p.now())
		if !ok {
			return 0
		}
		return int(w.people + 0.5)
	}
}

// wait is what is told to who comes now.
func (h here) wait() time.Duration { return h.vitals.Line().Wait }

// live are a shop's numbers in one line.
func (h here) live(people int) console.Live {
	l := console.Live{People: people}
	if !h.known {
		return l
	}
	line := h.vitals.Line() // as fans are told it
	l.InLine, l.Wait = line.InLine, line.Wait
	switch {
	case line.Down:
		l.Shop = "down"
	case line.State == falochron.LineHeld:
		l.Shop = "held"
	case line.State == falochron.LinePrequeue:
		l.Shop = "opening"
	case h.now.busy >= 0.95 || line.InLine > 0:
		l.Shop = "busy"
	default:
		l.Shop = "fine"
	}
	return l
}

// forPlan are the same for the plan's sentences; nil: not known.
func (h here) forPlan() *plan.Live {
	if !h.known {
		return nil
	}
	l := h.vitals.Line()
	return &plan.Live{
		People: l.InLine + h.vitals.Inside, Well: !l.Down, InLine: l.InLine, Line: l.Wait, Held: l.State == falochron.LineHeld, Opens: l.Start,
	}
}

// flow is a shop's last minute as vessels.
func (h here) flow() console.Flow {
	const no = console.Unknown
	f := console.Flow{
		Arrivals: no, ArrivalsBefore: no, EdgeShare: no, ToLine: no, InLine: no, InLineBefore: no, LetIn: no, Inside: no,
		ShopBusy: no, ShopBusyBefore: no, Orders: no, DatabaseBusy: no, DatabaseBusyBefore: no,
	}
	if !h.known {
		return f
	}
	v := &h.vitals
	f.Arrivals, f.ArrivalsBefore, f.ArrivalsTop, f.EdgeShare = h.people, h.peopleBefore, max(h.top, 1), h.edgeShare
	f.InLine, f.InLineTop, f.Wait = float64(v.InLine), max(h.lineTop, 1), h.wait()
	f.LetIn, f.Held, f.Inside = v.PlacesPerSecond*60, v.Mode == falochron.ModeHold, float64(v.Inside)
	f.ShopBusy, f.ShopDown = h.now.busy, h.down
	if !h.ago.at.IsZero() {
		f.InLineBefore, f.ShopBusyBefore = h.ago.inLine, h.ago.busy
	}
	if f.Held || f.ShopDown {
		f.LetIn = 0
	}
	if v.OrdersKnown {
		f.Orders = float64(v.OrdersPerMin)
	}
	return f
}

// shopPage is the shop that a page is of: the one of its address, that of the most
// pressing post, or the reader's first.
func (v *visit) shopPage() (plan.ShopView, error) {
	id := v.shop
	if id == "" {
		if e := v.pressing("", v.campaign); e != nil {
			id = e.Shop
		}
	}
	if id == "" && len(v.shops) > 0 {
		return v.shops[0], nil
	}
	s, ok := v.shopView(id)
	if !ok && v.shop != "" {
		return s, &falochron.Error{Kind: falochron.NotFound, Op: "find the shop", Public: "there is no such shop"}
	}
	return s, nil
}

// vesselsPage shows both chains.
func vesselsPage(v *visit) (console.View, error) {
	s, err := v.shopPage()
	if err != nil {
		return nil, err
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	view := &console.VesselsView{Frame: v.frame(zone), Shop: s.Shop.Name, Flow: v.look(&s.Shop).flow()}
	if e := v.pressing(s.Shop.ID, ""); e != nil {
		k, err := v.campaignView(e.Campaign)
		if err != nil {
			return nil, err
		}
		view.People = partiesOf(&k)
	}
	return view, nil
}
