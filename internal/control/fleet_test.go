package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/scale"
)

// engine runs replicas that take ten seconds to start.
type engine struct {
	mu       sync.Mutex
	replicas []fleet.Replica
	wants    []fleet.Want
	restores int
	looks    int
	gone     error
	breaks   bool
	hangs    bool // it answers nothing until the caller gives up
	closed   bool
	next     int
}

func (e *engine) Name() string { return "test" }

func (e *engine) Observe(ctx context.Context) (fleet.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hangs {
		e.mu.Unlock()
		<-ctx.Done()
		e.mu.Lock()
		return fleet.State{}, ctx.Err()
	}
	e.looks++
	if e.breaks {
		panic("planted")
	}
	if e.gone != nil {
		return fleet.State{}, e.gone
	}
	now := time.Now()
	for i := range e.replicas {
		if r := &e.replicas[i]; r.Phase == fleet.Starting && now.Sub(r.Ordered) >= 10*time.Second {
			r.Phase, r.Since = fleet.Ready, now
		}
	}
	return fleet.State{Time: now, Wanted: len(e.replicas), Replicas: append([]fleet.Replica(nil), e.replicas...), Startable: -1}, nil
}

func (e *engine) Scale(_ context.Context, want fleet.Want) (fleet.Order, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone != nil {
		return fleet.Order{}, e.gone
	}
	before := len(e.replicas)
	e.wants = append(e.wants, want)
	for len(e.replicas) < want.Replicas {
		e.next++
		now := time.Now()
		e.replicas = append(e.replicas, fleet.Replica{ID: fmt.Sprint("r", e.next), URL: fmt.Sprintf("http://127.0.0.1:%d", 9000+e.next), Own: true, Ordered: now, Since: now})
	}
	for _, id := range want.Leave {
		if len(e.replicas) > want.Replicas {
			e.replicas = slices.DeleteFunc(e.replicas, func(r fleet.Replica) bool { return r.ID == id })
		}
	}
	e.replicas = e.replicas[:want.Replicas]
	return fleet.Order{Accepted: want.Replicas, Before: before, Changed: before != want.Replicas}, nil
}

func (e *engine) Restore(context.Context, time.Time) ([]fleet.Note, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.restores++
	if e.restores == 1 {
		return []fleet.Note{{Kind: "restored", Text: "3 replicas of before were ended"}}, e.gone
	}
	return nil, e.gone
}

func (e *engine) Close() error { e.mu.Lock(); defer e.mu.Unlock(); e.closed = true; return nil }

func (e *engine) do(f func()) { e.mu.Lock(); defer e.mu.Unlock(); f() }

// dock is a shop of one replica that serves two people a second each, and its fleet.
type dock struct {
	t      *testing.T
	engine *engine
	fleet  *Fleet
	notes  *journal.Journal

	mu     sync.Mutex
	inLine int
	came   uint64
	comes  float64 // people a second
	ready  []fleet.Replica
	warmed []string
	grown  []heard // what the edge was told of replicas that start
	kept   []byte
	stays  time.Duration        // how long the edge knows a replica after it left; 0 = it knows none
	left   map[string]time.Time // by address
}

type heard struct {
	at     time.Time
	growth *falochron.Growth
}

// onDock plays a story in virtual time, in which the fleet runs.
func onDock(t *testing.T, c scale.Config, story func(p *dock)) {
	afterDock(t, c, nil, story)
}

// afterDock is the same with what an earlier program has kept.
func afterDock(t *testing.T, c scale.Config, kept []byte, story func(p *dock)) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		p := &dock{t: t, kept: kept, left: make(map[string]time.Time), notes: journal.New(journal.Config{}), engine: &engine{replicas: []fleet.Replica{
			{ID: "r0", URL: "http://127.0.0.1:9000", Phase: fleet.Ready, Ordered: now.Add(-time.Hour), Since: now.Add(-time.Hour)},
		}}}
		p.fleet = NewFleet(FleetConfig{
			Vitals: p.vitals, Journal: p.notes,
			Route: func(_ string, ready []fleet.Replica) {
				p.mu.Lock()
				defer p.mu.Unlock()
				for _, r := range p.ready {
					if !slices.ContainsFunc(ready, func(now fleet.Replica) bool { return now.URL == r.URL }) {
						p.left[r.URL] = time.Now()
					}
				}
				p.ready = ready
			},
			Grow: func(_ string, g *falochron.Growth) {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.grown = append(p.grown, heard{time.Now(), g})
			},
			Warm: func(_, replica string) { p.mu.Lock(); defer p.mu.Unlock(); p.warmed = append(p.warmed, replica) },
			Load: func(string) ([]byte, error) { p.mu.Lock(); defer p.mu.Unlock(); return p.kept, nil },
			Save: func(_ string, b []byte) error { p.mu.Lock(); defer p.mu.Unlock(); p.kept = b; return nil },
		})
		ctx, cancel := context.WithCancel(t.Context())
		var over sync.WaitGroup
		over.Go(func() { p.fleet.Run(ctx, []FleetShop{{Name: "shop", Driver: p.engine, Scale: c, Drain: c.Drain}}) })
		over.Go(func() { p.sea(ctx) })
		story(p)
		cancel()
		over.Wait()
		if !p.engine.closed {
			t.Error("the driver was not closed")
		}
	})
}

// sea has people come and be served, each second.
func (p *dock) sea(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.mu.Lock()
		p.came += uint64(p.comes)
		p.inLine = max(p.inLine+int(p.comes)-2*max(len(p.ready), 1), 0)
		p.mu.Unlock()
	}
}

func (p *dock) vitals(string) (falochron.Vitals, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := max(len(p.ready), 1)
	v := falochron.Vitals{
		Time: time.Now(), Shop: "shop", InLine: p.inLine, Inside: 20 * n, InFlight: 8 * n, Limit: 8 * n, VisitWork: 4 * time.Second,
		PlacesPerSecond: float64(2 * n), Arrivals: p.came,
	}
	if p.stays > 0 {
		for _, r := range p.ready {
			v.Replicas = append(v.Replicas, falochron.ReplicaVitals{URL: r.URL, Healthy: true, Phase: falochron.ReplicaReady})
		}
		for url, at := range p.left {
			if time.Since(at) < p.stays {
				v.Replicas = append(v.Replicas, falochron.ReplicaVitals{URL: url, Healthy: true, Phase: falochron.ReplicaDraining})
			}
		}
	}
	if p.inLine == 0 {
		v.InFlight = min(v.InFlight, int(4*p.comes))
		v.Inside = v.InFlight
	}
	return v, true
}

func (p *dock) at(line int, comes float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inLine, p.comes = line, comes
}

// journal is what was written down, one line each.
func (p *dock) journal() string {
	var b strings.Builder
	for _, r := range p.notes.Since(time.Time{}, journal.Filter{}) {
		fmt.Fprintln(&b, r.Note)
	}
	return b.String()
}

func limits() scale.Config { return scale.Config{Limits: scale.Limits{Min: 1, Max: 10}} }

// A line brings replicas, they are shown to the edge when they are ready and warmed once,
// and go home when the wave is over.
func TestFleetFollowsALine(t *testing.T) {
	onDock(t, limits(), func(p *dock) {
		time.Sleep(30 * time.Second)
		p.engine.do(func() {
			if len(p.engine.replicas) != 1 {
				t.Errorf("%d replicas in calm", len(p.engine.replicas))
			}
		})
		p.at(1000, 10)
		time.Sleep(40 * time.Second)
		p.mu.Lock()
		ready, warmed := len(p.ready), len(p.warmed)
		p.mu.Unlock()
		if ready < 5 {
			t.Errorf("%d replicas take requests 40 s after the line began", ready)
		}
		if warmed != ready {
			t.Errorf("%d were warmed, of %d", warmed, ready)
		}
		p.at(0, 0)
		time.Sleep(time.Hour)
		p.engine.do(func() {
			if n := len(p.engine.replicas); n != 1 {
				t.Errorf("%d replicas an hour after the wave", n)
			}
		})
		sight, ok := p.fleet.Look("shop")
		if !ok || sight.view().Ready != 1 || sight.view().Why.PL == "" {
			t.Errorf("seen: %v %+v", ok, sight)
		}
		if said := p.journal(); !strings.Contains(said, "3 replicas of before were ended") || strings.Count(said, "replicas: ") < 3 {
			t.Errorf("the journal says\n%s", said)
		}
	})
}

// The edge is told once what the replicas that start make of the shop and when, and that it
// is over when they are there.
func TestFleetTellsWhatStarts(t *testing.T) {
	c := limits()
	c.Start = 10 * time.Second
	onDock(t, c, func(p *dock) {
		time.Sleep(30 * time.Second)
		p.at(1000, 10)
		time.Sleep(2 * time.Minute)
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := len(p.grown); n < 2 || n > 12 || p.grown[n-1].growth != nil {
			t.Fatalf("told %d times: %+v", n, p.grown)
		}
		most := 1.0
		for i, x := range p.grown {
			if x.growth == nil {
				if i == 0 || p.grown[i-1].growth == nil {
					t.Errorf("%v: that nothing starts is no news", x.at)
				}
				continue
			}
			most = max(most, x.growth.Times)
			if in := x.growth.At.Sub(x.at); x.growth.Times <= 1 || in < 5*time.Second || in > 25*time.Second {
				t.Errorf("%.1f times as large in %v, and a start takes 10 s", x.growth.Times, in)
			}
		}
		if most < 2 {
			t.Errorf("at most %.1f times as large", most)
		}
	})
}

// A replica that has to go gets nobody new, and is ordered away when those inside have had
// the time to come to an end; who is wanted again meanwhile stays.
func TestFleetDrainsBeforeItLowers(t *testing.T) {
	const drain = 3 * time.Minute
	c := limits()
	c.Drain = drain
	onDock(t, c, func(p *dock) {
		p.at(1000, 10)
		time.Sleep(2 * time.Minute)
		p.at(0, 0)
		var first time.Time // when fewer are routed to than there are
		for range 3600 {
			time.Sleep(time.Second)
			p.mu.Lock()
			routed := len(p.ready)
			p.mu.Unlock()
			p.engine.do(func() {
				there := len(p.engine.replicas)
				switch {
				case routed > there:
					t.Errorf("%d take requests, and %d are there", routed, there)
				case routed < there && first.IsZero():
					first = time.Now()
				case !first.IsZero() && there < 10 && time.Since(first) < drain-5*time.Second:
					t.Errorf("the first was ordered away %v after it got nobody new", time.Since(first))
				}
			})
			if t.Failed() {
				return
			}
		}
		p.engine.do(func() {
			if n := len(p.engine.replicas); first.IsZero() || n != 1 {
				t.Errorf("%d replicas an hour after the wave; drained at %v", n, first)
			}
			for _, w := range p.engine.wants[1:] {
				if len(w.Leave) > 0 && slices.Contains(w.Leave, "r0") {
					t.Error("the owner's replica is told to leave")
				}
			}
		})
	})
}

// A replica that the edge has seen the last visitor of is ordered away at once.
func TestFleetLowersWhatHasDrained(t *testing.T) {
	const drain, stays = 10 * time.Minute, time.Minute
	c := limits()
	c.Drain = drain
	onDock(t, c, func(p *dock) {
		p.mu.Lock()
		p.stays = stays
		p.mu.Unlock()
		p.at(1000, 10)
		time.Sleep(2 * time.Minute)
		p.at(0, 0)
		var first, ordered time.Time
		wanted, late := 10, 0 // seconds in which the engine has not heard yet
		for range 3600 {
			time.Sleep(time.Second)
			sight, _ := p.fleet.Look("shop")
			if sight.Plan.Wanted > wanted || sight.Plan.Now.Cause == scale.CauseForeign {
				t.Errorf("what is left while replicas drain is taken for somebody else's order: %s", sight.Plan.Now.Sentence("en"))
				return
			}
			v := sight.view()
			if wanted = v.Wanted; v.Ready <= wanted {
				late = 0
			} else if late++; late == 4 {
				t.Errorf("%d ready of %d wanted, %d drain", v.Ready, wanted, v.Draining)
			}
			p.mu.Lock()
			routed := len(p.ready)
			p.mu.Unlock()
			p.engine.do(func() {
				switch there := len(p.engine.replicas); {
				case first.IsZero() && routed < there:
					first = time.Now()
				case ordered.IsZero() && !first.IsZero() && there < 10:
					ordered = time.Now()
				}
			})
		}
		if took := ordered.Sub(first); first.IsZero() || took < stays-2*time.Second || took > stays+5*time.Second {
			t.Errorf("the first was ordered away %v after it got nobody new, wants %v", took, stays)
		}
	})
}

// An order that is given again and again holds, and not one that nobody gives.
func TestFleetRenewsItsOrders(t *testing.T) {
	onDock(t, limits(), func(p *dock) {
		p.at(1000, 10)
		time.Sleep(time.Hour)
		p.engine.do(func() {
			for i, w := range p.engine.wants {
				if i > 0 && w.Expires.Sub(p.engine.wants[i-1].Expires) > fleetHold {
					t.Errorf("order %d would have been over before it was given again", i)
				}
			}
			if last := p.engine.wants[len(p.engine.wants)-1]; time.Until(last.Expires) < fleetHold/2 {
				t.Errorf("the last order holds for %v", time.Until(last.Expires))
			}
			if n := len(p.engine.wants); n > 40 {
				t.Errorf("%d orders in an hour", n)
			}
			if n := p.engine.restores; n < 55 || n > 65 {
				t.Errorf("looked %d times for orders that are over", n)
			}
		})
	})
}

// Who only wants advice gets it, and nothing is ordered.
func TestFleetAdvises(t *testing.T) {
	c := limits()
	c.Advise = true
	onDock(t, c, func(p *dock) {
		p.at(1000, 10)
		time.Sleep(time.Minute)
		p.engine.do(func() {
			if len(p.engine.wants) > 0 {
				t.Errorf("ordered: %+v", p.engine.wants)
			}
		})
		if said := p.journal(); !strings.Contains(said, "replicas: advice: ") {
			t.Errorf("the journal says\n%s", said)
		}
	})
}

// An engine that is gone is asked again, not stormed, and its fault is told once.
func TestFleetBearsALostEngine(t *testing.T) {
	onDock(t, limits(), func(p *dock) {
		time.Sleep(10 * time.Second)
		p.engine.do(func() {
			p.engine.gone = &falochron.Error{Kind: falochron.Unavailable, Op: "ask the engine", Public: "it does not answer"}
			p.engine.looks, p.engine.restores = 0, 0
		})
		p.at(1000, 10)
		time.Sleep(5 * time.Minute)
		p.engine.do(func() {
			if n := p.engine.looks + p.engine.restores; n > 5*4 {
				t.Errorf("asked %d times in five minutes", n)
			}
			p.engine.gone = nil
		})
		if n := strings.Count(p.journal(), "could not"); n == 0 || n > 3 {
			t.Errorf("told %d times:\n%s", n, p.journal())
		}
		time.Sleep(time.Minute)
		p.engine.do(func() {
			if len(p.engine.replicas) < 5 {
				t.Errorf("%d replicas a minute after the engine is back", len(p.engine.replicas))
			}
		})
		if sight, ok := p.fleet.Look("shop"); !ok || sight.Fault != "" {
			t.Errorf("still at fault: %+v", sight)
		}
	})
}

// An engine that hangs, as one does whose replicas are full, holds up no decision.
func TestFleetDecidesWhileTheEngineHangs(t *testing.T) {
	onDock(t, limits(), func(p *dock) {
		time.Sleep(30 * time.Second)
		p.engine.do(func() { p.engine.hangs = true })
		time.Sleep(fleetLooks + time.Second) // now it is asked
		p.at(1000, 10)
		time.Sleep(5 * time.Second)
		if sight, ok := p.fleet.Look("shop"); !ok || sight.Plan.Wanted < 2 {
			t.Errorf("five seconds after the line began: %v %+v", ok, sight)
		}
	})
}

// A fault of ours ends neither the program nor the fleet.
func TestFleetSurvivesItsOwnFaults(t *testing.T) {
	onDock(t, limits(), func(p *dock) {
		p.engine.do(func() { p.engine.breaks = true })
		time.Sleep(time.Minute)
		p.engine.do(func() { p.engine.breaks = false })
		p.at(1000, 10)
		time.Sleep(time.Minute)
		p.engine.do(func() {
			if len(p.engine.replicas) < 5 {
				t.Errorf("%d replicas", len(p.engine.replicas))
			}
		})
		registry := prometheus.NewPedanticRegistry()
		if err := registry.Register(fleetCollector{p.fleet}); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var panics, wanted float64
		for _, f := range families {
			switch f.GetName() {
			case "falochron_fleet_panics_total":
				panics = f.Metric[0].GetCounter().GetValue()
			case "falochron_fleet_wanted_replicas":
				wanted = f.Metric[0].GetGauge().GetValue()
			}
		}
		if panics == 0 || wanted < 5 {
			t.Errorf("%v panics counted, %v wanted", panics, wanted)
		}
	})
}

// What was learnt of the replicas is known after a restart.
func TestFleetRemembers(t *testing.T) {
	var kept []byte
	onDock(t, limits(), func(p *dock) {
		p.at(1000, 10)
		time.Sleep(5 * time.Minute)
		p.mu.Lock()
		kept = p.kept
		p.mu.Unlock()
	})
	if len(kept) == 0 {
		t.Fatal("nothing was saved")
	}
	afterDock(t, limits(), kept, func(p *dock) {
		time.Sleep(3 * time.Second)
		if sight, ok := p.fleet.Look("shop"); !ok || sight.Plan.Start > 30*time.Second {
			t.Errorf("a replica is taken to start in %v; it took 10 s each time", sight.Plan.Start)
		}
	})
}
