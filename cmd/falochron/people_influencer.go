package main

import (
	"slices"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// asksAtOnce is how many things the page for a phone asks at once.
const asksAtOnce = 3

// missingAtOnce is how many open things it names. Weeks before a post nearly everything
// is open, and a phone shows four of them without the thumb.
const missingAtOnce = 4

// influencerPage is the page for a phone: the reader's next post, and will it hold?
func influencerPage(v *visit) (console.View, error) {
	if err := v.onlyMine(); err != nil {
		return nil, err
	}
	e, chosen := v.chosen(), true
	if e == nil {
		e, chosen = v.pressing(v.shop, ""), false
	}
	further, later, err := v.further(e) // before the page is one of a shop
	if err != nil {
		return nil, err
	}
	if chosen {
		v.shop = e.Shop
	}
	s, err := v.shopPage()
	if err != nil {
		return nil, err
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	view := &console.InfluencerView{Frame: v.frame(zone), Shop: s.Shop.Name, Further: further, Later: later}
	if len(v.shops) > 1 { // so that every button of the page is of this shop
		view.Home = console.Path("/plan/next/" + string(s.Shop.ID))
	}
	if chosen {
		view.Home = pageOf(e)
	}
	view.Plan = v.planPath("")
	if v.acts(plan.ReportPosts) {
		view.May = append(view.May, console.ActUnplanned)
	}
	if view.Asked = v.inquiries(s.Shop.ID); len(view.Asked) > 0 {
		view.May = append(view.May, console.ActAnswer)
	}
	if v.acts(plan.ConfirmSteps) {
		view.May = append(view.May, console.ActConfirm)
	}
	if v.acts(plan.SpeakToFans) {
		view.May = append(view.May, console.ActTellFans)
	}
	view.Radar = v.radarOf(v.sight(&s.Shop), zone, false)
	if e == nil {
		return view, nil
	}
	return view, v.fillInfluencer(view, e, &s)
}

// onlyMine leaves only what is the reader's own among the events.
func (v *visit) onlyMine() (err error) {
	if v.who.Role != plan.Influencer {
		return nil
	}
	seen := map[plan.ID]plan.CampaignView{}
	v.plan.Read(func(b *plan.Book) {
		for i := range v.events {
			id := v.events[i].Campaign
			if _, known := seen[id]; id == "" || known {
				continue
			}
			if seen[id], err = b.Campaign(v.now, v.who, id); err != nil {
				return
			}
		}
	})
	v.events = slices.DeleteFunc(v.events, func(e plan.Event) bool {
		k, found := seen[e.Campaign]
		return found && !v.mine(&e, &k.Campaign)
	})
	return err
}

// fillInfluencer fills the page of a post.
func (v *visit) fillInfluencer(view *console.InfluencerView, e *plan.Event, s *plan.ShopView) error {
	k, err := v.campaignView(e.Campaign)
	if err != nil {
		return err
	}
	r, err := v.read(e.Campaign)
	if err != nil {
		return err
	}
	h := v.look(&s.Shop)
	came := v.came(h)
	posts := postsOf(&k.Campaign, v.now, came)
	post := &posts[slices.IndexFunc(posts, func(p console.Post) bool { return p.ID == string(e.Ref) })]
	post.At = post.At.In(e.Zone) // a new time is read in it
	v.linksOf(k.Campaign.ID, posts)
	view.Post, view.Verdict, view.Why = post, r.verdict(), r.why()

	var standing plan.Standing
	v.plan.Read(func(b *plan.Book) { standing, err = b.Standing(v.now, v.who, e.Campaign, h.forPlan()) })
	if err != nil {
		return err
	}
	view.Tell, view.Thanks, view.Stand = said(standing.Fans), thanksOf(&standing), standOf(&standing)
	for _, n := range v.changes(e.Campaign) {
		view.Ask = append(view.Ask, console.Task{ID: hearOf + n.About, What: said(n.Reason)})
	}
	for i := range standing.Asked {
		if t := &standing.Asked[i]; !t.Step.Posted {
			view.Ask = append(view.Ask, taskOf(&k, t))
		}
	}
	// The buttons for the post must not sink below a long list; all of it is on the
	// campaign's page.
	slices.SortStableFunc(view.Ask, func(a, b console.Task) int { return a.Due.Compare(b.Due) })
	view.Ask = view.Ask[:min(len(view.Ask), asksAtOnce)]
	for _, p := range partiesOf(&k) {
		if p.Role != console.Role(v.who.Role) || p.Name != v.name {
			view.Owe = append(view.Owe, p)
		}
	}

	switch {
	case post.State == console.Cancelled:
		return nil
	case isOut(post.State) || post.Kind == "evening" && post.State == console.Wave:
		if h.known { // else nobody counts who comes
			l, f := h.live(came(post.At)), h.flow()
			view.Live, view.Flow = &l, &f
		}
	case post.State == console.After:
		view.Verdict, view.Why = console.NotKnown, said(standing.Happening)
		view.Report = v.report(h, e.From)
		if view.Report != nil {
			view.Why = itHeld
			if view.Report.Down > 0 {
				view.Why = itDidNot
			}
		}
	default:
		view.Missing, view.More = r.urgent(missingAtOnce)
		view.Whole = console.Path("/plan/campaign/" + string(e.Campaign))
	}
	view.May = append(view.May, v.mayDo(post)...)
	return nil
}

// mayDo are the buttons of a post that the reader gets.
func (v *visit) mayDo(p *console.Post) (may []console.Act) {
	if p.State != console.Planned && p.State != console.Soon {
		return nil
	}
	if p.Kind != "evening" && v.acts(plan.SayPosting) { // an evening begins by itself
		may = append(may, console.ActNow)
		if p.State == console.Planned {
			may = append(may, console.ActSoon)
		}
	}
	if v.acts(plan.SlipOrCancel) {
		may = append(may, console.ActSlip, console.ActCancel)
	}
	return may
}

// report is how a post went, from what was seen of the shop; nil if it was not looked
// at all the time, as after a restart.
func (v *visit) report(h here, from time.Time) *console.Report {
	if !h.known {
		return nil
	}
	w, ok := v.pulse.wave(h.name, from, v.now)
	if !ok {
		return nil
	}
	out := &console.Report{People: int(w.people + 0.5), Orders: console.Unknown, Longest: w.longest, Gone: int(w.left + 0.5), Down: w.down.Round(time.Second)}
	if w.ordersKnown {
		out.Orders = int(w.orders + 0.5)
	}
	return out
}
