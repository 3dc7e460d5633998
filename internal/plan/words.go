package plan

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Language is one of those in which the room speaks.
type Language string

// The languages. Anything else is spoken to in English.
const (
	English Language = "en"
	Polish  Language = "pl"
)

// space may not be broken.
const space = "\u00a0"

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
		mark = space
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + mark + s[i:]
	}
	return s
}

// round keeps two digits: an estimate has no more.
func round(x float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil {
		return x
	}
	return r
}

// noun is a counted word: one, two, five, and a part of one; Polish has a form for
// each (1 osoba, 2 osoby, 5 osób, 0,5 osoby).
type noun struct {
	en [2]string // one, many
	pl [4]string // one, few, many, part
}

// nouns are all counted words, by the name they have in sentences.
var nouns = map[string]noun{
	"people":   {[2]string{"person", "people"}, [4]string{"osoba", "osoby", "osób", "osoby"}},
	"orders":   {[2]string{"order", "orders"}, [4]string{"zamówienie", "zamówienia", "zamówień", "zamówienia"}},
	"workers":  {[2]string{"worker", "workers"}, [4]string{"proces sklepu", "procesy sklepu", "procesów sklepu", "procesu sklepu"}},
	"replicas": {[2]string{"replica", "replicas"}, [4]string{"replika sklepu", "repliki sklepu", "replik sklepu", "repliki sklepu"}},
	"pieces":   {[2]string{"piece", "pieces"}, [4]string{"sztuka", "sztuki", "sztuk", "sztuki"}},
	"things":   {[2]string{"thing is", "things are"}, [4]string{"rzecz nie jest gotowa", "rzeczy nie są gotowe", "rzeczy nie jest gotowych", "rzeczy nie jest gotowe"}},
	"letters":  {[2]string{"character", "characters"}, [4]string{"znak", "znaki", "znaków", "znaku"}},
	// In Polish these stand where the accusative is needed: na 1 minutę.
	"second": {[2]string{"second", "seconds"}, [4]string{"sekundę", "sekundy", "sekund", "sekundy"}},
	"minute": {[2]string{"minute", "minutes"}, [4]string{"minutę", "minuty", "minut", "minuty"}},
	"hour":   {[2]string{"hour", "hours"}, [4]string{"godzinę", "godziny", "godzin", "godziny"}},
	"day":    {[2]string{"day", "days"}, [4]string{"dzień", "dni", "dni", "dnia"}},
}

// form is the noun for n of it.
func (w noun) form(l Language, n float64) string {
	if l != Polish {
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

// count writes n of something.
func (l Language) count(n float64, of string) string {
	return l.Number(n) + space + nouns[of].form(l, n)
}

// Span writes a length of time as people say it: 45 seconds, 25 minutes, 1.5 hours.
func (l Language) Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	s := d.Seconds()
	switch {
	case s < 90:
		return l.count(math.Round(s), "second")
	case s < 90*60:
		return l.count(math.Round(s/60), "minute")
	case s < 48*3600:
		return l.count(round(s/3600), "hour")
	}
	return l.count(round(s/86400), "day")
}

// Percent writes a share.
func (l Language) Percent(share float64) string {
	if l == Polish {
		return l.Number(round(100*share)) + space + "%"
	}
	return l.Number(round(100*share)) + " %"
}

var months = map[Language][12]string{
	English: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	Polish:  {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"},
}

// Clock writes a moment in its own zone: 1 Dec, 20:00. In the hour that the clock goes
// through twice in autumn it names the zone as well.
func (l Language) Clock(t time.Time) string {
	if l != Polish {
		l = English
	}
	s := strconv.Itoa(t.Day()) + space + months[l][t.Month()-1] + ", " + t.Format("15:04")
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		if t.Add(d).Format("15:04") == t.Format("15:04") {
			return s + space + t.Format("MST")
		}
	}
	return s
}

// roleNames are the roles as people call them.
var roleNames = map[Role]Words{
	Influencer: {"the influencer", "influencer"}, MediaHouse: {"the media house", "dom mediowy"}, SoftwareHouse: {"the software house", "software house"},
	Host: {"the host", "hosting"}, Operator: {"the operator", "operator"}, Machine: {"a program", "program"},
}

// In is the role as people call it.
func (r Role) In(l Language) string {
	w, known := roleNames[r]
	if !known {
		return string(r)
	}
	return w.In(l)
}

// upper makes the first letter large.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
