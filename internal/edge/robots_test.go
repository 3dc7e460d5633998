package edge

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// fakeDNS answers from tables.
type fakeDNS struct {
	names map[string][]string
	addrs map[string][]netip.Addr
	asked int
}

func (d *fakeDNS) LookupAddr(_ context.Context, addr string) ([]string, error) {
	d.asked++
	if n, ok := d.names[addr]; ok {
		return n, nil
	}
	return nil, errors.New("no such name")
}

func (d *fakeDNS) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := d.addrs[host]; ok {
		return a, nil
	}
	return nil, errors.New("no such host")
}

const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

// Google, "Verify requests from Google crawlers and fetchers": the name of the address has
// to end in one of Google's domains, and that name has to lead back to the address.
func TestRobotsAreVerifiedBothWays(t *testing.T) {
	addr := netip.MustParseAddr
	dns := &fakeDNS{
		names: map[string][]string{
			"66.249.66.1": {"crawl-66-249-66-1.googlebot.com."},
			"192.0.2.1":   {"crawl-66-249-66-1.googlebot.com."},  // says so of itself
			"192.0.2.2":   {"googlebot.com.attacker.example."},   // looks like it
			"192.0.2.3":   {"evil-googlebot.com."},               // nor this
			"157.55.39.1": {"msnbot-157-55-39-1.search.msn.com"}, // another's
		},
		addrs: map[string][]netip.Addr{
			"crawl-66-249-66-1.googlebot.com":   {addr("66.249.66.1")},
			"googlebot.com.attacker.example":    {addr("192.0.2.2")},
			"evil-googlebot.com":                {addr("192.0.2.3")},
			"msnbot-157-55-39-1.search.msn.com": {addr("157.55.39.1")},
		},
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRobots(Robots{Resolver: dns, Ranges: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
		ctx, over := context.WithCancel(t.Context())
		go r.run(ctx)
		for _, c := range []struct {
			addr, agent string
			want        bool
		}{
			{"66.249.66.1", googlebot, true},
			{"192.0.2.1", googlebot, false},
			{"192.0.2.2", googlebot, false},
			{"192.0.2.3", googlebot, false},
			{"192.0.2.4", googlebot, false},
			{"157.55.39.1", googlebot, false},
			{"198.51.100.7", "Somebot/1.0", true},
			{"192.0.2.5", "Somebot/1.0", false},
		} {
			a := addr(c.addr)
			if r.verified(time.Now(), a, c.agent) && !c.want {
				t.Errorf("%s is believed before anybody was asked", c.addr)
			}
			synctest.Wait()
			if got := r.verified(time.Now(), a, c.agent); got != c.want {
				t.Errorf("%s as %q: %v", c.addr, c.agent, got)
			}
		}
		// What was found out is believed for a while, then asked again.
		asked := dns.asked
		r.verified(time.Now(), addr("66.249.66.1"), googlebot)
		synctest.Wait()
		if dns.asked != asked {
			t.Error("asked again at once")
		}
		time.Sleep(robotGood + time.Second)
		r.verified(time.Now(), addr("66.249.66.1"), googlebot)
		synctest.Wait()
		if dns.asked != asked+1 {
			t.Error("not asked again after a day")
		}
		// Memory is bounded, however many say they are Google.
		for i := range 3 * robotsKept {
			r.learn(ctx, claim{netip.MustParseAddr(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), []string{".x"}})
		}
		if n := len(*r.known.Load()); n > robotsKept {
			t.Errorf("%d are kept", n)
		}
		over()
		synctest.Wait()
	})
}

func TestNetworks(t *testing.T) {
	n := newNetworks([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")})
	for a, want := range map[string]bool{"192.0.2.77": true, "192.0.3.1": false, "10.255.1.1": true, "2001:db8:1::1": true, "2001:db9::1": false} {
		if got := n.has(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
	if n.has(netip.Addr{}) {
		t.Error("nobody")
	}
}
