package origin

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestStamp(t *testing.T) {
	addr := netip.MustParseAddr
	for name, tt := range map[string]struct {
		visitor Visitor
		in      http.Header
		want    map[string]string
	}{
		"direct visitor who lies": {
			Visitor{Client: addr("192.0.2.60"), Proto: "http", Host: "sklep.example"},
			http.Header{
				"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Real-Ip": {"1.1.1.1"},
				"X_forwarded-For": {"1.1.1.1"}, "X_real_ip": {"1.1.1.1"}, "Cf-Connecting-Ip": {"1.1.1.1"}, "Client-Ip": {"1.1.1.1"},
				"X-Original-Url": {"/zamowienie"}, "X-Forwarded-Prefix": {"/x"}, "X_own_field": {"kept"}, "Proxy": {"http://1.1.1.1"},
				"X-Forwarded-Protocol": {"https"}, "X_forwarded_protocol": {"https"}, "X-Forwarded-Scheme": {"https"}, "X-Url-Scheme": {"https"},
				"Front-End-Https": {"on"}, "X-Forwarded-Ssl": {"on"}, "X-Arr-Ssl": {"1"}, "Cf-Visitor": {`{"scheme":"https"}`}, "Cf_visitor": {"x"},
				"Cloudfront-Forwarded-Proto": {"https"}, "Fastly-Ssl": {"1"}, "Forwarded-For": {"1.1.1.1"},
				"X-Http-Method-Override": {"PUT"},
			},
			map[string]string{
				// RFC 7239, section 4, has this very element.
				"Forwarded": "for=192.0.2.60;host=sklep.example;proto=http", "X-Forwarded-For": "192.0.2.60",
				"X-Forwarded-Proto": "http", "X-Forwarded-Host": "sklep.example", "X-Forwarded-Port": "80", "X-Real-Ip": "192.0.2.60",
				"X_own_field": "kept", "X-Http-Method-Override": "PUT", // a shop's own scripts may need it
			},
		},
		"through a trusted CDN, visitor lies to it": {
			Visitor{Client: addr("203.0.113.9"), Peer: addr("10.0.0.2"), Proto: "https", Host: "sklep.example:8443"},
			http.Header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.9", "198.51.100.7"}, "Cf-Connecting-Ip": {"203.0.113.9"}, "X-Forwarded-Proto": {"http"},
				"Cf-Visitor": {"kept"}, "X-Forwarded-Protocol": {"http"}, "Proxy": {"x"}},
			map[string]string{
				"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.0.0.2", "Cf-Connecting-Ip": "203.0.113.9", "X-Real-Ip": "203.0.113.9", "Cf-Visitor": "kept",
				"X-Forwarded-Proto": "https", "X-Forwarded-Host": "sklep.example:8443", "X-Forwarded-Port": "8443",
				"Forwarded": `for=203.0.113.9;host="sklep.example:8443";proto=https`,
			},
		},
		"known from a field of the CDN's, not from the chain": {
			Visitor{Client: addr("203.0.113.9"), Peer: addr("10.0.0.2"), Proto: "https"},
			http.Header{"X-Forwarded-For": {"1.1.1.1"}},
			map[string]string{
				"X-Forwarded-For": "203.0.113.9, 10.0.0.2", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443",
				"Forwarded": "for=203.0.113.9;proto=https",
			},
		},
		"IPv6": {
			// RFC 7239, section 6: "Note that an IPv6 address is always enclosed in
			// square brackets." Section 4: "Note that as ":" and "[]" are not valid
			// characters in "token", IPv6 addresses are written as "quoted-string"."
			Visitor{Client: addr("2001:db8:cafe::17")}, http.Header{},
			map[string]string{"Forwarded": `for="[2001:db8:cafe::17]"`, "X-Forwarded-For": "2001:db8:cafe::17", "X-Real-Ip": "2001:db8:cafe::17"},
		},
		"the edge's own request": {
			Visitor{Proto: "https", Host: "sklep.example"}, http.Header{"X-Real-Ip": {"1.1.1.1"}},
			map[string]string{"Forwarded": "host=sklep.example;proto=https", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "sklep.example", "X-Forwarded-Port": "443"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.visitor.Stamp(tt.in)
			for k, v := range tt.in {
				if got := strings.Join(v, "|"); got != tt.want[k] {
					t.Errorf("%s: %q, want %q", k, got, tt.want[k])
				}
			}
			for k := range tt.want {
				if _, ok := tt.in[k]; !ok {
					t.Errorf("%s is missing", k)
				}
			}
		})
	}
}

// What a visitor writes must neither survive nor break out of our own fields.
func FuzzStamp(f *testing.F) {
	f.Add("X-Forwarded-For", "1.1.1.1, 192.0.2.1", "sklep.example")
	f.Add("X_Forwarded_For", "spoof", `a";for=1.1.1.1;x="`)
	f.Fuzz(func(t *testing.T, name, value, host string) {
		for _, peer := range []netip.Addr{{}, netip.MustParseAddr("10.0.0.2")} {
			v := Visitor{Client: netip.MustParseAddr("192.0.2.1"), Peer: peer, Proto: "http", Host: host}
			h := http.Header{http.CanonicalHeaderKey(name): {value}}
			v.Stamp(h)
			if first, _, _ := strings.Cut(h.Get("X-Forwarded-For"), ","); first != "192.0.2.1" || h.Get("X-Real-Ip") != "192.0.2.1" {
				t.Fatalf("client became %q in %v", first, h)
			}
			if !strings.HasPrefix(h.Get("Forwarded"), "for=192.0.2.1") {
				t.Fatalf("Forwarded begins %q", h.Get("Forwarded"))
			}
			for k := range h {
				if strings.EqualFold(strings.ReplaceAll(k, "_", "-"), "x-forwarded-for") && k != "X-Forwarded-For" {
					t.Fatalf("a second name for our field survived: %q", k)
				}
			}
		}
	})
}

func TestForwardStampsTheRequest(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Seen", r.Header.Get("X-Forwarded-For")+" "+r.Header.Get("Forwarded"))
	})
	trusted := false
	e := front(t, Config{URLs: []string{s.URL}}, func(_ *http.Request, opt *ForwardOptions) {
		opt.Visitor = Visitor{Client: netip.MustParseAddr("203.0.113.9"), Proto: "https", Host: "x.example"}
		if trusted {
			opt.Visitor.Peer = netip.MustParseAddr("10.0.0.2")
		}
	})
	for _, want := range []string{"203.0.113.9", "203.0.113.9, 198.51.100.7, 10.0.0.2"} {
		resp, _ := e.get(t, "/", "X-Forwarded-For", "1.1.1.1, 203.0.113.9, 198.51.100.7", "Connection", "X-Forwarded-For", "Forwarded", "for=1.1.1.1")
		if got := resp.Header.Get("Seen"); got != want+" for=203.0.113.9;host=x.example;proto=https" {
			t.Errorf("trusted %v: shop saw %q", trusted, got)
		}
		trusted = true
	}
}
