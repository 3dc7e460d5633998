package scale

import (
	"math"
	"time"
)

// world is a shop in virtual time, as a vessel: people come, wait in line in the order
// in which they came, are let in while there is room, and leave when they have been
// served. Each tick is a second. It knows nothing of how Decider decides.
type world struct {
	now    time.Time
	each   float64       // people a second that a warm replica serves
	visit  time.Duration // how long one stays if not held up
	most   float64       // people a second that the database bears; 0 = no bound
	start  time.Duration
	warm   time.Duration
	cold   float64
	drain  time.Duration // a replica that has to go is gone after it
	broken int           // of those ordered next, so many never start
	lag    time.Duration // until the engine does what was ordered

	arrivals func(at time.Duration) float64 // people a second, since began
	began    time.Time

	cohorts  []cohort // the line
	first    int
	inside   float64
	served   []float64 // of the last ten seconds
	came     []float64
	replicas []copyOf
	asked    int
	order    []ordered

	// What is to be judged in the end.
	spent    float64 // replica-seconds of all that cost
	overload float64 // seconds in which those inside asked for more than a tenth beyond what the shop could serve
	peak     int
	waits    []cohort // people and how long they had waited
	people   float64
}

type cohort struct {
	at     time.Time
	people float64
	waited time.Duration
}

type copyOf struct {
	phase   Phase
	ordered time.Time
	since   time.Time
	broken  bool
}

type ordered struct {
	at time.Time
	n  int
}

func newWorld(at time.Time) *world {
	return &world{now: at, began: at, each: 0.5, visit: 3 * time.Minute, start: 40 * time.Second, warm: 10 * time.Second, cold: 0.2, drain: time.Minute}
}

// stand puts n ready replicas up that have been there for an hour.
func (w *world) stand(n int) {
	for range n {
		at := w.now.Add(-time.Hour)
		w.replicas = append(w.replicas, copyOf{phase: Ready, ordered: at.Add(-w.start), since: at})
	}
	w.asked = n
}

// scale is what an engine does with an order.
func (w *world) scale(n int) {
	w.order = append(w.order, ordered{w.now.Add(w.lag), n})
}

func (w *world) engine() {
	for len(w.order) > 0 && !w.order[0].at.After(w.now) {
		w.asked = w.order[0].n
		w.order = w.order[1:]
	}
	there := 0
	kept := w.replicas[:0]
	for _, r := range w.replicas {
		switch {
		case r.phase == Starting && !r.broken && w.now.Sub(r.ordered) >= w.start:
			r.phase, r.since = Ready, w.now
		case r.phase == Draining && w.now.Sub(r.since) >= w.drain:
			continue
		}
		if r.phase != Draining {
			there++
		}
		kept = append(kept, r)
	}
	w.replicas = kept
	for ; there < w.asked; there++ {
		w.replicas = append(w.replicas, copyOf{phase: Starting, ordered: w.now, since: w.now, broken: w.broken > 0})
		w.broken = max(w.broken-1, 0)
	}
	// Those that do not serve go first, as engines do.
	for _, p := range []Phase{Failed, Starting, Ready} {
		for i := len(w.replicas) - 1; i >= 0 && there > w.asked; i-- {
			if w.replicas[i].phase != p {
				continue
			}
			there--
			if p == Ready {
				w.replicas[i].phase, w.replicas[i].since = Draining, w.now
			} else {
				w.replicas = append(w.replicas[:i], w.replicas[i+1:]...)
			}
		}
	}
}

// bears is how many people a second the shop can serve now.
func (w *world) bears() float64 {
	c := 0.0
	for _, r := range w.replicas {
		switch {
		case r.phase == Ready && w.now.Sub(r.since) < w.warm:
			c += w.each * w.cold
		case r.phase == Ready || r.phase == Draining:
			c += w.each
		}
	}
	if w.most > 0 {
		c = min(c, w.most)
	}
	return c
}

func (w *world) line() float64 {
	n := 0.0
	for _, c := range w.cohorts[w.first:] {
		n += c.people
	}
	return n
}

// tick lets a second pass.
func (w *world) tick() {
	w.now = w.now.Add(time.Second)
	w.engine()
	rate := 0.0
	if w.arrivals != nil {
		rate = max(w.arrivals(w.now.Sub(w.began)), 0)
	}
	if rate > 0 {
		w.cohorts = append(w.cohorts, cohort{at: w.now, people: rate})
		w.people += rate
	}
	bears := w.bears()
	asks := w.inside / w.visit.Seconds()
	served := min(asks, bears)
	if over := asks - bears*1.1; over > 0 && w.inside > 0.5 {
		w.overload++
	}
	w.inside -= served
	// Draining replicas take nobody new: what they bear is not room.
	room := bears*w.visit.Seconds() - w.inside
	for room > 1e-9 && w.first < len(w.cohorts) {
		c := &w.cohorts[w.first]
		k := min(c.people, room)
		w.waits = append(w.waits, cohort{people: k, waited: w.now.Sub(c.at)})
		c.people -= k
		room -= k
		w.inside += k
		if c.people < 1e-9 {
			w.first++
		}
	}
	w.served, w.came = slide(w.served, served), slide(w.came, rate)
	w.spent += float64(len(w.replicas))
	w.peak = max(w.peak, w.asked)
}

func slide(v []float64, x float64) []float64 {
	if v = append(v, x); len(v) > 10 {
		v = v[1:]
	}
	return v
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / max(float64(len(v)), 1)
}

// observed is what a Decider is told.
func (w *world) observed() Observed {
	o := Observed{Asked: w.asked, Startable: -1, Served: mean(w.served), Arrivals: mean(w.came), Visit: w.visit,
		InLine: int(math.Round(w.line())), Inside: int(math.Round(w.inside))}
	for _, r := range w.replicas {
		o.Replicas = append(o.Replicas, Replica{Phase: r.phase, Ordered: r.ordered, Since: r.since})
	}
	if b := w.bears(); b > 0 {
		o.Busy = min(w.inside/w.visit.Seconds()/b, 1)
	}
	switch {
	case o.Arrivals > 2*w.each*2:
		o.Sea = Storm
	case o.InLine > 0:
		o.Sea = Ebb
	}
	return o
}

// waited is the p-quantile of the waits of those who got in.
func (w *world) waited(p float64) time.Duration {
	byWait := map[time.Duration]float64{}
	longest := time.Duration(0)
	total := 0.0
	for _, c := range w.waits {
		byWait[c.waited] += c.people
		longest = max(longest, c.waited)
		total += c.people
	}
	seen := 0.0
	for d := time.Duration(0); d <= longest; d += time.Second {
		if seen += byWait[d]; seen >= p*total {
			return d
		}
	}
	return longest
}
