package control

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/scale"
)

// fleetShop is one shop whose replicas are multiplied. What is not atomic belongs to its
// goroutine.
type fleetShop struct {
	f   *Fleet
	cfg FleetShop
	log *slog.Logger

	seen   atomic.Pointer[FleetSight]
	counts fleetCounts

	decider *scale.Decider
	work    workMeter
	state   fleet.State
	asked   time.Time // when the engine was last asked what there is
	known   bool      // it has answered, and state is what it said
	waves   []scale.Wave
	name    string    // of the campaign under way
	read    time.Time // when these were read
	given   bool      // an order of ours is in force
	ordered fleet.Want
	restore time.Time
	saved   time.Time
	warmed  map[string]bool      // replicas that were warmed, by id
	leaving map[string]time.Time // replicas that get nobody new, since when, by id
	told    string               // the last sentence in the journal
	failed  string               // the last fault of the engine; empty: it does as asked
	rests   time.Duration        // how long it is left alone after a fault
	again   time.Time            // when it may be asked again
}

// run multiplies until ctx ends.
func (s *fleetShop) run(ctx context.Context) {
	defer func() {
		if err := s.cfg.Driver.Close(); err != nil {
			s.log.Warn("the driver of the replicas has not closed", "err", err)
		}
	}()
	s.begin()
	tick := time.NewTicker(fleetEvery)
	defer tick.Stop()
	for {
		s.turn(ctx, time.Now())
		select {
		case <-ctx.Done():
			s.save()
			return
		case <-tick.C:
		}
	}
}

// begin makes the machine with what was learnt before.
func (s *fleetShop) begin() {
	s.warmed, s.leaving = make(map[string]bool), make(map[string]time.Time)
	d, err := scale.New(s.cfg.Scale, s.remember())
	if err != nil { // what was learnt does not fit any more: the configuration itself was checked
		s.log.Warn("what was learnt of the replicas is learnt anew", "err", err)
		if d, err = scale.New(s.cfg.Scale, scale.Saved{}); err != nil {
			s.log.Error("the replicas stay as they are", "err", err)
			return
		}
	}
	s.decider = d
}

// turn does what is due. A machine that panics is made anew: the shop goes on being served
// whatever happens here.
func (s *fleetShop) turn(ctx context.Context, now time.Time) {
	defer func() {
		if fault := recover(); fault != nil {
			s.counts.panics.Add(1)
			s.log.Error("what multiplies the replicas has a fault; the shop is protected without it", "fault", fault, "stack", string(debug.Stack()))
			s.decider = nil
			s.begin()
		}
	}()
	if s.decider == nil {
		return
	}
	call, cancel := context.WithTimeout(ctx, fleetCall)
	defer cancel()
	if s.mayAsk(now) {
		s.undo(call, now)
	}
	if s.mayAsk(now) {
		s.look(call, now)
	}
	v, ok := s.f.cfg.Vitals(s.cfg.Name)
	if !ok {
		return // the edge does not have it any more, or not yet
	}
	if s.f.cfg.Waves != nil && now.Sub(s.read).Abs() >= fleetPlans {
		s.waves, s.name = s.f.cfg.Waves(s.cfg.Name)
		s.read = now
	}
	s.work.add(v)
	if !s.known {
		return // what is there is not known: whatever is seen first would be taken for news
	}
	p := s.decider.Decide(now, s.observed(now, &v))
	if !p.Advice && s.mayAsk(now) {
		s.act(call, now, &p)
	}
	s.tell(now, &p)
	s.show(now, &p)
	if now.Sub(s.saved).Abs() >= fleetSaves {
		s.saved = now
		s.save()
	}
}

// undo gives back what has expired, first of all what was left by a program that is gone.
func (s *fleetShop) undo(ctx context.Context, now time.Time) {
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
func (s *fleetShop) look(ctx context.Context, now time.Time) {
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
func (s *fleetShop) underWay() bool {
	return s.given && s.state.Ready() != s.ordered.Replicas ||
		slices.ContainsFunc(s.state.Replicas, func(r fleet.Replica) bool { return r.Phase != fleet.Ready })
}

// route tells the edge where the replicas are, and has those that are new warmed.
func (s *fleetShop) route() {
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
func (s *fleetShop) act(ctx context.Context, now time.Time, p *scale.Plan) {
	want := fleet.Want{Replicas: s.kept(now, max(p.Wanted-s.cfg.Beside, 0)), Expires: now.Add(s.cfg.Hold), Reason: p.Now.Sentence("en")}
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
	}
	s.given, s.ordered = true, want
	s.notes(now, order.Notes)
}

// kept is how many replicas are ordered where so many are wanted: those that are to go get
// nobody new first, and are ordered away when they have drained. Who is wanted again before
// that stays.
func (s *fleetShop) kept(now time.Time, wanted int) int {
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
	load := s.load()
	slices.SortStableFunc(own, func(a, b fleet.Replica) int { // who leaves already goes on to; then those with the least to do
		if x, y := s.leaving[a.ID].IsZero(), s.leaving[b.ID].IsZero(); x != y {
			return cmp.Compare(oneIf(x), oneIf(y))
		}
		return load[a.URL] - load[b.URL]
	})
	ordered, moved := wanted, false
	for i, r := range own {
		since, leaves := s.leaving[r.ID], i < there-wanted
		switch {
		case leaves && since.IsZero():
			s.leaving[r.ID], moved = now, true
			ordered++
		case leaves && now.Sub(since).Abs() < s.cfg.Drain:
			ordered++
		case !leaves && !since.IsZero():
			delete(s.leaving, r.ID)
			moved = true
		}
	}
	if moved {
		s.route()
	}
	return ordered
}

// load is how many requests each replica has, by its address.
func (s *fleetShop) load() map[string]int {
	v, _ := s.f.cfg.Vitals(s.cfg.Name)
	load := make(map[string]int, len(v.Replicas))
	for _, r := range v.Replicas {
		load[r.URL] = r.InFlight
	}
	return load
}

// fault takes in how a call ended. A fault is told once, until there is another or all is
// well again, and the engine is left alone for a while: what is gone is not helped by calls.
func (s *fleetShop) fault(now time.Time, doing string, err error) bool {
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
func (s *fleetShop) mayAsk(now time.Time) bool {
	return s.rests == 0 || !now.Before(s.again) || s.again.Sub(now) > fleetRestsMost
}

// notes puts what people should know into the journal.
func (s *fleetShop) notes(now time.Time, notes []fleet.Note) {
	for _, n := range notes {
		s.counts.note(n.Kind)
		s.log.Info(n.Text, "note", n.Kind)
		s.note(now, "replicas: "+n.Text)
	}
}

// tell writes each change of the wanted number into the journal, with its reason.
func (s *fleetShop) tell(now time.Time, p *scale.Plan) {
	if !p.Changed && s.told != "" {
		return
	}
	said := p.Now.Sentence("en")
	if said == s.told {
		return
	}
	first := s.told == ""
	s.told = said
	if first && !p.Changed {
		return // nothing has happened yet
	}
	s.counts.steps.Add(1)
	if p.Advice {
		said = "advice: " + said
	}
	s.note(now, "replicas: "+said)
	s.log.Info("replicas", "wanted", p.Wanted, "why", said)
}

func (s *fleetShop) note(now time.Time, text string) {
	s.f.cfg.Journal.Append(falochron.Record{Time: now, Shop: s.cfg.Name, Note: text})
}

// remember reads what was learnt.
func (s *fleetShop) remember() (kept scale.Saved) {
	if s.f.cfg.Load == nil {
		return kept
	}
	b, err := s.f.cfg.Load(s.cfg.Name)
	if err == nil && b != nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		s.log.Warn("what was learnt of the replicas is learnt anew", "err", err)
		return scale.Saved{}
	}
	return kept
}

// save puts what was learnt on disk.
func (s *fleetShop) save() {
	if s.f.cfg.Save == nil || s.decider == nil {
		return
	}
	b, err := json.Marshal(s.decider.Save())
	if err == nil {
		err = s.f.cfg.Save(s.cfg.Name, b)
	}
	if err != nil {
		s.log.Warn("what was learnt of the replicas is not on disk", "err", err)
	}
}
