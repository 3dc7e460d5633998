package plan

import (
	"slices"
	"time"
)

// Campaign is a plan for one shop: posts and sales evenings that belong together.
type Campaign struct {
	ID   ID     `json:"id"`
	Shop ID     `json:"shop"`
	Name string `json:"name"`
	Note string `json:"note,omitempty"` // what everybody should know, such as the mood
	// Influencers are those who take part; empty means all of the shop. All other
	// parties of the shop always take part.
	Influencers []ID `json:"influencers,omitempty"`
	// Stock is how many articles posts without a stock of their own sell together; 0
	// is not known.
	Stock int `json:"stock,omitempty"`

	Posts     []Post    `json:"posts,omitempty"`
	Evenings  []Evening `json:"evenings,omitempty"`
	Created   time.Time `json:"created"`
	Cancelled bool      `json:"cancelled,omitempty"`
	Unplanned bool      `json:"unplanned,omitempty"` // it began with a post that nobody had announced
}

// Post is one post.
type Post struct {
	ID   ID     `json:"id"`
	Name string `json:"name,omitempty"` // for people; empty means channel and account
	// Party is the influencer who posts; empty: any of the campaign's.
	Party   ID     `json:"party,omitempty"`
	Channel string `json:"channel,omitempty"` // as in the forecast, "instagram-story"
	Account string `json:"account,omitempty"`
	// Reach is how many people will see it, Followers the account's size, Proof that
	// the numbers were shown, and Shown how. 0 is not known.
	Reach     int   `json:"reach,omitempty"`
	Followers int   `json:"followers,omitempty"`
	Proof     bool  `json:"proof,omitempty"`
	Shown     Proof `json:"shown,omitzero"`
	// Click is the share of those who see it and come, Buy of those who come and want
	// to buy, from 0 to 1; 0 is not known.
	Click float64 `json:"click,omitempty"`
	Buy   float64 `json:"buy,omitempty"`
	// At is when it is to go out, or went out; it may slip by Slip in both directions.
	At      time.Time     `json:"at"`
	Slip    time.Duration `json:"slip,omitempty"`
	Link    string        `json:"link,omitempty"`
	Coupon  string        `json:"coupon,omitempty"`
	Price   float64       `json:"price,omitempty"` // in the shop's currency; 0 is not said
	Stock   int           `json:"stock,omitempty"` // of its own; 0: the campaign's
	Limited bool          `json:"limited,omitempty"`
	State   State         `json:"state,omitempty"`
	Source  Source        `json:"source,omitzero"`
}

// State is how far a post or an evening has come.
type State string

// The states.
const (
	Planned   State = ""          // announced
	Called    State = "called"    // "in 10 minutes": now certain
	Out       State = "out"       // it is out, since its At
	Cancelled State = "cancelled" // it will not be
)

// Evening is a scheduled start, such as Black Friday: the waiting room opens before
// it, and gives out places by draw.
type Evening struct {
	ID       ID            `json:"id"`
	Name     string        `json:"name,omitempty"`
	Start    time.Time     `json:"start"`
	PreQueue time.Duration `json:"pre_queue,omitempty"` // how long before the start people may come; 0: not
	Draw     bool          `json:"draw,omitempty"`      // who came before the start gets a place by draw
	Lasts    time.Duration `json:"lasts"`
	Reach    int           `json:"reach,omitempty"` // people who are expected to know of it; 0 is not known
	State    State         `json:"state,omitempty"` // [Planned] or [Cancelled]
	Source   Source        `json:"source,omitzero"`
}

// OverAfter is how long after its last moment a campaign can still be worked on:
// a week for the report of the next day, a guess.
const OverAfter = 7 * 24 * time.Hour

// emptyFor is how long a campaign may be without a post.
const emptyFor = 180 * day

// moment is a post or an evening, as far as times are concerned.
type moment struct {
	id      ID
	what    string
	at      time.Time
	slip    time.Duration
	early   time.Duration // so much before at people come already
	lasts   time.Duration
	size    int // people who see it
	evening bool
	party   ID
	state   State
}

func (p *Post) moment() moment {
	size := p.Reach
	if size == 0 {
		size = p.Followers
	}
	m := moment{id: p.ID, what: p.label(), at: p.At, slip: p.Slip, lasts: postLasts, size: size, party: p.Party, state: p.State}
	if m.state != Planned {
		m.slip = 0 // it is certain now
	}
	return m
}

func (e *Evening) moment() moment {
	return moment{id: e.ID, what: e.Name, at: e.Start, early: e.PreQueue, lasts: e.Lasts, size: e.Reach, evening: true, state: e.State}
}

// label names a post to people.
func (p *Post) label() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Channel != "" && p.Account != "":
		return p.Channel + " " + p.Account
	case p.Channel != "":
		return p.Channel
	}
	return p.Account
}

// moments are the posts and evenings that were not cancelled, by time.
func (c *Campaign) moments() []moment {
	out := make([]moment, 0, len(c.Posts)+len(c.Evenings))
	if c.Cancelled {
		return out
	}
	for i := range c.Posts {
		if c.Posts[i].State != Cancelled {
			out = append(out, c.Posts[i].moment())
		}
	}
	for i := range c.Evenings {
		if c.Evenings[i].State != Cancelled {
			out = append(out, c.Evenings[i].moment())
		}
	}
	slices.SortStableFunc(out, func(a, b moment) int { return a.at.Compare(b.at) })
	return out
}

// find is the post or evening of the id, cancelled or not.
func (c *Campaign) find(id ID) (moment, bool) {
	if p := c.post(id); p != nil {
		return p.moment(), true
	}
	if e := c.evening(id); e != nil {
		return e.moment(), true
	}
	return moment{}, false
}

func (c *Campaign) post(id ID) *Post {
	for i := range c.Posts {
		if c.Posts[i].ID == id {
			return &c.Posts[i]
		}
	}
	return nil
}

func (c *Campaign) evening(id ID) *Evening {
	for i := range c.Evenings {
		if c.Evenings[i].ID == id {
			return &c.Evenings[i]
		}
	}
	return nil
}

// Begins is T of the matrix: the moment of the first post or evening that was not
// cancelled. It reports false if there is none.
func (c *Campaign) Begins() (time.Time, bool) {
	first := time.Time{}
	each(c, func(at, _ time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	})
	return first, !first.IsZero()
}

// ends is when the last wave is over, or when the campaign was made if nothing is
// left of it.
func (c *Campaign) ends() time.Time {
	last := c.Created
	each(c, func(_, end time.Time) {
		if end.After(last) {
			last = end
		}
	})
	return last
}

// each calls do with begin and end of all that was not cancelled. Unlike moments it
// makes nothing, since it is asked of every campaign at once.
func each(c *Campaign, do func(at, end time.Time)) {
	if c.Cancelled {
		return
	}
	for i := range c.Posts {
		if p := &c.Posts[i]; p.State != Cancelled {
			do(p.At, p.At.Add(postLasts))
		}
	}
	for i := range c.Evenings {
		if e := &c.Evenings[i]; e.State != Cancelled {
			do(e.Start, e.Start.Add(e.Lasts))
		}
	}
}

// over reports whether nothing is to be done any more.
func (c *Campaign) over(now time.Time) bool {
	if c.Cancelled {
		return true
	}
	if _, planned := c.Begins(); !planned {
		return now.After(c.Created.Add(emptyFor))
	}
	return now.After(c.ends().Add(OverAfter))
}
