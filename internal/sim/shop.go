package sim

import (
	"math"
	"time"
)

// phase is where in its life a replica is.
type phase uint8

const (
	pending  phase = iota // ordered; no machine has room for it
	starting              // on a machine, not ready yet
	ready                 // takes requests
	failed                // its start failed; it is tried again later
	draining              // ends what it has, takes nothing new
	gone
)

// request is one on its way: waiting at the limiter, at a replica, or being worked.
type request struct {
	who     int32  // person
	serial  uint32 // of the person when it was asked; another means that nobody waits for it
	step    *step
	entered time.Duration // when the person was let in
	replica int32         // where it is
	came    time.Duration // when it came to the replica
	began   bool
	sent    bool // it is at the shop
	refused bool // given up by the replica; its work is not done
	query   time.Duration
}

// replica is one copy of the shop: workers that are held, and a backlog before them, as
// PHP behind nginx: 511 wait, the next is refused at once; who has waited 30 s gets 504.
type replica struct {
	id      int
	phase   phase
	ordered time.Duration
	since   time.Duration // when the phase began
	begun   time.Duration // when it got onto its machine; also when it is tried again
	readyAt time.Duration // when it will be ready; then: when it became so
	tries   int
	settled float64       // visitors who were given it to stay at, fading
	faded   time.Duration // until when they have
	busy    int
	queue   []int32
	head    int

	// For those who look from outside.
	seen     time.Duration
	busyArea float64 // worker-seconds held since the last second's sample
	hereArea float64 // requests here, the same
	done     int     // answered in this second
	cpu      [sampleRing]float32
	here     [sampleRing]float32
	served   [sampleRing]float32
	samples  int // taken so far
}

// sampleRing is how many seconds of samples are kept of each replica.
const sampleRing = 128

const (
	backlog    = 511
	queueLimit = 30 * time.Second
	crowding   = 0.3 // how much slower a replica is with all workers held: PHP, measured
)

func (r *replica) waiting() int { return len(r.queue) - r.head }
func (r *replica) load() int    { return r.busy + r.waiting() }

// account brings the areas up to date.
func (r *replica) account(now time.Duration) {
	if d := (now - r.seen).Seconds(); d > 0 {
		r.busyArea += d * float64(r.busy)
		r.hereArea += d * float64(r.load())
		r.seen = now
	}
}

func (r *replica) sample(now time.Duration, workers int) {
	r.account(now)
	i := r.samples % sampleRing
	r.cpu[i] = float32(r.busyArea / float64(workers))
	r.here[i] = float32(r.hereArea)
	r.served[i] = float32(r.done)
	r.samples++
	r.busyArea, r.hereArea, r.done = 0, 0, 0
}

// mean is the mean of the last n samples of a ring, or of as many as there are.
func (r *replica) mean(ring *[sampleRing]float32, n int) float64 {
	n = min(n, r.samples, sampleRing)
	if n == 0 {
		return 0
	}
	sum := 0.0
	for i := r.samples - n; i < r.samples; i++ {
		sum += float64(ring[i%sampleRing])
	}
	return sum / float64(n)
}

// speed is how fast it works now, as a share of a warm one.
func (w *world) speed(r *replica) float64 {
	if w.now < r.readyAt+w.s.Replicas.Cold {
		return coldSpeed
	}
	return 1
}

// share is the part of its full share that a replica gets and counts for: what it does, or
// what the edge supposes while a new one starts slowly.
func (w *world) share(r *replica) float64 {
	slow := w.s.Replicas.SlowStart
	if slow == 0 {
		return w.speed(r)
	}
	if age := w.now - r.readyAt; age < slow {
		return coldSpeed + (1-coldSpeed)*float64(age)/float64(slow)
	}
	return 1
}

// Who was settled at a replica counts half after settledHalf, and a request there for as many
// as flightWeighs, as at the edge.
const (
	settledHalf  = time.Minute
	flightWeighs = 60.0
)

// homeOf is the replica at which a visitor stays: of those that take requests the one with
// the least before it for its share. Who is at home somewhere moves
// only when that one goes, and keeps it for as long as it drains.
func (w *world) homeOf(p *person) *replica {
	if p.home != nobody {
		switch r := w.all[p.home]; r.phase {
		case ready:
			return r
		case draining:
			if w.s.Replicas.Drain > 0 {
				return r
			}
		}
	}
	var his *replica
	least := 0.0
	w.turn++
	for i := range w.replicas {
		r := w.replicas[(i+w.turn)%len(w.replicas)]
		if r.phase != ready {
			continue
		}
		r.settled *= math.Exp2(-float64(w.now-r.faded) / float64(settledHalf))
		r.faded = w.now
		if n := (r.settled + flightWeighs*float64(r.load()) + 1) / w.share(r); his == nil || n < least {
			his, least = r, n
		}
	}
	p.home = nobody
	if his != nil {
		his.settled++
		p.home = int32(his.id)
	}
	return his
}

// stays is the number by which the limiter knows the replica where a visitor stays; 0: at none.
func (w *world) stays(p *person) uint64 {
	if !w.s.Replicas.Sticky {
		return 0
	}
	if r := w.homeOf(p); r != nil {
		return uint64(r.id) + 1
	}
	return 0
}

// choose is the ready replica with the least to do for its share, as a balancer that
// counts requests in flight and starts new replicas slowly. Ties go round.
func (w *world) choose() *replica {
	var best *replica
	least := 0.0
	w.turn++
	n := len(w.replicas)
	for i := range n {
		r := w.replicas[(i+w.turn)%n]
		if r.phase != ready {
			continue
		}
		l := float64(r.load()+1) / w.share(r)
		if best == nil || l < least {
			best, least = r, l
		}
		if least == 1 {
			break // an idle warm one: none is better
		}
	}
	return best
}

// ask brings a request to the shop.
func (w *world) ask(id int32) {
	q := &w.requests[id]
	q.sent = true
	w.tally.sent++
	var r *replica
	if w.s.Replicas.Sticky {
		r = w.homeOf(&w.people[q.who])
	} else {
		r = w.choose()
	}
	if r == nil || r.waiting() >= backlog {
		w.ended(id, false)
		return
	}
	r.account(w.now)
	q.replica, q.came = int32(r.id), w.now
	if r.busy < w.s.Shop.Workers {
		w.begin(r, id)
		return
	}
	if r.head > 1024 && r.head*2 > len(r.queue) {
		r.queue = append(r.queue[:0], r.queue[r.head:]...)
		r.head = 0
	}
	r.queue = append(r.queue, id)
	w.plan(queueLimit, timesOut, id, w.stamp(id))
}

// stamp tells a request from a later one in the same slot.
func (w *world) stamp(id int32) uint32 { return w.stamps[id] }

// begin lets a worker take a request.
func (w *world) begin(r *replica, id int32) {
	q := &w.requests[id]
	q.began = true
	r.busy++
	b := float64(r.busy) / float64(w.s.Shop.Workers)
	over := min(float64(r.load()-w.s.Shop.Workers)/float64(9*w.s.Shop.Workers), 5)
	slow := (1 + crowding*b*b) * (1 + (w.s.Shop.Slower-1)*max(over, 0)) / w.speed(r)
	t := q.step.base * w.scale * w.dice.spread() * slow
	q.query = seconds(t * w.s.Shop.Queries)
	w.plan(seconds(t*(1-w.s.Shop.Queries)), worked, id, w.stamp(id))
}

// workedOn is a worker's part done: the database's is next, while the worker waits.
func (w *world) workedOn(id int32) {
	q := &w.requests[id]
	if q.query == 0 {
		w.release(id)
		return
	}
	if w.querying < w.s.Shop.Connections {
		w.querying++
		w.plan(q.query, queried, id, w.stamp(id))
		return
	}
	w.queries = append(w.queries, id)
}

func (w *world) queryDone(id int32) {
	if len(w.queries) > 0 {
		next := w.queries[0]
		w.queries = w.queries[1:]
		w.plan(w.requests[next].query, queried, next, w.stamp(next))
	} else {
		w.querying--
	}
	w.release(id)
}

// release frees the worker and answers.
func (w *world) release(id int32) {
	r := w.replicaOf(w.requests[id].replica)
	r.account(w.now)
	r.busy--
	r.done++
	w.tally.served++
	for r.waiting() > 0 && r.busy < w.s.Shop.Workers {
		next := r.queue[r.head]
		r.head++
		if w.requests[next].refused {
			w.forget(next)
			continue
		}
		w.begin(r, next)
	}
	if r.phase == draining && r.load() == 0 && w.s.Replicas.Drain == 0 {
		w.setPhase(r, gone)
	}
	w.ended(id, true)
}

// tooLate refuses a request that still waits at its replica; its place in the backlog
// stays taken until a worker comes to it.
func (w *world) tooLate(id int32) {
	q := &w.requests[id]
	if q.began {
		return
	}
	q.refused = true
	w.close(id, false)
}
