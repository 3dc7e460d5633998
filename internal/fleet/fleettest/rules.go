package fleettest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Rules returns all rules, in the order in which a driver is best built by them.
func Rules() []Rule {
	return []Rule{
		{Name: "starting-then-ready", Check: startingThenReady},
		{Name: "the-same-again-changes-nothing", Check: sameAgain},
		{Name: "down-to-fewer", Check: downToFewer},
		{Name: "those-named-leave-first", Check: namedLeaveFirst},
		{Name: "orders-that-cannot-be-followed", Check: badOrders},
		{Name: "never-beyond-the-maximum", Check: neverBeyond},
		{Name: "nothing-of-others-is-touched", Check: foreignUntouched},
		{Name: "the-next-program-finds-them", Check: nextFinds},
		{Name: "the-next-program-undoes-what-expired", Check: nextUndoes},
		{Name: "expiry-while-we-live", Check: expiryAlive},
		{Name: "a-renewed-order-stays", Check: renewedStays},
		{Name: "failing-replicas-are-told", Check: failingTold},
		{Name: "a-cancelled-call-changes-nothing", Check: cancelled},
		{Name: "many-at-once", Check: manyAtOnce},
		{Name: "close-leaves-nothing-running", Check: closeLeaves},
		{Name: "an-engine-that-is-gone", Fault: Gone, Check: engineGone},
		{Name: "what-expired-while-the-engine-was-gone", Fault: Gone, Check: expiredWhileGone},
		{Name: "an-engine-that-is-slow", Fault: Slow, Check: engineSlow},
		{Name: "an-engine-that-talks-rubbish", Fault: Garbled, Check: engineGarbled},
		{Name: "an-engine-that-only-says-yes", Fault: Deaf, Check: engineDeaf},
		{Name: "an-answer-that-is-lost", Fault: Cut, Check: answerLost},
		{Name: "an-engine-that-refuses", Fault: Refusing, Check: engineRefuses},
		{Name: "somebody-was-quicker", Fault: Stale, Check: somebodyQuicker},
	}
}

// More replicas are seen before they answer, and then as ready; the call did not wait.
// None of them gets ready before they were seen, however fast they and slow we are.
func startingThenReady(t testing.TB, s *Stage) {
	p := s.enter(t)
	st := p.settled(s.Base)
	if p.d.Name() == "" {
		t.Error("the driver has no name")
	}
	was := ids(st)
	s.Hold(t, true)
	o := p.order(p.want(s.Base + 2))
	if o.Accepted != s.Base+2 || o.Before != s.Base || !o.Changed {
		t.Errorf("order: %+v", o)
	}
	starting := func(st fleet.State) bool {
		n := 0
		for _, r := range st.Replicas {
			if r.Phase == fleet.Starting && !slices.Contains(was, r.ID) {
				n++
			}
		}
		return st.Wanted == s.Base+2 && n == 2 && st.Ready() == s.Base && len(st.Replicas) == s.Base+2
	}
	p.until("two that are ordered and not ready", starting)
	p.stays("two that are ordered and not ready", starting)
	s.Hold(t, false)
	st = p.settled(s.Base + 2)
	own := 0
	for _, r := range st.Replicas {
		if r.Own && !slices.Contains(was, r.ID) {
			own++
		}
	}
	if own != 2 {
		t.Errorf("%d replicas are said to be started from here, wants 2: %s", own, line(st))
	}
}

// The order that holds already costs one call that reads at the most.
func sameAgain(t testing.TB, s *Stage) {
	p := s.enter(t)
	w := p.want(s.Base + 2)
	p.order(w)
	before := p.settled(s.Base + 2)
	for range 3 {
		all, changes := p.calls(func() {
			if o := p.order(w); o.Changed || o.Accepted != s.Base+2 || o.Before != s.Base+2 {
				t.Errorf("the same order again: %+v", o)
			}
		})
		if all > 1 || changes > 0 {
			t.Errorf("the same order again cost %d calls, %d of them changes", all, changes)
		}
	}
	if _, changes := p.calls(func() { p.observe() }); changes > 0 {
		t.Errorf("to look cost %d changes", changes)
	}
	if after := p.settled(s.Base + 2); !slices.Equal(ids(before), ids(after)) {
		t.Errorf("before %s, after %s", line(before), line(after))
	}
}

// Fewer means fewer, down to what there was; those that stay are those that were there.
func downToFewer(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 3))
	all := ids(p.settled(s.Base + 3))
	for _, n := range []int{s.Base + 1, s.Base} {
		o, st := p.lead(p.want(n), n)
		if o.Accepted != n || !o.Changed {
			t.Errorf("order: %+v", o)
		}
		for _, id := range ids(st) {
			if !slices.Contains(all, id) {
				t.Errorf("%s was started by an order for fewer: %s", id, line(st))
			}
		}
	}
	p.stays("as ordered", func(st fleet.State) bool { return len(st.Replicas) == s.Base })
}

// Where the engine lets one choose, those with the fewest visitors go.
func namedLeaveFirst(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 3))
	var own []string
	for _, r := range p.settled(s.Base + 3).Replicas {
		if r.Own {
			own = append(own, r.ID)
		}
	}
	if len(own) < 3 {
		t.Fatalf("own replicas: %q", own)
	}
	for i, id := range []string{own[len(own)-2], own[0]} { // neither the last nor the first that came
		n := s.Base + 2 - i
		if _, st := p.lead(p.want(n, "never-there", id), n); slices.Contains(ids(st), id) {
			t.Errorf("%s was to go first: %s", id, line(st))
		}
	}
	// To name one is no order to stop it.
	st := p.settled(s.Base + 1)
	p.order(p.want(s.Base+1, ids(st)...))
	p.stays("nobody leaves", func(now fleet.State) bool { return slices.Equal(ids(now), ids(st)) })
}

// What can never be followed is refused as such, and changes nothing.
func badOrders(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	later := time.Now().Add(hour)
	for what, w := range map[string]fleet.Want{
		"fewer than none":    {Replicas: -1, Expires: later},
		"far too many":       {Replicas: 10_001, Expires: later},
		"without an end":     {Replicas: s.Base + 1},
		"that was over then": {Replicas: s.Base + 1, Expires: time.Now().Add(-hour)},
	} {
		_, changes := p.calls(func() {
			ctx, cancel := p.within()
			defer cancel()
			o, err := p.d.Scale(ctx, w)
			if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
				t.Errorf("an order %s: %+v, %v; wants kind invalid and a hint", what, o, err)
			}
		})
		if changes > 0 {
			t.Errorf("an order %s: %d changes", what, changes)
		}
	}
	p.stays("as it was", func(st fleet.State) bool { return len(st.Replicas) == s.Base })
}

// The engine's owner has said how many there may be.
func neverBeyond(t testing.TB, s *Stage) {
	if s.Most == 0 {
		t.Skip("this stage has no maximum")
	}
	p := s.enter(t)
	o := p.order(p.want(s.Most + 5))
	if o.Accepted != s.Most || o.Bound == "" {
		t.Errorf("order: %+v, wants %d and its bound", o, s.Most)
	}
	p.until("as many as there may be", func(st fleet.State) bool { return st.Ready() == s.Most })
	p.stays("no more than there may be", func(st fleet.State) bool { return st.Wanted == s.Most && len(st.Replicas) == s.Most })
	if all, changes := p.calls(func() { p.order(p.want(s.Most + 5)) }); changes > 0 {
		t.Errorf("the same again: %d calls, %d changes", all, changes)
	}
}

// Up, down, expired, closed: what looks like ours and is not stays as it is.
func foreignUntouched(t testing.TB, s *Stage) {
	untouched := s.Foreign(t)
	check := func(when string) {
		t.Helper()
		if err := untouched(); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	check("before anything")
	p := s.enter(t)
	p.restore(time.Now())
	check("after a start")
	p.order(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	check("after more")
	p.lead(p.want(s.Base), s.Base)
	check("after fewer")
	p.order(p.want(s.Base + 1))
	p.settled(s.Base + 1)
	p.undo(time.Now().Add(2*hour), s.Base)
	check("after the order was over")
	p.close()
	check("after close")
}

// failingTold: a replica that does not get ready is seen as such, with what the engine
// says; it takes no part, and goes when fewer are wanted.
func failingTold(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 1))
	good := ids(p.settled(s.Base + 1))
	s.Spoil(t, true)
	p.order(p.want(s.Base + 2))
	st := p.until("one that has failed, with a why", func(st fleet.State) bool {
		return slices.ContainsFunc(st.Replicas, func(r fleet.Replica) bool { return r.Phase == fleet.Failed && r.Why != "" })
	})
	if st.Ready() > s.Base+1 {
		t.Errorf("a replica that fails is ready: %s", line(st))
	}
	_, st = p.lead(p.want(s.Base+1), s.Base+1)
	if s.Cannot["those-named-leave-first"] == "" && !slices.Equal(ids(st), good) {
		t.Errorf("a replica that worked went instead of the one that failed: %s, there were %q", line(st), good)
	}
	s.Spoil(t, false)
	p.order(p.want(s.Base + 2))
	p.settled(s.Base + 2)
}

// Who gives up gets his call back, and nothing has happened.
func cancelled(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, changes := p.calls(func() {
		_, err := p.d.Scale(ctx, p.want(s.Base+2))
		ended(t, "scale", err)
		_, err = p.d.Observe(ctx)
		ended(t, "observe", err)
		_, err = p.d.Restore(ctx, time.Now().Add(2*hour))
		ended(t, "restore", err)
	})
	if changes > 0 {
		t.Errorf("calls that were cancelled before they began made %d changes", changes)
	}
	p.stays("as it was", func(st fleet.State) bool { return len(st.Replicas) == s.Base && st.Wanted == s.Base })
	p.order(p.want(s.Base + 1)) // somebody else's order is not held up by it
	p.settled(s.Base + 1)
}

func ended(t testing.TB, call string, err error) {
	t.Helper()
	if err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%s with a cancelled context: %v, wants context.Canceled in its chain", call, err)
	}
}

// Many callers at once: no more replicas than the largest order, and the last one holds.
func manyAtOnce(t testing.TB, s *Stage) {
	p := s.enter(t)
	faults := make(chan string, 1000)
	done := make(chan struct{})
	const callers = 8
	for i := range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for k := range 5 {
				ctx, cancel := p.within()
				st, err := p.d.Observe(ctx)
				if err != nil {
					faults <- "observe: " + full(err)
				}
				if busy(st) > s.Base+3 {
					faults <- "more than anybody ordered: " + line(st)
				}
				if _, err := p.d.Scale(ctx, p.want(s.Base+1+(i+k)%3)); err != nil && falochron.KindOf(err) != falochron.Conflict {
					faults <- "scale: " + full(err)
				}
				cancel()
			}
		}()
	}
	for range callers {
		<-done
	}
	close(faults)
	for f := range faults {
		t.Error(f)
	}
	p.lead(p.want(s.Base+2), s.Base+2)
	p.stays("the last order holds", func(st fleet.State) bool { return len(st.Replicas) == s.Base+2 })
}
