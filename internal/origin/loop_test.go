package origin

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/falochron/falochron"
)

var pseudonym = regexp.MustCompile(`^falochron-[0-9a-f]{8}$`)

// RFC 9110, section 7.6.3: "An HTTP-to-HTTP gateway MUST send an appropriate Via
// header field in each inbound request message". We do except where it would
// cost the visitor the compression: see Pool.announce.
func TestVia(t *testing.T) {
	var got http.Header
	s := shop(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	mark := e.pool.mark
	if !pseudonym.MatchString(mark) {
		t.Fatalf("the pool calls itself %q", mark)
	}
	for name, tt := range map[string]struct {
		request string
		via     string
	}{
		"asks for no coding":   {"GET / HTTP/1.1\r\nHost: a\r\n", "1.1 " + mark},
		"identity":             {"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity;q=1, \r\n", "1.1 " + mark},
		"an older version":     {"GET / HTTP/1.0\r\n", "1.0 " + mark},
		"through another one":  {"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nVia: 2.0 cdn\r\n", "2.0 cdn|1.1 " + mark},
		"asks for compression": {"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n", ""},
		"whatever comes back":  {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Via, CDN-Loop\r\n", "1.1 " + mark},
	} {
		c := e.raw(t, tt.request+"\r\n")
		io.ReadFull(c, make([]byte, 12))
		c.Close()
		e.result(t)
		if via := strings.Join(got["Via"], "|"); via != tt.via {
			t.Errorf("%s: Via %q, want %q", name, via, tt.via)
		}
		if loop := got.Get("Cdn-Loop"); loop != mark {
			t.Errorf("%s: CDN-Loop %q", name, loop)
		}
	}
}

// A shop's name that points at the edge: each request would come back for ever.
func TestLoopEndsAtItsFirstReturn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	pool, err := New(Config{URLs: []string{"http://" + l.Addr().String()}}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var came atomic.Int64
	var inner Result
	told := 0
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if came.Add(1) > 2 {
			t.Error("the request went round")
			return
		}
		opt := ForwardOptions{Visitor: Visitor{Proto: "http", Host: r.Host}}
		if came.Load() == 2 {
			opt.Done = func(Result) { told++ }
		}
		if res := pool.Forward(w, r, opt); res.Status == 0 {
			inner = res
			w.WriteHeader(http.StatusLoopDetected)
		}
	}))
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	defer srv.Close()
	resp, _ := (&edge{Server: srv}).get(t, "/", "Accept-Encoding", "gzip")
	if resp.StatusCode != http.StatusLoopDetected || came.Load() != 2 {
		t.Errorf("status %d after %d rounds", resp.StatusCode, came.Load())
	}
	if inner.Kind != Looped || inner.Kind.String() != "loop" || told != 1 || falochron.HintOf(inner.Err) == "" {
		t.Errorf("%+v, told %d times", inner, told)
	}
	// A loop is a flood; its cause is said once a minute.
	again := http.Header{"Via": {"1.1 x, 1.1 " + pool.mark}}
	for range 3 {
		if pool.CheckLoop(again) == nil {
			t.Error("a mark in Via is not seen")
		}
	}
	if n := strings.Count(log.String(), "request loop"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	if pool.CheckLoop(http.Header{"Cdn-Loop": {"cloudflare; loops=1, falochron-"}, "Via": {"1.1 falochron"}}) != nil {
		t.Error("another edge's mark is taken for ours")
	}
}

// Fills and checks are requests, too: a check that an edge answers itself would
// call the shop well.
func TestOwnRequestsCarryTheMark(t *testing.T) {
	marks := make(chan string, 2)
	s := shop(t, func(w http.ResponseWriter, r *http.Request) { marks <- r.Header.Get("Cdn-Loop") })
	pool, _ := New(Config{URLs: []string{s.URL}, CheckPath: "/health"}, nil)
	defer pool.Close()
	req := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}}
	resp, err := pool.RoundTrip(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := pool.check(pool.replicas[0]); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"fill", "check"} {
		if m := <-marks; m != pool.mark {
			t.Errorf("%s: CDN-Loop %q", what, m)
		}
	}
	if req.Header != nil {
		t.Error("the caller's request was changed")
	}
}
