package cache

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// tagged is a shop that knows conditional requests: it answers 304 to its own tag.
func tagged(tag string, lines ...string) *shop {
	return &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		if fresh.NotModified(req.Header, header("Etag: "+tag), time.Now()) {
			return notModified(append(lines, "Etag: "+tag)...), nil
		}
		return response("body of "+tag, append(lines, "Etag: "+tag)...), nil
	}}
}

func notModified(lines ...string) *http.Response {
	return &http.Response{StatusCode: 304, Header: header(lines...), Body: http.NoBody}
}

// RFC 9111 section 4.3: a cache "can use the conditional request mechanism [...] in
// the forwarded request to give the next inbound server an opportunity to choose a
// valid stored response to use, updating the stored metadata in the process, or to
// replace the stored response(s) with a new response."
//
// RFC 9111 section 4.3.4: "For each stored response identified, the cache MUST
// update its header fields with the header fields provided in the 304 (Not
// Modified) response, as per Section 3.2."
func TestConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		const lm = "Fri, 31 Dec 1999 00:00:00 GMT"
		visit(c, says("body", public, `Etag: "a"`, "X-Old: 1", "Last-Modified: "+lm), "/a.css")
		time.Sleep(2 * time.Minute)
		s := tagged(`"a"`, "Cache-Control: public, max-age=90", "X-New: 1")
		var cr crowd
		cr.visit(c, s, 20, "/a.css")
		cr.wg.Wait()
		if s.asked() != 1 {
			t.Fatalf("%d fills", s.asked())
		}
		if got := s.requests[0].Header; got.Get("If-None-Match") != `"a"` || got.Get("If-Modified-Since") != lm {
			t.Errorf("asked with %v", got)
		}
		for _, g := range cr.gauges {
			if g.status != 200 || g.all() != "body" || g.h.Get("Content-Length") != "4" || g.h.Get("X-New") != "1" ||
				g.h.Get("X-Old") != "1" || g.h.Get("Age") != "0" || g.h.Get("Cache-Control") != "public, max-age=90" {
				t.Fatalf("%d %q %v", g.status, g.all(), g.h)
			}
		}
		out, w := visit(c, s, "/a.css")
		if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "body" || status(w) != "falochron; hit; ttl=90" {
			t.Errorf("%q %s", w.Body, status(w))
		}
		if st := c.Stats(); st.Objects != 1 || st.Confirms != 1 {
			t.Errorf("%+v", st)
		}
		// The visitor's own copy counts after it as before.
		time.Sleep(2 * time.Minute)
		out, w = visit(c, s, "/a.css", `If-None-Match: "a"`)
		if out.How != Filled || w.Code != 304 || w.Body.Len() != 0 || status(w) != "falochron; fwd=stale; fwd-status=304; ttl=90; stored" {
			t.Errorf("%+v %d %s", out, w.Code, status(w))
		}
		// The visitor's condition is not the edge's: RFC 9111 section 4.3.2 allows to send
		// both, and only the edge's own goes out.
		if got := s.requests[len(s.requests)-1].Header["If-None-Match"]; len(got) != 1 || got[0] != `"a"` {
			t.Errorf("asked with %q", got)
		}
	})
}

// RFC 9111 section 4.3.3: "A full response (i.e., one containing content) indicates
// that none of the stored responses nominated in the conditional request are
// suitable. Instead, the cache MUST use the full response to satisfy the request."
func TestReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		visit(c, tagged(`"a"`, public), "/a.css")
		time.Sleep(2 * time.Minute)
		s := tagged(`"b"`, public)
		out, w := visit(c, s, "/a.css")
		if wantOutcome(t, out, Filled, "filled"); w.Body.String() != `body of "b"` || s.asked() != 1 {
			t.Errorf("%q, %d fills", w.Body, s.asked())
		}
		if st := c.Stats(); st.Objects != 1 || st.Confirms != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// RFC 9111 section 4.3.4: "If none of the initial set contains at least one of the
// same strong validators, then the cache MUST NOT use the new response to update
// any stored responses." The whole is asked for then.
func TestConfirmsSomethingElse(t *testing.T) {
	for name, lines := range map[string][]string{
		"other tag": {public, `Etag: "z"`}, "no validator": {public},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			visit(c, tagged(`"a"`, public), "/a.css")
			time.Sleep(2 * time.Minute)
			s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
				if len(req.Header["If-None-Match"]) > 0 {
					return notModified(lines...), nil
				}
				return response("whole", public), nil
			}}
			out, w := visit(c, s, "/a.css")
			if wantOutcome(t, out, Filled, "filled"); w.Body.String() != "whole" || s.asked() != 2 {
				t.Errorf("%s: %q, %d fills", name, w.Body, s.asked())
			}
			// One that says so of everything is let alone.
			time.Sleep(2 * time.Minute)
			s.answer = answerWith(notModified(lines...))
			visit(c, tagged(`"a"`, public), "/b.css")
			time.Sleep(2 * time.Minute)
			out, _ = visit(c, s, "/b.css")
			wantOutcome(t, out, Passed, "not-modified")
			out, _ = visit(c, s, "/b.css")
			wantOutcome(t, out, Passed, "hit-for-miss")
		})
	}
}

// What a 304 says of sharing counts as if a 200 had said it.
func TestConfirmedButNotForAll(t *testing.T) {
	for reason, line := range map[string]string{
		"private": "Cache-Control: private", "set-cookie": "Set-Cookie: a=b", "vary": "Vary: *", "stale": "Cache-Control: public, max-age=0",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			visitBy(c, tagged(`"a"`, public), contract(), "/a.css")
			time.Sleep(5 * time.Minute)
			out, w := visitBy(c, tagged(`"a"`, line), contract(), "/a.css")
			wantOutcome(t, out, Passed, reason)
			if len(w.Header()) != 0 || c.Stats().Objects != 0 {
				t.Errorf("%s: %v, %+v", reason, w.Header(), c.Stats())
			}
		})
	}
}

// A 304 may bring a session, too.
func TestConfirmedWithSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, link := range []string{"</next>", "</next?sid=0123456789abcdef>"} {
			c := New(Config{})
			visitBy(c, tagged(`"a"`), kind(), "/p/1")
			time.Sleep(2 * time.Minute)
			out, w := visitBy(c, tagged(`"a"`, "Set-Cookie: OCSESSID=0123456789abcdef", "Link: "+link), kind(), "/p/1")
			if strings.Contains(link, "sid") {
				wantOutcome(t, out, Passed, "session-in-header")
			} else {
				wantOutcome(t, out, Filled, "filled")
			}
			if len(w.Header()["Set-Cookie"]) > 0 {
				t.Errorf("%v", w.Header())
			}
			c.Close()
		}
	})
}

// A body under way, a crowd, little room and an invalidation in between: the books
// agree, and nothing that was invalidated comes back.
func TestConfirmAndInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{MaxBytes: 64 << 10}
		c := New(cfg)
		defer c.Close()
		body := strings.Repeat("x", 12<<10)
		visit(c, says(body, public, `Etag: "a"`), "/a.css")
		time.Sleep(2 * time.Minute)
		s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return notModified(public, `Etag: "a"`), nil
		}}
		var cr crowd
		cr.visit(c, s, 5, "/a.css")
		synctest.Wait()
		_, k := get("/a.css")
		c.Invalidate(k)
		cr.wg.Wait()
		for _, g := range cr.gauges {
			if g.all() != body {
				t.Errorf("%d bytes", len(g.all())) // they asked before
			}
		}
		synctest.Wait()
		checkBooks(t, c, cfg)
		if st := c.Stats(); st.Objects != 0 || st.InFlight != 0 {
			t.Errorf("%+v", st)
		}
		out, _ := visit(c, says("new", public), "/a.css")
		wantOutcome(t, out, Filled, "filled")
	})
}

// In the background as well.
func TestConfirmedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{}
		c := New(cfg)
		defer c.Close()
		s := tagged(`W/"a"`, public)
		visitBy(c, s, contract(), "/a.css")
		for range 5 {
			time.Sleep(65 * time.Second)
			out, w := visitBy(c, s, contract(), "/a.css")
			if wantOutcome(t, out, Hit, "stale-while-revalidate"); w.Body.String() != `body of W/"a"` {
				t.Errorf("%q", w.Body)
			}
			synctest.Wait()
		}
		if st := c.Stats(); st.Confirms != 5 || st.Objects != 1 {
			t.Errorf("%+v", st)
		}
		checkBooks(t, c, cfg.withDefaults())
	})
}
