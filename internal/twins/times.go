package twins

import (
	"regexp"
	"strconv"
)

// clocks are the ways in which pages write the time, a date with the time, and how
// long something took. A date alone is the same for two visitors of one day.
var clocks = regexp.MustCompile(`(?i)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?( ?(Z|[+-]\d\d:?\d\d))?` +
	`|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? \d{1,2}[ -][a-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d( (GMT|UTC|[+-]\d{4}))?` +
	`|\b\d{1,2}:\d\d(:\d\d)?( ?[ap]m)?\b` +
	`|\b\d{1,6}([.,]\d{1,9})? ?(ms|msec|sec|secs|second|seconds|sekund|sekundy)\b` +
	`|\b\d{1,6}[.,]\d{1,9} ?s\b`)

// numbers may be seconds or milliseconds since 1970.
var numbers = regexp.MustCompile(`\b\d{10}(\d{3})?(\.\d{1,6})?\b`)

// maxBlank is the longest text that the time is looked for in; a script of more
// than that is compared as it is.
const maxBlank = 512 << 10

// blank replaces every time in a text, so that two that differ in it only are
// equal. A number is one if it is that of the visit, give or take a day.
func (j *judge) blank(s string) string {
	if len(s) > maxBlank {
		return s
	}
	s = clocks.ReplaceAllLiteralString(s, "[time]")
	if j.a.At.IsZero() {
		return s
	}
	return numbers.ReplaceAllStringFunc(s, func(digits string) string {
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return digits
		}
		if f > 1e12 {
			f /= 1000
		}
		if d := f - float64(j.a.At.Unix()); d < -86400 || d > 86400 {
			return digits
		}
		return "[time]"
	})
}
