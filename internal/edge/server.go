package edge

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/journal"
)

// Config is what all shops of an edge share.
type Config struct {
	Journal *journal.Journal
	// Trust says whose word about the client's address counts.
	Trust accept.Trust
	// Robots says how crawlers are known to be who they say. The zero value: none is.
	Robots Robots
}

// Server answers requests for all shops. Make one with [New], give it shops
// with [Server.SetShops], and let [Server.Run] keep its time.
type Server struct {
	cfg   Config
	shops atomic.Pointer[directory]

	robots    *robots
	agents    *agents
	setting   sync.Mutex // serialises SetShops
	seeds     dice
	hurry     chan struct{} // something was announced; room for one
	squeezers sync.Pool     // of *squeezer
	script    *page.Gate
	nobody    *page.Pages // for hosts that no shop has
}

// directory is the immutable list of shops by host.
type directory struct {
	byHost map[string]*shop
	byName map[string]*shop
	any    *shop // answers to every other host, nil for none
}

// New returns a server without shops.
func New(cfg Config) (*Server, error) {
	nobody, err := page.New(page.Config{})
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, script: page.NewGate(), nobody: nobody, hurry: make(chan struct{}, 1), robots: newRobots(cfg.Robots), agents: newAgents()}
	s.shops.Store(&directory{})
	return s, nil
}

// SetShops replaces the list of shops. A shop that was there before under the
// same name keeps its line, its people and its counters; no request is dropped.
// With an error nothing has changed. The first call starts them.
func (s *Server) SetShops(list []ShopConfig) error {
	s.setting.Lock()
	defer s.setting.Unlock()
	old := s.shops.Load()
	d := &directory{byHost: make(map[string]*shop), byName: make(map[string]*shop)}
	fresh := make([]*settings, len(list))
	for i, c := range list {
		sh := old.byName[c.Name]
		var err error
		if sh == nil {
			sh, err = newShop(c, time.Now())
		} else {
			fresh[i], err = newSettings(c, sh.set.Load().classify.Platform())
		}
		if err != nil {
			return err
		}
		d.byName[c.Name] = sh
		for _, h := range c.Hosts {
			d.byHost[strings.ToLower(h)] = sh
		}
		if len(c.Hosts) == 0 {
			d.any = sh
		}
	}
	for i, c := range list { // only now: an error above leaves everything as it was
		if fresh[i] != nil {
			d.byName[c.Name].settle(fresh[i])
		}
	}
	s.shops.Store(d)
	for name, sh := range old.byName {
		if d.byName[name] == nil {
			sh.save() // nobody keeps its time any more; it may come back
		}
	}
	return nil
}

// Run keeps the shops' time until ctx ends: ten times a second it lets people
// in from the line, once a second it saves what must survive. A slow disk keeps
// nobody waiting: it is written to from the side.
func (s *Server) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { s.save(ctx) })
	beside.Go(func() { s.recogniseAll(ctx) })
	beside.Go(func() { s.warmAll(ctx) })
	beside.Go(func() { s.robots.run(ctx) })
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, sh := range s.shops.Load().byName {
				sh.tick(now)
			}
		}
	}
}

// recogniseAll finds out whose software the shops run, until ctx ends. A shop that
// does not answer keeps no other waiting.
func (s *Server) recogniseAll(ctx context.Context) {
	var asking sync.WaitGroup
	defer asking.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, sh := range s.shops.Load().byName {
			asking.Go(func() { s.recognise(ctx, sh, time.Now()) })
		}
	}
}

const tickEvery = 100 * time.Millisecond

// save puts on disk what must survive, until ctx ends and once more then.
func (s *Server) save(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			for _, sh := range s.shops.Load().byName {
				sh.save()
				if sh.counted.Swap(false) {
					sh.keepAnnounced()
				}
			}
			return
		case <-tick.C:
			for _, sh := range s.shops.Load().byName {
				sh.extend()
				if n%10 == 0 || sh.urgent.Swap(false) {
					sh.save()
				}
				if n%100 == 0 && sh.counted.Swap(false) {
					sh.keepAnnounced()
				}
			}
		}
	}
}

// Shops lists the names of the shops, sorted.
func (s *Server) Shops() []string {
	return slices.Sorted(maps.Keys(s.shops.Load().byName))
}

// Vitals reports one shop; false if there is no such shop.
func (s *Server) Vitals(name string) (falochron.Vitals, bool) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return falochron.Vitals{}, false
	}
	v := sh.vitals(time.Now())
	v.Cohorts.RobotsVerified, v.Cohorts.RobotsDenied = s.robots.good.Load(), s.robots.bad.Load()
	return v, true
}

// Arrivals tells of the newcomers to one shop in the last seconds; false if there is no
// such shop. It is cheap; entries that few use make room by it, so it is to be asked some
// times a second at best.
func (s *Server) Arrivals(name string) (falochron.ArrivalTally, bool) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return falochron.ArrivalTally{}, false
	}
	return sh.tally.Tally(time.Now()), true
}

// Snapshot is the order in force for one shop.
func (s *Server) Snapshot(name string) (falochron.Snapshot, bool) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return falochron.Snapshot{}, false
	}
	return *sh.ordered.Load(), true
}

// Publish puts an order in force for one shop. Unknown shops are ignored.
func (s *Server) Publish(name string, snap falochron.Snapshot) {
	if sh, ok := s.shops.Load().byName[name]; ok {
		sh.publish(snap, time.Now())
		select {
		case s.hurry <- struct{}{}:
		default:
		}
	}
}

// shopFor finds the shop a request is for, by its Host without the port.
func (s *Server) shopFor(host string) *shop {
	d := s.shops.Load()
	if len(d.byHost) > 0 {
		name := host
		if h, _, err := net.SplitHostPort(host); err == nil {
			name = h
		}
		if sh, ok := d.byHost[strings.ToLower(strings.TrimSuffix(name, "."))]; ok {
			return sh
		}
	}
	return d.any
}

// ServeHTTP takes a request through the steps until one of them has answered.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := s.begin(w, r)
	defer x.explain()
	for _, step := range steps {
		if step.do(x) {
			return
		}
	}
}

// steps is the way of a request, in order. Each returns true once the request
// is answered.
var steps = [...]struct {
	name string
	do   func(*exchange) bool
}{
	{"identify", (*exchange).identify}, // whose request, and what for
	{"link", (*exchange).link},         // a short link of an announced post
	{"count", (*exchange).count},       // a newcomer? one atomic add
	{"own", (*exchange).own},           // the edge's own addresses
	{"tidy", (*exchange).tidy},         // no ticket in the address without need
	{"bypass", (*exchange).bypass},     // mode off and watch
	{"answer", (*exchange).answer},     // from the cache
	{"preview", (*exchange).preview},   // a program that shows what is behind a link
	{"cohort", (*exchange).treated},    // does an attack look like this?
	{"room", (*exchange).enter},        // has this visitor a place?
	{"admit", (*exchange).admit},       // is there room at the shop now?
	{"forward", (*exchange).forward},   // to the shop and back
}
