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
			a.Body, _ = decoded(a.Header, a.Body)
			pages = append(pages, a)
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
			if bytes.Contains(a.Body, []byte(s.Text)) {
				return true
			}
		}
	}
	return false
}

// String says what the sign is, for people: "cookie OCSESSID".
func (s Sign) String() string {
	what := [...]string{InCookie: "cookie", InField: "field", InBody: "body"}[s.In]
	if s.Name != "" {
		what += " " + s.Name
	}
	if s.Text != "" {
		what += " has " + s.Text
	}
	return what
}
