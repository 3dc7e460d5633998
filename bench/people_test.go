package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/falochron/falochron"
)

// fussyEdge lets in every third knock, and refuses whoever asks for more than people may.
type fussyEdge struct {
	mu     sync.Mutex // guards what follows
	knocks int
	given  int
	asked  map[string]int
	most   int // that one person asked for
}

func (e *fussyEdge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, err := r.Cookie("falo_i1")
	if err == nil {
		e.asked[c.Value]++
		if e.most = max(e.most, e.asked[c.Value]); e.asked[c.Value] > 60 && r.URL.Path == "/page" {
			w.WriteHeader(http.StatusTooManyRequests)
		}
		return
	}
	if e.knocks++; e.knocks%3 == 0 {
		if _, err := r.Cookie("falo_w1"); err != nil {
			http.Error(w, "the ticket of the line was forgotten", http.StatusBadRequest)
			return
		}
		e.given++
		w.Header().Set("Set-Cookie", fmt.Sprintf("falo_i1=%d; Path=/", e.given))
		return
	}
	w.Header().Set("Set-Cookie", "falo_w1=t; Path=/")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// Nobody is asked for more than people ask, whatever is measured; and those who come in do
// so before it, through the line if there is one.
func TestManyPeopleAskForMuch(t *testing.T) {
	e := &fussyEdge{asked: map[string]int{}}
	srv := httptest.NewServer(e)
	defer srv.Close()
	s := &stand{edgeAt: srv.Listener.Addr().String()}
	c := costCase{path: "/page", who: within, status: 200}
	if err := s.prepare(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if len(s.requests) != 4 || s.conns != 4 {
		t.Errorf("%d people look, %d connections", len(s.requests), s.conns)
	}
	const n = 130 // three people
	if err := s.turn(t.Context(), c, n); err == nil || falochron.HintOf(err) == "" {
		t.Errorf("nobody was invited: %v", err)
	}
	if err := s.invite(t.Context(), c, 2, n); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before := e.knocks
		if err := s.turn(t.Context(), c, n); err != nil {
			t.Fatal(err)
		}
		if e.knocks != before {
			t.Errorf("%d knocked in a measurement", e.knocks-before)
		}
	}
	if e.given != 4+3+3 || e.most > pagesEach {
		t.Errorf("%d people, of whom one asked %d times", e.given, e.most)
	}
	// Of what scripts fetch a person may ask for more.
	c.path = "/basket"
	if peopleFor(c.path, readsEach) != 1 || peopleFor(c.path, readsEach+1) != 2 {
		t.Error("people for the basket")
	}
	if requests, err := s.asking(costCase{path: "/basket", who: inLine}, 7); err != nil || len(requests) != 4 {
		t.Errorf("who waits asks again and again: %d, %v", len(requests), err)
	}
}

func TestNobodyIsLetIn(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	s := &stand{edgeAt: srv.Listener.Addr().String(), conns: 1}
	if err := s.prepare(t.Context(), costCase{path: "/page", who: inLine}); err == nil || !strings.Contains(err.Error(), "falo_w1") {
		t.Error(err)
	}
	srv.Close()
	if err := s.prepare(t.Context(), costCase{path: "/page", who: within}); err == nil {
		t.Error("an edge that is gone lets people in")
	}
}

// The clock of a process goes on while it works, and knows nobody who is gone.
func TestBurntBy(t *testing.T) {
	before, ok := burntBy(os.Getpid())
	for began, x := before, 0; ok && before < began+0.02; x++ {
		before, ok = burntBy(os.Getpid())
	}
	if !ok {
		t.Error("the kernel does not say")
	}
	if _, ok := burntBy(1 << 22); ok { // beyond the largest number of a process
		t.Error("nobody has burnt something")
	}
}
