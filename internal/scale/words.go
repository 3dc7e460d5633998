package scale

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Sentence says the step to people, in Polish ("pl") or else in English: what is done,
// why, what bound it, what it changes for those who wait, and what it costs an hour.
func (s Step) Sentence(lang string) string {
	w := english
	if lang == "pl" {
		w = polish
	}
	fill := strings.NewReplacer(
		"{from}", strconv.Itoa(s.From), "{to}", w.replicas(s.To), "{need}", strconv.Itoa(s.Need), "{n}", strconv.Itoa(s.To),
		"{line}", w.people(s.InLine), "{rate}", amount(s.Arrivals, w.point), "{coming}", w.people(int(math.Round(s.Coming))),
		"{wave}", s.Wave, "{foreign}", strconv.Itoa(s.Foreign), "{count}", strconv.Itoa(s.Count), "{of}", strconv.Itoa(s.Of), "{took}", w.time(s.Took),
		"{beyond}", w.beyond(s.Of+1, s.Count), "{wait}", w.time(max(s.Before, s.After)))
	why := w.causes[s.Cause%numCauses]
	if s.InLine == 0 {
		why = strings.TrimPrefix(why, w.queue)
	}
	parts := []string{w.move(s) + ": " + why}
	if t := w.bounds[s.Bound%numBounds]; t != "" && s.Bound != BoundCeiling && s.Bound != BoundFailing && s.Need > s.To {
		parts = append(parts, t)
	}
	if s.Foreign > 0 && s.Cause != CauseForeign {
		parts = append(parts, w.foreign)
	}
	if t := w.effect(s); t != "" {
		parts = append(parts, t)
	}
	if s.Cost != 0 {
		parts = append(parts, fmt.Sprintf(w.cost[s.Cost > 0], money(math.Abs(s.Cost), w.point)))
	}
	return fill.Replace(strings.Join(parts, "; "))
}

// tongue is how a language says it. In causes and bounds stand names in braces.
type tongue struct {
	stays, goes string
	queue       string // how a cause begins that names the line; left out where there is none
	causes      [numCauses]string
	bounds      [numBounds]string
	foreign     string
	falls       string // wait before, after
	waits       string // wait
	none        string // no wait
	cost        map[bool]string
	point       string
	replicas    func(n int) string
	people      func(n int) string
	beyond      func(from, to int) string
	time        func(time.Duration) string
}

func (w tongue) move(s Step) string {
	if s.From == s.To {
		return w.stays
	}
	return w.goes
}

// effect says the wait, where it is known and there is one.
func (w tongue) effect(s Step) string {
	switch {
	case s.Before < 0 || s.Before < time.Second && s.After < time.Second:
		return ""
	case s.From == s.To || s.After > s.Before*9/10 && s.Before > s.After*9/10:
		return fmt.Sprintf(w.waits, w.time(max(s.Before, s.After)))
	}
	after := w.none
	if s.After >= time.Second {
		after = w.time(s.After)
	}
	return fmt.Sprintf(w.falls, w.time(s.Before), after)
}

// amount writes a number to a tenth, and large ones whole.
func amount(x float64, point string) string {
	if x >= 10 || x == math.Trunc(x) {
		return strconv.Itoa(int(math.Round(min(x, mostFigure))))
	}
	return strings.Replace(strconv.FormatFloat(x, 'f', 1, 64), ".", point, 1)
}

func money(x float64, point string) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', 2, 64), ".", point, 1)
}

var english = tongue{
	stays: "{to}", goes: "from {from} to {to}", queue: "{line} in line, ",
	causes: [numCauses]string{
		CauseMin:     "nothing asks for more",
		CauseLine:    "{line} in line, {rate} a second come",
		CauseNowcast: "{line} in line, up to {coming} more are expected",
		CauseWave:    "up to {coming} are announced by “{wave}”",
		CauseInside:  "those inside need them",
		CauseUnknown: "{line} in line, what a replica takes is not known yet: twice as many",
		CauseHold:    "{need} would do, and it is too early to be sure",
		CauseLower:   "the wave is over",
		CauseCeiling: "{beyond}; your database is probably the limit",
		CauseTry:     "{need} would be needed; tries again whether more than {of} help now",
		CauseFailing: "{count} of {of} that were ordered do not start, the oldest since {took}: no more are ordered before they do; look at what the engine says of them",
		CauseDoubt:   "{line} in line, and those that are there serve hardly more than fewer did: no more are ordered before it is known whether more help",
		CauseBudget:  "the budget is used up",
		CauseForeign: "somebody else has set {foreign}; those who wait and those inside need more",
	},
	bounds: [numBounds]string{
		BoundMax:      "{need} would be needed, the owner's maximum is {n}",
		BoundHour:     "{need} would be needed, the budget per hour pays for {n}",
		BoundCampaign: "{need} would be needed, what is left of the campaign's budget pays for {n}",
		BoundEngine:   "{need} would be needed, the engine allows {n}",
	},
	foreign: "somebody else has set {foreign}",
	falls:   "the longest wait goes from %s to %s", waits: "the line is %s", none: "none",
	cost:  map[bool]string{true: "costs %s an hour more", false: "saves %s an hour"},
	point: ".",
	replicas: func(n int) string {
		if n == 1 {
			return "1 replica"
		}
		return strconv.Itoa(n) + " replicas"
	},
	people: func(n int) string {
		if n == 1 {
			return "1 person"
		}
		return strconv.Itoa(n) + " people"
	},
	beyond: func(from, to int) string {
		if from >= to {
			return fmt.Sprintf("the %s replica added nothing", ordinal(to))
		}
		return fmt.Sprintf("the %s to the %s replica added nothing", ordinal(from), ordinal(to))
	},
	time: func(d time.Duration) string {
		switch s := d.Seconds(); {
		case s < 1.5:
			return "1 second"
		case s < 90:
			return fmt.Sprintf("%.0f seconds", s)
		case s < 90*60:
			return fmt.Sprintf("%.0f minutes", s/60)
		default:
			return fmt.Sprintf("%.0f hours", min(s/3600, 999))
		}
	},
}

func ordinal(n int) string {
	switch {
	case n%100/10 == 1:
	case n%10 == 1:
		return strconv.Itoa(n) + "st"
	case n%10 == 2:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
}
