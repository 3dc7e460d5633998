package edge

import (
	"crypto/rand"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/ticket"
)

// visits is a shop that lets nobody in, and somebody in its line who asks for
// addresses of ours.
func visits(t *testing.T) func(method, target string, cookieless bool) *httptest.ResponseRecorder {
	t.Helper()
	ring, err := ticket.NewKeyring(evening, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := page.New(page.Config{DefaultLang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	set := &settings{ShopConfig: ShopConfig{Pages: pages, Keys: ring.Shop("s", 1, ticket.Lives{})}, classify: preset.Generic()}
	sh := &shop{name: "s", gate: lineOf(t, 1), eyes: newEyes(evening)}
	sh.links.Store(new(links))
	return func(method, target string, cookieless bool) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		x := &exchange{
			srv: &Server{}, shop: sh, set: set, snap: &falochron.Snapshot{Mode: falochron.ModeHold},
			w: &answer{ResponseWriter: w}, r: httptest.NewRequest(method, target, nil), now: evening, page: true,
			who: visitor{seq: 1, byURL: cookieless, ticket: ticket.Waiting{Arrived: evening.Add(-1), Seq: 1, Page: "/p"}},
		}
		if !x.own() {
			t.Fatalf("%s %s is no address of ours", method, target)
		}
		return w
	}
}

var refresh = regexp.MustCompile(`http-equiv="refresh" content="\d+(;url=[^"]*)?"`)

// A press that met the line is not forgotten with the next look at the page:
// what it comes back to without a script says so again, with the ticket where
// cookies are refused.
func TestAPressInVainIsSaidUntilTheTurn(t *testing.T) {
	ask := visits(t)
	const note = "did not reach the shop"
	for _, cookieless := range []bool{false, true} {
		at := "/.falochron/wait?to=/p%3Fx=1"
		for range 3 {
			body := ask("GET", at, cookieless).Body.String()
			next := refresh.FindStringSubmatch(body)
			if !strings.Contains(body, note) || next == nil {
				t.Fatalf("%s: the note is gone, or the way on: %v", at, next)
			}
			if to := strings.ReplaceAll(strings.TrimPrefix(next[1], ";url="), "&amp;", "&"); to != "" {
				at = to
			}
			if !strings.HasPrefix(at, "/.falochron/wait?to=") || strings.Count(at, "falo_t=") > 1 || strings.Contains(at, "falo_t=") != cookieless {
				t.Fatalf("comes back to %s", at)
			}
		}
	}
	// Where cookies are refused the page wanted stands beside the ticket, once.
	at := "/.falochron/wait?to=/p%3Fx=1&met=look"
	for range 2 {
		body := ask("GET", at, true).Body.String()
		open := regexp.MustCompile(`href="(/.falochron/open[^"]*)"`).FindStringSubmatch(body)
		if open == nil {
			t.Fatalf("no link to the place in\n%s", body)
		}
		to := ask("GET", strings.ReplaceAll(open[1], "&amp;", "&"), true).Header().Get("Location")
		if !strings.HasPrefix(to, "/p?x=1&falo_t=") || !strings.Contains(body, `data-page="`+strings.ReplaceAll(to, "&", "&amp;")+`"`) {
			t.Errorf("the link to the place leads to %s", to)
		}
		at = strings.ReplaceAll(strings.TrimPrefix(refresh.FindStringSubmatch(body)[1], ";url="), "&amp;", "&")
	}
	// Whoever stays for the rest has pressed nothing in vain.
	stay := ask("POST", "/.falochron/stay", false).Header().Get("Location")
	if body := ask("GET", stay, false).Body.String(); strings.Contains(body, note) || !strings.Contains(body, `data-state="held"`) {
		t.Errorf("after staying, at %s:\n%s", stay, body)
	}
}

// What a script of the shop was refused is said on a page, with a way back to
// this shop and nowhere else.
func TestARefusedScriptIsShown(t *testing.T) {
	ask := visits(t)
	for target, wants := range map[string][]string{
		"/.falochron/refused?why=shop_full&to=/p%3Fx=1":     {"The shop is full right now", `href="/p?x=1"`, "did not reach the shop"},
		"/.falochron/refused?why=shop_down&to=//evil.test/": {"The shop does not answer now", `href="/"`, "did not reach the shop"},
		"/.falochron/refused?why=<b>":                       {"The shop is full right now"},
	} {
		w := ask("GET", target, false)
		for _, want := range wants {
			if w.Code != 503 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d, lacks %q", target, w.Code, want)
			}
		}
		if strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%s leads away", target)
		}
	}
}
