package control

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// actor is who asks, as the audit record will name them.
type actor struct {
	name  string
	given bool // the name is a person's; else it only says how they came
	scope scope
	shop  string // the only shop they may touch; empty = all

	// What lasts longer than one answer ends with the session it was asked in. A
	// token has none and goes on until the restart that changes it.
	until time.Time       // when the session ends by itself; zero = never
	over  <-chan struct{} // closed when somebody ends it before; nil = never
}

// ActorHeader lets a caller with the token say who they are, for the audit
// record: the command line sends the user's name.
const ActorHeader = "Falochron-Actor"

// authenticate finds out who asks: a bearer token, or the console's session.
func (c *Control) authenticate(r *http.Request) (actor, bool) {
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		switch {
		case sameSecret(given, c.cfg.Token):
			person := nameOr(r.Header.Get(ActorHeader), "")
			return actor{name: cmp.Or(person, "api"), given: person != "", scope: scopeAdmin}, true
		case sameSecret(given, c.cfg.StockToken):
			return actor{name: "stock webhook", scope: scopeStock}, true
		}
		tokens := *c.stock.Load()
		if shop := r.PathValue("shop"); sameSecret(given, tokens[shop]) { // first: shops may share one
			return actor{name: "stock webhook", scope: scopeStock, shop: shop}, true
		}
		for shop, token := range tokens {
			if sameSecret(given, token) {
				return actor{name: "stock webhook", scope: scopeStock, shop: shop}, true
			}
		}
		return actor{}, false
	}
	if cookie, err := r.Cookie(SessionCookie); err == nil {
		if s, ok := c.sessions.find(cookie.Value); ok {
			return actor{name: s.name, given: true, scope: scopeAdmin, until: s.ends, over: s.over}, true
		}
	}
	return actor{}, false
}

// nameOr cleans a name a person gave for the audit record: up to 40 printable
// characters.
func nameOr(name, otherwise string) string {
	name = strings.TrimSpace(name)
	bad := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 40 || strings.ContainsFunc(name, bad) {
		return otherwise
	}
	return name
}

// ownHost refuses requests for a host name that is not ours. Without it, any
// web page could point its own name at 127.0.0.1 and talk to us as its origin
// (DNS rebinding).
func (c *Control) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostIsOurs(r.Host, c.cfg.Hosts) {
			answerFault(w, http.StatusMisdirectedRequest, "denied", "the admin listener does not answer under this host name",
				"use 127.0.0.1 or localhost, or list the name in the configuration")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostIsOurs(hostport string, allowed []string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return host != "" && slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, host) })
}
