package accept

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/falochron/falochron/internal/memnet"
)

// version2 is a PROXY header, version 2, for TCP over IPv4 from 203.0.113.9,
// port 1234.
const version2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x09\x0a\x00\x00\x01\x04\xd2\x01\xbb"

func TestProxyProtocol(t *testing.T) {
	for name, tt := range map[string]struct {
		from    string // the network listed; the peer is 192.0.2.7
		preface string
		want    string // the body, or "" for no answer
	}{
		"version 1":                 {"192.0.2.0/24", "PROXY TCP4 203.0.113.9 10.0.0.1 1234 443\r\n", "203.0.113.9:1234"},
		"version 1, IPv6":           {"192.0.2.0/24", "PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r\n", "[2001:db8::1]:1234"},
		"version 2":                 {"192.0.2.0/24", version2, "203.0.113.9:1234"},
		"version 2, LOCAL":          {"192.0.2.0/24", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", "192.0.2.7:"},
		"listed, but says nothing":  {"192.0.2.0/24", "", ""},
		"unknown source":            {"192.0.2.0/24", "PROXY UNKNOWN\r\n", "192.0.2.7:"},
		"broken header":             {"192.0.2.0/24", "PROXY TCP4 203.0.113.9\r\n", ""},
		"not listed, sends it":      {"198.51.100.0/24", "PROXY TCP4 203.0.113.9 10.0.0.1 1234 443\r\n", "400 Bad Request"},
		"not listed, version 2":     {"198.51.100.0/24", version2, "400 Bad Request"},
		"not listed, says nothing":  {"198.51.100.0/24", "", "192.0.2.7:"},
		"protocol not switched on":  {"", "PROXY TCP4 203.0.113.9 10.0.0.1 1234 443\r\n", "400 Bad Request"},
		"two headers, one in a row": {"192.0.2.0/24", "PROXY TCP4 203.0.113.9 10.0.0.1 1234 443\r\nPROXY TCP4 1.1.1.1 10.0.0.1 1 1\r\n", "400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := Config{}
				if tt.from != "" {
					cfg.ProxyFrom = prefixes(tt.from)
				}
				s := openInMemory(t, cfg, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })
				_, in := s.say(t, tt.preface+get)
				resp, body := answer(in)
				if tt.want == "" && resp.StatusCode != 0 || !strings.HasPrefix(body, tt.want) {
					t.Errorf("%d %q, want %q", resp.StatusCode, body, tt.want)
				}
				if missing := s.Counts().ProxyMissing; (name == "listed, but says nothing") != (missing > 0) {
					t.Errorf("%d connections counted without their header", missing)
				}
			})
		})
	}
}

// The claim of a CDN behind a balancer: the PROXY header names the CDN, the
// CDN's field names the visitor.
func TestProxyProtocolThenTrustedHops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trust := Trust{Proxies: prefixes("203.0.113.0/24"), Header: "CF-Connecting-IP"}
		s := openInMemory(t, Config{ProxyFrom: prefixes("192.0.2.0/24"), Trust: trust}, func(w http.ResponseWriter, r *http.Request) {
			addr, _, _ := trust.Client(r)
			io.WriteString(w, addr.String())
		})
		_, in := s.say(t, version2+"GET / HTTP/1.1\r\nHost: a\r\nCF-Connecting-IP: 8.8.8.8\r\n\r\n")
		if _, body := answer(in); body != "8.8.8.8" {
			t.Errorf("%q", body)
		}
	})
}

// Whatever bytes come: no panic, and only a listed peer changes whom a
// connection is from.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 203.0.113.9 10.0.0.1 1234 443\r\n" + get))
	f.Add([]byte(version2 + get))
	f.Add([]byte(version2[:20]))
	f.Add([]byte("PROXY TCP4 0.0.0.0 10.0.0.1 1234 443\r\n" + get))
	f.Fuzz(func(t *testing.T, sent []byte) {
		for _, list := range []string{"192.0.2.0/24", "198.51.100.0/24"} {
			var network memnet.Net
			l, err := network.Listen(memAddress)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Listen(Config{Listener: l, ProxyFrom: prefixes(list)})
			if err != nil {
				t.Fatal(err)
			}
			c, err := network.DialFrom(context.Background(), netip.MustParseAddr("192.0.2.7"), memAddress)
			if err != nil {
				t.Fatal(err)
			}
			c.(*memnet.Conn).Write(sent)
			c.(*memnet.Conn).CloseWrite()
			in, err := s.door.Accept()
			if err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(in)
			from := addrOf(in.RemoteAddr())
			isPeer := from == netip.MustParseAddr("192.0.2.7")
			switch {
			case list == "198.51.100.0/24" && (!isPeer || !bytes.Equal(rest, sent)):
				t.Fatalf("not listed: %v said %q", from, rest)
			case err == nil && !isPeer && !bytes.HasPrefix(sent, []byte("PROXY TCP")) && !bytes.HasPrefix(sent, []byte(version2[:12])):
				t.Fatalf("%q made it come from %v", sent, from)
			case err == nil && (!from.IsValid() || from.IsUnspecified()):
				t.Fatalf("%q made it come from nowhere", sent)
			}
			in.Close()
			c.Close()
			l.Close()
		}
	})
}
