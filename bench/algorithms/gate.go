package algorithms

import (
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
)

// request is one request of one fan, or of the payment provider.
type request struct {
	id      uint64
	visitor uint64 // 0 = nobody's
	route   route
	lane    admit.Lane
	pressed time.Duration
	entered time.Duration
	beside  int // in flight when it began
	began   time.Duration
	came    time.Duration // at the gate
	until   time.Duration // it is refused if it still waits then

	answered func(admit.Outcome)
	refused  func()
	worked   func() // may be nil
}

// verdict is what becomes of a request that arrives.
type verdict uint8

const (
	refuse verdict = iota
	wait
	start
)

// gate decides which requests may be at the shop.
type gate interface {
	arrive(now time.Duration, r *request) verdict
	// done ends one that was started; it says who may start now and who is refused.
	done(now time.Duration, r *request, how admit.Outcome) (starts, refusals []*request)
	tick(now time.Duration) (starts, refusals []*request)
	cancel(now time.Duration, r *request)
	// load is what our places are told, but for who is outside.
	load(now time.Duration) admit.Load
	crowded(bool)
	limit() int
}

// laneGate is our limiter with its lanes and short queues. With a limit of somebody
// else it decides nothing but the order: its own limit starts so high that it is
// never reached, and the other one's is put over it like an owner's.
type laneGate struct {
	lim     *admit.Limiter
	other   Limit // nil: ours
	waiting map[uint64]*request
	out     [2][]*request
}

// outOfReach is a limit that no story reaches, so it is never changed either: a
// window in which it is not used says nothing.
const outOfReach = 2000

func newLaneGate(other Limit) *laneGate {
	g := &laneGate{other: other, waiting: map[uint64]*request{}}
	if other == nil {
		g.lim = admit.NewLimiter(admit.Config{}, epoch)
		return g
	}
	g.lim = admit.NewLimiter(admit.Config{Start: outOfReach}, epoch)
	g.lim.SetCeiling(other.Limit())
	return g
}

func (g *laneGate) arrive(now time.Duration, r *request) verdict {
	ok, v := g.lim.Arrive(epoch.Add(now), admit.Request{ID: r.id, Lane: r.lane, Class: routes[r.route].class, Visitor: r.visitor,
		Pressed: epoch.Add(r.pressed), Page: true})
	switch {
	case ok:
		r.beside, _ = g.lim.Use()
		return start
	case v.Action == falochron.Queue:
		g.waiting[r.id] = r
		return wait
	}
	return refuse
}

func (g *laneGate) done(now time.Duration, r *request, how admit.Outcome) (starts, refusals []*request) {
	if g.other != nil {
		g.other.Sample(Sample{Now: now, Took: now - r.began, Beside: r.beside, Failed: how != admit.Answered})
		g.lim.SetCeiling(g.other.Limit())
	}
	_, st, sh := g.lim.Done(epoch.Add(now), r.id, how)
	return g.found(st, sh)
}

func (g *laneGate) tick(now time.Duration) (starts, refusals []*request) {
	if g.other != nil {
		g.other.Tick(now)
		g.lim.SetCeiling(g.other.Limit())
	}
	return g.found(g.lim.Tick(epoch.Add(now)))
}

func (g *laneGate) found(st []admit.Start, sh []admit.Shed) (starts, refusals []*request) {
	g.out[0], g.out[1] = nil, nil
	take := func(id uint64) *request {
		r := g.waiting[id]
		delete(g.waiting, id)
		return r
	}
	for _, s := range st {
		r := take(s.ID)
		r.beside, _ = g.lim.Use()
		g.out[0] = append(g.out[0], r)
	}
	for _, s := range sh {
		g.out[1] = append(g.out[1], take(s.ID))
	}
	return g.out[0], g.out[1]
}

func (g *laneGate) cancel(_ time.Duration, r *request) {
	if g.waiting[r.id] != nil {
		g.lim.Cancel(r.id)
		delete(g.waiting, r.id)
	}
}

func (g *laneGate) load(now time.Duration) admit.Load {
	s := g.lim.State()
	l := admit.Load{Limit: s.Limit, Free: g.lim.FreeSlots(), Wait: g.lim.InsideWait(epoch.Add(now)), Queued: s.Ready, Dead: g.lim.Dead()}
	if g.other == nil {
		l.Probing, l.Growing, l.Fresh = g.lim.Probing(), g.lim.Growing(), g.lim.Fresh(epoch.Add(now))
	} else if p, ok := g.other.(prober); ok {
		l.Probing = p.probing()
	}
	return l
}

func (g *laneGate) crowded(yes bool) { g.lim.Crowded(yes) }
func (g *laneGate) limit() int       { n, _ := g.lim.Limit(); return n }

// Queue is where requests wait for which the limit has no room.
type Queue struct {
	Wait time.Duration // at most; 0 = nobody waits, who is too many is refused at once
	// Short and Long make it CoDel (Nichols and Jacobson 2012, RFC 8289) as servers
	// use it, with adaptive LIFO (Maurer, "Fail at Scale", ACM Queue 2015): a request
	// waits Long at most; if the queue was not empty once within the last Long, Short
	// at most, and whoever came last goes first.
	Short, Long time.Duration
}

// queueMost bounds the queue, as the backlog of Netflix's blocking limiters; chosen.
const queueMost = 100

// plainGate is a limit with one queue or none before it, for everybody alike.
type plainGate struct {
	lim      Limit // nil = none
	queue    Queue
	inFlight int
	waiting  []*request // oldest first
	empty    time.Duration
	waits    []waited // of the last seconds
}

type waited struct{ at, long time.Duration }

func newPlainGate(lim Limit, queue Queue) *plainGate { return &plainGate{lim: lim, queue: queue} }

func (g *plainGate) room() bool { return g.lim == nil || g.inFlight < g.lim.Limit() }

func (g *plainGate) arrive(now time.Duration, r *request) verdict {
	if len(g.waiting) == 0 {
		g.empty = now
	}
	switch {
	case g.room() && len(g.waiting) == 0:
		g.begin(now, r, 0)
		return start
	case g.queue == Queue{} || len(g.waiting) >= queueMost:
		return refuse
	}
	r.came, r.until = now, now+g.patience(now)
	g.waiting = append(g.waiting, r)
	return wait
}

// standing says that the queue has not been empty for so long that it is no burst.
func (g *plainGate) standing(now time.Duration) bool {
	return g.queue.Long > 0 && now-g.empty > g.queue.Long
}

func (g *plainGate) patience(now time.Duration) time.Duration {
	switch {
	case g.queue.Long == 0:
		return g.queue.Wait
	case g.standing(now):
		return g.queue.Short
	}
	return g.queue.Long
}

func (g *plainGate) begin(now time.Duration, r *request, long time.Duration) {
	g.inFlight++
	r.beside = g.inFlight
	g.waits = append(g.waits, waited{now, long})
}

func (g *plainGate) done(now time.Duration, r *request, how admit.Outcome) (starts, refusals []*request) {
	g.inFlight--
	if g.lim != nil {
		g.lim.Sample(Sample{Now: now, Took: now - r.began, Beside: r.beside, Failed: how != admit.Answered})
	}
	return g.settle(now)
}

func (g *plainGate) tick(now time.Duration) (starts, refusals []*request) {
	if g.lim != nil {
		g.lim.Tick(now)
	}
	return g.settle(now)
}

func (g *plainGate) settle(now time.Duration) (starts, refusals []*request) {
	g.waiting = slices.DeleteFunc(g.waiting, func(r *request) bool {
		if now >= r.until {
			refusals = append(refusals, r)
			g.waits = append(g.waits, waited{now, now - r.came})
			return true
		}
		return false
	})
	for len(g.waiting) > 0 && g.room() {
		at := 0
		if g.standing(now) {
			at = len(g.waiting) - 1
		}
		r := g.waiting[at]
		g.waiting = slices.Delete(g.waiting, at, at+1)
		g.begin(now, r, now-r.came)
		starts = append(starts, r)
	}
	if len(g.waiting) == 0 {
		g.empty = now
	}
	return starts, refusals
}

func (g *plainGate) cancel(now time.Duration, r *request) {
	g.waiting = slices.DeleteFunc(g.waiting, func(o *request) bool { return o == r })
	if len(g.waiting) == 0 {
		g.empty = now
	}
}

// waitsOver is how long a wait counts for the mean, as in our own limiter.
const waitsOver = 4 * time.Second

func (g *plainGate) load(now time.Duration) admit.Load {
	g.waits = slices.DeleteFunc(g.waits, func(w waited) bool { return now-w.at > waitsOver })
	var sum time.Duration
	for _, w := range g.waits {
		sum += w.long
	}
	limit := g.limit()
	l := admit.Load{Limit: limit, Free: max(limit-g.inFlight-len(g.waiting), 0), Queued: len(g.waiting)}
	if len(g.waits) > 0 {
		l.Wait = sum / time.Duration(len(g.waits))
	}
	if p, ok := g.lim.(prober); ok {
		l.Probing = p.probing()
	}
	return l
}

func (*plainGate) crowded(bool) {}

func (g *plainGate) limit() int {
	if g.lim == nil {
		return outOfReach
	}
	return g.lim.Limit()
}
