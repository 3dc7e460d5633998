package notify

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// oneLine makes a text of a stranger one line: what would end a line or a header field
// becomes a space, what cannot be seen or turns the reading direction goes.
func oneLine(s string) string {
	return strings.Join(strings.Fields(visible(s)), " ")
}

// manyLines keeps the line breaks of a text and nothing else that cannot be seen.
func manyLines(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	lines := strings.Split(visible(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// visible drops control characters and those by which a name can be made to read as
// another one (Unicode TR 36: bidirectional overrides and isolates, invisible marks).
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == ' ':
			return r
		case r == '\u200d' || r == '\ufe0f': // they hold emoji together
			return r
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError:
			return '\ufffd' // broken UTF-8 is one of these for each byte
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// space is what is left of a message's length, in UTF-16 code units: Telegram counts in
// them, and where another service counts characters it is never more.
type space int

// take returns s escaped, cut so that it fits, and takes its length off. Where it is cut it
// ends in "…"; it is never cut within an escape.
func (left *space) take(s string, escape func(rune) string) string {
	var b strings.Builder
	end, at := 0, 0 // where an ellipsis still fits, and how long it is till there
	used := 0
	for _, r := range s {
		word := escape(r)
		n := units(word)
		if used+n > int(*left) {
			if *left < 1 {
				return ""
			}
			cut := b.String()[:end] + "…"
			*left -= space(at + 1)
			return cut
		}
		b.WriteString(word)
		used += n
		if used+1 <= int(*left) {
			end, at = b.Len(), used
		}
	}
	*left -= space(used)
	return b.String()
}

// units is the length of s in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// plain is the escape of what needs none.
func plain(r rune) string { return string(r) }

// cut is s in at most n UTF-16 code units.
func cut(s string, n int) string {
	left := space(n)
	return left.take(s, plain)
}
