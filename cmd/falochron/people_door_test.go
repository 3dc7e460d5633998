package main

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/realpg"
	"github.com/falochron/falochron/internal/store"
)

// stranger has no cookie.
func (w *planWorld) stranger() *browser { return &browser{w: w, header: http.Header{}} }

// Programs that check messages open links too, and look at what is there.
func TestWhoOnlyLooksDoesNothing(t *testing.T) {
	w := openPlanWorld(t)
	changed, before := w.plan.Changed(), w.happened()
	ola := w.opens("ola", plan.Influencer)
	for _, b := range []*browser{w.stranger(), ola, w.asOperator()} {
		for _, path := range []string{"/plan/l/" + w.tokens["olainfluencer"], "/plan/", "/plan/next", "/plan/next?act=cancel&post=lip-1.1", "/plan/campaign/lip-1", "/plan/calendar", "/plan/vessels", "/plan/war-room"} {
			for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodPut, http.MethodDelete} {
				got := b.send(method, path, "")
				if got.Code >= 500 || len(got.Result().Cookies()) > 0 {
					t.Errorf("%s %s: %d, cookies %v", method, path, got.Code, got.Result().Cookies())
				}
			}
		}
	}
	select {
	case <-changed:
		t.Error("something was done by looking")
	default:
	}
	if w.happened() != before {
		t.Error("something was done by looking")
	}

	door := w.stranger().get("/plan/l/" + w.tokens["olainfluencer"])
	for _, want := range []string{"Lipstick", "Party ola", `value="open"`, "tomorrow, 10:00"} {
		if !strings.Contains(door.Body.String(), want) {
			t.Errorf("the door does not say %q:\n%s", want, main0(door.Body.String()))
		}
	}
	h := door.Header()
	if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", h)
	}
	if got := w.stranger().post("/plan/l/"+w.tokens["olainfluencer"], "act", "close"); got.Code != http.StatusBadRequest || len(got.Result().Cookies()) > 0 {
		t.Errorf("another button opens the door: %d", got.Code)
	}
}

// A session opens what its link opens, and nothing without it.
func TestTheSessionOfALink(t *testing.T) {
	w := openPlanWorld(t)
	got := w.stranger().post("/plan/l/"+w.tokens["olainfluencer"], "act", "open")
	cookie := got.Result().Cookies()[0]
	if cookie.Name != planCookie || cookie.Path != "/plan/" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.MaxAge != 24*3600 {
		t.Errorf("%+v", cookie)
	}
	w.secure = true
	if c := w.stranger().post("/plan/l/"+w.tokens["olainfluencer"], "act", "open").Result().Cookies()[0]; !c.Secure {
		t.Error("reached by https, and the cookie may cross the network in the clear")
	}
	for role, to := range map[plan.Role]string{plan.Influencer: "/plan/next", plan.MediaHouse: "/plan/campaign/lip-1", plan.SoftwareHouse: "/plan/campaign/lip-1", plan.Host: "/plan/host"} {
		party := map[plan.Role]string{plan.Influencer: "ola", plan.MediaHouse: "mm", plan.SoftwareHouse: "soft", plan.Host: "web"}[role]
		b := w.opens(party, role)
		if got := b.get("/plan/"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != to {
			t.Errorf("%s is led to %q, %d", role, got.Header().Get("Location"), got.Code)
		}
		b.sees(to, "Party "+party)
	}
	if got := w.asOperator().get("/plan/"); got.Header().Get("Location") != "/plan/campaign/hat-1" && got.Header().Get("Location") != "/plan/campaign/lip-1" {
		t.Errorf("an operator is led to %q", got.Header().Get("Location"))
	}
	if got := w.stranger().get("/plan/next"); got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), "Open the link you were given") {
		t.Errorf("a stranger: %d", got.Code)
	}
	if got := w.stranger().get("/"); got.Header().Get("Location") != "/plan/" {
		t.Error("nothing leads to the pages")
	}
	for _, path := range []string{"/login", "/api/v1/shops", "/metrics", "/plan/nothing", "/healthz"} {
		if got := w.opens("ola", plan.Influencer).get(path); got.Code != http.StatusNotFound {
			t.Errorf("%s is on the listener for links: %d", path, got.Code)
		}
	}
	if got := w.stranger().get("/assets/room.css"); got.Code != http.StatusOK {
		t.Errorf("the pages have no style: %d", got.Code)
	}
	// Who is on the operators' listener and has not signed in, nor come by a link.
	got = httptest.NewRecorder()
	w.forOperators(got, httptest.NewRequest(http.MethodGet, "/plan/next", nil), "")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/login" {
		t.Errorf("%d to %q", got.Code, got.Header().Get("Location"))
	}
}

// A link that is kept beside the apps of a phone starts at itself, and leads on where it was
// opened before; only there, and only while it is good.
func TestAKeptLinkLeadsOn(t *testing.T) {
	w := openPlanWorld(t)
	link := "/plan/l/" + w.tokens["olainfluencer"]
	m := regexp.MustCompile(`<link rel="manifest" href="([^"]+)">`).FindStringSubmatch(w.stranger().sees(link, `value="open"`, "home screen"))
	if m == nil {
		t.Fatal("the door of an influencer cannot be kept")
	}
	var kept struct {
		Start string `json:"start_url"`
	}
	if got := w.stranger().get(html.UnescapeString(m[1])); json.Unmarshal(got.Body.Bytes(), &kept) != nil || kept.Start != link {
		t.Errorf("what is kept starts at %q: %d", kept.Start, got.Code)
	}
	if body := w.stranger().sees("/plan/l/" + w.tokens["webhost"]); strings.Contains(body, "manifest") {
		t.Error("a host is offered an app for an influencer")
	}
	ola, eva := w.opens("ola", plan.Influencer), w.opens("eva", plan.Influencer)
	if got := ola.get(link); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("who has opened it is led to %q, %d", got.Header().Get("Location"), got.Code)
	}
	eva.sees(link, `value="open"`)
	forged := w.stranger()
	forged.cookies = []*http.Cookie{{Name: planCookie, Value: w.tokens["olainfluencer"]}}
	forged.sees(link, `value="open"`)
	w.must(anOperator, plan.RevokeLink{Grant: "ola-link-1"})
	if got := ola.get(link); got.Code != http.StatusGone {
		t.Errorf("withdrawn, it still leads on: %d", got.Code)
	}
}

// A link that is over opens nothing, at once, whoever holds a page of it.
func TestALinkEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		do   func(*planWorld)
		code int
		says string
	}{
		"revoked": {func(w *planWorld) { w.must(anOperator, plan.RevokeLink{Grant: "ola-link-1"}) }, 410, "This link was withdrawn"},
		"expired": {func(w *planWorld) { w.clock = w.clock.Add(24 * time.Hour) }, 410, "This link is no longer good"},
		"revoked by herself": {func(w *planWorld) {
			w.must(plan.Actor{Role: plan.Influencer, Party: "ola", Grant: "ola-link-1"}, plan.RevokeLink{Grant: "ola-link-1"})
		}, 410, "This link was withdrawn"},
	} {
		t.Run(name, func(t *testing.T) {
			w := openPlanWorld(t)
			b := w.opens("ola", plan.Influencer)
			b.sees("/plan/next", "Party ola")
			end.do(w)
			before := w.happened()
			for _, got := range []interface{ Result() *http.Response }{
				b.get("/plan/next"), b.get("/plan/"), b.get("/plan/campaign/lip-1"), b.post("/plan/next", "act", "post-now", "post", "lip-1.1"),
				b.get("/plan/l/" + w.tokens["olainfluencer"]), b.post("/plan/l/"+w.tokens["olainfluencer"], "act", "open"),
			} {
				r := got.Result()
				if r.StatusCode != end.code || len(r.Cookies()) > 0 {
					t.Errorf("%d, cookies %v", r.StatusCode, r.Cookies())
				}
			}
			if body := b.get("/plan/next").Body.String(); !strings.Contains(body, end.says) || strings.Contains(body, "Lipstick") {
				t.Errorf("%s", main0(body))
			}
			if w.happened() != before {
				t.Error("something was done by a link that is over")
			}
		})
	}
}

// What was not sealed here opens nothing.
func TestForgedLinksAndSessions(t *testing.T) {
	w := openPlanWorld(t)
	good := w.tokens["olainfluencer"]
	for name, token := range map[string]string{"a grant's name": "ola-link-1", "changed": good[:10] + map[bool]string{true: "x", false: "y"}[good[10] != 'x'] + good[11:], "cut": good[:len(good)-2], "a session": w.links.SealSession("ola-link-1")} {
		for _, got := range []int{w.stranger().get("/plan/l/" + token).Code, w.stranger().post("/plan/l/"+token, "act", "open").Code} {
			if got != http.StatusForbidden {
				t.Errorf("%s: %d", name, got)
			}
		}
	}
	for name, value := range map[string]string{"a grant's name": "ola-link-1", "the link itself": good, "changed": w.links.SealSession("ola-link-1")[1:], "of no grant": w.links.SealSession("ola-link-99")} {
		b := w.stranger()
		b.cookies = []*http.Cookie{{Name: planCookie, Value: value}}
		got := b.get("/plan/next")
		if want := map[bool]int{true: 410, false: 403}[name == "of no grant"]; got.Code != want || strings.Contains(got.Body.String(), "Lipstick") {
			t.Errorf("a session from %s: %d, want %d", name, got.Code, want)
		}
	}
	// A link for one shop opens no other.
	act := w.must(anOperator, plan.GiveLink{Grant: plan.Grant{Party: "web", Role: plan.Host, Shops: []plan.ID{"hat"}, Expires: w.clock.Add(time.Hour)}})
	if act.Kind != "link-given" {
		t.Fatal(act.Kind)
	}
	b := w.stranger()
	b.cookies = []*http.Cookie{{Name: planCookie, Value: w.links.SealSession("web-link-2")}}
	b.sees("/plan/host", "Hats")
	if body := b.get("/plan/host").Body.String(); strings.Contains(body, "Lipstick") {
		t.Error("a link for one shop shows another")
	}
	if got := b.get("/plan/campaign/lip-1"); got.Code != http.StatusForbidden {
		t.Errorf("a link for one shop opens the other's campaign: %d", got.Code)
	}
}

// Another site's page can send a form along with the cookie of who looks at it.
func TestAnotherSitesFormIsRefused(t *testing.T) {
	w := openPlanWorld(t)
	b := w.opens("ola", plan.Influencer)
	before := w.happened()
	for _, h := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
		{"Origin": {"http://plan.example:81"}}, {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://plan.example"}},
	} {
		b.header = h
		for _, path := range []string{"/plan/next", "/plan/campaign/lip-1", "/plan/l/" + w.tokens["olainfluencer"]} {
			if got := b.post(path, "act", "cancel", "post", "lip-1.1"); got.Code != http.StatusForbidden || len(got.Result().Cookies()) > 0 {
				t.Errorf("%v to %s: %d", h, path, got.Code)
			}
		}
	}
	for name, got := range map[string]int{
		"a form of another type": func() int {
			b.header = http.Header{"Content-Type": {"text/plain"}}
			return b.post("/plan/next", "act", "cancel", "post", "lip-1.1").Code
		}(),
		"a form without end": func() int {
			b.header = http.Header{}
			return b.post("/plan/next", "act", "cancel", "post", strings.Repeat("x", longestForm)).Code
		}(),
	} {
		if got != http.StatusUnsupportedMediaType && got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", name, got)
		}
	}
	if w.happened() != before {
		t.Error("something was done")
	}
	for _, h := range []http.Header{{"Sec-Fetch-Site": {"same-origin"}}, {"Origin": {"http://plan.example"}}} {
		b.header = h
		if got := b.post("/plan/next", "act", "slip", "post", "lip-1.1", "by", "15"); got.Code != http.StatusSeeOther {
			t.Errorf("%v: %d, and it is our own page", h, got.Code)
		}
	}
}

// Who tries links gets nowhere fast, is no reason to turn others away, and fills no memory.
func TestTheDoorCountsLinksThatOpenNothing(t *testing.T) {
	w := openPlanWorld(t)
	b := w.stranger()
	b.from = "192.0.2.7:1000"
	for range triesAMinute {
		if got := b.get("/plan/l/forged").Code; got != http.StatusForbidden {
			t.Fatal(got)
		}
	}
	if got := b.get("/plan/l/forged"); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("after %d tries: %d", triesAMinute, got.Code)
	}
	if got := w.opens("ola", plan.Influencer).get("/plan/next").Code; got != http.StatusOK {
		t.Errorf("somebody else: %d", got)
	}
	w.clock = w.clock.Add(time.Minute)
	if got := b.get("/plan/l/forged").Code; got != http.StatusForbidden {
		t.Errorf("a minute later: %d", got)
	}

	// Whose link is good comes in, also from a network from which others try.
	for range triesAMinute {
		b.get("/plan/l/forged")
	}
	if got := b.get("/plan/l/forged").Code; got != http.StatusTooManyRequests {
		t.Fatal(got)
	}
	if got := b.get("/plan/l/" + w.tokens["olainfluencer"]); got.Code != http.StatusOK {
		t.Errorf("a good link beside somebody who tries: %d", got.Code)
	}
	if got := b.post("/plan/l/"+w.tokens["olainfluencer"], "act", "open"); got.Code != http.StatusSeeOther {
		t.Errorf("and its button: %d", got.Code)
	}

	many, now := &tries{}, theEvening
	for i := range 20_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		many.failed(a, now)
	}
	if n := len(many.bad); n > triesOf+1 {
		t.Errorf("%d networks are remembered", n)
	}
	if !many.failed(netip.MustParseAddr("10.0.0.1"), now) || many.failed(netip.MustParseAddr("10.99.0.1"), now) {
		t.Error("beyond the bound all others count as one")
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "[2001:db8::1:2:3:4]:5"
	if got := w.client(r); got != netip.MustParseAddr("2001:db8::") {
		t.Errorf("%v: who has a network of IPv6 has all its addresses", got)
	}
}

// Without a plan nobody can be told from anybody; a door that cannot be looked up is
// not one that has expired.
func TestWithoutAPlanThereAreNoPages(t *testing.T) {
	w := openPlanWorld(t)
	b := w.opens("ola", plan.Influencer)
	w.planPages.plan = control.NewCampaigns(control.CampaignsConfig{})
	for _, path := range []string{"/plan/next", "/plan/l/" + w.tokens["olainfluencer"]} {
		if got := b.get(path); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

// A link opens the moment it was given, by whatever process: the door, the pages, the
// calendar and the hooks of another one take in what they do not know. What was never given
// opens nothing all the same.
func TestALinkGivenByAnotherProcessOpensAtOnce(t *testing.T) {
	t.Parallel()
	server := &realpg.Server{}
	t.Cleanup(server.Stop)
	for name, empty := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "plan.db") },
		"postgres": func(t *testing.T) string { return server.Empty(t) },
	} {
		t.Run(name, func(t *testing.T) { linkOpensAtOnce(t, openPlanWorldOn(t, secretWords, empty(t))) })
	}
}

func linkOpensAtOnce(t *testing.T, w *planWorld) {
	other, err := control.OpenCampaigns(t.Context(), control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: w.file}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	give := func() string {
		t.Helper()
		a, err := other.Do(t.Context(), w.clock, anOperator, plan.GiveLink{Grant: plan.Grant{Party: "web", Role: plan.Host, Expires: w.clock.Add(time.Hour)}})
		var given plan.GiveLink
		if err == nil {
			err = json.Unmarshal(a.Body, &given)
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(given.Grant.ID)
	}
	if got := w.stranger().get("/plan/l/" + w.links.Seal("web-link-2")); got.Code != http.StatusGone {
		t.Errorf("before it was given: %d", got.Code)
	}
	if got := w.stranger().get("/plan/l/" + w.links.Seal(give())); got.Code != http.StatusOK {
		t.Errorf("the door: %d", got.Code)
	}
	if got := w.stranger().post("/plan/l/"+w.links.Seal(give()), "act", "open"); got.Code != http.StatusSeeOther || len(got.Result().Cookies()) != 1 {
		t.Errorf("its button: %d", got.Code)
	}
	if got := w.stranger().get(w.feedOf(plan.ID(give()))); got.Code != http.StatusOK {
		t.Errorf("the calendar: %d", got.Code)
	}
	// A session that another process gave.
	b := w.stranger()
	b.cookies = []*http.Cookie{{Name: planCookie, Value: w.links.SealSession(give())}}
	b.sees("/plan/host", "Lipstick")
}
