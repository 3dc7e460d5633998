package plan

import (
	"cmp"
	"slices"
	"time"
)

// How close is too close. postLasts is the time after a post in which most of the
// people of a story come (58 % within the hour, docs/forecast.md); the others are
// guesses.
const (
	postLasts   = time.Hour
	hostHour    = time.Hour        // between waves on one host
	ownDistance = 15 * time.Minute // between posts of one campaign
	freezeAhead = 48 * time.Hour   // from when nothing is released, as in the matrix
	freezeNear  = 7 * day          // a freeze that ended so long before was meant for the post
)

// ConflictKind is what clashes.
type ConflictKind string

// The kinds of conflict.
const (
	HostClash     ConflictKind = "two-on-host"   // two waves within an hour on one host
	EveningClash  ConflictKind = "evening"       // a wave while a sales evening is on, on one host
	TooNear       ConflictKind = "too-near"      // two posts of one campaign within a quarter of an hour
	PurgeInWave   ConflictKind = "purge"         // caches are emptied while people come
	SyncInWave    ConflictKind = "sync"          // stock or prices are written while people come
	LateRelease   ConflictKind = "release"       // new code after the freeze
	FreezeTooSoon ConflictKind = "beyond-freeze" // the wave comes after the freeze has ended
)

// Side is one of the two things that clash.
type Side struct {
	Shop     ID
	Campaign ID // empty of a window
	Ref      ID // of the post, evening or window
	At       time.Time
	Size     int // people who see it; 0 is not known
}

// Conflict is two things that should not be at the same time.
type Conflict struct {
	Kind       ConflictKind
	One, Other Side // the earlier first; of a wave and a window the wave
	Reason     Reason
	// Grave says that somebody must move; otherwise the two have to know of each other.
	Grave bool
}

// wave is a moment with where it belongs.
type wave struct {
	moment
	s *shop
	c *campaign
}

// span is when people may come: from the earliest moment the wave may begin.
func (w *wave) span() (from, until time.Time) {
	return w.at.Add(-w.slip - w.early), w.at.Add(w.slip + w.lasts)
}

func (w *wave) side() Side {
	return Side{Shop: w.s.ID, Campaign: w.c.ID, Ref: w.id, At: w.at.In(w.s.zone), Size: w.size}
}

// Conflicts are all that lie ahead, or are going on, and that the actor may know of:
// only between shops which both are the actor's. By time.
func (b *Book) Conflicts(now time.Time, who Actor) ([]Conflict, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var waves []wave
	for _, s := range b.shops {
		if b.serves(who, s) {
			waves = b.wavesOf(waves, s, now)
		}
	}
	return b.clashes(who, waves, nil), nil
}

// wavesOf adds the waves of a shop that are not over.
func (b *Book) wavesOf(waves []wave, s *shop, now time.Time) []wave {
	for _, id := range s.campaigns {
		waves = b.wavesIn(waves, s, b.campaigns[id], now)
	}
	return waves
}

// wavesIn adds the waves of a campaign that are not over.
func (b *Book) wavesIn(waves []wave, s *shop, k *campaign, now time.Time) []wave {
	if k.over(now) {
		return waves
	}
	for _, m := range k.moments() {
		if m.at.Add(m.slip + m.lasts).After(now) {
			waves = append(waves, wave{m, s, k})
		}
	}
	return waves
}

// clashes are those among waves, and between waves and windows of their shops. With
// of, only those of one campaign.
func (b *Book) clashes(who Actor, waves []wave, of *campaign) []Conflict {
	slices.SortFunc(waves, func(x, y wave) int {
		return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.id, y.id))
	})
	longest := hostHour
	for i := range waves {
		longest = max(longest, waves[i].lasts, waves[i].early)
	}
	var out []Conflict
	for i := range waves {
		x := &waves[i]
		for j := i + 1; j < len(waves) && waves[j].at.Sub(x.at) <= longest; j++ {
			if y := &waves[j]; of == nil || x.c == of || y.c == of {
				out = between(out, x, y)
			}
		}
		if of == nil || x.c == of {
			out = againstWindows(out, x)
		}
	}
	for i := range out {
		if c := &out[i]; blind(who) {
			c.Reason = c.Reason.hidden()
		}
	}
	return out
}

// between adds what clashes between two waves, of which x is not later.
func between(out []Conflict, x, y *wave) []Conflict {
	c := Conflict{One: x.side(), Other: y.side()}
	r := Reason{What: x.what, Ref: x.id, Other: y.what, Was: c.One.At, At: c.Other.At, For: y.at.Sub(x.at), Who: x.s.Name, N: float64(x.size), M: float64(y.size)}
	switch {
	case x.c == y.c:
		if x.evening || y.evening || y.at.Sub(x.at) >= ownDistance {
			return out
		}
		c.Kind = TooNear
	case !oneHost(x.s, y.s):
		return out
	case x.evening && y.at.Before(x.at.Add(x.lasts)) || y.evening && !x.at.Before(y.at.Add(-y.early)):
		c.Kind = EveningClash
	case y.at.Sub(x.at) < hostHour:
		c.Kind = HostClash
	default:
		return out
	}
	r.Kind = "clash-" + string(c.Kind)
	if r.Step = (Words{x.s.Name, x.s.Name}); x.s != y.s {
		n := x.s.Name + " + " + y.s.Name
		r.Step = Words{n, n}
	}
	c.Reason = r
	return append(out, c)
}

// oneHost reports whether two shops stand on one host; a shop stands with itself.
func oneHost(x, y *shop) bool {
	return x == y || slices.ContainsFunc(x.Parties, func(v Service) bool {
		return v.Role == Host && slices.Contains(y.Parties, v)
	})
}

// againstWindows adds what clashes between a wave and the windows of its shop.
func againstWindows(out []Conflict, x *wave) []Conflict {
	from, until := x.span()
	frozen, ended := false, (*Window)(nil)
	freeze := from.Add(-freezeAhead)
	for i := range x.s.windows {
		// What people call the freeze is it; without one, that of the matrix.
		if w := &x.s.windows[i]; w.Kind == Freeze && !w.Daily && w.From.Before(x.at) && x.at.Sub(w.Until) < freezeNear {
			freeze = w.From
		}
	}
	for i := range x.s.windows {
		w := &x.s.windows[i]
		kind, start, stop := ConflictKind(""), from, until
		switch w.Kind {
		case Purge:
			kind = PurgeInWave
		case Sync:
			kind = SyncInWave
		case Release:
			kind, start = LateRelease, freeze
		case Freeze:
			_, _, covers := w.meets(x.at, until, x.s.zone)
			frozen = frozen || covers && (w.Daily || !w.Until.Before(until))
			if !w.Daily && w.From.Before(x.at) && w.Until.Before(until) && x.at.Sub(w.Until) < freezeNear {
				ended = w
			}
			continue
		}
		if begin, _, meets := w.meets(start, stop, x.s.zone); meets {
			out = append(out, x.against(kind, w, begin))
		}
	}
	if ended != nil && !frozen {
		out = append(out, x.against(FreezeTooSoon, ended, ended.Until))
	}
	return out
}

func (w *wave) against(kind ConflictKind, win *Window, at time.Time) Conflict {
	c := Conflict{Kind: kind, One: w.side(), Other: Side{Shop: w.s.ID, Ref: win.ID, At: at.In(w.s.zone)}, Grave: kind != FreezeTooSoon}
	c.Reason = Reason{Kind: "clash-" + string(kind), What: w.what, Ref: w.id, Other: win.What, Was: c.One.At, At: c.Other.At, Who: w.s.Name}
	return c
}

// warn says what a command clashes with once it is done, as far as its actor may see.
func (b *Book) warn(now time.Time, who Actor, c Command) []Conflict {
	id := c.scope().campaign
	switch c := c.(type) {
	case PutPost:
		return b.clashesAt(now, who, id, c.Post.ID, c.Post.moment())
	case PutEvening:
		return b.clashesAt(now, who, id, c.Evening.ID, c.Evening.moment())
	case Slip:
		m := b.momentOf(id, c.Moment)
		m.at = c.To
		return b.clashesAt(now, who, id, c.Moment, m)
	case PutWindow:
		s := *b.shops[c.Window.Shop]
		s.windows = append(slices.DeleteFunc(slices.Clone(s.windows), func(w Window) bool { return w.ID == c.Window.ID }), c.Window)
		return slices.DeleteFunc(b.clashes(who, b.wavesOf(nil, &s, now), nil), func(x Conflict) bool { return x.Other.Ref != c.Window.ID })
	case PostNow:
		m := b.momentOf(id, c.Post)
		m.at, m.slip = c.At, 0
		return b.clashesAt(now, who, id, c.Post, m)
	}
	return nil
}

// clashesAt are the conflicts that a post or an evening has at its moment m.
func (b *Book) clashesAt(now time.Time, who Actor, campaign, id ID, m moment) []Conflict {
	k := b.campaigns[campaign]
	waves := slices.DeleteFunc(b.wavesNear(who, now, k, m), func(w wave) bool { return w.id == id })
	waves = append(waves, wave{m, b.shops[k.Shop], k})
	return slices.DeleteFunc(b.clashes(who, waves, k), func(c Conflict) bool { return c.One.Ref != id && c.Other.Ref != id })
}
