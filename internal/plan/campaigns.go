package plan

import (
	"fmt"
	"slices"
	"time"
)

// slack is how far in the past a moment may lie that is said to be ahead: clocks
// differ, and a tap takes a while.
const slack = 2 * time.Minute

func (PutCampaign) kind() string   { return "campaign-put" }
func (PutCampaign) action() Action { return KeepCampaigns }
func (c PutCampaign) scope() scope { return scope{shop: c.Shop, campaign: c.Campaign} }

func (c PutCampaign) decide(b *Book, now time.Time, who Actor) (Command, error) {
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
	c.Shop = s.ID
	err = first(named("name", c.Name), text("note", c.Note, maxText), number("stock", float64(c.Stock), 0, maxPeople),
		count("influencers", len(c.Influencers), maxServices))
	for _, id := range c.Influencers {
		if !slices.Contains(s.Parties, Service{id, Influencer}) {
			err = first(err, unknown("party", id))
		}
	}
	if err != nil {
		return nil, err
	}
	open := 0
	for _, id := range s.campaigns {
		old := b.campaigns[id]
		if id == c.Campaign || old.over(now) {
			continue
		}
		if open++; old.Name == c.Name {
			return nil, conflicts(Reason{Kind: "same-name", What: nameFor(who, c.Name), Ref: id})
		}
	}
	if c.New {
		c.Campaign = s.nextCampaign()
		return c, count("campaigns", open+1, maxCampaigns)
	}
	return c, nil
}

// nextCampaign is the id of the shop's next campaign.
func (s *shop) nextCampaign() ID { return ID(fmt.Sprintf("%s-%d", s.ID, len(s.campaigns)+1)) }

func (c PutCampaign) tell(*Book) Reason {
	if c.New {
		return Reason{Kind: "campaign-begun", What: c.Name, Ref: c.Campaign}
	}
	return Reason{Kind: "campaign-changed", What: c.Name, Ref: c.Campaign}
}

func (c PutCampaign) apply(b *Book, a *Act) {
	p := b.campaigns[c.Campaign]
	if p == nil {
		if p = b.begin(c.Shop, c.Campaign, a.At); p == nil {
			return
		}
	}
	p.Name, p.Note, p.Influencers, p.Stock = c.Name, c.Note, c.Influencers, c.Stock
}

// begin makes a campaign of the shop, or nil if there is no such shop.
func (b *Book) begin(shopID, id ID, at time.Time) *campaign {
	s := b.shops[shopID]
	if s == nil {
		return nil
	}
	p := &campaign{
		Campaign:  Campaign{ID: id, Shop: shopID, Created: at},
		confirmed: map[promise]kept{}, changes: map[string]change{}, moves: map[ID][]move{}, heard: map[hearing]time.Time{},
		said: map[ID]saying{}, looked: map[ID][]found{}, outcomes: map[ID]Outcome{},
	}
	b.campaigns[id] = p
	s.campaigns = append(s.campaigns, id)
	return p
}

func (PutPost) kind() string   { return "post-put" }
func (PutPost) action() Action { return KeepPosts }
func (c PutPost) scope() scope { return scope{campaign: c.Campaign} }

func (c PutPost) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, s, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	p := &c.Post
	p.At, p.State, c.Was = utc(p.At), Planned, time.Time{}
	if err := p.check(s, now); err != nil {
		return nil, err
	}
	if p.Party != "" && !k.takesPart(s, Service{p.Party, Influencer}) {
		return nil, unknown("party", p.Party)
	}
	if who.Role == Influencer && p.Party == "" {
		p.Party = who.Party
	}
	if err := p.proven(k.post(p.ID)); err != nil {
		return nil, err
	}
	if c.New = p.ID == ""; c.New {
		p.ID = k.nextMoment()
		if err := count("posts", len(k.Posts)+1, maxPosts); err != nil {
			return nil, err
		}
	} else {
		old := k.post(p.ID)
		if old == nil {
			return nil, unknown("post", p.ID)
		}
		if err := b.owns(who, old.Party); err != nil {
			return nil, err
		}
		if old.State == Cancelled {
			return nil, conflicts(Reason{Kind: "cancelled-already", What: nameFor(who, old.label()), Ref: old.ID})
		}
		if p.Source == (Source{}) {
			p.Source = old.Source // who changes it here need not know of it
		}
		switch p.State, c.Was = old.State, old.At; {
		case old.State == Out:
			p.At = old.At // what was, was
		case !p.At.Equal(old.At):
			p.State = Planned
		}
	}
	if err := first(b.owns(who, p.Party), p.Source.check(b, s, p.ID, who)); err != nil {
		return nil, err
	}
	if !p.At.Equal(c.Was) && p.At.Before(now.Add(-slack)) {
		return nil, invalid(Reason{Kind: "in-past", At: p.At.In(s.zone)})
	}
	for i := range k.Posts {
		if o := &k.Posts[i]; o.ID != p.ID && o.State != Cancelled && o.Channel == p.Channel && o.Account == p.Account && o.At.Equal(p.At) {
			return nil, conflicts(Reason{Kind: "same-post", What: nameFor(who, o.label()), Ref: o.ID})
		}
	}
	return c, nil
}

// nextMoment is the id of the campaign's next post or evening.
func (c *campaign) nextMoment() ID { return ID(fmt.Sprintf("%s.%d", c.ID, c.momentsN+1)) }

// owns refuses an influencer what is another's.
func (b *Book) owns(who Actor, party ID) error {
	if who.Role == Influencer && party != "" && party != who.Party {
		return denied(Reason{Kind: "not-yours", Who: b.nameOf(party)})
	}
	return nil
}

// takesPart reports whether a party in its role belongs to the campaign.
func (c *Campaign) takesPart(s *shop, v Service) bool {
	return slices.Contains(s.Parties, v) && (v.Role != Influencer || len(c.Influencers) == 0 || slices.Contains(c.Influencers, v.Party))
}

// check refuses what is no post of the shop.
func (p *Post) check(s *shop, now time.Time) error {
	err := first(text("name", p.Name, maxName), text("account", p.Account, maxName), text("coupon", p.Coupon, maxName),
		number("reach", float64(p.Reach), 0, maxPeople), number("followers", float64(p.Followers), 0, maxPeople),
		number("stock", float64(p.Stock), 0, maxPeople), number("click", p.Click, 0, 1), number("buy", p.Buy, 0, 1),
		number("price", p.Price, 0, 1e9), span("slip", p.Slip, 0, 7*day), link(p.Link, s.Domains), soon("at", p.At, now))
	if p.Channel != "" && !isID(ID(p.Channel)) {
		err = first(err, invalid(Reason{Kind: "bad-channel"}))
	}
	if p.label() == "" {
		err = first(err, invalid(Reason{Kind: "empty", What: "channel"}))
	}
	return err
}

func (c PutPost) tell(b *Book) Reason {
	r := b.about(c.Campaign, Reason{What: c.Post.label(), Ref: c.Post.ID, At: c.Post.At, Was: c.Was})
	switch {
	case c.New:
		r.Kind = "post-added"
	case c.Was.Equal(c.Post.At):
		r.Kind = "post-changed"
	default:
		r.Kind = "moved"
	}
	return r
}

// about puts the moments of a reason into the zone of the campaign's shop.
func (b *Book) about(id ID, r Reason) Reason {
	zone := time.UTC
	if k := b.campaigns[id]; k != nil && b.shops[k.Shop] != nil {
		zone = b.shops[k.Shop].zone
	}
	if !r.At.IsZero() {
		r.At = r.At.In(zone)
	}
	if !r.Was.IsZero() {
		r.Was = r.Was.In(zone)
	}
	return r
}

func (c PutPost) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	r := c.tell(b)
	if old := k.post(c.Post.ID); old != nil {
		if !old.At.Equal(c.Post.At) {
			delete(k.said, c.Post.ID)
		}
		*old = c.Post
	} else {
		k.momentsN++
		k.Posts = append(k.Posts, c.Post)
		b.shops[k.Shop].giveCode(c.Post.ID)
	}
	if r.Kind != "post-changed" {
		k.follow(a.Actor.service(), c.Was, c.Post.At)
		k.changed(string(c.Post.ID), a, c.Post.At, c.Was, r)
	}
}

func (PutEvening) kind() string   { return "evening-put" }
func (PutEvening) action() Action { return KeepPosts }
func (c PutEvening) scope() scope { return scope{campaign: c.Campaign} }

func (c PutEvening) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, s, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	e := &c.Evening
	e.Start, e.State, c.Was = utc(e.Start), Planned, time.Time{}
	err = first(named("name", e.Name), soon("start", e.Start, now), span("pre-queue", e.PreQueue, 0, day),
		span("lasts", e.Lasts, time.Minute, 14*day), number("reach", float64(e.Reach), 0, maxPeople))
	if err != nil {
		return nil, err
	}
	if c.New = e.ID == ""; c.New {
		e.ID = k.nextMoment()
		err = count("evenings", len(k.Evenings)+1, maxEvenings)
	} else {
		old := k.evening(e.ID)
		switch {
		case old == nil:
			return nil, unknown("evening", e.ID)
		case old.State == Cancelled:
			return nil, conflicts(Reason{Kind: "cancelled-already", What: nameFor(who, old.Name), Ref: old.ID})
		}
		if e.Source == (Source{}) {
			e.Source = old.Source
		}
		if c.Was = old.Start; !e.Start.Equal(old.Start) && old.Start.Before(now.Add(-slack)) {
			return nil, conflicts(Reason{Kind: "begun-already", What: nameFor(who, old.Name), Ref: old.ID, At: old.Start.In(s.zone)})
		}
	}
	err = first(err, e.Source.check(b, s, e.ID, who))
	for i := range k.Evenings {
		if o := &k.Evenings[i]; o.ID != e.ID && o.State != Cancelled && o.Name == e.Name && o.Start.Equal(e.Start) {
			return nil, conflicts(Reason{Kind: "same-post", What: nameFor(who, o.Name), Ref: o.ID})
		}
	}
	if err == nil && !e.Start.Equal(c.Was) && e.Start.Before(now.Add(-slack)) {
		err = invalid(Reason{Kind: "in-past", At: e.Start.In(s.zone)})
	}
	return c, err
}

func (c PutEvening) tell(b *Book) Reason {
	r := b.about(c.Campaign, Reason{What: c.Evening.Name, Ref: c.Evening.ID, At: c.Evening.Start, Was: c.Was})
	switch {
	case c.New:
		r.Kind = "evening-added"
	case c.Was.Equal(c.Evening.Start):
		r.Kind = "evening-changed"
	default:
		r.Kind = "moved"
	}
	return r
}

func (c PutEvening) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	r := c.tell(b)
	if old := k.evening(c.Evening.ID); old != nil {
		*old = c.Evening
	} else {
		k.momentsN++
		k.Evenings = append(k.Evenings, c.Evening)
	}
	k.follow(a.Actor.service(), c.Was, c.Evening.Start)
	k.changed(string(c.Evening.ID), a, c.Evening.Start, c.Was, r)
}
