package fresh

import (
	"net/http"
	"strings"
	"time"
)

// Lifetime returns the freshness lifetime that the answer's header states for a
// shared cache (RFC 9111 section 4.2.1), and whether it states one at all.
// received is when the header came in; it stands for a missing Date.
func Lifetime(d Directives, h http.Header, received time.Time) (life time.Duration, explicit bool) {
	switch {
	case d.SMaxAge.Set:
		return time.Duration(d.SMaxAge.N) * time.Second, true
	case d.MaxAge.Set:
		return time.Duration(d.MaxAge.N) * time.Second, true
	}
	lines := h["Expires"]
	if len(lines) == 0 {
		return 0, false
	}
	for _, l := range lines[1:] {
		if l != lines[0] {
			return 0, true
		}
	}
	expires, ok := ParseDate(lines[0])
	if !ok {
		return 0, true
	}
	life = expires.Sub(dateOf(h, received))
	return min(max(life, 0), maxDelta*time.Second), true
}

// InitialAge is corrected_initial_age of RFC 9111 section 4.2.3: how old an
// answer already was when its header came in.
func InitialAge(h http.Header, requested, received time.Time) time.Duration {
	apparent := max(0, received.Sub(dateOf(h, received)))
	corrected := max(0, received.Sub(requested))
	if lines := h["Age"]; len(lines) > 0 {
		first, _, _ := strings.Cut(lines[0], ",")
		if n, ok := ParseDelta(trimBlanks(first)); ok {
			corrected += time.Duration(n) * time.Second
		}
	}
	return max(apparent, corrected)
}

// dateOf is the answer's Date, or received when it has none that can be read.
func dateOf(h http.Header, received time.Time) time.Time {
	if t, ok := ParseDate(h.Get("Date")); ok {
		return t
	}
	return received
}

// ParseDate reads an HTTP-date in any of its three forms, whatever its case. A
// zone other than GMT makes it invalid (RFC 9111 section 4.2).
func ParseDate(s string) (time.Time, bool) {
	if s == "" || len(s) > 64 {
		return time.Time{}, false
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, zoneIsGMT(s)
	}
	// Month and day names parse in any case; only the literal GMT does not.
	if u := strings.ToUpper(s); u != s {
		if t, err := http.ParseTime(u); err == nil {
			return t, zoneIsGMT(u)
		}
	}
	return time.Time{}, false
}

// zoneIsGMT is false for the dates that name another zone. The form of asctime
// ends in the year and has no zone.
func zoneIsGMT(s string) bool {
	last := s[len(s)-1]
	return strings.HasSuffix(s, "GMT") || last >= '0' && last <= '9'
}
