package tale

import (
	"math"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// Wave is what can be said to people of a shop's arrivals at a moment. It is a plain
// value, put together of what the machines of this room and the nowcast have found;
// whoever fills it has decided what its reader may know.
type Wave struct {
	Now   time.Time // in the time zone in which it is told
	State radar.State
	Onset time.Time // when the wave began, as estimated back; of no meaning in [radar.Calm]
	Rate  float64   // new visitors a minute
	Usual float64   // as many are usual at this hour; 0 = not known
	Come  int       // new visitors since Onset

	Whose Whose
	Size  Size
	Fans  Crowd // those who make up most of it
	// Attack is what comes beside the fans, or instead of them.
	Attack Crowd
}

// Whose is the post that a wave comes from, as far as it is known and its reader may know.
type Whose struct {
	Sure float64 // 0 to 1
	// Post says that it is one of the plan's; then Kind is its channel as the plan has it,
	// "instagram-story", Account whose it is, and At the moment that was announced. Each may
	// be empty.
	Post    bool
	Kind    string
	Account string
	At      time.Time
	Early   time.Duration     // before At it began; negative: after it
	Channel falochron.Channel // of a post that is not in the plan
	Several bool              // several posts of the plan may be it, and nothing tells them apart
	Hidden  bool              // the reader may know that and when, not whose
}

// Span is a figure with the interval in which it lies in eight of ten cases.
type Span struct{ Low, Mid, High float64 }

// Size is how large a wave becomes.
type Size struct {
	Known        bool // false: the other fields say nothing
	InTen        Span // people in its first ten minutes
	InHour       Span // people in its first hour
	PeakAt       time.Time
	PeakAtLatest time.Time // it may be as late as this
}

// Crowd is who comes, in what a verdict found of them.
type Crowd struct {
	There bool // false: there is none
	Kind  falochron.CohortKind
	Sure  float64 // 0 to 1
	Signs []falochron.CohortReason
	// Treatment is what is done to them; with Shadow it is only written down.
	Treatment falochron.Treatment
	Shadow    bool
}

// Sentence says a story in "pl" or, for any other language, in English: one sentence,
// and a second one if there is an attack beside a wave.
func (s *Wave) Sentence(lang string) string {
	w := wordsOf(lang)
	var out string
	switch {
	case s.State == radar.Calm:
		out = s.calm(w)
	default:
		parts := append([]string{w.subject(&s.Whose)}, s.course(w)...)
		out = strings.Join(parts, ", ")
		if crowd := s.Fans.says(w); crowd != "" {
			out += "; " + crowd
		}
	}
	out = capital(out) + "."
	if attack := s.Attack.says(w); attack != "" {
		if s.State != radar.Calm {
			attack = w.beside + " " + attack
		}
		out += " " + capital(attack) + "."
	}
	return out
}

// calm says how many come when nothing goes on.
func (s *Wave) calm(w *words) string {
	rate := s.Rate
	if rate >= 9.95 {
		rate = math.Round(rate) // as it is written, so that the word agrees
	}
	now := w.fill(w.perMinute, "n", w.about(rate))
	if s.Usual <= 0 {
		return now + ", " + w.learning
	}
	return now + ", " + w.fill(w.usual, "n", w.number(s.Usual))
}

// course is when it began, how large it becomes, and when its peak is.
func (s *Wave) course(w *words) (parts []string) {
	zone := s.Now.Location()
	if !s.Onset.IsZero() {
		parts = append(parts, w.fill(w.began, "time", s.Onset.In(zone).Format(time.TimeOnly)))
	}
	age := s.Now.Sub(s.Onset)
	switch {
	case s.State == radar.Ebb:
		return append(parts, w.fill(w.soFar, "n", w.people(s.Come)), w.ebbs)
	case !s.Size.Known:
		return append(parts, w.unsized)
	case age < 10*time.Minute:
		parts = append(parts, w.span(w.inTen, s.Size.InTen))
	case age < time.Hour:
		parts = append(parts, w.fill(w.soFar, "n", w.people(s.Come)), w.span(w.inHour, s.Size.InHour))
	default:
		parts = append(parts, w.fill(w.soFar, "n", w.people(s.Come)))
	}
	if peak := s.peak(w); peak != "" {
		parts = append(parts, peak)
	}
	return parts
}

// atPeak is how near to now a peak is now: less is no figure that somebody could act on.
const atPeak = 5 * time.Second

// peak says when the peak is; empty: it is not known.
func (s *Wave) peak(w *words) string {
	if s.Size.PeakAt.IsZero() {
		return ""
	}
	switch in := s.Size.PeakAt.Sub(s.Now); {
	case in > atPeak:
		return w.fill(w.peakIn, "length", w.length(in))
	case in < -atPeak:
		return w.fill(w.peakWas, "time", s.Size.PeakAt.In(s.Now.Location()).Format(time.TimeOnly))
	}
	return w.peakNow
}

// says is who they are and why, and what is done to them; empty: there is nobody to
// speak of.
func (c *Crowd) says(w *words) string {
	if !c.There {
		return ""
	}
	out := w.crowds[c.Kind]
	if c.Kind == falochron.CohortAttack {
		out += " (" + w.fill(w.sure, "n", percent(c.Sure)) + ")"
	}
	if signs := c.signs(w); signs != "" {
		out += ": " + signs
	}
	if done := w.treatments[c.Treatment]; done != "" {
		if c.Shadow {
			done = w.shadow
		}
		out += "; " + done
	}
	return out
}
