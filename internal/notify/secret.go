package notify

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// secret is a value that formatting cannot show: it lies behind a function, which fmt,
// json and slog print as a place in memory or not at all, also deep in another value.
type secret struct{ reveal func() string }

func keep(s string) secret { return secret{func() string { return s }} }

// String says that something is there, not what.
func (s secret) String() string {
	if s.empty() {
		return ""
	}
	return "(secret)"
}

// GoString is String, for %#v.
func (s secret) GoString() string { return s.String() }

func (s secret) empty() bool { return s.reveal == nil || s.reveal() == "" }

func (s secret) text() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// scrub takes secrets out of what a service said, in the forms in which a service may
// repeat them: as they are, as in a URL, as in an AUTH command.
func scrub(said string, secrets ...secret) string {
	for _, s := range secrets {
		if len(s.text()) < 4 { // would take letters out of words
			continue
		}
		for _, form := range []string{s.text(), url.PathEscape(s.text()), url.QueryEscape(s.text()), base64.StdEncoding.EncodeToString([]byte(s.text()))} {
			said = strings.ReplaceAll(said, form, "(secret)")
		}
	}
	return said
}
