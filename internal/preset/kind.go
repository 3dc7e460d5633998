package preset

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// How long pages are fresh of which the shop says nothing, or says only that
// nobody may store them. Guessed: short enough that a changed price is seen at
// once, long enough that a wave costs one page in ten seconds.
const (
	pageLife  = 10 * time.Second
	stockLife = 2 * time.Second // where scripts read what is in stock
)

// Why an answer is not of its kind, as [Kind.Check] says it.
const (
	KindMarkMissing = "kind-mark-missing" // none of the kind's marks is in the body
	KindOwnToken    = "kind-own-token"    // a form holds what only one session may send
	KindNoPage      = "kind-no-page"      // no HTML, of a kind of which pages only were compared
)

// IsCommon reports whether a header field carries a token that is the same for everybody
// among whom the kind is shared.
func (k *Kind) IsCommon(field string) bool { return slices.Contains(k.Common, field) }

// checked is how much of a body is looked at.
const checked = 256 << 10

// Check tells why a complete answer may not be kept although the request was for
// this kind; empty if it may. Of the body, up to 256 KiB are looked at, and one that
// may go on behind them is never free of tokens. Gzip is undone; in any other
// encoding nothing is found. What the shop itself calls public is taken at its
// word.
func (k *Kind) Check(h http.Header, body []byte) string {
	if k.Unproven && !markup(h) && !public(h) {
		return KindNoPage
	}
	if len(k.Marks) == 0 && len(k.Never) == 0 || public(h) {
		return ""
	}
	plain, whole := decoded(h, body)
	if len(k.Marks) > 0 && !contains(plain, k.Marks) {
		return KindMarkMissing
	}
	if len(k.Never) > 0 && (!whole || contains(plain, k.Never)) {
		return KindOwnToken
	}
	return ""
}

// markup reports whether an answer says that it is HTML.
func markup(h http.Header) bool {
	if len(h["Content-Type"]) != 1 {
		return false
	}
	kind, _, _ := strings.Cut(h["Content-Type"][0], ";")
	kind = strings.TrimSpace(kind)
	return sameFold(kind, "text/html") || sameFold(kind, "application/xhtml+xml")
}

func contains(body []byte, texts []string) bool {
	for _, t := range texts {
		if bytes.Contains(body, []byte(t)) {
			return true
		}
	}
	return false
}

// public reports whether an answer says that caches shared by many may keep it
// (RFC 9111 sections 5.2.2.9 and 5.2.2.10), and nothing to the contrary.
func public(h http.Header) bool {
	lines := h["Cache-Control"]
	return (mentions(lines, "public") || mentions(lines, "s-maxage")) &&
		!mentions(lines, "private") && !mentions(lines, "no-store") && !mentions(lines, "no-cache")
}

// decoded returns the beginning of a body without its encoding, and whether that
// is all of it.
func decoded(h http.Header, body []byte) (plain []byte, whole bool) {
	codings := h["Content-Encoding"]
	switch {
	case len(codings) == 0, len(codings) == 1 && (codings[0] == "" || sameFold(codings[0], "identity")):
		return body[:min(len(body), checked)], len(body) < checked
	case len(codings) != 1 || !sameFold(codings[0], "gzip"):
		return nil, false
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	plain, err = io.ReadAll(io.LimitReader(z, checked)) // of a body cut short, its beginning
	return plain, err == nil && len(plain) < checked
}
