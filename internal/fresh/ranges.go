package fresh

import (
	"net/http"
	"strings"
	"time"
)

// Extent is how much of a stored answer a request gets.
type Extent uint8

// The extents.
const (
	Whole       Extent = iota // 200 with everything
	Part                      // 206 with one range
	Unsatisfied               // 416
)

// Range is a part of a body in bytes: from Start up to but not including End.
type Range struct{ Start, End int64 }

// SelectRange reads Range and If-Range of a GET against a complete stored
// answer of size bytes. What it does not understand, what is malformed and what
// asks for several ranges at once gets the whole answer, as RFC 9110 section
// 14.2 allows.
func SelectRange(req, stored http.Header, size int64, received time.Time) (Range, Extent) {
	whole := Range{0, size}
	lines := req["Range"]
	if len(lines) != 1 || size == 0 || !ifRangeHolds(req, stored, received) {
		return whole, Whole
	}
	unit, spec, _ := strings.Cut(lines[0], "=")
	if !strings.EqualFold(trimBlanks(unit), "bytes") {
		return whole, Whole
	}
	first, last, dash := strings.Cut(trimBlanks(spec), "-")
	if !dash {
		return whole, Whole
	}
	if first == "" {
		n, ok := parsePos(last)
		switch {
		case !ok:
			return whole, Whole
		case n == 0:
			return Range{}, Unsatisfied
		}
		return Range{max(0, size-n), size}, Part
	}
	start, ok := parsePos(first)
	if !ok {
		return whole, Whole
	}
	end := size
	if last != "" {
		n, ok := parsePos(last)
		if !ok || n < start {
			return whole, Whole
		}
		end = min(size, n+1)
	}
	if start >= size {
		return Range{}, Unsatisfied
	}
	return Range{start, end}, Part
}

// ifRangeHolds evaluates If-Range: an entity tag by strong comparison, a date
// by exact match with a Last-Modified that is a strong validator.
func ifRangeHolds(req, stored http.Header, received time.Time) bool {
	lines := req["If-Range"]
	if len(lines) == 0 {
		return true
	}
	if len(lines) > 1 {
		return false
	}
	value := trimBlanks(lines[0])
	if strings.Contains(value[:min(3, len(value))], `"`) {
		return value[0] == '"' && value == stored.Get("Etag")
	}
	given, ok := ParseDate(value)
	modified, ok2 := ParseDate(stored.Get("Last-Modified"))
	if !ok || !ok2 || !given.Equal(modified) {
		return false
	}
	return dateOf(stored, received).Sub(modified) >= time.Second
}

// posCap is where positions stop growing: no body is that long, and ten times
// it still fits.
const posCap = 1 << 59

func parsePos(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int64(c-'0'), posCap)
	}
	return n, true
}
