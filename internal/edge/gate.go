package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/room"
)

// gate is what stands before one shop: the limiter, the places and the line,
// with the people inside. The pure rooms have a single owner; the gate is that
// owner and its lock is theirs. It decides under the lock and wakes whoever
// waits after it.
type gate struct {
	mu sync.Mutex // guards everything below

	lim     *admit.Limiter
	places  *admit.Places
	room    *room.Room
	people  sessions
	parked  map[uint64]chan verdict // requests in the short queue at the limiter
	lastID  uint64
	lastUse time.Time // last update of places
	slow    slowLane
	pending [32]byte  // seed of the start that has not come yet
	drawn   time.Time // start of the last draw, as of the last tick
	dirty   bool      // the line has changed since it was last saved
	down    bool      // no replica of the shop can be reached
	hold    bool      // nobody new is let in, as of the last tick
	closed  time.Time // when nobody new was let in for the last time: down, or mode hold
	tried   time.Time // when somebody was last let in at a dead shop

	size   float64           // replicas that the limit is for, as whole ones; 0 = nobody has looked
	growth *falochron.Growth // that was heard of last,
	grown  float64           // and the replicas there will be by it, as whole ones
	bears  int               // requests in flight that the shop was said to bear last, 0 = not known,
	each   float64           // and of them for each replica that there was then

	fills atomic.Int64 // of the cache that wait for a slot; not under mu
	pause pause        // of the cache's fills; not under mu
	busy  atomic.Bool  // the shop is at its limit, or does not answer; as of the last tick; not under mu
	line  atomic.Bool  // people stand in line; the same

	began  time.Time    // when it was made; never changed
	uneasy atomic.Int64 // how long after it the shop was last full, or down, or anybody waited, in nanoseconds; as of the last tick; not under mu
}

type verdict = falochron.Verdict

func newGate(limits admit.Config, line room.Config, now time.Time) *gate {
	return &gate{
		lim:    admit.NewLimiter(limits, now),
		places: admit.NewPlaces(now),
		room:   room.New(line, now),
		people: newSessions(now),
		parked: make(map[uint64]chan verdict),
		began:  now,
	}
}

// crowded reports that the shop is at its limit or does not answer, or was a moment ago
// and people stand in line for it still: a slot that is free then is theirs.
func (g *gate) crowded() bool { return g.busy.Load() || g.line.Load() }

// entrance is the answer to somebody without a place.
type entrance struct {
	in       bool
	verdict  verdict
	standing room.Standing
	again    bool // the place had been claimed before: same session inside
	first    bool // it is the first time that the ticket comes back
	slid     bool // the old place is gone: issue a new one
	slowed   bool // anybody else would have been let in
}

// knock is a newcomer without any place asking to come in. If the line stands
// or there is no room, the answer is to wait; the caller then issues a place. Who is in the
// slow lane waits in any case.
func (g *gate) knock(now time.Time, hold bool, key sessionKey, slow bool) entrance {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update(now)
	v := g.mayEnter(now, hold)
	if v.Action != falochron.Pass {
		return entrance{verdict: v}
	}
	if g.others(now) {
		return entrance{verdict: verdict{Action: falochron.Wait, Reason: "line-ahead", Limit: "line", Bound: float64(g.room.Waiting() + g.room.Coming(now))}}
	}
	if slow {
		return entrance{verdict: g.slowVerdict(), slowed: true}
	}
	g.admitPerson(now, key)
	g.people.await(key)
	return entrance{in: true, verdict: v}
}

// others reports whether the places that there are now are those of others than newcomers: of
// people in line, or of those who were called. These look about every two seconds; until they have, the
// places are theirs, as many as they are.
func (g *gate) others(now time.Time) bool {
	return g.lineStands(now) || g.places.Now()-float64(g.room.Coming(now)) < 1
}

// claim is the holder of a place asking to come in. Who is in the slow lane may only as
// often as that lets anybody in, and stands in nobody's way until then.
func (g *gate) claim(now time.Time, hold bool, seq uint64, key sessionKey, slow bool) entrance {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update(now)
	st := g.room.Return(now, seq)
	g.dirty = true
	e := entrance{standing: st, first: st.First}
	switch st.State {
	case room.Claimed:
		if !g.people.touch(now, key) {
			// The visit it led to is over: another visit is another place.
			e.slid = true
			e.verdict = verdict{Action: falochron.Wait, Reason: "visit-over"}
			return e
		}
		e.in, e.again = true, true
		e.verdict = verdict{Action: falochron.Pass, Reason: "place-claimed"}
		return e
	case room.Slid, room.Unknown, room.Left:
		e.slid = true
		e.verdict = verdict{Action: falochron.Wait, Reason: st.Reason}
		return e
	}
	v := g.mayEnter(now, hold)
	if slow && !closed(v) && (st.State == room.Called || st.Ahead == 0) && !g.slowMay(now) {
		e.verdict = g.slowVerdict()
		return e
	}
	if st.State == room.Waiting && v.Action == falochron.Pass {
		// There is room and nobody before this person is about to take it.
		if st.Ahead > 0 {
			v = behind(st)
		} else {
			g.room.Call(now, 1, -1)
			e.standing = g.room.Peek(now, seq)
			if e.standing.State != room.Called {
				v = behind(st)
			}
		}
	}
	if e.standing.State == room.Called {
		v = g.turn(now, seq, v, slow)
	}
	e.verdict = v
	if v.Action != falochron.Pass {
		return e
	}
	switch g.room.Claim(now, seq) {
	case room.Granted:
		if slow {
			g.slow.level--
		}
		g.admitPerson(now, key)
		e.in = true
	case room.AlreadyClaimed:
		g.people.touch(now, key)
		e.in, e.again = true, true
	default:
		e.verdict = behind(st)
	}
	return e
}

// behind is the verdict on somebody who waits because others came before.
func behind(st room.Standing) verdict {
	return verdict{Action: falochron.Wait, Reason: "line-ahead", Limit: "line", Bound: float64(st.Ahead + st.MayCome)}
}

// closed reports that nobody at all is let in now, for a reason that is neither
// the line nor how many people the shop bears: no other reason is given then.
func closed(v verdict) bool { return v.Action != falochron.Pass && v.Reason != "no-place" }

// stands is why the holder of a place in line is not let in by a request that
// takes no place, whatever its turn.
func (g *gate) stands(now time.Time, hold bool, seq uint64) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update(now)
	v := g.mayEnter(now, hold)
	if st := g.room.Peek(now, seq); !closed(v) && st.Ahead+st.MayCome > 0 {
		return behind(st)
	}
	if v.Action == falochron.Pass {
		v = verdict{Action: falochron.Wait, Reason: "to-be-claimed"}
	}
	return v
}

// beside is the verdict on what takes no place and yet goes behind all people who
// wait; reason is what it is called while they do. It changes nothing.
func (g *gate) beside(now time.Time, hold bool, reason string) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update(now)
	v := g.mayEnter(now, hold)
	if !closed(v) && g.lineStands(now) {
		return verdict{Action: falochron.Wait, Reason: reason, Limit: "line", Bound: float64(g.outside(now))}
	}
	return v
}

// mayClaim reports whether the holder of a place in line may claim it now, or
// has. It changes nothing.
func (g *gate) mayClaim(now time.Time, seq uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hold {
		return false
	}
	switch st := g.room.Peek(now, seq); st.State {
	case room.Called, room.Claimed:
		return true
	case room.Waiting:
		g.update(now)
		return st.Ahead == 0 && g.mayEnter(now, false).Action == falochron.Pass
	}
	return false
}

// back is a request of somebody whose place was claimed before and whose visit
// is still going on, but who does not show the inside ticket.
func (g *gate) back(now time.Time, seq uint64, key sessionKey) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room.Peek(now, seq).State == room.Claimed && g.people.touch(now, key)
}

// look is a status poll: it counts as coming back and takes no place.
func (g *gate) look(now time.Time, seq uint64, slow bool) room.Standing {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.room.Return(now, seq)
	g.dirty = true
	if st.State == room.Waiting && now.Sub(g.closed) < closedLong {
		// A line that stood still moves fast when it moves again, and nothing is
		// known of its pace: nobody in the middle may sleep through it.
		soon := max(closedPoll, time.Duration(float64(g.room.Waiting())/closedPolls*float64(time.Second)))
		if soon < st.Poll {
			st.Poll, st.Jitter = soon, soon/2
		}
	}
	if st.State == room.Waiting && st.Ahead == 0 && g.room.AtDoor(now) == 0 {
		g.update(now)
		if g.mayEnter(now, g.hold).Action == falochron.Pass {
			st.State = room.Called // whoever is first may come and try
		}
	} else if st.State == room.Called {
		g.update(now)
		if g.turn(now, seq, g.mayEnter(now, g.hold), slow).Action != falochron.Pass {
			// Called, but the door is full this moment: look again soon rather
			// than load a page that says so.
			st.State = room.Waiting
			st.Poll, st.Jitter = nearPoll, nearPoll/2
		}
	}
	if slow && st.State == room.Called && !g.slowMay(now) {
		st.State = room.Waiting
		st.Poll, st.Jitter = slowPoll, slowPoll/2
	}
	return st
}

const nearPoll = 2 * time.Second

// While nobody is let in, and for a minute after, everybody looks this often, but
// all together no more than so often a second (at 0.05 ms each it is 2 % of one
// core).
const (
	closedPoll  = nearPoll
	closedPolls = 350.0
	closedLong  = time.Minute
)

// turn is whether somebody who was called may go in now: there must be a place,
// and nobody at the door before them who is about to take it. Whoever may not
// stands at the door, but for who is in the slow lane: those who come after would wait for
// somebody who is not let in for long.
func (g *gate) turn(now time.Time, seq uint64, v verdict, slow bool) verdict {
	if v.Action == falochron.Pass && !g.room.Turn(now, seq, g.places.Now()) {
		// The limit is the one that leaves no place for both.
		v.Action, v.Reason = falochron.Wait, "line-ahead"
	}
	if v.Action != falochron.Pass && !slow {
		g.room.Defer(now, seq)
	}
	return v
}

// issue hands out a place at the end of the line.
func (g *gate) issue(now time.Time) (uint64, room.Standing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seq, err := g.room.Issue(now)
	if err != nil {
		return 0, room.Standing{}, err
	}
	g.dirty = true
	return seq, g.room.Peek(now, seq), nil
}

func (g *gate) leave(now time.Time, seq uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room.Leave(now, seq)
	g.dirty = true
}

// lineStands reports whether anybody waits whose place counts: nobody may pass
// them. A place whose holder has not come back yet does not count and blocks
// nobody.
func (g *gate) lineStands(now time.Time) bool {
	_, announced := g.room.Announced()
	return announced || g.outside(now) > 0
}

func (g *gate) mayEnter(now time.Time, hold bool) verdict {
	if hold {
		return verdict{Action: falochron.Wait, Reason: "mode-hold", Limit: "mode"}
	}
	if start, ok := g.room.Announced(); ok && now.Before(start) {
		return verdict{Action: falochron.Wait, Reason: "announced-start", Limit: "start", Bound: start.Sub(now).Seconds()}
	}
	if g.down {
		// The pool asks twice a second whether the shop is back; nobody need be
		// sent into an error page to find out.
		return verdict{Action: falochron.Wait, Reason: "shop-down", Limit: "shop"}
	}
	_, v := g.places.Verdict()
	if g.lim.Dead() && v.Action == falochron.Pass && now.Sub(g.tried) < tryEvery {
		v = verdict{Action: falochron.Wait, Reason: "shop-dead", Limit: "shop", Bound: tryEvery.Seconds()}
	}
	return v
}

// tryEvery is how often one person may go and see whether a shop that answers
// nothing but errors is back. Errors come fast: one after another they would
// run through the whole line.
const tryEvery = 2 * time.Second

func (g *gate) admitPerson(now time.Time, key sessionKey) {
	g.tried = now
	g.places.Enter(now)
	g.people.enter(now, key)
}

// inside tells whether the session still has its place, and books the visit; first is
// whether somebody who was let in at once comes back for the first time.
func (g *gate) inside(now time.Time, key sessionKey) (in, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	in = g.people.touch(now, key)
	return in, in && g.people.cameBack(key)
}

// update recomputes the places at most every updateEvery.
func (g *gate) update(now time.Time) {
	if d := now.Sub(g.lastUse); d >= 0 && d < updateEvery {
		return
	}
	g.lastUse = now
	s := g.lim.State()
	g.lim.Crowded(g.outside(now) > 0)
	g.places.Update(now, admit.Load{
		Limit: s.Limit, Bound: s.Bound, Free: g.lim.FreeSlots(), Wait: g.lim.InsideWait(now),
		Queued: s.Ready, Outside: g.outside(now), Probing: g.lim.Probing(), Dead: g.lim.Dead(), Growing: g.lim.Growing(), Starting: g.lim.Starting(), Filled: g.lim.Filled(), Fresh: g.lim.Fresh(now), Busy: g.lim.Busy(),
	})
}

const updateEvery = 20 * time.Millisecond

// outside is how many people would come in if they could.
func (g *gate) outside(now time.Time) int { return g.room.Waiting() + g.room.AtDoor(now) }

// tick is called ten times a second: it starts and refuses what waits at the
// limiter, and calls people from the line.
// It reports whether a start has come and was drawn.
func (g *gate) tick(now time.Time, hold, down bool, ceiling int) (drawn bool) {
	g.mu.Lock()
	g.down, g.hold = down, hold
	if hold || down || g.lim.Dead() {
		g.closed = now
	}
	g.lim.SetCeiling(ceiling)
	starts, sheds := g.lim.Tick(now)
	wake := g.take(starts, sheds)
	g.update(now)
	if hold || down {
		g.room.Call(now, 0, 0)
	} else {
		limit, _ := g.lim.Limit()
		g.room.Call(now, g.places.Standby(limit), g.keepUp(limit))
	}
	g.people.sweep(now)
	g.busy.Store(down || g.lim.Dead() || g.lim.Saturated())
	g.line.Store(g.outside(now) > 0)
	if g.busy.Load() || hold || g.line.Load() {
		g.uneasy.Store(int64(now.Sub(g.began)))
	}
	// Whoever asks first after a start has come lets the room draw, not only this.
	if n := len(g.room.Draws()); n > 0 {
		if last := g.room.Draws()[n-1].Start; !last.Equal(g.drawn) {
			g.drawn, g.dirty, drawn = last, true, true
		}
	}
	g.mu.Unlock()
	wake.deliver()
	return drawn
}

// resize lets limit, places and told waits follow the replicas that have come or gone, and the
// told waits those that are starting. A first one that is cold is a shop that is slow, and not
// a fifth of one: its limit is found as any shop's.
func (g *gate) resize(now time.Time, size origin.Size, growth *falochron.Growth) {
	replicas := max(size.Now, 1)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.size > 0 && replicas != g.size {
		by := replicas / g.size
		g.lim.Resized(now, by)
		g.places.Resized(now, by)
		g.room.Resized(now, by)
	}
	g.size = replicas
	in, times := g.grows(now, max(size.Now+size.Cold, 1), size.In, growth)
	g.room.Faster(now, in, times)
}

// expect tells the limit how many requests in flight the shop is known to bear. Control said it
// of the replicas there were then; with those that come and go it is more and less.
func (g *gate) expect(now time.Time, bears int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if bears != g.bears {
		g.bears, g.each = bears, float64(bears)/max(g.size, 1)
	}
	g.lim.Expect(now, int(g.each*g.size))
}

// grows is in how long, on average, the shop will be how many times as large: by replicas
// that are cold, warm of them whole ones once they are so, half of it in so long, and by those
// that are starting. Control says what share of the present ones they are, since the
// replicas behind an engine's own balancer are one here. What it said is of the replicas there
// were then: who has come since is no longer among those who start.
func (g *gate) grows(now time.Time, warm float64, half time.Duration, growth *falochron.Growth) (in time.Duration, times float64) {
	if growth != g.growth {
		if g.growth, g.grown = growth, 0; growth != nil {
			g.grown = warm * growth.Times
		}
	}
	cold, more := warm-g.size, max(g.grown-warm, 0)
	if cold+more == 0 {
		return 0, 1
	}
	sum := cold * float64(half)
	if more > 0 {
		sum += more * float64(growth.At.Sub(now))
	}
	return time.Duration(sum / (cold + more)), 1 + (cold+more)/g.size
}

// calm reports that for a minute nobody has waited and the shop had room. It takes no lock: it is
// asked of everybody of whom something is ordered.
func (g *gate) calm(now time.Time) bool {
	return now.Sub(g.began)-time.Duration(g.uneasy.Load()) > calmAfter
}

const calmAfter = time.Minute // a wave has its second within half of it

// keepUp is the rate of new people that can be kept up: what the shop bears,
// divided by the whole cost of a person. While the shop is being filled people
// go in faster; no promise is made of that.
func (g *gate) keepUp(limit int) float64 {
	rate := g.places.PerSecond(limit)
	if whole := g.places.Whole(); whole > 0 {
		rate = min(rate, g.places.Aim()*float64(limit)/whole)
	}
	return rate
}

// full reports whether a newcomer would have to wait now; it takes no place.
func (g *gate) full(now time.Time, hold bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update(now)
	return g.mayEnter(now, hold).Action != falochron.Pass || g.others(now)
}

// letIn counts somebody inside whatever the budget says: watch mode.
func (g *gate) letIn(now time.Time, key sessionKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admitPerson(now, key)
}

// use is how many requests are in flight and how many may be.
func (g *gate) use() (inFlight, limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lim.Use()
}

// seed is the draw's of a start that is announced and whose commitment people
// may have seen; zero if it is not known yet in this process. drawn is false if
// those who wait go in as they came.
func (g *gate) seed() (seed [32]byte, open, drawn bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, open = g.room.Announced(); open {
		seed = g.pending
	}
	return seed, open, g.room.Drawn()
}

// waitsSince notes that somebody still waits for a page asked for at pressed.
func (g *gate) waitsSince(now, pressed time.Time, key sessionKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people.waitsSince(now, pressed, key)
}

// bought notes that a visit led to an order; see [sessions.order].
func (g *gate) bought(now time.Time, key sessionKey) (first, visiting bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.people.order(now, key)
}
