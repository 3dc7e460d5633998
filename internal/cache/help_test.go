package cache

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/falochron/falochron/internal/fresh"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is an origin in memory that records what it was asked.
type shop struct {
	answer func(ctx context.Context, req *http.Request) (*http.Response, error)

	mu       sync.Mutex // guards the following fields
	requests []*http.Request
}

func (s *shop) fill(ctx context.Context, req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	return s.answer(ctx, req)
}

func (s *shop) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// says makes a shop that answers 200 with these header lines and body.
func says(body string, lines ...string) *shop {
	return &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
		return response(body, lines...), nil
	}}
}

func response(body string, lines ...string) *http.Response {
	return &http.Response{
		StatusCode: 200, Header: header(lines...), ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

// piped is an answer whose body the test writes.
func piped(length int64, lines ...string) (*http.Response, *io.PipeWriter) {
	r, w := io.Pipe()
	return &http.Response{StatusCode: 200, Header: header(lines...), ContentLength: length, Body: r}, w
}

func header(lines ...string) http.Header {
	h := http.Header{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(name, value)
	}
	return h
}

// get makes a visitor's request and its key. Paths with a dot are files.
func get(target string, lines ...string) (*http.Request, Key) {
	return ask("GET", target, lines...)
}

func ask(method, target string, lines ...string) (*http.Request, Key) {
	r := httptest.NewRequest(method, "http://sklep.pl"+target, nil)
	for name, values := range header(lines...) {
		r.Header[name] = values
	}
	return r, KeyOf(Target{
		Host: r.Host, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		Static: strings.Contains(r.URL.Path, "."), Header: r.Header,
	})
}

// plain is the policy of plain HTTP.
func plain(k Key) Policy {
	return Policy{Policy: fresh.Policy{Static: strings.Contains(k.Path, ".")}}
}

// visitBy serves one GET under a policy.
func visitBy(c *Cache, s *shop, p Policy, target string, lines ...string) (Outcome, *httptest.ResponseRecorder) {
	r, k := get(target, lines...)
	w := httptest.NewRecorder()
	return c.Serve(w, r, k, p, s.fill), w
}

// status is our own member of an answer's Cache-Status.
func status(w *httptest.ResponseRecorder) string {
	lines := w.Header().Values("Cache-Status")
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// visit serves one GET and returns the outcome with what was written.
func visit(c *Cache, s *shop, target string, lines ...string) (Outcome, *httptest.ResponseRecorder) {
	r, k := get(target, lines...)
	w := httptest.NewRecorder()
	return c.Serve(w, r, k, plain(k), s.fill), w
}

func wantOutcome(t *testing.T, out Outcome, how How, reason string) {
	t.Helper()
	if out.How != how || out.Reason != reason {
		t.Errorf("outcome %v %q (%v), want %v %q", out.How, out.Reason, out.Err, how, reason)
	}
}

// gauge is a ResponseWriter that shows what was flushed to the client so far.
type gauge struct {
	h       http.Header
	mu      sync.Mutex // guards the following fields
	status  int
	written strings.Builder
	flushed int
}

func newGauge() *gauge { return &gauge{h: http.Header{}} }

func (g *gauge) Header() http.Header { return g.h }

func (g *gauge) WriteHeader(status int) {
	g.mu.Lock()
	g.status = status
	g.mu.Unlock()
}

func (g *gauge) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.Write(p)
}

func (g *gauge) Flush() {
	g.mu.Lock()
	g.flushed = g.written.Len()
	g.mu.Unlock()
}

func (g *gauge) seen() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.String()[:g.flushed]
}

func (g *gauge) all() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.String()
}
