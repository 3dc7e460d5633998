package forecast

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Language is one of those in which the room speaks.
type Language uint8

// The languages.
const (
	English Language = iota
	Polish
)

// phrase is one text in both languages.
type phrase [2]string

// in is the phrase with its blanks filled in.
func (p phrase) in(l Language, args ...any) string { return fmt.Sprintf(p[l], args...) }

// round keeps two digits: an estimate has no more.
func round(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	// Digits are counted in decimal, so that 0.1 stays 0.1.
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil {
		return x
	}
	return r
}

// Number writes a number as the language does, with decimals only below 10.
func (l Language) Number(x float64) string {
	if x < 10 && x != math.Trunc(x) {
		s := strconv.FormatFloat(x, 'g', 2, 64)
		if x < 0.1 {
			s = strconv.FormatFloat(x, 'f', 2, 64)
		}
		if l == Polish {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
	s := strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	mark := ","
	if l == Polish {
		mark = "\u00a0" // may not be broken
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + mark + s[i:]
	}
	return s
}

// About writes an estimate, with two digits.
func (l Language) About(x float64) string { return l.Number(round(x)) }

// whole writes an estimate of people or things, of which there are no parts.
func (l Language) whole(x float64) string { return l.Number(math.Round(round(x))) }

// noun is a counted word: one, two, five, and a part of one; Polish has a form
// for each (1 osoba, 2 osoby, 5 osób, 0,5 osoby).
type noun struct {
	en [2]string // one, many
	pl [4]string // one, few, many, part
}

var (
	persons   = noun{[2]string{"person", "people"}, [4]string{"osoba", "osoby", "osób", "osoby"}}
	orders    = noun{[2]string{"order", "orders"}, [4]string{"zamówienie", "zamówienia", "zamówień", "zamówienia"}}
	worker    = noun{[2]string{"worker", "workers"}, [4]string{"proces sklepu", "procesy sklepu", "procesów sklepu", "procesu sklepu"}}
	replica   = noun{[2]string{"replica", "replicas"}, [4]string{"replika sklepu", "repliki sklepu", "replik sklepu", "repliki sklepu"}}
	piece     = noun{[2]string{"piece", "pieces"}, [4]string{"sztuka", "sztuki", "sztuk", "sztuki"}}
	pastPosts = noun{[2]string{"past post", "past posts"}, [4]string{"wcześniejszy wpis", "wcześniejsze wpisy", "wcześniejszych wpisów", "wcześniejszego wpisu"}}
	// In Polish these stand where the accusative is needed: na 1 minutę.
	second = noun{[2]string{"second", "seconds"}, [4]string{"sekundę", "sekundy", "sekund", "sekundy"}}
	minute = noun{[2]string{"minute", "minutes"}, [4]string{"minutę", "minuty", "minut", "minuty"}}
	hour   = noun{[2]string{"hour", "hours"}, [4]string{"godzinę", "godziny", "godzin", "godziny"}}
	day    = noun{[2]string{"day", "days"}, [4]string{"dzień", "dni", "dni", "dnia"}}
)

// form is the noun for n of it.
func (w noun) form(l Language, n float64) string {
	if l == English {
		if n == 1 {
			return w.en[0]
		}
		return w.en[1]
	}
	tens, ones := math.Mod(n, 100), math.Mod(n, 10)
	switch {
	case n != math.Trunc(n):
		return w.pl[3]
	case n == 1:
		return w.pl[0]
	case ones >= 2 && ones <= 4 && (tens < 12 || tens > 14):
		return w.pl[1]
	}
	return w.pl[2]
}

// count writes n of something, exactly.
func (l Language) count(n float64, w noun) string {
	return l.Number(n) + "\u00a0" + w.form(l, n)
}

// some writes an estimate of n of something.
func (l Language) some(n float64, w noun) string { return l.count(math.Round(round(n)), w) }

// span is a length of time in the unit that fits, and that unit.
func span(seconds float64) (float64, noun) {
	switch {
	case seconds < 90:
		return math.Round(seconds), second
	case seconds < 90*60:
		return math.Round(seconds / 60), minute
	case seconds < 48*3600:
		return round(seconds / 3600), hour
	default:
		return round(seconds / 86400), day
	}
}

// Span writes a length of time, in seconds, as people say it: 45 seconds, 25
// minutes, 1.4 hours.
func (l Language) Span(seconds float64) string {
	n, unit := span(seconds)
	return l.count(n, unit)
}

// Clock writes a moment, with its date where it is not the day of day.
func (l Language) Clock(t, day time.Time) string {
	t = t.In(day.Location())
	if t.Format(time.DateOnly) == day.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// Percent writes a share.
func (l Language) Percent(share float64) string {
	if l == Polish {
		return l.About(100*share) + "\u00a0%"
	}
	return l.About(100*share) + " %"
}

// money writes an amount without its currency, which nobody has told.
func (l Language) money(x float64) string { return l.whole(x) }

// between writes the ends of an interval.
func (l Language) between(r Range, of func(float64) string) string {
	low, high := of(r.Low), of(r.High)
	if low == high {
		return low
	}
	return phrase{"%s to %s", "od %s do %s"}.in(l, low, high)
}
