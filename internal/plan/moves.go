package plan

import (
	"time"
)

// Slipping, calling off and "I'm posting now" are never forbidden by what they clash
// with: people do it anyway, and a plan that argues is not told.

func (Slip) kind() string   { return "slipped" }
func (Slip) action() Action { return SlipOrCancel }
func (c Slip) scope() scope { return scope{campaign: c.Campaign} }

// ahead is a post or evening of the campaign that can still be moved by the actor.
func (b *Book) ahead(now time.Time, who Actor, campaign, id ID) (moment, *shop, error) {
	k, s, err := b.running(now, who, campaign)
	if err != nil {
		return moment{}, nil, err
	}
	m, found := k.find(id)
	switch {
	case !found:
		return m, nil, unknown("post", id)
	case m.state == Cancelled:
		return m, nil, conflicts(Reason{Kind: "cancelled-already", What: nameFor(who, m.what), Ref: id})
	case m.state == Out:
		return m, nil, conflicts(Reason{Kind: "out-already", What: nameFor(who, m.what), Ref: id, At: m.at.In(s.zone)})
	case m.evening && m.at.Before(now.Add(-slack)):
		return m, nil, conflicts(Reason{Kind: "begun-already", What: nameFor(who, m.what), Ref: id, At: m.at.In(s.zone)})
	}
	return m, s, b.owns(who, m.party)
}

func (c Slip) decide(b *Book, now time.Time, who Actor) (Command, error) {
	m, s, err := b.ahead(now, who, c.Campaign, c.Moment)
	if err != nil {
		return nil, err
	}
	if err := first(text("why", c.Why, maxName), span("by", c.By, -60*day, 60*day)); err != nil {
		return nil, err
	}
	c.Was = m.at
	if c.To = utc(c.To); c.By != 0 {
		c.To = m.at.Add(c.By)
	}
	if err := soon("to", c.To, now); err != nil {
		return nil, err
	}
	if c.To.Before(now.Add(-slack)) {
		return nil, invalid(Reason{Kind: "in-past", At: c.To.In(s.zone)})
	}
	return c, nil
}

func (c Slip) tell(b *Book) Reason {
	m := b.momentOf(c.Campaign, c.Moment)
	return b.about(c.Campaign, Reason{Kind: "moved", What: m.what, Ref: c.Moment, Other: c.Why, At: c.To, Was: c.Was})
}

func (b *Book) momentOf(campaign, id ID) moment {
	if k := b.campaigns[campaign]; k != nil {
		m, _ := k.find(id)
		return m
	}
	return moment{}
}

func (c Slip) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	if p := k.post(c.Moment); p != nil {
		p.At, p.State = c.To, Planned // of what was called nothing is certain any more
		delete(k.said, p.ID)
	} else if e := k.evening(c.Moment); e != nil {
		e.Start = c.To
	} else {
		return
	}
	k.follow(a.Actor.service(), c.Was, c.To)
	k.changed(string(c.Moment), a, earlier(c.To, c.Was), c.Was, c.tell(b))
}

// follow moves what was confirmed for a moment along with it, for who moved it: they
// have said yes to the new one.
func (c *campaign) follow(by Service, was, to time.Time) {
	for p, given := range c.confirmed {
		if p.by == by && !given.no && given.moment.Equal(was) {
			given.moment = to
			c.confirmed[p] = given
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (Cancel) kind() string   { return "cancelled" }
func (Cancel) action() Action { return SlipOrCancel }
func (c Cancel) scope() scope { return scope{campaign: c.Campaign} }

func (c Cancel) decide(b *Book, now time.Time, who Actor) (Command, error) {
	if err := text("why", c.Why, maxName); err != nil {
		return nil, err
	}
	if c.Moment != "" {
		_, _, err := b.ahead(now, who, c.Campaign, c.Moment)
		return c, err
	}
	k, _, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	ahead := len(k.Posts)+len(k.Evenings) == 0
	for i := range k.Posts {
		if p := &k.Posts[i]; p.State == Planned || p.State == Called {
			ahead, err = true, first(err, b.owns(who, p.Party))
		}
	}
	for i := range k.Evenings {
		e := &k.Evenings[i]
		ahead = ahead || e.State == Planned && !e.Start.Before(now)
	}
	if err == nil && !ahead {
		err = conflicts(Reason{Kind: "nothing-ahead"})
	}
	return c, err
}

func (c Cancel) tell(b *Book) Reason {
	if k := b.campaigns[c.Campaign]; c.Moment == "" && k != nil {
		return Reason{Kind: "campaign-cancelled", What: k.Name, Ref: c.Campaign, Other: c.Why}
	}
	m := b.momentOf(c.Campaign, c.Moment)
	return b.about(c.Campaign, Reason{Kind: "moment-cancelled", What: m.what, Ref: c.Moment, Other: c.Why, At: m.at})
}

func (c Cancel) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	r, at := c.tell(b), a.At
	switch p, e := k.post(c.Moment), k.evening(c.Moment); {
	case c.Moment == "":
		if t, planned := k.Begins(); planned {
			at = t
		}
		k.callOff(a.At)
	case p != nil:
		p.State, at = Cancelled, p.At
	case e != nil:
		e.State, at = Cancelled, e.Start
	default:
		return
	}
	k.changed(string(c.Moment), a, at, time.Time{}, r)
}

// callOff calls off all that is ahead: the campaign itself, if nothing of it has begun.
func (c *Campaign) callOff(now time.Time) {
	begun := false
	for i := range c.Posts {
		if p := &c.Posts[i]; p.State == Out {
			begun = true
		} else {
			p.State = Cancelled
		}
	}
	for i := range c.Evenings {
		if e := &c.Evenings[i]; e.State != Cancelled && e.Start.Before(now) {
			begun = true
		} else {
			e.State = Cancelled
		}
	}
	c.Cancelled = !begun
}

func (PostNow) kind() string   { return "posting" }
func (PostNow) action() Action { return SayPosting }
func (c PostNow) scope() scope { return scope{campaign: c.Campaign} }

func (c PostNow) decide(b *Book, now time.Time, who Actor) (Command, error) {
	m, _, err := b.ahead(now, who, c.Campaign, c.Post)
	if err != nil {
		return nil, err
	}
	if m.evening {
		return nil, unknown("post", c.Post)
	}
	if err := span("in", c.In, 0, day); err != nil {
		return nil, err
	}
	c.At, c.Was, c.Before = now.Add(c.In), m.at, m.state
	return c, nil
}

func (c PostNow) tell(b *Book) Reason {
	m := b.momentOf(c.Campaign, c.Post)
	r := b.about(c.Campaign, Reason{Kind: "posted", What: m.what, Ref: c.Post, At: c.At, Was: c.Was, For: c.In})
	if c.In > 0 {
		r.Kind = "posting-in"
	}
	return r
}

func (c PostNow) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	p := k.post(c.Post)
	if p == nil {
		return
	}
	r := c.tell(b)
	if p.At, p.State = c.At, Called; c.In == 0 {
		p.State = Out
	}
	k.said[p.ID] = saying{at: a.At, by: a.Actor.service(), was: c.Was, before: c.Before}
	k.follow(a.Actor.service(), c.Was, c.At)
	k.changed(string(c.Post), a, c.At, c.Was, r)
}

// reportedOnce is how near two reports of the same account are one: everybody who
// sees a post taps. A guess.
const reportedOnce = 10 * time.Minute

func (ReportPost) kind() string   { return "post-reported" }
func (ReportPost) action() Action { return ReportPosts }
func (c ReportPost) scope() scope { return scope{shop: c.Shop, campaign: c.Campaign} }

func (c ReportPost) decide(b *Book, now time.Time, who Actor) (Command, error) {
	var s *shop
	var err error
	if c.New = c.Campaign == ""; c.New {
		s, err = b.shopOf(who, c.Shop)
	} else {
		_, s, err = b.running(now, who, c.Campaign)
	}
	if err != nil {
		return nil, err
	}
	if c.Shop, c.At = s.ID, utc(c.At); c.At.IsZero() {
		c.At = now
	}
	if c.At.After(now.Add(slack)) {
		return nil, invalid(Reason{Kind: "in-future", What: "at"})
	}
	if c.At.Before(now.Add(-day)) {
		return nil, invalid(Reason{Kind: "long-ago", For: day})
	}
	p := c.post()
	if p.Channel == "" && p.Account == "" {
		p.Name = "?" // nothing but the shop has to be known
	}
	if err := first(p.check(s, now), p.Source.check(b, s, "", who)); err != nil {
		return nil, err
	}
	open := 0
	for _, id := range s.campaigns {
		k := b.campaigns[id]
		if k.over(now) {
			continue
		}
		open++
		for i := range k.Posts {
			if o := &k.Posts[i]; o.State == Out && o.Channel == p.Channel && o.Account == p.Account && o.At.Sub(c.At).Abs() < reportedOnce {
				return nil, conflicts(Reason{Kind: "reported-already", Ref: o.ID, At: o.At.In(s.zone)})
			}
		}
	}
	if c.New {
		c.Campaign = s.nextCampaign()
		c.Post = c.Campaign + ".1"
		return c, count("campaigns", open+1, maxCampaigns)
	}
	k := b.campaigns[c.Campaign]
	c.Post = k.nextMoment()
	return c, count("posts", len(k.Posts)+1, maxPosts)
}

func (c ReportPost) post() Post {
	return Post{ID: c.Post, Channel: c.Channel, Account: c.Account, Reach: c.Reach, Link: c.Link, At: c.At, State: Out, Source: c.Source}
}

func (c ReportPost) tell(b *Book) Reason {
	p := c.post()
	r := b.about(c.Campaign, Reason{Kind: "reported", What: p.label(), Ref: c.Post, At: c.At})
	if s := b.shops[c.Shop]; s != nil {
		r.At = c.At.In(s.zone) // the campaign is not there yet
	}
	return r
}

func (c ReportPost) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		if k = b.begin(c.Shop, c.Campaign, a.At); k == nil {
			return
		}
		k.Unplanned = true
	}
	k.momentsN++
	k.Posts = append(k.Posts, c.post())
	k.said[c.Post] = saying{at: a.At, by: a.Actor.service()}
	b.shops[k.Shop].giveCode(c.Post)
	k.changed(string(c.Post), a, c.At, time.Time{}, c.tell(b))
}
