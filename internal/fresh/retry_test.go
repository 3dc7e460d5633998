package fresh

import (
	"net/http"
	"testing"
	"time"
)

// RFC 9110, 10.2.3: "Servers send the Retry-After header field to indicate how
// long the user agent ought to wait before making a follow-up request. [...] The
// Retry-After field value can be either an HTTP-date or a number of seconds to
// delay after receiving the response."
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 26, 20, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		lines []string
		date  string // of the answer; empty = none
		want  time.Duration
		ok    bool
	}{
		// "Retry-After: 120"
		{"seconds", []string{"120"}, "", 2 * time.Minute, true},
		{"seconds between blanks", []string{" 7\t"}, "", 7 * time.Second, true},
		{"more seconds than there are", []string{"99999999999999999999"}, "", (1<<63 - 1) / time.Second * time.Second, true},
		// "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"
		{"a date", []string{"Thu, 26 Nov 2026 20:01:00 GMT"}, "", time.Minute, true},
		{"a date by the shop's clock, an hour slow", []string{"Thu, 26 Nov 2026 19:00:30 GMT"}, "Thu, 26 Nov 2026 19:00:00 GMT", 30 * time.Second, true},
		{"a date that is over", []string{"Fri, 31 Dec 1999 23:59:59 GMT"}, "", 0, false},
		{"at once", []string{"0"}, "", 0, false},
		// "delay-seconds = 1*DIGIT"
		{"a fraction", []string{"1.5"}, "", 0, false},
		{"below zero", []string{"-1"}, "", 0, false},
		{"a word", []string{"soon"}, "", 0, false},
		{"nothing in it", []string{""}, "", 0, false},
		{"two of them", []string{"1", "600"}, "", 0, false},
		{"none", nil, "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			for _, l := range c.lines {
				h.Add("Retry-After", l)
			}
			if c.date != "" {
				h.Set("Date", c.date)
			}
			if wait, ok := RetryAfter(h, now); wait != c.want || ok != c.ok {
				t.Errorf("%q: %v, %v; want %v, %v", c.lines, wait, ok, c.want, c.ok)
			}
		})
	}
}
