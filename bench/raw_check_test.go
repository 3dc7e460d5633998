package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/falochron/falochron"
)

// fakeField has one server besides Falochron's place, which stays empty.
func fakeField(t *testing.T, make func(shop *rawShop) http.Handler, http2 bool) *rawField {
	t.Helper()
	f := &rawField{mode: "auto", shop: newRawShop(), status: []byte(`{"state":"waiting"}`), peers: []rawPeer{{name: "falochron"}, {name: "fake", cache: true}}}
	h := make(f.shop)
	plain, over := httptest.NewServer(h), httptest.NewUnstartedServer(h)
	over.EnableHTTP2 = http2
	over.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that was shown enough hangs up
	over.StartTLS()
	f.servers = []rawServer{{}, {plain: plain.Listener.Addr().String(), tls: over.Listener.Addr().String()}}
	t.Cleanup(func() { plain.Close(); over.Close(); f.shop.srv.Close() })
	return f
}

// forward asks the shop and hands on what it says.
func forward(shop *rawShop, w http.ResponseWriter, path string) {
	resp, err := http.Get(shop.srv.URL + path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // whoever asked may have gone
}

// keeper keeps files and hands on the rest, as it should be.
func keeper(shop *rawShop) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == rawStatusPath:
			fmt.Fprint(w, `{"state":"waiting"}`)
		case strings.HasSuffix(r.URL.Path, ".css"):
			_, _ = w.Write(shop.answers[r.URL.Path].Body)
		default:
			forward(shop, w, r.URL.Path)
		}
	})
}

func aHit(w wire) rawCase    { return rawCase{"hit", fromCache, "/hit-1k.css", w, 9} }
func aPass(w wire) rawCase   { return rawCase{"pass", fromShop, "/basket", w, 9} }
func aStatus(w wire) rawCase { return rawCase{"status", fromServer, rawStatusPath, w, 9} }

// A server that does what it says is let through; each that does not is caught, by
// what it did wrong.
func TestWrongServersAreCaught(t *testing.T) {
	body := func(text string) func(*rawShop) http.Handler {
		return func(*rawShop) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
		}
	}
	for name, c := range map[string]struct {
		server func(*rawShop) http.Handler
		http2  bool
		look   rawCase
		caught string // "" when it is right
	}{
		"a right hit":              {keeper, false, aHit(wireKept), ""},
		"a right pass":             {keeper, false, aPass(wireKept), ""},
		"a right status":           {keeper, false, aStatus(wireKept), ""},
		"a right hit over HTTP/2":  {keeper, true, aHit(wireH2), ""},
		"other bytes":              {body("almost"), false, aHit(wireKept), "6 bytes instead of the right 1024"},
		"another status text":      {body(`{"state":"waiting!"}`), false, aStatus(wireKept), "instead of the right 19"},
		"no cache":                 {func(s *rawShop) http.Handler { return passer(s, 0) }, false, aHit(wireKept), "it does not keep the answer"},
		"a cache of what may not":  {func(s *rawShop) http.Handler { return canner(s) }, false, aPass(wireKept), "of 2 requests 0 reached the shop"},
		"an error":                 {func(*rawShop) http.Handler { return http.NotFoundHandler() }, false, aHit(wireKept), "it answers 404"},
		"HTTP/1.1 instead of 2":    {keeper, false, aHit(wireH2), "it speaks HTTP/1"},
		"a redirect":               {func(*rawShop) http.Handler { return http.RedirectHandler("/x", http.StatusFound) }, false, aHit(wireKept), "it answers 302"},
		"a right hit, HTTP/1.1":    {keeper, true, aHit(wireFull), ""},
		"no cache over HTTP/2":     {func(s *rawShop) http.Handler { return passer(s, 0) }, true, aHit(wireH2), "it does not keep the answer"},
		"status asked of the shop": {func(s *rawShop) http.Handler { return asker(s) }, false, aStatus(wireKept), "it does not keep the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeField(t, c.server, c.http2)
			err := f.check(t.Context(), 1, c.look)
			if c.caught == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.caught) || falochron.HintOf(err) == "" {
				t.Errorf("%v; wanted %q", err, c.caught)
			}
		})
	}
}

// passer keeps the first answers and then forgets to.
func passer(shop *rawShop, keeps int64) http.Handler {
	var asked atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > keeps {
			forward(shop, w, r.URL.Path)
			return
		}
		_, _ = w.Write(shop.answers[r.URL.Path].Body)
	})
}

// canner answers everything itself.
func canner(shop *rawShop) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(shop.answers[r.URL.Path].Body) })
}

// asker asks the shop for the status, too.
func asker(shop *rawShop) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forward(shop, httptest.NewRecorder(), r.URL.Path)
		fmt.Fprint(w, `{"state":"waiting"}`)
	})
}

// A cache that stops keeping in mid-round is caught by what the shop counted.
func TestForgettingInMidRoundIsCaught(t *testing.T) {
	c := aHit(wireNew)
	c.requests = 30
	f := fakeField(t, func(s *rawShop) http.Handler { return passer(s, 1000) }, false)
	if _, err := f.measure(t.Context(), 1, c); err != nil {
		t.Error(err)
	}
	f = fakeField(t, func(s *rawShop) http.Handler { return passer(s, 10) }, false)
	if _, err := f.measure(t.Context(), 1, c); err == nil || !strings.Contains(err.Error(), "of 30 requests 20 reached the shop") {
		t.Error(err)
	}
}

// A server without tickets cannot resume, and is caught; a resumed handshake is
// none of the full ones.
func TestResumedIsResumed(t *testing.T) {
	for _, tickets := range []bool{true, false} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") }))
		srv.TLS = &tls.Config{SessionTicketsDisabled: !tickets}
		srv.Config.ErrorLog = log.New(io.Discard, "", 0) // those that are refused hang up
		srv.StartTLS()
		t.Cleanup(srv.Close)
		addr := srv.Listener.Addr().String()
		raw := request{path: "/"}.bytes(addr)
		if err := handshakes(t.Context(), addr, raw, 20, false); err != nil {
			t.Errorf("full, tickets %v: %v", tickets, err)
		}
		err := handshakes(t.Context(), addr, raw, 20, true)
		if tickets && err != nil {
			t.Error("resumed:", err)
		}
		if !tickets && (err == nil || falochron.HintOf(err) == "") {
			t.Error("full handshakes were taken for resumed ones:", err)
		}
	}
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	if err := handshakes(t.Context(), srv.Listener.Addr().String(), request{path: "/"}.bytes("a"), 3, false); err == nil {
		t.Error("a wrong status went unnoticed")
	}
}

// Connections that a server closes are none that it keeps.
func TestClosedConnectionsAreCaught(t *testing.T) {
	f := fakeField(t, keeper, false)
	c := aStatus(wireIdle)
	raw := request{path: c.path}.bytes(f.servers[1].plain)
	var open []net.Conn
	for range 3 {
		conn, err := idle(t.Context(), f.servers[1].plain, raw, false)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	if err := f.checkOpen(1, c, open); err != nil {
		t.Error(err)
	}
	_ = open[1].Close()
	if err := f.checkOpen(1, c, open); err == nil || !strings.Contains(err.Error(), "number 2 is not open") {
		t.Error(err)
	}
	closer := httptest.NewUnstartedServer(keeper(f.shop))
	closer.Config.SetKeepAlivesEnabled(false)
	closer.Start()
	defer closer.Close()
	if _, err := idle(t.Context(), closer.Listener.Addr().String(), raw, false); err == nil {
		t.Error("a server that closes each connection went unnoticed")
	}
}

// Falochron puts its script into a page: the page must be in what it answers.
func TestPageWithSomethingPutIn(t *testing.T) {
	page := []byte("<html><head></head><body>x</body></html>")
	for text, want := range map[string]bool{
		string(page): true,
		"<html><head><script></script></head><body>x</body></html>": true,
		"<html><head><script></script></head><body>y</body></html>": false,
		"<html></html>": false,
		"":              false,
	} {
		if got := containsInOrder([]byte(text), page); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestParseH2load(t *testing.T) {
	const text = `starting benchmark...
TLS Protocol: TLSv1.3
Application protocol: h2
progress: 100% done

finished in 1.02s, 39215.69 req/s, 43.12MB/s
requests: 40000 total, 40000 started, 40000 done, 39999 succeeded, 1 failed, 0 errored, 0 timeout
status codes: 39999 2xx, 0 3xx, 1 4xx, 0 5xx
traffic: 43.98MB (46117528) total, 2.20MB (2305784) headers (space savings 90.00%), 39.06MB (40960000) data
`
	got, err := parseH2load(text)
	if want := (h2loadSeen{"h2", 39999, 40_960_000}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, cut := range []string{"Application", "status codes", "traffic"} {
		if _, err := parseH2load(strings.Replace(text, cut, "", 1)); falochron.HintOf(err) == "" {
			t.Errorf("without %q: %v", cut, err)
		}
	}
}

// h2load itself is what says that a server spoke another protocol or sent other
// bytes than those that were looked at.
func TestH2loadCatches(t *testing.T) {
	if lookProgram("h2load") == "" {
		missing(t, "h2load is not installed; scripts/install-peers does it")
	}
	f := fakeField(t, keeper, false)
	if asked, err := f.load(t.Context(), 1, aHit(wireKept)); err != nil || asked != 9 {
		t.Error(asked, err)
	}
	if _, err := f.load(t.Context(), 1, aHit(wireH2)); err == nil || !strings.Contains(err.Error(), "h2load spoke http/1.1") {
		t.Error(err)
	}
	f.shop.answers["/hit-1k.css"] = canned{200, nil, []byte("short")}
	g := fakeField(t, func(*rawShop) http.Handler { return keeper(f.shop) }, true)
	for _, w := range []wire{wireKept, wireH2} {
		if _, err := g.load(t.Context(), 1, aHit(w)); err == nil || !strings.Contains(err.Error(), "45 bytes of bodies instead of 9216") {
			t.Errorf("%s: %v", w, err)
		}
	}
	h := fakeField(t, func(*rawShop) http.Handler { return http.NotFoundHandler() }, true)
	if _, err := h.load(t.Context(), 1, aHit(wireKept)); err == nil || !strings.Contains(err.Error(), "0 were answered with 2xx") {
		t.Error(err)
	}
}
