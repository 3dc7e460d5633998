package edge

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/room"
)

// What scripts ask for yields to pages; at an interface for programs it is what people look
// at, and there are no pages.
func TestWhatScriptsAskForHasItsLane(t *testing.T) {
	for name, want := range map[string]admit.Lane{preset.GenericName: admit.LaneFragment, "woocommerce": admit.LaneFragment, "medusa": admit.LaneInside} {
		p, _ := preset.Named(name)
		classify, err := preset.New(p, preset.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange{set: &settings{classify: classify}, class: falochron.ClassFragment, now: time.Now(), who: visitor{inside: true}}
		if got := x.laneOf(); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// What is sent at the till goes before what is looked at there; back from the bank she is
// charged already.
func TestWhatIsPaidHasItsLane(t *testing.T) {
	x := &exchange{set: &settings{classify: preset.Generic()}, class: falochron.ClassCheckout, now: time.Now(), who: visitor{inside: true}}
	for method, want := range map[string]admit.Lane{"GET": admit.LaneCheckout, "HEAD": admit.LaneCheckout, "POST": admit.LaneOrder, "PUT": admit.LaneOrder} {
		x.asked.Method = method
		if got := x.laneOf(); got != want {
			t.Errorf("%s: %v, want %v", method, got, want)
		}
	}
	x.asked.Method, x.who.inside = "POST", false
	if got := x.laneOf(); got != admit.LaneOutside {
		t.Errorf("without a place: %v", got)
	}
}

// The journal tells how full the shop was when the limiter decided. It is
// written when the request is over, and then the shop may be empty.
func TestJournalTellsHowFullTheShopWasAtTheDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := journal.New(journal.Config{Size: 64, PassSample: 1})
		srv := &Server{cfg: Config{Journal: kept}}
		begun := time.Now()
		sh := &shop{name: "s", gate: newGate(admit.Config{Start: 2}, room.Config{}, begun), eyes: newEyes(begun)}
		arrive := func(id string) *exchange {
			r := httptest.NewRequest("GET", "/", nil)
			return &exchange{
				srv: srv, shop: sh, set: &settings{classify: preset.Generic()}, snap: &falochron.Snapshot{},
				w: &answer{ResponseWriter: httptest.NewRecorder()}, r: r, now: time.Now(), id: id,
				class: falochron.ClassCart, who: visitor{inside: true},
			}
		}
		begin := func(id string) *exchange {
			x := arrive(id)
			if x.admit() {
				t.Fatalf("%s: %+v", id, x.verdict)
			}
			return x
		}
		end := func(x *exchange) {
			x.slot.done(admit.Answered)
			x.explain()
		}
		first, second := begin("first"), begin("second")

		third, got := arrive("third"), make(chan bool)
		go func() { got <- third.admit() }()
		synctest.Wait() // it stands in the queue
		gone, cancel := context.WithCancel(t.Context())
		left := arrive("left")
		left.r = left.r.WithContext(gone)
		over := make(chan bool)
		go func() { over <- left.admit() }()
		synctest.Wait()
		cancel()
		if !<-over {
			t.Error("who left was let in")
		}
		left.explain()

		end(first)
		if <-got {
			t.Fatalf("third: %+v", third.verdict)
		}
		end(second)
		end(third)
		sh.gate.tick(time.Now(), false, false, 7) // whatever the limit is now

		for id, want := range map[string]string{"first": "0 of 2", "second": "1 of 2", "third": "2 of 2", "left": "2 of 2"} {
			rec, ok := kept.Find(id)
			if said := fmt.Sprintf("%d of %d", rec.InUse, rec.Allowed); !ok || said != want {
				t.Errorf("%s: %s, want %s: %+v", id, said, want, rec.Verdict)
			}
		}
		if inFlight, _ := sh.gate.use(); inFlight != 0 {
			t.Errorf("%d are still at the shop", inFlight)
		}
	})
}
