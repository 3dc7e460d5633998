package origin

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Visitor is where a request comes from, as the listener made sure of it.
type Visitor struct {
	// Client is the visitor's own address; [Nobody] for the edge's own requests. The
	// zero Addr leaves the fields that name it out.
	Client netip.Addr
	// Peer is who the connection came from, when that is a trusted proxy before
	// us; the zero Addr when the visitor himself connected.
	Peer netip.Addr
	// Proto is what the visitor used: "http" or "https".
	Proto string
	// Host is the host he asked for, with the port if there was one.
	Host string
}

// Nobody is the address that the edge's own requests come from: one for
// documentation (RFC 5737), which nobody has. A shop that trusts us takes a request
// without any for one from our own machine, and many show more to that: Symfony's
// app_dev.php, what Apache keeps for "Require local", lists of who may look at a shop
// that is closed.
func Nobody() netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 1}) }

// spoken are the fields that tell a shop where a visitor comes from, and by
// which protocol. None of them is passed on as it came: PHP shops take the first
// they find, and cannot know who wrote it. We write those we vouch for; the
// others say the same under other names.
var spoken = []string{
	"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip",
	"X-Forwarded", "X-Forwarded-By", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Https",
	"X-Forwarded-Protocol", "X-Scheme", "X-Url-Scheme", "Front-End-Https", "X-Arr-Ssl",
	"X-Client-Ip", "X-Cluster-Client-Ip", "Client-Ip", "X-Originating-Ip", "X-Remote-Ip", "X-Remote-Addr",
	"Forwarded-For", "Forwarded-For-Ip", "X-Original-Forwarded-For",
}

// shaping are the fields that change which page a shop serves, or where it
// believes to stand. Nobody needs them from outside. "Proxy" becomes HTTP_PROXY
// in a CGI script, and then carries the shop's own requests to whom the visitor
// says ("httpoxy").
var shaping = []string{
	"X-Original-Url", "X-Rewrite-Url", "X-Original-Host", "X-Original-Uri", "X-Host", "X-Http-Host-Override",
	"X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Script-Name", "Proxy",
}

// vendors are the fields by which a CDN names the visitor and his protocol. A
// trusted proxy's are passed on, since a shop's plug-in may be set up for them.
var vendors = []string{
	"Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Cf-Pseudo-Ipv4", "True-Client-Ip", "Fastly-Client-Ip", "X-Azure-Clientip",
	"Fly-Client-Ip", "Incap-Client-Ip", "X-Sucuri-Clientip", "Cloudfront-Viewer-Address",
	"Cf-Visitor", "Cloudfront-Forwarded-Proto", "Fastly-Ssl", // by which protocol
}

// overrides are the fields by which a request asks to be taken for one of
// another method. Shops' own scripts use them (WordPress among them), so they
// pass with a visitor's request, but never with one whose answer others see.
var overrides = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// overridden reports whether a request asks to be taken for another method.
func overridden(header http.Header) bool {
	for name := range header {
		if slices.Contains(overrides, plain(name)) {
			return true
		}
	}
	return false
}

// plain is the name a script sees a field under: CGI gives "X_Real_IP" and
// "X-Real-IP" under one name.
func plain(name string) string {
	if strings.Contains(name, "_") {
		return http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
	}
	return name
}

// drop removes the fields whose plain names are gone.
func drop(header http.Header, gone func(name string) bool) {
	for name := range header {
		if gone(plain(name)) {
			delete(header, name)
		}
	}
}

// Stamp replaces in header whatever it says about the visitor's origin by what
// v says. Of an X-Forwarded-For that a trusted peer handed on, the part from
// the client's own address on is kept: what stands before it, anybody may have
// written.
func (v Visitor) Stamp(header http.Header) {
	chain := forwardedFor(header.Values("X-Forwarded-For"), v)
	drop(header, func(name string) bool {
		return slices.Contains(spoken, name) || slices.Contains(shaping, name) || !v.Peer.IsValid() && slices.Contains(vendors, name)
	})
	if v.Client.IsValid() {
		header["X-Real-Ip"] = []string{v.Client.String()}
		header["X-Forwarded-For"] = []string{chain}
	}
	if v.Proto != "" {
		header["X-Forwarded-Proto"] = []string{v.Proto}
	}
	if v.Host != "" {
		header["X-Forwarded-Host"] = []string{v.Host}
	}
	if port := v.port(); port != "" {
		header["X-Forwarded-Port"] = []string{port}
	}
	if f := v.forwarded(); f != "" {
		header["Forwarded"] = []string{f}
	}
}

// forwardedFor is the value of X-Forwarded-For: the client, then the proxies
// between him and us.
func forwardedFor(came []string, v Visitor) string {
	client := v.Client.String()
	if !v.Peer.IsValid() || v.Peer == v.Client {
		return client
	}
	hops := strings.Split(strings.Join(came, ","), ",")
	from := -1
	for i := len(hops) - 1; i >= 0; i-- {
		hops[i] = strings.TrimSpace(hops[i])
		if a, err := netip.ParseAddr(hops[i]); err == nil && a.Unmap() == v.Client {
			from = i
			break
		}
	}
	if from < 0 {
		return client + ", " + v.Peer.String()
	}
	return strings.Join(append(hops[from:], v.Peer.String()), ", ")
}

// port is the port the visitor asked for, by the host or else by the protocol.
func (v Visitor) port() string {
	if _, port, err := net.SplitHostPort(v.Host); err == nil && port != "" {
		return port
	}
	switch v.Proto {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return ""
}

// forwarded is one element of RFC 7239.
func (v Visitor) forwarded() string {
	var parts []string
	if v.Client.IsValid() {
		parts = append(parts, "for="+node(v.Client))
	}
	if v.Host != "" {
		parts = append(parts, "host="+quoted(v.Host))
	}
	if v.Proto != "" {
		parts = append(parts, "proto="+quoted(v.Proto))
	}
	return strings.Join(parts, ";")
}

// node renders an address. RFC 7239, section 6: "Note that an IPv6 address is
// always enclosed in square brackets", and section 4: brackets make quotes
// necessary.
func node(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return `"[` + a.String() + `]"`
}

// quoted renders a value as a token where it is one, else as a quoted string.
func quoted(s string) string {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}
