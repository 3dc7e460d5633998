package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// host is a hosting company's own API as docs/fleet.md asks for it, with a shop. A replica
// starts in a fifth of a second and leaves in a tenth.
type host struct {
	*httptest.Server
	mu           sync.Mutex
	all, changes int
	fault        fleettest.Fault
	spoilt, held bool
	taken        bool // 202 and Location instead of 200
	version      int
	base, most   int
	order        *hostOrder
	members      []hostMember
	up           map[string]time.Time // since when the ready ones are
	leaves       map[string]time.Time
	serial       int
	ids          map[string]bool // idempotency keys
	repeated     int
	said         []orderBody
}

func newHost(t testing.TB) *host {
	h := &host{base: 1, most: 6, fault: fleettest.None, up: map[string]time.Time{}, leaves: map[string]time.Time{}, ids: map[string]bool{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	h.settle(nil)
	h.members[0].Own = false
	h.members[0].Ordered = time.Now().Add(-time.Hour)
	h.up[h.members[0].ID] = time.Now().Add(-time.Hour)
	return h
}

func (h *host) config() Config {
	return Config{URL: h.URL + "/shops/17/replicas", Key: key, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

func (h *host) wanted() int {
	if h.order != nil {
		return h.order.Replicas
	}
	return h.base
}

func (h *host) settle(leave []string) {
	stay := 0
	for _, m := range h.members {
		if h.leaves[m.ID].IsZero() {
			stay++
		}
	}
	for ; stay < h.wanted(); stay++ {
		h.serial++
		m := hostMember{ID: fmt.Sprint("r", h.serial), URL: fmt.Sprintf("http://10.1.0.%d:8080", h.serial), Own: true, Ordered: time.Now()}
		if h.spoilt {
			m.Why = "exit status 1"
		}
		h.members = append(h.members, m)
	}
	for _, goes := range []func(hostMember) bool{
		func(m hostMember) bool { return m.Why != "" },
		func(m hostMember) bool { return slices.Contains(leave, m.ID) },
		func(hostMember) bool { return true },
	} {
		for i := len(h.members) - 1; i >= 0 && stay > h.wanted(); i-- {
			if m := h.members[i]; m.Own && h.leaves[m.ID].IsZero() && goes(m) {
				h.leaves[m.ID] = time.Now()
				stay--
			}
		}
	}
}

func (h *host) state() hostState {
	h.members = slices.DeleteFunc(h.members, func(m hostMember) bool {
		at := h.leaves[m.ID]
		return !at.IsZero() && time.Since(at) > 100*time.Millisecond
	})
	n := h.wanted()
	s := hostState{Replicas: &n, Max: h.most, Order: h.order}
	for _, m := range h.members {
		if now := time.Now(); h.up[m.ID].IsZero() && !h.held && now.After(m.Ordered.Add(200*time.Millisecond)) {
			h.up[m.ID] = now
		}
		switch up := h.up[m.ID]; {
		case !h.leaves[m.ID].IsZero():
			m.Phase, m.Since = "draining", h.leaves[m.ID]
		case m.Why != "":
			m.Phase = "failed"
		case up.IsZero():
			m.Phase, m.Since = "starting", m.Ordered
		default:
			m.Phase, m.Since = "ready", up
		}
		s.Members = append(s.Members, m)
	}
	return s
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	cut := func() {
		c, _, _ := http.NewResponseController(w).Hijack()
		_ = c.Close()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	change := r.Method != http.MethodGet
	h.all++
	if change {
		h.changes++
	}
	at, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	if d := time.Since(time.Unix(at, 0)); d.Abs() > 5*time.Minute || r.Header.Get("Webhook-Signature") != sign(key, r.Header.Get("Webhook-Id"), time.Unix(at, 0), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch {
	case h.fault == fleettest.Gone:
		cut()
		return
	case h.fault == fleettest.Slow:
		h.mu.Unlock()
		<-r.Context().Done()
		h.mu.Lock()
		return
	case h.fault == fleettest.Garbled:
		fmt.Fprint(w, "<html>It works!")
		return
	case h.fault == fleettest.Refusing && change:
		w.WriteHeader(http.StatusForbidden)
		return
	case h.fault == fleettest.Stale && change:
		h.fault = fleettest.None
		h.version++
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	case h.fault == fleettest.Deaf && change:
		fmt.Fprint(w, "{}")
		return
	}
	etag := fmt.Sprintf(`"%d"`, h.version)
	if change {
		if r.Header.Get("If-Match") != etag {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		if h.ids[r.Header.Get("Webhook-Id")] {
			h.repeated++
		}
		h.ids[r.Header.Get("Webhook-Id")] = true
		h.version++
		var o orderBody
		if r.Method == http.MethodPost {
			if err := json.Unmarshal(body, &o); err != nil || o.Type != "falochron.replicas" {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			h.said = append(h.said, o)
			h.order = &hostOrder{o.Data.Replicas, o.Data.Expires}
		} else {
			h.order = nil
		}
		h.settle(o.Data.Leave)
		if h.fault == fleettest.Cut {
			cut()
			return
		}
		if h.taken {
			w.Header().Set("Location", "/orders/1")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]int{"replicas": h.wanted()})
		return
	}
	w.Header().Set("ETag", etag)
	_ = json.NewEncoder(w).Encode(h.state())
}

func TestSuite(t *testing.T) {
	fleettest.Run(t, func(t testing.TB) *fleettest.Stage {
		h := newHost(t)
		return &fleettest.Stage{
			New: func(t testing.TB) fleet.Driver {
				cfg := h.config()
				cfg.Timeout = time.Minute // of a machine that does much else
				d, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				return d
			},
			Base: h.base, Most: h.most,
			Calls:  func() (int, int) { h.mu.Lock(); defer h.mu.Unlock(); return h.all, h.changes },
			Spoil:  func(_ testing.TB, spoilt bool) { h.mu.Lock(); defer h.mu.Unlock(); h.spoilt = spoilt },
			Hold:   func(_ testing.TB, held bool) { h.mu.Lock(); defer h.mu.Unlock(); h.held = held },
			Fault:  func(_ testing.TB, f fleettest.Fault) { h.mu.Lock(); defer h.mu.Unlock(); h.fault = f },
			Cannot: map[string]string{"nothing-of-others-is-touched": "the host alone knows what is whose"},
		}
	})
}

func order(t testing.TB, d *Driver, n int) (fleet.Order, error) {
	t.Helper()
	return d.Scale(t.Context(), fleet.Want{Replicas: n, Expires: time.Now().Add(time.Hour).Truncate(time.Second), Reason: "wave", Leave: []string{"r2"}})
}
