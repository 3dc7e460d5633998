package webhook

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// errInside is the error of an address that may not be connected to.
var errInside = errors.New("that is no public address, and its network is not allowed by name")

// guard says to which addresses we connect. It is asked with the address that is dialled,
// after DNS has answered, so a name that leads inside is refused as well.
type guard struct {
	allow []netip.Prefix // besides what is public
	plain bool           // no encryption: only what is allowed by name
}

// inside are networks that are not the public internet (IANA Special-Purpose Address
// Registries), and metadata services of clouds that lie elsewhere.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/3"), netip.MustParsePrefix("168.63.129.16/32"),
}

// outside is what of IPv6 is given out to the public; within are parts of it that lead
// elsewhere.
var (
	outside = netip.MustParsePrefix("2000::/3")
	within  = []netip.Prefix{
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	}
)

// control is for net.Dialer.Control.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !g.may(at.Addr()) {
		return errInside
	}
	return nil
}

func (g guard) may(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case slices.ContainsFunc(g.allow, in):
		return true
	case g.plain:
		return false
	case ip.Is4():
		return !slices.ContainsFunc(inside, in)
	}
	return in(outside) && !slices.ContainsFunc(within, in)
}
