package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// What a post is to its readers, the most pressing first.
const (
	goingOn = iota
	wasCalled
	near     // it begins within stillOf
	justOver // it ended within stillOf: how it went is of interest
	ahead
	isOver
	calledOff
)

// stillOf is how near two posts must be for the next to push away the one before. A
// guess.
const stillOf = 3 * time.Hour

// waveLasts is how long a post is said to be going on, as the plan counts it.
const waveLasts = time.Hour

// stageOf says how far an event has come.
func stageOf(e *plan.Event, now time.Time) int {
	switch {
	case e.State == plan.Cancelled:
		return calledOff
	case !now.Before(e.Until.Add(e.Slip + stillOf)):
		return isOver
	case !now.Before(e.Until.Add(e.Slip)):
		return justOver
	case e.State == plan.Out, e.Kind == plan.EveningEvent && !now.Before(e.From):
		return goingOn
	case e.State == plan.Called:
		return wasCalled
	case e.From.Sub(now) <= stillOf:
		return near
	}
	return ahead
}

// pressing is the post or evening that matters most now: the newest of those going
// on, then what was called, then the next, then the last one that is over. With a
// shop or a campaign only theirs count. Nil: there is none.
func (v *visit) pressing(shop, campaign plan.ID) *plan.Event {
	var best *plan.Event
	for i := range v.events {
		e := &v.events[i]
		if e.Campaign == "" || shop != "" && e.Shop != shop || campaign != "" && e.Campaign != campaign {
			continue
		}
		if best == nil || nearer(e, best, v.now) < 0 {
			best = e
		}
	}
	return best
}

// nearer compares how pressing two events are.
func nearer(a, b *plan.Event, now time.Time) int {
	x, y := stageOf(a, now), stageOf(b, now)
	if x != y {
		return x - y
	}
	if x == wasCalled || x == near || x == ahead {
		return a.From.Compare(b.From)
	}
	return b.From.Compare(a.From)
}

// mine leaves out the posts of other influencers.
func (v *visit) mine(e *plan.Event, k *plan.Campaign) bool {
	if v.who.Role != plan.Influencer {
		return true
	}
	i := slices.IndexFunc(k.Posts, func(p plan.Post) bool { return p.ID == e.Ref })
	return i < 0 || k.Posts[i].Party == "" || k.Posts[i].Party == v.who.Party
}

// ownPost reports whether a post is the reader's to change: of another influencer it is
// not.
func (v *visit) ownPost(id string, k *plan.Campaign) bool {
	return v.mine(&plan.Event{Ref: plan.ID(id)}, k)
}

// postsOf are the posts and evenings of a campaign for its page, by time.
func postsOf(k *plan.Campaign, now time.Time, come func(since time.Time) int) (out []console.Post) {
	for i := range k.Posts {
		out = append(out, postOf(k, &k.Posts[i], now, come))
	}
	for i := range k.Evenings {
		e := &k.Evenings[i]
		p := console.Post{ID: string(e.ID), Kind: "evening", Channel: "timed-drop", Account: e.Name, At: e.Start, Reach: known(e.Reach), State: console.Planned}
		switch {
		case k.Cancelled || e.State == plan.Cancelled:
			p.State = console.Cancelled
		case !now.Before(e.Start.Add(e.Lasts)):
			p.State = console.After
		case !now.Before(e.Start):
			p.State = console.Wave
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b console.Post) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// postOf is a post for people. come counts who has come since a moment.
func postOf(k *plan.Campaign, p *plan.Post, now time.Time, come func(since time.Time) int) console.Post {
	out := console.Post{
		ID: string(p.ID), Kind: "post", Channel: p.Channel, Account: p.Account, At: p.At, May: p.Slip, Reach: known(p.Reach),
		Link: p.Link, Coupon: p.Coupon, Price: price(p.Price), State: console.Planned,
	}
	if out.Channel == "" {
		out.Channel = p.Name
	}
	if p.Proof {
		out.Proof = &console.Proof{Kind: string(p.Shown.Kind), Date: p.Shown.Date, Link: p.Shown.Link, Note: p.Shown.Note}
	}
	switch {
	case k.Cancelled || p.State == plan.Cancelled:
		out.State = console.Cancelled
	case p.State == plan.Called:
		out.State = console.Soon
	case p.State == plan.Out && !now.Before(p.At.Add(waveLasts)):
		out.State = console.After
	case p.State == plan.Out && k.Unplanned:
		out.State = console.Unplanned
	case p.State == plan.Out && come(p.At) > 0:
		out.State = console.Wave
	case p.State == plan.Out:
		out.State = console.Posting
	}
	return out
}

// isOut reports whether people come, or may, because of a post.
func isOut(s console.State) bool {
	return s == console.Posting || s == console.Wave || s == console.Unplanned
}

// known is a number of which 0 says that nobody knows it.
func known(n int) int {
	if n == 0 {
		return console.Unknown
	}
	return n
}
