package toyshop

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// poke asks with header fields and a raw target, as no browser would.
func (s *stage) poke(method, target string, fields ...string) (int, string, http.Header) {
	r := httptest.NewRequest(method, "http://shop.test/", strings.NewReader(""))
	u, err := r.URL.Parse(target)
	if err != nil {
		s.Fatal(err)
	}
	r.URL = u
	r.Header.Set("User-Agent", browserAgent)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String(), rec.Result().Header
}

// A gullible shop prints the host it is told into links, serves another address
// than was asked for, obeys another method, and finds the account behind the
// name of a style sheet. A shop that is not does none of it.
func TestGullibleShops(t *testing.T) {
	for _, gullible := range []bool{false, true} {
		eachGuise(t, Config{Gullible: gullible}, func(t *testing.T, s *stage, p Places) {
			_, home, _ := s.poke("GET", p.Home.Path)
			believes := map[string]bool{}
			for _, name := range []string{"X-Forwarded-Host", "X-Host"} {
				_, body, _ := s.poke("GET", p.Home.Path, name, "evil.example")
				believes[name] = strings.Contains(body, "evil.example")
			}
			words := p.Words("swieca-molo", "ola@example.com")
			product := words.fill("/products/{product}", nil)
			if p.Kind != Calls {
				product = words.fill(p.Product.Path, nil)
			}
			_, _, _ = s.poke("GET", product)
			for _, name := range []string{"X-Original-URL", "X-Rewrite-URL"} {
				_, body, _ := s.poke("GET", p.Home.Path, name, product)
				believes[name] = strings.Contains(body, `data-product="swieca-molo"`)
			}
			_, posted, _ := s.poke("GET", product, "X-HTTP-Method-Override", "DELETE")
			_, got, _ := s.poke("GET", product)
			believes["a method"] = posted != got || p.As == "prestashop" && gullible // its pages differ anyway
			if path := words.fill(p.Category.Path, nil); !strings.Contains(path, "?") && p.Kind != Calls && p.As != "shopware6" {
				for _, odd := range []string{"/x.css", ";jsessionid=1", "%2fnothing%2f..", "%00.css"} {
					if p.As == "openmage" || p.As == "magento2" {
						continue // their names of pages end in .html
					}
					_, body, _ := s.poke("GET", strings.TrimSuffix(path, "/")+odd)
					believes[odd] = strings.Contains(body, "<h1>Zapachy</h1>")
				}
			}
			if len(home) == 0 {
				t.Error("no home")
			}
			for what, does := range believes {
				if does != gullible && what != "a method" {
					t.Errorf("gullible %v: %s is believed: %v", gullible, what, does)
				}
			}
		})
	}
}

func TestAMethodOfAFieldIsObeyed(t *testing.T) {
	for _, gullible := range []bool{false, true} {
		asGuise(t, "opencart", Config{Gullible: gullible}, func(t *testing.T, s *stage, p Places) {})
		asGuise(t, "saleor", Config{Gullible: gullible}, func(t *testing.T, s *stage, p Places) {
			status, _, _ := s.poke("GET", "/graphql/", "X-HTTP-Method-Override", "PUT")
			if (status == http.StatusMethodNotAllowed) != gullible {
				t.Errorf("gullible %v: %d", gullible, status)
			}
		})
		inShop(t, Config{Gullible: gullible}, func(t *testing.T, s *stage) {
			status, _, _ := s.poke("GET", "/koszyk/dodaj", "X-HTTP-Method-Override", "POST")
			_, body, _ := s.poke("GET", "/", "X-Original-URL", "/produkt/swieca-molo")
			_, page, _ := s.poke("GET", "/konto/x.css")
			if strings.Contains(body, "data-product") != gullible || strings.Contains(page, "Twoje konto") != gullible {
				t.Errorf("the plain shop, gullible %v: %d", gullible, status)
			}
		})
	}
}

// A form in the body of a GET shapes what is shown, and the last of several
// parameters counts.
func TestFatGETs(t *testing.T) {
	for _, gullible := range []bool{false, true} {
		asGuise(t, "woocommerce", Config{Gullible: gullible}, func(t *testing.T, s *stage, p Places) {
			r := httptest.NewRequest("GET", "http://shop.test/?s=krem", strings.NewReader("s=evil"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			if strings.Contains(rec.Body.String(), "evil") != gullible {
				t.Errorf("gullible %v: %.300s", gullible, rec.Body)
			}
		})
	}
	asGuise(t, "woocommerce", Config{}, func(t *testing.T, s *stage, p Places) {
		if _, body, _ := s.poke("GET", "/?s=krem&s=mgla"); !strings.Contains(body, "Wyniki: „mgla”") {
			t.Error("PHP takes the last of two parameters")
		}
	})
}

func TestLaxPaths(t *testing.T) {
	inShop(t, Config{Gullible: true}, func(t *testing.T, s *stage) {
		for path, want := range map[string]string{
			"/": "/", "/konto": "/konto", "/konto/": "/konto/", "/konto/x.css": "/konto", "/konto;x": "/konto", "//konto": "/konto",
			`/konto\x.js`: "/konto", "/a/../konto": "/konto", "/konto\x00.css": "/konto", "/konto/./x": "/konto/x", "": "/", "/..": "/",
			"/static/sklep.css": "/static/sklep.css", "/../../static/sklep.css": "/static/sklep.css", "/a;b/c;d.css": "/a/c",
		} {
			if got := s.lax(path); got != want {
				t.Errorf("%q read as %q, want %q", path, got, want)
			}
		}
	})
}

// throw sends whatever net/http would let through.
func (s *stage) throw(method, target, body, field, value string) {
	r, err := http.NewRequest(method, "http://shop.test/", strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if r.URL, err = r.URL.Parse(target); err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Add(field, value)
	r.RemoteAddr = "192.0.2.1:1234"
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	if rec.Code == http.StatusInternalServerError && s.guise.name != "evershop" {
		s.Errorf("%s %q %q %q: %s", method, target, field, value, rec.Body)
	}
}
