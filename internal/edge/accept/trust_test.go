package accept

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

func TestClient(t *testing.T) {
	const cdn, lb, visitor, liar = "198.51.100.7", "10.0.0.2", "203.0.113.9", "1.1.1.1"
	proxies := prefixes("198.51.100.0/24", "10.0.0.0/8", "2001:db8:c::/48")
	for _, tt := range []struct {
		name, peer, field string
		header            http.Header
		tls               bool
		want              string
	}{
		{"nobody trusted says anything", visitor, "", nil, false, visitor + " http sklep.example"},
		{"TLS is ours", visitor, "", nil, true, visitor + " https sklep.example"},
		{"a visitor lies", visitor, "", http.Header{"X-Forwarded-For": {liar}, "Forwarded": {"for=" + liar}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"x"}}, false, visitor + " http sklep.example"},
		{"a visitor lies with the CDN's field", visitor, "CF-Connecting-IP", http.Header{"Cf-Connecting-Ip": {liar}}, false, visitor + " http sklep.example"},
		{"one hop", lb, "", http.Header{"X-Forwarded-For": {visitor}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"www.sklep.example"}}, false, visitor + " https www.sklep.example"},
		{"a visitor lies to the proxy", lb, "", http.Header{"X-Forwarded-For": {liar + ", " + visitor}}, false, visitor + " http sklep.example"},
		{"on a line of its own", lb, "", http.Header{"X-Forwarded-For": {liar, visitor}}, false, visitor + " http sklep.example"},
		{"two hops", lb, "", http.Header{"X-Forwarded-For": {liar + "," + visitor + "," + cdn}, "X-Forwarded-Proto": {"ftp, https, http"}}, false, visitor + " https sklep.example"},
		{"protocol kept along the way", lb, "", http.Header{"X-Forwarded-For": {visitor + "," + cdn}, "X-Forwarded-Proto": {"https"}}, false, visitor + " https sklep.example"},
		{"garbage ends the walk", lb, "", http.Header{"X-Forwarded-For": {liar + ", unknown, " + cdn}}, false, cdn + " http sklep.example"},
		{"only trusted hops", lb, "", http.Header{"X-Forwarded-For": {"10.0.0.9, 10.0.0.8"}}, false, "10.0.0.9 http sklep.example"},
		{"with ports and brackets", lb, "", http.Header{"X-Forwarded-For": {"[2001:db8::1]:443, " + cdn + ":8080"}}, false, "2001:db8::1 http sklep.example"},
		{"IPv4 in IPv6", lb, "", http.Header{"X-Forwarded-For": {"::ffff:" + visitor}}, false, visitor + " http sklep.example"},
		{"a zone is no address of a visitor's", lb, "", http.Header{"X-Forwarded-For": {"fe80::1%eth0"}}, false, lb + " http sklep.example"},
		{"a bad host claim", lb, "", http.Header{"X-Forwarded-For": {visitor}, "X-Forwarded-Host": {"a/b"}}, false, visitor + " http sklep.example"},
		{"empty field", lb, "", http.Header{"X-Forwarded-For": {""}, "X-Forwarded-Proto": {"https"}}, false, lb + " https sklep.example"},
		{"IPv6 peer", "2001:db8:c::5", "", http.Header{"X-Forwarded-For": {visitor}}, false, visitor + " http sklep.example"},
		{"Forwarded alone", lb, "", http.Header{"Forwarded": {`for=` + liar + `, for=` + visitor + `;proto=https;host="w.example:8443"`}}, false, visitor + " https w.example:8443"},
		{"X-Forwarded-For goes before Forwarded", lb, "", http.Header{"Forwarded": {"for=" + liar}, "X-Forwarded-For": {visitor}}, false, visitor + " http sklep.example"},
		{"unless Forwarded was set", lb, "forwarded", http.Header{"Forwarded": {"for=" + visitor}, "X-Forwarded-For": {liar}}, false, visitor + " http sklep.example"},
		{"Forwarded out of step", lb, "Forwarded", http.Header{"Forwarded": {`for="` + liar, "for=" + visitor}}, false, lb + " http sklep.example"},
		{"Forwarded hidden, protocol told", lb, "Forwarded", http.Header{"Forwarded": {"for=_hidden;proto=https"}}, false, lb + " https sklep.example"},
		{"the CDN's field", lb, "CF-Connecting-IP", http.Header{"Cf-Connecting-Ip": {visitor}, "X-Forwarded-For": {liar}, "X-Forwarded-Proto": {"https"}}, false, visitor + " https sklep.example"},
		{"a visitor's host beside the CDN's field", lb, "CF-Connecting-IP", http.Header{"Cf-Connecting-Ip": {visitor}, "X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}}, false, visitor + " http sklep.example"},
		{"and beside Forwarded", lb, "Forwarded", http.Header{"Forwarded": {"for=" + visitor}, "X-Forwarded-Host": {"evil.example"}}, false, visitor + " http sklep.example"},
		{"and where Forwarded is all there is", lb, "", http.Header{"Forwarded": {"for=" + visitor}, "X-Forwarded-Host": {"evil.example"}}, false, visitor + " http sklep.example"},
		{"the CDN's field twice", lb, "CF-Connecting-IP", http.Header{"Cf-Connecting-Ip": {liar, visitor}}, false, lb + " http sklep.example"},
		{"the CDN's field missing", lb, "CF-Connecting-IP", http.Header{"X-Forwarded-For": {liar}}, false, lb + " http sklep.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(tt.peer), 1234).String(), Host: "sklep.example", Header: tt.header}
			if tt.tls {
				r.TLS = new(tls.ConnectionState)
			}
			addr, proto, host := Trust{Proxies: proxies, Header: tt.field}.Client(r)
			if got := addr.String() + " " + proto + " " + host; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseForwarded(t *testing.T) {
	for s, want := range map[string]string{
		// RFC 7239, section 4, the examples.
		`for="_gazonk"`:                              "invalid IP||",
		`For="[2001:db8:cafe::17]:4711"`:             "2001:db8:cafe::17||",
		`for=192.0.2.60;proto=http;by=203.0.113.43`:  "192.0.2.60|http|",
		`for=192.0.2.43, for=198.51.100.17`:          "192.0.2.43|| 198.51.100.17||",
		`for=192.0.2.43,for="[2001:db8:cafe::17]"`:   "192.0.2.43|| 2001:db8:cafe::17||",
		`for=192.0.2.43 ; host="a\"b" ;;proto=HTTPS`: `192.0.2.43|https|a"b`,
		`, for=192.0.2.43`:                           "invalid IP|| 192.0.2.43||",
		``:                                           "invalid IP||",
		`for=192.0.2.43, for="1.1.1.1`:               "fault",
		`for=192.0.2.43;for=1.1.1.1`:                 "fault",
		`for=2001:db8::1`:                            "fault", // ":" is no token character
		`for="2001:db8::1"`:                          "fault",
		`for`:                                        "fault",
		`for=`:                                       "fault",
		`for =1.1.1.1`:                               "fault",
		`for=1.1.1.1 proto=http`:                     "fault",
		"for=\"a\x00\"":                              "fault",
		`for="a\`:                                    "fault",
	} {
		got := "fault"
		if hops, ok := parseForwarded(s); ok {
			var parts []string
			for _, h := range hops {
				parts = append(parts, h.addr.String()+"|"+h.proto+"|"+h.host)
			}
			got = strings.Join(parts, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

// Whatever a visitor writes before a trusted proxy's own entry, the answer is
// the proxy's entry, or the proxy itself; never the visitor's words.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"", "1.1.1.1", "for=1.1.1.1", `for="`, `for="x\`, "unknown", "[::1", "1.1.1.1,", `for=1.1.1.1;host="a`} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, spoken, alone string) {
		trust := Trust{Proxies: prefixes("10.0.0.0/8")}
		ask := func(peer, field, value string) (netip.Addr, string, string) {
			return trust.Client(&http.Request{RemoteAddr: peer + ":1", Host: "a", Header: http.Header{field: {value}}})
		}
		if addr, proto, host := ask("203.0.113.9", "X-Forwarded-For", spoken); addr.String() != "203.0.113.9" || proto != "http" || host != "a" {
			t.Fatalf("a stranger was believed: %v %s %s", addr, proto, host)
		}
		if addr, _, _ := ask("10.0.0.2", "X-Forwarded-For", spoken+", 203.0.113.9"); addr.String() != "203.0.113.9" {
			t.Fatalf("X-Forwarded-For %q: %v", spoken, addr)
		}
		addr, _, host := ask("10.0.0.2", "Forwarded", spoken+", for=203.0.113.9")
		if s := addr.String(); s != "203.0.113.9" && s != "10.0.0.2" || !ValidHost(host) {
			t.Fatalf("Forwarded %q: %v %q", spoken, addr, host)
		}
		ask("10.0.0.2", "Forwarded", alone)
	})
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.77": "203.0.113.0/24", "2001:db8:aa:bb::1": "2001:db8:aa::/48", "::ffff:203.0.113.77": "203.0.113.0/24", "fe80::1%eth0": "fe80::/48",
	} {
		if got := Shorten(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := Shorten(netip.Addr{}); got != "" {
		t.Errorf("no address: %q", got)
	}
}

func TestValidHost(t *testing.T) {
	for host, want := range map[string]bool{
		"sklep.example": true, "Sklep.Example.": true, "a_b-c.example:8443": true, "127.0.0.1:8080": true, "[::1]": true, "[2001:db8::1]:443": true,
		"xn--skp-1na.pl": true, "": false, ":80": false, "a:": false, "a:0": false, "a:99999": false, "a:+80": false, "a b": false, "a/b": false, "a@b": false,
		"a,b": false, "a%2eb": false, "ąb": false, "[::1": false, "[::1]x": false, "[fe80::1%25a]": false, "[1.1.1.1]": false, "a:80:80": false, ".a": false,
		strings.Repeat("a", 300): false,
	} {
		if got := ValidHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
