package scenario

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/control"
	throng "github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/scale"
	"github.com/falochron/falochron/internal/toyshop"
)

// The third act of the demo, smaller: a shop of one replica of two workers, and fans who
// would need several.
const (
	berthWorkers = 2
	berthBoot    = 10 * time.Second // from the order until it listens
	berthCold    = 5 * time.Second  // and is slow
	berthMost    = 10
	berthFans    = 300
	berthWave    = time.Minute
)

// berths runs the replicas of a shop: toy shops that share one folder.
type berths struct {
	w      *world
	folder string

	mu      sync.Mutex // guards what follows
	all     []*berth
	next    int
	running sync.WaitGroup
}

type berth struct {
	fleet.Replica
	stop context.CancelFunc
}

func (b *berths) Name() string { return "test" }

func (b *berths) Observe(context.Context) (fleet.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := fleet.State{Time: time.Now(), Wanted: len(b.all), Startable: -1}
	for _, r := range b.all {
		s.Replicas = append(s.Replicas, r.Replica)
	}
	return s, nil
}

func (b *berths) Scale(_ context.Context, want fleet.Want) (fleet.Order, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.all)
	for len(b.all) < want.Replicas {
		b.open(true)
	}
	leave := append(slices.Clone(want.Leave), b.all[len(b.all)-1].ID)
	for _, id := range leave {
		if i := slices.IndexFunc(b.all, func(r *berth) bool { return r.ID == id }); i > 0 && len(b.all) > want.Replicas {
			b.all[i].stop()
			b.all = slices.Delete(b.all, i, i+1)
		}
	}
	return fleet.Order{Accepted: want.Replicas, Before: before, Changed: before != want.Replicas}, nil
}

func (b *berths) Restore(context.Context, time.Time) ([]fleet.Note, error) { return nil, nil }
func (b *berths) Close() error                                             { return nil }

// open orders one more. Its caller holds mu.
func (b *berths) open(own bool) {
	b.next++
	n := b.next
	ctx, stop := context.WithCancel(context.Background())
	r := &berth{fleet.Replica{ID: fmt.Sprint("r", n), URL: fmt.Sprintf("http://10.0.1.%d:80", n), Own: own, Ordered: time.Now(), Since: time.Now()}, stop}
	b.all = append(b.all, r)
	b.running.Go(func() {
		select {
		case <-time.After(berthBoot):
		case <-ctx.Done():
			return
		}
		shop, err := toyshop.New(toyshop.Config{Workers: berthWorkers, Data: b.folder, Seed: 1, Cold: berthCold, PublicURL: "http://127.0.0.1:1"}) // no notices of payment
		if err != nil {
			b.w.Error(err)
			return
		}
		front, err := b.w.net.Listen(fmt.Sprintf("10.0.1.%d:80", n))
		if err != nil {
			b.w.Error(err)
			return
		}
		back, err := b.w.net.Listen(fmt.Sprintf("127.0.0.1:%d", 8000+n))
		if err != nil {
			b.w.Error(err)
			return
		}
		b.mu.Lock()
		r.Phase, r.Since = fleet.Ready, time.Now()
		b.mu.Unlock()
		if err := shop.Run(ctx, front, back); err != nil {
			b.w.Error(err)
		}
	})
}

// multiplied is a story of a shop whose replicas are multiplied.
type multiplied struct {
	*world
	berths  *berths
	fleet   *control.Fleet
	waves   atomic.Pointer[[]scale.Wave] // announced
	mu      sync.Mutex
	seconds []multipliedSecond // under mu
}

func (m *multiplied) announce(w ...scale.Wave) { m.waves.Store(&w) }

type multipliedSecond struct{ inLine, inside, ready, wanted int }

func (s multipliedSecond) String() string {
	return fmt.Sprintf("%d in line, %d inside, %d of %d ready", s.inLine, s.inside, s.ready, s.wanted)
}

// multiply opens a shop in calm: one replica that has been open for a while.
func (w *world) multiply(open time.Duration, sticky edge.Sticky) *multiplied {
	w.Helper()
	b := &berths{w: w, folder: w.TempDir()}
	m := &multiplied{world: w, berths: b}
	m.announce()
	w.shops = append(w.shops, &shop{world: w, name: "a", address: "10.0.1.1:80", server: &http.Server{}})
	b.mu.Lock()
	b.open(false)
	b.mu.Unlock()
	advance(berthBoot)
	var pool *origin.Pool
	w.cfg = func(c *edge.ShopConfig) {
		pool, c.Limits, c.Ceiling = c.Pool, admit.Config{}, 0
		c.Sticky = sticky
	}
	w.start(falochron.ModeAuto, origin.Config{SlowStart: 10 * time.Second, Drain: 5 * time.Minute})
	l := w.lookout()
	m.fleet = control.NewFleet(control.FleetConfig{
		Vitals: w.edge.Vitals, Sight: l.radar.Look, Journal: w.journal,
		Waves: func(string) ([]scale.Wave, string) { return *m.waves.Load(), "" },
		Route: func(_ string, ready []fleet.Replica) {
			var set []origin.Member
			for _, r := range ready {
				set = append(set, origin.Member{URL: r.URL, Since: r.Since})
			}
			if _, err := pool.SetReplicas(set); err != nil {
				w.Error(err)
			}
		},
		Warm: func(shop, replica string) { w.edge.WarmReplica(shop, replica) },
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		m.fleet.Run(ctx, []control.FleetShop{{Name: "a", Driver: b, Scale: scale.Config{Limits: scale.Limits{Min: 1, Max: berthMost}}, Drain: 5 * time.Minute}})
	})
	running.Go(func() { m.watch(ctx) })
	w.ends = append([]func(){func() {
		stop()
		running.Wait()
	}}, append(w.ends, func() {
		for _, r := range b.all {
			r.stop()
		}
		b.running.Wait()
	})...)
	advance(open)
	return m
}

// seen is what there was in each second so far.
func (m *multiplied) seen() []multipliedSecond {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seconds)
}

// watch notes each second what there is.
func (m *multiplied) watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last multipliedSecond
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		v := m.vitals("a")
		sec := multipliedSecond{inLine: v.InLine, inside: v.Inside}
		if s, ok := m.fleet.Look("a"); ok {
			sec.ready, sec.wanted = s.State.Ready(), s.Plan.Wanted
			if sec.ready != last.ready || sec.wanted != last.wanted {
				m.Logf("%4d s: %v; %d of %d at the shop, a visit takes %v, each serves %.2f a second: %s",
					len(m.seen()), sec, v.InFlight, v.Limit, v.VisitWork.Round(100*time.Millisecond), s.Plan.Capacity, s.Plan.Now.Sentence("en"))
			}
			last = sec
		}
		m.mu.Lock()
		m.seconds = append(m.seconds, sec)
		m.mu.Unlock()
	}
}

// fans are so many, nine of twenty to buy.
func (m *multiplied) fans(n int, wave time.Duration) *throng.List {
	m.Helper()
	const page = 31 * time.Second
	product := throng.Step{Name: "product", Method: "GET", Path: "/produkt/{product}?{click}"}
	category := throng.Step{Name: "category", Method: "GET", Path: "/kategoria/{category}", Think: page}
	list, err := throng.Draw(throng.Plan{
		Seed: 1, Compression: 5,
		Words: map[string][]string{"product": {toyshop.Catalogue()[0].Slug}, "category": {toyshop.Categories()[0].Slug}, "blik": {"100003"}},
		Journeys: []throng.Journey{
			{Name: "buys", Buys: true, Count: 9, Steps: []throng.Step{product,
				{Name: "add", Kind: throng.Add, Method: "POST", Path: "/koszyk/dodaj", Item: "{product}", Think: page,
					Form: []throng.Field{{Name: "product", Value: "{product}"}, {Name: "qty", Value: "1"}}},
				{Name: "form", Kind: throng.Checkout, Method: "GET", Path: "/zamowienie", Think: page},
				{Name: "order", Kind: throng.Order, Method: "POST", Path: "/zamowienie", Done: "/dziekujemy", Think: 100 * time.Second,
					Form: []throng.Field{{Name: "name", Value: "{name}"}, {Name: "email", Value: "{email}"}, {Name: "blik", Value: "{blik}"}}},
			}},
			{Name: "one look", Count: 4, Steps: []throng.Step{product}},
			{Name: "three looks", Count: 7, Steps: []throng.Step{product, category, category}},
		},
	}, n, wave)
	if err != nil {
		m.Fatal(err)
	}
	return list
}

// come lets them come, and go on until all are through.
func (m *multiplied) come(list *throng.List) *throng.Report {
	m.Helper()
	rep, err := throng.Wave{List: list, Stay: 4 * time.Minute, Grace: time.Minute, Target: throng.Target{Base: "http://10.0.0.1",
		Dial: func(ctx context.Context) (net.Conn, error) { return m.net.DialContext(ctx, "tcp", edgeAddress) }}}.Run(context.Background())
	if err != nil {
		m.Fatal(err)
	}
	advance(time.Second)
	return rep
}

// reached is the first second since from in which something holds, in seconds after it; -1 if
// it never does.
func (m *multiplied) reached(from int, holds func(multipliedSecond) bool) int {
	for i, s := range m.seen()[from:] {
		if holds(s) {
			return i
		}
	}
	return -1
}

// mostSince is the highest of something since from.
func (m *multiplied) mostSince(from int, of func(multipliedSecond) int) (n int) {
	for _, s := range m.seen()[from:] {
		n = max(n, of(s))
	}
	return n
}

// Nobody had announced it: a line stands, replicas come, the line melts while they are
// there, and all who wanted to have bought. When it is over they go home. Then the same
// wave is announced, and the replicas are there before it: nobody waits.
func TestReplicasMeltALine(t *testing.T) { meltALine(t, edge.StickyNever) } // they share a folder

// The same before a shop whose visitors stay at one replica each: those who were in before
// the others came cannot go there.
func TestReplicasThatKeepTheirVisitorsMeltALine(t *testing.T) { meltALine(t, edge.StickyAlways) }

func meltALine(t *testing.T, sticky edge.Sticky) {
	story(t, func(w *world) {
		const aLine = 20 // fewer are nobody's trouble
		line := func(s multipliedSecond) int { return s.inLine }
		m := w.multiply(25*time.Second, sticky)
		from := len(m.seen())
		list := m.fans(berthFans, berthWave)
		rep := m.come(list)
		most := m.mostSince(from, line)
		came := m.reached(from, func(s multipliedSecond) bool { return s.ready > 1 })
		several := m.reached(from, func(s multipliedSecond) bool { return s.ready >= 4 })
		melted := 0
		for i, s := range m.seen()[from:] {
			if s.inLine >= aLine {
				melted = i + 1
			}
		}
		t.Logf("without warning: %d in line, a second replica after %d s, four after %d s, no line after %d s, %d orders of %d",
			most, came, several, melted, orders(rep), rep.List.Buyers)
		if most < aLine {
			t.Errorf("%d people in line at most: this proves nothing", most)
		}
		if came < 0 || came > 25 || several < 0 || several > 50 {
			t.Errorf("a second replica was ready after %d s (≤ 25), four after %d s (≤ 50)", came, several)
		}
		if melted > 120 {
			t.Errorf("the line was gone after %d s (≤ 120)", melted)
		}
		good(t, rep)

		advance(20 * time.Minute)
		if last := m.seen()[len(m.seen())-1]; last.ready != 1 || last.wanted != 1 {
			t.Errorf("twenty minutes after the wave: %v", last)
		}
		start := time.Now().Add(3 * time.Minute)
		var course []scale.Coming // half as many again as will come; in one case of ten three times
		for s := 5 * time.Second; s <= berthWave; s += 5 * time.Second {
			n := 0.0
			for i := range list.Fans {
				if list.Fans[i].At < s {
					n++
				}
			}
			course = append(course, scale.Coming{At: start.Add(s), People: 1.5 * n, Upper: 3 * n})
		}
		m.announce(scale.Wave{ID: "a-1.1", Start: start, People: 1.5 * berthFans, Upper: 3 * berthFans, Lasts: 2 * time.Minute, Course: course, Confidence: 1})
		advance(3 * time.Minute)
		from = len(m.seen())
		if s := m.seen()[from-1]; s.ready < 4 || s.ready < s.wanted {
			t.Errorf("when the announced wave comes: %v", s)
		}
		rep = m.come(list)
		t.Logf("announced: %v when it came, %d in line at most, %d orders of %d", m.seen()[from-1], m.mostSince(from, line), orders(rep), rep.List.Buyers)
		if most := m.mostSince(from, line); most >= aLine {
			t.Errorf("%d people stood in line although it was announced", most)
		}
		good(t, rep)
		if n := m.mostSince(0, func(s multipliedSecond) int { return max(s.wanted, s.ready) }); n > berthMost {
			t.Errorf("%d replicas, and the owner allows %d", n, berthMost)
		}
	})
}

func orders(rep *throng.Report) (n int) {
	for i := range rep.Traces {
		if rep.Traces[i].Ordered != 0 {
			n++
		}
	}
	return n
}

// good fails if a wave has let people down.
func good(t *testing.T, rep *throng.Report) {
	t.Helper()
	if n := orders(rep); n*100 < rep.List.Buyers*90 {
		t.Errorf("%d of %d who wanted to buy have ordered", n, rep.List.Buyers)
	}
	if tt := &rep.Totals; tt.Errors > 0 || tt.CheckoutFailed > 0 || tt.Mixed > 0 {
		t.Errorf("%d error pages, %d failed checkouts, %d saw somebody else's page", tt.Errors, tt.CheckoutFailed, tt.Mixed)
	}
}
