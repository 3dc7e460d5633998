package ical

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	// MaxBytes is the longest calendar.
	MaxBytes = 1 << 20
	maxDepth = 8
)

// Property is one line of a component.
type Property struct {
	Line   int               // of the file, from 1; of a folded line the first
	Name   string            // in capitals
	Params map[string]string // by names in capitals, without quotes; nil = none
	Value  string            // as written: [Unescape] a text
}

// Component is a calendar, an event or whatever else stands between BEGIN and END.
type Component struct {
	Line       int
	Name       string // in capitals
	Properties []Property
	Components []Component
}

// Get is the first property of a name.
func (c *Component) Get(name string) (p Property, found bool) {
	for _, p := range c.Properties {
		if p.Name == name {
			return p, true
		}
	}
	return Property{}, false
}

// SyntaxError says in which line a text stops being a calendar.
type SyntaxError struct {
	Line int
	What string
}

// Error names line and fault.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Parse reads one calendar. The error is a [*SyntaxError]. Lines may end as they like, and
// a byte order mark is skipped.
func Parse(b []byte) (*Component, error) {
	if len(b) > MaxBytes {
		return nil, &SyntaxError{1, fmt.Sprintf("the calendar is longer than %d bytes", MaxBytes)}
	}
	if !utf8.Valid(b) {
		return nil, &SyntaxError{1, "the calendar is not written in UTF-8"}
	}
	root := &Component{}
	open := []*Component{root}
	n, text := 0, bytes.TrimPrefix(b, []byte("\ufeff"))
	for len(text) > 0 {
		line, lines := unfold(&text)
		at := n + 1
		if n += lines; line == "" {
			continue
		}
		p, err := property(line, at)
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch {
		case p.Name == "BEGIN" && len(open) > maxDepth:
			return nil, &SyntaxError{at, "too many parts within one another"}
		case p.Name == "BEGIN" && last == root && (len(root.Components) > 0 || !strings.EqualFold(p.Value, "VCALENDAR")):
			return nil, &SyntaxError{at, "one calendar is expected: BEGIN:VCALENDAR"}
		case p.Name == "BEGIN":
			last.Components = append(last.Components, Component{Line: at, Name: strings.ToUpper(p.Value)})
			open = append(open, &last.Components[len(last.Components)-1])
		case last == root:
			return nil, &SyntaxError{at, "a calendar begins with BEGIN:VCALENDAR"}
		case p.Name == "END" && strings.EqualFold(p.Value, last.Name):
			open = open[:len(open)-1]
		case p.Name == "END":
			return nil, &SyntaxError{at, "END:" + p.Value + " ends nothing; " + last.Name + " is open"}
		default:
			last.Properties = append(last.Properties, p)
		}
	}
	if len(open) > 1 || len(root.Components) == 0 {
		return nil, &SyntaxError{max(n, 1), "the calendar has no end"}
	}
	return &root.Components[0], nil
}

// unfold takes the next line off the text, with what it goes on in, and says how many
// lines that were.
func unfold(text *[]byte) (string, int) {
	line, n := next(text), 1
	if len(*text) == 0 || (*text)[0] != ' ' && (*text)[0] != '\t' {
		return string(line), n
	}
	whole := bytes.Clone(line)
	for len(*text) > 0 && ((*text)[0] == ' ' || (*text)[0] == '\t') {
		whole = append(whole, next(text)[1:]...)
		n++
	}
	return string(whole), n
}

// next takes one line off the text, without its end.
func next(text *[]byte) []byte {
	line, rest, _ := bytes.Cut(*text, []byte("\n"))
	*text = rest
	return bytes.TrimSuffix(line, []byte("\r"))
}

// property reads NAME;PARAM=value;PARAM="value":value.
func property(line string, at int) (Property, error) {
	bad := func(what string) (Property, error) { return Property{}, &SyntaxError{at, what} }
	i := strings.IndexAny(line, ";:")
	if i < 1 || strings.ContainsAny(line[:i], " \"=,") {
		return bad("this is no line of a calendar: NAME:value is expected")
	}
	p := Property{Line: at, Name: strings.ToUpper(line[:i])}
	for line[i] == ';' {
		name, value, found := strings.Cut(line[i+1:], "=")
		if !found || name == "" || strings.ContainsAny(name, ";:\"") {
			return bad("a parameter of " + p.Name + " has no value")
		}
		i += len(name) + 2
		if strings.HasPrefix(value, `"`) {
			inner, _, closed := strings.Cut(value[1:], `"`)
			if !closed {
				return bad("a quote in " + p.Name + " is not closed")
			}
			value = inner
			i += len(inner) + 2
		} else {
			j := strings.IndexAny(value, ";:")
			if j < 0 {
				return bad(p.Name + " has no value")
			}
			value = value[:j]
			i += j
		}
		if i >= len(line) || line[i] != ';' && line[i] != ':' {
			return bad(p.Name + " has no value")
		}
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[strings.ToUpper(name)] = value
	}
	p.Value = line[i+1:]
	return p, nil
}

// Unescape reads a value of type TEXT.
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		if i++; s[i] == 'n' || s[i] == 'N' {
			out.WriteByte('\n')
		} else {
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// What can be wrong with a moment.
var (
	ErrDay     = errors.New("a day without an hour")
	ErrNoTime  = errors.New("no moment")
	ErrNoZone  = errors.New("a time zone that is not known")
	ErrSkipped = errors.New("an hour that the clock skips")
)

// windows are the names that Outlook gives to zones of Europe (Unicode CLDR,
// windowsZones.xml).
var windows = map[string]string{
	"Central European Standard Time": "Europe/Warsaw", "Central Europe Standard Time": "Europe/Budapest", "W. Europe Standard Time": "Europe/Berlin",
	"Romance Standard Time": "Europe/Paris", "GMT Standard Time": "Europe/London", "FLE Standard Time": "Europe/Kyiv", "GTB Standard Time": "Europe/Bucharest",
	"E. Europe Standard Time": "Europe/Chisinau", "Turkey Standard Time": "Europe/Istanbul", "Russian Standard Time": "Europe/Moscow",
}

// Moment reads a DATE-TIME: in UTC, in the zone that it names, or by the clock of the
// given zone. Of an hour that comes twice it is the first.
func (p *Property) Moment(floating *time.Location, zones func(string) (*time.Location, error)) (time.Time, error) {
	if _, err := time.Parse("20060102", p.Value); err == nil || p.Params["VALUE"] == "DATE" {
		return time.Time{}, ErrDay
	}
	if t, err := time.Parse(utcLayout, p.Value); err == nil {
		return t, nil
	}
	zone := floating
	if name := p.Params["TZID"]; name != "" {
		var err error
		if zone, err = zoneOf(name, zones); err != nil {
			return time.Time{}, err
		}
	}
	wall, err := time.Parse(wallLayout, p.Value)
	if err != nil {
		return time.Time{}, ErrNoTime
	}
	t, _, err := At(wall, zone)
	return t, err
}

// zoneOf finds a zone by the name that a calendar has for it: of the IANA, behind
// somebody's prefix, or of Windows.
func zoneOf(name string, zones func(string) (*time.Location, error)) (*time.Location, error) {
	if iana, known := windows[name]; known {
		name = iana
	}
	for name != "" && name != "Local" {
		if zone, err := zones(name); err == nil {
			return zone, nil
		}
		_, rest, _ := strings.Cut(name, "/")
		name = rest
	}
	return nil, ErrNoZone
}

// At is the moment at which the clock of a zone shows what wall shows in UTC; of two
// the first, and then twice is true. One that the clock skips is [ErrSkipped].
func At(wall time.Time, zone *time.Location) (t time.Time, twice bool, err error) {
	shows := func(t time.Time) bool { return t.Format(wallLayout) == wall.Format(wallLayout) }
	guess := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if !shows(guess) {
		return time.Time{}, false, ErrSkipped
	}
	start, end := guess.ZoneBounds()
	_, now := guess.Zone()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if first := guess.Add(time.Duration(now-before) * time.Second); before != now && first.Before(start) && shows(first) {
			return first, true, nil
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		if later := guess.Add(time.Duration(now-after) * time.Second); after != now && !later.Before(end) && shows(later) {
			return guess, true, nil
		}
	}
	return guess, false, nil
}
