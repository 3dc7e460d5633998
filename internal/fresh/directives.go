package fresh

import (
	"strings"
	"time"
)

// maxDelta is 2^31 seconds, the value RFC 9111 section 1.2.2 gives to every
// number of seconds too large to represent.
const maxDelta = 1 << 31

// Seconds is the argument of a directive such as max-age. The zero value says
// that the directive was not there.
type Seconds struct {
	Set bool
	// N is the number of seconds, 0 to 2^31. An argument that is missing, not a
	// number, or contradicted by a second one counts as 0: already stale.
	N int64
}

// add takes one more occurrence of the directive.
func (s *Seconds) add(arg string, ok bool) {
	n, valid := ParseDelta(arg)
	if !ok || !valid || s.Set && s.N != n {
		n = 0
	}
	s.Set, s.N = true, n
}

// or is the time it says, or otherwise if it was not there.
func (s Seconds) or(otherwise time.Duration) time.Duration {
	if s.Set {
		return time.Duration(s.N) * time.Second
	}
	return max(otherwise, 0)
}

// Directives is what a Cache-Control field says, for those directives of
// RFC 9111 section 5.2 and RFC 5861 that can change what a shared cache does. The
// others are not recognised and so ignored.
type Directives struct {
	NoStore, NoCache, Private, Public  bool
	MustRevalidate, ProxyRevalidate    bool
	MaxAge, SMaxAge                    Seconds
	StaleWhileRevalidate, StaleIfError Seconds
}

// forbidStale reports whether a shared cache must not use the answer once it is
// stale (RFC 9111 section 4.2.4). It goes before a stale-while-revalidate beside
// it: of two directives that conflict, the stricter counts (section 4.2.1).
func (d *Directives) forbidStale() bool {
	return d.MustRevalidate || d.ProxyRevalidate || d.SMaxAge.Set || d.NoCache
}

// ParseCacheControl reads the lines of a Cache-Control field. It never fails:
// it reads leniently what forbids (case, blanks and needless arguments do not
// matter; the qualified forms of private and no-cache count as the unqualified
// ones) and strictly what permits (a lifetime that is not a plain number is 0).
func ParseCacheControl(lines []string) Directives {
	var d Directives
	for _, line := range lines {
		for line != "" {
			var name, arg string
			var argOK bool
			name, arg, argOK, line = nextDirective(line)
			d.take(name, arg, argOK)
		}
	}
	return d
}

func (d *Directives) take(name, arg string, argOK bool) {
	switch {
	case strings.EqualFold(name, "no-store"):
		d.NoStore = true
	case strings.EqualFold(name, "no-cache"):
		d.NoCache = true
	case strings.EqualFold(name, "private"):
		d.Private = true
	case strings.EqualFold(name, "public"):
		d.Public = true
	case strings.EqualFold(name, "must-revalidate"):
		d.MustRevalidate = true
	case strings.EqualFold(name, "proxy-revalidate"):
		d.ProxyRevalidate = true
	case strings.EqualFold(name, "max-age"):
		d.MaxAge.add(arg, argOK)
	case strings.EqualFold(name, "s-maxage"):
		d.SMaxAge.add(arg, argOK)
	case strings.EqualFold(name, "stale-while-revalidate"):
		d.StaleWhileRevalidate.add(arg, argOK)
	case strings.EqualFold(name, "stale-if-error"):
		d.StaleIfError.add(arg, argOK)
	}
}

// nextDirective cuts the first directive off a line: its name without blanks
// around it, its argument as written (quotes of a quoted-string taken off), and
// the rest after the comma. ok is false when there is no argument, or one with
// blanks around the equals sign or rubbish after the closing quote.
//
// A quote that is never closed is an ordinary character: were it to swallow the
// rest of the line, it could hide a no-store.
func nextDirective(line string) (name, arg string, ok bool, rest string) {
	end := strings.IndexAny(line, ",=")
	if end < 0 {
		return trimBlanks(line), "", false, ""
	}
	if line[end] == ',' {
		return trimBlanks(line[:end]), "", false, line[end+1:]
	}
	name, line = line[:end], line[end+1:]
	tidy := name == "" || !isBlank(name[len(name)-1])
	name = trimBlanks(name)

	if quoted := strings.TrimLeft(line, " \t"); quoted != "" && quoted[0] == '"' {
		if text, after, closed := unquote(quoted[1:]); closed {
			tail, rest, _ := strings.Cut(after, ",")
			return name, text, tidy && len(quoted) == len(line) && trimBlanks(tail) == "", rest
		}
	}
	arg, rest, _ = strings.Cut(line, ",")
	return name, strings.TrimRight(arg, " \t"), tidy, rest
}

// unquote reads a quoted-string from behind its opening quote.
func unquote(s string) (text, after string, closed bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return s[:i], s[i+1:], true
		case '\\':
			return unquoteSlow(s, i)
		}
	}
	return "", "", false
}

func unquoteSlow(s string, i int) (text, after string, closed bool) {
	b := []byte(s[:i])
	for ; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return string(b), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b = append(b, s[i])
	}
	return "", "", false
}

// ParseDelta reads delta-seconds (RFC 9111 section 1.2.2): digits only. What is
// greater than 2^31 is 2^31.
func ParseDelta(s string) (n int64, ok bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int64(c-'0'), maxDelta)
	}
	return n, true
}

func isBlank(c byte) bool        { return c == ' ' || c == '\t' }
func trimBlanks(s string) string { return strings.Trim(s, " \t") }
