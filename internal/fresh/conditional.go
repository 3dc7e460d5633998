package fresh

import (
	"net/http"
	"strings"
	"time"
)

// ForOrigin reports whether a request carries a precondition that only the
// shop itself can evaluate (If-Match, If-Unmodified-Since). Such a request is
// passed on.
func ForOrigin(req http.Header) bool {
	return len(req["If-Match"]) > 0 || len(req["If-Unmodified-Since"]) > 0
}

// NotModified evaluates If-None-Match, and in its absence If-Modified-Since, of
// a GET or HEAD against a stored answer. True means 304.
func NotModified(req, stored http.Header, received time.Time) bool {
	if lines := req["If-None-Match"]; len(lines) > 0 {
		return anyTagMatches(lines, stored.Get("Etag"))
	}
	lines := req["If-Modified-Since"]
	if len(lines) != 1 {
		return false
	}
	since, ok := ParseDate(lines[0])
	if !ok {
		return false
	}
	modified, ok := ParseDate(stored.Get("Last-Modified"))
	if !ok {
		modified = dateOf(stored, received)
	}
	return !modified.After(since)
}

// anyTagMatches compares weakly: the opaque parts decide, W/ or not.
func anyTagMatches(lines []string, stored string) bool {
	for _, line := range lines {
		if trimBlanks(line) == "*" {
			return true
		}
		for line != "" {
			var tag string
			tag, line = nextTag(line)
			if tag != "" && stored != "" && opaque(tag) == opaque(stored) {
				return true
			}
		}
	}
	return false
}

// nextTag cuts the next entity tag off a list; a comma inside quotes belongs to
// the tag. A member that is no entity tag comes back empty.
func nextTag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, " \t,")
	start := 0
	if strings.HasPrefix(list, "W/") {
		start = 2
	}
	if start >= len(list) || list[start] != '"' {
		_, rest, _ = strings.Cut(list, ",")
		return "", rest
	}
	end := strings.IndexByte(list[start+1:], '"')
	if end < 0 {
		return "", ""
	}
	end += start + 2
	return list[:end], list[end:]
}

func opaque(tag string) string { return strings.TrimPrefix(tag, "W/") }

// metadata are the fields a 304 repeats from the stored answer (RFC 9110
// section 15.4.5).
var metadata = [...]string{"Cache-Control", "Content-Location", "Date", "Etag", "Expires", "Last-Modified", "Vary"}

// In304 reports whether a stored field belongs into a 304.
func In304(name string) bool {
	for _, m := range metadata {
		if m == name {
			return true
		}
	}
	return false
}
