package scenario

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/preset"
)

// RFC 9211 section 2: "The Cache-Status HTTP response header field indicates how caches
// have handled that response and its corresponding request." Section 2.2: "Fwd [...]
// Indicates that the request went forward towards the origin [...] method - The request
// method's semantics require the request to be forwarded"; section 2.1: "The hit
// parameter and the fwd parameter are exclusive".
//
// Every answer has our member, with a reason: the cache's, the shop's, and our own.
func TestCacheStatusOnEveryAnswer(t *testing.T) {
	prefetch := func(h http.Header) { h.Set("Sec-Purpose", "prefetch") }
	robot := func(h http.Header) { h.Set("User-Agent", "Googlebot/2.1") }
	signed := func(h http.Header) { h.Set("Authorization", "Basic b2xhOm9sYQ==") }
	type ask struct {
		method, path string
		with         func(http.Header)
	}
	page := func(path string) ask { return ask{"GET", path, navigates} }
	for name, c := range map[string]struct {
		mode falochron.Mode
		down bool
		ask  ask
		want string // of our member, after "falochron; "
	}{
		"a page":              {ask: page("/p"), want: `fwd=uri-miss; fwd-status=200; ttl=\d+; stored; detail=micro`},
		"signed in":           {ask: ask{"GET", "/p", signed}, want: "fwd=bypass; detail=authorization"},
		"the cart":            {ask: page("/koszyk/"), want: "fwd=bypass; detail=cart"},
		"the cart, ahead":     {ask: ask{"GET", "/koszyk/", prefetch}, want: "fwd=bypass; detail=cart"},
		"the till, robot":     {ask: ask{"GET", "/checkout/", robot}, want: "fwd=bypass; detail=checkout"},
		"an account":          {ask: page("/moje-konto/"), want: "fwd=bypass; detail=cart"},
		"the back office":     {ask: page("/wp-admin/"), want: "fwd=bypass; detail=admin"},
		"a callback":          {ask: ask{"POST", "/?wc-api=WC_Gateway_Payu", nil}, want: "fwd=method; detail=callback"},
		"a form":              {ask: ask{"POST", "/p", navigates}, want: "fwd=method; detail=cart"},
		"PUT":                 {ask: ask{"PUT", "/p", navigates}, want: "fwd=method; detail=cart"},
		"OPTIONS":             {ask: ask{"OPTIONS", "/p", navigates}, want: "fwd=method; detail=method"},
		"mode off":            {mode: falochron.ModeOff, ask: page("/p"), want: "fwd=bypass; detail=mode-off"},
		"mode watch":          {mode: falochron.ModeWatch, ask: page("/koszyk/"), want: "fwd=bypass; detail=mode-watch"},
		"mode shop":           {mode: falochron.ModeShop, ask: page("/p"), want: "fwd=bypass; detail=mode-shop"},
		"waiting":             {mode: falochron.ModeHold, ask: page("/koszyk/"), want: "detail=mode-hold"},
		"a script waits":      {mode: falochron.ModeHold, ask: ask{"POST", "/koszyk/", nil}, want: "detail=mode-hold"},
		"status":              {ask: page("/.falochron/status"), want: "detail=own-address"},
		"our script":          {ask: page("/.falochron/gate.js"), want: "detail=own-address"},
		"no such address":     {ask: page("/.falochron/none"), want: "detail=own-address"},
		"leaving":             {ask: ask{"POST", "/.falochron/leave", navigates}, want: "detail=own-address"},
		"dead, a page":        {down: true, ask: page("/p"), want: "fwd=uri-miss; detail=fill-failed"},
		"dead, the cart":      {down: true, ask: page("/koszyk/"), want: "fwd=bypass; detail=connect-failed"},
		"dead, a form":        {down: true, ask: ask{"POST", "/koszyk/", navigates}, want: "fwd=method; detail=connect-failed"},
		"a file that is none": {ask: ask{"GET", "/none.png", nil}, want: `fwd=uri-miss; fwd-status=404; ttl=\d+; stored; detail=missing`},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.cfg = func(s *edge.ShopConfig) {
					s.Platform, _ = preset.Named("woocommerce")
					if c.mode != 0 {
						s.Mode = c.mode
					}
				}
				s := serving(w, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					if r.URL.Path == "/none.png" {
						w.WriteHeader(http.StatusNotFound)
					}
				})
				if c.down {
					s.down()
				}
				var with []func(http.Header)
				if c.ask.with != nil {
					with = append(with, c.ask.with)
				}
				got := w.visitor("a.example").do(c.ask.method, c.ask.path, with...)
				says := got.header.Values("Cache-Status")
				if got.err != nil || len(says) != 1 || !regexp.MustCompile("^falochron; "+c.want+"$").MatchString(says[0]) {
					t.Errorf("%d %v %q, want %q", got.status, got.err, says, c.want)
				}
			})
		})
	}
}

// Of several caches on the way each says its own; ours is the last.
func TestCacheStatusBehindAnotherCache(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Status", "inner; hit")
			w.Header().Set("Content-Type", "text/html")
		})
		got := w.visitor("a.example").see("/koszyk/")
		if says := strings.Join(got.header.Values("Cache-Status"), ", "); says != "inner; hit, falochron; fwd=bypass; detail=cart" {
			t.Errorf("%q", says)
		}
	})
}

// A cart that a shop calls public is still the visitor's own when her browser fetches it
// ahead of time, or when she is taken for a robot: never the one that was made for nobody.
func TestACartAheadOfTimeIsHerOwn(t *testing.T) {
	for _, platform := range []string{preset.GenericName, "woocommerce", "evershop", "magento2"} {
		story(t, func(w *world) {
			w.cfg = func(s *edge.ShopConfig) { s.Platform, _ = preset.Named(platform) }
			serving(w, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Cache-Control", "public, max-age=60")
				who := "nobody"
				if c, err := r.Cookie("me"); err == nil {
					who = c.Value
				}
				_, _ = w.Write([]byte("cart of " + who))
			})
			people := map[string]*visitor{"ola": w.visitor("a.example"), "ala": w.visitor("a.example")}
			for who, v := range people {
				v.jar["me"] = who
				v.see("/koszyk") // has a place from now on
			}
			for _, path := range []string{"/koszyk", "/cart", "/checkout/cart/", "/checkout", "/account"} {
				for name, as := range map[string]func(http.Header){
					"prefetch":  func(h http.Header) { h.Set("Sec-Purpose", "prefetch;prerender") },
					"purpose":   func(h http.Header) { h.Set("Purpose", "prefetch") },
					"preview":   func(h http.Header) { h.Set("X-Purpose", "preview") },
					"firefox":   func(h http.Header) { h.Set("X-Moz", "prefetch") },
					"the app":   func(h http.Header) { h.Set("X-FB-HTTP-Engine", "Liger") },
					"a robot":   func(h http.Header) { h.Set("User-Agent", "Mozilla/5.0 (compatible; Testbot/1.0; +http://b.example)") },
					"as always": navigates,
				} {
					for range 2 {
						for who, v := range people {
							if got := v.do("GET", path, as); got.body != "cart of "+who {
								t.Errorf("%s: %s, by %s: %s is shown %q (%s)", platform, path, name, who, got.body, got.header.Get("Cache-Status"))
							}
						}
					}
				}
			}
			// What is no cart is still given to them from the store.
			v := w.visitor("a.example")
			v.do("GET", "/p.css", func(h http.Header) { h.Set("Sec-Purpose", "prefetch") })
			if got := v.do("GET", "/p.css", func(h http.Header) { h.Set("User-Agent", "Googlebot/2.1") }); !strings.Contains(got.header.Get("Cache-Status"), "hit") {
				t.Errorf("%s: a file: %s", platform, got.header.Get("Cache-Status"))
			}
			for range 2 { // of a shop that nobody has described, the first shows that it is public
				v.do("GET", "/p", func(h http.Header) { h.Set("Sec-Purpose", "prefetch") })
			}
			if got := v.do("GET", "/p", func(h http.Header) { h.Set("User-Agent", "Googlebot/2.1") }); !strings.Contains(got.header.Get("Cache-Status"), "hit") {
				t.Errorf("%s: a page: %s", platform, got.header.Get("Cache-Status"))
			}
		})
	}
}

// RFC 9111 section 5.2.2.5: "The no-store response directive indicates that a cache MUST
// NOT store any part of either the immediate request or the response and MUST NOT use the
// response to satisfy any other request." Section 5.2.2.7 says the same of private for a
// shared cache.
//
// A redirect that says so is never kept, even at the address of a file; that there is no
// such file is, for some seconds, where the shop's software is known: these shops forbid
// to store every error, and browsers ask for files such as /favicon.ico by themselves.
func TestForbiddenAtTheAddressOfAFile(t *testing.T) {
	for _, c := range []struct {
		platform string
		status   int
		says     string
		shared   bool
	}{
		{preset.GenericName, 302, "no-store, private", false},
		{preset.GenericName, 301, "private", false},
		{preset.GenericName, 302, "", false},
		{preset.GenericName, 301, "", false},
		{preset.GenericName, 404, "no-store, private", false},
		{preset.GenericName, 410, "private", false},
		{preset.GenericName, 404, "", true},
		{"woocommerce", 302, "no-store, private", false},
		{"woocommerce", 307, "private", false},
		{"woocommerce", 302, "", true},
		{"woocommerce", 404, "no-store, private", true},
		{"woocommerce", 410, "no-cache", true},
		{"woocommerce", 404, "", true},
	} {
		story(t, func(w *world) {
			w.cfg = func(s *edge.ShopConfig) { s.Platform, _ = preset.Named(c.platform) }
			n := 0
			serving(w, func(w http.ResponseWriter, r *http.Request) {
				n++
				w.Header().Set("Content-Type", "text/html")
				if c.says != "" {
					w.Header().Set("Cache-Control", c.says)
				}
				if c.status/100 == 3 {
					w.Header().Set("Location", "/login/"+strings.Repeat("x", n))
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(strings.Repeat("x", n)))
			})
			first := w.visitor("a.example").do("GET", "/redir/x.png")
			second := w.visitor("a.example").do("GET", "/redir/x.png")
			same := first.header.Get("Location") == second.header.Get("Location") && first.body == second.body
			if first.status != c.status || second.status != c.status || same != c.shared {
				t.Errorf("%+v: %d %q, then %d %q (%s)", c, first.status, first.body, second.status, second.body, second.header.Get("Cache-Status"))
			}
			advance(6 * time.Second)
			if third := w.visitor("a.example").do("GET", "/redir/x.png"); third.body == second.body {
				t.Errorf("%+v: still the same after six seconds", c)
			}
		})
	}
}
