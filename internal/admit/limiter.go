package admit

import (
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Config bounds what the limiter may do. The zero value means the defaults of
// [DefaultConfig]; nothing in it has to be set for a particular shop.
type Config struct {
	Start           int                     // first concurrency limit; 0 = 4
	Ceiling         int                     // owner's upper bound; 0 = none
	VisitorParallel int                     // requests of one visitor at the shop at once, and four times so many waiting; 0 = 4
	QueueMax        int                     // requests waiting in one lane; 0 = 1024
	CallbackQueue   int                     // callbacks waiting; 0 = 64
	Deadline        [NumLanes]time.Duration // how long a request may wait in its lane; 0 = default
}

// DefaultConfig returns the defaults, each with its origin.
func DefaultConfig() Config {
	return Config{
		Start:           4, // two to four in flight is the right size of the small shops we measured
		VisitorParallel: 4, // a browser's page with its background calls; Magento lets 6 wait per session
		QueueMax:        1024,
		CallbackQueue:   64,
		Deadline: [NumLanes]time.Duration{
			LaneCallback: 20 * time.Second, // senders give up at 10-30 s and resend
			LaneOrder:    9 * time.Second,  // a buyer who waits longer than 10 s counts as lost
			LaneCheckout: 9 * time.Second,
			LaneCart:     9 * time.Second,
			LaneInside:   9 * time.Second,
			LaneNew:      9 * time.Second,
			LaneFragment: 9 * time.Second,
			LaneOutside:  9 * time.Second,
		},
	}
}

func (c Config) withDefaults() Config {
	d := DefaultConfig()
	if c.Start <= 0 {
		c.Start = d.Start
	}
	if c.VisitorParallel <= 0 {
		c.VisitorParallel = d.VisitorParallel
	}
	if c.QueueMax <= 0 {
		c.QueueMax = d.QueueMax
	}
	if c.CallbackQueue <= 0 {
		c.CallbackQueue = d.CallbackQueue
	}
	for i := range c.Deadline {
		if c.Deadline[i] <= 0 {
			c.Deadline[i] = d.Deadline[i]
		}
	}
	return c
}

// Request asks for one slot at the shop.
type Request struct {
	ID      uint64 // chosen by the caller, unique among requests not yet done
	Lane    Lane
	Class   falochron.Class
	Visitor uint64 // 0 = unknown, exempt from the limit per visitor
	Replica uint64 // where the visitor stays, see [Limiter.Divided]; 0 = at none
	// Pressed is when the person asked for the page that this request belongs to,
	// if that was before: the shop answered with a redirect. It counts as come
	// then, since people wait for pages and not for requests. Zero means now.
	Pressed time.Time
	// Page says that the person waits for a page of which nothing has been shown:
	// asked for again while the first request still waits, it keeps its turn.
	Page bool
}

// Outcome is how a request that was started ended at the shop.
type Outcome uint8

// The outcomes.
const (
	Answered Outcome = iota // the shop answered, whatever it said below 500, 429 apart; a conflict (409) is an answer
	Errored                 // the shop answered 5xx
	TimedOut                // no answer within the time-out
	Unreach                 // no connection
	Refused                 // the shop counts requests and would not work for this one (429): it is alive, and that it was quick says nothing
	Dropped                 // given up before it said anything about the shop (client gone while connecting)
)

// Start tells the caller that a waiting request may go now.
type Start struct {
	ID     uint64
	Waited time.Duration
}

// Shed tells the caller that a waiting request is refused.
type Shed struct {
	ID      uint64
	Verdict falochron.Verdict
}

type waiting struct {
	Request
	came         time.Time // for the order of service: when the person pressed
	since, until time.Time
	own          bool // waited for the visitor's other requests or for one replica, not for the shop
}

type running struct {
	lane    Lane
	class   falochron.Class
	visitor uint64
	replica uint64
	start   time.Time
	beside  int    // in flight when it started, itself included
	epoch   uint32 // level epoch at the start: completions of an older level do not speak for the new one
}

// Limiter is the gate before the shop: one total limit over all replicas.
type Limiter struct {
	cfg   Config
	climb climb

	inFlight  int
	byLane    [NumLanes]int
	run       map[uint64]running
	byVisitor map[uint64]int     // in flight
	parked    map[uint64]int     // waiting, by visitor
	byReplica map[uint64]int     // in flight, of those who stay there
	most      map[uint64]float64 // part of the limit, by replica; empty: it is not divided
	queue     [NumLanes][]waiting
	due       [NumLanes]time.Time // no deadline of the lane is before it
	waits     waitMeter
	clock     clock
	asked     time.Time // last start of a request at a dead shop
	crowded   bool      // people stand in line

	out  []Start
	shed []Shed
}

// NewLimiter returns a limiter that starts at cfg.Start requests in flight.
func NewLimiter(cfg Config, now time.Time) *Limiter {
	cfg = cfg.withDefaults()
	return &Limiter{
		cfg:       cfg,
		climb:     newClimb(cfg.Start, now),
		run:       make(map[uint64]running),
		byVisitor: make(map[uint64]int),
		parked:    make(map[uint64]int),
		byReplica: make(map[uint64]int),
	}
}

// SetCeiling changes the owner's upper bound; 0 removes it.
func (l *Limiter) SetCeiling(n int) { l.cfg.Ceiling = max(n, 0) }

// Deadline is how long a request may wait in a lane.
func (l *Limiter) Deadline(lane Lane) time.Duration { return l.cfg.Deadline[lane] }

// Limit is the concurrency limit in force now, and what binds it.
func (l *Limiter) Limit() (n int, bound string) {
	n = l.climb.limit()
	if l.cfg.Ceiling > 0 && l.cfg.Ceiling < n {
		return l.cfg.Ceiling, "owner-ceiling"
	}
	return n, "concurrency"
}

// Arrive asks for a slot. If started is true the request goes to the shop now
// and must be ended by [Limiter.Done]. Otherwise, if the verdict's action is
// Queue, the caller waits until the ID appears in a later Start or Shed, or
// calls [Limiter.Cancel]. Any other action is a refusal.
func (l *Limiter) Arrive(now time.Time, r Request) (started bool, v falochron.Verdict) {
	now = l.clock.at(now)
	limit, bound := l.Limit()
	l.climb.watching = false
	if l.mayStart(now, r, limit) && l.replicaFree(r.Replica, limit) && !l.overtakes(now, r, limit) {
		l.waits.add(now, r.Lane, 0)
		l.begin(now, r)
		return true, falochron.Verdict{Action: falochron.Pass, Reason: "room", Limit: bound, Bound: float64(limit)}
	}
	q := &l.queue[r.Lane]
	most, name := l.cfg.QueueMax, "queue-length"
	if r.Lane == LaneCallback {
		most, name = l.cfg.CallbackQueue, "callback-queue"
	}
	if len(*q) >= most {
		return false, falochron.Verdict{Action: falochron.Shed, Reason: "queue-full", Limit: name, Bound: float64(most)}
	}
	if own := visitorQueue * l.cfg.VisitorParallel; r.Visitor != 0 && l.parked[r.Visitor] >= own {
		return false, falochron.Verdict{Action: falochron.Shed, Reason: "visitor-queue", Limit: "visitor-parallel", Bound: float64(own)}
	}
	w := waiting{Request: r, came: now, since: now, until: now.Add(l.cfg.Deadline[r.Lane]), own: !l.visitorFree(r.Visitor) || l.inFlight < limit && !l.replicaFree(r.Replica, limit)}
	if pressed := r.Pressed; !pressed.IsZero() && pressed.Before(now) {
		w.came = pressed
	}
	if r.Page && r.Visitor != 0 && l.parked[r.Visitor] > 0 {
		w.came = l.earliest(r.Visitor, w.came)
	}
	place := len(*q)
	for place > 0 && (*q)[place-1].came.After(w.came) {
		place--
	}
	if len(*q) == 0 || w.until.Before(l.due[r.Lane]) {
		l.due[r.Lane] = w.until
	}
	*q = slices.Insert(*q, place, w)
	if r.Visitor != 0 {
		l.parked[r.Visitor]++
	}
	return false, l.full(now, r, limit, bound)
}

// full is the verdict on a request that may not start now, with what keeps it.
func (l *Limiter) full(now time.Time, r Request, limit int, bound string) falochron.Verdict {
	v := falochron.Verdict{Action: falochron.Queue, Reason: "shop-full", Limit: bound, Bound: float64(limit)}
	switch {
	case !l.visitorFree(r.Visitor):
		v.Reason, v.Limit, v.Bound = "visitor-busy", "visitor-parallel", float64(l.cfg.VisitorParallel)
	case l.shareTaken(r.Lane, limit):
		v.Reason, v.Limit, v.Bound = "lane-full", "lane-share", share(r.Lane, limit)
	case l.inFlight < limit && !l.replicaFree(r.Replica, limit):
		v.Reason, v.Limit, v.Bound = "replica-full", "replica-share", float64(l.part(r.Replica, limit))
	case l.leftAlone(now):
		v.Reason, v.Limit, v.Bound = "shop-dead", "shop", deadGap.Seconds()*float64(1+3*l.inFlight)
	}
	return v
}

// earliest is when a visitor asked for the page that has waited longest, or came.
func (l *Limiter) earliest(visitor uint64, came time.Time) time.Time {
	for lane := LaneOrder; lane < NumLanes; lane++ {
		for i := range l.queue[lane] {
			if w := &l.queue[lane][i]; w.Visitor == visitor && w.Page && w.came.Before(came) {
				came = w.came
			}
		}
	}
	return came
}

// visitorQueue is how many requests of one visitor may wait, as a multiple of
// those that may be at the shop: enough for a page that fetches a dozen pieces
// at once, and no room for one person to fill a lane. Chosen.
const visitorQueue = 4

// Watch counts a request that goes to the shop whatever the verdict, for a
// mode that decides nothing, and returns the verdict that would have been. It
// is ended by [Limiter.Done]. While watched requests exceed the limit, the
// limit follows what the shop bears, see climb.watch.
func (l *Limiter) Watch(now time.Time, r Request) falochron.Verdict {
	now = l.clock.at(now)
	limit, bound := l.Limit()
	v := falochron.Verdict{Action: falochron.Pass, Reason: "room", Limit: bound, Bound: float64(limit)}
	if !l.mayStart(now, r, limit) {
		v = l.full(now, r, limit, bound)
	}
	v.Would = true
	l.climb.watching = true
	l.begin(now, r)
	return v
}

// overtakes reports whether starting r at once would pass somebody who already
// waits in the same or a better lane and could start as well.
func (l *Limiter) overtakes(now time.Time, r Request, limit int) bool {
	if r.Lane == LaneCallback {
		return len(l.queue[LaneCallback]) > 0
	}
	for lane := LaneOrder; lane <= r.Lane; lane++ {
		for i := range l.queue[lane] {
			if w := &l.queue[lane][i]; l.visitorFree(w.Visitor) && !l.heldBack(now, w, limit) {
				return true
			}
		}
	}
	return false
}

func (l *Limiter) visitorFree(v uint64) bool {
	return v == 0 || l.byVisitor[v] < l.cfg.VisitorParallel
}

func (l *Limiter) mayStart(now time.Time, r Request, limit int) bool {
	if !l.visitorFree(r.Visitor) || l.shareTaken(r.Lane, limit) || l.leftAlone(now) {
		return false
	}
	if r.Lane == LaneCallback {
		return l.inFlight < limit+1
	}
	return l.inFlight-l.callbackExtra(limit) < limit
}

// shareTaken reports that nobody more of a lane may start while people stand in
// line, see [Limiter.Crowded].
func (l *Limiter) shareTaken(lane Lane, limit int) bool {
	return lane == LaneOutside && l.crowded && l.fullShare(lane, limit)
}

// leftAlone reports that a dead shop was asked a moment ago, see deadGap.
func (l *Limiter) leftAlone(now time.Time) bool {
	return l.climb.faults.dead && now.Sub(l.asked) < deadGap*time.Duration(1+3*l.inFlight)
}

// Crowded says whether people stand in line. While they do, what nobody with a place
// waits for takes no more than its share, even of slots that are free for a moment: the
// people who are let in would find them taken, fewer would be let in, and in the end
// files and crawlers had the shop.
func (l *Limiter) Crowded(yes bool) { l.crowded = yes }

// callbackExtra is 1 while a callback occupies the slot beside the limit.
func (l *Limiter) callbackExtra(limit int) int {
	if l.inFlight > limit && l.byLane[LaneCallback] > 0 {
		return 1
	}
	return 0
}

func (l *Limiter) begin(now time.Time, r Request) {
	l.asked = now
	l.inFlight++
	l.byLane[r.Lane]++
	if r.Visitor != 0 {
		l.byVisitor[r.Visitor]++
	}
	if r.Replica != 0 {
		l.byReplica[r.Replica]++
	}
	l.run[r.ID] = running{lane: r.Lane, class: r.Class, visitor: r.Visitor, replica: r.Replica, start: now, beside: l.inFlight, epoch: l.climb.epoch}
	l.climb.observe(now, l.inFlight)
}

// Done ends a started request and returns how long it was at the shop, who may
// start now, and who is refused. The slices are valid until the next call. An
// unknown ID is ignored.
func (l *Limiter) Done(now time.Time, id uint64, how Outcome) (took time.Duration, _ []Start, _ []Shed) {
	now = l.clock.at(now)
	r, ok := l.run[id]
	if !ok {
		return 0, nil, nil
	}
	delete(l.run, id)
	l.inFlight--
	l.climb.observe(now, l.inFlight)
	l.byLane[r.lane]--
	if r.visitor != 0 {
		if l.byVisitor[r.visitor]--; l.byVisitor[r.visitor] <= 0 {
			delete(l.byVisitor, r.visitor)
		}
	}
	if r.replica != 0 {
		if l.byReplica[r.replica]--; l.byReplica[r.replica] <= 0 {
			delete(l.byReplica, r.replica)
		}
	}
	took = max(now.Sub(r.start), 0)
	if how != Dropped {
		l.climb.done(now, r, took, how)
	}
	starts, sheds := l.settle(now)
	return took, starts, sheds
}

// Cancel forgets a waiting request whose visitor has gone.
func (l *Limiter) Cancel(id uint64) {
	for lane := range l.queue {
		for i := range l.queue[lane] {
			if l.queue[lane][i].ID == id {
				l.unpark(l.queue[lane][i].Visitor)
				l.queue[lane] = append(l.queue[lane][:i], l.queue[lane][i+1:]...)
				return
			}
		}
	}
}

// unpark counts one request of a visitor as no longer waiting.
func (l *Limiter) unpark(visitor uint64) {
	if visitor == 0 {
		return
	}
	if l.parked[visitor]--; l.parked[visitor] <= 0 {
		delete(l.parked, visitor)
	}
}

// Tick starts whoever may start and refuses whose deadline has passed. Call it
// some ten times a second; Done calls it too. The slices are valid until the
// next call.
func (l *Limiter) Tick(now time.Time) ([]Start, []Shed) { return l.settle(l.clock.at(now)) }

func (l *Limiter) settle(now time.Time) ([]Start, []Shed) {
	l.out, l.shed = l.out[:0], l.shed[:0]
	l.expire(now)
	l.climb.tick(now)
	for {
		limit, _ := l.Limit()
		lane, i, ok := l.next(now, limit)
		if !ok {
			break
		}
		w := l.queue[lane][i]
		l.queue[lane] = append(l.queue[lane][:i], l.queue[lane][i+1:]...)
		l.unpark(w.Visitor)
		waited := max(now.Sub(w.since), 0)
		if !w.own {
			l.waits.add(now, lane, waited)
		}
		l.begin(now, w.Request)
		l.out = append(l.out, Start{ID: w.ID, Waited: waited})
	}
	return l.out, l.shed
}

// press is how many times over the handicaps count: once as long as nobody has
// waited for pressFrom, then with the square of the longest wait. When a shop
// became slower with many people in it, somebody must wait longer than people
// have patience, and it must not be those who are paying.
func (l *Limiter) press(now time.Time) float64 {
	var longest time.Duration
	for lane := LaneOrder; lane < NumLanes; lane++ {
		if q := l.queue[lane]; len(q) > 0 && lane != LaneFragment {
			longest = max(longest, now.Sub(q[0].came))
		}
	}
	over := longest.Seconds() / pressFrom.Seconds()
	return min(max(over*over, 1), pressMost)
}

// yield is a lane's handicap under that press. Nobody has pressed anything for what
// scripts ask for, the number of articles in the corner of the page: while people wait
// for pages longer than they have patience, it counts with the square again, and
// stands behind them all.
func yield(lane Lane, press float64) time.Duration {
	if lane == LaneFragment {
		press *= press
	}
	return time.Duration(press * float64(handicap[lane]))
}

const (
	pressFrom = 1500 * time.Millisecond // so long after, with the answer's own time, nearly half the people reload
	pressMost = 6                       // the page views' handicap is then 3 s
)

// next picks the lane and position of whoever starts next: the one who came
// first, each counted as come later by the lane's handicap; callbacks before
// all. First pass: leaving out lanes that hold their maximum share; second
// pass: whoever waits, because a slot is never kept free for nobody.
func (l *Limiter) next(now time.Time, limit int) (lane Lane, at int, ok bool) {
	press := l.press(now)
	for _, shares := range []bool{true, false} {
		var first time.Time
		for try := LaneCallback; try < NumLanes; try++ {
			if shares && try != LaneCallback && l.fullShare(try, limit) {
				continue
			}
			for i := range l.queue[try] {
				w := &l.queue[try][i]
				if !l.mayStart(now, w.Request, limit) {
					if l.inFlight > limit {
						break // nobody of this lane may
					}
					continue
				}
				if l.heldBack(now, w, limit) {
					continue
				}
				if came := w.came.Add(yield(try, press)); !ok || came.Before(first) {
					lane, at, ok, first = try, i, true, came
				}
				break
			}
			if ok && lane == LaneCallback {
				return lane, at, true
			}
		}
		if ok {
			return lane, at, true
		}
	}
	return 0, 0, false
}

func (l *Limiter) queued() int {
	n := 0
	for i := range l.queue {
		n += len(l.queue[i])
	}
	return n
}

// State is the limiter as the eyes see it.
type State struct {
	Limit    int
	Bound    string // what the limit comes from
	InFlight int
	Queued   int           // waiting, for whatever reason
	Ready    int           // of these, people for a slot
	ByLane   [NumLanes]int // in flight
	Waiting  [NumLanes]int
	Base     time.Duration // unloaded latency as last learnt, over the present mix; 0 = not known
	Why      string        // one sentence on the last change of the limit
}

// State reports the limiter's figures.
func (l *Limiter) State() State {
	n, b := l.Limit()
	s := State{Limit: n, Bound: b, InFlight: l.inFlight, Queued: l.queued(), Ready: l.ready(), ByLane: l.byLane, Base: l.climb.base(), Why: l.climb.why}
	for i := range l.queue {
		s.Waiting[i] = len(l.queue[i])
	}
	return s
}

// Use is how many requests are in flight and how many may be.
func (l *Limiter) Use() (inFlight, limit int) {
	n, _ := l.Limit()
	return l.inFlight, n
}

// InsideWait is the mean time people with a place waited in the short queue
// over the last seconds, those still waiting included.
func (l *Limiter) InsideWait(now time.Time) time.Duration {
	now = l.clock.at(now)
	limit, _ := l.Limit()
	m := l.waits.mean(now)
	for _, lane := range []Lane{LaneOrder, LaneCheckout, LaneCart, LaneInside, LaneFragment} {
		for i := range l.queue[lane] {
			if w := &l.queue[lane][i]; !w.own && l.visitorFree(w.Visitor) && l.replicaFree(w.Replica, limit) {
				m = max(m, now.Sub(w.since))
				break
			}
		}
	}
	return m
}

// Saturated reports that every slot is taken or someone with a place waits.
func (l *Limiter) Saturated() bool {
	n, _ := l.Limit()
	return l.inFlight >= n || len(l.queue[LaneOrder])+len(l.queue[LaneCheckout])+len(l.queue[LaneCart])+len(l.queue[LaneInside])+len(l.queue[LaneFragment]) > 0
}

// FreeSlots is how many requests could start at once; of a dead shop none but
// the next that asks whether it is back.
func (l *Limiter) FreeSlots() int {
	n, _ := l.Limit()
	return max(n-l.inFlight-l.ready(), 0)
}

// ready is how many people's requests of those waiting would start if there were
// slots: all but those that wait for other requests of the same visitor, or for the one
// replica where they stay: a newcomer goes to another. What nobody
// with a place waits for stands behind all of them and takes a part of the slots only:
// hundreds of addresses that the cache asks for must keep nobody out.
func (l *Limiter) ready() int {
	limit, _ := l.Limit()
	n := 0
	for lane := range LaneOutside {
		for i := range l.queue[lane] {
			if w := &l.queue[lane][i]; l.visitorFree(w.Visitor) && l.replicaFree(w.Replica, limit) {
				n++
			}
		}
	}
	return n
}
