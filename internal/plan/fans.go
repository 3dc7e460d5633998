package plan

import (
	"strings"
	"time"
)

// told is a sentence that a party set.
type told struct {
	words Words
	until time.Time
}

// How long such a sentence is shown if nobody says, and at most: one that is forgotten
// must not stand there for weeks. Guesses.
const (
	toldFor   = 3 * time.Hour
	toldMost  = 7 * day
	maxToFans = 160 // characters: three lines on a phone
)

func (TellFans) kind() string   { return "fans-told" }
func (TellFans) action() Action { return SpeakToFans }
func (c TellFans) scope() scope { return scope{shop: c.Shop} }

func (c TellFans) decide(b *Book, now time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	c.Words.EN, c.Words.PL = strings.TrimSpace(c.Words.EN), strings.TrimSpace(c.Words.PL)
	if err := first(text("fans", c.Words.EN, maxToFans), text("fans", c.Words.PL, maxToFans), span("for", c.For, 0, toldMost)); err != nil {
		return nil, err
	}
	if c.Words == (Words{}) {
		if !s.sentence.until.After(now) {
			return nil, conflicts(Reason{Kind: "fans-not-told"})
		}
		c.For, c.Until = 0, time.Time{}
		return c, nil
	}
	if c.For == 0 {
		c.For = toldFor
	}
	c.Until = now.Add(c.For)
	return c, nil
}

func (c TellFans) tell(b *Book) Reason {
	if c.Words == (Words{}) {
		return Reason{Kind: "fans-told-no-more"}
	}
	r := Reason{Kind: "fans-told", Other: c.Words.EN, At: c.Until}
	if r.Other == "" {
		r.Other = c.Words.PL
	}
	if s := b.shops[c.Shop]; s != nil {
		r.At = r.At.In(s.zone)
	}
	return r
}

func (c TellFans) apply(b *Book, _ *Act) {
	if s := b.shops[c.Shop]; s != nil {
		s.sentence = told{c.Words, c.Until}
	}
}
