package fleettest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// brief is how long a rule lets a call wait for an engine that does not answer.
const brief = 300 * time.Millisecond

// hammer calls the driver over and over, as loops without sense would, and returns the
// last errors. It fails if a call takes longer than its caller and all patience give it, or if all
// together are more calls of the engine than a pause between them allows.
func (p *player) hammer(times int, each time.Duration) (observe, scale error) {
	p.Helper()
	begun := time.Now()
	call := func(f func(context.Context)) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(p.Context(), each)
		defer cancel()
		f(ctx)
		if took := time.Since(begun); took > each+p.Patience {
			p.Errorf("a call that had %s took %s", each, took)
		}
	}
	all, _ := p.calls(func() {
		for range times {
			call(func(ctx context.Context) { _, observe = p.d.Observe(ctx) })
			call(func(ctx context.Context) { _, scale = p.d.Scale(ctx, p.want(p.Base+2)) })
		}
	})
	// Eight for the first tries of both, and one for each second it took.
	if most := 8 + int(time.Since(begun)/time.Second); all > most {
		p.Errorf("%d calls of ours made %d calls of an engine that does not answer, at most %d", 2*times, all, most)
	}
	return observe, scale
}

// isKind says that an error is of a kind and tells what to do.
func isKind(t testing.TB, what string, err error, kind falochron.Kind) {
	t.Helper()
	if err == nil || falochron.KindOf(err) != kind || falochron.HintOf(err) == "" {
		if err == nil {
			t.Errorf("%s: no error, wants kind %s", what, kind)
			return
		}
		t.Errorf("%s: %s; wants kind %s and a hint", what, full(err), kind)
	}
}

// insist gives an order until it is taken: level-triggered callers do.
func (p *player) insist(w fleet.Want) fleet.Order {
	p.Helper()
	end := time.Now().Add(p.Patience)
	for {
		ctx, cancel := p.within()
		o, err := p.d.Scale(ctx, w)
		cancel()
		if err == nil {
			return o
		}
		if time.Now().After(end) {
			p.Fatalf("scale to %d, %s after the engine works again: %s", w.Replicas, p.Patience, full(err))
		}
		time.Sleep(p.Beat)
	}
}

// insistRestore restores until it is done.
func (p *player) insistRestore(now func() time.Time) []fleet.Note {
	p.Helper()
	end := time.Now().Add(p.Patience)
	for {
		ctx, cancel := p.within()
		notes, err := p.d.Restore(ctx, now())
		cancel()
		if err == nil {
			return notes
		}
		if time.Now().After(end) {
			p.Fatalf("restore, %s after the engine works again: %s", p.Patience, full(err))
		}
		time.Sleep(p.Beat)
	}
}

// insistLook looks until it sees something.
func (p *player) insistLook() fleet.State {
	p.Helper()
	end := time.Now().Add(p.Patience)
	for {
		ctx, cancel := p.within()
		st, err := p.d.Observe(ctx)
		cancel()
		if err == nil {
			return st
		}
		if time.Now().After(end) {
			p.Fatalf("observe, %s after the engine works again: %s", p.Patience, full(err))
		}
		time.Sleep(p.Beat)
	}
}

// busy counts the replicas that are not on their way out.
func busy(st fleet.State) (n int) {
	for _, r := range st.Replicas {
		if r.Phase != fleet.Draining {
			n++
		}
	}
	return n
}

// An engine that is gone is told as such, is not stormed, and finds its orders when it is
// back.
func engineGone(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 1))
	was := ids(p.settled(s.Base + 1))
	s.Fault(t, Gone)
	observe, scale := p.hammer(200, s.Patience)
	isKind(t, "observe", observe, falochron.Unavailable)
	isKind(t, "scale", scale, falochron.Unavailable)
	s.Fault(t, None)
	p.insist(p.want(s.Base + 2))
	st := p.settled(s.Base + 2)
	for _, id := range was {
		if !slices.Contains(ids(st), id) {
			t.Errorf("%s was lost: %s", id, line(st))
		}
	}
}

// What expires while the engine is gone is undone when it is back.
func expiredWhileGone(t testing.TB, s *Stage) {
	first := s.enter(t)
	first.order(first.want(s.Base + 2))
	first.settled(s.Base + 2)
	first.kill()
	s.Fault(t, Gone)
	next := s.enter(t)
	ctx, cancel := next.within()
	_, err := next.d.Restore(ctx, time.Now().Add(2*hour))
	cancel()
	isKind(t, "restore", err, falochron.Unavailable)
	s.Fault(t, None)
	next.insistRestore(func() time.Time { return time.Now().Add(2 * hour) })
	next.undo(time.Now().Add(2*hour), s.Base)
}

// A slow engine holds nobody longer than he wants to wait, and what it did is not done
// twice.
func engineSlow(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	s.Fault(t, Slow)
	observe, scale := p.hammer(20, brief)
	isKind(t, "observe", observe, falochron.Unavailable)
	isKind(t, "scale", scale, falochron.Unavailable)
	s.Fault(t, None)
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	p.stays("no more than ordered", func(st fleet.State) bool { return len(st.Replicas) == s.Base+2 })
}

// Rubbish is no answer. Nobody takes it for zero replicas.
func engineGarbled(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 1))
	p.settled(s.Base + 1)
	s.Fault(t, Garbled)
	observe, scale := p.hammer(3, s.Patience)
	isKind(t, "observe", observe, falochron.Unavailable)
	isKind(t, "scale", scale, falochron.Unavailable)
	s.Fault(t, None)
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
}

// What an engine says it will do is not what there is.
func engineDeaf(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	s.Fault(t, Deaf)
	ctx, cancel := p.within()
	_, err := p.d.Scale(ctx, p.want(s.Base+2))
	cancel()
	if err != nil && falochron.KindOf(err) != falochron.Unavailable && falochron.KindOf(err) != falochron.Conflict {
		t.Errorf("scale: %s", full(err))
	}
	p.stays("what there is", func(st fleet.State) bool { return st.Ready() <= s.Base })
	s.Fault(t, None)
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
}

// A change whose answer was lost is neither done twice nor forgotten.
func answerLost(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	s.Fault(t, Cut)
	for range 3 {
		ctx, cancel := p.within()
		_, err := p.d.Scale(ctx, p.want(s.Base+2))
		cancel()
		if err != nil && falochron.KindOf(err) != falochron.Unavailable {
			t.Errorf("scale: %s", full(err))
		}
	}
	s.Fault(t, None)
	if st := p.insistLook(); busy(st) > s.Base+2 {
		t.Errorf("more than ordered: %s", line(st))
	}
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	p.stays("no more than ordered", func(st fleet.State) bool { return len(st.Replicas) == s.Base+2 })
	p.kill()
	// The program that made it dies without ever having seen an answer: the next one
	// knows what is to be undone all the same.
	s.Fault(t, Cut)
	q := s.enter(t)
	ctx, cancel := q.within()
	_, _ = q.d.Scale(ctx, q.want(s.Base+3))
	cancel()
	q.kill()
	s.Fault(t, None)
	next := s.enter(t)
	next.insistRestore(func() time.Time { return time.Now().Add(2 * hour) })
	next.undo(time.Now().Add(2*hour), s.Base)
}

// A right that is missing is told with what to do, and nothing is half done.
func engineRefuses(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	s.Fault(t, Refusing)
	ctx, cancel := p.within()
	_, err := p.d.Scale(ctx, p.want(s.Base+2))
	cancel()
	isKind(t, "scale", err, falochron.Denied)
	s.Fault(t, None)
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
}

// Who was slower tries on what there is now, or says so.
func somebodyQuicker(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.settled(s.Base)
	s.Fault(t, Stale)
	ctx, cancel := p.within()
	_, err := p.d.Scale(ctx, p.want(s.Base+2))
	cancel()
	if err != nil {
		isKind(t, "scale", err, falochron.Conflict)
	}
	p.insist(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	s.Fault(t, None)
}
