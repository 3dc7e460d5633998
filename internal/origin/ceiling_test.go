package origin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// One visitor number stands for a crowd that the draw puts on one replica.
func TestReplicaAtItsCeilingKeepsNoVisitor(t *testing.T) {
	for _, tt := range []struct {
		ceiling int
		want    []int // requests at each replica, most first
	}{
		{0, []int{7, 0, 0}}, {-1, []int{7, 0, 0}}, {2, []int{3, 2, 2}}, {5, []int{5, 1, 1}}, {100, []int{7, 0, 0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			pool, stalls := market(t, 3, Config{ReplicaCeiling: tt.ceiling})
			defer closeAll(pool, stalls)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for _, s := range stalls {
				s.handler = func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/slow" {
						<-r.Context().Done()
					}
				}
			}
			home := visit(pool, "GET", "/", ForwardOptions{Sticky: 7}).Replica
			for range 7 {
				go pool.Forward(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/slow", nil), ForwardOptions{Sticky: 7})
				synctest.Wait()
			}
			var got []int
			for _, v := range pool.Vitals() {
				got = append(got, v.InFlight)
			}
			slices.Sort(got)
			slices.Reverse(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("ceiling %d: seven requests of one visitor stand %v, want %v", tt.ceiling, got, tt.want)
			}
			cancel()
			time.Sleep(time.Second)
			if now := visit(pool, "GET", "/", ForwardOptions{Sticky: 7}).Replica; now != home {
				t.Errorf("ceiling %d: afterwards the visitor is at %s, not back at %s", tt.ceiling, now, home)
			}
		})
	}
}

// A stream of events may stay open for hours; it must not push visitors off
// their replica.
func TestOpenEventStreamIsNoRequestInFlight(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	resp, err := http.Get(e.URL) // returns with the head
	if err != nil {
		t.Fatal(err)
	}
	if v := e.pool.Vitals()[0]; v.InFlight != 0 {
		t.Errorf("in flight %d while the stream is open", v.InFlight)
	}
	resp.Body.Close()
	e.result(t)
	if v := e.pool.Vitals()[0]; v.InFlight != 0 {
		t.Errorf("in flight %d after its end", v.InFlight)
	}
	http.DefaultClient.CloseIdleConnections()
}
