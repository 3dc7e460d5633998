package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// A wave has begun, and nothing in the plan explains it. Falochron asks the influencers
// of the shop, once: did you just post? The answer is one tap: yes, this one; yes, one
// that was not announced; no.

// How an inquiry goes. Guesses all: a wave of a story is at its height within minutes,
// and an answer of the next day is history.
const (
	askedAnewAfter  = 20 * time.Minute // two waves that began nearer are one to those who are asked
	inquiryOpen     = time.Hour
	inquiryAgain    = 2 * time.Minute // then she is told again, and the media house is
	inquiriesKept   = 50              // of a shop
	inquiryPosts    = 5               // that are offered as an answer, those nearest to the onset
	inquiryPostsFar = day             // none further from it
)

// Answer is what was said to an inquiry.
type Answer string

// The answers.
const (
	Unanswered Answer = ""
	AnswerYes  Answer = "yes"
	AnswerNo   Answer = "no"
)

// Inquiry is the question whose post a wave is.
type Inquiry struct {
	ID      ID        `json:"id"`
	Shop    ID        `json:"shop"`
	Onset   time.Time `json:"onset"`             // when the wave began
	Channel string    `json:"channel,omitempty"` // by which it came, as far as is known: "instagram"
	Asked   time.Time `json:"asked"`
	Answer  Answer    `json:"answer,omitempty"`
	Post    ID        `json:"post,omitempty"` // of a yes
	By      Service   `json:"by,omitzero"`    // who answered
}

// InquiryView is an inquiry as somebody sees it who may answer.
type InquiryView struct {
	Inquiry
	Zone  *time.Location
	Posts []InquiryPost // that it may be, those nearest to the onset first
}

// InquiryPost is a post that may be the answer.
type InquiryPost struct {
	Post ID        `json:"post"`
	What string    `json:"what"`
	At   time.Time `json:"at"` // its announced moment, in the shop's zone
}

// inquiry is that of an id.
func (s *shop) inquiry(id ID) *Inquiry {
	for i := range s.inquiries {
		if s.inquiries[i].ID == id {
			return &s.inquiries[i]
		}
	}
	return nil
}

// open reports whether it still waits for an answer.
func (q *Inquiry) open(now time.Time) bool {
	return q.Answer == Unanswered && now.Before(q.Asked.Add(inquiryOpen))
}

func (AskPost) kind() string   { return "post-asked" }
func (AskPost) action() Action { return AskingWhose }
func (c AskPost) scope() scope { return scope{shop: c.Shop} }

func (c AskPost) decide(b *Book, now time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	if !who.own() && who.Role != Operator {
		return nil, denied(Reason{Kind: "only-falochron-asks"})
	}
	c.Onset = utc(c.Onset)
	switch {
	case c.Channel != "" && !isID(ID(c.Channel)):
		return nil, invalid(Reason{Kind: "bad-channel"})
	case c.Onset.After(now.Add(slack)):
		return nil, invalid(Reason{Kind: "in-future", What: "at"})
	case c.Onset.Before(now.Add(-inquiryOpen)):
		return nil, invalid(Reason{Kind: "long-ago", For: inquiryOpen})
	case !slices.ContainsFunc(s.Parties, func(v Service) bool { return v.Role == Influencer }):
		return nil, conflicts(Reason{Kind: "nobody-to-ask"})
	}
	for i := range s.inquiries {
		if q := &s.inquiries[i]; q.open(now) || q.Onset.Sub(c.Onset).Abs() < askedAnewAfter {
			return nil, conflicts(Reason{Kind: "asked-already", Ref: q.ID, At: q.Asked.In(s.zone)})
		}
	}
	for _, id := range s.campaigns {
		k := b.campaigns[id]
		for i := range k.Posts {
			p := &k.Posts[i]
			said := p.State == Out || p.State == Called
			if said && !k.Cancelled && p.At.Sub(c.Onset).Abs() < reportedOnce && alike(p.Channel, c.Channel) {
				return nil, conflicts(Reason{Kind: "reported-already", Ref: p.ID, At: p.At.In(s.zone)})
			}
		}
	}
	c.Inquiry = ID(fmt.Sprintf("%s-ask-%d", s.ID, s.inquiriesN+1))
	return c, nil
}

// alike reports whether two channels may be the same: one is not known, or both are of
// one network.
func alike(a, b string) bool {
	x, y := falochron.ChannelOf(a), falochron.ChannelOf(b)
	return x == falochron.ChannelUnknown || y == falochron.ChannelUnknown || x == y
}

func (c AskPost) tell(b *Book) Reason {
	zone := time.UTC
	if s := b.shops[c.Shop]; s != nil {
		zone = s.zone
	}
	return (&Inquiry{Onset: c.Onset, Channel: c.Channel}).asks(zone)
}

// asks is the question.
func (q *Inquiry) asks(zone *time.Location) Reason {
	r := Reason{Kind: "whose-wave", At: q.Onset.In(zone)}
	if c := falochron.ChannelOf(q.Channel); c != falochron.ChannelUnknown {
		r.What = c.Title()
	}
	return r
}

// Asks is the question, for people.
func (v *InquiryView) Asks() Reason { return v.asks(v.Zone) }

func (c AskPost) apply(b *Book, a *Act) {
	s := b.shops[c.Shop]
	if s == nil || s.inquiry(c.Inquiry) != nil {
		return
	}
	s.inquiriesN++
	s.inquiries = append(s.inquiries, Inquiry{ID: c.Inquiry, Shop: c.Shop, Onset: c.Onset, Channel: c.Channel, Asked: a.At})
	s.inquiries = slices.Delete(s.inquiries, 0, max(0, len(s.inquiries)-inquiriesKept))
}

func (AnswerPost) kind() string   { return "post-answered" }
func (AnswerPost) action() Action { return SayingWhose }
func (c AnswerPost) scope() scope { return scope{shop: c.Shop, campaign: c.Campaign} }

func (c AnswerPost) decide(b *Book, now time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	q := s.inquiry(c.Inquiry)
	switch {
	case q == nil:
		return nil, unknown("inquiry", c.Inquiry)
	case q.Answer != Unanswered:
		return nil, conflicts(Reason{Kind: "answered-already", At: q.Asked.In(s.zone)})
	case !q.open(now):
		return nil, conflicts(Reason{Kind: "inquiry-over", For: inquiryOpen})
	}
	c.Campaign, c.New, c.At, c.Was, c.Before = "", false, time.Time{}, time.Time{}, Planned
	switch {
	case !c.Yes:
		c.Post, c.Channel, c.Account = "", "", ""
		return c, nil
	case c.Post == "":
		return c.unplanned(b, now, who, q)
	}
	return c.announced(b, now, who, s, q)
}

// announced completes a yes that names a post.
func (c AnswerPost) announced(b *Book, now time.Time, who Actor, s *shop, q *Inquiry) (Command, error) {
	c.Channel, c.Account = "", ""
	if i := strings.LastIndexByte(string(c.Post), '.'); i > 0 {
		c.Campaign = c.Post[:i]
	}
	k := b.campaigns[c.Campaign]
	if k == nil || k.Shop != s.ID || k.post(c.Post) == nil {
		return nil, unknown("post", c.Post)
	}
	if p := k.post(c.Post); p.State == Out {
		return c, b.owns(who, p.Party)
	}
	m, _, err := b.ahead(now, who, c.Campaign, c.Post)
	c.At, c.Was, c.Before = q.Onset, m.at, m.state
	return c, err
}

// unplanned completes a yes without a post.
func (c AnswerPost) unplanned(b *Book, now time.Time, who Actor, q *Inquiry) (Command, error) {
	if c.Channel == "" {
		c.Channel = q.Channel
	}
	said, err := ReportPost{Shop: c.Shop, Channel: c.Channel, Account: c.Account, At: q.Onset}.decide(b, now, who)
	if err != nil {
		return nil, err
	}
	r := said.(ReportPost)
	c.Campaign, c.Post, c.New, c.At = r.Campaign, r.Post, true, r.At
	return c, nil
}

// says is the command that a yes comes to; nil: it says nothing new of a post.
func (c *AnswerPost) says() Command {
	switch {
	case c.New:
		return ReportPost{Shop: c.Shop, Campaign: c.Campaign, Channel: c.Channel, Account: c.Account, At: c.At, Post: c.Post, New: true}
	case c.Yes && !c.At.IsZero():
		return PostNow{Campaign: c.Campaign, Post: c.Post, At: c.At, Was: c.Was, Before: c.Before}
	}
	return nil
}

func (c AnswerPost) tell(b *Book) Reason {
	if says := c.says(); says != nil {
		return says.tell(b) // so that it is found and taken back as if it had been said otherwise
	}
	r := Reason{Kind: "wave-of-nobody"}
	if c.Yes {
		m := b.momentOf(c.Campaign, c.Post)
		r = b.about(c.Campaign, Reason{Kind: "posted", What: m.what, Ref: c.Post, At: m.at})
	} else if s := b.shops[c.Shop]; s != nil {
		if q := s.inquiry(c.Inquiry); q != nil {
			r.At = q.Onset.In(s.zone)
		}
	}
	return r
}

func (c AnswerPost) apply(b *Book, a *Act) {
	s := b.shops[c.Shop]
	if s == nil {
		return
	}
	if says := c.says(); says != nil {
		says.apply(b, a)
	}
	if q := s.inquiry(c.Inquiry); q != nil {
		q.By, q.Post, q.Answer = a.Actor.service(), c.Post, AnswerNo
		if c.Yes {
			q.Answer = AnswerYes
		}
	}
}

// Inquiries are the questions whose post a wave is that wait for an answer which the
// actor may give, the newest first. A shop that is not the actor's has none.
func (b *Book) Inquiries(now time.Time, who Actor, shop ID) ([]InquiryView, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	s, err := b.shopOf(who, shop)
	if err != nil {
		return nil, err
	}
	if !Can(who.Role, SayingWhose) {
		return nil, nil
	}
	var out []InquiryView
	for i := range slices.Backward(s.inquiries) {
		if q := s.inquiries[i]; q.open(now) {
			out = append(out, InquiryView{q, s.zone, b.mayBe(who, s, q.Onset)})
		}
	}
	return out, nil
}

// Inquired is the newest question of a shop whose wave began then, whether or not it was
// answered; false if nobody was asked.
func (b *Book) Inquired(shop ID, onset time.Time) (Inquiry, bool) {
	if s := b.shops[shop]; s != nil {
		for i := range slices.Backward(s.inquiries) {
			if q := s.inquiries[i]; q.Onset.Sub(onset).Abs() < askedAnewAfter {
				return q, true
			}
		}
	}
	return Inquiry{}, false
}

// mayBe are the actor's posts that may be what began then.
func (b *Book) mayBe(who Actor, s *shop, onset time.Time) (out []InquiryPost) {
	for _, id := range s.campaigns {
		k := b.campaigns[id]
		if k.Cancelled || who.Role == Influencer && !k.takesPart(s, who.service()) {
			continue
		}
		for i := range k.Posts {
			if p := &k.Posts[i]; p.State != Cancelled && p.At.Sub(onset).Abs() <= inquiryPostsFar && b.owns(who, p.Party) == nil {
				out = append(out, InquiryPost{p.ID, p.label(), p.At.In(s.zone)})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y InquiryPost) int {
		return cmp.Or(cmp.Compare(x.At.Sub(onset).Abs(), y.At.Sub(onset).Abs()), cmp.Compare(x.Post, y.Post))
	})
	return out[:min(len(out), inquiryPosts)]
}

// inquiries tells influencers that they are asked, at any hour, since it is now; and when
// they do not answer, their media house.
func (d *due) inquiries(s *shop) {
	for i := range s.inquiries {
		q := &s.inquiries[i]
		if !q.open(d.now) {
			continue
		}
		d.k, d.s = &campaign{}, s
		d.wake(q.Asked.Add(inquiryOpen))
		now := func(time.Time) bool { return true }
		for _, v := range s.Parties {
			switch v.Role {
			case Influencer:
				d.tell(v, string(q.ID), false, []rung{{at: q.Asked, level: Asking}, {at: q.Asked.Add(inquiryAgain), level: Again}}, now, q.asks(s.zone))
			case MediaHouse:
				d.tell(v, string(q.ID), false, []rung{{at: q.Asked.Add(inquiryAgain), level: Everybody}}, now, q.asks(s.zone))
			}
		}
	}
}
