package algorithms

import (
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/admit"
)

// "Fail at Scale": while the queue was empty once within the last 100 ms, first come
// first served, 100 ms each; when it has stood for longer, whoever came last goes
// first, and nobody waits more than 5 ms.
func TestCoDelWithAdaptiveLIFO(t *testing.T) {
	g := newPlainGate(Fixed(1), Queue{Short: 5 * ms, Long: 100 * ms})
	ask := func(at time.Duration) *request {
		r := &request{id: uint64(at)}
		if v := g.arrive(at, r); v == refuse {
			t.Fatalf("refused at %v", at)
		}
		return r
	}
	served := ask(0)
	first, second := ask(10*ms), ask(20*ms)
	starts, _ := g.done(60*ms, served, admit.Answered)
	if !slices.Equal(starts, []*request{first}) {
		t.Errorf("a short queue: the oldest goes first")
	}
	if _, refused := g.tick(119 * ms); len(refused) != 0 {
		t.Error("refused before 100 ms")
	}
	if _, refused := g.tick(120 * ms); !slices.Equal(refused, []*request{second}) {
		t.Error("not refused after 100 ms")
	}
	// One more waits before the other is refused, from now on without a pause.
	third := ask(150 * ms)
	fourth := ask(240 * ms) // the queue has stood for 90 ms: a burst still
	fifth := ask(251 * ms)  // and now for longer than 100
	_, refused := g.tick(250 * ms)
	if !slices.Equal(refused, []*request{third}) {
		t.Errorf("%d refused at 250 ms, want the one that came at 150", len(refused))
	}
	starts, refused = g.done(255*ms, first, admit.Answered)
	if !slices.Equal(starts, []*request{fifth}) || len(refused) != 0 {
		t.Error("a standing queue: whoever came last goes first")
	}
	sixth := ask(256 * ms)
	if _, refused = g.tick(261 * ms); !slices.Equal(refused, []*request{sixth}) {
		t.Error("a standing queue: not refused after 5 ms")
	}
	g.cancel(262*ms, fourth)
	if _, refused = g.tick(time.Second); len(refused) != 0 {
		t.Error("somebody who has gone is refused")
	}
}

// A limit of somebody else rules our lanes, in both directions, and ours never shows.
func TestAnotherLimitRulesTheLanes(t *testing.T) {
	a := AIMD{Initial: 3, Min: 1, Max: 100, Backoff: 0.5, Timeout: time.Minute}
	g := newLaneGate(a.start())
	if g.limit() != 3 {
		t.Errorf("limit %d, want 3", g.limit())
	}
	var started []*request
	for i := range 10 {
		r := &request{id: uint64(i + 1), visitor: uint64(i + 1), route: product, lane: admit.LaneInside}
		if g.arrive(0, r) == start {
			started = append(started, r)
		}
	}
	if len(started) != 3 {
		t.Fatalf("%d started, want 3", len(started))
	}
	starts, _ := g.done(time.Second, started[2], admit.Answered) // it met three
	if g.limit() != 4 || len(starts) != 2 {
		t.Errorf("after an answer: limit %d, %d may start; want 4 and 2", g.limit(), len(starts))
	}
	if g.done(2*time.Second, started[1], admit.TimedOut); g.limit() != 2 {
		t.Errorf("after a time-out: limit %d, want 2", g.limit())
	}
}

// Whatever the algorithm, no more requests are at the shop than its limit allows; with
// our lanes one notice of payment besides.
func TestTheLimitHolds(t *testing.T) {
	ideal := Ideal{Orders: 92}
	sc := Scenes()[0]
	for _, how := range []Front{Alone, InLine} {
		for _, a := range Algorithms() {
			set := a.Settings[len(a.Settings)-1]
			if !set.Fits(how) || set.Bare {
				continue
			}
			st := sc.Story
			st.Seed, st.Fans, st.Length = 1, sc.Fans(ideal)/4, 24*time.Second
			s, err := newWave(st, set, how)
			if err != nil {
				t.Fatal(err)
			}
			most, busy := s.front.gate.limit(), 0
			for s.now < st.Length {
				s.run(s.now + 10*ms)
				most = max(most, s.front.gate.limit())
				busy = max(busy, s.shop.busy+len(s.shop.queue))
			}
			if busy > most+1 || busy < min(most, 4) {
				t.Errorf("%s (%s), front %d: %d at the shop, the limit was %d at most", a.Name, set.Name, how, busy, most)
			}
		}
	}
}
