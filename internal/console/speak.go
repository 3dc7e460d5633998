package console

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// speaker says things in one language, for the pages that are made here. The
// scripts of the live page have their own, in assets/words.js; both group
// digits, choose plural forms and tell lengths of time alike.
type speaker struct {
	lang  string
	words dictionary
}

// narrow is a space that does not break: between a number and what it counts.
const narrow = "\u00a0"

// say returns a text with its {names} filled in: pairs are name, value, ….
func (s *speaker) say(key string, pairs ...any) (string, error) {
	text, ok := s.words[key]
	if !ok {
		return "", fmt.Errorf("no words for %q in %s", key, s.lang)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("%q: a name without a value", key)
	}
	for i := 0; i < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return text, nil
}

// count is say in the plural form that goes with n, which is filled in as {n}.
func (s *speaker) count(key string, n int, pairs ...any) (string, error) {
	return s.say(key+"."+s.form(n), append([]any{"n", s.number(float64(n))}, pairs...)...)
}

// form is the plural form of CLDR that goes with a whole number.
func (s *speaker) form(n int) string {
	n = max(n, -n)
	switch plural.Cardinal.MatchPlural(language.Make(s.lang), n, 0, 0, 0, 0) {
	case plural.One:
		return "one"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	default:
		return "other"
	}
}

// word is the text of a key that is put together, or the value itself where
// there are no words for it.
func (s *speaker) word(prefix string, value any) string {
	if text, ok := s.words[prefix+fmt.Sprint(value)]; ok {
		return text
	}
	return fmt.Sprint(value)
}

// number writes n in groups of three, with one digit after the point below ten
// where it is not whole. A number that is not known is said to be so.
func (s *speaker) number(n float64) string {
	if n < 0 || math.IsNaN(n) {
		return s.words["unknown"]
	}
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	if n < 9.95 && math.Abs(n-math.Round(n)) >= 0.05 {
		digits = strconv.FormatFloat(n, 'f', 1, 64)
	}
	if s.lang == "pl" {
		digits = strings.Replace(digits, ".", ",", 1)
	}
	from, sign := 4, ","
	if s.lang == "pl" {
		from, sign = 5, narrow // as Intl does: four digits stay together
	}
	if len(digits) < from || strings.ContainsAny(digits, ",.") {
		return digits
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + sign + digits[i:]
	}
	return digits
}

// share writes a part of one in per cent.
func (s *speaker) share(part float64) string {
	if part < 0 || math.IsNaN(part) {
		return s.words["unknown"]
	}
	return strconv.FormatFloat(math.Round(part*100), 'f', 0, 64) + "%"
}

// length says a length of time as a person would.
func (s *speaker) length(d time.Duration) string {
	seconds := int(math.Round(d.Abs().Seconds()))
	minutes := (seconds + 30) / 60
	switch {
	case seconds < 60:
		return strings.ReplaceAll(s.words["seconds"], "{n}", strconv.Itoa(seconds))
	case minutes < 90:
		return strings.ReplaceAll(s.words["minutes"], "{n}", strconv.Itoa(minutes))
	case minutes < 48*60 && minutes%60 == 0:
		return strings.ReplaceAll(s.words["whole.hours"], "{n}", strconv.Itoa(minutes/60))
	case minutes < 48*60:
		return strings.NewReplacer("{n}", strconv.Itoa(minutes/60), "{m}", strconv.Itoa(minutes%60)).Replace(s.words["hours"])
	}
	days, _ := s.count("days", (minutes+12*60)/(24*60)) // its forms are tested
	return days
}

// text chooses the language. What is there in the other one only is marked.
func (s *speaker) text(t Text) template.HTML {
	mine, other, lang := t.EN, t.PL, "pl"
	if s.lang == "pl" {
		mine, other, lang = t.PL, t.EN, "en"
	}
	if mine == "" && other != "" {
		return template.HTML(`<bdi lang="` + lang + `">` + template.HTMLEscapeString(other) + `</bdi>`)
	}
	return template.HTML(`<bdi>` + template.HTMLEscapeString(mine) + `</bdi>`)
}

// plain is text for attributes and titles.
func (s *speaker) plain(t Text) string {
	if s.lang == "pl" && t.PL != "" || t.EN == "" {
		return t.PL
	}
	return t.EN
}

// clock is hour and minute of a time in the zone of another one.
func (s *speaker) clock(zone, t time.Time) template.HTML {
	return stamp(t, s.hour(t.In(zone.Location())))
}

// hour is hour and minute of a time in its own zone. In the night in which clocks are put
// back an hour comes twice: which of the two is said.
func (s *speaker) hour(t time.Time) string {
	const wall = "2006-01-02 15:04"
	text := t.Format("15:04")
	if twice := t.Add(time.Hour).Format(wall) == t.Format(wall) || t.Add(-time.Hour).Format(wall) == t.Format(wall); !twice {
		return text
	}
	season := "clock.winter"
	if t.IsDST() {
		season = "clock.summer"
	}
	return strings.ReplaceAll(s.words[season], "{time}", text)
}

// precise is clock with seconds.
func (s *speaker) precise(zone, t time.Time) template.HTML {
	return stamp(t, t.In(zone.Location()).Format("15:04:05"))
}

// when says day and time, near days by name.
func (s *speaker) when(now, t time.Time) template.HTML {
	return stamp(t, s.whenPlain(now, t))
}

func (s *speaker) whenPlain(now, t time.Time) string {
	t = t.In(now.Location())
	return strings.NewReplacer("{day}", s.day(now, t), "{time}", s.hour(t)).Replace(s.words["day.time"])
}

// day names a day: today, tomorrow, yesterday, else weekday and date, with the
// year where it is another one.
func (s *speaker) day(now, t time.Time) string {
	t = t.In(now.Location())
	switch daysBetween(now, t) {
	case 0:
		return s.words["today"]
	case 1:
		return s.words["tomorrow"]
	case -1:
		return s.words["yesterday"]
	}
	date := strings.NewReplacer(
		"{weekday}", s.words["weekday."+strconv.Itoa(int(t.Weekday()))],
		"{d}", strconv.Itoa(t.Day()), "{month}", s.words["month."+strconv.Itoa(int(t.Month()))],
	).Replace(s.words["date"])
	if t.Year() != now.Year() {
		date += " " + strconv.Itoa(t.Year())
	}
	return date
}

// daysBetween counts calendar days, which are 23 or 25 hours long when clocks
// change.
func daysBetween(a, b time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(b).Sub(date(a)) / (24 * time.Hour))
}

// till says how far a time is: "in 2 h 40 min", "5 min ago".
func (s *speaker) till(now, t time.Time) string {
	d := t.Sub(now)
	switch {
	case d.Abs() < time.Minute:
		return s.words["just.now"]
	case d < 0:
		return strings.ReplaceAll(s.words["ago"], "{length}", s.length(d))
	default:
		return strings.ReplaceAll(s.words["within"], "{length}", s.length(d))
	}
}

func stamp(t time.Time, text string) template.HTML {
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + template.HTMLEscapeString(text) + `</time>`)
}

// funcs are the words templates have.
func (s *speaker) funcs() template.FuncMap {
	return template.FuncMap{
		"t": s.say, "count": s.count, "word": s.word, "num": s.wide, "share": s.share, "length": s.length,
		"say": s.text, "plain": s.plain, "clock": s.clock, "precise": s.precise, "exact": s.exact, "when": s.when, "whenPlain": s.whenPlain,
		"day": s.day, "till": s.till, "flow": s.flow, "people": s.people, "curve": s.curve,
	}
}

// wide is number for templates, which hold whole numbers and others.
func (s *speaker) wide(n any) (string, error) {
	switch n := n.(type) {
	case int:
		return s.number(float64(n)), nil
	case float64:
		return s.number(n), nil
	}
	return "", fmt.Errorf("%T is no number", n)
}
