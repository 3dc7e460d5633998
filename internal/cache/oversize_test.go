package cache

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A body larger than MaxObject streams through to all who read it, at the pace
// of the slowest, and is not stored.
func TestOversizeStreamsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxObject: 20 << 10})
		defer c.Close()
		empty := c.Stats().Bytes
		resp, body := piped(-1, public)
		s := &shop{answer: answerWith(resp)}
		var cr crowd
		cr.visit(c, s, 5, "/film.mp4")
		ctx, leave := context.WithCancel(t.Context())
		r, k := get("/film.mp4")
		cr.send(c, s, r.WithContext(ctx), k)
		synctest.Wait()                                   // all have joined before there is anything to read
		want := strings.Repeat("0123456789abcdef", 8<<10) // 128 KiB
		go func() {
			io.Copy(body, strings.NewReader(want[:64<<10]))
			leave()
			io.Copy(body, strings.NewReader(want[64<<10:]))
			body.Close()
		}()
		synctest.Wait()
		cr.wg.Wait()
		for i, g := range cr.gauges[:5] {
			if g.all() != want {
				t.Errorf("visitor %d has %d bytes", i, len(g.all()))
			}
		}
		if !strings.HasPrefix(want, cr.gauges[5].all()) {
			t.Error("who left has something else")
		}
		if st := c.Stats(); st.Objects != 0 || st.Bytes != empty || st.InFlight != 0 {
			t.Errorf("%+v", st)
		}
		out, _ := visit(c, s, "/film.mp4")
		wantOutcome(t, out, Passed, "hit-for-miss")
	})
}

// What has grown too large to keep takes what was kept of it along.
func TestOversizeReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxObject: 20 << 10})
		defer c.Close()
		visitBy(c, says("small", public), contract(), "/film.mp4")
		time.Sleep(5 * time.Minute)
		resp, body := piped(-1, public)
		go func() { body.Write(make([]byte, 64<<10)); body.Close() }()
		out, w := visitBy(c, &shop{answer: answerWith(resp)}, contract(), "/film.mp4")
		if wantOutcome(t, out, Filled, "filled"); w.Body.Len() != 64<<10 || c.Stats().Objects != 0 {
			t.Errorf("%d bytes, %+v", w.Body.Len(), c.Stats())
		}
	})
}

// All readers of an oversize body leave: the fill ends.
func TestOversizeNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxObject: 20 << 10})
		defer c.Close()
		resp, body := piped(-1, public)
		ctx, leave := context.WithCancel(t.Context())
		var cr crowd
		r, k := get("/film.mp4")
		cr.send(c, &shop{answer: answerWith(resp)}, r.WithContext(ctx), k)
		go func() {
			for {
				if _, err := body.Write(make([]byte, 4<<10)); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		time.Sleep(30 * time.Second)
		leave()
		cr.wg.Wait()
		time.Sleep(30 * time.Second)
		if st := c.Stats(); st.InFlight != 0 || st.Objects != 0 || st.Failures != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// An exactly fitting body of unknown length is stored.
func TestExactlyMaxObject(t *testing.T) {
	for _, size := range []int{20 << 10, 16 << 10, 20<<10 + 1} {
		c := New(Config{MaxObject: 20 << 10})
		want := strings.Repeat("x", size)
		resp := response(want, public)
		resp.ContentLength = -1
		_, w := visit(c, &shop{answer: answerWith(resp)}, "/a.css")
		if w.Body.String() != want {
			t.Errorf("%d bytes of %d", w.Body.Len(), size)
		}
		c.Close()
		if stored := c.Stats().Objects == 1; stored != (size <= 20<<10) {
			t.Errorf("%d bytes: stored %v", size, stored)
		}
	}
}
