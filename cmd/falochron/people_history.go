package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// historyShown is how many campaigns the page shows, and historyLines how many decisions
// of each, at most.
const (
	historyShown = 20
	historyLines = 12
)

// historyPage lists what is over: what was foretold, what came, and who decided what.
func historyPage(v *visit) (console.View, error) {
	view := &console.HistoryView{Frame: v.frame(v.zone())}
	if v.shop != "" {
		s, err := v.shopPage() // or there is no such shop
		if err != nil {
			return nil, err
		}
		view.Shop, view.Frame = s.Shop.Name, v.frame(s.Zone)
	}
	var lines []plan.CampaignLine
	var err error
	v.plan.Read(func(b *plan.Book) { lines, err = b.Campaigns(v.now, v.who) })
	if err != nil {
		return nil, err
	}
	lines = slices.DeleteFunc(lines, func(l plan.CampaignLine) bool {
		ahead := !l.Over && !l.Cancelled && (l.Begins.IsZero() || l.Begins.Add(waveLasts).After(v.now))
		return ahead || v.shop != "" && l.Shop != v.shop
	})
	slices.SortStableFunc(lines, func(x, y plan.CampaignLine) int { return cmp.Or(y.Begins.Compare(x.Begins), cmp.Compare(y.ID, x.ID)) })
	for _, l := range lines {
		if len(view.Campaigns) == historyShown {
			view.More++
			continue
		}
		past, mine, err := v.pastCampaign(l)
		if err != nil {
			return nil, err
		}
		if mine {
			view.Campaigns = append(view.Campaigns, past)
		}
	}
	return view, nil
}

// pastCampaign is one campaign of the page; not mine: it is other influencers' alone.
func (v *visit) pastCampaign(l plan.CampaignLine) (out console.PastCampaign, mine bool, err error) {
	k, err := v.campaignView(l.ID)
	if err != nil {
		return out, false, err
	}
	out = console.PastCampaign{
		Name: nameOf(&k.Campaign), Shop: k.ShopName, Href: console.Path("/plan/campaign/" + string(l.ID)), Begins: l.Begins, Cancelled: l.Cancelled,
	}
	posts := postsOf(&k.Campaign, v.now, func(time.Time) int { return 0 })
	for i := range posts {
		p := posts[i]
		if !v.mine(&plan.Event{Ref: plan.ID(p.ID)}, &k.Campaign) {
			continue
		}
		p.At = p.At.In(k.Zone)
		past := console.PastPost{Post: p}
		if o, known := k.Outcomes[plan.ID(p.ID)]; known {
			past.Came = cameOf(&o)
			if w, seen := k.Waves[plan.ID(p.ID)]; seen && w.What == plan.WaveOver {
				past.Came.Wave = cameWave(&w, k.Zone)
			}
		}
		out.Posts = append(out.Posts, past)
	}
	var audit plan.Audit
	v.plan.Read(func(b *plan.Book) { audit, err = b.CampaignAudit(v.now, v.who, l.ID) })
	out.Decisions = logOf(audit, historyLines)
	return out, len(out.Posts) > 0 || len(posts) == 0, err
}

// cameOf is what a post brought, for people.
func cameOf(o *plan.Outcome) *console.Came {
	c := &console.Came{
		Minute: o.FirstMinute, Hour: o.FirstHour, Before: o.Before, Orders: o.Orders, Longest: o.Longest, Down: o.Down,
		Low: console.Unknown, Mid: console.Unknown, High: console.Unknown,
	}
	if o.Foretold != (plan.Interval{}) {
		c.Low, c.Mid, c.High = int(o.Foretold.Low+0.5), int(o.Foretold.Mid+0.5), int(o.Foretold.High+0.5)
	}
	return c
}

// cameWave is a wave that is over as the page shows it.
func cameWave(w *plan.Sight, zone *time.Location) *console.CameWave {
	out := &console.CameWave{Began: w.Began.In(zone), Ten: w.Came, Low: console.Unknown, High: console.Unknown, Peak: w.Peak, PeakAt: w.PeakAt.In(zone)}
	if w.People != (plan.Interval{}) {
		out.Low, out.High = int(w.People.Low+0.5), int(w.People.High+0.5)
	}
	return out
}

// history prints the past posts of a shop of which it is known what they brought.
func (d *desk) history(id plan.ID) error {
	s, err := d.shop(id)
	if err != nil {
		return err
	}
	var past []plan.PastPost
	d.Read(func(b *plan.Book) { past, err = b.Past(d.now, d.who, id) })
	var rows [][]string
	for i := range past {
		p, o := &past[i].Post, &past[i].Outcome
		foretold, orders := "–", "–"
		if o.Foretold != (plan.Interval{}) {
			foretold = d.lang.Number(o.Foretold.Low) + " – " + d.lang.Number(o.Foretold.High)
		}
		if o.Orders >= 0 {
			orders = d.lang.Number(float64(o.Orders))
		}
		rows = append(rows, []string{
			string(p.ID), clock(o.At, s.Zone), strings.TrimSpace(p.Channel + " " + p.Account), foretold,
			d.lang.Number(float64(o.FirstMinute)), d.lang.Number(float64(o.FirstHour)), orders,
		})
	}
	if err == nil {
		d.table(d.say("ID|OUT|WHERE|FORETOLD|FIRST MINUTE|FIRST HOUR|ORDERS", "ID|UKAZAŁ SIĘ|GDZIE|PROGNOZA|PIERWSZA MINUTA|PIERWSZA GODZINA|ZAMÓWIENIA"), rows)
	}
	return err
}
