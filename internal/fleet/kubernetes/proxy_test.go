package kubernetes

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// wire is the way from the driver to an API server, true or fake: it counts, and it breaks
// in the ways that an engine can.
type wire struct {
	server *httptest.Server
	api    http.Handler

	mu        sync.Mutex
	fault     fleettest.Fault
	all       int
	changes   int
	forbidden []string // what was answered by 403
	asked     map[string]int
	before    func(*http.Request) // called before a request is passed on
}

func newWire(t testing.TB, api http.Handler) *wire {
	w := &wire{api: api, fault: fleettest.None, asked: map[string]int{}}
	w.server = httptest.NewTLSServer(w) // a token goes over nothing less
	t.Cleanup(func() {
		w.broken(fleettest.None)
		w.server.CloseClientConnections()
		w.server.Close()
	})
	return w
}

func (l *wire) broken(f fleettest.Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
}

func (l *wire) calls() (all, changes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all, l.changes
}

func (l *wire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	change := r.Method != http.MethodGet
	l.mu.Lock()
	l.all++
	if change {
		l.changes++
	}
	l.asked[r.Method+" "+r.URL.Path]++
	fault, before := l.fault, l.before
	if fault == fleettest.Stale && change {
		l.fault = fleettest.None
	}
	l.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case fault == fleettest.Gone:
		cutOff(w)
		return
	case fault == fleettest.Slow:
		<-r.Context().Done()
		return
	case fault == fleettest.Garbled:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "<html>Welcome to the captive portal")
		return
	case fault == fleettest.Refusing && change:
		fail(w, 403, "Forbidden", "it is forbidden: User cannot patch resource")
		return
	case fault == fleettest.Stale && change:
		fail(w, 409, "Conflict", "Operation cannot be fulfilled: the object has been modified")
		return
	case fault == fleettest.Deaf && change:
		get := r.Clone(r.Context())
		get.Method, get.Body = http.MethodGet, http.NoBody
		got := httptest.NewRecorder()
		l.api.ServeHTTP(got, get)
		var is, change object
		_, _ = json.Unmarshal(got.Body.Bytes(), &is), json.Unmarshal(body, &change)
		answer(w, 200, merge(is, change))
		return
	}
	if before != nil {
		before(r)
	}
	got := httptest.NewRecorder()
	l.api.ServeHTTP(got, r)
	if got.Code == http.StatusForbidden {
		l.mu.Lock()
		l.forbidden = append(l.forbidden, r.Method+" "+r.URL.Path)
		l.mu.Unlock()
	}
	if fault == fleettest.Cut && change {
		cutOff(w)
		return
	}
	for k, v := range got.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

func cutOff(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}
