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

func mustNew(t testing.TB, cfg Config) *Pages {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// "Page: HTML without JavaScript needed, under 14 KB": that is what fits into the
// first ten segments of a new connection, header fields included. What an edge
// really sends is weighed in internal/scenario.
func TestFattestPageFitsFirstFlight(t *testing.T) {
	p := mustNew(t, Fullest())
	for _, lang := range offered {
		for i, state := range []State{Waiting, Prequeue, SoldOut, Held, Called, Waiting, Prequeue, SoldOut, Held, Called} {
			v := Fattest(lang, noon)
			if v.State = state; i >= 5 { // in the slow lane
				v.ProveURL = strings.Replace(v.StayURL, "stay", "prove", 1)
			}
			w := httptest.NewRecorder()
			if err := p.ServeWaiting(w, httptest.NewRequest("GET", "/", nil), v); err != nil {
				t.Fatal(err)
			}
			var head bytes.Buffer
			fmt.Fprintf(&head, "HTTP/1.1 503 Service Unavailable\r\n")
			_ = w.Header().Write(&head)
			const others = 850 // Set-Cookie with a ticket of 603 bytes, X-Request-Id, Date, Connection
			total := head.Len() + others + w.Body.Len()
			t.Logf("%s %s: page %d + head %d", lang, state, w.Body.Len(), head.Len()+others)
			if total >= 14<<10 {
				t.Errorf("%s %s: %d bytes, want less than %d", lang, state, total, 14<<10)
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

// Names are shortened where the script declares them, and nowhere else.
func TestScriptNamesAreShortened(t *testing.T) {
	for js, want := range map[string]string{
		"var page=1,say=r.say;":             "var a=1,b=r.say;",
		"function ask(id){put(id,'ask')}":   "function a(id){put(id,'ask')}",
		"var a=0,long=a;x.long=long+m.a":    "var a=0,b=a;x.long=b+m.a",
		"function f(to){go(to,'say')}":      "function f(to){go(to,'say')}",
		"var now=f('x','y'),self=m.self;":   "var a=f('x','y'),b=m.self;",
		"function one(){}function two(){}1": "function a(){}function b(){}1",
	} {
		if got := shorten(js); got != want {
			t.Errorf("%s: %s, want %s", js, got, want)
		}
	}
	left := shorten(squeezeJS(waitingJS))
	for _, name := range regexp.MustCompile(`\bfunction (\w{3,})`).FindAllString(left, -1) {
		t.Errorf("%s is not shortened", name)
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
