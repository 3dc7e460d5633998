package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

// piece is what a slow shop sends after a while; 0 bytes end the body.
type piece struct {
	after time.Duration
	bytes int
}

// halt is longer than anybody waits.
const halt = 1000 * time.Hour

// slow is a body of one letter that comes in pieces. The last one counts for all
// that follow. It ends with the fill, as the edge's do.
type slow struct {
	ctx    context.Context
	letter string
	pieces []piece
	left   int // of the piece under way
}

func (s *slow) Read(p []byte) (int, error) {
	if s.left == 0 {
		next := s.pieces[0]
		if len(s.pieces) > 1 {
			s.pieces = s.pieces[1:]
		}
		wait := time.NewTimer(next.after)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		}
		if s.left = next.bytes; s.left == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, strings.Repeat(s.letter, min(s.left, len(p))))
	s.left -= n
	return n, nil
}

func (s *slow) Close() error { return nil }

// slowly makes a shop whose answers are like bodies, in turn; what is asked beyond the
// last is answered at once. Each has a letter of its own.
func slowly(length int64, line string, bodies ...[]piece) *shop {
	s := &shop{}
	s.answer = func(ctx context.Context, _ *http.Request) (*http.Response, error) {
		n := s.asked()
		body := &slow{ctx: ctx, letter: string(rune('A' + n - 1)), pieces: []piece{{0, 4096}, {}}}
		if n <= len(bodies) {
			body.pieces = bodies[n-1]
		}
		return &http.Response{StatusCode: 200, Header: header(strings.Split(line, "\n")...), ContentLength: length, Body: body}, nil
	}
	return s
}

// long is a life that no test outlives.
const long = "Cache-Control: public, max-age=86400"

// A shop that sends the head of an answer, a few bytes, and then nothing, or next to
// nothing, has kept nobody but the one for whom it was asked, and whoever came within ten
// seconds: these are let go after half a minute. Who comes later begins anew; who looks
// for a part of it goes by himself; nothing is concluded about the URL.
func TestAStalledBodyKeepsNobody(t *testing.T) {
	for name, c := range map[string]struct {
		length int64
		pieces []piece
	}{
		"unknown length":         {-1, []piece{{0, 200}, {halt, 0}}},
		"with a Content-Length":  {4096, []piece{{0, 200}, {halt, 0}}},
		"nothing but the header": {-1, []piece{{halt, 0}}},
		"a byte now and then":    {-1, []piece{{0, 200}, {2 * time.Second, 1}}},
		"a byte every 4 minutes": {4096, []piece{{0, 200}, {4 * time.Minute, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := New(Config{})
				defer ch.Close()
				s := slowly(c.length, long, c.pieces)
				start := time.Now()
				ctx, leave := context.WithCancel(t.Context())
				var leader, early, late crowd
				r, k := get("/a.css")
				leader.send(ch, s, r.WithContext(ctx), k)
				time.Sleep(9 * time.Second)
				early.visit(ch, s, 20, "/a.css")
				synctest.Wait()
				if n := s.asked(); n != 1 {
					t.Fatalf("asked %d times within ten seconds", n)
				}
				time.Sleep(time.Second)
				r, k = get("/a.css", "Range: bytes=0-9")
				late.send(ch, s, r, k)
				if n := late.count(Passed, "range"); n != 1 {
					t.Errorf("a part: %+v", late.outs)
				}
				late = crowd{}
				late.visit(ch, s, 20, "/a.css")
				r, k = ask("HEAD", "/a.css")
				late.send(ch, s, r, k)
				late.wg.Wait()
				if n := s.asked(); n != 2 {
					t.Errorf("asked %d times", n)
				}
				for i, g := range late.gauges[:20] {
					if got := g.all(); got != strings.Repeat("B", 4096) || g.status != 200 {
						t.Errorf("visitor %d, who came late, has %d, %d bytes: %.20q", i, g.status, len(got), got)
					}
				}
				early.wg.Wait()
				if took := time.Since(start); early.broken != 20 || took != 30*time.Second {
					t.Errorf("%d of 20 who came early were let go after %v: %+v", early.broken, took, early.outs)
				}
				time.Sleep(20 * time.Minute) // the edge has its own word on that, see body_idle
				if len(leader.outs)+leader.broken > 0 {
					t.Errorf("the one for whom it was asked has %+v", leader.outs)
				}
				leave()
				leader.wg.Wait()
				synctest.Wait()
				if out, w := visit(ch, s, "/a.css"); out.How != Hit || w.Body.String() != strings.Repeat("B", 4096) {
					t.Errorf("afterwards: %+v %.20q", out, w.Body)
				}
				if st := ch.Stats(); st.InFlight != 0 || st.Objects != 1 || st.Releases != 0 {
					t.Errorf("%+v", st)
				}
			})
		})
	}
}

// RFC 9111 section 4.2.4: "A cache MUST NOT generate a stale response unless it is
// disconnected or doing so is explicitly permitted by the client or origin server".
//
// That holds for an answer that is still coming in, too. Whoever comes when its life is
// over, and the time for which it may go out stale, begins a new one, however well it
// gets on.
func TestNobodyJoinsWhatIsStale(t *testing.T) {
	for name, c := range map[string]struct {
		line  string
		joins time.Duration // until then
	}{
		"fresh for 10 s":              {"Cache-Control: public, max-age=10", 10 * time.Second},
		"was 4 s old":                 {"Cache-Control: public, max-age=10\nAge: 4", 6 * time.Second},
		"and may be stale for 20 s":   {"Cache-Control: public, max-age=10, stale-while-revalidate=20", 30 * time.Second},
		"but not after its life":      {"Cache-Control: public, max-age=10, stale-while-revalidate=20, must-revalidate", 10 * time.Second},
		"stale on arrival, as it may": {"Cache-Control: public, max-age=10, stale-while-revalidate=20\nAge: 12", 18 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := New(Config{})
				defer ch.Close()
				begun := time.Now()
				s := slowly(-1, c.line, []piece{{2 * time.Second, 2048}})
				var cr crowd
				cr.visit(ch, s, 1, "/a.css")
				time.Sleep(c.joins - time.Millisecond)
				ctx, leave := context.WithTimeout(t.Context(), time.Minute)
				defer leave()
				r, k := get("/a.css")
				cr.send(ch, s, r.WithContext(ctx), k)
				synctest.Wait()
				if n := s.asked(); n != 1 {
					t.Errorf("%d fills after %v", n, time.Since(begun))
				}
				time.Sleep(time.Millisecond)
				out, w := visit(ch, s, "/a.css")
				wantOutcome(t, out, Filled, "filled")
				if got := w.Body.String(); got != strings.Repeat("B", 4096) {
					t.Errorf("%.20q", got)
				}
				// What goes on coming in does not push out what is newer.
				if out, w = visit(ch, s, "/a.css"); out.How != Hit || w.Body.String() != strings.Repeat("B", 4096) {
					t.Errorf("%+v %.20q", out, w.Body)
				}
			})
		})
	}
}

// A full shop pauses in the middle of a page and goes on: everybody gets the page, and
// it is kept, unless somebody has come meanwhile and been given a newer one.
func TestAPauseInMidBody(t *testing.T) {
	for _, c := range []struct {
		pause    time.Duration
		comes    bool // somebody, in the pause
		followed bool // all have the page to its end
		kept     string
	}{
		{29 * time.Second, false, true, "A"},
		{29 * time.Second, true, true, "B"},
		{31 * time.Second, false, false, "A"},
		{4 * time.Minute, true, false, "B"},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := New(Config{})
				defer ch.Close()
				s := slowly(4096, long, []piece{{0, 2048}, {c.pause, 2048}, {}})
				var leader, others crowd
				leader.visit(ch, s, 1, "/a.css")
				synctest.Wait()
				others.visit(ch, s, 10, "/a.css")
				if c.comes {
					time.Sleep(12 * time.Second)
					visit(ch, s, "/a.css")
				}
				leader.wg.Wait()
				others.wg.Wait()
				if got := leader.gauges[0].all(); leader.count(Filled, "filled") != 1 || got != strings.Repeat("A", 4096) {
					t.Errorf("the first has %d bytes, %+v", len(got), leader.outs)
				}
				if whole := others.count(Followed, "collapsed"); (whole == 10) != c.followed || whole+others.broken != 10 {
					t.Errorf("%d have all of it, %d were let go", whole, others.broken)
				}
				out, w := visit(ch, s, "/a.css")
				if wantOutcome(t, out, Hit, "fresh"); w.Body.String() != strings.Repeat(c.kept, 4096) {
					t.Errorf("kept is %.20q", w.Body)
				}
			})
		})
	}
}

// After a pause in which nobody came, those who come join again.
func TestJoinsAgainWhenTheBodyGetsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := New(Config{})
		defer ch.Close()
		s := slowly(-1, long, []piece{{0, 2048}, {15 * time.Second, 2048}, {5 * time.Second, 2048}, {}})
		var cr crowd
		cr.visit(ch, s, 1, "/a.css")
		time.Sleep(16 * time.Second)
		cr.visit(ch, s, 1, "/a.css")
		if cr.count(Followed, "collapsed") != 1 || s.asked() != 1 || cr.gauges[1].all() != strings.Repeat("A", 6144) {
			t.Errorf("%d fills, %+v", s.asked(), cr.outs)
		}
	})
}

// Of a body that is looked through before anybody gets any of it, nobody has anything
// when it comes to a halt: those who wait are given what is stale, or are told after
// half a minute that nothing came.
func TestAStalledSealedBody(t *testing.T) {
	for _, stale := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ch := New(Config{})
			defer ch.Close()
			p := forbidden()
			line := "Cache-Control: no-store\nSet-Cookie: OCSESSID=abcdefgh"
			if stale {
				visitBy(ch, says("old", strings.Split(line, "\n")...), p, "/p")
				time.Sleep(2 * time.Minute)
			}
			s := slowly(-1, line, []piece{{0, 200}, {halt, 0}})
			start := time.Now()
			var early, late crowd
			for range 10 {
				r, k := get("/p")
				early.sendBy(ch, s, p, r, k)
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			r, k := get("/p")
			late.sendBy(ch, s, p, r, k)
			late.wg.Wait()
			if want := strings.Repeat("B", 4096); stale {
				// It does not wait for the shop any more: there is trouble.
				if late.count(Hit, "stale-if-error") != 1 || late.gauges[0].all() != "old" {
					t.Errorf("who comes late: %+v", late.outs)
				}
			} else if late.gauges[0].all() != want || s.asked() != 2 {
				t.Errorf("who comes late has %.20q, %d fills", late.gauges[0].all(), s.asked())
			}
			early.wg.Wait()
			if took := time.Since(start); took != 30*time.Second || early.broken != 0 {
				t.Errorf("%d broken, after %v", early.broken, took)
			}
			// Who came late has brought them a new one.
			for i, g := range early.gauges {
				if g.all() != strings.Repeat("B", 4096) {
					t.Errorf("stale %v: visitor %d has %.20q", stale, i, g.all())
				}
			}
			if n := early.count(Hit, "stale-if-error"); n != 10 {
				t.Errorf("stale %v: %d of 10: %+v", stale, n, early.outs[0])
			}
		})
	}
}

// Without anything that might go out instead, those who waited for a sealed body are
// told so, and nothing is concluded about the URL: the next is a fill again.
func TestNothingOfASealedBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := New(Config{})
		defer ch.Close()
		p := forbidden()
		s := slowly(-1, "Cache-Control: no-store\nSet-Cookie: OCSESSID=abcdefgh", []piece{{0, 200}, {halt, 0}})
		var cr crowd
		for range 10 {
			r, k := get("/p")
			cr.sendBy(ch, s, p, r, k)
		}
		if n := cr.count(Failed, "fill-failed"); n != 10 || falochron.KindOf(cr.outs[0].Err) != falochron.Unavailable || !errors.Is(cr.outs[0].Err, errTimeout) {
			t.Errorf("%d of 10: %+v", n, cr.outs[0])
		}
		for i, g := range cr.gauges {
			if len(g.h) != 0 || g.status != 0 || g.all() != "" {
				t.Errorf("visitor %d got %v %d %q", i, g.h, g.status, g.all())
			}
		}
		out, _ := visitBy(ch, s, p, "/p")
		wantOutcome(t, out, Filled, "filled")
	})
}

// A fill that has stalled and that nobody reads, because it was begun in the background
// or because all have left, is given up, with all that it holds.
func TestAStalledBodyThatNobodyReads(t *testing.T) {
	for _, read := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ch := New(Config{})
			defer ch.Close()
			visitBy(ch, says("old", public), contract(), "/a.css")
			kept := ch.Stats().Bytes
			time.Sleep(61 * time.Second)
			s := slowly(-1, public, []piece{{0, 200}, {halt, 0}})
			ctx, leave := context.WithCancel(t.Context())
			if read {
				time.Sleep(time.Minute) // it may not go out stale any more, but after an error
				var cr crowd
				r, k := get("/a.css")
				cr.sendBy(ch, s, contract(), r.WithContext(ctx), k)
			} else {
				out, _ := visitBy(ch, s, contract(), "/a.css")
				wantOutcome(t, out, Hit, "stale-while-revalidate")
			}
			time.Sleep(9 * time.Second)
			synctest.Wait()
			if st := ch.Stats(); s.asked() != 1 || st.InFlight != 1 {
				t.Errorf("after nine seconds: %d fills, %+v", s.asked(), st)
			}
			time.Sleep(3 * time.Second)
			leave()
			synctest.Wait()
			if st := ch.Stats(); st.InFlight != 0 || st.Bytes != kept {
				t.Errorf("given up: %+v, %d bytes before", st, kept)
			}
			// A shop in trouble is not waited for.
			time.Sleep(49 * time.Second)
			out, w := visitBy(ch, s, contract(), "/a.css")
			if wantOutcome(t, out, Hit, "stale-if-error"); w.Body.String() != "old" {
				t.Errorf("%q", w.Body)
			}
		})
	}
}

// counted counts what it is sent.
type counted struct {
	h http.Header
	n int
}

func (c *counted) Header() http.Header { return c.h }
func (c *counted) WriteHeader(int)     {}
func (c *counted) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// A download of 300 MB from a slow shop, which pauses longer than anybody would join
// it, gets to its end, for all who have begun to read it.
func TestALargeSlowDownload(t *testing.T) {
	const size = 300 << 20
	for _, c := range []struct {
		name   string
		length int64
		passes bool // each asks for himself
	}{{"unknown length", -1, false}, {"with a Content-Length", size, true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := New(Config{})
				defer ch.Close()
				pieces := []piece{{time.Second, 20 << 20}}
				for sent := 20 << 20; sent < size; sent += 20 << 20 {
					pieces = append(pieces, piece{4 * time.Minute, 20 << 20})
				}
				s := slowly(c.length, long, append(pieces, piece{}))
				var all sync.WaitGroup
				for range 3 {
					all.Go(func() {
						r, k := get("/film.mp4")
						w := &counted{h: http.Header{}}
						out := ch.Serve(w, r, k, plain(k), s.fill)
						if out.Answered() == c.passes || !c.passes && w.n != size {
							t.Errorf("%+v, %d bytes", out, w.n)
						}
					})
				}
				all.Wait()
				if s.asked() != 1 {
					t.Errorf("asked %d times", s.asked())
				}
			})
		})
	}
}

// A seal of the kinds: many visitors, and fills that stall and make way for others all
// the time. Nobody's answer is put together from two.
func TestStalledBodiesAreNotMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := New(Config{})
		defer ch.Close()
		var bodies [][]piece
		for i := range 50 {
			pause := time.Duration(i%5) * 7 * time.Second
			bodies = append(bodies, []piece{{time.Second, 3000}, {pause, 2000}, {pause, 1000}, {}})
		}
		s := slowly(-1, "Cache-Control: public, max-age=3", bodies...)
		var cr crowd
		for i := range 200 {
			lines := []string(nil)
			if i%3 == 0 {
				lines = []string{fmt.Sprintf("Cookie: me=fan%d", i)}
			}
			cr.visit(ch, s, 1, "/a.css", lines...)
			time.Sleep(500 * time.Millisecond)
		}
		cr.wg.Wait()
		if n := s.asked(); n < 10 || n > 50 {
			t.Fatalf("%d fills: the story needs some", n)
		}
		whole := 0
		for i, g := range cr.gauges {
			got := g.all()
			if got == "" || strings.Trim(got, got[:1]) != "" {
				t.Errorf("visitor %d has %d bytes of several answers, or none", i, len(got))
			}
			if len(got) == 6000 {
				whole++
			}
		}
		if whole+cr.broken < 200 || whole < 100 {
			t.Errorf("%d have all of it, %d were let go", whole, cr.broken)
		}
		for _, r := range s.requests {
			if len(r.Header["Cookie"]) > 0 {
				t.Error("a fill has a cookie")
			}
		}
	})
}
