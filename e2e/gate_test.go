package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/falochron/falochron/internal/edge/page"
)

// gated is a shop whose pages carry the gate script and whose scripts meet the
// line at /full, and only there.
func gated(t *testing.T, csp string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/.falochron/gate.js", page.NewGate())
	mux.HandleFunc("/.falochron/wait", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "<title>line</title><h1 id=line>%s</h1>", strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(r.FormValue("to")))
	})
	mux.HandleFunc("/full/{state}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(page.StateHeader, r.PathValue("state"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(503)
		_, _ = io.WriteString(w, `{"error":"waiting_room"}`)
	})
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"cart":1}`)
	})
	mux.HandleFunc("/busy", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "the shop's own 503", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/cross/{state}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", page.StateHeader)
		w.Header().Set(page.StateHeader, r.PathValue("state"))
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
		body := io.Reader(strings.NewReader("<!doctype html><html><head><title>shop</title></head><body><h1>shop</h1></body></html>"))
		if csp != "" {
			h.Set("Content-Security-Policy", csp)
		}
		if ok, _ := page.CanInject(r.Method, r.Host, 200, h); ok {
			body = page.NewInjector(io.NopCloser(body), page.GateTag)
		}
		for k, v := range h {
			w.Header()[k] = v
		}
		_, _ = io.Copy(w, body)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

const armed = `window.__falochron === 1`

// "Turns our refusal of a fetch or XHR into the waiting page", in every state.
func TestGateShowsTheLine(t *testing.T) {
	t.Parallel()
	s, b := gated(t, "script-src 'self'"), StartBrowser(t)
	for name, script := range map[string]string{
		"fetch":          `fetch('/full/waiting', {method: 'POST', body: 'x'}), true`,
		"fetch held":     `fetch('/full/held'), true`,
		"fetch soldout":  `fetch(new Request('/full/soldout')), true`,
		"fetch prequeue": `fetch('/full/prequeue'), fetch('/full/prequeue'), true`,
		"xhr":            `(function () { var x = new XMLHttpRequest(); x.open('POST', '/full/waiting'); x.send('x'); return true; }())`,
		"xhr json":       `(function () { var x = new XMLHttpRequest(); x.open('GET', '/full/waiting'); x.responseType = 'json'; x.send(); return true; }())`,
		"xhr sync":       `(function () { var x = new XMLHttpRequest(); x.open('GET', '/full/waiting', false); x.send(); return x.status === 503; }())`,
	} {
		tab := b.Tab(t)
		tab.Open(s.URL + "/?q=a%26b&c=ż")
		tab.Await(armed)
		tab.atAPress(script)
		tab.Await(`!!document.getElementById('line')`)
		if seen := Eval[string](tab, `sessionStorage.seen`); seen != "true" {
			t.Errorf("%s: script was changed in what it sees: %s", name, seen)
		}
		if to := Eval[string](tab, `document.getElementById('line').textContent`); to != "/?q=a%26b&c=%C5%BC" {
			t.Errorf("%s: comes back to %q", name, to)
		}
	}
}

// atAPress runs a script as a shop's button does: in the handler of a press. The
// page may be gone before it can say what the script returned, so that is kept
// in sessionStorage.seen.
func (tab *Tab) atAPress(script string) {
	tab.t.Helper()
	Eval[bool](tab, `document.querySelector('h1').onclick = function () { sessionStorage.seen = String((`+script+`)); }, true`)
	tab.Click("h1")
}

// A page that anybody may read is not taken from its reader because a script of
// it is refused, as it loads or at a click that nobody made. The same request at
// a press leads to the line.
func TestGateLeavesAReaderAlone(t *testing.T) {
	t.Parallel()
	s := gated(t, "")
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.URL + "/")
	tab.Await(armed)
	for _, script := range []string{
		`fetch('/full/waiting').then(function (r) { return r.status === 503; })`,
		`fetch('/full/waiting', {method: 'POST', body: 'x'}).then(function (r) { return r.status === 503; })`,
		`(document.querySelector('h1').click(), fetch('/full/waiting', {method: 'POST', body: 'x'}).then(function (r) { return r.status === 503; }))`,
	} {
		if !Eval[bool](tab, script) {
			t.Errorf("%s: another answer", script)
		}
		if at := Eval[string](tab, `location.pathname`); at != "/" {
			t.Fatalf("%s led to %s", script, at)
		}
	}
	tab.atAPress(`fetch('/full/waiting'), true`)
	tab.Await(`!!document.getElementById('line')`)
}

// "Leaves other responses untouched": bodies, errors, aborting, other hosts.
func TestGateLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	s, other := gated(t, ""), gated(t, "")
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.URL + "/")
	tab.Await(armed)
	for name, script := range map[string]string{
		"fetch json":      `fetch('/ok').then(function (r) { return r.json(); }).then(function (j) { return j.cart === 1; })`,
		"fetch stream":    `fetch('/ok').then(function (r) { var d = r.body.getReader(); return d.read().then(function (p) { return p.value.length === 10 && r.ok; }); })`,
		"shop's own 503":  `fetch('/busy').then(function (r) { return r.status === 503; })`,
		"unknown state":   `fetch('/full/inside').then(function (r) { return r.status === 503; })`,
		"abort":           `(function () { var a = new AbortController(), p = fetch('/slow', {signal: a.signal}); a.abort(); return p.then(function () { return false; }, function (e) { return e.name === 'AbortError'; }); }())`,
		"bad call":        `fetch().then(function () { return false; }, function (e) { return e instanceof TypeError; })`,
		"no network":      `fetch('http://127.0.0.1:1/').then(function () { return false; }, function (e) { return e instanceof TypeError; })`,
		"another host":    `fetch('` + other.URL + `/cross/waiting').then(function (r) { return r.headers.get('Falochron-State') === 'waiting'; })`,
		"no-cors":         `fetch('` + other.URL + `/cross/waiting', {mode: 'no-cors'}).then(function (r) { return r.type === 'opaque'; })`,
		"xhr":             `new Promise(function (f) { var x = new XMLHttpRequest(); x.onload = function () { f(this === x && x.response.cart === 1); }; x.responseType = 'json'; x.open('GET', '/ok'); x.send(); })`,
		"xhr twice":       `new Promise(function (f) { var x = new XMLHttpRequest(), n = 0; x.onload = function () { if (++n === 2) { f(x.responseText === '{"cart":1}'); return; } x.open('GET', '/ok'); x.send(); }; x.open('GET', '/ok'); x.send(); })`,
		"xhr other host":  `new Promise(function (f) { var x = new XMLHttpRequest(); x.onload = function () { f(x.status === 200); }; x.open('GET', '` + other.URL + `/cross/waiting'); x.send(); })`,
		"xhr before open": `(function () { try { new XMLHttpRequest().send(); return false; } catch (e) { return e.name === 'InvalidStateError'; } }())`,
		"rejection":       `new Promise(function (f) { var n = 0; addEventListener('unhandledrejection', function (e) { n++; e.preventDefault(); }); fetch('http://127.0.0.1:1/').catch(function () { setTimeout(function () { f(n === 0); }, 50); }); })`,
	} {
		tab.Do(chromedp.KeyEvent("x")) // somebody is there: what follows counts as meant
		if !Eval[bool](tab, script) {
			t.Errorf("%s is not what it is without the script", name)
		}
		if at := Eval[string](tab, `location.pathname`); at != "/" {
			t.Fatalf("%s led to %s", name, at)
		}
	}
}

// Where the shop's policy forbids our script, none is asked for, and nobody is
// told of a violation.
func TestGateRespectsThePolicy(t *testing.T) {
	t.Parallel()
	s := gated(t, "script-src 'nonce-abc' 'strict-dynamic'")
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.URL + "/")
	if n := Eval[int](tab, `document.scripts.length`); n != 0 {
		t.Errorf("%d scripts in a page that allows none of ours", n)
	}
}
