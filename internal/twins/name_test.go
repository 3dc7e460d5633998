package twins

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A shop writes into its links the name in its configuration, or leads there: it is looked
// at under that, wherever it listens. Other shops' pages are not looked at.
func TestTheShopsOwnName(t *testing.T) {
	const page = `<!doctype html><html><body><a href="http://friends.example/a">x</a><a href="http://friends.example/b">x</a></body></html>`
	write := func(w http.ResponseWriter, body string) bool {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(body))
		return true
	}
	for _, q := range []struct {
		name, shop string
		instead    func(w http.ResponseWriter, r *http.Request) bool
		passed     bool
		asked      string // the last host that was asked for
		says       string // of the error
	}{
		{"links to its own name", "http://127.0.0.1:8081", nil, true, "shop.example", ""},
		{"asked under its own name", "http://shop.example", nil, true, "shop.example", ""},
		{"leads to its own name", "http://127.0.0.1:8081", func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host != "shop.example" {
				http.Redirect(w, r, "http://shop.example"+r.URL.RequestURI(), http.StatusMovedPermanently)
			}
			return r.URL.Host != "shop.example"
		}, true, "shop.example", ""},
		{"leads from one name to another without end", "http://127.0.0.1:8081", func(w http.ResponseWriter, r *http.Request) bool {
			to := map[bool]string{true: "http://a.example/", false: "http://127.0.0.1:8081/"}[r.URL.Host != "a.example"]
			http.Redirect(w, r, to, http.StatusFound)
			return true
		}, false, "a.example", "leads to another host, a.example"},
		{"links to friends only", "http://127.0.0.1:8081", func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host == "friends.example" { // whoever asks under their name is asked to go
				http.NotFound(w, r)
				return true
			}
			return write(w, page)
		}, false, "127.0.0.1:8081", ""},
		{"links to friends, and a page of its own", "http://127.0.0.1:8081", func(w http.ResponseWriter, r *http.Request) bool {
			return write(w, strings.Replace(page, "</body>", `<a href="/kontakt">x</a></body>`, 1))
		}, false, "127.0.0.1:8081", ""},
	} {
		t.Run(q.name, func(t *testing.T) {
			h := &harbour{instead: q.instead}
			r, err := look(t, h, func(c *Config) { c.Shop, _ = url.Parse(q.shop) })
			if (err != nil) != (q.says != "") || err != nil && !strings.Contains(err.Error(), q.says) {
				t.Errorf("%v", err)
			}
			for _, kind := range []string{"home", "category", "product"} {
				if k := kindNamed(r, kind); k.Passed != q.passed {
					t.Errorf("%s: %+v", kind, k)
				}
			}
			if host := h.asked[len(h.asked)-1].URL.Host; host != q.asked {
				t.Errorf("asked for %s at last", host)
			}
		})
	}
}
