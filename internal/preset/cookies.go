package preset

import (
	"net/http"
	"strings"

	"github.com/falochron/falochron"
)

// Mark is what the edge has noted about a visitor, in cookies of its own.
type Mark uint8

// The marks.
const (
	NoMark   Mark = iota // the edge knows nothing
	Clean                // the shop's session was born under its eyes, and nothing was changed with it
	Personal             // something was changed, or a page of the visitor's own was seen
)

// Standing is whether a visitor may be shown what is the same for everybody.
type Standing struct {
	Anonymous bool
	Reason    string // one of the Standing constants
}

// Reasons of a [Standing].
const (
	StandingNothing  = "nothing-personal"   // anonymous: nothing tells visitors apart
	StandingClean    = "clean-session"      // anonymous: has a session, with which nothing was changed
	StandingMarked   = "marked-personal"    // changed something, or saw a page of his own
	StandingSignedIn = "authorization"      // sends credentials
	StandingField    = "personal-field"     // sends a cart's or session's token in a header field
	StandingParam    = "session-in-address" // carries a session in the address
	StandingCookie   = "personal-cookie"    // has a cookie that only those have who did something
	StandingUnknown  = "unknown-session"    // has a session from before the edge kept watch
)

// Standing tells whether a request is of somebody who may be shown what is the
// same for all. It fails closed: what is not known to be common is personal.
func (c *Classifier) Standing(q Request, mark Mark) Standing {
	p := c.platform
	switch {
	case mark == Personal:
		return Standing{Reason: StandingMarked}
	case len(q.Header["Authorization"]) > 0:
		return Standing{Reason: StandingSignedIn}
	case hasField(q.Header, p.Fields) || hasField(q.Header, p.Choices):
		return Standing{Reason: StandingField}
	case len(p.Params) > 0 && hasParam(q.Query, p.Params):
		return Standing{Reason: StandingParam}
	}
	opaque := false
	for name, value := range cookies(q.Header) {
		if value != "" && value != "0" && named(p.Cookies.Personal, name) {
			return Standing{Reason: StandingCookie}
		}
		opaque = opaque || named(p.Cookies.Opaque, name)
	}
	switch {
	case !opaque:
		return Standing{Anonymous: true, Reason: StandingNothing}
	case mark == Clean:
		return Standing{Anonymous: true, Reason: StandingClean}
	}
	return Standing{Reason: StandingUnknown}
}

// Changes reports whether the visitor's pages are his own after this request,
// because it changes something, be it by GET as WooCommerce's add-to-cart. What a
// robot or a prefetch asks for counts as well. The class is that of
// [Classifier.ClassOf].
//
// Where no cookie tells that there is a cart, whatever is not surely harmless
// counts: every order to change something, and the pages of the cart, the till and
// an account, and those that people reach after paying, who may be signed in by
// it. Where cookies do tell, only what is of the cart, the till, an account or an
// ordinary page does: a theme's script that reads the empty cart or counts the page
// view makes nobody's pages his own.
func (c *Classifier) Changes(q Request, class falochron.Class) bool {
	if q.Method == http.MethodOptions {
		return false
	}
	how := c.mannerOf(q)
	if class == falochron.ClassBot || class == falochron.ClassPrefetch {
		class = c.undeclared(q, how)
	}
	switch class {
	case falochron.ClassCart, falochron.ClassCheckout:
		return c.keepsWatch() || c.commands(q, how)
	case falochron.ClassCallback:
		return c.keepsWatch() && c.Return(q)
	case falochron.ClassIntegration, falochron.ClassFragment:
		return false // a script that only reads, although it may post
	}
	return !how.safe
}

// keepsWatch reports whether nothing but what the edge has seen tells a visitor who
// has a cart from one who has none.
func (c *Classifier) keepsWatch() bool {
	return len(c.platform.Cookies.Opaque) > 0 || c.platform.Name == GenericName
}

// commands reports whether a request orders to change what may be seen, as opposed
// to one that reads, and to one that only reports to an interface for scripts.
func (c *Classifier) commands(q Request, how manner) bool {
	r := c.read(q)
	switch {
	case r.orders, r.acts:
		return true
	case how.safe:
		return false
	}
	return r.says&api == 0 || r.says&(personal&^admin) != 0 || c.speaksGraphQL(q)
}

// Form returns the cookies that choose among shared forms, as a Cookie field has
// them, in the preset's order. It is false if one has a value that is no plain
// token (1 to 64 of letters, digits, underscore, dot and hyphen), or two values, or
// if the form is chosen by a field besides: such a request is not shared.
func (c *Classifier) Form(h http.Header) (cookie string, ok bool) {
	if hasField(h, c.platform.FormFields) {
		return "", false
	}
	return c.formCookies(h)
}

// Forms is Form for a caller who puts fields into the key and sends them with the
// fill, too: they come back as they are to be sent, or nil. Each has one value, a
// plain token.
func (c *Classifier) Forms(h http.Header) (cookie string, fields http.Header, ok bool) {
	for _, name := range c.platform.FormFields {
		switch values := h[name]; {
		case len(values) == 0:
			continue
		case len(values) > 1 || !token(values[0], fieldMost):
			return "", nil, false
		case fields == nil:
			fields = http.Header{}
		}
		fields[name] = []string{h[name][0]}
	}
	cookie, ok = c.formCookies(h)
	return cookie, fields, ok
}

func (c *Classifier) formCookies(h http.Header) (cookie string, ok bool) {
	names := c.platform.Cookies.Form
	if len(names) == 0 || len(h["Cookie"]) == 0 {
		return "", true
	}
	for _, want := range names {
		found := ""
		for name, value := range cookies(h) {
			if name != want {
				continue
			}
			if found != "" && found != value || !token(value, cookieMost) {
				return "", false
			}
			found = value
		}
		if found == "" {
			continue
		}
		if cookie != "" {
			cookie += "; "
		}
		cookie += want + "=" + found
	}
	return cookie, true
}

// How long the values are that are part of a key; keys of interfaces have 67 bytes.
const (
	cookieMost = 64
	fieldMost  = 128
)

// token reports whether a value is short and plain enough for a key.
func token(s string, most int) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= most
}

// Drops reports whether a cookie that an answer sets is left out where the answer
// is shared. Any other keeps it from being shared.
func (c *Classifier) Drops(setCookieName string) bool {
	k := &c.platform.Cookies
	return named(k.Opaque, setCookieName) || named(k.Form, setCookieName) || named(k.Harmless, setCookieName)
}

// Owned reports whether an answer, of whatever is asked for, is somebody's own by a
// field of its header: it carries a session or a cart there.
func (c *Classifier) Owned(h http.Header) bool { return hasField(h, c.platform.Fields) }

// Shed takes the fields out of an answer that name a session begun for nobody. It is for
// pages of a kind that is shared, asked for by somebody who is nobody.
func (c *Classifier) Shed(h http.Header) {
	for _, name := range c.platform.Issued {
		h.Del(name)
	}
}

// Harmless reports whether a cookie that an answer sets says nothing of the visitor. It
// is left out of what is shared, be it of a kind or only called public by the shop.
func (c *Classifier) Harmless(setCookieName string) bool {
	return named(c.platform.Cookies.Harmless, setCookieName)
}

// Opaque reports whether a cookie is a session behind which there may be a cart.
func (c *Classifier) Opaque(cookieName string) bool {
	return named(c.platform.Cookies.Opaque, cookieName)
}

// Mint is the cookie that a visitor must have before the shop hears him; empty if
// there is none. It may have a star: see [NameMatches].
func (c *Classifier) Mint() string { return c.platform.Mint }

// NameMatches reports whether a cookie's name is that of a pattern, in which one
// star stands for anything.
func NameMatches(pattern, name string) bool {
	before, after, starred := strings.Cut(pattern, star)
	if !starred {
		return pattern == name
	}
	return len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}

func named(patterns []string, name string) bool {
	for _, p := range patterns {
		if NameMatches(p, name) {
			return true
		}
	}
	return false
}

// cookies yields name and value of every cookie a request carries, as they are.
func cookies(h http.Header) func(func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for _, line := range h["Cookie"] {
			for rest := line; rest != ""; {
				var part string
				part, rest, _ = strings.Cut(rest, ";")
				name, value, _ := strings.Cut(part, "=")
				if !yield(strings.TrimSpace(name), strings.TrimSpace(value)) {
					return
				}
			}
		}
	}
}

func hasField(h http.Header, names []string) bool {
	for _, name := range names {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}

// hasParam reports whether a query has one of these parameters, as PHP reads
// names.
func hasParam(query string, names []string) bool {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(pair, "=")
		var room [64]byte
		if len(name) > len(room) {
			continue
		}
		folded, _ := fold(room[:0], name)
		folded, _ = phpName(folded)
		for _, n := range names {
			if sameFold(n, string(folded)) {
				return true
			}
		}
	}
	return false
}
