package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

func answerWith(resp *http.Response) func(context.Context, *http.Request) (*http.Response, error) {
	return func(context.Context, *http.Request) (*http.Response, error) { return resp, nil }
}

// crowd serves n requests at once and collects what becomes of them.
type crowd struct {
	wg     sync.WaitGroup
	mu     sync.Mutex // guards outs
	outs   []Outcome
	gauges []*gauge
	broken int
}

func (cr *crowd) visit(c *Cache, s *shop, n int, target string, lines ...string) {
	for range n {
		r, k := get(target, lines...)
		cr.send(c, s, r, k)
	}
}

func (cr *crowd) send(c *Cache, s *shop, r *http.Request, k Key) {
	cr.sendBy(c, s, plain(k), r, k)
}

func (cr *crowd) sendBy(c *Cache, s *shop, p Policy, r *http.Request, k Key) {
	g := newGauge()
	cr.gauges = append(cr.gauges, g)
	cr.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler {
					panic(p)
				}
				cr.mu.Lock()
				cr.broken++
				cr.mu.Unlock()
			}
		}()
		out := c.Serve(g, r, k, p, s.fill)
		cr.mu.Lock()
		cr.outs = append(cr.outs, out)
		cr.mu.Unlock()
	})
}

func (cr *crowd) count(how How, reason string) (n int) {
	cr.wg.Wait()
	for _, o := range cr.outs {
		if o.How == how && o.Reason == reason {
			n++
		}
	}
	return n
}

// RFC 9111 section 4: "This enables a cache to collapse requests — or combine
// multiple incoming requests into a single forward request upon a cache miss —
// thereby reducing load on the origin server and network."
//
// Followers read along while the body arrives; those who come in the middle get
// the beginning at once.
func TestFollowersStreamAlong(t *testing.T) {
	for _, length := range []int64{10, -1} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			resp, body := piped(length, public)
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return resp, nil
			}}
			var cr crowd
			cr.visit(c, s, 50, "/a.css")
			synctest.Wait()
			if n := c.Stats().InFlight; n != 1 {
				t.Fatalf("%d fills under way", n)
			}
			time.Sleep(time.Second)
			body.Write([]byte("01234"))
			synctest.Wait()
			cr.visit(c, s, 50, "/a.css")
			synctest.Wait()
			for i, g := range cr.gauges {
				if g.seen() != "01234" {
					t.Fatalf("visitor %d has %q while the body is half there", i, g.seen())
				}
			}
			body.Write([]byte("56789"))
			body.Close()
			cr.wg.Wait()
			for i, g := range cr.gauges {
				if g.all() != "0123456789" || g.status != 200 {
					t.Fatalf("visitor %d has %d %q", i, g.status, g.all())
				}
			}
			if s.asked() != 1 || cr.count(Filled, "filled") != 1 || cr.count(Followed, "collapsed") != 99 {
				t.Errorf("%d fills, %+v", s.asked(), c.Stats())
			}
			if out, w := visit(c, s, "/a.css"); out.How != Hit || w.Body.String() != "0123456789" {
				t.Errorf("afterwards: %+v %q", out, w.Body)
			}
		})
	}
}

// Headers-only followers need no body: HEAD, and a copy that is still good.
func TestFollowersWithoutBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		resp, body := piped(-1, public, `Etag: "a"`)
		s := &shop{answer: answerWith(resp)}
		var cr crowd
		r, k := ask("HEAD", "/a.css")
		cr.send(c, s, r, k)
		cr.visit(c, s, 1, "/a.css", `If-None-Match: "a"`)
		synctest.Wait()
		cr.wg.Wait() // though the body has not come
		if a, b := cr.gauges[0].status, cr.gauges[1].status; a != 200 || b != 304 {
			t.Errorf("%d %d", a, b)
		}
		// Both are gone, but what they began is worth keeping.
		body.Write([]byte("x"))
		body.Close()
		synctest.Wait()
		if st := c.Stats(); st.Objects != 1 || st.Cancels != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// When the answer may not be shared, everybody goes by himself, at once and in
// parallel, and so do all who come in the next seconds.
func TestNotShareableReleasesAllAtOnce(t *testing.T) {
	for reason, resp := range map[string]*http.Response{
		"set-cookie":   response("x", public, "Set-Cookie: session=fill"),
		"private":      response("x", "Cache-Control: private, max-age=60"),
		"no-store":     response("x", "Cache-Control: no-store"),
		"no-freshness": response("x"),
		"vary":         response("x", public, "Vary: *"),
		"coding":       response("x", public, "Content-Encoding: br"),
		"status":       {StatusCode: 404, Header: header(public), Body: http.NoBody},
		"too-large":    {StatusCode: 200, Header: header(public), ContentLength: 9 << 20, Body: http.NoBody},
		"trailer":      {StatusCode: 200, Header: header(public), Trailer: header("X-Sum: 1"), Body: http.NoBody},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{HitForMiss: 10 * time.Second})
			defer c.Close()
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return resp, nil
			}}
			start := time.Now()
			var cr crowd
			cr.visit(c, s, 100, "/a.css")
			if n := cr.count(Passed, reason); n != 100 || time.Since(start) != time.Second {
				t.Errorf("%s: %d released after %v: %+v", reason, n, time.Since(start), cr.outs[0])
			}
			for i, g := range cr.gauges {
				if len(g.h) != 0 || g.status != 0 || g.all() != "" {
					t.Errorf("%s: visitor %d got %v %d %q", reason, i, g.h, g.status, g.all())
				}
			}
			out, _ := visit(c, s, "/a.css")
			wantOutcome(t, out, Passed, "hit-for-miss")
			time.Sleep(10 * time.Second)
			out, _ = visit(c, s, "/a.css")
			wantOutcome(t, out, Passed, reason)
			if s.asked() != 2 || c.Stats().Objects != 0 {
				t.Errorf("%s: %d fills, %+v", reason, s.asked(), c.Stats())
			}
		})
	}
}

func TestFillErrorReleasesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		full := &falochron.Error{Kind: falochron.Unavailable, Op: "admit", Public: "the shop is full"}
		s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return nil, full
		}}
		var cr crowd
		cr.visit(c, s, 20, "/a.css")
		if n := cr.count(Failed, "fill-failed"); n != 20 {
			t.Fatalf("%d released", n)
		}
		for _, o := range cr.outs {
			if !errors.Is(o.Err, full) || falochron.KindOf(o.Err) != falochron.Unavailable {
				t.Errorf("error %v", o.Err)
			}
		}
		// The next one tries again.
		out, _ := visit(c, says("ok", public), "/a.css")
		wantOutcome(t, out, Filled, "filled")
	})
}

// A follower left hanging by a panic is the classic fault of such caches.
func TestPanicReleasesAll(t *testing.T) {
	for name, crash := range map[string]func(){
		"panic":        func() { panic("our own fault") },
		"nil panic":    func() { panic(nil) },
		"ErrAbort":     func() { panic(http.ErrAbortHandler) },
		"Goexit":       runtime.Goexit,
		"nil response": func() { var r *http.Response; _ = r.Header },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				crash()
				return nil, nil
			}}
			var cr crowd
			cr.visit(c, s, 20, "/a.css")
			if n := cr.count(Failed, "fill-failed"); n != 20 {
				t.Errorf("%s: %d released", name, n)
			}
			if err := cr.outs[0].Err; falochron.KindOf(err) != falochron.Internal {
				t.Errorf("%s: %v", name, err)
			}
			if st := c.Stats(); st.InFlight != 0 || st.Failures != 1 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
}

// crashingBody panics in the middle of the body.
type crashingBody struct{ sent bool }

func (b *crashingBody) Read(p []byte) (int, error) {
	if b.sent {
		panic("in mid-body")
	}
	b.sent = true
	return copy(p, "half"), nil
}
func (b *crashingBody) Close() error { return nil }

// A body that breaks off is never stored and never looks complete.
func TestBrokenBody(t *testing.T) {
	for name, mk := range map[string]func() *http.Response{
		"error": func() *http.Response {
			resp, body := piped(-1, public)
			go func() { body.Write([]byte("half")); body.CloseWithError(errors.New("reset")) }()
			return resp
		},
		"too short": func() *http.Response {
			resp := response("half", public)
			resp.ContentLength = 8
			return resp
		},
		"too long": func() *http.Response {
			resp := response("halfandmore", public)
			resp.ContentLength = 4
			return resp
		},
		"panic": func() *http.Response {
			return &http.Response{StatusCode: 200, Header: header(public), ContentLength: -1, Body: &crashingBody{}}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			empty := c.Stats().Bytes
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return mk(), nil
			}}
			var cr crowd
			cr.visit(c, s, 10, "/a.css")
			cr.wg.Wait()
			if cr.broken != 10 {
				t.Errorf("%s: %d of 10 connections broken: %+v", name, cr.broken, cr.outs)
			}
			synctest.Wait()
			if st := c.Stats(); st.Objects != 0 || st.Bytes != empty || st.InFlight != 0 || len(c.resources) != 0 {
				t.Errorf("%s: left behind: %+v, %d resources", name, st, len(c.resources))
			}
		})
	}
}

// The client who began a fill goes; the others get their answer.
func TestLeaderGoesOthersStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		resp, body := piped(-1, public)
		s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
				return resp, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		ctx, leave := context.WithCancel(t.Context())
		var leader, others crowd
		r, k := get("/a.css")
		leader.send(c, s, r.WithContext(ctx), k)
		synctest.Wait()
		others.visit(c, s, 5, "/a.css")
		synctest.Wait()
		leave()
		if leader.count(Gone, "client-gone") != 1 {
			t.Errorf("%+v", leader.outs)
		}
		time.Sleep(time.Second)
		body.Write([]byte("all"))
		body.Close()
		if others.count(Followed, "collapsed") != 5 || others.gauges[0].all() != "all" {
			t.Errorf("%+v", others.outs)
		}
		if st := c.Stats(); st.Objects != 1 || st.Cancels != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// A fill that nobody waits for goes on only if it is known to be worth keeping.
func TestNobodyWaits(t *testing.T) {
	for _, known := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			if known {
				visit(c, says("old", public), "/a.css")
				time.Sleep(time.Minute)
			}
			cancelled := false
			s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
				select {
				case <-time.After(3 * time.Second):
					return response("new", public), nil
				case <-ctx.Done():
					cancelled = true
					return nil, ctx.Err()
				}
			}}
			ctx, leave := context.WithCancel(t.Context())
			var cr crowd
			for range 3 {
				r, k := get("/a.css")
				cr.send(c, s, r.WithContext(ctx), k)
			}
			synctest.Wait()
			leave()
			cr.wg.Wait()
			synctest.Wait()
			if !known {
				// Who comes a second later does not join what was given up.
				time.Sleep(returnsWithin)
				synctest.Wait()
				out, w := visit(c, says("other", public), "/a.css")
				if out.How != Filled || w.Body.String() != "other" {
					t.Errorf("%+v %q", out, w.Body)
				}
			}
			time.Sleep(4 * time.Second)
			if cancelled == known {
				t.Errorf("known %v, cancelled %v", known, cancelled)
			}
			if st := c.Stats(); st.Objects != 1 || st.Failures != 0 || (st.Cancels == 1) == known {
				t.Errorf("known %v: %+v", known, st)
			}
		})
	}
}

// Who presses reload joins what was begun for the first press: the shop is asked once.
func TestReloadJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		asked := 0
		s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			asked++
			select {
			case <-time.After(8 * time.Second):
				return response("made", public), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		var cr crowd
		for range 2 { // presses, and reloads after 3 s
			r, k := get("/a.css")
			ctx, reload := context.WithTimeout(t.Context(), 3*time.Second)
			cr.send(c, s, r.WithContext(ctx), k)
			cr.wg.Wait()
			reload()
			time.Sleep(returnsWithin - time.Millisecond)
		}
		out, w := visit(c, s, "/a.css")
		wantOutcome(t, out, Followed, "collapsed")
		if asked != 1 || w.Body.String() != "made" {
			t.Errorf("asked %d times, got %q", asked, w.Body)
		}
	})
}

func TestHeaderTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{HeaderTimeout: 5 * time.Second})
		defer c.Close()
		s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		start := time.Now()
		out, _ := visit(c, s, "/a.css")
		wantOutcome(t, out, Failed, "fill-failed")
		if time.Since(start) != 5*time.Second || !errors.Is(out.Err, errTimeout) || falochron.KindOf(out.Err) != falochron.Unavailable {
			t.Errorf("after %v: %v", time.Since(start), out.Err)
		}
	})
}

func TestCloseEndsFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		s := &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		var cr crowd
		cr.visit(c, s, 3, "/a.css")
		synctest.Wait()
		c.Close()
		if cr.count(Failed, "fill-failed") != 3 {
			t.Errorf("%+v", cr.outs)
		}
		out, _ := visit(c, s, "/a.css")
		wantOutcome(t, out, Passed, "closed")
	})
}

func TestMaxFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxFills: 2})
		defer c.Close()
		s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return response("x", public), nil
		}}
		var cr crowd
		for i := range 5 {
			cr.visit(c, s, 1, fmt.Sprintf("/%d.css", i))
		}
		if cr.count(Passed, "fills") != 3 || cr.count(Filled, "filled") != 2 {
			t.Errorf("%+v", cr.outs)
		}
	})
}
