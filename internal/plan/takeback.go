package plan

import "time"

// TakeBackWithin is how long a word can be taken back. Who taps by mistake sees it on
// the same page at once; ten minutes are enough to be told so by the others, who hear of
// it within a minute or two. Later people have come or have not, and what was said is
// history: then a post is moved, called off or announced anew. A guess.
const TakeBackWithin = 10 * time.Minute

// saying is what was last said of a post.
type saying struct {
	at     time.Time
	by     Service
	was    time.Time // its moment before; zero: it was reported
	before State
}

func (TakeBack) kind() string   { return "taken-back" }
func (TakeBack) action() Action { return TakingBack }
func (c TakeBack) scope() scope { return scope{campaign: c.Campaign} }

func (c TakeBack) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, _, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	p := k.post(c.Post)
	if p == nil {
		return nil, unknown("post", c.Post)
	}
	if err := first(b.owns(who, p.Party), text("why", c.Why, maxName)); err != nil {
		return nil, err
	}
	said, any := k.said[c.Post]
	switch {
	case !any || p.State != Out && p.State != Called || now.Sub(said.at) > TakeBackWithin:
		return nil, conflicts(Reason{Kind: "nothing-to-take-back", For: TakeBackWithin})
	case said.by != who.service() && who.Role != Operator && who.Role != MediaHouse:
		return nil, denied(Reason{Kind: "said-by-another", Who: b.nameOf(said.by.Party), Role: said.by.Role})
	}
	c.Was, c.To, c.State = p.At, said.was, said.before
	return c, nil
}

func (c TakeBack) tell(b *Book) Reason {
	m := b.momentOf(c.Campaign, c.Post)
	r := b.about(c.Campaign, Reason{Kind: "taken-back", What: m.what, Ref: c.Post, Other: c.Why, At: c.To, Was: c.Was})
	if c.To.IsZero() {
		r.Kind = "report-taken-back"
	}
	return r
}

func (c TakeBack) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	p := k.post(c.Post)
	if p == nil {
		return
	}
	r := c.tell(b)
	delete(k.said, c.Post)
	if c.To.IsZero() {
		p.State = Cancelled
		if k.Unplanned && len(k.moments()) == 0 {
			k.Cancelled = true // there was nothing else in it
		}
	} else {
		p.At, p.State = c.To, c.State
		k.follow(a.Actor.service(), c.Was, c.To)
	}
	// Everybody hears of it at once: they act on what was said.
	k.changed(string(c.Post), a, a.At, c.Was, r)
}
