package falochron

import (
	"reflect"
	"time"
)

// Announced is what the plan announces of one shop to the edge before it: posts, sales
// evenings, and what is said to the fans. It is immutable once it is part of a
// [Snapshot].
type Announced struct {
	// Domains are the hosts on which the shop's own pages are, lower case, without port;
	// short links lead to no other.
	Domains  []string           `json:"domains,omitempty"`
	Posts    []AnnouncedPost    `json:"posts,omitempty"`
	Evenings []AnnouncedEvening `json:"evenings,omitempty"` // that are not over and not called off, by start
	Line     FanLine            `json:"line,omitzero"`
	// Zone is the time zone in which the plan tells moments of this shop, by its IANA
	// name, so that nobody reads two clocks on one page; empty: not known.
	Zone string `json:"zone,omitempty"`
}

// AnnouncedPost is a post as the edge needs it.
type AnnouncedPost struct {
	ID   string `json:"id"`
	Code string `json:"code"` // of its short link, see [ShortCode]
	Link string `json:"link,omitempty"`
	// At is when it goes out, or went; it may come Slip earlier or later.
	At   time.Time     `json:"at"`
	Slip time.Duration `json:"slip,omitempty"`
	Out  bool          `json:"out,omitempty"`
	Off  bool          `json:"off,omitempty"` // called off: nobody need be awaited; its link leads on all the same
}

// AnnouncedEvening is a sales evening as the edge needs it.
type AnnouncedEvening struct {
	ID       string        `json:"id"`
	Start    time.Time     `json:"start"`
	PreQueue time.Duration `json:"pre_queue,omitempty"` // how long before Start its waiting room opens; 0 = not at all
	Draw     bool          `json:"draw,omitempty"`      // who came before Start gets a place by draw; else as they came
	End      time.Time     `json:"end"`
}

// FanLine is a sentence for the fans; empty: there is none. A language that is missing
// is told in the other.
type FanLine struct {
	EN    string    `json:"en,omitempty"`
	PL    string    `json:"pl,omitempty"`
	Until time.Time `json:"until,omitzero"` // it is true until then; zero: until another is told
}

// In is the sentence in a language, "pl" or another, as long as it is true; empty: none.
func (l FanLine) In(lang string, now time.Time) string {
	if !l.Until.IsZero() && !now.Before(l.Until) {
		return ""
	}
	first, second := l.EN, l.PL
	if lang == "pl" {
		first, second = second, first
	}
	if first == "" {
		return second
	}
	return first
}

// Same reports whether both announce the same. Nil announces nothing.
func (a *Announced) Same(b *Announced) bool {
	if a == nil {
		a = &Announced{}
	}
	if b == nil {
		b = &Announced{}
	}
	return reflect.DeepEqual(a, b)
}
