package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// foretold keeps forecasts: each costs a part of a second of one core, and changes only
// with the posts. The zero value is ready; it is safe for many at once.
type foretold struct {
	worlds int        // of each forecast; 0 = as many as falochron forecast draws
	one    sync.Mutex // held while a forecast is made: shops are served on the other cores
	made   int        // guarded by one

	mu    sync.Mutex
	of    map[plan.ID]*foretelling
	order []plan.ID // the oldest first
}

// keptForecasts is of how many campaigns a forecast is kept, foreseen of how many it is
// made before anybody asks: the nearest.
const (
	keptForecasts = 100
	foreseen      = 50
)

type foretelling struct {
	posts  string // what it was made of
	once   sync.Once
	answer *forecast.Answer
	begins time.Time // the first of its posts, as it was made
}

// forecast is that of a campaign, and the ids of its posts; nil: nothing is known of how
// many come. A campaign that was only moved is not computed anew.
func (f *foretold) forecast(k *plan.Campaign, past ...forecast.Past) (*forecast.Answer, []plan.ID) {
	c, ids := campaignToForecast(k)
	if len(c.Posts) == 0 {
		return nil, nil
	}
	c.Past = past
	first := slices.MinFunc(c.Posts, func(a, b forecast.Post) int { return a.At.Compare(b.At) }).At
	made := ""
	for _, p := range c.Posts {
		made += fmt.Sprintf("%s %s %d %d %v %v %d %s %s", p.Channel, p.Account, p.Reach, p.Followers, p.Proof, p.Limited, p.Stock, p.Slip, p.At.Sub(first))
		for _, share := range []*float64{p.Click, p.Buy} {
			if share != nil {
				made += fmt.Sprint(" ", *share)
			}
			made += ";"
		}
	}
	t := f.kept(k.ID, fmt.Sprint(c.Stock, made, past))
	t.once.Do(func() {
		f.one.Lock()
		defer f.one.Unlock()
		f.made++
		t.answer, t.begins = forecast.Imagine(c, forecastSeed, f.worlds).Answer(), first
	})
	a := *t.answer
	a.Curve.From, a.Begins = a.Curve.From.Add(first.Sub(t.begins)), first
	return &a, ids
}

// foresee makes the forecasts of what lies ahead whenever the plan changes, until ctx
// ends, so that nobody waits for them with a page.
func (p *planPages) foresee(ctx context.Context) {
	for {
		changed := p.plan.Changed()
		p.foreseeAll(ctx)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (p *planPages) foreseeAll(ctx context.Context) {
	for _, k := range p.coming() {
		if ctx.Err() != nil {
			return
		}
		p.forecast(&k)
	}
}

// coming are the nearest campaigns.
func (p *planPages) coming() (out []plan.Campaign) {
	op := plan.Actor{Role: plan.Operator}
	seen := map[plan.ID]bool{"": true}
	p.plan.Read(func(b *plan.Book) {
		now := p.now()
		events, err := b.Calendar(now, op, now.Add(-longAgo), now.Add(calendarAhead))
		if err != nil {
			return
		}
		for i := range events {
			if id := events[i].Campaign; !seen[id] && len(out) < foreseen {
				seen[id] = true
				if k, err := b.Campaign(now, op, id); err == nil {
					out = append(out, k.Campaign)
				}
			}
		}
	})
	return out
}

// kept is the place of a forecast of these posts.
func (f *foretold) kept(id plan.ID, posts string) *foretelling {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = make(map[plan.ID]*foretelling)
	}
	t := f.of[id]
	if t != nil && t.posts == posts {
		return t
	}
	if t == nil {
		f.order = append(f.order, id)
	}
	t = &foretelling{posts: posts}
	f.of[id] = t
	if len(f.order) > keptForecasts {
		delete(f.of, f.order[0])
		f.order = slices.Delete(f.order, 0, 1)
	}
	return t
}

// reading is what can be said of a campaign beside what stands in the plan.
type reading struct {
	facts     plan.Facts
	answer    *forecast.Answer // nil: nothing is known of how many come
	ids       []plan.ID        // of its posts
	readiness plan.Readiness
}

// read computes the readiness of a campaign as the reader may see it. The forecast is
// made of all that stands in the plan; what the reader sees of it are figures.
func (v *visit) read(id plan.ID) (out reading, err error) {
	var whole plan.CampaignView
	v.plan.Read(func(b *plan.Book) {
		if _, err = b.Campaign(v.now, v.who, id); err == nil { // the reader may know of it
			whole, err = b.Campaign(v.now, plan.Actor{Role: plan.Operator}, id)
		}
	})
	if err != nil {
		return out, err
	}
	out.answer, out.ids = v.forecast(&whole.Campaign)
	out.facts = v.factsOf(whole)
	v.plan.Read(func(b *plan.Book) { out.readiness, err = b.Readiness(v.now, v.who, id, out.facts) })
	return out, err
}

// factsOf are what other rooms know of a campaign: the forecast of its posts, and what is
// sold out. What its shop was measured to take stands in the plan.
func (p *planPages) factsOf(k plan.CampaignView) (out plan.Facts) {
	if a, _ := p.forecast(&k.Campaign); a != nil {
		out = forecastFacts(a)
	}
	out.Apart = p.isApart(k.Campaign.Shop)
	if s, known := p.shopPlanned(k.Campaign.Shop); known {
		out.SoldOut = p.soldOut(p.behindOf(&s))
	}
	return out
}

// forecast is that of a campaign, narrowed by what the shop's posts before it brought.
func (p *planPages) forecast(k *plan.Campaign) (*forecast.Answer, []plan.ID) {
	var past []forecast.Past
	p.plan.Read(func(b *plan.Book) { past = pastOf(b, p.now(), k) })
	return p.foretold.forecast(k, past...)
}

// size is how many people a post's first minute brings; Unknown.
func (k *reading) size(post plan.ID) int { return firstMinute(k.answer, k.ids, post) }

func firstMinute(a *forecast.Answer, ids []plan.ID, post plan.ID) int {
	if i := slices.Index(ids, post); i >= 0 && a != nil {
		return int(a.Posts[i].FirstMinute.Mid + 0.5)
	}
	return console.Unknown
}

// size is that of a post which a conflict names, so that the reader may know it.
func (v *visit) size(campaign, post plan.ID) int {
	var k plan.CampaignView
	var err error
	v.plan.Read(func(b *plan.Book) { k, err = b.Campaign(v.now, plan.Actor{Role: plan.Operator}, campaign) })
	if err != nil {
		return console.Unknown // a window has none
	}
	a, ids := v.forecast(&k.Campaign)
	return firstMinute(a, ids, post)
}

// verdict is the readiness as one word.
func (k *reading) verdict() console.Verdict {
	switch {
	case k.readiness.Verdict == "":
		return console.NotKnown
	case k.readiness.Verdict == plan.GoWithLine:
		return console.GoInLine
	case k.readiness.Verdict == plan.Go:
		return console.Go
	case slices.ContainsFunc(k.readiness.Items, func(i plan.Item) bool { return i.Must && i.Status == plan.No }):
		return console.NoGo
	}
	return console.NotYet
}

// why is the readiness in a sentence or two: the numbers, and what comes of them.
func (k *reading) why() console.Text {
	n := 1
	if k.readiness.Load.People > 0 {
		n = 2
	}
	var out console.Text
	for i, s := range k.readiness.Sentences(plan.English)[:n] {
		out = joined(out, console.Text{EN: s, PL: k.readiness.Sentences(plan.Polish)[i]})
	}
	return out
}

// items are what readiness rests on, one by one; with open those only that are not so.
func (k *reading) items(open bool) (out []console.Ready) {
	for i := range k.readiness.Items {
		item := &k.readiness.Items[i]
		if open && item.Status == plan.OK || !open && item.Check != "" {
			continue // all of the page is in its own list
		}
		r := console.Ready{What: itemNames[item.Kind], Verdict: console.Go, Why: said(item.Reason)}
		switch item.Status {
		case plan.NotYet:
			r.Verdict = console.NotYet
		case plan.No:
			r.Verdict = console.NoGo
		}
		out = append(out, r)
	}
	return out
}

// urgent are the first of the open items, and how many more there are: what stands against
// a go before what does not, what is wrong before what is missing.
func (k *reading) urgent(most int) (out []console.Ready, more int) {
	ranked := *k
	ranked.readiness.Items = slices.Clone(k.readiness.Items)
	rank := func(i *plan.Item) (n int) {
		if i.Kind == plan.AboutEdge {
			return -1 // nothing else of it would count
		}
		if !i.Must {
			n += 2
		}
		if i.Status != plan.No {
			n++
		}
		return n
	}
	slices.SortStableFunc(ranked.readiness.Items, func(a, b plan.Item) int { return rank(&a) - rank(&b) })
	out = ranked.items(true)
	n := min(len(out), most)
	return out[:n], len(out) - n
}

// checks are the items of readiness about what was found in the shop.
func (k *reading) checks(v *plan.CampaignView) (out []console.Check) {
	for i := range k.readiness.Items {
		item := &k.readiness.Items[i]
		if item.Check == "" {
			continue
		}
		c := console.Check{ID: string(item.Reason.Ref) + "/" + string(item.Check), Verdict: console.Go, Why: said(item.Reason)}
		switch item.Status {
		case plan.NotYet:
			c.Verdict = console.NotYet
		case plan.No:
			c.Verdict = console.NoGo
		}
		for _, x := range v.Checks {
			if x.Post == item.Reason.Ref && x.What == item.Check && !x.At.IsZero() {
				c.At, c.Hand = x.At.In(v.Zone), x.Hand
			}
		}
		out = append(out, c)
	}
	return out
}

// curvePoints is how many points of a curve are drawn, at most.
const curvePoints = 120

// curve is the forecast as people a minute; nil: there is none. Names are for those
// who may see them.
func (k *reading) curve(c *plan.CampaignView, zone *time.Location) *console.Curve {
	if k.answer == nil || len(k.answer.Curve.Rate) == 0 {
		return nil
	}
	curve := &console.Curve{What: visitors}
	if l := k.readiness.Load; l.OrdersPerMinute > 0 && l.Buy > 0 {
		curve.Limit = l.OrdersPerMinute / l.Buy // so many people a minute can all be served
	}
	rate := k.answer.Curve.Rate
	step := max((len(rate)+curvePoints-1)/curvePoints, 1)
	for i := 0; i < len(rate); i += step {
		at := k.answer.Curve.From.Add(time.Duration(i) * k.answer.Curve.Step).In(zone)
		curve.Points = append(curve.Points, console.CurvePoint{At: at, Low: rate[i].Low * 60, Mid: rate[i].Mid * 60, High: rate[i].High * 60})
	}
	curve.Marks = marksOf(c, func(plan.ID) int { return 0 })
	return curve
}

// marksOf are the posts of a campaign as moments of a curve.
func marksOf(c *plan.CampaignView, by func(plan.ID) int) (out []console.Mark) {
	for i := range c.Campaign.Posts {
		p := &c.Campaign.Posts[i]
		if p.State == plan.Cancelled {
			continue
		}
		what := aPost
		if name := postName(p); name != "" {
			what = console.Text{EN: name, PL: name}
		}
		out = append(out, console.Mark{At: p.At.In(c.Zone), What: what, By: by(p.ID)})
	}
	for i := range c.Campaign.Evenings {
		if e := &c.Campaign.Evenings[i]; e.State != plan.Cancelled {
			what := anEvening
			if e.Name != "" {
				what = console.Text{EN: e.Name, PL: e.Name}
			}
			out = append(out, console.Mark{At: e.Start.In(c.Zone), What: what})
		}
	}
	return out
}

// postName is how people call a post; empty for those who may not see it.
func postName(p *plan.Post) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Account != "":
		return p.Account
	}
	return p.Channel
}
