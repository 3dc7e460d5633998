package journal

import (
	"strings"
	"testing"
	"unicode"

	"github.com/falochron/falochron"
)

// Paths are kept decoded, so "/%1b[2J" is an order to clear the operator's
// screen, and a newline a sentence of the visitor's own.
func TestExplainIsFitForATerminal(t *testing.T) {
	for path, want := range map[string]string{
		"/koszyk/dodaj":                         "/koszyk/dodaj",
		"/zamówienie/żółty":                     "/zamówienie/żółty",
		"/\x1b[2J\x1b]0;x\a":                    `"/\x1b[2J\x1b]0;x\a"`,
		"/\u009b31m":                            `"/\u009b31m"`,
		"/a\r\n2026-03-01T12:00:00Z: it passed": `"/a\r\n2026-03-01T12:00:00Z: it passed"`,
		"/x (page) of an unknown address went":  `"/x (page) of an unknown address went"`,
		"/\u202egpj.php":                        `"/\u202egpj.php"`,
		"/\xff\xc5":                             `"/\xff\xc5"`,
		`/"\x1b`:                                `"/\"\\x1b"`,
	} {
		r := wait("r1", noon)
		r.Path = path
		story := Explain(r)
		if begin := "2026-03-01T12:00:00Z: POST " + want + " (cart) of "; !strings.HasPrefix(story[0], begin) {
			t.Errorf("%q is told as %s", path, story[0])
		}
		shows(t, story)
	}
}

func TestExplainEscapesEveryText(t *testing.T) {
	const bad = "x\x1b[2J\n\u202e\xff"
	shows(t, Explain(falochron.Record{Time: noon, Actor: bad, Note: bad}))
	shows(t, Explain(falochron.Record{Time: noon, Note: bad}))
	r := wait("r1", noon)
	r.Method, r.Client, r.Origin = bad, bad, bad
	shows(t, Explain(r))

	said := Explain(falochron.Record{Time: noon, Actor: "Ola", Note: `ceiling "main" \ żółw: 1 → 2`})[0]
	if want := `2026-03-01T12:00:00Z: Ola did: ceiling "main" \ żółw: 1 → 2.`; said != want {
		t.Errorf("got %s, want %s", said, want)
	}
}

// shows fails for a story with a character that does not simply show.
func shows(t *testing.T, story []string) {
	t.Helper()
	for _, sentence := range story {
		for _, r := range sentence {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Errorf("%q has %q", sentence, r)
			}
		}
	}
}
