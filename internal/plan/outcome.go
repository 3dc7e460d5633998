package plan

import (
	"slices"
	"time"
)

// Outcome is what a post or an evening brought, as it was counted at the shop's door.
type Outcome struct {
	// Before are the people of the hour before, who would have come anyway; -1 is not
	// known.
	Before int `json:"before"`
	// FirstMinute and FirstHour are the people who came then.
	FirstMinute int `json:"first_minute"`
	FirstHour   int `json:"first_hour"`
	// Orders are those of the hour, of an evening of all of it; -1 is not known.
	Orders  int           `json:"orders"`
	Longest time.Duration `json:"longest,omitempty"` // that anybody was told to wait
	Down    time.Duration `json:"down,omitempty"`    // the shop did not answer
	// Foretold is the forecast of the first minute as it was then; zero: there was none.
	Foretold Interval  `json:"foretold,omitzero"`
	At       time.Time `json:"at,omitzero"` // when the post was out; set by Decide
}

func (RecordOutcome) kind() string   { return "came" }
func (RecordOutcome) action() Action { return RecordCame }
func (c RecordOutcome) scope() scope { return scope{campaign: c.Campaign} }

func (c RecordOutcome) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, s, err := b.campaignOf(who, c.Campaign)
	if err != nil {
		return nil, err
	}
	m, there := k.find(c.Moment)
	if !there || m.state == Cancelled || !m.evening && m.state != Out {
		return nil, unknown("post", c.Moment)
	}
	if _, already := k.outcomes[c.Moment]; already {
		return nil, conflicts(Reason{Kind: "came-already"})
	}
	if end := m.at.Add(m.lasts); now.Before(end) {
		return nil, conflicts(Reason{Kind: "not-over", At: end.In(s.zone)})
	}
	o := &c.Outcome
	o.At = m.at
	return c, first(number("people", float64(o.Before), -1, maxPeople), number("people", float64(o.FirstMinute), 0, maxPeople),
		number("people", float64(o.FirstHour), 0, maxPeople), number("orders", float64(o.Orders), -1, maxPeople),
		span("lasts", o.Longest, 0, 14*day), span("lasts", o.Down, 0, 14*day),
		number("people", o.Foretold.Low, 0, 1e12), number("people", o.Foretold.Mid, 0, 1e12), number("people", o.Foretold.High, 0, 1e12))
}

func (c RecordOutcome) tell(b *Book) Reason {
	return Reason{Kind: "came", What: b.momentOf(c.Campaign, c.Moment).what, Ref: c.Moment, N: float64(c.Outcome.FirstMinute), M: float64(c.Outcome.FirstHour)}
}

func (c RecordOutcome) apply(b *Book, _ *Act) {
	if k := b.campaigns[c.Campaign]; k != nil {
		k.outcomes[c.Moment] = c.Outcome
	}
}

// Ended are the posts and evenings whose window is over and of which nobody has written
// down what they brought, of the last day: what was seen before is forgotten by then. They
// are for Falochron itself.
func (b *Book) Ended(now time.Time) (out []Event) {
	for _, id := range sorted(b.campaigns) {
		k := b.campaigns[id]
		s := b.shops[k.Shop]
		if s.removed {
			continue
		}
		for _, m := range k.moments() {
			end := m.at.Add(m.lasts)
			_, already := k.outcomes[m.id]
			if already || !m.evening && m.state != Out || now.Before(end) || now.After(end.Add(day)) {
				continue
			}
			e := Event{Shop: s.ID, ShopName: s.Name, Zone: s.zone, Campaign: k.ID, Ref: m.id, Kind: PostEvent, From: m.at, Until: end}
			if m.evening {
				e.Kind = EveningEvent
			}
			out = append(out, e)
		}
	}
	return out
}

// PastPost is a post that is over, with what it brought.
type PastPost struct {
	Post    Post
	Outcome Outcome
	// Alone says that no other wave of the shop was within the hour: what came, came
	// because of it.
	Alone bool
}

// mostPast is how many past posts are of interest: the newest.
const mostPast = 500

// Past are the shop's posts of which it is known what they brought, the newest first.
func (b *Book) Past(now time.Time, who Actor, id ID) ([]PastPost, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	s, err := b.shopOf(who, id)
	if err != nil {
		return nil, err
	}
	var out []PastPost
	var starts []time.Time
	for _, c := range s.campaigns {
		k := b.campaigns[c]
		seen := k.seen(who)
		for i := range k.Posts {
			if o, known := k.outcomes[k.Posts[i].ID]; known {
				out = append(out, PastPost{Post: seen.Posts[i], Outcome: o})
			}
			if k.Posts[i].State == Out {
				starts = append(starts, k.Posts[i].At)
			}
		}
		for i := range k.Evenings {
			if e := &k.Evenings[i]; e.State != Cancelled {
				starts = append(starts, e.Start)
			}
		}
	}
	for i := range out {
		near := 0
		for _, at := range starts {
			if at.Sub(out[i].Outcome.At).Abs() < postLasts {
				near++
			}
		}
		out[i].Alone = near == 1
	}
	slices.SortStableFunc(out, func(x, y PastPost) int { return y.Outcome.At.Compare(x.Outcome.At) })
	return out[:min(len(out), mostPast)], nil
}
