package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Person is a party of a shop, as the others see it.
type Person struct {
	Service
	Name   string
	OnCall OnCall   // now, or who is next; zero: nobody
	Shifts []OnCall // those that are not over, the first first
}

// ShopView is a shop as the actor sees it.
type ShopView struct {
	Shop     Shop
	Zone     *time.Location
	People   []Person // in the order of the chain
	Windows  []Window
	Capacity Capacity // zero: nothing is recorded
	Reserve  Reserve  // zero: nothing is recorded
}

// Shops are the shops that the actor may know of, by id.
func (b *Book) Shops(now time.Time, who Actor) ([]ShopView, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var out []ShopView
	for _, id := range sorted(b.shops) {
		s := b.shops[id]
		if !b.serves(who, s) {
			continue
		}
		v := ShopView{Shop: s.Shop, Zone: s.zone, People: b.people(s, nil, now), Windows: slices.Clone(s.windows), Capacity: s.capacity(), Reserve: s.reserve}
		v.Shop.Domains, v.Shop.Parties = slices.Clone(s.Domains), slices.Clone(s.Parties)
		out = append(out, v)
	}
	return out, nil
}

// people are the parties of a shop, or those who take part in one of its campaigns.
func (b *Book) people(s *shop, k *campaign, now time.Time) []Person {
	var out []Person
	for _, v := range s.Parties {
		p := b.party(v.Party)
		if p == nil || k != nil && !k.takesPart(s, v) {
			continue
		}
		n := Person{Service: v, Name: p.Name}
		for _, o := range p.coming(now) {
			n.Shifts = append(n.Shifts, o.shown())
		}
		if len(n.Shifts) > 0 {
			n.OnCall = n.Shifts[0]
		}
		out = append(out, n)
	}
	slices.SortStableFunc(out, func(x, y Person) int {
		return slices.Index(chain, x.Role) - slices.Index(chain, y.Role)
	})
	return out
}

// Parties are all parties with their contacts: for operators, and for others their
// own, unless they came by a link for some shops only.
func (b *Book) Parties(now time.Time, who Actor) ([]Party, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var out []Party
	for _, id := range sorted(b.parties) {
		if p := b.party(id); p != nil && (who.Role == Operator || who.Party == id && who.Role != Machine && !b.limited(who)) {
			v := p.Party
			v.Contacts = slices.Clone(v.Contacts)
			out = append(out, v)
		}
	}
	return out, nil
}

// CampaignLine is a campaign in a list.
type CampaignLine struct {
	ID        ID
	Shop      ID
	Name      string    // empty for who may not see it, and of an unplanned one
	Begins    time.Time // in the shop's zone; zero: nothing is planned
	Over      bool      // nothing can be done in it any more
	Cancelled bool
	Unplanned bool
}

// Campaigns are all campaigns that the actor may know of, by shop, the newest first.
func (b *Book) Campaigns(now time.Time, who Actor) ([]CampaignLine, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var out []CampaignLine
	for _, id := range sorted(b.shops) {
		s := b.shops[id]
		if !b.serves(who, s) {
			continue
		}
		for _, id := range slices.Backward(s.campaigns) {
			k := b.campaigns[id]
			line := CampaignLine{ID: k.ID, Shop: s.ID, Name: nameFor(who, k.Name), Over: k.over(now), Cancelled: k.Cancelled, Unplanned: k.Unplanned}
			if t, planned := k.Begins(); planned {
				line.Begins = t.In(s.zone)
			}
			out = append(out, line)
		}
	}
	return out, nil
}

// CampaignView is a campaign as the actor sees it.
type CampaignView struct {
	Campaign Campaign
	ShopName string
	Zone     *time.Location
	People   []Person // who take part, in the order of the chain
	Tasks    []Task   // in the order in which the matrix asks them
	Over     bool     // nothing can be done in it any more
	// Outcomes are what posts and evenings brought, as far as it is written down.
	Outcomes map[ID]Outcome
	// Waves are those of posts as the radar saw them: that they began, or that they are over.
	Waves map[ID]Sight
	// Checks are what was found in the shop of posts that are not out.
	Checks []PostCheck
}

// PostCheck is what counts of what was found of a post, or is to be found.
type PostCheck struct {
	Post  ID
	Check      // without a time: nobody has looked
	Hand  bool // a person did
}

// Campaign is one campaign. A host sees moments and sizes of it, without names, links
// and coupons.
func (b *Book) Campaign(now time.Time, who Actor, id ID) (CampaignView, error) {
	if err := b.admit(now, who); err != nil {
		return CampaignView{}, err
	}
	k, s, err := b.campaignOf(who, id)
	if err != nil {
		return CampaignView{}, err
	}
	v := CampaignView{
		Campaign: k.seen(who), ShopName: s.Name, Zone: s.zone, People: b.people(s, k, now),
		Tasks: b.judged(k, s, now), Over: k.over(now), Outcomes: maps.Clone(k.outcomes), Waves: maps.Clone(k.waves),
	}
	v.Checks = k.checks(now, blind(who))
	for i := range v.Tasks {
		if t := &v.Tasks[i]; blind(who) {
			t.What, t.Reason, t.moment.what = "", t.Reason.hidden(), ""
		}
	}
	return v, nil
}

// seen is a copy of the campaign without what the actor may not see.
func (c *Campaign) seen(who Actor) Campaign {
	out := *c
	if !blind(who) {
		out.Influencers, out.Posts, out.Evenings = slices.Clone(c.Influencers), slices.Clone(c.Posts), slices.Clone(c.Evenings)
		return out
	}
	out = Campaign{ID: c.ID, Shop: c.Shop, Created: c.Created, Cancelled: c.Cancelled, Unplanned: c.Unplanned}
	for _, p := range c.Posts {
		out.Posts = append(out.Posts, Post{ID: p.ID, Reach: p.Reach, Followers: p.Followers, Proof: p.Proof, Shown: p.Shown.seen(who), At: p.At, Slip: p.Slip, State: p.State})
	}
	for _, e := range c.Evenings {
		e.Name, e.Source = "", Source{}
		out.Evenings = append(out.Evenings, e)
	}
	return out
}

// Event is something in the calendar.
type Event struct {
	Shop     ID
	ShopName string
	Zone     *time.Location
	Campaign ID // empty of a window
	Name     string
	Ref      ID // of the post, evening or window
	What     string
	Kind     EventKind
	From     time.Time // of a post its moment; of an evening its start
	Until    time.Time // of a post an hour later
	Slip     time.Duration
	PreQueue time.Duration // of an evening
	Size     int           // people who see it; 0 is not known
	State    State
	// Changes is how often others had to hear of a change since it was announced, Changed
	// when anything of it was changed last. Zero of a window.
	Changes int
	Changed time.Time
}

// EventKind is what an event is: a post, an evening or one of the [WindowKind]s.
type EventKind string

// The kinds of event that are no windows.
const (
	PostEvent    EventKind = "post"
	EveningEvent EventKind = "evening"
)

// Calendar is everything from one moment until before another that the actor may know
// of, by time. What was cancelled is in it. Of a daily window the first day counts.
func (b *Book) Calendar(now time.Time, who Actor, from, until time.Time) ([]Event, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var out []Event
	hidden := blind(who)
	for _, s := range b.shops {
		if !b.serves(who, s) {
			continue
		}
		of := Event{Shop: s.ID, ShopName: s.Name, Zone: s.zone}
		for i := range s.windows {
			w := &s.windows[i]
			if begin, end, meets := w.meets(from, until, s.zone); meets {
				e := of
				e.Ref, e.What, e.Kind, e.From, e.Until = w.ID, w.What, EventKind(w.Kind), begin, end
				out = append(out, e)
			}
		}
		for _, id := range s.campaigns {
			c := b.campaigns[id]
			at := of
			if at.Campaign = c.ID; !hidden {
				at.Name = c.Name
			}
			add := func(m moment, kind EventKind) {
				end := m.at.Add(m.lasts)
				if !m.at.Add(-m.early).Before(until) || !end.After(from) {
					return
				}
				e := at
				e.Ref, e.What, e.Kind, e.From, e.Until, e.Slip, e.PreQueue, e.Size, e.State = m.id, m.what, kind, m.at, end, m.slip, m.early, m.size, m.state
				if hidden {
					e.What = ""
				}
				if c.Cancelled {
					e.State = Cancelled
				}
				e.Changes, e.Changed = c.revision(m.id)
				out = append(out, e)
			}
			for i := range c.Posts {
				add(c.Posts[i].moment(), PostEvent)
			}
			for i := range c.Evenings {
				add(c.Evenings[i].moment(), EveningEvent)
			}
		}
	}
	for i := range out {
		out[i].From, out[i].Until = out[i].From.In(out[i].Zone), out[i].Until.In(out[i].Zone)
	}
	slices.SortFunc(out, func(x, y Event) int {
		return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Shop, y.Shop), cmp.Compare(x.Ref, y.Ref))
	})
	return out, nil
}
