package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Who holds a session ends it by a button at the foot of each page: the cookie is gone,
// and the page says what is not. The link still opens.
func TestADeviceIsLeft(t *testing.T) {
	w := openPlanWorld(t)
	ola := w.opens("ola", plan.Influencer)
	for _, page := range []string{"/plan/next", "/plan/campaign/lip-1", "/plan/calendar", "/plan/history", "/plan/vessels", "/plan/war-room"} {
		ola.sees(page, `<form method="post" action="/plan/leave"`)
	}
	if got := ola.get("/plan/left"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/" {
		t.Errorf("who has not left is told so: %d", got.Code)
	}
	if got := ola.get("/plan/leave"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("looking at the address: %d", got.Code)
	}
	evil := &browser{w: w, cookies: ola.cookies, header: http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}}
	if got := evil.post("/plan/leave"); got.Code != http.StatusForbidden || len(got.Result().Cookies()) != 0 {
		t.Errorf("another site's button: %d", got.Code)
	}

	copied := ola.cookies
	got := ola.post("/plan/leave")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/left" {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	all := got.Result().Cookies()
	if len(all) != 1 || all[0].Name != planCookie || all[0].Value != "" || all[0].MaxAge >= 0 || all[0].Path != copied[0].Path || !all[0].HttpOnly {
		t.Fatalf("%+v", all)
	}
	ola.cookies = nil // as a browser does
	for lang, words := range map[string][]string{
		"en": {"This device opens the pages no more", "The link itself is good until it ends", "a copy of the cookie"},
		"pl": {"To urządzenie nie otwiera już tych stron", "Sam link działa, aż wygaśnie", "Kopia ciasteczka"},
	} {
		if body := ola.sees("/plan/left?lang="+lang, words...); strings.Contains(body, "/plan/leave") || strings.Contains(body, "Lipstick") {
			t.Errorf("nothing is open any more:\n%s", main0(body))
		}
	}
	if got := ola.get("/plan/next"); got.Code != http.StatusForbidden {
		t.Errorf("after leaving: %d", got.Code)
	}
	// It is as the page says: stateless.
	(&browser{w: w, cookies: copied, header: http.Header{}}).sees("/plan/next")
	w.opens("ola", plan.Influencer).sees("/plan/next")
	w.must(anOperator, plan.RevokeLink{Grant: "ola-link-1"})
	if got := (&browser{w: w, cookies: copied, header: http.Header{}}).get("/plan/next"); got.Code != http.StatusGone {
		t.Errorf("the link is withdrawn: %d", got.Code)
	}

	if body := w.asOperator().sees("/plan/calendar"); strings.Contains(body, "/plan/leave") {
		t.Error("an operator's session is ended on the live page")
	}
	if body := w.stranger().sees("/plan/l/" + w.tokens["mmmedia-house"]); strings.Contains(body, "/plan/leave") {
		t.Error("a closed door has nothing to leave")
	}
}

// A page says when a link does too much, in both languages, and does nothing.
func TestAPageSaysWaitAWhile(t *testing.T) {
	w := openPlanWorld(t)
	mm := w.opens("mm", plan.MediaHouse)
	answer := func(n int) (string, []string) { // yes and no to the same step
		return "/plan/campaign/lip-1", []string{"act", []string{"confirm", "withdraw"}[n%2], "step", "lip-1/entry/"}
	}
	n := 0
	for ; n < 120; n++ {
		path, form := answer(n)
		if got := mm.post(path, form...); got.Code != http.StatusSeeOther {
			t.Fatalf("the %dth: %d %s", n+1, got.Code, main0(got.Body.String()))
		}
	}
	before := w.happened()
	for lang, words := range map[string]string{"en": "Too much was done by this link at once; in 3 seconds", "pl": "Zbyt wiele naraz z tego linku; dalej można za 3 sekundy"} {
		path, form := answer(n)
		got := mm.post(path+"?lang="+lang, form...)
		if body := strings.ReplaceAll(got.Body.String(), "\u00a0", " "); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "3" || !strings.Contains(body, words) {
			t.Errorf("%s: %d %v\n%s", lang, got.Code, got.Header(), main0(body))
		}
	}
	if w.happened() != before {
		t.Error("and yet it was done")
	}
	if got := w.opens("ola", plan.Influencer).post("/plan/next", "act", "unplanned"); got.Code != http.StatusSeeOther {
		t.Errorf("another party's link is held back as well: %d", got.Code)
	}
	w.clock = w.clock.Add(3 * time.Second)
	path, form := answer(n)
	if got := mm.post(path, form...); got.Code != http.StatusSeeOther {
		t.Errorf("a while later: %d", got.Code)
	}
}
