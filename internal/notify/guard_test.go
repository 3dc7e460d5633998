package notify

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestGuard(t *testing.T) {
	for ip, public := range map[string]bool{
		"1.1.1.1": true, "185.15.59.224": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.0.1": true, "100.128.0.1": true, "2606:4700::1111": true, "2a00:1450:4001::65": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.100.100.200": false, "192.0.0.192": false, "168.63.129.16": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"198.18.0.1": false, "203.0.113.9": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:ec2::254": false,
		"fd20:ce::254": false, "ff02::1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "100::1": false,
	} {
		at := netip.AddrPortFrom(netip.MustParseAddr(ip), 443).String()
		if err := (guard{}).control("tcp", at, nil); (err == nil) != public {
			t.Errorf("%s: %v", at, err)
		}
		if err := (guard{plain: true}).control("tcp", at, nil); err == nil {
			t.Errorf("%s without encryption", at)
		}
		all := guard{plain: true, allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
		if err := all.control("tcp", at, nil); err != nil {
			t.Errorf("%s is allowed: %v", at, err)
		}
	}
	if (guard{}).control("unix", "/run/docker.sock", nil) == nil {
		t.Error("a socket of this machine")
	}
}

// counted is a server that should not be reached.
func counted(t *testing.T) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { n.Add(1) }))
	t.Cleanup(s.Close)
	return s, &n
}

// Whatever the channel: without permission nothing on this machine is reached.
func TestInsideIsRefused(t *testing.T) {
	s, n := counted(t)
	at := strings.TrimPrefix(s.URL, "http://")
	_, port, _ := net.SplitHostPort(at)
	none := func(o *Options) { o.Allow = nil }
	other := func(o *Options) { o.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }
	for name, send := range map[string]*Sender{
		"webhook":            sender(t, hookURL(s.URL), nil, none),
		"webhook, https":     sender(t, hookURL("https://"+at), nil, none),
		"webhook, by a name": sender(t, hookURL("https://localhost:"+port), nil, none),
		"webhook, mapped":    sender(t, hookURL("https://[::ffff:127.0.0.1]:"+port), nil, none),
		"webhook, hex":       sender(t, hookURL("https://[::ffff:7f00:1]:"+port), nil, none),
		"another network":    sender(t, hookURL(s.URL), nil, other),
		"mail":               sender(t, "smtps://127.0.0.1:"+port+"/?from=a@b.example&to=c@d.example", nil, none),
		"mail, plain":        sender(t, "smtp://localhost:"+port+"/?from=a@b.example&to=c@d.example", nil, none),
	} {
		r, err := send.Send(t.Context(), hello())
		t.Run(name, func(t *testing.T) { want{reason: Forbidden, final: true, says: "not allowed by name"}.check(t, r, err) })
		if strings.Contains(err.Error()+name, "127.0.0.1 ") {
			t.Errorf("%s: the error says where the name leads: %v", name, err)
		}
	}
	if n.Load() > 0 {
		t.Errorf("%d requests got through", n.Load())
	}
}

// A redirect leads nowhere; and had somebody followed it, the guard would have stood
// there.
func TestRedirectsLeadNowhere(t *testing.T) {
	inside, n := counted(t)
	hook := newReceiver(t, 0)
	hook.answers(answering(http.StatusTemporaryRedirect, http.Header{"Location": {strings.Replace(inside.URL, "127.0.0.1", "127.0.0.2", 1)}}, ""))
	s := sender(t, hookURL(hook.URL), nil, func(o *Options) { o.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	r, err := s.Send(t.Context(), hello())
	want{reason: Gone, final: true, status: 307, says: "not followed"}.check(t, r, err)

	c := s.client()
	c.CheckRedirect = nil
	_, err = c.Post(hook.URL, "application/json", strings.NewReader("{}"))
	if _, guarded := errors.AsType[*notPublic](err); !guarded {
		t.Errorf("the guard is not asked after a redirect: %v", err)
	}
	if n.Load() > 0 {
		t.Error("it was followed")
	}
}

// A name that led outside when it was looked at may lead inside when it is dialled.
func TestAnswersOfDNSMayChange(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer s.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go answerDNS(theirs, func() [4]byte {
			if asked.Add(1) == 1 {
				return [4]byte{127, 0, 0, 1} // allowed below: stands for what is public
			}
			return [4]byte{127, 0, 0, 2}
		})
		return ours, nil
	}}
	send := sender(t, hookURL("http://rebind.example:"+port), nil, func(o *Options) {
		o.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		o.resolver = resolver
	})
	if _, err := send.Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	r, err := send.Send(t.Context(), hello())
	want{reason: Forbidden, final: true, says: "not allowed by name"}.check(t, r, err)
	if asked.Load() < 2 {
		t.Errorf("DNS was asked %d times", asked.Load())
	}
}

// answerDNS answers one question over a stream, as over TCP: length and message.
func answerDNS(c net.Conn, a func() [4]byte) {
	defer c.Close()
	var size [2]byte
	for {
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		b := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(c, b); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(b) != nil || len(m.Questions) != 1 {
			return
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
				Body:   &dnsmessage.AResource{A: a()},
			}}
		}
		b, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append([]byte{byte(len(b) >> 8), byte(len(b))}, b...)); err != nil {
			return
		}
	}
}
