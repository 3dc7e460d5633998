package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// testShop is an origin inside the test: it answers at once, but holds requests
// for /slow until they are let go.
type testShop struct {
	*httptest.Server
	name    string
	asked   atomic.Int64
	held    chan struct{} // one for each request that is held
	letGo   chan struct{}
	release func()
	work    time.Duration // every other page takes this long
}

func newShop(l net.Listener, name string) *testShop {
	s := &testShop{name: name, held: make(chan struct{}, 1000), letGo: make(chan struct{})}
	s.release = sync.OnceFunc(func() { close(s.letGo) })
	s.Server = httptest.NewUnstartedServer(s)
	if l != nil {
		_ = s.Listener.Close()
		s.Listener = l
	}
	s.Start()
	return s
}

// shopFor is a shop for one test.
func shopFor(t *testing.T, name string) *testShop {
	t.Helper()
	s := newShop(nil, name)
	t.Cleanup(s.end)
	return s
}

func (s *testShop) end() {
	s.release()
	s.Close()
}

// ServeHTTP tells who asked what.
func (s *testShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.UserAgent(), "Falochron") { // not the edge's own question whose software this is
		s.asked.Add(1)
	}
	switch r.URL.Path {
	case "/slow":
		s.held <- struct{}{}
		<-s.letGo
	case "/echo":
		fmt.Fprintf(w, "host=%s for=%s proto=%s cookie=%s query=%s\n",
			r.Host, r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("Cookie"), r.URL.RawQuery)
		return
	case "/stock":
		_, _ = io.WriteString(w, `{"/p/last": 0, "/p/many": 500}`)
		return
	}
	if s.work > 0 {
		select {
		case <-time.After(s.work):
		case <-r.Context().Done():
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html><body>%s of %s</body></html>\n", url.PathEscape(r.URL.Path), s.name)
}
