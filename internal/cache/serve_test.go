package cache

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

const public = "Cache-Control: public, max-age=60"

// RFC 9111 section 4: "When a stored response is used to satisfy a request
// without validation, a cache MUST generate an Age header field, replacing any
// present in the response with a value equal to the stored response's
// current_age".
func TestStoreAndReuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := says("body", public, "Etag: \"a\"", "Age: 5", "X-Request-Id: fill", "Connection: close", "Cache-Status: cdn; hit")
		out, w := visit(c, s, "/a.css")
		wantOutcome(t, out, Filled, "filled")
		if w.Code != 200 || w.Body.String() != "body" || w.Header().Get("Content-Length") != "4" {
			t.Errorf("first: %d %q %v", w.Code, w.Body, w.Header())
		}
		if got := w.Header().Values("Cache-Status"); len(got) != 2 || got[1] != "falochron; fwd=uri-miss; fwd-status=200; ttl=55; stored" {
			t.Errorf("first: %q", got)
		}
		time.Sleep(10 * time.Second)
		out, w = visit(c, s, "/a.css")
		wantOutcome(t, out, Hit, "fresh")
		if w.Code != 200 || w.Body.String() != "body" || w.Header().Get("Age") != "15" || w.Header().Get("Etag") != `"a"` {
			t.Errorf("second: %d %q %v", w.Code, w.Body, w.Header())
		}
		if got := w.Header().Values("Cache-Status"); len(got) != 2 || got[0] != "cdn; hit" || got[1] != "falochron; hit; ttl=45" {
			t.Errorf("second: %q", got)
		}
		for _, gone := range []string{"X-Request-Id", "Connection"} {
			if w.Header().Get(gone) != "" {
				t.Errorf("%s was kept", gone)
			}
		}
		// RFC 9110 section 6.6.1: "A recipient with a clock that receives a response
		// message without a Date header field MUST record the time it was received and
		// append a corresponding Date header field to the message's header section if it
		// is cached or forwarded downstream."
		if got := w.Header().Get("Date"); got != "Sat, 01 Jan 2000 00:00:00 GMT" {
			t.Errorf("Date %q", got)
		}
		// RFC 9111 section 4.2: "response_is_fresh = (freshness_lifetime > current_age)"
		time.Sleep(44 * time.Second)
		if out, _ = visit(c, s, "/a.css"); out.How != Hit {
			t.Errorf("at 59 s of 60: %+v", out)
		}
		time.Sleep(time.Second)
		out, w = visit(c, s, "/a.css")
		if out.How != Filled || !strings.Contains(w.Header().Values("Cache-Status")[1], "fwd=stale") {
			t.Errorf("at 60 s of 60: %+v %v", out, w.Header())
		}
		if s.asked() != 2 {
			t.Errorf("%d fills", s.asked())
		}
	})
}

func TestHeadConditionalAndRangeFromStore(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("0123456789", public, `Etag: "a"`, "Content-Type: image/png", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT")
	visit(c, s, "/a.png")
	for _, x := range []struct {
		name, method string
		lines        []string
		status       int
		body         string
		check        map[string]string
	}{
		{"whole", "GET", nil, 200, "0123456789", map[string]string{"Content-Length": "10", "Accept-Ranges": "bytes"}},
		{"head", "HEAD", nil, 200, "", map[string]string{"Content-Length": "10", "Content-Type": "image/png"}},
		{"same tag", "GET", []string{`If-None-Match: "a"`}, 304, "", map[string]string{"Etag": `"a"`, "Content-Length": "", "Content-Type": "", "Age": "0"}},
		{"other tag", "GET", []string{`If-None-Match: "b"`}, 200, "0123456789", nil},
		{"head, same tag", "HEAD", []string{`If-None-Match: W/"a"`}, 304, "", nil},
		{"not since", "GET", []string{"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}, 304, "", nil},
		{"part", "GET", []string{"Range: bytes=2-4"}, 206, "234", map[string]string{"Content-Range": "bytes 2-4/10", "Content-Length": "3"}},
		{"end", "GET", []string{"Range: bytes=-2"}, 206, "89", map[string]string{"Content-Range": "bytes 8-9/10"}},
		{"beyond", "GET", []string{"Range: bytes=10-"}, 416, "", map[string]string{"Content-Range": "bytes */10", "Content-Length": "0", "Content-Type": ""}},
		{"two parts", "GET", []string{"Range: bytes=0-1,3-4"}, 200, "0123456789", map[string]string{"Content-Range": ""}},
		{"if-range", "GET", []string{"Range: bytes=2-4", `If-Range: "b"`}, 200, "0123456789", nil},
		// "Range is ignored when a conditional GET would result in a 304 (Not Modified)
		// response." (RFC 9110 section 14.2)
		{"range and tag", "GET", []string{"Range: bytes=2-4", `If-None-Match: "a"`}, 304, "", nil},
		// "A server MUST ignore a Range header field received with a request method that
		// is unrecognized or for which range handling is not defined." (section 14.2)
		{"head and range", "HEAD", []string{"Range: bytes=2-4"}, 200, "", map[string]string{"Content-Range": ""}},
	} {
		r, k := ask(x.method, "/a.png", x.lines...)
		w := httptest.NewRecorder()
		out := c.Serve(w, r, k, plain(k), s.fill)
		if out.How != Hit || out.Status != x.status || w.Code != x.status || w.Body.String() != x.body || out.Bytes != int64(len(x.body)) {
			t.Errorf("%s: %+v %d %q", x.name, out, w.Code, w.Body)
		}
		for name, want := range x.check {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", x.name, name, got, want)
			}
		}
	}
	if s.asked() != 1 {
		t.Errorf("%d fills", s.asked())
	}
}

// What the cache must leave alone: unsafe methods, credentials, preconditions
// for the shop, bodies, upgrades; and, when nothing is stored, ranges.
func TestPasses(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("x", public)
	visit(c, s, "/a.css")
	for reason, r := range map[string]*http.Request{
		// RFC 9111 section 4: "A cache MUST write through requests with methods that are
		// unsafe to the origin server".
		"method":        httptest.NewRequest("POST", "/a.css", nil),
		"authorization": withHeader("/a.css", "Authorization: Basic x"),
		"precondition":  withHeader("/a.css", `If-Match: "a"`),
		"body":          httptest.NewRequest("GET", "/a.css", strings.NewReader("fat")),
		"upgrade":       withHeader("/a.css", "Upgrade: websocket"),
		"long-url":      httptest.NewRequest("GET", "/"+strings.Repeat("a", maxURL)+".css", nil),
	} {
		k := KeyOf(Target{Host: "sklep.pl", Path: r.URL.EscapedPath(), Static: true})
		w := httptest.NewRecorder()
		wantOutcome(t, c.Serve(w, r, k, plain(k), s.fill), Passed, reason)
		if c.Lookup(r, k, plain(k)) {
			t.Errorf("%s: would hit", reason)
		}
		if len(w.Header()) != 0 || w.Body.Len() != 0 {
			t.Errorf("%s: something was written", reason)
		}
	}
	out, _ := visit(c, s, "/b.css", "Range: bytes=0-1")
	wantOutcome(t, out, Passed, "range")
	out, _ = visit(c, s, "/b.css", "Cache-Control: no-store")
	wantOutcome(t, out, Passed, "request-no-store")
	// RFC 9111 section 5.2.1.5: "Note that if a request containing this directive is
	// satisfied from a cache, the no-store request directive does not apply to the
	// already stored response."
	out, _ = visit(c, s, "/a.css", "Cache-Control: no-store")
	wantOutcome(t, out, Hit, "fresh")
	// A reload does not reach the shop: request directives "are advisory; caches MAY
	// implement them, but are not required to" (section 5.2.1).
	out, _ = visit(c, s, "/a.css", "Cache-Control: no-cache", "Pragma: no-cache")
	wantOutcome(t, out, Hit, "fresh")
	out, _ = visit(c, s, "/strona")
	wantOutcome(t, out, Passed, "not-known-public")
	if got := out.CacheStatus().String(); got != "falochron; fwd=uri-miss; detail=not-known-public" {
		t.Errorf("Cache-Status: %s", got)
	}
	if s.asked() != 1 {
		t.Errorf("%d fills", s.asked())
	}
}

// RFC 9111 section 5.2.1: "This section defines cache request directives. They are
// advisory; caches MAY implement them, but are not required to."
//
// A crowd that reloads must not reach the shop: what is fresh is given to it, and
// what is stale as to anybody. Nobody is given less for asking so, and nothing is
// asked of the shop that would not be asked anyway.
func TestRequestDirectives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, directive := range []string{
			"no-cache", "max-age=0", "max-age=5", "min-fresh=3600", "max-stale=0", "max-stale", "only-if-cached", "no-transform",
			"stale-if-error=0", "no-store", "no-cache, no-store, max-age=0, must-revalidate",
		} {
			c := New(Config{})
			s := says("body", public, `Etag: "a"`)
			visitBy(c, s, contract(), "/a.css")
			time.Sleep(30 * time.Second)
			out, w := visitBy(c, s, contract(), "/a.css", "Cache-Control: "+directive, "Pragma: no-cache")
			if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "body" || s.asked() != 1 {
				t.Errorf("%s: %q, %d fills", directive, w.Body, s.asked())
			}
			time.Sleep(40 * time.Second)
			var cr crowd
			for range 20 {
				r, k := get("/a.css", "Cache-Control: "+directive)
				cr.sendBy(c, s, contract(), r, k)
			}
			cr.wg.Wait()
			synctest.Wait()
			if s.asked() != 2 {
				t.Errorf("%s: %d fills for a crowd", directive, s.asked())
			}
			if !strings.Contains(directive, "no-store") {
				out, _ = visitBy(c, s, contract(), "/new.css", "Cache-Control: "+directive)
				wantOutcome(t, out, Filled, "filled")
			}
			c.Close()
		}
	})
}

// RFC 9111 section 4: "When more than one suitable response is stored, a cache MUST
// use the most recent one (as determined by the Date header field)."
func TestMostRecent(t *testing.T) {
	for want, date := range map[string]string{
		"second": "Sat, 01 Jan 2000 00:00:10 GMT", "first": "Fri, 31 Dec 1999 23:59:50 GMT",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			visit(c, says("not asked for", public, "Vary: Accept-Language"), "/a.css")
			visit(c, says("first", public, "Vary: Accept-Language", "Date: Sat, 01 Jan 2000 00:00:00 GMT"), "/a.css", "Accept-Language: pl")
			time.Sleep(15 * time.Second)
			// The shop varies by something else by now: both are good for who asks in Polish.
			visit(c, says("second", public, "Vary: Origin", "Date: "+date), "/a.css", "Accept-Language: en")
			out, w := visit(c, says("none"), "/a.css", "Accept-Language: pl")
			if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != want {
				t.Errorf("got the %s, want the %s", w.Body, want)
			}
		})
	}
}

func withHeader(target string, lines ...string) *http.Request {
	r, _ := get(target, lines...)
	return r
}

// A page is filled only after somebody's own request was answered with something
// public.
func TestCandidates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{HitForMiss: 10 * time.Second})
		defer c.Close()
		s := says("page", public)
		_, k := get("/strona")
		cookies := header("Cookie: a=b")
		observe := func(lines ...string) {
			c.Observe(k, fresh.Exchange{Method: "GET", Request: cookies, Status: 200, Response: header(lines...),
				Requested: time.Now(), Received: time.Now()}, plain(k))
		}
		for _, lines := range [][]string{nil, {"Cache-Control: max-age=60"}, {"Cache-Control: private, max-age=60"}, {public, "Set-Cookie: a=b"}} {
			observe(lines...)
			out, _ := visit(c, s, "/strona")
			wantOutcome(t, out, Passed, "not-known-public")
		}
		observe(public)
		out, _ := visit(c, s, "/strona")
		wantOutcome(t, out, Filled, "filled")
		out, _ = visit(c, s, "/strona", "Cookie: session=anna")
		wantOutcome(t, out, Hit, "fresh")
		// It stops being public: one fill finds out, then all pass.
		time.Sleep(time.Minute)
		s.answer = says("page").answer
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Passed, "not-public")
		s.answer = says("page", "Cache-Control: private").answer
		observe(public)
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Passed, "private")
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Passed, "hit-for-miss")
		time.Sleep(9 * time.Second)
		observe("Cache-Control: private") // renews it
		time.Sleep(9 * time.Second)
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Passed, "hit-for-miss")
		observe(public) // to somebody who has a cookie: does not end it
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Passed, "hit-for-miss")
		cookies = nil
		observe(public) // ends it
		s.answer = says("page", public).answer
		out, _ = visit(c, s, "/strona")
		wantOutcome(t, out, Filled, "filled")
	})
}

// RFC 9111 section 4.4: "A cache MUST invalidate the target URI when it receives
// a non-error status code in response to an unsafe request method".
func TestInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := says("old", public, "Vary: Accept-Language")
		visit(c, s, "/a.css", "Accept-Language: pl")
		visit(c, s, "/a.css", "Accept-Language: en")
		resp, body := piped(-1, public)
		slow := says("")
		slow.answer = answerWith(resp)
		_, k := get("/a.css")
		done := make(chan Outcome)
		go func() {
			out, _ := visit(c, slow, "/a.css", "Accept-Language: de")
			done <- out
		}()
		synctest.Wait()
		c.Invalidate(k)
		if n := c.Stats().Objects; n != 0 {
			t.Errorf("%d objects left", n)
		}
		body.Write([]byte("outdated"))
		body.Close()
		if out := <-done; out.How != Filled || out.Bytes != 8 {
			t.Errorf("the fill under way: %+v", out)
		}
		if st := c.Stats(); st.Objects != 0 || len(c.resources) != 0 {
			t.Errorf("the outdated answer was stored: %+v", st)
		}
		out, w := visit(c, says("new", public), "/a.css", "Accept-Language: pl")
		if out.How != Filled || w.Body.String() != "new" {
			t.Errorf("after: %+v %q", out, w.Body)
		}
	})
}

func TestLookupAndHitDoNotAllocateMuch(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	visit(c, says("body", public, "Vary: Accept-Encoding"), "/a.css", "Accept-Encoding: gzip")
	r, k := get("/a.css", "Accept-Encoding: gzip, br")
	if n := testing.AllocsPerRun(100, func() {
		if !c.Lookup(r, k, plain(k)) {
			t.Fatal("no hit")
		}
	}); n != 0 {
		t.Errorf("Lookup: %v allocations", n)
	}
	w := &sink{h: http.Header{}}
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := c.Answer(w, r, k, plain(k)); !ok {
			t.Fatal("no hit")
		}
	}); n > 6 {
		// Age, Cache-Status and Content-Length: a string and a slice each.
		t.Errorf("Answer: %v allocations", n)
	}
}

// sink is a ResponseWriter that keeps nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkHit(b *testing.B) {
	c := New(Config{})
	defer c.Close()
	visit(c, says(strings.Repeat("x", 1024), public, "Vary: Accept-Encoding", "Content-Type: text/css"), "/a.css", "Accept-Encoding: gzip")
	r, k := get("/a.css", "Accept-Encoding: gzip, br")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		w := &sink{h: http.Header{}}
		for pb.Next() {
			c.Answer(w, r, k, plain(k))
		}
	})
}
