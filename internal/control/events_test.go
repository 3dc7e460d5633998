package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

// reader is the far end of an event stream: it takes what it is sent, or stops
// taking while stuck.
type reader struct {
	mu        sync.Mutex
	head      http.Header
	status    int
	text      strings.Builder
	deadlines int
	stuck     chan struct{} // non-nil: writes wait for it, then fail as past their deadline
}

func (w *reader) Header() http.Header { return w.head }
func (w *reader) WriteHeader(s int)   { w.status = s }
func (w *reader) Flush()              {}
func (w *reader) SetWriteDeadline(time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadlines++
	return nil
}

func (w *reader) Write(b []byte) (int, error) {
	w.mu.Lock()
	stuck := w.stuck
	w.text.Write(b)
	w.mu.Unlock()
	if stuck != nil && strings.HasPrefix(string(b), "event") {
		<-stuck
		return 0, errors.New("deadline exceeded")
	}
	return len(b), nil
}

func (w *reader) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// tuneIn opens an event stream; done is closed when the handler has returned.
func tuneIn(ctx context.Context, c *Control, stuck chan struct{}, change ...func(*http.Request)) (*reader, chan struct{}) {
	w, done := &reader{head: make(http.Header), stuck: stuck}, make(chan struct{})
	r := httptest.NewRequest("GET", "http://127.0.0.1/api/v1/shops/perfumy.example/events", nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	for _, f := range change {
		f(r)
	}
	go func() {
		defer close(done)
		c.ServeHTTP(w, r)
	}()
	return w, done
}

func TestEventsCarryEachSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, _ := newControl(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() { c.Run(ctx) })
		synctest.Wait()
		gone, leave := context.WithCancel(t.Context())
		w, done := tuneIn(gone, c, nil)
		time.Sleep(time.Second / 2) // between two looks of the loop
		for range 5 {
			p.set(func(v *falochron.Vitals) { v.Arrivals += 7; v.InLine++ })
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if w.head.Get("Content-Type") != "text/event-stream" || !strings.HasPrefix(w.String(), "retry: 2000\n\n") {
			t.Errorf("%v %.80q", w.head, w.String())
		}
		events := strings.Split(w.String(), "event: vitals\ndata: ")[1:]
		if len(events) != 5 || w.deadlines < 5 {
			t.Fatalf("%d events, %d deadlines", len(events), w.deadlines)
		}
		var view View
		if err := json.Unmarshal([]byte(strings.TrimSpace(events[4])), &view); err != nil || view.Point.Arrivals != 7 || view.Vitals.InLine != 5 {
			t.Errorf("%v %+v", err, view)
		}
		leave()
		<-done
		if c.watch.hub.watched("perfumy.example") {
			t.Error("a reader who left is still there")
		}
		stop()
		loop.Wait()
	})
}

func TestASlowReaderIsDroppedAndOthersAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() { c.Run(ctx) })
		synctest.Wait()
		stuck := make(chan struct{})
		_, slow := tuneIn(ctx, c, stuck)
		w, fast := tuneIn(ctx, c, nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if open, dropped := c.watch.hub.counts(); open != 1 || dropped != 1 {
			t.Errorf("%d open, %d dropped", open, dropped)
		}
		if n := strings.Count(w.String(), "event:"); n != 10 {
			t.Errorf("the other reader got %d events", n)
		}
		close(stuck)
		<-slow
		stop()
		<-fast
		loop.Wait()
	})
}

func TestEventStreamsAreBoundedAndEndWithTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() { c.Run(ctx) })
		synctest.Wait()
		var all []chan struct{}
		for range maxListeners {
			_, done := tuneIn(t.Context(), c, nil)
			all = append(all, done)
		}
		synctest.Wait()
		w, done := tuneIn(t.Context(), c, nil)
		<-done
		if w.status != http.StatusServiceUnavailable || w.head.Get("Retry-After") == "" {
			t.Errorf("%d %s", w.status, w)
		}
		stop() // a drain: every stream ends though its reader stays
		for _, done := range all {
			<-done
		}
		loop.Wait()
		if w, done := tuneIn(t.Context(), c, nil); true {
			<-done
			if w.status != http.StatusServiceUnavailable {
				t.Errorf("after the loop: %d", w.status)
			}
		}
	})
}

// Whoever signs out on one page sees nothing more on any other, and a page left
// open overnight shows nothing once its session is over.
func TestEventStreamsEndWithTheirSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil) // no loop runs: twelve hours of seconds are many
		ctx, leave := context.WithCancel(t.Context())
		isOver := func(done chan struct{}) bool {
			synctest.Wait()
			select {
			case <-done:
				return true
			default:
				return false
			}
		}
		ola, jan := signIn(c, adminToken, "Ola"), signIn(c, adminToken, "Jan")
		_, olas := tuneIn(ctx, c, nil, inSession(ola))
		_, also := tuneIn(ctx, c, nil, inSession(ola))
		_, jans := tuneIn(ctx, c, nil, inSession(jan))
		_, token := tuneIn(ctx, c, nil)
		time.Sleep(time.Minute)
		if isOver(olas) || isOver(also) || isOver(jans) || isOver(token) {
			t.Fatal("a stream has ended by itself")
		}
		ask(c, "POST", "/logout", "", inSession(ola))
		if !isOver(olas) || !isOver(also) {
			t.Error("streams go on after the sign-out")
		}
		if isOver(jans) || isOver(token) {
			t.Error("somebody else's sign-out ended a stream")
		}
		time.Sleep(sessionLife - time.Minute - time.Second)
		if isOver(jans) {
			t.Error("a stream ended before its session")
		}
		time.Sleep(time.Second)
		if !isOver(jans) {
			t.Error("a stream outlives its session")
		}
		crowded := signIn(c, adminToken, "first")
		_, pushed := tuneIn(ctx, c, nil, inSession(crowded))
		time.Sleep(time.Second)
		for range maxSessions {
			signIn(c, adminToken, "more")
		}
		if !isOver(pushed) {
			t.Error("a stream outlives a session that had to go")
		}
		if isOver(token) {
			t.Error("the token's stream has ended")
		}
		leave()
		<-token
	})
}

func TestHeartbeatWhenThereIsNothingToSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil) // no loop runs
		ctx, leave := context.WithCancel(t.Context())
		w, done := tuneIn(ctx, c, nil)
		time.Sleep(2*heartbeat + time.Second)
		synctest.Wait()
		if n := strings.Count(w.String(), ": still here\n\n"); n != 2 {
			t.Errorf("%d heartbeats", n)
		}
		leave()
		<-done
	})
}

func TestHistoryKeepsFifteenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, j := newControl(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() { c.Run(ctx) })
		time.Sleep(100 * time.Second)
		p.set(func(v *falochron.Vitals) { v.InLine = 9 })
		time.Sleep(900 * time.Second)
		synctest.Wait()
		points, ok := c.watch.history("perfumy.example", keepSeconds)
		if !ok || len(points) != keepSeconds {
			t.Fatalf("%d points", len(points))
		}
		for i, q := range points {
			if i > 0 && q.Unix != points[i-1].Unix+1 || q.InLine != 9 {
				t.Fatalf("point %d: %+v after %+v", i, q, points[max(i-1, 0)])
			}
		}
		if last, _ := c.watch.history("perfumy.example", 5); len(last) != 5 || last[4] != points[keepSeconds-1] {
			t.Errorf("%+v", last)
		}
		if news := j.Since(time.Time{}, journal.Filter{Notes: true}); len(news) != 1 || news[0].Note != "line: opened" {
			t.Errorf("%+v", news)
		}
		stop()
		loop.Wait()
	})
}
