package fleettest

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// player is one driver on a stage, with what rules do to it.
type player struct {
	testing.TB
	*Stage
	d    fleet.Driver
	gone bool // killed or closed
}

// enter makes one more driver, as a start of our program does.
func (s *Stage) enter(t testing.TB) *player {
	t.Helper()
	p := &player{TB: t, Stage: s, d: s.New(t)}
	t.Cleanup(func() {
		if p.gone {
			return
		}
		if err := p.d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func (p *player) kill() {
	p.Helper()
	p.gone = true
	if p.Kill != nil {
		p.Kill(p, p.d)
	}
}

func (p *player) close() {
	p.Helper()
	p.gone = true
	if err := p.d.Close(); err != nil {
		p.Errorf("close: %v", err)
	}
}

// hour is how long the suite's orders last, far beyond any test.
const hour = time.Hour

func (p *player) want(n int, leave ...string) fleet.Want {
	return fleet.Want{Replicas: n, Expires: time.Now().Add(hour), Reason: "a wave of 4000 a minute is announced for 20:00", Leave: leave}
}

// within gives a call all the patience there is.
func (p *player) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.Context(), p.Patience)
}

func (p *player) observe() fleet.State {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	st, err := p.d.Observe(ctx)
	if err != nil {
		p.Fatalf("observe: %s", full(err))
	}
	p.sound(st)
	return st
}

func (p *player) order(w fleet.Want) fleet.Order {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	o, err := p.d.Scale(ctx, w)
	if err != nil {
		p.Fatalf("scale to %d: %s", w.Replicas, full(err))
	}
	if o.Accepted > w.Replicas && o.Bound == "" || o.Accepted < w.Replicas && o.Bound == "" {
		p.Errorf("scale to %d: accepted %d, and no bound is named", w.Replicas, o.Accepted)
	}
	return o
}

func (p *player) restore(now time.Time) []fleet.Note {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	notes, err := p.d.Restore(ctx, now)
	if err != nil {
		p.Fatalf("restore: %s", full(err))
	}
	return notes
}

// full is an error with what its reader needs to know of it.
func full(err error) string {
	return fmt.Sprintf("%v (kind %s, hint %q)", err, falochron.KindOf(err), falochron.HintOf(err))
}

// sound is what is true of every State.
func (p *player) sound(st fleet.State) {
	p.Helper()
	ids := map[string]bool{}
	for i, r := range st.Replicas {
		if r.ID == "" || ids[r.ID] {
			p.Errorf("replica %d has the id %q, which is empty or somebody else's", i, r.ID)
		}
		ids[r.ID] = true
		if u, err := url.Parse(r.URL); r.URL != "" && (err != nil || u.Scheme == "" || u.Port() == "") {
			p.Errorf("replica %s is reached at %q, which is no http://host:port", r.ID, r.URL)
		}
		if r.Phase == fleet.Failed && r.Why == "" {
			p.Errorf("replica %s has failed and nobody says why", r.ID)
		}
		if !r.Ordered.IsZero() && !r.Since.IsZero() && r.Since.Before(r.Ordered.Truncate(time.Second)) {
			p.Errorf("replica %s is %s since %s and was ordered at %s", r.ID, r.Phase, r.Since, r.Ordered)
		}
	}
	if !slices.IsSortedFunc(st.Replicas, func(a, b fleet.Replica) int {
		if a.Ordered.IsZero() || b.Ordered.IsZero() {
			return 0
		}
		return cmp.Compare(a.Ordered.Unix(), b.Ordered.Unix())
	}) {
		p.Errorf("replicas are not oldest first: %s", line(st))
	}
	if st.Time.IsZero() {
		p.Error("the state has no time")
	}
	if st.Most != p.Most {
		p.Errorf("the maximum is said to be %d, wants %d", st.Most, p.Most)
	}
}

// until looks again and again until what it sees is so.
func (p *player) until(what string, so func(fleet.State) bool) fleet.State {
	p.Helper()
	end := time.Now().Add(p.Patience)
	for {
		st := p.observe()
		if so(st) {
			return st
		}
		if time.Now().After(end) {
			p.Fatalf("after %s still not: %s; seen: %s", p.Patience, what, line(st))
		}
		time.Sleep(p.Beat)
	}
}

// settled waits until exactly n replicas are ready and no others are there.
func (p *player) settled(n int) fleet.State {
	p.Helper()
	return p.until(fmt.Sprintf("%d ready and no others", n), func(st fleet.State) bool {
		return st.Wanted == n && st.Ready() == n && len(st.Replicas) == n
	})
}

// lead gives an order, and again while the engine is asked for another number, as callers
// do, until exactly n are ready. It returns what became of it the first time.
func (p *player) lead(w fleet.Want, n int) (fleet.Order, fleet.State) {
	p.Helper()
	first := p.order(w)
	return first, p.until(fmt.Sprintf("%d ready and no others", n), func(st fleet.State) bool {
		if st.Wanted != n {
			p.order(w)
			return false
		}
		return st.Ready() == n && len(st.Replicas) == n
	})
}

// undo restores, as callers do once a minute, until exactly n are ready and there is
// nothing left to undo. It returns what was told.
func (p *player) undo(now time.Time, n int) (notes []fleet.Note) {
	p.Helper()
	p.until(fmt.Sprintf("all undone, %d ready and no others", n), func(st fleet.State) bool {
		_, changes := p.calls(func() { notes = append(notes, p.restore(now)...) })
		return changes == 0 && st.Wanted == n && st.Ready() == n && len(st.Replicas) == n
	})
	return notes
}

// stays looks for a while whether what is so remains so.
func (p *player) stays(what string, so func(fleet.State) bool) {
	p.Helper()
	for range 10 {
		if st := p.observe(); !so(st) {
			p.Fatalf("no longer: %s; seen: %s", what, line(st))
		}
		time.Sleep(p.Beat)
	}
}

// calls counts what the engine is sent while f runs.
func (p *player) calls(f func()) (all, changes int) {
	a, c := p.Calls()
	f()
	all, changes = p.Calls()
	return all - a, changes - c
}

// line is a State on one line.
func line(st fleet.State) string {
	s := fmt.Sprintf("wanted %d", st.Wanted)
	for _, r := range st.Replicas {
		s += fmt.Sprintf(", %s %s", r.ID, r.Phase)
		if r.Why != "" {
			s += fmt.Sprintf(" (%s)", r.Why)
		}
	}
	for _, n := range st.Notes {
		s += fmt.Sprintf("; note %s: %s", n.Kind, n.Text)
	}
	return s
}

// IDs of what is there, sorted.
func ids(st fleet.State) []string {
	var out []string
	for _, r := range st.Replicas {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out
}
