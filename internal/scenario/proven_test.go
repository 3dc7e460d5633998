package scenario

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
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

// not is what is known when a comparison did not pass.
func not(s falochron.Sharing, harm bool) falochron.Sharing {
	s.Kinds[0].Passed, s.Kinds[0].Harm = false, harm
	return s
}
