package edge

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/room"
)

// The limit follows the replicas: eight that have come, one after the other warm, take
// eight times as much. A shop whose only replica is cold has the limit of a whole one.
func TestTheLimitFollowsReplicas(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	g := newGate(admit.Config{Start: 4}, room.Config{}, now)
	limit := func() int { _, n := g.use(); return n }
	for _, size := range []float64{0.2, 0.6, 1} {
		if g.resize(now, origin.Size{Now: size}, nil); limit() != 4 {
			t.Errorf("the first replica has become %.1f, and the limit is %d", size, limit())
		}
	}
	for size := 1.2; size < 8; size += 0.1 {
		g.resize(now, origin.Size{Now: size}, nil)
	}
	if g.resize(now, origin.Size{Now: 8}, nil); limit() != 30 {
		t.Errorf("the limit of eight replicas is %d, wants the level below 32", limit())
	}
	for size := 7.9; size > 1; size -= 0.1 {
		g.resize(now, origin.Size{Now: size}, nil)
	}
	if g.resize(now, origin.Size{Now: 1}, nil); limit() != 4 {
		t.Errorf("of one again it is %d", limit())
	}
	if g.resize(now, origin.Size{Now: 0}, nil); limit() != 4 {
		t.Errorf("where none is left it is %d", limit())
	}
}

// What control knows that the shop bears is tried before anybody has come, and goes with the
// replicas: with twice as many twice as much, until control says it anew.
func TestWhatTheShopBearsFollowsReplicas(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	g := newGate(admit.Config{Start: 4}, room.Config{}, now)
	for id := uint64(1); id <= 6; id++ { // how long a request takes in an idle shop
		g.lim.Arrive(now, admit.Request{ID: id, Lane: admit.LaneInside})
		now = now.Add(200 * time.Millisecond)
		g.lim.Done(now, id, admit.Answered)
	}
	for _, c := range []struct {
		size  float64
		bears int
		want  int
	}{{2, 0, 4}, {2, 24, 30}, {4, 24, 58}, {2, 24, 30}, {2, 12, 30}} {
		g.resize(now, origin.Size{Now: c.size}, nil)
		g.expect(now, c.bears)
		if _, limit := g.use(); limit != c.want {
			t.Errorf("%v replicas that are said to bear %d have a limit of %d, wants %d", c.size, c.bears, limit, c.want)
		}
	}
}

// Who waits longer than replicas take to start is told of them, as long as they are to come:
// neither twice when they have, nor any more when nobody says so.
func TestTheLineIsToldOfReplicasThatStart(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	g := newGate(admit.Config{Start: 4}, room.Config{}, now)
	const people = 1000
	for range people {
		place, err := g.room.Issue(now)
		if err != nil {
			t.Fatal(err)
		}
		g.room.Back(now, place)
	}
	next := uint64(1)
	move := func(perSecond int) {
		for range 120 {
			now = now.Add(time.Second)
			g.room.Call(now, float64(perSecond), float64(perSecond))
			for range perSecond {
				if got := g.room.Claim(now, next); got != room.Granted {
					t.Fatalf("place %d: %v", next, got)
				}
				next++
			}
		}
	}
	two := origin.Size{Now: 2}
	g.resize(now, two, nil)
	move(2)
	last := func() (low, high time.Duration) {
		st := g.room.Peek(now, people)
		return st.WaitLow, st.WaitHigh
	}
	low, high := last()
	soon := &falochron.Growth{At: now.Add(time.Minute), Times: 4}
	g.resize(now, two, soon)
	toldLow, toldHigh := last()
	if toldLow > low/2 || toldHigh > high*3/4 {
		t.Errorf("six more start: %v to %v became %v to %v", low, high, toldLow, toldHigh)
	}
	if g.resize(now, two, nil); func() bool { l, h := last(); return l != low || h != high }() {
		t.Error("nobody says so any more, and it is told still")
	}
	// All six are there, half warm, and control has not yet said that none starts any more.
	g.resize(now, two, soon)
	g.resize(now, origin.Size{Now: 5, Cold: 3, In: 2 * time.Second}, soon)
	if in, times := g.grows(now, 8, 2*time.Second, soon); in != 2*time.Second || times != 1.6 {
		t.Errorf("three of eight are to become warm in 2 s, and it is %.1f times in %v", times, in)
	}
	if in, times := g.grows(now, 8, 0, &falochron.Growth{At: now.Add(time.Minute), Times: 2}); times != 1+11/5. || in < 40*time.Second {
		t.Errorf("and eight more start: %.1f times in %v", times, in)
	}
}
