package ticket

import (
	"net/http"
	"time"
)

// Names on the wire. The digit is the version: another format gets another
// name, so that an old and a new edge behind one host do not tread on each
// other's cookies.
const (
	WaitingCookie = "falo_w1"
	InsideCookie  = "falo_i1"
	// Param carries a waiting ticket in the URL where cookies are refused.
	Param = "falo_t"
)

// Cookie returns a cookie for a ticket: not readable by scripts, sent with
// navigations from other sites (a fan comes from a story), for the whole host.
// secure is for those who came over TLS. life is how long the browser keeps it,
// in whole seconds; the ticket's own life is what counts.
func Cookie(name, ticket string, secure bool, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: ticket, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// WaitingCookie returns the cookie for a waiting ticket.
func (s *Sealer) WaitingCookie(ticket string, secure bool) *http.Cookie {
	return Cookie(WaitingCookie, ticket, secure, s.lives.Waiting)
}

// InsideCookie returns the cookie for an inside ticket.
func (s *Sealer) InsideCookie(ticket string, secure bool) *http.Cookie {
	return Cookie(InsideCookie, ticket, secure, s.lives.Idle)
}

// Forget returns a cookie that makes the browser drop the one of that name.
func Forget(name string, secure bool) *http.Cookie {
	c := Cookie(name, "", secure, 0)
	c.MaxAge = -1
	return c
}

// maxTries bounds how many cookies of one name are looked at. A browser sends
// several when a neighbouring host planted one; ours may be any of them.
const maxTries = 4

// FindWaiting returns the first valid waiting ticket among the request's
// cookies. found tells whether there was any such cookie; err is the fault of
// the first one when none is valid.
func (s *Sealer) FindWaiting(r *http.Request, now time.Time) (w Waiting, found bool, err error) {
	return find(r, WaitingCookie, func(v string) (Waiting, error) { return s.OpenWaiting(v, now) })
}

// FindInside is FindWaiting for inside tickets.
func (s *Sealer) FindInside(r *http.Request, now time.Time) (in Inside, found bool, err error) {
	return find(r, InsideCookie, func(v string) (Inside, error) { return s.OpenInside(v, now) })
}

func find[T any](r *http.Request, name string, open func(string) (T, error)) (none T, found bool, first error) {
	for i, c := range r.CookiesNamed(name) {
		if i == maxTries {
			break
		}
		t, err := open(c.Value)
		if err == nil {
			return t, true, nil
		}
		if first == nil {
			first = err
		}
		found = true
	}
	return none, found, first
}
