package external

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// cluster is an autoscaler in charge of a shop, which asks the driver that was made last,
// and a name that has the address of every replica.
type cluster struct {
	base int

	mu    sync.Mutex
	addr  string // of who is asked; empty: there is nobody
	pods  []netip.Addr
	next  netip.Addr
	looks int
}

func newCluster(t testing.TB, base int) *cluster {
	c := &cluster{base: base, next: netip.MustParseAddr("10.1.0.1")}
	c.scale(base)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var k *keda
		for {
			select {
			case <-quit:
				return
			case <-time.After(10 * time.Millisecond):
			}
			c.mu.Lock()
			addr := c.addr
			c.mu.Unlock()
			if addr != "" && (k == nil || k.metadata["scalerAddress"] != addr) {
				k = newKEDA(t, addr)
			}
			if k != nil {
				c.sync(k)
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
	return c
}

// scale has the youngest go first.
func (c *cluster) scale(n int) {
	for ; len(c.pods) < n; c.next = c.next.Next() {
		c.pods = append(c.pods, c.next)
	}
	c.pods = c.pods[:n]
}

// sync does what KEDA and its HPA do in one turn: without an answer nothing.
func (c *cluster) sync(k *keda) {
	said, err := k.metrics(metricName)
	if err != nil {
		return
	}
	n := 0
	for _, d := range said {
		if d >= '0' && d <= '9' {
			n = 10*n + int(d-'0')
		} else if d == ' ' && n > 0 {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.addr == k.metadata["scalerAddress"] {
		c.scale(max(n, c.base))
	}
}

func (c *cluster) lookup(context.Context, string) ([]netip.Addr, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return slices.Clone(c.pods), nil
}

func (c *cluster) ask(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addr = addr
}

func podsURL() *url.URL { return &url.URL{Scheme: "http", Host: "shop-pods.shop.svc:8080"} }

// open makes a driver that serves on loopback.
func open(t testing.TB, c *cluster) *Driver {
	t.Helper()
	d, err := New(Config{Shop: "boots", Listen: "127.0.0.1:0", Replicas: podsURL(), Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	d.lookup = c.lookup
	return d
}

// What every driver has to do, where it can be done by somebody who only answers.
func TestSuite(t *testing.T) {
	fleettest.Run(t, func(t testing.TB) *fleettest.Stage {
		c := newCluster(t, 2)
		const engine = "nobody is asked for more: who scales asks us"
		return &fleettest.Stage{
			New: func(t testing.TB) fleet.Driver {
				d := open(t, c)
				c.ask(d.Addr())
				return d
			},
			Kill:  func(_ testing.TB, d fleet.Driver) { _ = d.Close() },
			Base:  2,
			Calls: func() (int, int) { c.mu.Lock(); defer c.mu.Unlock(); return c.looks, 0 },
			Cannot: map[string]string{
				"starting-then-ready":                  "only who starts replicas sees them before they are ready",
				"those-named-leave-first":              "the autoscaler chooses by itself",
				"nothing-of-others-is-touched":         "nothing is touched at all",
				"failing-replicas-are-told":            "one that is not ready has no address",
				"the-next-program-undoes-what-expired": "the number is kept in our memory: with our end there is none",
				"a-renewed-order-stays":                "the number is kept in our memory: with our end there is none",
				"gone":                                 engine, "slow": engine, "garbled": engine, "deaf": engine, "cut": engine, "refusing": engine, "stale": engine,
			},
		}
	})
}
