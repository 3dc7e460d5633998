package preset

import (
	"bytes"
	"net/http"
	"strings"
)

// Answer is what a shop answered to somebody without cookies.
type Answer struct {
	Path   string // that was asked for
	Status int
	Header http.Header
	Body   []byte // its beginning; up to 256 KiB are looked at

	code []byte // Body without what people read there
}

// Recognise tells from a shop's own answers whose software it runs, and by which
// signs. Two signs are needed, one of them strong; where two platforms have as
// many, and when unsure, it is generic, without signs. What a server answers that
// fails tells nothing: it is often another one's.
func Recognise(answers ...Answer) (p *Platform, signs []string) {
	return recognise(Platforms(), answers...)
}

func recognise(platforms []*Platform, answers ...Answer) (p *Platform, signs []string) {
	pages := make([]Answer, 0, len(answers))
	for _, a := range answers {
		if a.Status >= 200 && a.Status < 500 {
			pages = append(pages, read(a))
		}
	}
	p = generic()
	best, tie := 0, false
	for _, candidate := range platforms {
		weight, found := candidate.weigh(pages)
		switch {
		case weight > best:
			p, signs, best, tie = candidate, found, weight, false
		case weight == best && weight > 0:
			tie = true
		}
	}
	if tie {
		return generic(), nil
	}
	return p, signs
}

// read unpacks an answer, and finds what in it is code.
func read(a Answer) Answer {
	a.Body, _ = decoded(a.Header, a.Body)
	a.code = a.Body
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		a.code = code(a.Body)
	}
	return a
}

// weigh counts the signs that are there, strong ones double; 0 if they are not
// enough.
func (p *Platform) weigh(pages []Answer) (weight int, found []string) {
	strong := false
	for _, s := range p.Signs {
		if !s.in(pages) {
			continue
		}
		found = append(found, s.String())
		weight++
		if s.Strong {
			strong = true
			weight++
		}
	}
	if !strong || len(found) < 2 {
		return 0, nil
	}
	return weight, found
}

// in reports whether one of the answers has the sign.
func (s Sign) in(pages []Answer) bool {
	for _, a := range pages {
		switch s.In {
		case InCookie:
			for _, line := range a.Header["Set-Cookie"] {
				pair, _, _ := strings.Cut(line, ";")
				name, value, _ := strings.Cut(pair, "=")
				if NameMatches(s.Name, strings.TrimSpace(name)) && strings.Contains(value, s.Text) {
					return true
				}
			}
		case InField:
			for _, line := range a.Header[s.Name] {
				if strings.Contains(line, s.Text) {
					return true
				}
			}
		case InBody:
			if bytes.Contains(a.code, []byte(s.Text)) {
				return true
			}
		case InText:
			if bytes.Contains(a.Body, []byte(s.Text)) {
				return true
			}
		}
	}
	return false
}

// String says what the sign is, for people: "cookie OCSESSID".
func (s Sign) String() string {
	what := [...]string{InCookie: "cookie", InField: "field", InBody: "body", InText: "text"}[s.In]
	if s.Name != "" {
		what += " " + s.Name
	}
	if s.Text != "" {
		what += " has " + s.Text
	}
	return what
}

// code is a page without what people read: its tags, comments, scripts and styles.
// Customers write reviews, and shops print them as text; a sign in one says nothing
// of the software.
func code(page []byte) []byte {
	out := make([]byte, 0, len(page))
	for len(page) > 0 {
		start := bytes.IndexByte(page, '<')
		if start < 0 || start+1 == len(page) {
			break
		}
		page = page[start:]
		end, raw := tagEnd(page)
		out = append(out, page[:end]...)
		page = page[end:]
		if raw != "" { // a script's end is that of its text, whatever stands in quotes there
			end = foldIndex(page, "</"+raw)
			out = append(out, page[:end]...)
			page = page[end:]
		}
	}
	return out
}

// tagEnd is where what begins with "<" ends: a tag, with its quoted values, or a
// comment; one byte if it is only a sign in a text. raw names an element whose
// content is no markup.
func tagEnd(page []byte) (end int, raw string) {
	if bytes.HasPrefix(page, []byte("<!--")) {
		if end = bytes.Index(page, []byte("-->")); end < 0 {
			return len(page), ""
		}
		return end + len("-->"), ""
	}
	if c := page[1] | 0x20; (c < 'a' || c > 'z') && page[1] != '/' && page[1] != '!' && page[1] != '?' {
		return 1, ""
	}
	quote := byte(0)
	for end = 1; end < len(page); end++ {
		switch c := page[end]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			for _, name := range []string{"script", "style"} {
				if after := len(name) + 1; end >= after && bytes.EqualFold(page[1:after], []byte(name)) && !letter(page[after]) {
					raw = name
				}
			}
			return end + 1, raw
		}
	}
	return len(page), ""
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// foldIndex is where an ASCII text stands, in any case; the length where it does not.
func foldIndex(in []byte, text string) int {
	for i := 0; i+len(text) <= len(in); i++ {
		if bytes.EqualFold(in[i:i+len(text)], []byte(text)) {
			return i
		}
	}
	return len(in)
}
