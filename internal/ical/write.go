package ical

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// foldAt is the most bytes of a line, without its end (RFC 5545, 3.1).
const foldAt = 75

var (
	unbroken = strings.NewReplacer("\r", "", "\n", "")
	escaped  = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)
)

// AppendLine appends a line, folded so that no character is cut in two. Name holds the
// parameters, if any; value is written as it is, but for the ends of lines in it:
// [Escape] a text before.
func AppendLine(dst []byte, name, value string) []byte {
	rest := unbroken.Replace(name + ":" + value)
	for room := foldAt; len(rest) > room; room = foldAt - 1 {
		cut := room
		for cut > 1 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		dst = append(append(dst, rest[:cut]...), "\r\n "...)
		rest = rest[cut:]
	}
	return append(append(dst, rest...), "\r\n"...)
}

// Escape writes a text as a value of type TEXT.
func Escape(s string) string {
	s = escaped.Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// Duration writes a length of time, exact to the second: "PT15M", "-PT2H".
func Duration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := int64(d / time.Second)
	switch {
	case s != 0 && s%3600 == 0:
		return fmt.Sprintf("%sPT%dH", sign, s/3600)
	case s != 0 && s%60 == 0:
		return fmt.Sprintf("%sPT%dM", sign, s/60)
	}
	return fmt.Sprintf("%sPT%dS", sign, s)
}

const (
	wallLayout = "20060102T150405"
	utcLayout  = wallLayout + "Z"
)

// UTC writes a moment in UTC.
func UTC(t time.Time) string { return t.UTC().Format(utcLayout) }

// AppendMoment appends a moment by the clock of its zone, or in UTC where that clock
// cannot say it: in UTC itself, and in the second of the two hours that have the same
// name when the clock goes back (RFC 5545 means the first, 3.3.5).
func AppendMoment(dst []byte, name string, t time.Time) []byte {
	if zone := t.Location(); !inUTC(zone) && !second(t) {
		return AppendLine(dst, name+";TZID="+zone.String(), t.Format(wallLayout))
	}
	return AppendLine(dst, name, UTC(t))
}

// inUTC reports whether a zone is UTC, or one that nobody else knows by its name.
func inUTC(zone *time.Location) bool {
	return zone == time.UTC || zone == time.Local || zone.String() == "UTC" || zone.String() == ""
}

// second reports whether the clock showed the same an hour before already.
func second(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-time.Second).Zone()
	_, now := t.Zone()
	return before > now && t.Sub(start) < time.Duration(before-now)*time.Second
}

// AppendZone appends the VTIMEZONE of a zone that [AppendMoment] names, with every
// change of its clock that matters from the first moment to the last.
func AppendZone(dst []byte, zone *time.Location, first, last time.Time) []byte {
	if inUTC(zone) {
		return dst
	}
	dst = AppendLine(dst, "BEGIN", "VTIMEZONE")
	dst = AppendLine(dst, "TZID", zone.String())
	for t := first.In(zone); ; {
		start, end := t.ZoneBounds()
		name, offset := t.Zone()
		before, begins := offset, "19700101T000000"
		if !start.IsZero() {
			_, before = start.Add(-time.Second).Zone()
			begins = start.UTC().Add(time.Duration(before) * time.Second).Format(wallLayout) // by the clock as it was
		}
		kind := "STANDARD"
		if t.IsDST() {
			kind = "DAYLIGHT"
		}
		dst = AppendLine(dst, "BEGIN", kind)
		dst = AppendLine(dst, "DTSTART", begins)
		dst = AppendLine(dst, "TZOFFSETFROM", offsetOf(before))
		dst = AppendLine(dst, "TZOFFSETTO", offsetOf(offset))
		dst = AppendLine(dst, "TZNAME", name)
		dst = AppendLine(dst, "END", kind)
		if end.IsZero() || end.After(last) {
			break
		}
		t = end.In(zone)
	}
	return AppendLine(dst, "END", "VTIMEZONE")
}

// offsetOf writes seconds east of UTC.
func offsetOf(s int) string {
	sign := '+'
	if s < 0 {
		sign, s = '-', -s
	}
	out := fmt.Sprintf("%c%02d%02d", sign, s/3600, s/60%60)
	if s%60 != 0 {
		out += fmt.Sprintf("%02d", s%60)
	}
	return out
}
