package plan

import (
	"slices"
	"time"
)

// SightKind is what the radar can see at a shop.
type SightKind string

// The kinds.
const (
	WaveSeen   SightKind = "wave"
	WaveOver   SightKind = "wave-over"
	AttackSeen SightKind = "attack"
	AttackOver SightKind = "attack-over"
)

// Sight is what the radar saw at a shop: that a wave or an attack began, or is over.
type Sight struct {
	What  SightKind `json:"what"`
	Began time.Time `json:"began"` // the wave or the attack; of one that is over as well
	Ended time.Time `json:"ended,omitzero"`
	// Campaign and Post are what a wave came from, with Sure from 0 to 1 how sure that is;
	// empty: not known.
	Campaign ID      `json:"campaign,omitempty"`
	Post     ID      `json:"post,omitempty"`
	Sure     float64 `json:"sure,omitempty"`
	// People are those of a wave's first ten minutes: as they were expected when it began;
	// zero: nobody could say. Came are those who came in them, All all of the wave: of one
	// that is over.
	People Interval `json:"people,omitzero"`
	Came   int      `json:"came,omitempty"`
	All    int      `json:"all,omitempty"`
	// Peak is how many came in its busiest minute, which ended at PeakAt.
	Peak   int       `json:"peak,omitempty"`
	PeakAt time.Time `json:"peak_at,omitzero"`
	// Done is what is done to an attack: "slow", "challenge" or "refuse"; empty: it is only
	// watched.
	Done string `json:"done,omitempty"`
}

const (
	// seenOnce is how near two sights of a kind are one: a restart in a wave sees it again,
	// and finds another beginning of it. A guess.
	seenOnce = 10 * time.Minute
	// maxSights are the sights of a shop that are kept: the newest.
	maxSights = 100
)

// sightDone is what is done to an attack, in words.
var sightDone = map[string]Words{
	"":          {"it is only watched", "na razie to tylko obserwacja"},
	"slow":      {"it stands in a lane of its own, behind the fans", "stoi w osobnej kolejce, za fanami"},
	"challenge": {"whoever is in it has to show that he is a person", "kto w nim jest, musi pokazać, że jest człowiekiem"},
	"refuse":    {"it is refused", "jest odrzucany"},
}

func (RecordSight) kind() string   { return "seen" }
func (RecordSight) action() Action { return RecordCame }
func (c RecordSight) scope() scope { return scope{shop: c.Shop, campaign: c.Campaign} }

func (c RecordSight) decide(b *Book, now time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]SightKind{WaveSeen, WaveOver, AttackSeen, AttackOver}, c.What) {
		return nil, invalid(Reason{Kind: "empty", What: "what"})
	}
	if _, known := sightDone[c.Done]; !known {
		return nil, invalid(Reason{Kind: "empty", What: "what"})
	}
	c.Shop, c.Began, c.Ended, c.PeakAt = s.ID, utc(c.Began), utc(c.Ended), utc(c.PeakAt)
	switch {
	case c.Began.After(now.Add(slack)) || c.Ended.After(now.Add(slack)):
		return nil, invalid(Reason{Kind: "in-future", What: "at"})
	case c.Began.Before(now.Add(-day)):
		return nil, invalid(Reason{Kind: "long-ago", For: day})
	}
	if c.Campaign != "" || c.Post != "" {
		k := b.campaigns[c.Campaign]
		if k == nil || k.Shop != s.ID || k.post(c.Post) == nil {
			return nil, unknown("post", c.Post)
		}
	}
	if err := first(number("people", c.Sure, 0, 1), number("people", c.People.Low, 0, maxPeople), number("people", c.People.Mid, 0, maxPeople), number("people", c.People.High, 0, maxPeople),
		number("people", float64(c.Came), 0, maxPeople), number("people", float64(c.All), 0, maxPeople), number("people", float64(c.Peak), 0, maxPeople)); err != nil {
		return nil, err
	}
	for _, o := range s.sights {
		if o.What == c.What && o.Began.Sub(c.Began).Abs() < seenOnce {
			return nil, conflicts(Reason{Kind: "seen-already", At: o.Began.In(s.zone)})
		}
	}
	return c, nil
}

func (c RecordSight) tell(b *Book) Reason {
	r := Reason{Kind: "wave-seen", At: c.Began, Ref: c.Post, What: b.momentOf(c.Campaign, c.Post).what}
	if s := b.shops[c.Shop]; s != nil {
		r.At = c.Began.In(s.zone)
	}
	switch c.What {
	case WaveSeen:
		if r.N = round(c.People.Mid); c.People == (Interval{}) {
			r.Kind = "wave-seen-unsized"
		}
	case WaveOver:
		r.Kind, r.N, r.M = "wave-over", float64(c.Came), float64(c.All)
	case AttackSeen:
		r.Kind, r.Step = "attack-seen", sightDone[c.Done]
	case AttackOver:
		r.Kind = "attack-over"
	}
	return r
}

func (c RecordSight) apply(b *Book, a *Act) {
	s := b.shops[c.Shop]
	if s == nil {
		return
	}
	s.sights = append(s.sights, seen{Sight: c.Sight, at: a.At, reason: c.tell(b)})
	if k := b.campaigns[c.Campaign]; k != nil && (c.What == WaveSeen || c.What == WaveOver) {
		if k.waves == nil {
			k.waves = map[ID]Sight{}
		}
		o := c.Sight
		if o.What == WaveOver {
			o.People = k.waves[c.Post].People // as it was said when it began
		}
		k.waves[c.Post] = o
	}
	if extra := len(s.sights) - maxSights; extra > 0 {
		s.sights = slices.Delete(s.sights, 0, extra)
	}
}

// seen is a sight, with when it was written down.
type seen struct {
	Sight
	at     time.Time
	reason Reason
}

// Sights are what the radar saw at a shop lately, the newest first.
func (b *Book) Sights(now time.Time, who Actor, shop ID) ([]Sight, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	s, err := b.shopOf(who, shop)
	if err != nil {
		return nil, err
	}
	var out []Sight
	for i := len(s.sights) - 1; i >= 0; i-- {
		o := s.sights[i].Sight
		if k := b.campaigns[o.Campaign]; k != nil && who.Role == Influencer && !k.takesPart(s, who.service()) {
			o.Campaign, o.Post, o.Sure = "", "", 0 // of others it is known that, and when
		}
		out = append(out, o)
	}
	return out, nil
}

// sightsOf tells what was seen of a campaign's posts; of none, what is of no campaign.
func (d *due) sightsOf(s *shop, campaign ID) {
	all := s.sights
	for i := range all {
		if all[i].Campaign == campaign {
			d.sight(s, &all[i])
		}
	}
}

// sights tells the parties of a shop what the radar saw at it, for a day: that something
// has begun at once, that it is over when they are awake. Nobody need answer.
func (d *due) sights(s *shop) {
	for i := range s.sights {
		d.sight(s, &s.sights[i])
	}
}

func (d *due) sight(s *shop, o *seen) {
	if !d.now.Before(o.at.Add(changeTold)) {
		return
	}
	d.s, d.k = s, d.b.campaigns[o.Campaign]
	ours := d.k != nil
	if !ours {
		d.k = &campaign{}
	}
	begins := o.What == WaveSeen || o.What == AttackSeen
	attack := o.What == AttackSeen || o.What == AttackOver
	for _, v := range s.Parties {
		if ours && !d.k.takesPart(s, v) || attack && v.Role != Host && v.Role != SoftwareHouse {
			continue
		}
		about := string(s.ID) + "/" + string(o.What) + "/" + o.Began.UTC().Format(time.RFC3339)
		d.tell(v, about, false, []rung{{at: o.at, level: Asking}}, func(time.Time) bool { return begins }, o.reason)
	}
}
