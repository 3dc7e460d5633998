package twins

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lead is how many runes of what two texts begin with alike are shown before the
// first that differs.
const lead = 16

// excerpt shortens two texts that differ to where they do, for people to read.
func excerpt(a, b string) (string, string) {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := same
	for n := 0; from > 0 && n < lead; from-- {
		if utf8.RuneStart(a[from-1]) {
			n++
		}
	}
	if from <= lead/2 || a == "" || b == "" { // nothing is won
		return cut(a), cut(b)
	}
	return cut("…" + a[from:]), cut("…" + b[from:])
}

// clean makes one line of printable text of anything.
func clean(s string) string {
	const much = 4096 // bytes before the cut: a hunk may be half a page
	if len(s) > much {
		s = s[:much]
	}
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return squeeze(s)
}

// cut keeps the first maxText runes.
func cut(s string) string {
	s = clean(s)
	n := 0
	for i := range s {
		if n == maxText-1 && len(s[i:]) > utf8.UTFMax {
			return s[:i] + "…"
		}
		if n == maxText {
			return s[:i]
		}
		n++
	}
	return s
}
