package fresh

import (
	"net/http"
	"slices"
	"strings"
)

// Vary is the list of request fields that chose an answer: canonical names,
// sorted, each once. Empty means that every request for the URL gets it.
type Vary []string

// maxVary bounds the fields one answer may depend on. Real answers name one to
// four; more would make a key no second visitor shares.
const maxVary = 8

// absent stands for a field that a request does not have, which is not the same
// as an empty one.
const absent = "\x00"

// VaryOf reads an answer's Vary. It returns false when nobody but the asker can
// use the answer: for "*", for User-Agent (nearly every visitor has his own),
// and for a list too long. An answer with a content coding depends on
// Accept-Encoding, whether it says so or not.
func VaryOf(h http.Header) (Vary, bool) {
	var v Vary
	ok := true
	for _, line := range h["Vary"] {
		eachMember(line, func(name string) {
			name = http.CanonicalHeaderKey(name)
			if name == "*" || name == "User-Agent" || len(v) == maxVary {
				ok = false
				return
			}
			v = append(v, name)
		})
	}
	if len(h["Content-Encoding"]) > 0 {
		v = append(v, "Accept-Encoding")
	}
	if !ok {
		return nil, false
	}
	slices.Sort(v)
	return slices.Compact(v), true
}

// sendable reports whether the edge may repeat a visitor's value of a field in
// a request of its own. Only fields that choose between forms of one answer and
// name nobody are on the list.
func sendable(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Accept-Language", "Origin":
		return true
	}
	return false
}

// Sendable reports whether the edge can ask, on its own behalf, for the answer
// this request would choose: every nominated field is one it may send, or one
// the request does not have.
func (v Vary) Sendable(req http.Header) bool {
	for _, name := range v {
		if !sendable(name) && len(req[name]) > 0 {
			return false
		}
	}
	return true
}

// Values returns the request's values of the nominated fields, normalised, in
// the order of v.
func (v Vary) Values(req http.Header) []string {
	if len(v) == 0 {
		return nil
	}
	values := make([]string, len(v))
	for i, name := range v {
		values[i] = strings.Clone(fieldValue(req, name))
	}
	return values
}

// Matches reports whether a request has the same values. It does not allocate
// unless a field comes on several lines.
func (v Vary) Matches(values []string, req http.Header) bool {
	for i, name := range v {
		if fieldValue(req, name) != values[i] {
			return false
		}
	}
	return true
}

// Copy sets, in the header of a request of the edge's own, the nominated fields
// that may be sent, with the visitor's normalised values.
func (v Vary) Copy(to, from http.Header) {
	for _, name := range v {
		if value := fieldValue(from, name); sendable(name) && value != absent {
			to[name] = []string{value}
		}
	}
}

func fieldValue(h http.Header, name string) string {
	lines := h[name]
	switch {
	case name == "Accept-Encoding":
		return Coding(lines)
	case len(lines) == 0:
		return absent
	case len(lines) == 1:
		return trimBlanks(lines[0])
	}
	trimmed := make([]string, len(lines))
	for i, l := range lines {
		trimmed[i] = trimBlanks(l)
	}
	return strings.Join(trimmed, ", ")
}

// Coding reduces an Accept-Encoding to the two codings the edge asks for: gzip
// when the visitor takes it, else identity. Every gzip variant is then shared
// by all who take gzip, whatever else their browsers list.
func Coding(lines []string) string {
	gzip, star := -1.0, -1.0
	for _, line := range lines {
		for line != "" {
			var member string
			member, line, _ = strings.Cut(line, ",")
			name, params, _ := strings.Cut(member, ";")
			switch name = trimBlanks(name); {
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				gzip = weight(params)
			case name == "*":
				star = weight(params)
			}
		}
	}
	if gzip > 0 || gzip < 0 && star > 0 {
		return "gzip"
	}
	return "identity"
}

// weight reads a q parameter as far as a cache needs it: 0 for "never" and for
// what cannot be read, else 1.
func weight(params string) float64 {
	params = trimBlanks(params)
	if params == "" {
		return 1
	}
	if len(params) < 3 || params[0]|0x20 != 'q' || params[1] != '=' {
		return 0
	}
	nonzero := false
	for i := 2; i < len(params); i++ {
		switch c := params[i]; {
		case c >= '1' && c <= '9':
			nonzero = true
		case c != '0' && c != '.':
			return 0
		}
	}
	if nonzero {
		return 1
	}
	return 0
}

// CodingOK reports whether everybody who shares the asker's normalised
// Accept-Encoding can read the answer.
func CodingOK(req, resp http.Header) bool {
	lines := resp["Content-Encoding"]
	if len(lines) == 0 {
		return true
	}
	if len(lines) > 1 {
		return false
	}
	switch c := trimBlanks(lines[0]); {
	case strings.EqualFold(c, "identity"):
		return true
	case strings.EqualFold(c, "gzip"), strings.EqualFold(c, "x-gzip"):
		return Coding(req["Accept-Encoding"]) == "gzip"
	}
	return false
}

// eachMember calls f with each member of a comma-separated list of tokens.
func eachMember(line string, f func(string)) {
	for line != "" {
		var member string
		member, line, _ = strings.Cut(line, ",")
		if member = trimBlanks(member); member != "" {
			f(member)
		}
	}
}
