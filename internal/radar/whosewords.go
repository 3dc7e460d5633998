package radar

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// tongues are words of one idea in Polish and in English.
type tongues struct{ pl, en string }

func (t tongues) in(lang string) string {
	if lang == "pl" {
		return t.pl
	}
	return t.en
}

// evidenceWords say by what somebody is known to have come.
var evidenceWords = map[string]tongues{
	falochron.ByLink:     {"widać po krótkim linku", "by its short link"},
	falochron.ByCampaign: {"widać po oznaczeniach w linku", "by the marks in the link"},
	falochron.ByClick:    {"widać po numerze, który sieć dodaje do kliknięcia", "by the number that the network adds to a click"},
	falochron.ByInApp:    {"widać po przeglądarce w aplikacji", "by the browser inside the app"},
	falochron.ByReferrer: {"widać po poprzedniej stronie", "by the page before"},
	ByPath:               {"widać tylko po stronie, na którą prowadzi", "only by the page it leads to"},
}

// Sentence says it to people, in Polish ("pl") or English. name is how they call the
// post, if there is one.
//
//	instagram-story @ola, 4 minutes early: 62 % of those who came; 97 % sure, by its short link.
func (s *Suspect) Sentence(lang, name string) string {
	who := s.Channel.Title()
	if s.Channel == falochron.ChannelUnknown && s.Campaign != "" {
		who = s.Campaign
	}
	switch s.Fit {
	case FitAnnounced:
		if who = name; who == "" {
			who = s.Post
		}
		who += s.early(lang)
	case FitUnplanned:
		if s.Campaign != "" && s.Campaign != who {
			who += " (" + s.Campaign + ")"
		}
		who += tongues{", wpis, którego nie ma w planie", ", a post that is not in the plan"}.in(lang)
	case FitSeveral:
		who += tongues{"; może to być kilka wpisów, a rozróżniają je tylko linki", "; it may be one of several posts, and only links tell them apart"}.in(lang)
	case FitUnknown:
		return tongues{"Nie wiadomo, skąd: ", "Nothing says from where: "}.in(lang) + percent(s.Share, lang) + tongues{" z tych, którzy przyszli.", " of those who came."}.in(lang)
	}
	return who + ": " + percent(s.Share, lang) + tongues{" z tych, którzy przyszli; pewność ", " of those who came; "}.in(lang) + percent(s.Confidence, lang) +
		tongues{", ", " sure, "}.in(lang) + evidenceWords[s.By].in(lang) + "."
}

// early says how far from its moment it came, if it matters.
func (s *Suspect) early(lang string) string {
	m := math.Round(s.Early.Abs().Minutes())
	switch {
	case m < 1:
		return ""
	case s.Early > 0:
		return ", " + tongues{minutesWord(m, lang) + " przed czasem", minutesWord(m, lang) + " early"}.in(lang)
	}
	return ", " + tongues{minutesWord(m, lang) + " po czasie", minutesWord(m, lang) + " late"}.in(lang)
}

func percent(x float64, lang string) string {
	return strconv.Itoa(int(math.Round(100*x))) + tongues{"\u00a0%", " %"}.in(lang)
}

func minutesWord(n float64, lang string) string {
	i := int(n)
	word := tongues{"minut", "minutes"}
	switch {
	case i == 1:
		word = tongues{"minutę", "minute"}
	case i%10 >= 2 && i%10 <= 4 && i/10%10 != 1:
		word.pl = "minuty"
	}
	return strconv.Itoa(i) + "\u00a0" + word.in(lang)
}

// Sentence says it to people, in Polish ("pl") or English. name is how they call the
// post, if there is one.
func (w *Warning) Sentence(lang, name string) string {
	s := tongues{"Ktoś udostępnia link do ", "Somebody shares a link to "}.in(lang) + w.Path
	if len(w.Families) > 0 {
		s += tongues{": podgląd pobrały ", ": a preview was fetched by "}.in(lang) + strings.Join(w.Families, ", ")
	}
	if w.Prefetches > 0 {
		s += tongues{"; aplikacje pobierają stronę, zanim ktoś kliknie", "; apps fetch the page before anybody clicks"}.in(lang)
	}
	if w.Post != "" {
		if name == "" {
			name = w.Post
		}
		s += tongues{"; tam prowadzi ", "; this is where the post leads: "}.in(lang) + name
	}
	return s + tongues{". Fala może zacząć się za chwilę, albo wcale.", ". A wave may begin in a moment, or not at all."}.in(lang)
}

// LeadBounds are the upper ends of the classes in which times from a preview to the first
// newcomer are counted: nobody has published any, so they span from what a composer's
// preview may be ahead to what a weekly refetch is.
func LeadBounds() []time.Duration {
	return []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour}
}
