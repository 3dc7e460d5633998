package scenario

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// shop is an origin: pages that take their time, counted.
type shop struct {
	world   *world
	name    string
	address string
	hosts   []string
	limit   int // the edge's ceiling before it
	handler http.HandlerFunc
	server  *http.Server
	workers chan struct{} // nil = as many as come

	mu     sync.Mutex // guards the following
	pages  map[string]offer
	seen   map[string]int // requests by path, and by method and path
	now    int
	peak   int
	lastly *http.Request // the last request, for tests that look at it

	working sync.WaitGroup
	leaks   atomic.Int64
	leaked  atomic.Value
}

// offer is a page of a shop.
type offer struct {
	takes  time.Duration
	fresh  time.Duration
	status int
	bare   bool // names no style sheet, though the shop may have one
}

// shop adds an origin for hosts (none: for every host) and opens it.
func (w *world) shop(name string, hosts ...string) *shop {
	s := &shop{
		world: w, name: name, address: fmt.Sprintf("10.0.1.%d:80", len(w.shops)+1), hosts: hosts,
		pages: make(map[string]offer), seen: make(map[string]int),
	}
	w.shops = append(w.shops, s)
	s.up()
	return s
}

func (s *shop) up() {
	s.world.Helper()
	l, err := s.world.net.Listen(s.address)
	if err != nil {
		s.world.Fatal(err)
	}
	s.server = &http.Server{Handler: s}
	go s.server.Serve(l)
}

func (s *shop) down() { s.server.Close() }

// ServeHTTP works on every request to its end, whether or not somebody waits
// for it, as PHP does.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if trace := fmt.Sprint(r.RequestURI, r.Header); strings.Contains(trace, "falo_") {
		s.leaks.Add(1)
		s.leaked.Store(trace)
	}
	s.working.Add(1)
	defer s.working.Done()
	s.mu.Lock()
	o, known := s.pages[r.URL.Path]
	_, styled := s.pages["/style.css"]
	s.seen[""]++
	s.seen[r.URL.Path]++
	s.seen[r.Method+" "+r.URL.Path]++
	s.now++
	s.peak = max(s.peak, s.now)
	s.lastly = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if s.handler != nil {
		s.handler(w, r)
		return
	}
	if !known && r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	if s.workers != nil {
		s.workers <- struct{}{}
		defer func() { <-s.workers }()
	}
	time.Sleep(o.takes)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if o.fresh > 0 {
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(o.fresh.Seconds())))
	}
	if o.status != 0 {
		w.WriteHeader(o.status)
	}
	style := ""
	if styled && !o.bare {
		style = `<link rel="stylesheet" href="/style.css">`
	}
	io.WriteString(w, "<!doctype html><html><head><title>"+r.URL.Path+"</title>"+style+"</head><body>shop "+s.name+"</body></html>")
}

// requests counts what came, by path or by "METHOD path"; "" counts all.
func (s *shop) requests(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[what]
}

func (s *shop) inFlight() (now, peak int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.peak
}

// last is the last request that came.
func (s *shop) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastly
}
