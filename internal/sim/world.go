package sim

import "time"

// world is one story being played.
type world struct {
	agenda
	s     Scenario
	dice  dice // what happens
	comes dice // who comes
	scale float64
	shape *shapes

	people       []person
	freePeople   []int32
	inside       int
	requests     []request
	stamps       []uint32
	freeRequests []int32
	woken        []wakeup
	delivering   bool

	front  *front
	called int // people called who have not come in

	replicas []*replica // not gone
	all      []*replica
	well     int // ready
	came     int // starts that came to an end,
	failed   int // and that did not
	turn     int
	nodes    int
	coming   []time.Duration // when machines come
	wanted   int
	querying int
	queries  []int32

	tally tally
	steps []Step
}

// Options are how a scenario is played.
type Options struct {
	Scaler Scaler // who decides; nil = nobody, the first replicas stay
	// Open takes the front away: everybody goes to the shop as they come.
	Open bool
	// Luck draws anew what chance there is beside who comes when: what people want, how long
	// they think, how long a request takes. The same people come. 0 = the story's own.
	Luck uint64
}

// Play plays a scenario to its end.
//
//  1. Ten times a second people come, go in or join the line; the gate ticks.
//  2. Once a second impatience, machines and replicas move on, samples are taken, and the
//     scaler is asked.
//  3. Between these, events: people press, replicas answer, people leave.
//
// The scenario must be one that [Scenario.Check] accepts.
func Play(s Scenario, o Options) *Result {
	w := begin(s, o)
	w.play(o)
	return w.result(o)
}

func begin(s Scenario, o Options) *world {
	s = s.withDefaults()
	w := &world{s: s, dice: newDice(s.Seed+o.Luck*lucks, 1), comes: newDice(s.Seed, arrivalsStream), scale: s.Shop.Page.Seconds() / basePage, shape: newShapes()}
	w.tally.init(int(s.Lasts.Seconds()))
	if !o.Open {
		w.front = newFront(&s)
	}
	w.firstReplicas()
	w.wanted = s.Replicas.Have
	return w
}

func (w *world) play(o Options) {
	ticks := int(w.s.Lasts / tick)
	for i := range ticks {
		from := time.Duration(i) * tick
		w.run(from)
		if i > 0 && i%int(time.Second/tick) == 0 {
			w.second(i/int(time.Second/tick), o.Scaler)
		}
		w.arrivals(from)
		if w.front != nil {
			w.front.tick(w)
		}
	}
	w.run(w.s.Lasts)
	w.note(int(w.s.Lasts/time.Second) - 1)
}

// arrivals lets those come who come within a tick.
func (w *world) arrivals(from time.Duration) {
	n := newcomers(w.comes, w.shape, &w.s.Crowd, from)
	if n == 0 {
		return
	}
	w.tally.came(w.now, n)
	if w.front != nil {
		w.front.knock(w, n)
		return
	}
	for range n {
		w.tally.told(0, 0, 0)
		w.letIn(w.now)
	}
}

// second is what happens when so many seconds have passed.
func (w *world) second(passed int, by Scaler) {
	if w.front != nil {
		w.front.impatience(w)
	}
	w.engine()
	for _, r := range w.replicas {
		r.sample(w.now, w.s.Shop.Workers)
	}
	w.note(passed - 1)
	if by == nil {
		return
	}
	was := w.wanted
	n, why := by.Decide(&Sight{Now: w.now, Scenario: &w.s, Replicas: w.replicas, Seconds: w.tally.seconds[:passed], Wanted: w.wanted, InLine: w.inLine(), Inside: w.inside, Startable: w.startable(), edge: w.vitals()})
	if d, ok := by.(doubter); ok && w.front != nil {
		w.front.doubt = d.doubts()
	}
	w.order(n)
	if w.wanted != was {
		w.steps = append(w.steps, Step{At: w.now, From: was, To: w.wanted, Why: why})
	}
}

// inLine is how many people wait before the door.
func (w *world) inLine() int {
	if w.front == nil {
		return 0
	}
	return w.front.room.Waiting() + w.front.unseen + w.called
}

// startable is how many replicas more could start without a new machine; -1: as many as
// one likes.
func (w *world) startable() int {
	per := w.s.Replicas.PerNode
	if per == 0 {
		return -1
	}
	on := 0
	for _, r := range w.replicas {
		if r.phase != gone {
			on++
		}
	}
	return max(w.nodes*per-on, 0)
}

// run lets happen what is planned until then.
func (w *world) run(until time.Duration) {
	for len(w.next) > 0 && w.next[0].at <= until {
		e := w.pop()
		w.now = e.at
		w.happen(e)
	}
	w.now = until
}

func (w *world) happen(e event) {
	switch e.what {
	case thinks:
		w.thought(e.who, e.arg)
	case reloads:
		w.reloaded(e.who, e.arg)
	case leaves:
		w.left(e.who, e.arg)
	case looks:
		w.front.look(w, e.who)
	case worked:
		if w.stamps[e.who] == e.arg {
			w.workedOn(e.who)
		}
	case queried:
		if w.stamps[e.who] == e.arg {
			w.queryDone(e.who)
		}
	case timesOut:
		if w.stamps[e.who] == e.arg {
			w.tooLate(e.who)
		}
	}
}
