package edge

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/room"
)

// Those in the slow lane who were called and find the shop full stand before nobody, however
// often they ask: whoever is called after them goes in before.
func TestTheSlowLaneStandsAtNobodysDoor(t *testing.T) {
	const slow, fan = 3, 4 // places 1 to 3, and the one behind
	g := lineOf(t, fan)
	now := evening.Add(time.Second)
	g.room.Call(now, 20, -1)
	var taken []*slot
	for range 2 {
		s, v := g.acquire(t.Context(), now, ask{lane: admit.LaneInside, class: falochron.ClassPage})
		if s == nil {
			t.Fatalf("%+v", v)
		}
		taken = append(taken, s)
	}
	claim := func(seq uint64) entrance {
		now = now.Add(100 * time.Millisecond)
		return g.claim(now, false, seq, sessionKey{byte(seq)}, seq <= slow)
	}
	for range 5 {
		for seq := range uint64(slow) {
			if e := claim(seq + 1); e.in || e.standing.State != room.Called {
				t.Fatalf("place %d of a full shop: %+v", seq+1, e)
			}
			if st := g.look(now, seq+1, true); st.State != room.Waiting {
				t.Fatalf("place %d is told to come: %+v", seq+1, st)
			}
		}
	}
	if n := g.room.AtDoor(now); n != 0 {
		t.Errorf("%d of the slow lane stand at the door", n)
	}
	if e := claim(fan); e.in || g.room.AtDoor(now) != 1 {
		t.Errorf("a fan at the door of a full shop: %+v, %d there", e, g.room.AtDoor(now))
	}
	taken[0].done(admit.Answered)
	if e := claim(fan); !e.in {
		t.Errorf("a fan, when there is a place: %+v", e.verdict)
	}
}
