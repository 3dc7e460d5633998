package admit

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/falochron/falochron"
)

// ledger is what the outside knows of every request: the rules of the limiter
// are checked against it after each operation.
type ledger struct {
	lim      *Limiter
	now      time.Time
	waiting  map[uint64]asked
	running  map[uint64]asked
	ended    map[uint64]bool
	stepped  bool // the clock was set back or far forward
	nextID   uint64
	parallel int
}

type asked struct {
	Request
	at time.Time
}

func (b *ledger) take(t *rapid.T, st []Start, sh []Shed) {
	for _, s := range st {
		r, ok := b.waiting[s.ID]
		if !ok {
			t.Fatalf("%d started without waiting, or twice", s.ID)
		}
		delete(b.waiting, s.ID)
		b.running[s.ID] = r
	}
	for _, s := range sh {
		r, ok := b.waiting[s.ID]
		if !ok {
			t.Fatalf("%d refused without waiting, or after it started", s.ID)
		}
		if !b.stepped && b.now.Sub(r.at) < b.lim.cfg.Deadline[r.Lane] {
			t.Fatalf("%d refused after %v", s.ID, b.now.Sub(r.at))
		}
		delete(b.waiting, s.ID)
		b.ended[s.ID] = true
	}
}

func (b *ledger) check(t *rapid.T) {
	limit, _ := b.lim.Limit()
	st := b.lim.State()
	if st.InFlight != len(b.running) || st.Queued != len(b.waiting) {
		t.Fatalf("%d in flight and %d waiting, the ledger says %d and %d", st.InFlight, st.Queued, len(b.running), len(b.waiting))
	}
	perVisitor := map[uint64]int{}
	for _, r := range b.running {
		perVisitor[r.Visitor]++
	}
	for v, n := range perVisitor {
		if v != 0 && n > b.parallel {
			t.Fatalf("visitor %d has %d at the shop", v, n)
		}
	}
	if len(b.lim.byVisitor) > len(b.running) {
		t.Fatalf("%d visitors remembered for %d requests", len(b.lim.byVisitor), len(b.running))
	}
	// Nobody waits past the deadline, and no slot is idle while somebody who may
	// start waits.
	for id, r := range b.waiting {
		if !b.stepped && b.now.Sub(r.at) > b.lim.cfg.Deadline[r.Lane]+time.Second {
			t.Fatalf("%d (%s) still waits after %v", id, r.Lane, b.now.Sub(r.at))
		}
		free := r.Visitor == 0 || perVisitor[r.Visitor] < b.parallel
		held := !b.lim.replicaFree(r.Replica, limit) && (b.stepped || b.now.Sub(r.at) < b.lim.cfg.Deadline[r.Lane]/2)
		if free && !held && len(b.running) < limit && !b.lim.Dead() {
			t.Fatalf("%d (%s) waits while %d of %d are in flight", id, r.Lane, len(b.running), limit)
		}
	}
}

// TestRules: whatever comes, in whatever order, with whatever clock.
func TestRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &ledger{now: evening, waiting: map[uint64]asked{}, running: map[uint64]asked{}, ended: map[uint64]bool{}, parallel: rapid.IntRange(1, 4).Draw(t, "parallel")}
		b.lim = NewLimiter(Config{VisitorParallel: b.parallel, QueueMax: 20, CallbackQueue: 5, Start: rapid.IntRange(1, 12).Draw(t, "start")}, b.now)
		jumps := rapid.Bool().Draw(t, "jumps")
		tick := func() { st, sh := b.lim.Tick(b.now); b.take(t, st, sh) }
		any := func(m map[uint64]asked, what string) uint64 {
			if len(m) == 0 {
				return 0
			}
			n := rapid.IntRange(0, len(m)-1).Draw(t, what)
			low := uint64(0)
			for range n + 1 { // the nth smallest: maps have no order
				best := uint64(0)
				for id := range m {
					if id > low && (best == 0 || id < best) {
						best = id
					}
				}
				low = best
			}
			return low
		}
		for range rapid.IntRange(10, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 10).Draw(t, "op") {
			case 0, 1, 2, 3:
				b.nextID++
				r := Request{ID: b.nextID, Lane: Lane(rapid.IntRange(0, int(NumLanes)-1).Draw(t, "lane")),
					Class: falochron.Class(rapid.IntRange(0, int(falochron.NumClasses)).Draw(t, "class")), Visitor: uint64(rapid.IntRange(0, 5).Draw(t, "visitor")), Replica: uint64(rapid.IntRange(0, 3).Draw(t, "replica"))}
				before, _ := b.lim.Limit()
				inFlight, room := len(b.running), b.lim.replicaFree(r.Replica, before)
				ok, v := b.lim.Arrive(b.now, r)
				if v.Limit == "" || v.Reason == "" {
					t.Fatalf("verdict without reason: %+v", v)
				}
				if ok {
					most := before
					if r.Lane == LaneCallback || b.lim.callbackExtra(before) > 0 {
						most++
					}
					if inFlight >= most {
						t.Fatalf("%d started with %d of %d in flight", r.ID, inFlight, before)
					}
					if !room {
						t.Fatalf("%d started at a replica that has its part", r.ID)
					}
					b.running[r.ID] = asked{r, b.now}
				} else if v.Action == falochron.Queue {
					b.waiting[r.ID] = asked{r, b.now}
				}
			case 4, 5, 6:
				id := any(b.running, "which")
				if id == 0 {
					continue
				}
				delete(b.running, id)
				limit, _ := b.lim.Limit()
				_, st, sh := b.lim.Done(b.now, id, Outcome(rapid.IntRange(0, int(Dropped)).Draw(t, "outcome")))
				b.take(t, st, sh)
				after, _ := b.lim.Limit()
				if len(st) > 0 && len(b.running) > max(limit, after)+1 {
					t.Fatalf("%d in flight with a limit of %d", len(b.running), after)
				}
				if took, st, _ := b.lim.Done(b.now, id, Answered); took != 0 || len(st) != 0 {
					t.Fatalf("%d ended twice", id)
				}
			case 7:
				id := any(b.waiting, "who")
				b.lim.Cancel(id)
				delete(b.waiting, id)
			case 8:
				b.now = b.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			case 9:
				if jumps {
					b.now = b.now.Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "s")) * time.Second)
					b.stepped = true
				}
				b.lim.SetCeiling(rapid.IntRange(0, 10).Draw(t, "ceiling"))
			case 10:
				var parts []Part
				whole := 0.0
				for replica := range uint64(rapid.IntRange(0, 3).Draw(t, "replicas")) {
					parts = append(parts, Part{replica + 1, rapid.Float64Range(0, 1).Draw(t, "share")})
					whole += parts[replica].Share
				}
				b.lim.Divided(whole, parts)
			}
			tick()
			b.check(t)
		}
		// Everything that is let end, ends.
		for range 400 {
			for id := range b.running {
				delete(b.running, id)
				_, st, sh := b.lim.Done(b.now, id, Answered)
				b.take(t, st, sh)
			}
			b.now = b.now.Add(time.Second)
			tick()
		}
		if n := len(b.running) + len(b.waiting); n > 0 || len(b.lim.run) > 0 || len(b.lim.byReplica) > 0 {
			t.Fatalf("%d requests never ended", n)
		}
	})
}

// TestRefusalIsNoOverload: a shop that answers 409 and 429 as fast as it can is
// alive; only Errored, TimedOut and Unreach speak against it.
func TestRefusalIsNoOverload(t *testing.T) {
	for how, against := range map[Outcome]bool{Answered: false, Refused: false, Dropped: false, Errored: true, TimedOut: true, Unreach: true} {
		l, now, id := NewLimiter(Config{Start: 12}, evening), evening, uint64(0)
		for range 100 {
			for ok := true; ok; {
				id++
				ok, _ = l.Arrive(now, Request{ID: id, Lane: LaneInside, Class: falochron.ClassPage})
			}
			l.Cancel(id)
			now = now.Add(50 * time.Millisecond)
			for r := range l.run {
				l.Done(now, r, how)
			}
		}
		if n, _ := l.Limit(); (n < 12 || l.Dead()) != against {
			t.Errorf("outcome %d: limit %d from 12, dead %v; speaks against the shop: should be %v", how, n, l.Dead(), against)
		}
	}
}

// TestRefusalIsNoSpeed: payment notices to a full shop of eight workers are answered by
// 429 at once, as by one that counts them. It has not become faster, and the limit stays.
// Taken for answers, they double it, again and again.
func TestRefusalIsNoSpeed(t *testing.T) {
	for how, grows := range map[Outcome]bool{Refused: false, Answered: true} {
		l, id, highest := NewLimiter(Config{Start: 4}, evening), uint64(0), 0
		type end struct {
			id  uint64
			at  time.Duration
			how Outcome
		}
		var running []end
		begin := func(at time.Duration, lane Lane, class falochron.Class, took time.Duration, how Outcome) bool {
			id++
			ok, _ := l.Arrive(evening.Add(at), Request{ID: id, Lane: lane, Class: class})
			if !ok {
				l.Cancel(id)
				return false
			}
			running = append(running, end{id, at + took, how})
			return true
		}
		for at := time.Duration(0); at < 3*time.Minute; at += 20 * time.Millisecond {
			running = slices.DeleteFunc(running, func(e end) bool {
				if e.at <= at {
					l.Done(evening.Add(at), e.id, e.how)
				}
				return e.at <= at
			})
			counting := at > time.Minute
			switch notice := at%(60*time.Millisecond) == 0; {
			case notice && counting:
				begin(at, LaneCallback, falochron.ClassCallback, 20*time.Millisecond, how)
			case notice && at%time.Second == 0:
				begin(at, LaneCallback, falochron.ClassCallback, 200*time.Millisecond, Answered)
			}
			most := 1 // in the first seconds, so that the unloaded latency is learnt
			if at > 10*time.Second {
				most = 1000
			}
			// Workers share: beyond eight, each takes so much longer.
			for n := len(running); n < most && begin(at, LaneInside, falochron.ClassPage, time.Duration(max(1, float64(n+1)/8)*float64(500*time.Millisecond)), Answered); n++ {
			}
			if n, _ := l.Limit(); counting {
				highest = max(highest, n)
			}
		}
		if (highest > 24) != grows {
			t.Errorf("outcome %d: at most %d in flight at eight workers; more than 24: should be %v", how, highest, grows)
		}
	}
}

// TestMemory: what is kept is bounded by what waits and runs, whatever came.
func TestMemory(t *testing.T) {
	l, now := NewLimiter(Config{}, evening), evening
	for id := uint64(1); id < 200_000; id++ {
		l.Arrive(now, Request{ID: id, Lane: Lane(id % uint64(NumLanes)), Visitor: id})
	}
	if n := l.State().Queued; n > int(NumLanes-1)*1024+64 {
		t.Errorf("%d waiting", n)
	}
	if len(l.run) > 5 || len(l.byVisitor) > 5 {
		t.Errorf("%d running, %d visitors", len(l.run), len(l.byVisitor))
	}
	_, sh := l.Tick(now.Add(time.Minute))
	if len(sh) == 0 || l.State().Queued != 0 {
		t.Errorf("%d still wait a minute later", l.State().Queued)
	}
}

// hot is the life of one request through a full limiter with a queue.
func hot(l *Limiter, now time.Time, id uint64) time.Time {
	now = now.Add(time.Millisecond)
	l.Arrive(now, Request{ID: id, Lane: LaneInside, Class: falochron.ClassPage, Visitor: id % 1000})
	l.Done(now, id-8, Answered)
	return now
}

// TestHotPath: Arrive and Done allocate nothing but the sentence on a change of
// the limit, once in a window.
func TestHotPath(t *testing.T) {
	l, now, id := NewLimiter(Config{}, evening), evening, uint64(100)
	l.SetCeiling(4)
	step := func() { id++; now = hot(l, now, id) }
	for range 5000 {
		step()
	}
	if n := testing.AllocsPerRun(5000, step); n > 0.5 {
		t.Errorf("%.2f allocations a request", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	l, now, id := NewLimiter(Config{}, evening), evening, uint64(100)
	l.SetCeiling(4)
	b.ReportAllocs()
	for b.Loop() {
		id++
		now = hot(l, now, id)
	}
}

func BenchmarkPlacesUpdate(b *testing.B) {
	p, now := NewPlaces(evening), evening
	for range 300 {
		now = now.Add(100 * time.Millisecond)
		p.Enter(now)
		p.Spent(now, now.Add(-time.Second), 300*time.Millisecond, falochron.ClassPage)
		p.Update(now, Load{Limit: 8, Free: 1, Outside: 100})
	}
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(20 * time.Millisecond)
		p.Update(now, Load{Limit: 8, Free: 1, Outside: 100})
	}
}

// Who reloads, or is led on by a redirect, keeps the turn of the first press and
// gains none by pressing again.
func TestAReloadKeepsItsTurn(t *testing.T) {
	l, now := NewLimiter(Config{Ceiling: 1}, evening), evening
	ask := func(id, visitor uint64, pressed time.Time) {
		l.Arrive(now, Request{ID: id, Lane: LaneInside, Visitor: visitor, Pressed: pressed, Page: true})
	}
	ask(1, 1, now) // at the shop
	now = now.Add(time.Second)
	ask(2, 2, now) // Ola waits,
	now = now.Add(time.Second)
	ask(3, 3, now) // and Jan behind her.
	now = now.Add(time.Second)
	ask(4, 2, now) // Ola reloads; her first request is taken back only then.
	l.Cancel(2)
	now = now.Add(time.Second)
	ask(5, 5, now.Add(-10*time.Second)) // Ewa pressed before all of them, and a redirect leads her on.
	ask(6, 3, now)                      // Jan presses again beside.
	var order []uint64
	for id := uint64(1); len(order) < 4; {
		now = now.Add(100 * time.Millisecond)
		_, starts, _ := l.Done(now, id, Answered)
		if len(starts) != 1 {
			t.Fatalf("%d start", len(starts))
		}
		id = starts[0].ID
		order = append(order, id)
	}
	if want := []uint64{5, 4, 3, 6}; !slices.Equal(order, want) {
		t.Errorf("served %v, want %v", order, want)
	}
}
