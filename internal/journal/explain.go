package journal

import (
	"fmt"
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
	out := []string{fmt.Sprintf("%s: %s %s (%s) of %s %s.", at, word(r.Method), word(r.Path), r.Class, orNobody(word(r.Client)), fates[min(r.Verdict.Action, falochron.NumActions-1)][form])}
	if r.Verdict.Would {
		out = append(out, "The shop is only watched: it passed.")
	}
	if why := because(r.Verdict); why != "" {
		out = append(out, why)
	}
	if r.Allowed > 0 {
		out = append(out, fmt.Sprintf("At that moment %d of %d requests allowed at once were at the shop.", r.InUse, r.Allowed))
	}
	if r.Verdict.Action == falochron.Wait {
		out = append(out, fmt.Sprintf("People ahead: %d.", r.Ahead))
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

func because(v falochron.Verdict) string {
	switch {
	case v.Limit != "" && v.Reason != "":
		return fmt.Sprintf("Reason: %s; the limit that bound it: %s at %g.", v.Reason, v.Limit, v.Bound)
	case v.Limit != "":
		return fmt.Sprintf("The limit that bound it: %s at %g.", v.Limit, v.Bound)
	case v.Reason != "":
		return fmt.Sprintf("Reason: %s; no limit bound it.", v.Reason)
	}
	return ""
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
