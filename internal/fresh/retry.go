package fresh

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is how long an answer asks its reader to wait before asking again,
// as seconds or as a date (RFC 9110 section 10.2.3). A date counts from the
// answer's own Date, so that two clocks that differ do not matter; without one,
// from now. ok is false when the answer does not say, says it in several ways, or
// names a moment that is over.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	lines := h["Retry-After"]
	if len(lines) != 1 {
		return 0, false
	}
	word := trimBlanks(lines[0])
	if digits(word) {
		const most = int64(1<<63-1) / int64(time.Second) // what a Duration holds
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n > most {
			n = most // more than fits is still a number
		}
		return time.Duration(n) * time.Second, n > 0
	}
	date, ok := ParseDate(word)
	if !ok {
		return 0, false
	}
	wait = date.Sub(dateOf(h, now))
	return max(wait, 0), wait > 0
}

// digits reports whether a word is 1*DIGIT.
func digits(word string) bool {
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return word != ""
}
