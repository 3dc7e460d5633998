package admit

import (
	"fmt"
	"time"

	"github.com/falochron/falochron"
)

// A story is one crowd before one shop.
type story struct {
	seed   uint64
	shop   func(*world) shop
	fans   func(t float64) float64 // arrivals per second at second t
	length float64                 // seconds
	fills  float64                 // static cache fills per second beside the fans, 0.02 s each
	flood  float64                 // pages per second that nobody with a place waits for
	cfg    Config
	fixed  int  // limit held here instead of learnt; 0 = learnt
	open   bool // nothing stands before the shop
	at     map[float64]func(*wave)
	trace  bool
}

// wave is a story being played: the limiter and the places as the edge uses
// them, a line whose front looks every 2 to 2.6 seconds, and what came of it.
type wave struct {
	story
	*world
	began  time.Time
	target shop
	lim    *Limiter
	places *Places
	parked map[uint64]parked
	lastID uint64

	line      int       // people waiting whom nobody has called
	called    int       // called, and looking whether there is a place
	turned    time.Time // when somebody called was last turned away
	updated   time.Time
	came      int
	inside    int
	takenBack bool // what somebody gave up last had not gone to the shop yet

	result
}

type parked struct{ start, shed func() }

type result struct {
	orders  []float64 // when, in seconds
	entered int
	broken  int // people inside who got an error, a refusal or more than 10 s
	sheds   int
	left    int         // for slowness
	tillBad int         // broken at the till
	charged int         // left while their order was at the shop
	answers [][]float64 // seconds until an answer to somebody inside, by second
	work    []float64   // base seconds answered, by second
	limits  []int       // by second
	flight  []int       // in flight, by second
	probes  int         // tenths of a second spent probing
	most    int         // in flight at once
}

func play(s story) *wave {
	w := &wave{story: s, world: newWorld(s.seed), parked: map[uint64]parked{}}
	w.began, w.target = w.now, s.shop(w.world)
	w.lim, w.places = NewLimiter(s.cfg, w.now), NewPlaces(w.now)
	if s.fixed > 0 {
		w.lim.SetCeiling(s.fixed)
	}
	for t, do := range s.at {
		w.after(t, func() { do(w) })
	}
	w.tick()
	w.arrivals()
	w.second()
	if s.fills > 0 {
		w.fill()
	}
	if s.flood > 0 {
		w.pour()
	}
	w.run(w.began.Add(seconds(s.length)))
	return w
}

func (w *wave) t() float64 { return w.now.Sub(w.began).Seconds() }

// arrivals lets fans come, one after the other.
func (w *wave) arrivals() {
	rate := w.fans(w.t())
	if rate <= 0 {
		w.after(0.1, w.arrivals)
		return
	}
	gap := w.rng.ExpFloat64() / rate
	if gap > 1 {
		w.after(1, w.arrivals) // the rate may have changed by then
		return
	}
	w.after(gap, func() {
		w.knock()
		w.arrivals()
	})
}

// knock is a newcomer; nobody passes those who wait.
func (w *wave) knock() {
	if w.open {
		w.enter()
		return
	}
	w.update()
	if ok, _ := w.places.Verdict(); ok && w.line == 0 && w.now.Sub(w.turned) > 3*time.Second {
		w.enter()
		return
	}
	w.line++
}

// look is somebody called asking whether there is a place, and, a round trip
// later, taking it.
func (w *wave) look() {
	w.update()
	if ok, _ := w.places.Verdict(); !ok {
		w.turned = w.now
		w.after(w.within(2, 2.6), w.look)
		return
	}
	w.after(w.within(0.05, 0.2), func() {
		w.update()
		if ok, _ := w.places.Verdict(); !ok {
			w.turned = w.now
			w.after(w.within(2, 3), w.look)
			return
		}
		w.called--
		w.enter()
	})
}

func (w *wave) enter() {
	w.places.Enter(w.now)
	w.came++
	w.inside++
	w.entered++
	f := &fan{id: uint64(w.came), buyer: w.buys(w.came), entered: w.now}
	f.steps, f.temper = w.visit(f.buyer), w.temper()
	w.goOn(f)
}

type fan struct {
	id      uint64
	buyer   bool
	entered time.Time
	steps   []step
	pressed time.Time // the page asked for; it may take two requests
	temper
}

func (w *wave) goOn(f *fan) {
	if len(f.steps) == 0 {
		w.inside--
		if f.buyer {
			w.orders = append(w.orders, w.t())
		}
		return
	}
	s := f.steps[0]
	f.steps = f.steps[1:]
	w.after(s.think, func() {
		if s.think > 0 || s.lane == LaneNew {
			f.pressed = w.now
		}
		at := f.pressed
		w.patiently(f.at(s), func(done func(bool)) func() { return w.request(s, f, done) }, func(ok, left bool) {
			took := w.now.Sub(at).Seconds()
			if ok && took <= 10 && len(f.steps) > 0 && f.steps[0].think == 0 {
				w.goOn(f) // a redirect: the page is still to come
				return
			}
			sec := int(w.t())
			for len(w.answers) <= sec {
				w.answers = append(w.answers, nil)
			}
			w.answers[sec] = append(w.answers[sec], took)
			if left {
				w.inside--
				w.left++
				if s.pays() && !w.takenBack {
					w.charged++
				}
				return
			}
			if !ok || took > 10 {
				w.broken++
				if s.lane == LaneCheckout || s.pays() {
					w.tillBad++
				}
			}
			if !ok {
				w.inside--
				return
			}
			w.goOn(f)
		})
	})
}

// request sends one through the limiter and returns how to take it back.
func (w *wave) request(s step, f *fan, done func(ok bool)) (takeBack func()) {
	w.lastID++
	id := w.lastID
	if w.open {
		w.target.ask(s.base, func(how Outcome) { done(how == Answered) })
		return func() {}
	}
	start := func() {
		busy, backlog := w.target.load()
		w.most = max(w.most, busy+backlog)
		w.target.ask(s.base, func(how Outcome) {
			took, st, sh := w.lim.Done(w.now, id, how)
			later := w.wake(st, sh)
			if f != nil && how == Answered && s.lane != LaneCallback { // the shop's partner asked that, and nobody's account has it
				w.places.Spent(w.now, f.entered, took, s.class)
			}
			done(how == Answered)
			later()
		})
	}
	r := Request{ID: id, Lane: s.lane, Class: s.class}
	if f != nil {
		r.Visitor, r.Pressed = f.id, f.pressed
	}
	ok, v := w.lim.Arrive(w.now, r)
	switch {
	case ok:
		start()
	case v.Action == falochron.Queue:
		w.parked[id] = parked{start, func() { w.sheds++; done(false) }}
	default:
		w.sheds++
		done(false)
	}
	return func() {
		_, waits := w.parked[id]
		if w.takenBack = waits; waits {
			w.lim.Cancel(id)
			delete(w.parked, id)
		}
	}
}

// fill is the edge's own request for something static.
func (w *wave) fill() {
	w.request(step{class: falochron.ClassStatic, lane: LaneCart, base: 0.02}, nil, func(bool) {})
	w.after(w.rng.ExpFloat64()/w.fills, w.fill)
}

// pour is the edge's own request for one page of many.
func (w *wave) pour() {
	w.request(step{class: falochron.ClassPage, lane: LaneOutside, base: 0.35}, nil, func(bool) {})
	w.after(w.rng.ExpFloat64()/w.flood, w.pour)
}

func (w *wave) wake(st []Start, sh []Shed) func() {
	var todo []func()
	for _, s := range st {
		todo = append(todo, w.parked[s.ID].start)
		delete(w.parked, s.ID)
	}
	for _, s := range sh {
		todo = append(todo, w.parked[s.ID].shed)
		delete(w.parked, s.ID)
	}
	return func() {
		for _, do := range todo {
			do()
		}
	}
}

func (w *wave) update() {
	if w.now.Sub(w.updated) < 20*time.Millisecond {
		return
	}
	w.updated = w.now
	s := w.lim.State()
	outside := w.line
	if outside == 0 && w.now.Sub(w.turned) < 3*time.Second {
		outside = 1
	}
	w.lim.Crowded(outside > 0)
	w.places.Update(w.now, Load{Limit: s.Limit, Free: w.lim.FreeSlots(), Wait: w.lim.InsideWait(w.now),
		Queued: s.Ready, Outside: outside, Probing: w.lim.Probing(), Dead: w.lim.Dead(), Growing: w.lim.Growing(), Starting: w.lim.Starting(), Filled: w.lim.Filled(), Fresh: w.lim.Fresh(w.now), Busy: w.lim.Busy()})
}

// tick is the edge's, ten times a second.
func (w *wave) tick() {
	if w.fixed > 0 {
		w.lim.climb = newClimb(levels[len(levels)-1], w.now)
	}
	w.wake(w.lim.Tick(w.now))()
	w.update()
	limit, _ := w.lim.Limit()
	if w.lim.Probing() {
		w.probes++
	}
	for want := w.places.Standby(limit); w.line > 0 && float64(w.called) < want; {
		w.line--
		w.called++
		w.after(w.within(0, 2.3), w.look)
	}
	w.after(0.1, w.tick)
}

// second notes the figures of a second that has passed.
func (w *wave) second() {
	w.after(1, func() {
		s := w.lim.State()
		sum := w.target.worked()
		for _, x := range w.work {
			sum -= x
		}
		w.work = append(w.work, sum)
		w.limits = append(w.limits, s.Limit)
		w.flight = append(w.flight, s.InFlight)
		if w.trace && len(w.work) > 0 {
			busy, backlog := w.target.load()
			fmt.Printf("%3ds limit %2d in flight %2d queued %2d at the shop %d+%d inside %d line %d work %.1f aim %.2f demand %.1f now %.1f (%s) wait %v rate %.2f base %v broken %d phase %d: %s\n",
				len(w.work), s.Limit, s.InFlight, s.Queued, busy, backlog, w.inside, w.line, sum, w.places.Aim(), w.places.Demand(0), w.places.Now(), w.places.bound,
				w.lim.InsideWait(w.now).Round(time.Millisecond), w.places.PerSecond(s.Limit), s.Base.Round(time.Millisecond), w.broken, w.lim.climb.phase, s.Why)
		}
		w.second()
	})
}

// ordersPerMin and workPerSec are the yields from second from to second to.
func (r *result) ordersPerMin(from, to float64) float64 {
	n := 0
	for _, o := range r.orders {
		if o >= from && o < to {
			n++
		}
	}
	return float64(n) / (to - from) * 60
}

func (r *result) workPerSec(from, to float64) float64 {
	sum := 0.0
	for _, x := range r.work[int(from):int(to)] {
		sum += x
	}
	return sum / (to - from)
}

// badSeconds counts the seconds whose p95 exceeded bound.
func (r *result) badSeconds(from, to int, bound float64) (n int) {
	for s := from; s < min(to, len(r.answers)); s++ {
		if quantile(r.answers[s], 0.95) > bound {
			n++
		}
	}
	return n
}

// secondsToProtect is until when within the first minute the p95 of a second's answers, and
// of those before as far as there are fewer than twenty, was beyond a bound.
func (r *result) secondsToProtect(bound float64) (n int) {
	for s := range min(60, len(r.answers)) {
		var took []float64
		for i := s; i >= 0 && len(took) < 20; i-- {
			took = append(took, r.answers[i]...)
		}
		if quantile(took, 0.95) > bound {
			n = s + 1
		}
	}
	return n
}

func (r *result) meanLimit(from, to int) float64 {
	sum := 0
	for _, l := range r.limits[from:to] {
		sum += l
	}
	return float64(sum) / float64(to-from)
}

func (r *result) maxLimit(from, to int) (m int) {
	for _, l := range r.limits[from:to] {
		m = max(m, l)
	}
	return m
}
