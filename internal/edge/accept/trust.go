package accept

import (
	"net/http"
	"net/netip"
	"strings"
)

// Trust says whose word about a visitor counts.
type Trust struct {
	// Proxies are the networks of those before us: a CDN, a load balancer.
	// Nobody else's claims are read.
	Proxies []netip.Prefix
	// Header is the field the nearest of them writes, such as
	// "CF-Connecting-IP", "Forwarded" or "X-Forwarded-For". Empty means
	// X-Forwarded-For, or Forwarded where that is missing. Set it when the proxy
	// writes one of the two and passes on the other as visitors send it.
	//
	// What goes with it: X-Forwarded-Proto with all but Forwarded, and
	// X-Forwarded-Host with X-Forwarded-For only. The proxy must write or remove
	// them, or visitors could. With any other field the host is the request's
	// own: CDNs keep the Host and pass X-Forwarded-Host on as it came.
	Header string
}

// Peer returns the address the connection came from (behind the PROXY
// protocol: the one it names), and whether its claims count.
func (t Trust) Peer(r *http.Request) (addr netip.Addr, trusted bool) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	addr = ap.Addr().Unmap().WithZone("")
	return addr, listed(t.Proxies, addr)
}

// Client returns the visitor's address, the protocol he used ("http" or
// "https") and the host he asked for. Claims are walked from the right, each
// believed only because the one to its right is a trusted proxy's; the first
// that is not usable ends the walk. Where nobody trusted claims anything, it
// is the connection's own address, protocol and Host.
func (t Trust) Client(r *http.Request) (addr netip.Addr, proto, host string) {
	addr, trusted := t.Peer(r)
	proto, host = "http", r.Host
	if r.TLS != nil {
		proto = "https"
	}
	if !trusted {
		return addr, proto, host
	}
	var claim hop
	field := http.CanonicalHeaderKey(t.Header)
	if field == "" {
		field = "X-Forwarded-For"
		if _, there := r.Header[field]; !there && len(r.Header["Forwarded"]) > 0 {
			field = "Forwarded"
		}
	}
	switch field {
	case "X-Forwarded-For":
		claim = t.walk(parseForwardedFor(r.Header))
	case "Forwarded":
		hops, ok := parseForwarded(strings.Join(r.Header["Forwarded"], ", "))
		if ok {
			claim = t.walk(hops)
		}
	default:
		claim = parseSingle(r.Header, field)
	}
	if claim.addr.IsValid() {
		addr = claim.addr
	}
	if claim.proto == "http" || claim.proto == "https" {
		proto = claim.proto
	}
	if ValidHost(claim.host) {
		host = claim.host
	}
	return addr, proto, host
}

// hop is what one proxy claims about who came to it.
type hop struct {
	addr        netip.Addr // zero = unknown, hidden or not an address
	proto, host string
}

// walk returns the last claim that can be believed.
func (t Trust) walk(hops []hop) (claim hop) {
	for i := len(hops) - 1; i >= 0; i-- {
		if !hops[i].addr.IsValid() {
			if i == len(hops)-1 { // our own peer's words: what it says beside the address counts
				claim.proto, claim.host = hops[i].proto, hops[i].host
			}
			return claim
		}
		claim = hops[i]
		if !listed(t.Proxies, claim.addr) {
			return claim
		}
	}
	return claim
}

// parseForwardedFor reads X-Forwarded-For with its companions -Proto and -Host.
// Where a companion has an entry for each hop they belong together, counted
// from the right; where it has fewer, its first one was kept along the way.
func parseForwardedFor(h http.Header) []hop {
	addrs, protos, hosts := entries(h, "X-Forwarded-For"), entries(h, "X-Forwarded-Proto"), entries(h, "X-Forwarded-Host")
	hops := make([]hop, max(len(addrs), 1)) // without addresses, the companions still speak of our peer
	for i := range hops {
		fromRight := len(hops) - 1 - i
		if i < len(addrs) {
			hops[i].addr = parseNode(addrs[i])
		}
		hops[i].proto = strings.ToLower(nthFromRight(protos, fromRight))
		hops[i].host = nthFromRight(hosts, fromRight)
	}
	return hops
}

// parseSingle reads a field that holds one address. Twice the same field means
// that somebody beside the proxy wrote one; then it says nothing. Of a host it
// says nothing in any case: see [Trust.Header].
func parseSingle(h http.Header, field string) (claim hop) {
	if values := h[field]; len(values) == 1 {
		claim.addr = parseNode(strings.TrimSpace(values[0]))
	}
	claim.proto = strings.ToLower(nthFromRight(entries(h, "X-Forwarded-Proto"), 0))
	return claim
}

// dropVendors removes the fields in which CDNs name the visitor, but for the
// one that is trusted. Who wrote the others is not known, and a shop's plug-in
// may believe them.
func (t Trust) dropVendors(h http.Header) {
	own := http.CanonicalHeaderKey(t.Header)
	for name := range h {
		// CGI gives "CF_Connecting_IP" and "CF-Connecting-IP" to a script under one
		// name.
		plain := name
		if strings.Contains(name, "_") {
			plain = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
		}
		if vendors(plain) && name != own {
			delete(h, name)
		}
	}
}

// vendors reports whether a CDN names the visitor in the field of that name.
func vendors(field string) bool {
	switch field {
	case "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Cf-Pseudo-Ipv4", "True-Client-Ip", "Fastly-Client-Ip", "X-Azure-Clientip", "X-Azure-Socketip",
		"Fly-Client-Ip", "Cloudfront-Viewer-Address", "X-Appengine-User-Ip", "X-Nf-Client-Connection-Ip", "X-Vercel-Forwarded-For", "Do-Connecting-Ip":
		return true
	}
	return false
}

// entries splits a list field. RFC 9110, section 5.3: several lines are one
// list, in their order.
func entries(h http.Header, field string) []string {
	values := h[field]
	if len(values) == 0 {
		return nil
	}
	parts := strings.Split(strings.Join(values, ","), ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func nthFromRight(list []string, n int) string {
	if len(list) == 0 {
		return ""
	}
	return list[max(len(list)-1-n, 0)]
}

// parseNode reads an address as proxies write it: bare, with a port, in
// brackets. Anything else, "unknown" and "_hidden" among it, is the zero Addr.
func parseNode(s string) netip.Addr {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if ap, perr := netip.ParseAddrPort(s); perr == nil {
			addr = ap.Addr()
		} else if inner, ok := strings.CutPrefix(s, "["); ok {
			if inner, ok = strings.CutSuffix(inner, "]"); ok {
				addr, _ = netip.ParseAddr(inner)
			}
		}
	}
	addr = addr.Unmap()
	if addr.Zone() != "" || addr.IsUnspecified() {
		return netip.Addr{}
	}
	return addr
}

// Shorten renders an address as logs may keep it: the network only, /24 for
// IPv4 and /48 for IPv6. The zero Addr is "".
func Shorten(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	bits := 24
	switch {
	case !addr.IsValid():
		return ""
	case addr.Is6():
		bits = 48
	}
	p, _ := addr.Prefix(bits) // fails for more bits than there are
	return p.String()
}
