package main

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
)

// lookEvery second from a moment on, with what the shop shows in each.
func (f *fakeEdge) lookEvery(p *pulse, from time.Time, seconds int, show func(second int, v *falochron.Vitals)) time.Time {
	v, _ := f.Vitals("lip")
	for i := range seconds {
		show(i, &v)
		f.set("lip", v)
		p.observe(from.Add(time.Duration(i) * time.Second))
	}
	return from.Add(time.Duration(seconds) * time.Second)
}

func newPulse() (*pulse, *fakeEdge) {
	f := &fakeEdge{all: map[string]falochron.Vitals{"lip": {Limit: 8, OrdersKnown: true, Arrivals: 1000, Orders: 50}}}
	return &pulse{source: f}, f
}

// People, orders, the longest wait and the time in which the shop was down, over any
// stretch, by hand.
func TestPulseCountsAStretch(t *testing.T) {
	p, f := newPulse()
	begin := theEvening
	// An hour: 2 people a second, an order every 10 s; from the tenth minute on a wait that
	// grows by a second each second for a minute; half a minute down from the twentieth.
	end := f.lookEvery(p, begin, 3600, func(i int, v *falochron.Vitals) {
		v.Arrivals += 2
		if i%10 == 0 {
			v.Orders++
		}
		v.FrontWaitSecs = 0
		if i >= 600 && i < 660 {
			v.FrontWaitSecs = i - 600
		}
		v.Binding = ""
		if i >= 1200 && i < 1230 {
			v.Binding = "shop-dead"
		}
	})
	w, ok := p.wave("lip", begin.Add(5*time.Minute), begin.Add(25*time.Minute))
	if !ok || w.people < 2399 || w.people > 2401 || w.orders < 119 || w.orders > 121 || w.longest != 59*time.Second || w.down < 29*time.Second || w.down > 31*time.Second || !w.ordersKnown {
		t.Errorf("%+v %v", w, ok)
	}
	if w, ok := p.wave("lip", begin.Add(30*time.Minute), end); !ok || w.longest != 0 || w.down != 0 {
		t.Errorf("%+v %v", w, ok)
	}
	if w, ok := p.wave("lip", end.Add(-7*time.Second), end); !ok || w.people < 11 || w.people > 14 {
		t.Errorf("of a moment ago: %+v %v", w, ok)
	}
	if _, ok := p.wave("lip", begin.Add(-time.Second), end); ok {
		t.Error("nobody looked before the beginning")
	}
	if _, ok := p.wave("hat", begin, end); ok {
		t.Error("there is no such shop")
	}
	g, ok := p.glance("lip")
	if !ok || g.people != 120 || g.peopleBefore < 119 || g.peopleBefore > 121 || g.top < 119 || g.top > 121 || g.down {
		t.Errorf("%+v %v", g, ok)
	}
	if b := p.shops["lip"]; len(b.recent) > beatSeconds || len(b.minutes) < 55 || len(b.minutes) > 60 {
		t.Errorf("%d seconds and %d minutes are kept", len(b.recent), len(b.minutes))
	}
}

// What a shop takes is known when people waited all the time, and not because an
// operator held them.
func TestPulseKnowsWhatAShopTakes(t *testing.T) {
	full := func(v *falochron.Vitals) { v.InLine, v.OrdersPerMin = 40, 90 }
	for name, c := range map[string]struct {
		show  func(i int, v *falochron.Vitals)
		takes float64
	}{
		"full for ten minutes": {func(_ int, v *falochron.Vitals) { full(v) }, 90},
		"never full":           {func(_ int, v *falochron.Vitals) { v.OrdersPerMin = 30 }, 0},
		"held by an operator":  {func(_ int, v *falochron.Vitals) { full(v); v.Mode = falochron.ModeHold }, 0},
		"down":                 {func(_ int, v *falochron.Vitals) { full(v); v.Binding = "shop-dead" }, 0},
		"full every other second": {func(i int, v *falochron.Vitals) {
			full(v)
			v.InLine *= i % 2
		}, 0},
		"full for two minutes only": {func(i int, v *falochron.Vitals) {
			if full(v); i > 120 {
				v.InLine = 0
			}
		}, 0},
		"orders not recognised": {func(_ int, v *falochron.Vitals) { full(v); v.OrdersKnown = false }, 0},
	} {
		p, f := newPulse()
		end := f.lookEvery(p, theEvening, 900, c.show)
		n, at, minutes, ok := p.takes("lip")
		if ok && minutes < 3 {
			t.Errorf("%s: the middle of %d minutes", name, minutes)
		}
		if n != c.takes || ok != (c.takes > 0) || ok && (at.Before(end.Add(-5*time.Minute)) || at.After(end)) {
			t.Errorf("%s: %g at %s, %v; want %g", name, n, at, ok, c.takes)
		}
	}
}

// A shop that is set up anew counts from nothing, and one that is gone is forgotten.
func TestPulseForgets(t *testing.T) {
	p, f := newPulse()
	at := f.lookEvery(p, theEvening, 60, func(_ int, v *falochron.Vitals) { v.Arrivals += 1 })
	at = f.lookEvery(p, at, 60, func(i int, v *falochron.Vitals) {
		if i == 0 {
			v.Arrivals = 0
		}
		v.Arrivals++
	})
	if w, ok := p.wave("lip", theEvening, at); !ok || w.people < 117 || w.people > 120 {
		t.Errorf("%+v %v", w, ok)
	}
	p.observe(at.Add(-time.Hour)) // the clock is set back
	if g, ok := p.glance("lip"); !ok || g.now.people < 117 {
		t.Errorf("%+v", g)
	}
	f.all = map[string]falochron.Vitals{}
	p.observe(at)
	if _, ok := p.glance("lip"); ok || len(p.shops) != 0 {
		t.Error("a shop that is gone is remembered")
	}
}

// Who left the line early, over any stretch and of the last ten minutes; and how busy the
// database is, as long as the shop says so.
func TestPulseKnowsWhoLeftAndTheDatabase(t *testing.T) {
	p, f := newPulse()
	busy := 0.5
	p.database = func(shop string, _ time.Time) (float64, bool) { return busy, shop == "lip" }
	end := f.lookEvery(p, theEvening, 1800, func(i int, v *falochron.Vitals) {
		if i%60 == 30 {
			v.LeftEarly += 3
		}
	})
	if w, ok := p.wave("lip", theEvening, end); !ok || w.left < 89 || w.left > 91 {
		t.Errorf("%+v %v", w, ok)
	}
	g, ok := p.glance("lip")
	if !ok || g.left < 29 || g.left > 31 || g.now.database != 0.5 || g.ago.database != 0.5 || !g.asked {
		t.Errorf("%+v %v", g, ok)
	}
	flow := here{glance: g, known: true}.flow()
	if flow.Left < 29 || flow.Left > 31 || flow.DatabaseBusy != 0.5 || flow.DatabaseUnasked {
		t.Errorf("%+v", flow)
	}
	busy = -1 // it says nothing any more
	f.lookEvery(p, end, 90, func(int, *falochron.Vitals) {})
	if g, _ = p.glance("lip"); g.now.database != -1 {
		t.Errorf("%+v", g)
	}
	if flow := (here{glance: g, known: true}).flow(); flow.DatabaseBusy != console.Unknown || flow.DatabaseBusyBefore != console.Unknown || flow.DatabaseUnasked {
		t.Errorf("%+v", flow)
	}
	p.database = nil
	if g, _ = p.glance("lip"); !(here{glance: g, known: true}).flow().DatabaseUnasked {
		t.Error("nobody is asked, and the page does not say so")
	}
}
