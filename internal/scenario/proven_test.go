package scenario

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// provenPages is what is known of a shop that nobody has described after a comparison
// that passed at some time.
func provenPages(at time.Time) falochron.Sharing {
	return falochron.Sharing{Platform: preset.GenericName, Kinds: []falochron.SharedKind{{Name: "page", Unproven: true, Checked: at, Passed: true}}}
}

// At a shop that nobody has described a page of which the shop says nothing is shared
// while a comparison shows that it is alike, with whoever brings nothing by which the shop could
// know him; and what the shop forbids, or gives with a cookie, never.
func TestAnUnknownShopsPagesAreSharedWhileProven(t *testing.T) {
	with := func(field, value string) func(http.Header) { return func(h http.Header) { h.Set(field, value) } }
	nothing := func(http.Header) {}
	for name, c := range map[string]struct {
		known  func(now time.Time) falochron.Sharing // nil = proven
		path   string                                // "" = a page
		says   string                                // a field of the answer
		asks   func(http.Header)
		before func(v *visitor)
		shared bool
	}{
		"proven":                      {shared: true},
		"click ids":                   {path: "/p?fbclid=1", shared: true},
		"cookies of others":           {asks: with("Cookie", "_ga=GA1.1.1; _fbp=fb.1"), shared: true},
		"a cookie of the shop's":      {asks: with("Cookie", "lang=pl")},
		"both":                        {asks: with("Cookie", "_ga=GA1.1.1; cart=")},
		"credentials":                 {asks: with("Authorization", "Basic b2xhOm9sYQ==")},
		"changed something":           {before: func(v *visitor) { v.form("/dodaj") }},
		"saw the cart":                {before: func(v *visitor) { v.see("/koszyk") }},
		"nothing is known":            {known: func(time.Time) falochron.Sharing { return falochron.Sharing{Platform: preset.GenericName} }},
		"proven long ago":             {known: func(now time.Time) falochron.Sharing { return provenPages(now.Add(-25 * time.Hour)) }},
		"differs":                     {known: func(now time.Time) falochron.Sharing { return not(provenPages(now), false) }},
		"made for one visitor":        {known: func(now time.Time) falochron.Sharing { return not(provenPages(now), true) }},
		"no-store":                    {says: "Cache-Control: no-store"},
		"private":                     {says: "Cache-Control: private, max-age=60"},
		"no-cache":                    {says: "Cache-Control: no-cache"},
		"over":                        {says: "Expires: 0"},
		"Pragma":                      {says: "Pragma: no-cache"},
		"a session":                   {says: "Set-Cookie: PHPSESSID=x"},
		"by a cookie nobody has":      {says: "Vary: Cookie", shared: true},
		"a session in the address":    {path: "/p?PHPSESSID=5f0a1c07be52d4683f9a1c07be52d468"},
		"a link that is one's own":    {path: "/p/5f0a1c07be52d4683f9a1c07be52d468"},
		"data that scripts read":      {path: "/api/products"},
		"a script's":                  {asks: with("Sec-Fetch-Mode", "cors")},
		"a script's, whose cart":      {asks: func(h http.Header) { h.Set("Sec-Fetch-Mode", "cors"); h.Set("X-Cart-Token", "5") }},
		"a piece, old browser":        {asks: func(h http.Header) { h.Del("Sec-Fetch-Mode"); h.Set("Accept", "*/*"); h.Set("Hx-Request", "true") }},
		"a page, old browser":         {asks: func(h http.Header) { h.Del("Sec-Fetch-Mode") }, shared: true},
		"data":                        {says: "Content-Type: application/json"},
		"a list to take home":         {says: "Content-Type: text/csv"},
		"of no type":                  {says: "Content-Type: "},
		"a session in the path":       {path: "/p/(S(lit3py55t21z5v55vlm25s55))/pomadka"},
		"a session behind the path":   {path: "/p/pomadka;jsessionid=1A530637289A03B07199A44E8D531427"},
		"a session by another name":   {path: "/p?osCsid=k3j5h2k1m4n6p7q8r9s0t1u2v3"},
		"public, and known to nobody": {known: func(time.Time) falochron.Sharing { return falochron.Sharing{Platform: preset.GenericName} }, says: "Cache-Control: public, max-age=50", shared: true},
		"public, with a cookie":       {says: "Cache-Control: public, max-age=50", asks: with("Cookie", "lang=pl"), shared: true},
	} {
		story(t, func(w *world) {
			var made atomic.Int64
			software(w, preset.GenericName, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if strings.HasPrefix(r.URL.Path, "/p") || strings.HasPrefix(r.URL.Path, "/api") {
					made.Add(1)
					if field, value, ok := strings.Cut(c.says, ": "); ok {
						w.Header().Set(field, value)
					}
				}
				_, _ = w.Write([]byte("<html><head></head><body>page</body></html>"))
			})
			known := provenPages
			if c.known != nil {
				known = c.known
			}
			w.edge.SetSharing("shop", known(time.Now()))
			asks := nothing
			if c.asks != nil {
				asks = c.asks
			}
			path := c.path
			if path == "" {
				path = "/p"
			}
			const people = 8
			for range people {
				v := w.visitor("a.example")
				if c.before != nil {
					c.before(v)
				}
				if got := v.do("GET", path, navigates, asks); got.status != 200 {
					t.Fatalf("%s: %d %q", name, got.status, got.state())
				}
			}
			if n := made.Load(); c.shared && n > 2 || !c.shared && n < people {
				t.Errorf("%s: made %d times for %d people, shared should be %v", name, n, people, c.shared)
			}
		})
	}
}

// What was found at one address proves nothing of the shop at another, be it after a
// reload of the configuration or from before a restart.
func TestAnUnknownShopIsProvenWhereItStands(t *testing.T) {
	for how, moves := range map[string]func(w *world, s *shop){
		"stays": func(w *world, s *shop) { w.reload(falochron.ModeAuto, origin.Config{}) },
		"moves": func(w *world, s *shop) {
			s.address = "elsewhere.example:80"
			w.reload(falochron.ModeAuto, origin.Config{})
		},
		"from before": func(w *world, s *shop) {
			known, _ := w.edge.Sharing("shop")
			known.Origin = "http://elsewhere.example:80"
			w.edge.SetSharing("shop", known)
		},
	} {
		story(t, func(w *world) {
			s := software(w, preset.GenericName, func(http.ResponseWriter, *http.Request) {})
			w.edge.SetSharing("shop", provenPages(time.Now()))
			moves(w, s)
			known, _ := w.edge.Sharing("shop")
			if may, why := known.Kinds[0].MayShare(time.Now()); may != (how == "stays") || !known.Kinds[0].Unproven || known.Origin != "http://"+s.address {
				t.Errorf("%s: shared %v, %q: %+v", how, may, why, known)
			}
			// What is known goes on being known, as after each comparison.
			known.Kinds = provenPages(time.Now()).Kinds
			w.edge.SetSharing("shop", known)
			known, _ = w.edge.Sharing("shop")
			if may, why := known.Kinds[0].MayShare(time.Now()); !may {
				t.Errorf("%s: compared there, and %q", how, why)
			}
		})
	}
}

// A redirect was not compared: it may give each visitor a session in his address.
func TestARedirectOfAnUnknownShopIsNotShared(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, says := range []string{"", "max-age=60"} {
			story(t, func(w *world) {
				var made atomic.Int64
				software(w, preset.GenericName, func(w http.ResponseWriter, r *http.Request) {
					if strings.HasPrefix(r.URL.Path, "/p") {
						if says != "" {
							w.Header().Set("Cache-Control", says)
						}
						w.Header().Set("Location", "/s/"+strconv.FormatInt(made.Add(1), 10)+"/p")
						w.Header().Set("Content-Type", "text/html")
						w.WriteHeader(status)
					}
				})
				w.edge.SetSharing("shop", provenPages(time.Now()))
				given := map[string]bool{}
				for range 4 {
					to := w.visitor("a.example").see("/p").header.Get("Location")
					if given[to] || to == "" {
						t.Errorf("%d %q: %q was given before", status, says, to)
					}
					given[to] = true
				}
			})
		}
	}
}

// Who comes to an unknown shop by an affiliate network's link shares its page, and is
// still a stranger afterwards; when he changes something, the shop first sees his link.
func TestAClickAtAnUnknownShop(t *testing.T) {
	story(t, func(w *world) {
		var asked sync.Map // address → how often, as it came
		var last atomic.Value
		software(w, preset.GenericName, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			n, _ := asked.LoadOrStore(r.URL.RequestURI(), new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
			last.Store(r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Cookie"))
			if number := r.URL.Query().Get("awc"); number != "" {
				w.Header().Set("Set-Cookie", "click="+number)
			}
			_, _ = w.Write([]byte("<html><head></head><body>page</body></html>"))
		})
		times := func(address string) int64 {
			n, ok := asked.Load(address)
			if !ok {
				return 0
			}
			return n.(*atomic.Int64).Load()
		}
		w.edge.SetSharing("shop", provenPages(time.Now()))
		w.visitor("a.example").see("/p")
		for _, number := range []string{"1", "2"} {
			v := w.visitor("a.example")
			v.see("/p?awc=" + number)
			v.see("/p")
			if n := times("/p"); n != 1 {
				w.Errorf("%s: the page was made %d times", number, n)
			}
			if n := times("/p?awc=" + number); n != 0 {
				w.Errorf("%s: the shop was asked %d times before he did anything", number, n)
			}
			v.form("/dodaj")
			if n := times("/p?awc=" + number); n != 1 {
				w.Errorf("%s: the shop has heard of his click %d times", number, n)
			}
			if got, want := last.Load(), "POST /dodaj click="+number; got != want {
				w.Errorf("the shop was then asked %q, want %q", got, want)
			}
		}
	})
}

// not is what is known when a comparison did not pass.
func not(s falochron.Sharing, harm bool) falochron.Sharing {
	s.Kinds[0].Passed, s.Kinds[0].Harm = false, harm
	return s
}
