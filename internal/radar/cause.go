package radar

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// CauseKind is why a state changed.
type CauseKind uint8

// The kinds. CauseStart is that of a detector that has not changed yet.
const (
	CauseStart   CauseKind = iota
	CauseBurst             // a window holds more than chance explains
	CauseClimb             // a little more for long, more in sum than chance explains
	CauseStrong            // surely more than twice what is usual
	CauseSecond            // a second rise on a wave that was falling
	CauseSpent             // half of the peak and less
	CauseQuiet             // back to what is usual after a wave
	CauseNothing           // back to what is usual after a swell that did not grow
	CauseSettled           // it stays: this is what is usual now
	CauseWay               // one way into the shop brings a wave (see Field)
)

var causeKinds = [...]string{"start", "burst", "climb", "strong", "second", "spent", "quiet", "nothing", "settled", "way"}

// String is the word for the journal and for metrics.
func (k CauseKind) String() string {
	if int(k) < len(causeKinds) {
		return causeKinds[k]
	}
	return fmt.Sprintf("cause %d", uint8(k))
}

// MarshalText writes the word.
func (k CauseKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word; what is none is an error.
func (k *CauseKind) UnmarshalText(text []byte) error {
	for i, w := range causeKinds {
		if w == string(text) {
			*k = CauseKind(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no cause", text)
}

// Cause is the reason of a change, with the numbers it was decided by.
type Cause struct {
	Kind     CauseKind
	Count    int           // newcomers in Window
	Window   time.Duration // that was looked at
	Expected float64       // newcomers that are usual in Window; of CauseSecond: as the ebb has them
	Surprise float64       // nats; of CauseBurst, CauseClimb, CauseSecond and CauseStrong
	Peak     float64       // newcomers a second at the peak; of CauseSpent and CauseQuiet
	Lasted   time.Duration // since the onset; of all that end or turn a wave
}

// Sentence says it to people, in Polish for "pl" and in English otherwise.
func (c Cause) Sentence(language string) string {
	t := causeTexts[c.Kind%CauseKind(len(causeTexts))]
	text := t.en
	if language == "pl" {
		text = t.pl
	}
	w := causeWords{language == "pl"}
	return strings.NewReplacer(
		"{count}", w.arrivals(float64(c.Count)), "{window}", w.span(c.Window), "{expected}", w.number(c.Expected),
		"{times}", w.times(float64(c.Count)/math.Max(c.Expected, 1e-9)), "{chance}", w.chance(c.Surprise),
		"{rate}", w.number(float64(c.Count)/math.Max(c.Window.Seconds(), 1e-9)), "{peak}", w.number(c.Peak), "{lasted}", w.span(c.Lasted),
	).Replace(text)
}

var causeTexts = [...]struct{ en, pl string }{
	CauseStart:   {"nothing has been unusual yet", "nic jeszcze nie było nietypowe"},
	CauseBurst:   {"{count} in {window}, where {expected} are usual ({times}): chance alone does that {chance}", "{count} w {window}, zwykle {expected} ({times}): przypadkiem zdarza się to {chance}"},
	CauseClimb:   {"{count} in {window}, where {expected} are usual ({times}), and it does not end: chance alone does that {chance}", "{count} przez {window}, zwykle {expected} ({times}), i to się nie kończy: przypadkiem zdarza się to {chance}"},
	CauseStrong:  {"{count} in {window}, where {expected} are usual ({times}): surely more than twice as many", "{count} w {window}, zwykle {expected} ({times}): na pewno ponad dwa razy tyle"},
	CauseSecond:  {"it rises again: {count} in {window}, where {expected} would have been the rest of the first wave ({times})", "znowu wzbiera: {count} w {window}, reszta pierwszej fali to {expected} ({times})"},
	CauseSpent:   {"the peak is over: {rate} a second after {peak} at most, {lasted} after it began", "szczyt minął: {rate} na sekundę, było {peak}; {lasted} od początku"},
	CauseQuiet:   {"the wave is over after {lasted}: {count} in {window}, where {expected} are usual; at most it was {peak} a second", "fala minęła, trwała {lasted}: {count} w {window}, zwykle {expected}; najwięcej było {peak} na sekundę"},
	CauseNothing: {"it came to nothing within {lasted}: {count} in {window}, where {expected} are usual", "nic z tego nie było, {lasted} od początku: {count} w {window}, zwykle {expected}"},
	CauseSettled: {"it has stayed like this for {lasted}: {rate} a second are taken as usual from now on", "trwa to już {lasted}: {rate} na sekundę to odtąd zwykły ruch"},
	CauseWay:     {"by one way {count} in {window}, where {expected} are usual: chance alone does that {chance}", "jedną drogą {count} w {window}, zwykle {expected}: przypadkiem zdarza się to {chance}"},
}

// causeWords writes numbers as one of the languages does.
type causeWords struct{ polish bool }

// number has two digits below ten, and no more than three above.
func (w causeWords) number(x float64) string {
	digits := 2
	if x >= 10 {
		digits = 3
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "?"
	}
	s := strconv.FormatFloat(r, 'f', -1, 64)
	if whole, part, found := strings.Cut(s, "."); found && r >= 100 {
		s = whole
	} else if found && len(part) > 4 {
		s = "0"
	}
	return w.grouped(s)
}

// grouped writes 12345.6 as 12,345.6 or 12 345,6.
func (w causeWords) grouped(s string) string {
	whole, part, found := strings.Cut(s, ".")
	mark, point := ",", "."
	if w.polish {
		mark, point = "\u00a0", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + mark + whole[i:]
	}
	if found {
		whole += point + part
	}
	return whole
}

func (w causeWords) arrivals(n float64) string {
	text := w.grouped(strconv.FormatFloat(n, 'f', 0, 64))
	if !w.polish {
		if n == 1 {
			return text + " newcomer"
		}
		return text + " newcomers"
	}
	ones, tens := math.Mod(n, 10), math.Mod(n, 100)
	switch {
	case n == 1:
		return text + " wejście"
	case ones >= 2 && ones <= 4 && (tens < 12 || tens > 14):
		return text + " wejścia"
	}
	return text + " wejść"
}

// span writes a length of time with its unit, which both languages write alike.
func (w causeWords) span(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 120:
		return w.number(s) + " s"
	case s < 2*3600:
		return w.number(math.Round(s/60)) + " min"
	case s < 48*3600:
		return w.number(s/3600) + " h"
	case w.polish:
		return w.number(math.Round(s/86400)) + " dni"
	default:
		return w.number(math.Round(s/86400)) + " days"
	}
}

func (w causeWords) times(x float64) string {
	text := w.number(x)
	switch {
	case !w.polish:
		return text + " times as many"
	case strings.Contains(text, ","):
		return text + " raza tyle"
	}
	return text + " razy tyle"
}

// chance says e to the power of so many nats: one in how many.
func (w causeWords) chance(nats float64) string {
	one := math.Exp(nats)
	switch {
	case one >= 1e12 && w.polish:
		return "raz na ponad bilion prób" // 10¹²
	case one >= 1e12:
		return "less than once in a trillion looks"
	case w.polish:
		return "raz na " + w.large(one, "tys.", "mln", "mld") + " prób"
	}
	return "once in " + w.large(one, "thousand", "million", "billion") + " looks"
}

// large writes 9,100,000 as 9.1 million.
func (w causeWords) large(x float64, names ...string) string {
	name := ""
	for _, n := range names {
		if x < 1000 {
			break
		}
		x, name = x/1000, " "+n
	}
	if x >= 10 {
		x = math.Round(x)
	}
	return w.number(x) + name
}
