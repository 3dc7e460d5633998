package tale

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// words are those of one language. In texts, {n}, {time} and {length} are filled in.
// They begin small, since each stands within a sentence.
type words struct {
	polish bool

	perMinute, usual, learning string

	story, announced, early, late                  string // of a post in the plan
	hidden, hiddenPlan, unplanned, several, untold string // of what its reader may not know, of no post, of no channel
	sure, began, soFar, ebbs, unsized, inTen       string
	inHour, peakIn, peakNow, peakWas               string

	beside, shadow, oneAddress, marked string
	crowds                             map[falochron.CohortKind]string
	treatments                         map[falochron.Treatment]string
}

// wordsOf are those of "pl", or for any other language the English ones.
func wordsOf(lang string) *words {
	if lang == "pl" {
		return &polish
	}
	return &english
}

var english = words{
	perMinute: "about {n} a minute", usual: "usual at this hour are {n}", learning: "what is usual is still being learnt",
	story: "a {kind}{of}", announced: "the {time} {kind}{of}", early: "{length} early", late: "{length} late",
	hidden: "a wave that nobody announced", hiddenPlan: "the wave announced for {time}", unplanned: "a wave from {channel} that nobody announced",
	several: "a wave from {channel}, of one of several posts",
	untold:  "a wave of which nobody knows the post", sure: "{n} sure",
	began: "began {time}", soFar: "{n} so far", ebbs: "it ebbs", unsized: "how large it will be is not known yet",
	inTen: "about {n} in 10 minutes ({low}–{high})", inHour: "about {n} in the hour ({low}–{high})",
	peakIn: "peak in {length}", peakNow: "it is at its peak", peakWas: "the peak was at {time}",
	beside: "beside it", shadow: "this is only watched, nobody is slowed for it", oneAddress: "one address of {net}", marked: "by a marked link",
	crowds: map[falochron.CohortKind]string{
		falochron.CohortFans: "fans", falochron.CohortAttack: "an attack", falochron.CohortUnsure: "whether they are fans is not known yet",
	},
	treatments: map[falochron.Treatment]string{
		falochron.TreatSlow: "they stand in a lane of their own", falochron.TreatChallenge: "they are asked to show that they are people", falochron.TreatRefuse: "they are refused",
	},
}

var polish = words{
	polish:    true,
	perMinute: "około {n} na minutę", usual: "o tej porze zwykle {n}", learning: "ile jest zwykle, jeszcze się uczymy",
	story: "{kind}{of}", announced: "{kind}{of} z {time}", early: "{length} wcześniej", late: "{length} później",
	hidden: "niezapowiedziana fala", hiddenPlan: "fala zapowiedziana na {time}", unplanned: "niezapowiedziana fala {channel}", several: "fala {channel}, po jednym z kilku wpisów",
	untold: "fala, nie wiadomo po czyim wpisie", sure: "{n} pewności",
	began: "początek o {time}", soFar: "dotąd {n}", ebbs: "opada", unsized: "nie wiadomo jeszcze, jak duża będzie",
	inTen: "około {n} w 10 minut ({low}–{high})", inHour: "około {n} w godzinę ({low}–{high})",
	peakIn: "szczyt za {length}", peakNow: "właśnie trwa szczyt", peakWas: "szczyt był o {time}",
	beside: "oprócz tego", shadow: "to tylko obserwacja, nikogo to nie spowalnia", oneAddress: "jeden adres z {net}", marked: "z oznaczonego linku",
	crowds: map[falochron.CohortKind]string{
		falochron.CohortFans: "fani", falochron.CohortAttack: "atak", falochron.CohortUnsure: "nie wiadomo jeszcze, czy to fani",
	},
	treatments: map[falochron.Treatment]string{
		falochron.TreatSlow: "stoją w osobnej kolejce", falochron.TreatChallenge: "muszą pokazać, że są ludźmi", falochron.TreatRefuse: "są odrzucani",
	},
}

// kinds are posts by their channel as the plan has it, in English and in Polish; of
// others nothing but "a post" is said.
var kinds = map[string][2]string{
	"instagram-story": {"story", "relacja"}, "instagram-reel": {"reel", "rolka"}, "instagram-post": {"post", "post"}, "facebook-post": {"post", "post"},
	"x-post": {"post", "post"}, "tiktok": {"TikTok video", "film na TikToku"}, "youtube": {"video", "film"}, "chat": {"message", "wiadomość"},
	"live": {"live", "transmisja"}, "tv": {"TV spot", "spot w telewizji"}, "timed-drop": {"sale", "sprzedaż"},
}

// channels are the networks as people call them, in English, and where something comes
// from in Polish, which has a form of each name for it. Of others no name is told.
var channels = map[falochron.Channel][2]string{
	falochron.Instagram: {"Instagram", "z Instagrama"}, falochron.Facebook: {"Facebook", "z Facebooka"}, falochron.Messenger: {"Messenger", "z Messengera"},
	falochron.Threads: {"Threads", "z Threads"}, falochron.TikTok: {"TikTok", "z TikToka"}, falochron.Snapchat: {"Snapchat", "ze Snapchata"}, falochron.X: {"X", "z X"},
	falochron.Pinterest: {"Pinterest", "z Pinteresta"}, falochron.YouTube: {"YouTube", "z YouTube’a"}, falochron.LinkedIn: {"LinkedIn", "z LinkedIna"},
	falochron.Twitch: {"Twitch", "z Twitcha"}, falochron.Kick: {"Kick", "z Kicka"}, falochron.Discord: {"Discord", "z Discorda"}, falochron.Telegram: {"Telegram", "z Telegrama"},
	falochron.WhatsApp: {"WhatsApp", "z WhatsAppa"}, falochron.LinkInBio: {"the link in a bio", "z linku w bio"}, falochron.Reddit: {"Reddit", "z Reddita"},
	falochron.Bluesky: {"Bluesky", "z Bluesky"}, falochron.Mastodon: {"Mastodon", "z Mastodona"}, falochron.Wykop: {"Wykop", "z Wykopu"}, falochron.Ceneo: {"Ceneo", "z Ceneo"},
}

// subject is whose wave it is.
func (w *words) subject(o *Whose) string {
	of := ""
	if o.Account != "" {
		of = " " + o.Account
		if !w.polish {
			of = " of " + o.Account
		}
	}
	kind := [2]string{"post", "wpis"}[w.index()]
	if k, known := kinds[o.Kind]; known {
		kind = k[w.index()]
	}
	clock := o.At.Format("15:04")
	var out string
	switch {
	case o.Hidden && o.Post && !o.At.IsZero():
		out = w.fill(w.hiddenPlan, "time", clock)
	case o.Hidden:
		return w.hidden
	case o.Post && !o.At.IsZero():
		out = w.fill(w.announced, "time", clock, "kind", kind, "of", of)
	case o.Post:
		out = w.fill(w.story, "kind", kind, "of", of)
	default:
		name, known := channels[o.Channel]
		if !known {
			return w.untold
		}
		text := w.unplanned
		if o.Several {
			text = w.several
		}
		out = w.fill(text, "channel", name[w.index()])
	}
	if off := o.Early.Abs(); o.Post && !o.At.IsZero() && off >= time.Minute {
		by := w.early
		if o.Early < 0 {
			by = w.late
		}
		out += ", " + w.fill(by, "length", w.minutes(int(math.Round(off.Minutes()))))
	}
	return out + " (" + w.fill(w.sure, "n", percent(o.Sure)) + ")"
}

// span is a figure with its interval.
func (w *words) span(text string, s Span) string {
	n := round2(s.Mid)
	return w.fill(text, "n", w.about(n), "low", w.number(round2(s.Low)), "high", w.number(round2(s.High)))
}

// fill fills the blanks of a text: pairs are name, value, ….
func (w *words) fill(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// noun is a counted word: in English one and many; in Polish one, few and many, and a
// part of one.
type noun struct {
	en [2]string
	pl [4]string
}

// The counted words. Polish minutes and seconds stand where the accusative is needed.
var (
	personNoun = noun{[2]string{"person", "people"}, [4]string{"osoba", "osoby", "osób", "osoby"}}
	minuteNoun = noun{[2]string{"minute", "minutes"}, [4]string{"minutę", "minuty", "minut", "minuty"}}
	pageNoun   = noun{[2]string{"page", "pages"}, [4]string{"stronę", "strony", "stron", "strony"}}
	// aboutNoun stands after "około", which wants the genitive.
	aboutNoun = noun{[2]string{"person", "people"}, [4]string{"osoby", "osób", "osób", "osoby"}}
)

// index is the place of the language in pairs.
func (w *words) index() int {
	if w.polish {
		return 1
	}
	return 0
}

// form is the noun that goes with n, not negative.
func (w *words) form(of noun, n float64) string {
	if !w.polish {
		if n == 1 {
			return of.en[0]
		}
		return of.en[1]
	}
	tens, ones := math.Mod(n, 100), math.Mod(n, 10)
	switch {
	case n != math.Trunc(n):
		return of.pl[3]
	case n == 1:
		return of.pl[0]
	case ones >= 2 && ones <= 4 && (tens < 12 || tens > 14):
		return of.pl[1]
	}
	return of.pl[2]
}

func (w *words) count(n float64, of noun) string { return w.number(n) + space + w.form(of, n) }

func (w *words) people(n int) string    { return w.count(float64(n), personNoun) }
func (w *words) about(n float64) string { return w.count(n, aboutNoun) }
func (w *words) minutes(n int) string   { return w.count(float64(n), minuteNoun) }

// spelled are small numbers as they are written in a sentence, from 0.
var spelled = map[bool][]string{
	false: {"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"},
	true:  {"", "jednej", "dwie", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć"},
}

// each is how many pages everybody looks at: "four pages each", "po cztery strony".
func (w *words) each(pages float64) string {
	n := math.Max(math.Round(pages), 1)
	number := w.number(n)
	if small := spelled[w.polish]; int(n) < len(small) {
		number = small[int(n)]
	}
	switch {
	case !w.polish:
		return number + " " + w.form(pageNoun, n) + " each"
	case n == 1:
		return "po jednej stronie"
	}
	return "po " + number + " " + w.form(pageNoun, n)
}

// space may not be broken.
const space = "\u00a0"

// number writes a number that is not negative in groups of three, with one digit after
// the point below ten where it is not whole. In Polish four digits stay together, as on
// all pages.
func (w *words) number(n float64) string {
	if n < 9.95 && math.Abs(n-math.Round(n)) >= 0.05 {
		digits := strconv.FormatFloat(n, 'f', 1, 64)
		if w.polish {
			digits = strings.Replace(digits, ".", ",", 1)
		}
		return digits
	}
	digits := strconv.FormatFloat(math.Round(n), 'f', 0, 64)
	from, mark := 4, ","
	if w.polish {
		from, mark = 5, space
	}
	if len(digits) < from {
		return digits
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	return digits
}

// percent writes a share alike in both languages. Nothing is told as sure as 100 %.
func percent(share float64) string {
	return strconv.Itoa(int(math.Round(100*min(max(share, 0), 0.99)))) + space + "%"
}

// length is a length of time ahead: in steps of ten seconds below a minute and a half,
// since nobody knows it better.
func (w *words) length(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 15:
		return strconv.Itoa(int(math.Round(s))) + space + "s"
	case s < 90:
		return strconv.Itoa(int(math.Round(s/10))*10) + space + "s"
	case s < 90*60:
		return strconv.Itoa(int(math.Round(s/60))) + space + "min"
	}
	return strconv.Itoa(int(math.Round(d.Hours()))) + space + "h"
}

// round2 keeps two digits: an estimate has no more.
func round2(x float64) float64 {
	if x < 10 {
		return math.Round(x)
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil { // of what is no number
		return x
	}
	return r
}

// capital is a text that begins with a large letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || strings.HasPrefix(s, "TikTok") {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
