package page

import (
	"strconv"
	"strings"
	"time"
)

// plural returns which of the three forms goes with n.
// Polish (CLDR): one for 1; few for 2–4, 22–24, … but not 12–14; else many.
// English: one for 1, else many.
func plural(lang string, n int) int {
	switch {
	case n == 1:
		return 0
	case lang == "pl" && n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return 1
	default:
		return 2
	}
}

// number writes n with groups of three. Four digits stay together, as Polish does.
func (v *vocabulary) number(n int) string {
	s := strconv.Itoa(n)
	if len(s) < 5 {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + v.Thousands + s[i:]
	}
	return s
}

// said is a place in line in words, for the page and for its script.
type said struct{ Number, Ahead, Wait, Title string }

func (v *vocabulary) say(ahead int, low, high time.Duration) said {
	s := said{Number: v.number(ahead), Ahead: v.NobodyLeft, Wait: v.wait(low, high), Title: v.NobodyLeft}
	if ahead > 0 {
		s.Ahead = v.AheadForms[plural(v.Lang, ahead)]
		s.Title = s.Number + " " + v.AheadTab
	}
	return s
}

// drawn says what a draw of count places gave to the one numbered place.
func (v *vocabulary) drawn(count, first, place, at uint64) string {
	n := func(x uint64) string { return strconv.FormatUint(x, 10) } // as verify-draw takes it: no groups
	return strings.NewReplacer("#1", n(count), "#2", n(first), "#3", n(place), "#4", n(at)).Replace(v.Drawn)
}

// wait says a range in words, rounded outwards: never more exact than it is,
// never shorter than it may be. Zero and zero is "we do not know yet".
func (v *vocabulary) wait(low, high time.Duration) string {
	lo, hi := int(low/time.Second), int(high/time.Second)
	if lo <= 0 && hi <= 0 {
		return v.WaitUnknown
	}
	hi = max(hi, lo)
	if hi < 60 {
		return v.WaitUnder
	}
	a, b := roundAmount(lo, false), roundAmount(hi, true)
	say := func(form, first, second string) string {
		return strings.Replace(strings.Replace(form, "#1", first, 1), "#2", second, 1)
	}
	switch {
	case a.halves == 0:
		return say(v.WaitUpTo, v.amount(b), "")
	case a == b:
		return say(v.WaitAbout, v.amount(b), "")
	case a.hours == b.hours:
		return say(v.WaitSameUnit, v.digits(a), v.amount(b))
	default:
		return say(v.WaitRange, v.amount(a), v.amount(b))
	}
}

// amount is a length of time as it is told: in minutes, or in hours and halves.
type amount struct {
	hours  bool
	halves int // half hours, or half minutes (then always even)
}

// roundAmount rounds s seconds down, or up: to minutes, above 20 minutes to
// fives, from 90 minutes to half hours.
func roundAmount(s int, up bool) amount {
	step := func(n, by int) int {
		if up {
			n += by - 1
		}
		return n / by * by
	}
	m := step(s, 60) / 60
	if m > 20 {
		m = step(m, 5)
	}
	if m < 90 {
		return amount{halves: 2 * m}
	}
	return amount{hours: true, halves: step(s, 1800) / 1800}
}

func (v *vocabulary) digits(a amount) string {
	s := strconv.Itoa(a.halves / 2)
	if a.halves%2 == 1 {
		s += v.Decimal + "5"
	}
	return s
}

func (v *vocabulary) amount(a amount) string {
	unit := v.Minutes[1]
	switch {
	case a.hours && a.halves == 2:
		unit = v.Hours[0]
	case a.hours && a.halves%2 == 1:
		unit = v.Hours[1]
	case a.hours:
		unit = v.Hours[2]
	case a.halves == 2:
		unit = v.Minutes[0]
	}
	return v.digits(a) + "\u00a0" + unit
}

// countdown writes what is left: "3 days", "1:02:33" or "12:05". The script of the
// waiting page does the same each second.
func (v *vocabulary) countdown(left time.Duration) string {
	s := int(left / time.Second)
	if s <= 0 {
		return v.AnyTime
	}
	if s >= 48*3600 {
		return strconv.Itoa(s/86400) + "\u00a0" + v.Days
	}
	two := func(n int) string { return strconv.Itoa(n/10) + strconv.Itoa(n%10) }
	if s >= 3600 {
		return strconv.Itoa(s/3600) + ":" + two(s/60%60) + ":" + two(s%60)
	}
	return strconv.Itoa(s/60) + ":" + two(s%60)
}

// date writes an announced start with the name of its time zone, so that a fan
// abroad is not misled: "piątek, 5 czerwca, godz. 20:00 (CEST)".
func (v *vocabulary) date(t time.Time) string {
	sep := ", " + v.DateAt + " "
	if v.Lang == "en" {
		sep = " " + v.DateAt + " "
	}
	return v.Weekdays[t.Weekday()] + ", " + strconv.Itoa(t.Day()) + " " + v.Months[t.Month()-1] +
		sep + t.Format("15:04 (MST)")
}
