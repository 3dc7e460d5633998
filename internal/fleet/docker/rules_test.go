package docker

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// stage is a shop of one container on a real engine, with somebody between it and us who
// can misbehave.
func stage(t testing.TB) *fleettest.Stage {
	s := newShop(t, &engines.first)
	s.run(s.plain())
	b := newBetween(t, s.engine)
	return &fleettest.Stage{
		New: func(t testing.TB) fleet.Driver {
			c := s.config()
			c.Hosts[0].Address, c.Hosts[0].Most = b.address, 6
			d, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			return d
		},
		Kill: func(_ testing.TB, d fleet.Driver) {
			d.(*Driver).cancel()
			d.(*Driver).work.Wait()
		},
		Base:    1,
		Calls:   func() (int, int) { return int(b.all.Load()), int(b.changes.Load()) },
		Foreign: func(testing.TB) func() error { return s.foreign() },
		Spoil: func(t testing.TB, spoilt bool) {
			from, to := s.needed, s.needed+".away"
			if !spoilt {
				from, to = to, from
			}
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		},
		Hold:     func(_ testing.TB, held bool) { b.hold(held) },
		Fault:    func(_ testing.TB, f fleettest.Fault) { b.set(f) },
		Most:     6,
		Patience: patience,
		Beat:     100 * time.Millisecond,
	}
}

// alone is the rule that counts goroutines.
const alone = "close-leaves-nothing-running"

// All that every driver has to do, on a real engine, side by side.
func TestRules(t *testing.T) {
	t.Parallel()
	engines.first.needed(t)
	for _, r := range fleettest.Rules() {
		if r.Name == alone {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			r.On(t, stage(t))
		})
	}
}

// The rule that counts goroutines has the process for itself.
func TestTheRuleThatCounts(t *testing.T) {
	tried := 0
	for _, r := range fleettest.Rules() {
		if r.Name == alone {
			r.On(t, stage(t))
			tried++
		}
	}
	if tried != 1 {
		t.Errorf("%d rules are %s", tried, alone)
	}
}

// What is looked at after every rule about others' containers can find something.
func TestForeignCheckCanFail(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	untouched := s.foreign()
	if err := untouched(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.cli.ContainerStop(t.Context(), s.name+"-2-falochron-abcdef", client.ContainerStopOptions{}); err != nil {
		t.Fatal(err)
	}
	if untouched() == nil {
		t.Error("a container that was stopped is said to be untouched")
	}
}
