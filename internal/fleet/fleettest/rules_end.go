package fleettest

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// What one program ordered the next one finds, and leaves until it expires.
func nextFinds(t testing.TB, s *Stage) {
	first := s.enter(t)
	first.order(first.want(s.Base + 2))
	was := first.settled(s.Base + 2)
	first.kill()

	next := s.enter(t)
	if s.Mortal {
		next.restore(time.Now())
		st := next.settled(s.Base)
		for _, id := range ids(st) {
			if slices.Contains(ids(was), id) {
				t.Errorf("%s is of a program that is gone: %s", id, line(st))
			}
		}
		return
	}
	if now := next.settled(s.Base + 2); !slices.Equal(ids(now), ids(was)) {
		t.Errorf("the first saw %s, the next sees %s", line(was), line(now))
	}
	_, changes := next.calls(func() {
		if notes := next.restore(time.Now()); len(notes) > 0 && hasKind(notes, "restored") {
			t.Errorf("undone before it expired: %v", notes)
		}
	})
	if changes > 0 {
		t.Errorf("to restore what has not expired made %d changes", changes)
	}
	if now := next.settled(s.Base + 2); !slices.Equal(ids(now), ids(was)) {
		t.Errorf("the first saw %s, after restore there is %s", line(was), line(now))
	}
	if o := next.order(next.want(s.Base + 3)); o.Before != s.Base+2 {
		t.Errorf("the next program's order: %+v", o)
	}
	next.settled(s.Base + 3)
	next.undo(time.Now().Add(2*hour), s.Base) // not to what the first program had ordered
}

// What was left by a program that is gone is undone when it has expired, once.
func nextUndoes(t testing.TB, s *Stage) {
	first := s.enter(t)
	first.order(first.want(s.Base + 2))
	first.settled(s.Base + 2)
	first.kill()

	next := s.enter(t)
	// Of what ended with its program there may be nothing left to undo.
	if notes := next.undo(time.Now().Add(2*hour), s.Base); !hasKind(notes, "restored") && !s.Mortal {
		t.Errorf("nobody is told that something was undone: %v", notes)
	}
	_, changes := next.calls(func() {
		if notes := next.restore(time.Now().Add(2 * hour)); hasKind(notes, "restored") {
			t.Errorf("undone twice: %v", notes)
		}
	})
	if changes > 0 {
		t.Errorf("to restore once more made %d changes", changes)
	}
	next.stays("as before any order", func(st fleet.State) bool { return st.Wanted == s.Base && len(st.Replicas) == s.Base })
	next.order(next.want(s.Base + 1)) // and it can be ordered anew
	next.settled(s.Base + 1)
}

// An order that nobody repeats is over when it says so, also while we live.
func expiryAlive(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	p.restore(time.Now().Add(hour / 2))
	p.stays("before it expires", func(st fleet.State) bool { return st.Wanted == s.Base+2 && st.Ready() == s.Base+2 })
	if notes := p.undo(time.Now().Add(2*hour), s.Base); !hasKind(notes, "restored") {
		t.Errorf("nobody is told that something was undone: %v", notes)
	}
	// What was true at its end is not remembered as an order.
	if o := p.order(p.want(s.Base + 2)); !o.Changed || o.Before != s.Base {
		t.Errorf("the order after it: %+v", o)
	}
	p.settled(s.Base + 2)
}

// The same number with a later end is worth a change of that end.
func renewedStays(t testing.TB, s *Stage) {
	p := s.enter(t)
	p.order(p.want(s.Base + 2))
	p.settled(s.Base + 2)
	w := p.want(s.Base + 2)
	w.Expires = time.Now().Add(4 * hour)
	p.order(w)
	p.kill()
	next := s.enter(t)
	if s.Mortal {
		return // an order ends with its program
	}
	next.restore(time.Now().Add(3 * hour))
	next.stays("the renewed order holds", func(st fleet.State) bool { return st.Wanted == s.Base+2 && st.Ready() == s.Base+2 })
	next.undo(time.Now().Add(5*hour), s.Base)
}

// Close ends what the driver runs. Replicas go on, but those that are mortal.
func closeLeaves(t testing.TB, s *Stage) {
	// Whatever is started from here on carries this mark, also by those that are started,
	// so that other tests may run beside.
	mark := fmt.Sprintf("%s %p", t.Name(), s)
	var was []string
	pprof.Do(t.Context(), pprof.Labels("driver", mark), func(context.Context) {
		p := s.enter(t)
		p.order(p.want(s.Base + 2))
		was = ids(p.settled(s.Base + 2))
		p.close()
		if err := p.d.Close(); err != nil {
			t.Errorf("to close it again: %v", err)
		}
	})
	for end := time.Now().Add(s.Patience); ; time.Sleep(s.Beat) {
		left := marked(t, mark)
		if left == "" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("after close there run:\n%s", left)
		}
	}
	next := s.enter(t)
	if s.Mortal {
		next.settled(s.Base)
		return
	}
	if st := next.settled(s.Base + 2); !slices.Equal(ids(st), was) {
		t.Errorf("before close %q, after it %s", was, line(st))
	}
}

// marked are the stacks of the goroutines that carry a mark.
func marked(t testing.TB, mark string) string {
	t.Helper()
	var all strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		t.Fatal(err)
	}
	var left []string
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q", mark)) {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

func hasKind(notes []fleet.Note, kind string) bool {
	return slices.ContainsFunc(notes, func(n fleet.Note) bool { return n.Kind == kind && n.Text != "" })
}
