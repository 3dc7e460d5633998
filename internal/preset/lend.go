package preset

import "strings"

// Lend is how a script that keeps no cookies is given a cart by the shop: the answer to
// what it asks first has a field, which it sends from then on. Whoever was shown the
// shared empty cart got no such field, so before his first order to change something the
// edge asks for one in his place. As WooCommerce's Cart-Token it names a cart that is made
// with it, and never one that somebody has by his cookies.
type Lend struct {
	Field string // of the answer, and of requests
	// Pattern as of [Route]: where orders to change something are heard with it.
	Pattern string
	// Ask is asked for by GET to have one: a path, in place of what the address has from
	// its first segment on, or a query of the request's own path.
	Ask string
	// Instead is a field with which the shop takes a request for that of the visitor's
	// cookies; who sends it needs no other.
	Instead string
}

// lend is a compiled [Lend].
type lend struct {
	Lend
	at address
}

// Lacks tells which field of [Platform.Lends] a request needs and does not have, and what
// is asked for to have it: path and query, the path percent-encoded. It is false for
// requests that only read, for whoever has a cart or an account by a cookie, or a token
// by whatever field, and for scripts of other sites: those are given one by the shop.
func (c *Classifier) Lacks(q Request) (field, path, query string, ok bool) {
	if len(c.lends) == 0 || c.mannerOf(q).safe || Overridden(q.Header) || len(q.Header["Authorization"]) > 0 || !ownPage(q.Host, q.Header) {
		return "", "", "", false
	}
	var room [pathRoom]byte
	folded, ambiguous := fold(room[:0], q.Path)
	if ambiguous || hasOddSegment(folded) || doubled(folded) {
		return "", "", "", false
	}
	for i := range c.lends {
		l := &c.lends[i]
		if !l.at.fits(folded, q.Query, true) || len(q.Header[l.Instead]) > 0 || lent(q.Header[l.Field]) {
			continue
		}
		for name, value := range cookies(q.Header) {
			if value != "" && value != "0" && named(c.platform.Cookies.Personal, name) {
				return "", "", "", false
			}
		}
		path, query = l.ask(q.Path)
		return l.Field, path, query, true
	}
	return "", "", "", false
}

// ask is what gives the field, for a request to a path.
func (l *lend) ask(path string) (string, string) {
	to, query, _ := strings.Cut(l.Ask, "?")
	if to == "" {
		return path, query
	}
	first, _, _ := strings.Cut(to[1:], "/")
	if at := strings.Index(strings.ToLower(path), "/"+first+"/"); at > 0 {
		to = path[:at] + to // the shop lies in a folder, or below a language
	}
	return to, query
}

// lent reports whether a script has been given a field. One that was given none sends none,
// or what its language has for nothing.
func lent(values []string) bool {
	if len(values) != 1 {
		return len(values) > 0
	}
	switch values[0] {
	case "", "null", "undefined", "false":
		return false
	}
	return true
}
