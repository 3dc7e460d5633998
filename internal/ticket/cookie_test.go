package ticket

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCookies(t *testing.T) {
	s := ring(t).Shop("lips.example", 7, Lives{})
	for _, c := range []struct {
		cookie *http.Cookie
		want   string
	}{
		{s.WaitingCookie("T", true), "falo_w1=T; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax"},
		{s.WaitingCookie("T", false), "falo_w1=T; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"},
		{s.InsideCookie("T", true), "falo_i1=T; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax"},
		{Forget(InsideCookie, true), "falo_i1=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
	} {
		if got := c.cookie.String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	// The longest ticket fits a cookie: browsers keep 4096 bytes.
	w := someWaiting()
	w.Page = "/" + strings.Repeat("p", MaxPage-1)
	w.Article = w.Page
	longest := s.SealWaiting(w)
	if n := len(s.WaitingCookie(longest, true).String()); n > 4000 {
		t.Errorf("the longest cookie has %d bytes", n)
	}
	if _, err := s.OpenWaiting(longest, evening); err != nil {
		t.Error("the longest ticket does not open:", err)
	}
}

// A neighbouring host may plant a cookie of our name. It must not hide ours.
func TestPlantedCookieDoesNotHideOurs(t *testing.T) {
	s := ring(t).Shop("lips.example", 7, Lives{})
	ask := func(cookies ...string) *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		for _, c := range cookies {
			r.Header.Add("Cookie", c)
		}
		return r
	}
	ours := WaitingCookie + "=" + s.SealWaiting(someWaiting())
	if w, found, err := s.FindWaiting(ask(WaitingCookie+"=planted", ours), evening); err != nil || !found || w.Seq != 4711 {
		t.Error(w, found, err)
	}
	if _, found, err := s.FindWaiting(ask("other=1"), evening); found || err != nil {
		t.Error("no cookie:", found, err)
	}
	if _, found, err := s.FindWaiting(ask(WaitingCookie+"=", WaitingCookie+"=zzz"), evening); !found || err != Truncated {
		t.Error("two bad ones:", found, err)
	}
	flood := make([]string, 50)
	for i := range flood {
		flood[i] = WaitingCookie + "=AAAA"
	}
	if _, _, err := s.FindWaiting(ask(append(flood, ours)...), evening); err == nil {
		t.Error("looked through a flood of planted cookies")
	}
	in := InsideCookie + "=" + s.SealInside(someInside())
	if got, found, err := s.FindInside(ask(ours, in), evening); err != nil || !found || got.Session != someInside().Session {
		t.Error(got, found, err)
	}
}
