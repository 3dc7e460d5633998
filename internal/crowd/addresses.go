package crowd

import (
	"net/netip"
	"time"
)

// Where phones come from. Most are on a carrier's network, where many share an address
// (NAT), the others at home, where hardly two of a crowd do. Some leave the house with
// the page open. The shares are chosen, nobody has published them for such a crowd.
const (
	carrierShare = 0.7
	carriers     = 4
	perCarrier   = 32 // addresses

	moveShare = 0.05
	moveFirst = 5 * time.Second // after the tap
	moveLast  = time.Minute
)

// Home is the address of fan f, before and after it moves from one network to the
// other. All of them are loopback addresses: carrier c has 127.(10+c).0.1 to .32, homes
// are in 127.100.0.0 to 127.199.255.255.
func Home(f *Fan, moved bool) netip.Addr {
	dice := roll(f.Seed, chanceHome, 0)
	if (unit(roll(f.Seed, chanceHome, 1)) < carrierShare) != moved {
		return Carrier(int(dice%carriers), int(dice>>8%perCarrier))
	}
	return netip.AddrFrom4([4]byte{127, 100 + byte(dice>>16%100), byte(dice >> 24), 1 + byte(dice>>32%254)})
}

// Carrier is the n-th address of carrier c (0 to 3). Fans are behind the first 32 of each;
// n may be up to 253.
func Carrier(c, n int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 10 + byte(c%carriers), 0, 1 + byte(n%254)})
}

// Elsewhere is the n-th of the addresses where no fan is: one in each /24 of
// 127.200.0.0 to 127.249.255.255, then the second in each, and so on.
func Elsewhere(n int) netip.Addr {
	const networks = 50 * 256
	return netip.AddrFrom4([4]byte{127, 200 + byte(n%networks>>8), byte(n), 1 + byte(n/networks%254)})
}

// address is where the fan's next request comes from; the zero Addr where nobody chose.
func (v *visit) address() netip.Addr {
	if v.from == nil {
		return netip.Addr{}
	}
	if chance(v.fan.Seed, chanceMoves, 0) >= moveShare {
		return v.from(v.fan, false)
	}
	after := moveFirst + time.Duration(chance(v.fan.Seed, chanceMovesAfter, 0)*float64(moveLast-moveFirst))
	return v.from(v.fan, time.Since(v.start) > v.tr.Arrived+after)
}

// suspected notes that an answer treats the fan as none. Pictures are fetched several at
// a time: the tally's lock guards the note.
func (v *visit) suspected(a *answer) {
	if a.treated == "" {
		return
	}
	v.tally.mu.Lock()
	defer v.tally.mu.Unlock()
	if v.tr.Suspected == "" {
		v.tr.Suspected = a.treated
	}
}
