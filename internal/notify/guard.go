package notify

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// guard says to which network addresses a sender may connect. It is asked with the
// address that is dialled, after DNS has answered: so a name that leads inside, a
// redirect, and a name that answers something else the second time are all refused.
type guard struct {
	allow []netip.Prefix // besides what is public
	plain bool           // no encryption: only what is allowed by name
}

// notPublic is the error of a refused address. It does not repeat it: who gives us a
// name shall not learn from us what it means inside.
type notPublic struct{ plain bool }

func (e *notPublic) Error() string {
	if e.plain {
		return "without encryption, and its network is not allowed by name"
	}
	return "that is no public address, and its network is not allowed by name"
}

// inside are networks that are not the public internet (IANA IPv4 and IPv6 Special-Purpose
// Address Registries), and the metadata services of clouds that lie elsewhere.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' NAT; metadata of Alibaba Cloud
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), // metadata of most clouds
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), // metadata of Oracle Cloud
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"),      // multicast, reserved, broadcast
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's own service on each virtual machine
}

// outside is what of IPv6 is given out to the public, and within are the parts of it
// that lead elsewhere: to an IPv4 address that they hold, or nowhere.
var (
	outside = netip.MustParsePrefix("2000::/3")
	within  = []netip.Prefix{
		netip.MustParsePrefix("2001::/23"),     // Teredo, benchmarking, ORCHID
		netip.MustParsePrefix("2001:db8::/32"), // documentation
		netip.MustParsePrefix("2002::/16"),     // 6to4
		netip.MustParsePrefix("3fff::/20"),     // documentation
	}
)

// control is for net.Dialer.Control.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !g.may(at.Addr()) {
		return &notPublic{g.plain}
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

// dialer connects where the guard lets it. resolver is nil for the system's.
func (g guard) dialer(resolver *net.Resolver) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, Control: g.control, Resolver: resolver}
	return d.DialContext
}

// dialTimeout bounds connecting to all addresses of a name together: two lost SYNs,
// resent after 1 s and 3 s, and a slow path.
const dialTimeout = 8 * time.Second
