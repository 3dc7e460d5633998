package plan

import (
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Reason is why something is as it is, or what was done: a kind with what belongs to
// it. Kinds are stable, so that programs can branch on them; [Reason.Sentence] is for
// people.
type Reason struct {
	Kind string `json:"kind"`
	// Who is the party by name and Role its part; a Role alone is somebody of it.
	Who  string `json:"who,omitempty"`
	Role Role   `json:"role,omitempty"`
	// What names a thing as its people do. It is left out for those who may see the
	// thing and not its name; Ref, its id, then stands for it.
	What  string        `json:"what,omitempty"`
	Ref   ID            `json:"ref,omitempty"`
	Other string        `json:"other,omitempty"` // a second name, left out with the first
	Step  Words         `json:"step,omitzero"`   // what is asked, of the matrix
	Found Words         `json:"found,omitzero"`  // what is there instead, left out with the first name
	N     float64       `json:"n,omitempty"`
	M     float64       `json:"m,omitempty"`
	At    time.Time     `json:"at,omitzero"` // in the shop's zone
	Was   time.Time     `json:"was,omitzero"`
	For   time.Duration `json:"for,omitempty"`
}

// Sentence says it in words, as one sentence.
func (r Reason) Sentence(l Language) string {
	s := upper(r.words(l))
	if strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// words are the sentence without its large letter and its full stop.
func (r Reason) words(l Language) string {
	s, known := wording(r.Kind)
	if !known {
		return r.Kind
	}
	rest, out := s.In(l), strings.Builder{}
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(before)
		if !found {
			break
		}
		blank, behind, _ := strings.Cut(after, "}")
		out.WriteString(r.fill(l, blank))
		rest = behind
	}
	return out.String()
}

// wording is the sentence of a kind.
func wording(kind string) (Words, bool) {
	for _, of := range []map[string]Words{sentences, readySentences, standingSentences, foundSentences} {
		if w, found := of[kind]; found {
			return w, true
		}
	}
	return Words{}, false
}

// fill is what stands in a blank: {who}, or {n:people} for a counted word.
func (r Reason) fill(l Language, blank string) string {
	name, counted, _ := strings.Cut(blank, ":")
	switch name {
	case "who":
		if r.Who == "" {
			return r.Role.In(l)
		}
		return r.Who
	case "role":
		return r.Role.In(l)
	case "what":
		if r.What == "" {
			return string(r.Ref)
		}
		return r.What
	case "ref":
		return string(r.Ref)
	case "of":
		switch {
		case r.What != "":
			return " (" + r.What + ")"
		case r.Ref != "":
			return " (" + string(r.Ref) + ")"
		}
		return ""
	case "names":
		if r.What == "" || r.Other == "" {
			return ""
		}
		return ": " + r.What + ", " + r.Other
	case "field":
		return fields[r.What].In(l)
	case "other":
		return r.Other
	case "because":
		if r.Other == "" {
			return ""
		}
		return ": " + r.Other
	case "step":
		return r.Step.In(l)
	case "found":
		if r.Found == (Words{}) {
			return ""
		}
		return ": " + r.Found.In(l)
	case "at":
		return l.Clock(r.At)
	case "was":
		return l.Clock(r.Was)
	case "zone":
		return zoned(l.Clock(r.At), r.At)
	case "for":
		return l.Span(r.For)
	case "share":
		return l.Percent(r.N)
	}
	n := r.N
	if name == "m" {
		n = r.M
	}
	if counted == "" {
		return l.Number(n)
	}
	return l.count(n, counted)
}

// hidden is the reason for somebody who may know that, when and how much, but not
// names that people gave.
func (r Reason) hidden() Reason {
	r.What, r.Other, r.Found = "", "", Words{}
	return r
}

// Refusal is the answer to a command that may not be, or makes no sense.
type Refusal struct {
	Kind   falochron.Kind
	Reason Reason
}

// Error is the reason in English.
func (r *Refusal) Error() string { return r.Reason.Sentence(English) }

// Unwrap makes it an error of the house.
func (r *Refusal) Unwrap() error {
	return &falochron.Error{Kind: r.Kind, Public: r.Error()}
}

func invalid(r Reason) error   { return &Refusal{falochron.Invalid, r} }
func denied(r Reason) error    { return &Refusal{falochron.Denied, r} }
func conflicts(r Reason) error { return &Refusal{falochron.Conflict, r} }

// TooMuch refuses what a link may do again in a while.
func TooMuch(in time.Duration) error {
	return &Refusal{falochron.TooMany, Reason{Kind: "too-much-at-once", For: in}}
}

// unknown is said of what is not there and of what is not for the actor, alike.
func unknown(what string, id ID) error {
	return &Refusal{falochron.NotFound, Reason{Kind: "unknown", What: what, Ref: saidBack(id)}}
}

// saidBack is what somebody asked for as he may be shown it again: without what commands
// a terminal or turns a line around, and no longer than an id can be.
func saidBack(id ID) ID {
	var out []rune
	for _, r := range string(id) {
		if badText(string(r), 1) == "" && len(out) < maxID {
			out = append(out, r)
		}
	}
	return ID(out)
}
