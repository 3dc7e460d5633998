package scenario

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/memnet"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
)

// One processor: in Go 1.26 the race detector crashes when two goroutines of a
// bubble set timers that have run out already, which the standard library's
// proxy does with each answer, on two processors at once (both timers run with
// the bubble's one race context). Races are found on one processor as well.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)
	goleak.VerifyTestMain(m)
}

const edgeAddress = "10.0.0.1:80"

// world is all that a scenario has: the network, the shops, the edge, and what
// outlives a restart of the edge.
type world struct {
	*testing.T
	net     memnet.Net
	store   *state.Store
	ring    *ticket.Keyring
	journal *journal.Journal
	shops   []*shop
	way     *http.Transport // of all visitors to the edge

	trust accept.Trust
	cfg   func(*edge.ShopConfig) // a test's last word on each shop's settings
	edge  *edge.Server
	front *accept.Server
	ends  []func() // of the running edge, in order

	over   context.Context // ends when the story does: people go home
	people sync.WaitGroup
}

// story runs f in a bubble with a world of its own, and sees to its end.
func story(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, store: state.Memory(), journal: journal.New(journal.Config{Size: 20_000, PassSample: 1})}
		var err error
		if w.ring, err = ticket.NewKeyring(time.Now(), rand.Reader); err != nil {
			t.Fatal(err)
		}
		w.way = &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return w.net.DialContext(ctx, "tcp", edgeAddress)
			},
			MaxIdleConnsPerHost: 1000, DisableCompression: true,
		}
		over, home := context.WithCancel(context.Background())
		w.over = over
		defer w.end()
		defer home()
		f(w)
	})
}

func (w *world) end() {
	w.people.Wait()
	w.stop()
	w.way.CloseIdleConnections()
	for _, s := range w.shops {
		s.down()
		s.working.Wait()
		if n := s.leaks.Load(); n > 0 {
			w.Errorf("%s saw %d requests with a cookie or ticket of ours, the last: %v", s.name, n, s.leaked.Load())
		}
	}
}

// start opens the edge before all shops there are.
func (w *world) start(mode falochron.Mode, o origin.Config) {
	w.Helper()
	var err error
	if w.edge, err = edge.New(edge.Config{Journal: w.journal, Trust: w.trust}); err != nil {
		w.Fatal(err)
	}
	w.reload(mode, o)
	listener, err := w.net.Listen(edgeAddress)
	if err != nil {
		w.Fatal(err)
	}
	if w.front, err = accept.Listen(accept.Config{Listener: listener, H2C: true}); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.edge.Run(ctx) })
	running.Go(func() {
		if err := w.front.Serve(w.edge); err != nil {
			w.Error(err)
		}
	})
	w.ends = append([]func(){func() {
		late, done := context.WithTimeout(context.Background(), 3*time.Minute)
		defer done()
		if err := w.front.Drain(late); err != nil {
			w.Errorf("requests were still under way: %v", err)
		}
		if n := w.front.Counts().Panics; n > 0 {
			w.Errorf("%d panics", n)
		}
		cancel()
		running.Wait()
	}}, w.ends...)
}

// reload gives the edge its shops, anew or for the first time.
func (w *world) reload(mode falochron.Mode, o origin.Config) {
	w.Helper()
	var list []edge.ShopConfig
	for _, s := range w.shops {
		list = append(list, w.settings(s, mode, o))
	}
	if err := w.edge.SetShops(list); err != nil {
		w.Fatal(err)
	}
}

func (w *world) settings(s *shop, mode falochron.Mode, o origin.Config) edge.ShopConfig {
	w.Helper()
	kept, err := w.store.Shop(s.name)
	if err != nil {
		w.Fatal(err)
	}
	o.URLs, o.DialContext = []string{"http://" + s.address}, w.net.DialContext
	pool, err := origin.New(o, nil)
	if err != nil {
		w.Fatal(err)
	}
	pages, err := page.New(page.Config{ShopName: s.name, DefaultLang: "en", Location: time.UTC})
	if err != nil {
		w.Fatal(err)
	}
	kitchen := cache.New(cache.Config{MaxBytes: 1 << 20})
	w.ends = append(w.ends, kitchen.Close, pool.Close)
	c := edge.ShopConfig{
		Name: s.name, Hosts: s.hosts, Mode: mode, Limits: admit.Config{Start: s.limit, Ceiling: s.limit}, Ceiling: s.limit,
		Platform: preset.Generic().Platform(), Pool: pool, Cache: kitchen, Pages: pages, State: kept,
		Keys:       w.ring.Shop(s.name, kept.Epoch(), ticket.Lives{}),
		GateScript: true,
		Report:     func(err error) { w.Errorf("%s: %v", s.name, err) },
	}
	if w.cfg != nil {
		w.cfg(&c)
	}
	return c
}

// stop ends the edge as a SIGTERM does; the state stays.
func (w *world) stop() {
	for _, end := range w.ends {
		end()
	}
	w.ends = nil
}

// kill ends the edge without its last words: what it would still have saved is
// taken back.
func (w *world) kill() {
	w.Helper()
	last := make(map[*state.Shop][]byte)
	for _, s := range w.shops {
		kept, err := w.store.Shop(s.name)
		if err != nil {
			w.Fatal(err)
		}
		if last[kept], err = kept.LoadRoom(); err != nil {
			w.Fatal(err)
		}
	}
	w.stop()
	w.way.CloseIdleConnections()
	for kept, line := range last {
		if line == nil {
			continue
		}
		if err := kept.SaveRoom(line); err != nil {
			w.Fatal(err)
		}
	}
}

// order publishes a change of one shop's orders.
func (w *world) order(name string, change func(*falochron.Snapshot)) {
	w.Helper()
	snap, ok := w.edge.Snapshot(name)
	if !ok {
		w.Fatalf("no shop %q", name)
	}
	change(&snap)
	snap.Version++
	w.edge.Publish(name, snap)
}

func (w *world) vitals(name string) falochron.Vitals {
	v, ok := w.edge.Vitals(name)
	if !ok {
		w.Fatalf("no shop %q", name)
	}
	return v
}

// count counts the journal's records that match.
func (w *world) count(match func(falochron.Record) bool) (n int) {
	for _, r := range w.journal.Since(time.Time{}, journal.Filter{Limit: 1 << 20}) {
		if match(r) {
			n++
		}
	}
	return n
}

// advance lets time pass until everything that happens in it has happened.
func advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
