package admit

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
)

var dividedStart = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

// divided is a shop of two replicas of which the first is full: of a limit of eight it has its
// part of five.
func divided() *Limiter {
	l := NewLimiter(Config{Start: 8}, dividedStart)
	l.Divided(2, []Part{{1, 1}, {2, 1}})
	for id := range uint64(5) {
		l.Arrive(dividedStart, Request{ID: id, Lane: LaneInside, Class: falochron.ClassPage, Replica: 1})
	}
	return l
}

// Who stays at a replica that has its part waits, and whoever goes elsewhere does not. It is
// no refusal, and when one comes free who orders goes first.
func TestWhoStaysAtAFullReplicaWaitsAlone(t *testing.T) {
	l := divided()
	started, v := l.Arrive(dividedStart, Request{ID: 10, Lane: LaneInside, Replica: 1})
	if started || v.Action != falochron.Queue || v.Reason != "replica-full" || v.Bound != 5 {
		t.Errorf("the sixth at the first replica: %v, %+v", started, v)
	}
	l.Arrive(dividedStart, Request{ID: 11, Lane: LaneOrder, Replica: 1})
	for _, r := range []Request{{ID: 20, Lane: LaneInside, Replica: 2}, {ID: 21, Lane: LaneNew}, {ID: 22, Lane: LaneInside, Replica: 3}} {
		if started, v := l.Arrive(dividedStart, r); !started {
			t.Errorf("%d goes to another replica and is not started: %+v", r.ID, v)
		}
	}
	if _, v := l.Arrive(dividedStart, Request{ID: 23, Lane: LaneInside, Replica: 2}); v.Reason != "shop-full" {
		t.Errorf("the ninth of eight: %+v", v)
	}
	l.Cancel(23)
	if _, starts, sheds := l.Done(dividedStart.Add(100*time.Millisecond), 20, Answered); len(starts)+len(sheds) > 0 {
		t.Errorf("the other replica has answered, and %v start, %v are refused", starts, sheds)
	}
	_, starts, _ := l.Done(dividedStart.Add(200*time.Millisecond), 0, Answered)
	if len(starts) != 1 || starts[0].ID != 11 {
		t.Errorf("the full replica has answered, and %v start, wants the order 11", starts)
	}
}

// Slots that only newcomers can use are counted for them, and that somebody waits for a full
// replica keeps nobody out of the others.
func TestNewcomersAreLetInBesideAFullReplica(t *testing.T) {
	l := divided()
	for id := range uint64(4) {
		l.Arrive(dividedStart, Request{ID: 10 + id, Lane: LaneInside, Replica: 1})
	}
	now := dividedStart.Add(time.Second)
	if free, wait := l.FreeSlots(), l.InsideWait(now); free != 3 || wait != 0 {
		t.Errorf("%d slots are free, and those inside wait %v for the shop, wants 3 and nothing", free, wait)
	}
	l.Divided(0, nil)
	l.Tick(now)
	if free := l.FreeSlots(); free != 0 || l.State().InFlight != 8 {
		t.Errorf("nothing is divided any more, and %d are free with %d in flight", free, l.State().InFlight)
	}
}

// Nobody is refused for the sake of a replica while the shop has room: after half of what the
// lane may wait the request goes all the same.
func TestNobodyIsRefusedForAFullReplica(t *testing.T) {
	l := divided()
	l.Arrive(dividedStart, Request{ID: 10, Lane: LaneCheckout, Replica: 1})
	half := l.Deadline(LaneCheckout) / 2
	if starts, sheds := l.Tick(dividedStart.Add(half - time.Millisecond)); len(starts)+len(sheds) > 0 {
		t.Errorf("before half of its time %v start, %v are refused", starts, sheds)
	}
	if starts, sheds := l.Tick(dividedStart.Add(half)); len(starts) != 1 || starts[0].ID != 10 || len(sheds) > 0 {
		t.Errorf("after half of its time %v start, %v are refused", starts, sheds)
	}
}

// A part follows the limit and the replica's share; one is never nothing, and one replica
// alone divides nothing.
func TestParts(t *testing.T) {
	l := NewLimiter(Config{Start: 30}, dividedStart)
	l.Divided(2.2, []Part{{1, 1}, {2, 1}, {3, 0.2}, {4, 0}})
	for replica, want := range map[uint64]int{1: 18, 2: 18, 3: 4, 4: 1} {
		if got := l.part(replica, 30); got != want {
			t.Errorf("replica %d has a part of %d, wants %d", replica, got, want)
		}
	}
	if l.Divided(1, []Part{{1, 1}}); !l.replicaFree(1, 0) {
		t.Error("a replica that is alone has a part")
	}
}
