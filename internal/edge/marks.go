package edge

import (
	"net/http"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// Many shops give every visitor a session cookie and keep the cart behind it, so
// that nobody outside can tell an empty cart from a full one. So the edge keeps
// the one bit that matters itself, in two cookies of its own. Both speak to nobody
// but this edge, and only about whether their bearer may be shown pages that are
// the same for all: to forge one is to deceive oneself.
const (
	// cleanCookie: the session of the shop that came with it has changed nothing.
	cleanCookie = "falo_clean"
	// personalCookie: this visitor has changed something, or has seen a page that is
	// his own. It outranks the other, since answers can overtake each other.
	personalCookie = "falo_personal"
)

// brought is what a request brings of our marks.
type brought struct {
	mark    preset.Mark
	landing string // as it came: see landing.go
}

// markOf reads our marks from a request.
func markOf(r *http.Request) (m brought) {
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch {
			case value == "":
			case name == personalCookie:
				m.mark = preset.Personal
			case name == cleanCookie && m.mark == preset.NoMark:
				m.mark = preset.Clean
			case name == landingCookie:
				m.landing = value
			}
		}
	}
	return m
}

// marks reports whether the edge may mark visitors: not where it decides nothing.
func (x *exchange) marks() bool {
	return x.snap.Mode != falochron.ModeOff && x.snap.Mode != falochron.ModeWatch
}

// mark notes on an answer of the shop what it makes of the visitor.
func (x *exchange) mark(h http.Header) {
	switch {
	case !x.marks() || x.standing.mark == preset.Personal:
	case x.changes:
		unshare(h)
		x.setMark(h, personalCookie)
	case x.standing.mark == preset.NoMark && !x.standing.opaque && x.opens(h):
		unshare(h)
		x.setMark(h, cleanCookie)
	}
}

// opens reports whether an answer gives the visitor a session.
func (x *exchange) opens(h http.Header) bool {
	for _, line := range h["Set-Cookie"] {
		if name, _, _ := strings.Cut(line, "="); x.set.classify.Opaque(strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// setMark sets one of our marks for as long as the browser runs: the shop's
// session, if it lasts longer, then counts as personal, since no mark says
// otherwise. It is no secret and goes over http as well: a shop that is reached by
// both has one session there.
func (x *exchange) setMark(h http.Header, name string) {
	c := http.Cookie{Name: name, Value: "1", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	h.Add("Set-Cookie", c.String())
	if !private(h) {
		h.Add("Cache-Control", "private")
	}
}

// standing is whether a visitor is anonymous, and what it was told by.
type standing struct {
	preset.Standing
	mark    preset.Mark
	opaque  bool   // brought a session of the shop
	landing string // where the visitor has landed with a code that the shop has not seen yet
	told    bool   // now the shop has
}

// stand finds out whether the visitor may be shown what is the same for all.
func (x *exchange) stand(m brought) {
	x.standing = standing{Standing: x.set.classify.Standing(x.asked, m.mark), mark: m.mark, landing: x.landingOf(m.landing)}
	x.opaqueCookies(func(string, string) bool { x.standing.opaque = true; return false })
	x.seenToChange()
	x.changes = x.set.classify.Changes(x.asked, x.class)
}

// mine reports whether a cookie is one of the edge's own, which the shop never
// sees.
func mine(name string) bool { return strings.HasPrefix(name, "falo_") }
