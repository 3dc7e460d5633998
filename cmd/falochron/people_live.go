package main

import (
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// standBehind says which shops the edge has now. What was found of them before stays.
func (p *planPages) standBehind(cfg *config.Config) {
	p.keeping.Lock()
	defer p.keeping.Unlock()
	e := edgesOf(cfg)
	if old := p.behind.Load(); old != nil {
		e.Kept = old.Kept
	} else if old, known := readEdges(p.data); known && p.data != "" {
		e.Kept = old.Kept
	}
	p.setBehind(&e)
}

// setBehind puts it in force, and keeps it. Called while keeping.
func (p *planPages) setBehind(e *edges) {
	p.behind.Store(e)
	if p.data == "" {
		return
	}
	if err := e.write(p.data); err != nil {
		p.log.Warn("which shop of the plan is here is not known to the next start", "error", err)
	}
}

// behindOf is the name under which the edge has a shop of the plan, see [edges.find];
// empty: it has not.
func (p *planPages) behindOf(s *plan.Shop) string {
	e := p.behind.Load()
	if e == nil {
		return ""
	}
	name, news := e.find(s, p.planned)
	if news {
		p.keepTie(edgeTie{name, s.ID})
	}
	return name
}

// keepTie keeps which shop of the plan the only one here is.
func (p *planPages) keepTie(t edgeTie) {
	p.keeping.Lock()
	defer p.keeping.Unlock()
	e := *p.behind.Load()
	if e.Kept == t {
		return
	}
	e.Kept = t
	p.setBehind(&e)
	p.log.Info("the only shop of the plan is the one behind this edge, and stays it", "shop", t.Shop, "planned", t.Plan)
}

// planned are the shops of the plan.
func (p *planPages) planned() (out []plan.ID) {
	p.plan.Read(func(b *plan.Book) { out = shopsPlanned(b, p.now()) })
	return out
}

func shopsPlanned(b *plan.Book, now time.Time) (out []plan.ID) {
	all, err := b.Shops(now, plan.Actor{Role: plan.Operator})
	if err != nil {
		return nil
	}
	for i := range all {
		out = append(out, all[i].Shop.ID)
	}
	return out
}

// isApart reports that a shop is not behind this edge, so that nothing of its plan
// reaches the fans here.
func (p *planPages) isApart(id plan.ID) bool {
	if p.behind.Load() == nil {
		return false
	}
	s, known := p.shopPlanned(id)
	return known && p.behindOf(&s) == ""
}

func (p *planPages) shopPlanned(id plan.ID) (s plan.Shop, known bool) {
	p.plan.Read(func(b *plan.Book) { s, known = shopPlanned(b, p.now(), id) })
	return s, known
}

func shopPlanned(b *plan.Book, now time.Time, id plan.ID) (plan.Shop, bool) {
	all, err := b.Shops(now, plan.Actor{Role: plan.Operator})
	i := slices.IndexFunc(all, func(s plan.ShopView) bool { return s.Shop.ID == id })
	if err != nil || i < 0 {
		return plan.Shop{}, false
	}
	return all[i].Shop, true
}

// tellApart says once of each shop of the plan that it is not here.
func (p *planPages) tellApart(ids []plan.ID) {
	news := slices.DeleteFunc(slices.Clone(ids), func(id plan.ID) bool { return slices.Contains(p.apart, id) })
	p.apart = ids
	e := p.behind.Load()
	if len(news) == 0 || e == nil {
		return
	}
	p.log.Warn("shops of the plan are not behind this Falochron: nothing of them reaches fans here; for one that is, say plan: and its id at the shop in the configuration", "shops", news)
	if len(e.Shops) == 0 {
		return
	}
	for _, id := range news {
		p.notes.Append(falochron.Record{Time: p.now(), Shop: e.Shops[0].Name, Note: "The shop " + string(id) + " of the plan is not behind this Falochron: its posts, links and evenings do not count here."})
	}
}

// here is a shop of the plan as the edge sees it.
type here struct {
	glance
	name    string
	known   bool
	soldOut map[string]bool // paths
}

// look is how a shop of the plan is now.
func (p *planPages) look(s *plan.Shop) (h here) {
	if h.name = p.behindOf(s); h.name == "" || p.pulse == nil {
		return h
	}
	h.glance, h.known = p.pulse.glance(h.name)
	h.soldOut = p.soldOut(h.name)
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
		SoldOut: h.soldOut,
	}
}

// flow is a shop's last minute as vessels.
func (h here) flow() console.Flow {
	const no = console.Unknown
	f := console.Flow{
		Arrivals: no, ArrivalsBefore: no, EdgeShare: no, ToLine: no, InLine: no, InLineBefore: no, LetIn: no, Inside: no,
		ShopBusy: no, ShopBusyBefore: no, Orders: no, DatabaseBusy: no, DatabaseBusyBefore: no, Left: no,
	}
	if !h.known {
		return f
	}
	v := &h.vitals
	f.Arrivals, f.ArrivalsBefore, f.ArrivalsTop, f.EdgeShare = h.people, h.peopleBefore, max(h.top, 1), h.edgeShare
	f.InLine, f.InLineTop, f.Wait = float64(v.InLine), max(h.lineTop, 1), h.wait()
	f.DatabaseBusy, f.DatabaseUnasked, f.Left = h.now.database, !h.asked, h.left
	f.LetIn, f.Held, f.Inside = v.PlacesPerSecond*60, v.Mode == falochron.ModeHold, float64(v.Inside)
	f.ShopBusy, f.ShopDown = h.now.busy, h.down
	if !h.ago.at.IsZero() {
		f.InLineBefore, f.ShopBusyBefore, f.DatabaseBusyBefore = h.ago.inLine, h.ago.busy, h.ago.database
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
