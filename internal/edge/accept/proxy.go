package accept

import (
	"errors"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"
)

// withProxyProtocol lets the listed peers, and them alone, say whom a
// connection comes from. They must say it: the protocol's text, section 2,
// "The receiver MUST be configured to only receive the protocol described in
// this specification and MUST not try to guess whether the protocol header is
// present or not": a visitor behind a balancer that does not send it could
// otherwise send one himself.
func withProxyProtocol(l net.Listener, cfg Config) net.Listener {
	if len(cfg.ProxyFrom) == 0 {
		return l
	}
	limit := cfg.ReadHeader
	if limit <= 0 {
		limit = -1
	}
	return &proxyproto.Listener{
		Listener:          l,
		ReadHeaderTimeout: limit,
		ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			if listed(cfg.ProxyFrom, addrOf(o.Upstream)) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		},
		ValidateHeader: func(h *proxyproto.Header) error {
			if h.Command.IsLocal() {
				return nil // the balancer's own health check
			}
			if a := addrOf(h.SourceAddr); !a.IsValid() || a.IsUnspecified() {
				return errNoSource
			}
			return nil
		},
	}
}

var errNoSource = errors.New("the PROXY header names no source address")

// proxyMissing counts a listed peer's connection without its header and says
// so once: a misconfigured balancer would otherwise look like silence.
func (d *door) proxyMissing() {
	if d.server.counts.proxyMissing.Add(1) == 1 {
		d.server.cfg.Log.Warn("a listed peer does not send the PROXY protocol; its connections are closed",
			"hint", "switch the protocol on at the balancer, or take it off the list here")
	}
}

// addrOf returns the IP address in a, or the zero Addr.
func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok && t != nil {
		return t.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

func listed(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
