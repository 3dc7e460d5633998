package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// contract is what the owner of a shop agrees to: stale pages for a minute, and
// for an hour while the shop fails.
func contract() Policy {
	return Policy{Policy: fresh.Policy{Static: true, WhileStale: time.Minute, IfError: time.Hour}}
}

// numbered is a shop whose answers have a number, and take a second each.
func numbered(lines ...string) *shop {
	s := &shop{}
	s.answer = func(ctx context.Context, _ *http.Request) (*http.Response, error) {
		n := s.asked()
		select {
		case <-time.After(time.Second):
			return response(fmt.Sprintf("number %d", n), lines...), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s
}

// RFC 5861 section 3: "If a cached response is served stale due to the presence
// of this extension, the cache SHOULD attempt to revalidate it while still serving
// stale responses (i.e., without blocking)."; "If delta-seconds passes without the
// cached entity being revalidated, it SHOULD NOT continue to be served stale,
// absent other information."
func TestStaleWhileRevalidate(t *testing.T) {
	for name, c := range map[string]struct {
		p    Policy
		line string
	}{
		"by the policy":       {contract(), public},
		"by the answer":       {plain(Key{Path: "."}), "Cache-Control: max-age=60, stale-while-revalidate=60"},
		"the answer's counts": {contract(), "Cache-Control: max-age=60, stale-while-revalidate=60, stale-if-error=0"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ch := New(Config{})
			defer ch.Close()
			s := numbered(c.line)
			visitBy(ch, s, c.p, "/a.css") // second 1, age 1
			time.Sleep(64 * time.Second)
			var cr crowd
			start := time.Now()
			for range 50 {
				r, k := get("/a.css")
				cr.sendBy(ch, s, c.p, r, k)
			}
			if n := cr.count(Hit, "stale-while-revalidate"); n != 50 || time.Since(start) != 0 {
				t.Errorf("%s: %d went out stale, after %v: %+v", name, n, time.Since(start), cr.outs)
			}
			for _, g := range cr.gauges {
				if g.all() != "number 1" || g.h.Get("Age") != "65" || g.h.Get("Cache-Status") != "falochron; hit; ttl=-5; detail=stale-while-revalidate" || g.h.Get("Warning") != "" {
					t.Fatalf("%s: %q %v", name, g.all(), g.h)
				}
			}
			synctest.Wait()
			if n := ch.Stats().InFlight; n != 1 || s.asked() != 2 {
				t.Errorf("%s: %d fills, %d under way", name, s.asked(), n)
			}
			time.Sleep(2 * time.Second)
			out, w := visitBy(ch, s, c.p, "/a.css")
			if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "number 2" || w.Header().Get("Age") != "2" {
				t.Errorf("%s: afterwards %q %v", name, w.Body, w.Header())
			}
			// Nobody asked for two minutes: truly stale.
			time.Sleep(2 * time.Minute)
			out, w = visitBy(ch, s, c.p, "/a.css")
			if wantOutcome(t, out, Filled, "filled"); w.Body.String() != "number 3" {
				t.Errorf("%s: in the end %q", name, w.Body)
			}
			if st := ch.Stats(); st.Stales != 50 || st.Hits != 51 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
}

// At a shop that is at its limit a page that nobody waits for is made anew only when half
// the time is over for which it may go out stale: three times in two minutes instead of twelve.
func TestAFullShopIsAskedLessOften(t *testing.T) {
	for full, want := range map[bool]int{false: 12, true: 3} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			p := contract()
			p.Full = func() bool { return full }
			s := numbered("Cache-Control: public, max-age=10")
			visitBy(c, s, p, "/a.css")
			for range 118 {
				time.Sleep(time.Second)
				before := time.Now()
				if out, w := visitBy(c, s, p, "/a.css"); out.How != Hit || !time.Now().Equal(before) {
					t.Fatalf("full %v: %+v %q", full, out, w.Body)
				}
			}
			synctest.Wait()
			if s.asked() != want {
				t.Errorf("full %v: made %d times, want %d", full, s.asked(), want)
			}
		})
	}
}

// A shop that lets its pages be stale for a day does not know of the crowd: while it is
// full a page is made anew after half the policy's time, not half a day.
func TestAFullShopsOwnDayIsNotWaitedFor(t *testing.T) {
	for own, want := range map[time.Duration]int{0: 10, time.Minute: 3} { // the policy's
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			p := contract()
			p.WhileStale, p.Full = own, func() bool { return true }
			s := numbered("Cache-Control: public, max-age=10, stale-while-revalidate=86400")
			for range 119 {
				if out, w := visitBy(c, s, p, "/a"); out.Err != nil {
					t.Fatalf("%v: %+v %q", own, out, w.Body)
				}
				time.Sleep(time.Second)
			}
			synctest.Wait()
			if s.asked() < want || s.asked() > want+2 {
				t.Errorf("%v: made %d times, want %d", own, s.asked(), want)
			}
		})
	}
}

// RFC 9111 section 5.2.2.2: "The must-revalidate response directive indicates that
// once the response has become stale, a cache MUST NOT reuse that response to
// satisfy another request until it has been successfully validated by the origin".
func TestMustRevalidateNeverStale(t *testing.T) {
	for _, cc := range []string{
		"max-age=60, must-revalidate", "max-age=60, proxy-revalidate", "s-maxage=60",
		"max-age=60, must-revalidate, stale-while-revalidate=60, stale-if-error=60",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			p := contract()
			p.Full = func() bool { return true }
			visitBy(c, says("body", "Cache-Control: "+cc), p, "/a.css")
			time.Sleep(61 * time.Second)
			broken := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				return nil, errors.New("no shop")
			}}
			out, w := visitBy(c, broken, p, "/a.css")
			if wantOutcome(t, out, Failed, "fill-failed"); w.Body.Len() > 0 {
				t.Errorf("%s: went out: %q", cc, w.Body)
			}
		})
	}
}

// RFC 5861 section 4: "In this context, an error is any situation which would
// result in a 500, 502, 503 or 504 HTTP response status code being returned."; "Its
// value indicates the upper limit to staleness; when the cached response is more
// stale than the indicated amount, the cached response SHOULD NOT be used to
// satisfy the request, absent other information."
//
// RFC 9111 section 4.3.3: "if a cache receives a 5xx (Server Error) response while
// attempting to validate a response, it can either forward this response to the
// requesting client or act as if the server failed to respond. In the latter case,
// the cache can send a previously stored response, subject to its constraints on
// doing so".
func TestStaleIfError(t *testing.T) {
	gone := errors.New("connection refused")
	for name, c := range map[string]struct {
		fails  func(ctx context.Context) (*http.Response, error)
		after  time.Duration
		status string
	}{
		"error":    {func(context.Context) (*http.Response, error) { time.Sleep(time.Second); return nil, gone }, time.Second, "fwd=stale; ttl=-121"},
		"hangs":    {func(ctx context.Context) (*http.Response, error) { <-ctx.Done(); return nil, ctx.Err() }, 30 * time.Second, "fwd=stale; ttl=-150"},
		"panic":    {func(context.Context) (*http.Response, error) { time.Sleep(time.Second); panic("ours") }, time.Second, "fwd=stale; ttl=-121"},
		"500":      {answers(500), time.Second, "fwd=stale; fwd-status=500; ttl=-121"},
		"502":      {answers(502), time.Second, "fwd=stale; fwd-status=502; ttl=-121"},
		"503":      {answers(503), time.Second, "fwd=stale; fwd-status=503; ttl=-121"},
		"504":      {answers(504), time.Second, "fwd=stale; fwd-status=504; ttl=-121"},
		"too many": {answers(429), time.Second, "fwd=stale; fwd-status=429; ttl=-121"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ch := New(Config{})
			defer ch.Close()
			visitBy(ch, says("old", public, `Etag: "a"`), contract(), "/a.css")
			time.Sleep(3 * time.Minute)
			s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) { return c.fails(ctx) }}
			start := time.Now()
			var cr crowd
			for range 20 {
				r, k := get("/a.css")
				cr.sendBy(ch, s, contract(), r, k)
			}
			if n := cr.count(Hit, "stale-if-error"); n != 20 || time.Since(start) != c.after {
				t.Fatalf("%s: %d were saved, after %v: %+v", name, n, time.Since(start), cr.outs)
			}
			for _, g := range cr.gauges {
				if g.all() != "old" || g.status != 200 {
					t.Fatalf("%s: %d %q", name, g.status, g.all())
				}
			}
			if got, want := cr.gauges[0].h.Get("Cache-Status"), "falochron; "+c.status+"; detail=stale-if-error"; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			// From now on nobody waits for a failing shop: stale at once, and one try a
			// second.
			asked := s.asked()
			for range 50 {
				before := time.Now()
				out, w := visitBy(ch, s, contract(), "/a.css")
				if out.How != Hit || out.Reason != "stale-if-error" || w.Body.String() != "old" || !time.Now().Equal(before) {
					t.Fatalf("%s: %+v %q after %v", name, out, w.Body, time.Since(before))
				}
				time.Sleep(100 * time.Millisecond)
			}
			synctest.Wait()
			if n := s.asked() - asked; n < 1 || n > 6 {
				t.Errorf("%s: %d tries within 5 s", name, n)
			}
			// The shop is well again. (What hangs is waited for first.)
			time.Sleep(30 * time.Second)
			synctest.Wait()
			s.answer = says("new", public).answer
			visitBy(ch, s, contract(), "/a.css")
			synctest.Wait()
			out, w := visitBy(ch, s, contract(), "/a.css")
			if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "new" {
				t.Errorf("%s: in the end %q", name, w.Body)
			}
		})
	}
}

// answers makes a fill that answers with a status.
func answers(status int) func(context.Context) (*http.Response, error) {
	return func(context.Context) (*http.Response, error) {
		time.Sleep(time.Second)
		return &http.Response{StatusCode: status, Header: header("Content-Type: text/html"), Body: http.NoBody}, nil
	}
}

// Beyond the agreed time an error is an error; and what the shop says in good
// health (a page that is gone, or not for everybody any more) is no error.
func TestStaleIfErrorEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		visitBy(c, says("old", public), contract(), "/a.css")
		time.Sleep(2 * time.Hour)
		out, _ := visitBy(c, &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) { return answers(503)(ctx) }}, contract(), "/a.css")
		wantOutcome(t, out, Passed, "status")
		if n := c.Stats().Objects; n != 0 {
			t.Errorf("%d objects of no use are kept", n)
		}
		// The crowd that was held back is let go for a moment, then one asks again.
		out, _ = visitBy(c, says("new", public), contract(), "/a.css")
		wantOutcome(t, out, Passed, "hit-for-miss")
		time.Sleep(failedFor)
		out, _ = visitBy(c, says("new", public), contract(), "/a.css")
		wantOutcome(t, out, Filled, "filled")
	})
	for reason, resp := range map[string]*http.Response{
		"status":  {StatusCode: 404, Header: header(), Body: http.NoBody},
		"private": response("x", "Cache-Control: private"), "set-cookie": response("x", public, "Set-Cookie: a=b"),
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			visitBy(c, says("old", public), contract(), "/a.css")
			time.Sleep(3 * time.Minute)
			out, _ := visitBy(c, &shop{answer: answerWith(resp)}, contract(), "/a.css")
			wantOutcome(t, out, Passed, reason)
			if n := c.Stats().Objects; n != 0 {
				t.Errorf("%s: what is not true any more is kept", reason)
			}
		})
	}
}

// A shop that fails at once is asked once a second for one page, however many want
// it.
func TestTriesAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		visitBy(c, says("old", public), contract(), "/a.css")
		time.Sleep(62 * time.Second)
		s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) { return nil, errors.New("refused") }}
		for range 500 {
			if out, w := visitBy(c, s, contract(), "/a.css"); out.How != Hit || w.Body.String() != "old" {
				t.Fatalf("%+v %q", out, w.Body)
			}
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
		}
		if s.asked() != 5 {
			t.Errorf("%d tries within 5 s", s.asked())
		}
	})
}

// A full shop is not asked while something older will do.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		full := true
		p := contract()
		p.Full = func() bool { c.Stats(); return full } // it may ask us in turn: no lock is held
		s := numbered(public)
		out, _ := visitBy(c, s, p, "/a.css") // nothing is there: it has to be asked
		wantOutcome(t, out, Filled, "filled")
		time.Sleep(10 * time.Minute)
		s.answer = func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			<-ctx.Done() // in the queue of a full shop
			return nil, ctx.Err()
		}
		for range 100 {
			before := time.Now()
			out, w := visitBy(c, s, p, "/a.css")
			if out.How != Hit || out.Reason != "stale-if-error" || w.Body.String() != "number 1" || !time.Now().Equal(before) {
				t.Fatalf("%+v %q after %v", out, w.Body, time.Since(before))
			}
			if st := status(w); st[:len("falochron; hit; ttl=-")] != "falochron; hit; ttl=-" {
				t.Fatalf("Cache-Status: %s", st)
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if s.asked() != 2 {
			t.Errorf("%d fills, though the second is still in the queue", s.asked())
		}
		r, k := get("/a.css")
		if !c.Lookup(r, k, p) {
			t.Error("Lookup does not know of it")
		}
		full = false
		if c.Lookup(r, k, p) {
			t.Error("stale though the shop has room")
		}
		synctest.Wait()
		s.answer = says("new", public).answer
		time.Sleep(30 * time.Second)
		// The fill before was in vain (in the queue to the end), so one more stale
		// answer goes out while the next is fetched.
		visitBy(c, s, p, "/a.css")
		synctest.Wait()
		out, w := visitBy(c, s, p, "/a.css")
		if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "new" {
			t.Errorf("%q", w.Body)
		}
		full = true
		time.Sleep(2 * time.Hour)
		out, _ = visitBy(c, s, p, "/a.css")
		wantOutcome(t, out, Filled, "filled") // too old for any shop's sake
	})
}

// A fill in the background belongs to nobody: not to the visitor who set it off,
// who may be gone; it counts as one of all fills, and ends with the cache.
func TestBackgroundFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxFills: 2})
		s := numbered(public)
		for _, path := range []string{"/a.css", "/b.css", "/c.css"} {
			visitBy(c, s, contract(), path)
		}
		time.Sleep(70 * time.Second)
		ctx, leave := context.WithCancel(t.Context())
		r, k := get("/a.css")
		out := c.Serve(httptest.NewRecorder(), r.WithContext(ctx), k, contract(), s.fill)
		wantOutcome(t, out, Hit, "stale-while-revalidate")
		leave()
		for _, path := range []string{"/b.css", "/c.css"} {
			out, _ := visitBy(c, s, contract(), path)
			wantOutcome(t, out, Hit, "stale-while-revalidate")
		}
		synctest.Wait()
		if n := c.Stats().InFlight; n != 2 {
			t.Errorf("%d fills under way of 2", n)
		}
		// Somebody asks in another way for what is being fetched, and leaves again.
		r, k = get("/a.css", "Range: bytes=0-1", "Cache-Control: no-cache")
		out = c.Serve(httptest.NewRecorder(), r, k, contract(), s.fill)
		wantOutcome(t, out, Hit, "stale-while-revalidate")
		time.Sleep(2 * time.Second)
		out, w := visitBy(c, s, contract(), "/a.css")
		if wantOutcome(t, out, Hit, "fresh"); w.Body.String() == "number 1" {
			t.Error("nothing new came")
		}
		visitBy(c, s, contract(), "/c.css")
		synctest.Wait()
		if n := c.Stats().InFlight; n != 1 {
			t.Errorf("%d fills under way", n)
		}
		c.Close()
		if st := c.Stats(); st.InFlight != 0 || s.asked() != 6 {
			t.Errorf("after Close: %+v, %d asked", st, s.asked())
		}
		time.Sleep(2 * time.Second)
		out, _ = visitBy(c, s, contract(), "/c.css")
		wantOutcome(t, out, Hit, "stale-while-revalidate") // still there to read
		synctest.Wait()
		if s.asked() != 6 {
			t.Error("a fill began after Close")
		}
	})
}

// Of several stale answers that match, the latest goes out, though an older one says
// what it varies by and it does not.
func TestStaleTakesTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		visitBy(c, says("first", public, "Vary: Accept-Language"), contract(), "/a.css")
		time.Sleep(time.Second)
		visitBy(c, says("second", public), contract(), "/a.css", "Accept-Language: pl")
		out, w := visitBy(c, says("none"), contract(), "/a.css")
		if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != "first" {
			t.Errorf("fresh: %q", w.Body) // RFC 9111 section 4.1
		}
		time.Sleep(61 * time.Second)
		out, w = visitBy(c, says("third", public), contract(), "/a.css")
		if wantOutcome(t, out, Hit, "stale-while-revalidate"); w.Body.String() != "second" {
			t.Errorf("stale: %q", w.Body)
		}
	})
}

// When the edge may begin no more fills, what is stale goes out as if the shop were
// full.
func TestNoFillsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxFills: 1})
		s := numbered(public)
		visitBy(c, s, contract(), "/a.css")
		time.Sleep(10 * time.Minute)
		var cr crowd
		cr.visit(c, s, 1, "/other.css")
		synctest.Wait()
		out, w := visitBy(c, s, contract(), "/a.css")
		if wantOutcome(t, out, Hit, "stale-if-error"); w.Body.String() != "number 1" {
			t.Errorf("%q", w.Body)
		}
		out, _ = visitBy(c, s, contract(), "/new.css")
		wantOutcome(t, out, Passed, "fills")
		cr.wg.Wait()
		c.Close()
	})
}

// Parts, HEAD and conditions are answered from what is stale as from what is fresh.
func TestStaleInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := numbered(public, `Etag: "a"`)
		visitBy(c, s, contract(), "/a.css")
		time.Sleep(65 * time.Second)
		for want, lines := range map[int][]string{206: {"Range: bytes=0-2"}, 304: {`If-None-Match: "a"`}, 200: nil} {
			_, w := visitBy(c, s, contract(), "/a.css", lines...)
			if w.Code != want || status(w) != "falochron; hit; ttl=-6; detail=stale-while-revalidate" {
				t.Errorf("%d: %d %s", want, w.Code, status(w))
			}
		}
		r, k := ask("HEAD", "/a.css")
		w := httptest.NewRecorder()
		if out := c.Serve(w, r, k, contract(), s.fill); out.How != Hit || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "8" {
			t.Errorf("HEAD: %+v %v", out, w.Header())
		}
	})
}
