package scenario

import (
	"net/netip"
	"testing"

	wave "github.com/falochron/falochron/internal/crowd" // the scripts have a crowd of their own
)

// watched is a usual siege of a shop whose radar acts.
func watched(seed uint64, attack string) siege {
	s := usual(seed, attack)
	s.watch = true
	return s
}

// held is what holds of an attack with the radar: what is promised, but of cart bots, of
// whom in three of eight waves many are let in before they are known: 7 to 10 % of their
// requests reach the shop then (docs/benchmarks-attacks.md).
func held(attack string) bounds {
	must := promised()
	if attack == "carts" {
		must.atShop, must.kept = 0.10, 0.8
	}
	return must
}

// With the radar hardly anything of an attack reaches the shop, and no fan is taken for a
// part of it.
func TestAttacksAreToldFromFans(t *testing.T) {
	waves := played{of: watched}
	for _, name := range names() {
		t.Run(name, func(t *testing.T) { waves.withstands(t, name, held(name)) })
	}
}

// Five thousand fans behind one address of a carrier are fans.
func TestFansBehindOneAddressAreNoAttack(t *testing.T) {
	s := watched(seedOf(t), "")
	s.home, s.fans = func(*wave.Fan, bool) netip.Addr { return wave.Carrier(0, 0) }, 5000
	if raced {
		s.fans = 500
	}
	b := s.play(t)
	t.Log(b)
	if b.fans != s.fans || b.suspected != 0 || b.broken != 0 || b.orders == 0 {
		t.Errorf("fans behind one address: %v", b)
	}
}
