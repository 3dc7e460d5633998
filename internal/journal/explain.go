package journal

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// fates are what happened to a request, said to a person. Two forms: what was
// done, and what watch mode would have done.
var fates = [falochron.NumActions][2]string{
	falochron.Pass:   {"went straight to the shop", "would have gone straight to the shop"},
	falochron.Hit:    {"was answered from the cache", "would have been answered from the cache"},
	falochron.Own:    {"was answered by Falochron itself", "would have been answered by Falochron itself"},
	falochron.Wait:   {"was shown the waiting room", "would have been shown the waiting room"},
	falochron.Queue:  {"waited a moment for a free worker and went to the shop", "would have waited a moment for a free worker"},
	falochron.Shed:   {"was refused because the shop was full", "would have been refused because the shop was full"},
	falochron.Refuse: {"was refused for what it was", "would have been refused for what it was"},
	falochron.Failed: {"went to the shop, which did not answer properly", "would have failed"},
}

// fate is what happened to a request. What is no page and has no place in the line
// is shown none: it is told to come again.
func fate(r *falochron.Record, form int) string {
	if r.Verdict.Action == falochron.Wait && r.Place == 0 && form == 0 {
		switch r.Class {
		case falochron.ClassBot, falochron.ClassPrefetch, falochron.ClassStatic, falochron.ClassFragment:
			return "was told to come again later"
		}
	}
	return fates[min(r.Verdict.Action, falochron.NumActions-1)][form]
}

// Explain tells a record's story in sentences, one a line, for
// `falochron explain`. They are fit for a terminal: nothing that a visitor, the
// shop or an operator wrote gets through as a control character.
func Explain(r falochron.Record) []string {
	at := r.Time.UTC().Format(time.RFC3339)
	if r.Actor != "" {
		return []string{fmt.Sprintf("%s: %s did: %s.", at, harmless(r.Actor), harmless(r.Note))}
	}
	if r.Method == "" {
		return []string{fmt.Sprintf("%s: it happened that: %s.", at, harmless(r.Note))}
	}
	form := 0
	if r.Verdict.Would {
		form = 1
	}
	out := []string{fmt.Sprintf("%s: %s %s (%s) of %s %s.", at, word(r.Method), word(r.Path), r.Class, orNobody(word(r.Client)), fate(&r, form))}
	if r.Verdict.Would {
		out = append(out, "The shop is only watched: it passed.")
	}
	if why := because(r.Verdict); why != "" {
		out = append(out, why)
	}
	if meaning := meanings[r.Verdict.Reason]; meaning != "" {
		out = append(out, meaning)
	}
	if r.Allowed > 0 {
		out = append(out, fmt.Sprintf("At that moment %d of %d requests allowed at once were at the shop.", r.InUse, r.Allowed))
	}
	if in := entrance(&r); in != "" {
		out = append(out, in)
	}
	if r.Verdict.Action == falochron.Wait && r.Place != 0 {
		out = append(out, fmt.Sprintf("People ahead: %d.", r.Ahead))
	}
	if r.Note != "" {
		out = append(out, "Note: "+harmless(r.Note)+".")
	}
	var end []string
	if r.Waited > 0 {
		end = append(end, fmt.Sprintf("waited %s for a worker", r.Waited.Round(time.Millisecond)))
	}
	if r.Took > 0 {
		end = append(end, fmt.Sprintf("took %s in all", r.Took.Round(time.Millisecond)))
	}
	if r.Status > 0 {
		end = append(end, fmt.Sprintf("ended with status %d", r.Status))
	}
	if r.Origin != "" {
		end = append(end, "was answered by "+harmless(r.Origin))
	}
	if len(end) > 0 {
		out = append(out, "It "+strings.Join(end, ", ")+".")
	}
	return out
}

// because names the rule and the limit, with its value where it has one.
func because(v falochron.Verdict) string {
	bound := "the limit that bound it: "
	switch v.Action {
	case falochron.Pass, falochron.Hit, falochron.Own:
		bound = "measured against: "
	}
	limit := v.Limit
	if v.Bound != 0 {
		limit += " at " + short(v.Bound)
		if unit := v.Unit(); unit != "" {
			limit += " (" + unit + ")"
		}
	}
	switch {
	case v.Limit != "" && v.Reason != "":
		return fmt.Sprintf("Reason: %s; %s%s.", v.Reason, bound, limit)
	case v.Limit != "":
		return fmt.Sprintf("%s%s%s.", strings.ToUpper(bound[:1]), bound[1:], limit)
	case v.Reason != "":
		return fmt.Sprintf("Reason: %s; no limit bound it.", v.Reason)
	}
	return ""
}

// short writes a limit's value to a tenth; below one, to two digits.
func short(x float64) string {
	if x < 1 {
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}

// meanings are the reasons in words, where the word alone does not tell a host's
// support what to answer. They say what was, in watch mode too.
var meanings = map[string]string{
	"no-place":           "There was no place for one more person: those inside keep the shop busy.",
	"shop-full":          "As many requests as the limit allows were at the shop already.",
	"lane-full":          "People stand in line, and what nobody waits for had its part of the shop already.",
	"replica-full":       "As many requests as its part of the limit were at the replica where this visitor stays; others had room.",
	"line-ahead":         "Others had come before.",
	"to-be-claimed":      "The turn had come; opening a page of the shop takes the place.",
	"line-full":          "The line could take nobody more.",
	"mode-hold":          "The mode was hold: nobody new is let in, whoever is inside goes on.",
	"announced-start":    "Nobody is let in before the announced start.",
	"shop-down":          "No replica of the shop could be reached.",
	"shop-dead":          "The shop answered nothing but errors, or not at all; now and then one person goes to see whether it is back.",
	"window-over":        "A place held before is over: nobody came for it in time, or its visit is long past; a new place at the end was given.",
	"visit-over":         "A place held before had been used, and that visit was over; a new place at the end was given.",
	"left":               "A place held before had been given up; a new place at the end was given.",
	"never-issued":       "The ticket's place is not known to this line; a new place at the end was given.",
	"file-while-line":    "In mode shop files stand behind people: they pass once nobody has to wait.",
	"preview-card":       "A program that shows what is behind a link got title, description and picture, as a stranger would see them.",
	"preview-later":      "A program that shows what is behind a link was told to come again: the shop has not been asked for this page yet.",
	"machine-while-line": "Crawlers and prefetches stand behind people: they pass once nobody has to wait.",
	"sold-out":           "What was asked for is sold out, and the page said so.",
	"queue-full":         "The short queue before the shop could take nobody more.",
	"queue-deadline":     "No worker came free in time.",
	"visitor-busy":       "The same visitor had as many requests at the shop as one may.",
	"visitor-queue":      "The same visitor had as many requests waiting as one may.",
	"alone-deadline":     "The shop takes such requests one by one, and the turn did not come in time.",
	"client-gone":        "The visitor went away before there was an answer.",
	"adopted":            "The visitor was at the cart or the till when Falochron was started, and was taken over.",
	"place-claimed":      "The place had been claimed before, and the visit goes on.",
	"cohort-slow":        "Those who look alike and come from the same place behaved like an attack: they stand in line whatever room there is, and few of them are let in. The live page tells why they are taken for one; falochron run --radar shadow stops it.",
	"cohort-challenge":   "Those who look alike and come from the same place behaved like an attack: before there is a place for them they have to come back when told, which each browser does by itself.",
	"cohort-refuse":      "Those who look alike and come from the same place behaved like an attack and went on in spite of the test: they are refused, with a way to the test.",
	"test-passed":        "The visitor came back when told, and has a place in line; nothing is done about him any more, whatever those do who look alike.",
	"visitor-rate":       "The same visitor, or all who use the same ticket, asked for more than people do.",
	"address-carts":      "Very many strangers from one address wanted to change carts, and hardly any came back with a ticket: the next of them stand in line first.",
}

// letIn reports whether a place was spent on somebody new with this request.
func letIn(r *falochron.Record) bool {
	return r.Verdict.Reason == placeFree || r.Verdict.Reason == adopted || r.Lane == laneNew && r.Verdict.Action != falochron.Wait
}

// The words of other rooms by which a record tells that somebody was let in. One who
// then waited for a worker, or was refused one, is known by the lane alone.
const (
	placeFree = "place-free"
	adopted   = "adopted"
	laneNew   = "new"
)

// entrance tells of somebody who was let in, or would have been.
func entrance(r *falochron.Record) string {
	switch {
	case !letIn(r):
		return ""
	case r.Verdict.Would:
		return "There was a place for a new visitor."
	case r.Place != 0:
		return fmt.Sprintf("With it place %d of the line was claimed, and a new visitor let in.", r.Place)
	}
	return "With it a new visitor was let in."
}

func orNobody(client string) string {
	if client == "" {
		return "an unknown address"
	}
	return client
}

// word shows a visitor's text within a sentence: as it is when it reads as one
// word, otherwise in quotes with everything odd escaped, so that it can neither
// steer a terminal nor go on with the sentence in our place.
func word(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == ' ' || r == '"' || r == '\\' {
			return strconv.Quote(s)
		}
	}
	if !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// harmless escapes what is not printable and leaves the rest of a text alone.
func harmless(s string) string {
	quoted := strconv.Quote(s)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}
