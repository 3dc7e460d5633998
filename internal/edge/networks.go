package edge

import "net/netip"

// networks are address ranges to look an address up in, in a step for each length.
type networks struct {
	lengths []int
	all     map[netip.Prefix]struct{}
}

func newNetworks(list []netip.Prefix) (n networks) {
	seen := make(map[int]bool)
	n.all = make(map[netip.Prefix]struct{}, len(list))
	for _, p := range list {
		n.all[p.Masked()] = struct{}{}
		if !seen[p.Bits()] {
			seen[p.Bits()] = true
			n.lengths = append(n.lengths, p.Bits())
		}
	}
	return n
}

// has reports whether an address is in one of them.
func (n *networks) has(addr netip.Addr) bool {
	for _, bits := range n.lengths {
		if p, err := addr.Prefix(bits); err == nil {
			if _, ok := n.all[p]; ok {
				return true
			}
		}
	}
	return false
}
