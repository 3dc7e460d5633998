package page

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 5, 12, 0, 5, 0, time.UTC)

// fat is a shop that uses every setting to its bound.
var fat = Config{
	ShopName:    strings.Repeat("Ż", maxShopName),
	LogoURL:     "/" + strings.Repeat("a", maxLogoPath-1),
	Colour:      "#ffd000",
	SupportText: map[string]string{"pl": strings.Repeat("ł", maxSupport), "en": strings.Repeat("ł", maxSupport)},
	Location:    time.UTC,
}

func mustNew(t testing.TB, cfg Config) *Pages {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// "Page: HTML without JavaScript needed, under 14 KB": that is what fits into the
// first ten segments of a new connection, header fields included.
func TestFattestPageFitsFirstFlight(t *testing.T) {
	p := mustNew(t, fat)
	for _, lang := range offered {
		for _, state := range []State{Waiting, Prequeue, SoldOut, Held, Called} {
			v := Fattest(lang, noon)
			v.State = state
			w := httptest.NewRecorder()
			if err := p.ServeWaiting(w, httptest.NewRequest("GET", "/", nil), v); err != nil {
				t.Fatal(err)
			}
			var head bytes.Buffer
			fmt.Fprintf(&head, "HTTP/1.1 503 Service Unavailable\r\n")
			_ = w.Header().Write(&head)
			const others = 400 // Set-Cookie, X-Request-Id, Date, Cache-Status
			total := head.Len() + others + w.Body.Len()
			t.Logf("%s %s: page %d + head %d", lang, state, w.Body.Len(), head.Len()+others)
			if total >= 14<<10 {
				t.Errorf("%s %s: %d bytes, want less than %d", lang, state, total, 14<<10)
			}
		}
	}
}

// A first visit of an ordinary fan, whose ticket travels in every address until
// a cookie has come back: a long influencer link, a ticket of 450 bytes.
func TestFirstVisitFitsFirstFlight(t *testing.T) {
	p := mustNew(t, Config{ShopName: "Pracownia Fala", LogoURL: "/logo.svg", SupportText: fat.SupportText})
	ticket := "?falo_t=" + strings.Repeat("t", 450)
	v := View{State: Waiting, Now: noon, Ahead: 12345, WaitLow: time.Minute, WaitHigh: time.Hour,
		Page: "/" + strings.Repeat("p", 199), Place: 12345, RequestID: strings.Repeat("r", 26),
		TicketURL: "/.falochron/open" + ticket, StatusURL: "/.falochron/status" + ticket,
		LeaveURL: "/.falochron/leave" + ticket, StayURL: "/.falochron/stay" + ticket}
	v.Page, v.AtPage, v.PostMet = v.Page+ticket, true, true
	for _, lang := range offered {
		for _, state := range []State{Waiting, SoldOut, Held} {
			v.Lang, v.State = lang, state
			if n := len(render(t, p, Story{Waiting: &v})) + 1400; n >= 14<<10 { // header fields with the ticket's cookie
				t.Errorf("%s %s: %d bytes, want less than %d", lang, state, n, 14<<10)
			} else {
				t.Logf("%s %s: %d bytes", lang, state, n)
			}
		}
	}
}

// Browsers of old phones know neither arrows nor the newer words.
func TestScriptsAreES5(t *testing.T) {
	newer := regexp.MustCompile("=>|`|\\b(let|const|class|async|await|import)\\b|\\?\\.[a-z]|\\.\\.\\.")
	for name, js := range map[string]string{"gate.js": squeezeJS(gateJS), "waiting.js": squeezeJS(waitingJS)} {
		if found := newer.FindString(js); found != "" {
			t.Errorf("%s: %q", name, found)
		}
	}
}

// A page may be read by anybody without a place: the script acts only on what
// its reader did, and a click that a script makes is nobody's. That it works is
// shown in a browser (e2e); this is what it must not lose.
func TestGateScriptActsOnlyOnWhatVisitorsDo(t *testing.T) {
	js := string(NewGate().body)
	for _, want := range []string{
		"['click','keydown','touchend','submit']", "isTrusted!==false", "/^(post|put|patch|delete)$/i", "60000:3000",
		"'Falochron-State'", "'Falochron-Refused'", "'/.falochron/'", "'refused?why='",
	} {
		if !strings.Contains(js, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if n := strings.Count(js, "meant("); n != 3 { // its definition, fetch, XMLHttpRequest
		t.Errorf("asked %d times whether a request was meant", n-1)
	}
}

func TestGateScriptStaysSmall(t *testing.T) {
	if n := len(NewGate().body); n > 2048 {
		t.Errorf("gate.js is %d bytes, want at most 2048", n)
	} else {
		t.Logf("gate.js: %d bytes", n)
	}
}
