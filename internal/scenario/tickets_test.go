package scenario

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/ticket"
)

// one starts a world with one shop, which has a page /p.
func one(w *world, mode falochron.Mode) *shop {
	s := w.shop("shop")
	s.pages["/p"] = offer{}
	w.start(mode, origin.Config{})
	return s
}

// release lets the line in.
func release(w *world) {
	w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
	advance(time.Second)
}

// A ticket that is not ours, or not any more, is as good as none: its holder is
// a newcomer, and the fault is counted by kind.
func TestFalseTicketsAreRefusedAndCounted(t *testing.T) {
	story(t, func(w *world) {
		s := one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		v.see("/p")
		good := v.jar[ticket.WaitingCookie]
		raw, err := base64.RawURLEncoding.DecodeString(good)
		if err != nil {
			t.Fatal(err)
		}
		forge := func(change func([]byte) []byte) string {
			return base64.RawURLEncoding.EncodeToString(change(append([]byte(nil), raw...)))
		}
		otherRing, err := ticket.NewKeyring(time.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := w.store.Shop("shop")
		if err != nil {
			t.Fatal(err)
		}
		sealer := func(r *ticket.Keyring, shop string, epoch uint32) *ticket.Sealer {
			return r.Shop(shop, epoch, ticket.Lives{})
		}
		const whichever = ticket.NumFaults
		mine := ticket.Waiting{Arrived: time.Now(), Seq: 1, Page: "/p"}
		old, future := mine, mine
		old.Arrived, future.Arrived = time.Now().Add(-25*time.Hour), time.Now().Add(2*time.Hour)
		for name, c := range map[string]struct {
			text  string
			fault ticket.Fault
		}{
			"nonsense":       {"nonsense!", ticket.Malformed},
			"empty":          {"", ticket.Truncated},
			"cut":            {good[:20], ticket.Truncated},
			"cut at its end": {good[:len(good)-4], whichever},
			"a bit turned":   {forge(func(b []byte) []byte { b[20] ^= 1; return b }), ticket.BadMAC},
			"re-ordered":     {forge(func(b []byte) []byte { copy(b[15:25], append(b[20:25:25], b[15:20]...)); return b }), ticket.BadMAC},
			"new version":    {forge(func(b []byte) []byte { b[0] = 9; return b }), ticket.Version},
			"other ring":     {sealer(otherRing, "shop", kept.Epoch()).SealWaiting(mine), whichever},
			"other shop":     {sealer(w.ring, "shop2", kept.Epoch()).SealWaiting(mine), ticket.BadMAC},
			"other epoch":    {sealer(w.ring, "shop", kept.Epoch()+1).SealWaiting(mine), ticket.Epoch},
			"old":            {sealer(w.ring, "shop", kept.Epoch()).SealWaiting(old), ticket.Expired},
			"future":         {sealer(w.ring, "shop", kept.Epoch()).SealWaiting(future), ticket.Future},
			"inside as line": {sealer(w.ring, "shop", kept.Epoch()).SealInside(ticket.Inside{Seen: time.Now()}), ticket.BadMAC},
		} {
			before := w.vitals("shop").Forged
			thief := w.visitor("a.example")
			thief.jar[ticket.WaitingCookie] = c.text
			if got := thief.see("/p"); got.status != 503 || got.state() != "held" || thief.jar[ticket.WaitingCookie] == c.text {
				t.Errorf("%s: %d %s, and keeps the false ticket: %v", name, got.status, got.state(), thief.jar[ticket.WaitingCookie] == c.text)
			}
			thief.jar = map[string]string{ticket.InsideCookie: c.text}
			if got := thief.see("/p"); got.status != 503 {
				t.Errorf("%s as an inside ticket: %d", name, got.status)
			}
			thief.jar = map[string]string{}
			if got := thief.see("/p?falo_t=" + c.text); got.status != 503 {
				t.Errorf("%s in the address: %d", name, got.status)
			}
			after, counted := w.vitals("shop").Forged, uint64(0)
			for fault, n := range after {
				if c.fault == whichever || fault == c.fault.String() {
					counted += n - before[fault]
				}
			}
			if counted < 2 {
				t.Errorf("%s: %d refused as %s", name, counted, c.fault)
			}
		}
		if n := s.requests(""); n > 0 {
			t.Errorf("%d requests reached the shop", n)
		}
	})
}

// Replayed: whoever brings a ticket again, however often and from however many
// browsers, has one place and one session; after the visit none.
func TestAReplayedTicketIsOnePlace(t *testing.T) {
	story(t, func(w *world) {
		w.cfg = func(c *edge.ShopConfig) { c.InsideIdle = 5 * time.Minute }
		one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		v.see("/p")
		v.see("/p")
		stolen := v.copied()
		release(w)
		for range 20 {
			c := stolen.copied()
			if got := c.see("/p"); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.state())
			}
		}
		if n := w.vitals("shop").Inside; n != 1 {
			t.Errorf("%d inside with one ticket", n)
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(6 * time.Minute)
		if got := stolen.copied().see("/p"); got.status != 503 {
			t.Errorf("a visit that has ended began again: %d", got.status)
		}
	})
}

// Where cookies are refused the ticket travels in the address: of the waiting
// page, its status, its buttons. It gets in with it, and the shop, other hosts
// and caches do not see it.
func TestTheLineWorksWithoutCookies(t *testing.T) {
	story(t, func(w *world) {
		s := one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		v.refuses = true
		got := v.see("/p?size=m")
		next, status := got.says("page"), got.says("status")
		if got.says("elsewhere") == "" || !strings.HasPrefix(next, "/p?size=m&falo_t=") || !strings.Contains(status, "falo_t=") {
			t.Fatalf("no way on without cookies: %q, %q", next, status)
		}
		if p := got.header.Get("Referrer-Policy"); !strings.Contains(p, "origin") || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the waiting page's address may get about: %q", p)
		}
		got = v.see(next)
		if w.vitals("shop").InLine != 1 || got.says("page") != next {
			t.Errorf("coming back by the address does not count: %d in line, on to %q", w.vitals("shop").InLine, got.says("page"))
		}
		release(w)
		if got = v.script("GET", status); !strings.Contains(got.body, `"called"`) || !strings.Contains(got.body, "falo_t=") {
			t.Fatal(got.body)
		}
		got = v.see(next)
		if got.status != 200 || s.last().URL.RawQuery != "size=m" {
			t.Fatalf("%d; the shop was asked for %s", got.status, s.last().URL)
		}
		if got.header.Get("Referrer-Policy") != "same-origin" || !strings.Contains(strings.Join(got.header["Cache-Control"], ","), "private") {
			t.Errorf("the shop's page may give the ticket away: %v", got.header)
		}
		// The next page's Referer is the address with the ticket; see also world.end.
		v.do("GET", "/p", navigates, func(h http.Header) { h.Set("Referer", "http://a.example"+next) })
		if ref := s.last().Referer(); ref != "http://a.example/p?size=m" {
			t.Errorf("the shop saw the referer %q", ref)
		}
	})
}

// Who takes cookies gets an address without the ticket as soon as one came back,
// so that nobody copies his place to friends.
func TestTheAddressIsCleanWithCookies(t *testing.T) {
	story(t, func(w *world) {
		one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		next := v.see("/p?size=m").says("page")
		advance(time.Second)
		if got := v.see(next); got.status != 303 || got.header.Get("Location") != "/p?size=m" {
			t.Errorf("%d to %q", got.status, got.header.Get("Location"))
		}
		if got := v.see("/p?size=m"); got.says("elsewhere") != "" || strings.Contains(got.says("status"), "falo_t") {
			t.Error("the ticket is still in the addresses")
		}
		// From the link in the page, in another browser, which may keep cookies.
		open := "/.falochron/open?t=" + v.jar[ticket.WaitingCookie]
		other := w.visitor("a.example")
		if got := other.see(open); got.status != 303 || !strings.HasPrefix(got.header.Get("Location"), "/p?size=m&falo_t=") || other.jar[ticket.WaitingCookie] == "" {
			t.Errorf("%d to %q", got.status, got.header.Get("Location"))
		}
		if n := w.vitals("shop").InLine; n != 1 {
			t.Errorf("%d in line", n)
		}
	})
}

// No address of ours leads off the host.
func TestNoOpenRedirect(t *testing.T) {
	story(t, func(w *world) {
		one(w, falochron.ModeAuto)
		v := w.visitor("a.example")
		for _, to := range []string{
			"https://evil.example/", "//evil.example", "/\\evil.example", "/%5Cevil.example", "\\\\evil", "javascript:alert(1)",
			"/%09/evil.example", "%2F%2Fevil.example", "/%0d%0aLocation:%20http://evil", "http:evil", "", "/.falochron/wait%3Fto=/",
			"///evil.example", "/%0a/evil.example?falo_t=x",
		} {
			got := v.see("/.falochron/wait?to=" + to)
			if at := got.header.Get("Location"); got.status != 303 || !strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.HasPrefix(at, "/\\") || strings.Contains(at, ".falochron") {
				t.Errorf("wait?to=%s: %d to %q", to, got.status, at)
			}
			got = v.see("/.falochron/open?t=" + to)
			if at := got.header.Get("Location"); got.status != 303 || at != "/" {
				t.Errorf("open?t=%s: %d to %q", to, got.status, at)
			}
		}
		// The clean address of a double slash would be another host.
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		f := w.visitor("a.example")
		f.see("/p")
		req := f.request("GET", "/")
		req.URL.Opaque = "//a.example//evil.example/x?falo_t=" + f.jar[ticket.WaitingCookie]
		if got := f.send(req); got.header.Get("Location") != "" {
			t.Errorf("led to %q", got.header.Get("Location"))
		}
	})
}

// Leaving and staying are done by a form of our own page, never by a link or by
// another site.
func TestOnlyTheFanLeaves(t *testing.T) {
	story(t, func(w *world) {
		one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		v.see("/p")
		v.see("/p")
		foreign := func(h http.Header) {
			navigates(h)
			h.Set("Sec-Fetch-Site", "cross-site")
			h.Set("Origin", "https://evil.example")
		}
		old := func(h http.Header) { h.Set("Accept", "text/html"); h.Set("Origin", "https://evil.example") }
		for _, what := range []string{"leave", "stay"} {
			if got := v.see("/.falochron/" + what); got.status != 405 {
				t.Errorf("GET %s: %d", what, got.status)
			}
			for _, as := range []func(http.Header){foreign, old} {
				if got := v.do("POST", "/.falochron/"+what, as); got.status != 403 {
					t.Errorf("another site's %s: %d", what, got.status)
				}
			}
		}
		if n := w.vitals("shop").InLine; n != 1 {
			t.Fatalf("%d in line after other sites' attempts", n)
		}
		v.form("/.falochron/leave")
		if n := w.vitals("shop").InLine; n != 0 || v.jar[ticket.WaitingCookie] != "" {
			t.Errorf("%d in line, ticket %q", n, v.jar[ticket.WaitingCookie])
		}
	})
}

// A line that is full says so, once and in one piece, to people and to scripts.
func TestAFullLineSaysSo(t *testing.T) {
	story(t, func(w *world) {
		w.cfg = fullLine
		one(w, falochron.ModeHold)
		for range 4 {
			v := w.visitor("a.example")
			v.see("/p")
			v.see("/p")
		}
		for _, got := range []reply{w.visitor("a.example").see("/p"), w.visitor("a.example").script("GET", "/p")} {
			if got.status != 503 || got.state() != "" || got.header.Get("Retry-After") == "" || strings.Count(got.body, "waiting_room") > 0 {
				t.Errorf("%d %s %s", got.status, got.state(), got.body)
			}
		}
	})
}

func fullLine(c *edge.ShopConfig) {
	c.Line.MaxOutstanding = 4
	c.NoCohorts = true // or the last two places would be for those who pass a test
}
