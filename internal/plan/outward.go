package plan

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Outward is what of one shop concerns who stands before it and sees its fans: nothing
// of what the parties tell each other, no reach, no names.
type Outward struct {
	Shop     Shop // with id, name, domains and zone only
	Posts    []OutwardPost
	Evenings []Evening // that are ahead or on, by start; without names
	Fans     Words     // a sentence for everybody; empty: none
	Until    time.Time // the sentence is true until then; zero: until something is done
}

// OutwardPost is a post with the code of its short link.
type OutwardPost struct {
	ID   ID
	Code string
	Link string // may be empty
	At   time.Time
	Slip time.Duration // 0 once it is certain
	// Out says that it is out, Off that it was called off.
	Out, Off bool
}

// How far from now something has to do with the fans.
const (
	linksKept = 400 * day // a post is looked at for long: a year, and the sale of the next one
	fansAhead = day       // longer before a moment fans are told nothing of it
	fansAfter = time.Hour // for so long they are told that it was called off
)

// maxOutward is the most posts of a shop whose short links work: a post a day of ten
// accounts. The newest count.
const maxOutward = 4000

// Outward is that of all shops, by id, and when something of it changes by itself; zero:
// nothing will.
func (b *Book) Outward(now time.Time) (shops []Outward, next time.Time) {
	for _, id := range sorted(b.shops) {
		s := b.shops[id]
		if s.removed {
			continue
		}
		o := outward{b: b, s: s, now: now}
		o.out.Shop = Shop{ID: s.ID, Name: s.Name, Domains: slices.Clone(s.Domains), Zone: s.Zone}
		for _, id := range s.campaigns {
			o.posts(b.campaigns[id])
			o.evenings(b.campaigns[id])
		}
		slices.SortStableFunc(o.out.Posts, func(x, y OutwardPost) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
		o.out.Posts = o.out.Posts[:min(len(o.out.Posts), maxOutward)]
		slices.SortStableFunc(o.out.Evenings, func(x, y Evening) int { return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.ID, y.ID)) })
		o.fans()
		shops = append(shops, o.out)
		if !o.next.IsZero() && (next.IsZero() || o.next.Before(next)) {
			next = o.next
		}
	}
	return shops, next
}

// outward collects it for one shop.
type outward struct {
	b    *Book
	s    *shop
	now  time.Time
	out  Outward
	next time.Time
}

// wake notes a moment at which something changes.
func (o *outward) wake(at time.Time) {
	if at.After(o.now) && (o.next.IsZero() || at.Before(o.next)) {
		o.next = at
	}
}

// posts adds the posts of a campaign.
func (o *outward) posts(k *campaign) {
	for i := range k.Posts {
		p := &k.Posts[i]
		if p.At.Before(o.now.Add(-linksKept)) {
			continue
		}
		o.out.Posts = append(o.out.Posts, OutwardPost{
			ID: p.ID, Code: o.s.codes[p.ID], Link: p.Link, At: p.At, Slip: p.moment().slip, Out: p.State == Out, Off: p.State == Cancelled || k.Cancelled,
		})
	}
}

// giveCode gives a new post the code of its short link. Codes are given in the order of
// what was done, so that no later post changes one that is printed.
func (s *shop) giveCode(id ID) {
	if s == nil || s.codes[id] != "" {
		return
	}
	if s.codes == nil {
		s.codes, s.coded = map[ID]string{}, map[string]bool{}
	}
	for try := 0; s.codes[id] == ""; try++ {
		if code := falochron.ShortCode(string(s.ID), string(id), try); !s.coded[code] {
			s.codes[id], s.coded[code] = code, true
		}
	}
}

// evenings adds what is ahead or on of a campaign.
func (o *outward) evenings(k *campaign) {
	for i := range k.Evenings {
		e := k.Evenings[i]
		if k.Cancelled || e.State == Cancelled || !o.now.Before(e.Start.Add(e.Lasts)) {
			continue
		}
		o.wake(e.Start.Add(e.Lasts))
		e.Name, e.Reach = "", 0
		o.out.Evenings = append(o.out.Evenings, e)
	}
}

// fans finds the sentence: what a party set, or what the plan itself can say of the
// moment that matters now.
func (o *outward) fans() {
	if t := o.s.sentence; t.until.After(o.now) {
		o.wake(t.until)
		o.out.Fans, o.out.Until = t.words, t.until
		return
	}
	var best *fansMoment
	for _, id := range o.s.campaigns {
		k := o.b.campaigns[id]
		if k.ends().Before(o.now.Add(-fansAfter-7*day)) && !k.Cancelled {
			continue
		}
		if f := o.moment(k); f != nil && (best == nil || f.before(best)) {
			best = f
		}
	}
	if best == nil {
		return
	}
	o.out.Fans = Words{EN: best.reason.Sentence(English), PL: best.reason.Sentence(Polish)}
	o.out.Until = best.until
	o.wake(best.until)
}

// fansMoment is what could be said of a campaign.
type fansMoment struct {
	reason Reason
	at     time.Time
	until  time.Time // of the sentence
	off    bool
}

// before reports whether it is to be said rather than another: what will be before what
// will not, then what comes first.
func (f *fansMoment) before(g *fansMoment) bool {
	if f.off != g.off {
		return g.off
	}
	return f.at.Before(g.at)
}

// moment is what can be said of a campaign now, without knowing how the shop is; nil:
// nothing.
func (o *outward) moment(k *campaign) *fansMoment {
	v := CampaignView{Campaign: k.Campaign, Zone: o.s.zone}
	if m, going, found := v.stage(o.now); found {
		opens := m.at.Add(-fansAhead)
		if o.now.Before(opens) {
			o.wake(opens)
			return nil
		}
		o.wake(m.at)
		o.wake(m.at.Add(m.lasts + m.slip))
		if going {
			return nil // how it is now the edge knows better
		}
		f := &fansMoment{reason: o.b.forFans(&v, o.now, nil), at: m.at, until: m.at}
		if !m.at.After(o.now) {
			f.until = m.at.Add(m.lasts + m.slip)
		}
		return f
	}
	for i := range k.Evenings {
		if e := &k.Evenings[i]; e.State == Cancelled {
			if f := o.off(e.Start); f != nil {
				return f
			}
		}
	}
	for i := range k.Posts {
		if p := &k.Posts[i]; p.State == Cancelled {
			if f := o.off(p.At); f != nil {
				return f
			}
		}
	}
	return nil
}

// off is what is said of a moment that was called off, as long as somebody may wait
// for it.
func (o *outward) off(at time.Time) *fansMoment {
	if o.now.Before(at.Add(-fansAhead)) || !o.now.Before(at.Add(fansAfter)) {
		return nil
	}
	o.wake(at.Add(fansAfter))
	return &fansMoment{reason: Reason{Kind: "fans-cancelled"}, at: at, until: at.Add(fansAfter), off: true}
}

// ShortLink is the short link of a post as its parties need it.
type ShortLink struct {
	Post ID
	Code string
	URL  string // on the shop's own host; empty: the plan knows no host of the shop
	Link string // where it leads; empty: to the front page
}

// ShortLinks are those of a campaign's posts. Who may not see the links of posts, sees
// none of these.
func (b *Book) ShortLinks(now time.Time, who Actor, campaign ID) ([]ShortLink, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	k, s, err := b.campaignOf(who, campaign)
	if err != nil || blind(who) {
		return nil, err
	}
	var out []ShortLink
	for i := range k.Posts {
		p := &k.Posts[i]
		l := ShortLink{Post: p.ID, Code: s.codes[p.ID], Link: p.Link}
		if u, err := url.Parse(p.Link); err == nil && u.Host != "" {
			l.URL = u.Scheme + "://" + u.Host + falochron.ShortLinkPath + l.Code
		} else if len(s.Domains) > 0 {
			l.URL = "https://" + s.Domains[0] + falochron.ShortLinkPath + l.Code
		}
		out = append(out, l)
	}
	return out, nil
}
