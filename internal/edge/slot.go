package edge

import (
	"context"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
)

// What the gate does with requests: slots at the shop, and the short queue for
// them. Who may send any is in gate.go.

// ask is one request for a slot.
type ask struct {
	lane    admit.Lane
	class   falochron.Class
	key     sessionKey // zero for nobody
	replica uint64     // where the visitor stays, see [origin.Pool.Home]; 0 = at none
	page    bool       // the person waits for a page
}

// acquire takes a slot at the shop, waiting in the short queue if it must. The
// returned slot is nil when the verdict is a refusal. A visitor who goes away
// while waiting gets the context's error as refusal "client-gone".
//
// A navigation that a redirect has led to, or a reload, counts as come when the
// person first pressed.
func (g *gate) acquire(ctx context.Context, now time.Time, a ask) (*slot, verdict) {
	g.mu.Lock()
	g.lastID++
	id := g.lastID
	pressed := now
	if a.page {
		pressed = g.people.pressed(now, a.key)
	}
	ok, v := g.lim.Arrive(now, admit.Request{ID: id, Lane: a.lane, Class: a.class, Visitor: a.key.hash(), Replica: a.replica, Pressed: pressed, Page: a.page})
	if ok {
		g.mu.Unlock()
		return &slot{g: g, id: id, key: a.key, lane: a.lane, class: a.class, pressed: pressed}, v
	}
	if v.Action != falochron.Queue {
		g.mu.Unlock()
		return nil, v
	}
	ch := make(chan verdict, 1)
	g.parked[id] = ch
	g.mu.Unlock()

	select {
	case got := <-ch:
		if got.Action == falochron.Shed {
			return nil, got
		}
		return &slot{g: g, id: id, key: a.key, lane: a.lane, class: a.class, pressed: pressed, waited: time.Since(now)}, v
	case <-ctx.Done():
		g.mu.Lock()
		if a.page {
			g.people.waitsSince(time.Now(), pressed, a.key) // perhaps a reload
		}
		if _, still := g.parked[id]; still {
			delete(g.parked, id)
			g.lim.Cancel(id)
			g.mu.Unlock()
			return nil, verdict{Action: falochron.Shed, Reason: "client-gone"}
		}
		g.mu.Unlock()
		// Started in the same moment: give the slot back unused.
		if got := <-ch; got.Action != falochron.Shed {
			(&slot{g: g, id: id, key: a.key, lane: a.lane, class: a.class}).done(admit.Dropped)
		}
		return nil, verdict{Action: falochron.Shed, Reason: "client-gone"}
	}
}

// deadline is how long a request may wait in a lane.
func (g *gate) deadline(lane admit.Lane) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lim.Deadline(lane)
}

// acquireFill takes a slot for the cache's own request. So that a flood of
// addresses that nobody has asked for before does not fill a lane, only so many
// fills may wait.
func (g *gate) acquireFill(ctx context.Context, now time.Time, lane admit.Lane, class falochron.Class) *slot {
	if g.fills.Add(1) > fillsWaiting {
		g.fills.Add(-1)
		return nil
	}
	defer g.fills.Add(-1)
	s, _ := g.acquire(ctx, now, ask{lane: lane, class: class})
	return s
}

const fillsWaiting = 256 // a quarter of a lane; a page has some dozens of files, and equal ones wait as one

// watch counts a request that goes through whatever the verdict, and returns
// what would have been decided.
func (g *gate) watch(now time.Time, lane admit.Lane, class falochron.Class, key sessionKey) (*slot, verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lastID++
	v := g.lim.Watch(now, admit.Request{ID: g.lastID, Lane: lane, Class: class, Visitor: key.hash()})
	return &slot{g: g, id: g.lastID, key: key, lane: lane, class: class}, v
}

// slot is one request at the shop.
type slot struct {
	g       *gate
	id      uint64
	key     sessionKey
	lane    admit.Lane
	class   falochron.Class
	pressed time.Time // when the person asked for the page this request is part of
	waited  time.Duration
	after   func() // called when the slot is given back; nil = nothing
	once    sync.Once
}

// done gives the slot back. Only the first call counts.
func (s *slot) done(how admit.Outcome) {
	s.once.Do(func() {
		now := time.Now()
		g := s.g
		g.mu.Lock()
		took, starts, sheds := g.lim.Done(now, s.id, how)
		wake := g.take(starts, sheds)
		if entered, ok := g.people.entered(s.key); ok && how == admit.Answered && s.lane != admit.LaneCallback {
			g.places.Spent(now, entered, took, s.class)
		}
		g.mu.Unlock()
		wake.deliver()
		if s.after != nil {
			s.after()
		}
	})
}

// wakings are answers to parked requests, delivered outside the lock.
type wakings []struct {
	ch chan verdict
	v  verdict
}

func (g *gate) take(starts []admit.Start, sheds []admit.Shed) (w wakings) {
	put := func(id uint64, v verdict) {
		if ch, ok := g.parked[id]; ok {
			delete(g.parked, id)
			w = append(w, struct {
				ch chan verdict
				v  verdict
			}{ch, v})
		}
	}
	for _, s := range starts {
		put(s.ID, verdict{Action: falochron.Queue})
	}
	for _, s := range sheds {
		put(s.ID, s.Verdict)
	}
	return w
}

func (w wakings) deliver() {
	for _, k := range w {
		k.ch <- k.v
	}
}
