package control

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

// keepSeconds is how many seconds of history each shop keeps: 15 minutes, about
// 110 KiB a shop.
const keepSeconds = 900

// watch is the loop observe → decide → act over the vitals, once a second.
//
//  1. Observe: take every shop's vitals and orders.
//  2. Decide: what is new that people should read about (see notices).
//  3. Act: write that into the journal, remember the second, send it to those
//     who look on.
type watch struct {
	source   Source
	snapshot func(string) (falochron.Snapshot, bool)
	journal  *journal.Journal
	hub      hub
	plan     *Campaigns // nil = none
	radar    *Radar     // nil = none
	fleet    *Fleet     // nil = none
	planLost bool       // it was told that the plan is out of reach; the loop's own

	// mu guards seen. The loop alone writes; the API reads.
	mu   sync.Mutex
	seen map[string]*seen
}

// seen is what the loop remembers of one shop.
type seen struct {
	vitals  falochron.Vitals // last look
	at      time.Time        // when that was
	point   Point
	past    []Point // ring
	next    int     // slot of the oldest once the ring is full
	notices notices
}

func newWatch(source Source, snapshot func(string) (falochron.Snapshot, bool), j *journal.Journal, plan *Campaigns) *watch {
	w := &watch{source: source, snapshot: snapshot, journal: j, plan: plan, seen: make(map[string]*seen)}
	w.hub.setUp()
	return w
}

func (w *watch) run(ctx context.Context) {
	defer w.hub.close()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		w.observe(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *watch) observe(now time.Time) {
	shops := w.source.Shops()
	ofPlan := w.planNews()
	for _, shop := range shops {
		if ofPlan != "" {
			w.journal.Append(falochron.Record{Time: now, Shop: shop, Note: ofPlan})
		}
		v, ok := w.source.Vitals(shop)
		if !ok {
			continue
		}
		v = presentable(v)
		v.Shop = shop
		if v.Time.IsZero() {
			v.Time = now
		}
		point, news := w.remember(shop, v, now)
		for _, note := range news {
			w.journal.Append(falochron.Record{Time: now, Shop: shop, Note: note})
		}
		if w.hub.watched(shop) {
			w.tell(shop, View{Vitals: v, Point: point, Orders: w.orders(shop), Radar: w.radarView(shop), Fleet: w.fleetView(shop)})
		}
	}
	w.forget(shops)
}

// planNews is what people should read about the plan as a whole: the live page of
// each shop tells it.
func (w *watch) planNews() string {
	if w.plan == nil {
		return ""
	}
	lost := w.plan.Trouble() != nil
	if lost == w.planLost {
		return ""
	}
	w.planLost = lost
	if lost {
		return "plan: out of reach"
	}
	return "plan: in reach"
}

func (w *watch) remember(shop string, v falochron.Vitals, now time.Time) (Point, []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen[shop]
	if s == nil {
		s = &seen{}
		w.seen[shop] = s
	}
	s.point = pointOf(s.vitals, v, now.Sub(s.at))
	news := s.notices.decide(s.vitals, v, now)
	s.vitals, s.at = v, now
	if len(s.past) < keepSeconds {
		s.past = append(s.past, s.point)
	} else {
		s.past[s.next] = s.point
		s.next = (s.next + 1) % keepSeconds
	}
	return s.point, news
}

// forget drops the past of shops that a reload took away.
func (w *watch) forget(shops []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) <= len(shops) {
		return
	}
	there := make(map[string]bool, len(shops))
	for _, shop := range shops {
		there[shop] = true
	}
	for shop := range w.seen {
		if !there[shop] {
			delete(w.seen, shop)
		}
	}
}

func (w *watch) orders(shop string) Orders {
	s, _ := w.snapshot(shop)
	return ordersOf(s)
}

func (w *watch) radarView(shop string) *RadarView {
	if w.radar == nil {
		return nil
	}
	s, ok := w.radar.Look(shop)
	if !ok {
		return nil
	}
	v := s.View()
	return &v
}

func (w *watch) fleetView(shop string) *FleetView {
	if s, ok := w.fleet.Look(shop); ok {
		return s.view()
	}
	return nil
}

func (w *watch) tell(shop string, view View) {
	data, err := json.Marshal(view)
	if err != nil { // presentable has removed what JSON cannot write
		return
	}
	w.hub.send(shop, data)
}

// look returns a shop as it is now.
func (w *watch) look(shop string) (View, bool) {
	v, ok := w.source.Vitals(shop)
	if !ok {
		return View{}, false
	}
	v = presentable(v)
	v.Shop = shop
	view := View{Vitals: v, Orders: w.orders(shop), Point: pointOf(falochron.Vitals{}, v, 0), Radar: w.radarView(shop), Fleet: w.fleetView(shop)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.seen[shop]; s != nil {
		view.Point = s.point
	}
	return view, true
}

// history returns the last seconds of a shop, oldest first.
func (w *watch) history(shop string, seconds int) ([]Point, bool) {
	if _, ok := w.source.Vitals(shop); !ok {
		return nil, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen[shop]
	if s == nil {
		return []Point{}, true
	}
	out := make([]Point, 0, len(s.past))
	out = append(out, s.past[s.next:]...)
	out = append(out, s.past[:s.next]...)
	return out[max(0, len(out)-seconds):], true
}
