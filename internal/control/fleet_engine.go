package control

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// fleetEngine is what starts and stops the replicas of one shop, as the loop sees it. Its
// goroutine alone asks the driver: an engine that is slow, or whose replicas are, holds up
// no decision. What is not atomic belongs to that goroutine.
type fleetEngine struct {
	f      *Fleet
	cfg    FleetShop
	log    *slog.Logger
	counts *fleetCounts

	seen   atomic.Pointer[fleetSeen]     // what it knows; never nil
	wanted atomic.Pointer[fleetDecision] // what was decided last; nil = nothing is to be ordered

	asked   time.Time // when the engine was last asked what there is
	state   fleet.State
	known   bool // it has answered, and state is what it said
	given   bool // an order of ours is in force
	ordered fleet.Want
	before  int       // the number that was ordered before it,
	changed time.Time // until then
	restore time.Time
	warmed  map[string]bool      // replicas that were warmed, by id
	leaving map[string]time.Time // replicas that get nobody new, since when, by id
	shown   map[string]bool      // of these, those that the edge has shown to drain, by id
	failed  string               // the last fault; empty: it does as asked
	rests   time.Duration        // how long it is left alone after a fault
	again   time.Time            // when it may be asked again
}

// fleetSeen is what an engine is known to have. Nobody writes to it any more.
type fleetSeen struct {
	state fleet.State // replicas that get nobody new drain, though the engine has them ready
	known bool
	ours  bool // the number that the engine is asked for is one that we ordered
	fault string
}

// fleetDecision is a decision.
type fleetDecision struct {
	replicas int // those that the owner runs beside the engine's included
	reason   string
}

func newFleetEngine(f *Fleet, c FleetShop, log *slog.Logger, counts *fleetCounts) *fleetEngine {
	e := &fleetEngine{f: f, cfg: c, log: log, counts: counts, warmed: make(map[string]bool), leaving: make(map[string]time.Time), shown: make(map[string]bool)}
	e.seen.Store(&fleetSeen{})
	return e
}

// run does what was decided until ctx ends, then closes the driver.
func (s *fleetEngine) run(ctx context.Context) {
	defer func() {
		if err := s.cfg.Driver.Close(); err != nil {
			s.log.Warn("the driver of the replicas has not closed", "err", err)
		}
	}()
	tick := time.NewTicker(fleetEvery)
	defer tick.Stop()
	for {
		s.turn(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// turn does what is due. A fault of ours ends nothing: what is known stays known.
func (s *fleetEngine) turn(ctx context.Context, now time.Time) {
	defer func() {
		if fault := recover(); fault != nil {
			s.counts.panics.Add(1)
			s.log.Error("what orders replicas has a fault; the shop is protected without it", "fault", fault, "stack", string(debug.Stack()))
		}
	}()
	call, cancel := context.WithTimeout(ctx, fleetCall)
	defer cancel()
	if s.mayAsk(now) {
		s.undo(call, now)
	}
	if s.mayAsk(now) {
		s.look(call, now)
	}
	if w := s.wanted.Load(); w != nil && s.known && s.mayAsk(now) {
		s.act(call, now, w)
	}
	s.seen.Store(&fleetSeen{state: s.asSeen(), known: s.known, ours: s.ours(now), fault: s.failed})
}

// asSeen is the state as others are to see it.
func (s *fleetEngine) asSeen() fleet.State {
	state := s.state
	state.Replicas = slices.Clone(state.Replicas)
	for i := range state.Replicas {
		r := &state.Replicas[i]
		if since := s.leaving[r.ID]; !since.IsZero() && r.Phase == fleet.Ready {
			r.Phase, r.Since = fleet.Draining, since
		}
	}
	return state
}

// ours says that the number the engine is asked for is our order, or was a moment ago: while
// replicas drain it is not what was decided, and yet nobody else's.
func (s *fleetEngine) ours(now time.Time) bool {
	return s.given && (s.state.Wanted == s.ordered.Replicas || s.state.Wanted == s.before && now.Sub(s.changed) < fleetArrives)
}

// undo gives back what has expired, first of all what was left by a program that is gone.
func (s *fleetEngine) undo(ctx context.Context, now time.Time) {
	if !s.restore.IsZero() && now.Sub(s.restore).Abs() < fleetRestores {
		return
	}
	notes, err := s.cfg.Driver.Restore(ctx, now)
	if s.fault(now, "give back what has expired", err) {
		return
	}
	s.restore = now
	s.notes(now, notes)
}

// look asks the engine what there is.
func (s *fleetEngine) look(ctx context.Context, now time.Time) {
	every := fleetLooks
	if !s.known || s.underWay() {
		every = fleetLooksSoon
	}
	if now.Sub(s.asked).Abs() < every {
		return
	}
	s.asked = now
	s.counts.looks.Add(1)
	state, err := s.cfg.Driver.Observe(ctx)
	if s.fault(now, "see the replicas", err) {
		return
	}
	s.state, s.known = state, true
	s.notes(now, state.Notes)
	s.route()
}

// underWay reports that replicas come or go.
func (s *fleetEngine) underWay() bool {
	return s.given && s.state.Ready() != s.ordered.Replicas ||
		slices.ContainsFunc(s.state.Replicas, func(r fleet.Replica) bool { return r.Phase != fleet.Ready })
}

// route tells the edge where the replicas are, and has those that are new warmed.
func (s *fleetEngine) route() {
	var ready, fresh []fleet.Replica
	there := make(map[string]bool, len(s.state.Replicas))
	for _, r := range s.state.Replicas {
		there[r.ID] = true
		if r.Phase != fleet.Ready || r.URL == "" {
			continue
		}
		if s.leaving[r.ID].IsZero() {
			ready = append(ready, r)
		}
		if !s.warmed[r.ID] {
			s.warmed[r.ID] = true
			fresh = append(fresh, r)
		}
	}
	maps.DeleteFunc(s.warmed, func(id string, _ bool) bool { return !there[id] })
	maps.DeleteFunc(s.leaving, func(id string, _ time.Time) bool { return !there[id] })
	maps.DeleteFunc(s.shown, func(id string, _ bool) bool { return !there[id] })
	if s.f.cfg.Route != nil && len(ready) > 0 { // where none is ready, whatever was known is the best guess
		s.f.cfg.Route(s.cfg.Name, ready)
	}
	if s.f.cfg.Warm != nil {
		for _, r := range fresh {
			s.f.cfg.Warm(s.cfg.Name, r.URL)
		}
	}
}

// act orders what is wanted. The same order is given again and again: a driver knows when
// that costs a call.
func (s *fleetEngine) act(ctx context.Context, now time.Time, w *fleetDecision) {
	want := fleet.Want{Replicas: s.kept(now, max(w.replicas-s.cfg.Beside, 0)), Expires: now.Add(s.cfg.Hold), Reason: w.reason}
	again := s.given && want.Replicas == s.ordered.Replicas
	if again && s.ordered.Expires.Sub(now) > s.cfg.Hold/2 && s.state.Wanted == want.Replicas {
		return
	}
	want.Leave = slices.SortedFunc(maps.Keys(s.leaving), func(a, b string) int { return s.leaving[a].Compare(s.leaving[b]) })
	order, err := s.cfg.Driver.Scale(ctx, want)
	if s.fault(now, fmt.Sprintf("have %d replicas", want.Replicas), err) {
		return
	}
	if order.Changed {
		s.counts.orders.Add(1)
	}
	if !again {
		s.asked = time.Time{} // look at once
		if s.before, s.changed = s.ordered.Replicas, now; !s.given {
			s.before = order.Before
		}
	}
	s.given, s.ordered = true, want
	s.notes(now, order.Notes)
}

// kept is how many replicas are ordered where so many are wanted: those that are to go get
// nobody new first, and are ordered away when they have drained. Who is wanted again before
// that stays.
func (s *fleetEngine) kept(now time.Time, wanted int) int {
	var own []fleet.Replica // that may go
	there := 0              // and do not go yet
	for _, r := range s.state.Replicas {
		if r.Phase == fleet.Draining || r.Phase == fleet.Failed {
			continue // the engine has it go already, or it serves nobody
		}
		there++
		if r.Own && r.Phase == fleet.Ready && r.URL != "" {
			own = append(own, r)
		}
	}
	load, drains := s.load()
	slices.SortStableFunc(own, func(a, b fleet.Replica) int { // who leaves already goes on to; then those with the least to do
		if x, y := s.leaving[a.ID].IsZero(), s.leaving[b.ID].IsZero(); x != y {
			return cmp.Compare(oneIf(x), oneIf(y))
		}
		return load[a.URL] - load[b.URL]
	})
	ordered, moved := wanted, false
	for i, r := range own {
		s.shown[r.ID] = s.shown[r.ID] || drains[r.URL]
		since, leaves := s.leaving[r.ID], i < there-wanted
		switch {
		case leaves && since.IsZero():
			s.leaving[r.ID], moved = now, true
			ordered++
		case leaves && now.Sub(since).Abs() < s.cfg.Drain && !(s.shown[r.ID] && !drains[r.URL]):
			ordered++ // somebody may be left there
		case !leaves && !since.IsZero():
			delete(s.leaving, r.ID)
			delete(s.shown, r.ID)
			moved = true
		}
	}
	if moved {
		s.route()
	}
	return ordered
}

// load is how many requests each replica has that the edge knows, by its address, and which
// of them drain: one that has drained it knows no longer.
func (s *fleetEngine) load() (load map[string]int, drains map[string]bool) {
	v, _ := s.f.cfg.Vitals(s.cfg.Name)
	load, drains = make(map[string]int, len(v.Replicas)), make(map[string]bool)
	for _, r := range v.Replicas {
		load[r.URL], drains[r.URL] = r.InFlight, r.Phase == falochron.ReplicaDraining
	}
	return load, drains
}

// fault takes in how a call ended. A fault is told once, until there is another or all is
// well again, and the engine is left alone for a while: what is gone is not helped by calls.
func (s *fleetEngine) fault(now time.Time, doing string, err error) bool {
	if err == nil {
		s.failed, s.rests = "", 0
		return false
	}
	s.counts.faults.Add(1)
	s.rests = min(max(2*s.rests, fleetRests), fleetRestsMost)
	s.again = now.Add(s.rests)
	if said := err.Error(); said != s.failed {
		s.failed = said
		s.log.Warn("the engine of the replicas did not do as asked; it is asked again", "doing", doing, "err", err)
		s.note(now, "replicas: could not "+doing+": "+said)
	}
	return true
}

// mayAsk reports whether the engine may be asked now. A clock that was set back does not
// keep it from being asked.
func (s *fleetEngine) mayAsk(now time.Time) bool {
	return s.rests == 0 || !now.Before(s.again) || s.again.Sub(now) > fleetRestsMost
}

// notes puts what people should know into the journal.
func (s *fleetEngine) notes(now time.Time, notes []fleet.Note) {
	for _, n := range notes {
		s.counts.note(n.Kind)
		s.log.Info(n.Text, "note", n.Kind)
		s.note(now, "replicas: "+n.Text)
	}
}

func (s *fleetEngine) note(now time.Time, text string) {
	s.f.cfg.Journal.Append(falochron.Record{Time: now, Shop: s.cfg.Name, Note: text})
}
