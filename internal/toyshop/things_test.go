package toyshop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// thing finds what was seen of a path and a form of it.
func (t Things) thing(path, variant string) *Thing {
	for i := range t.Things {
		if t.Things[i].Path == path && t.Things[i].Variant == variant {
			return &t.Things[i]
		}
	}
	return &Thing{}
}

func (t Things) paths() (all []string) {
	for _, th := range t.Things {
		all = append(all, strings.TrimSpace(th.Path+" "+th.Variant))
	}
	return all
}

// visitDoor sends requests through the watched door of a shop. Each is "METHOD
// target" and, after a bar, header fields as "Name: value".
func visitDoor(s *stage, seen *sightings, requests ...string) {
	door := seen.watch(s.handler)
	for _, text := range requests {
		parts := strings.Split(text, " | ")
		method, target, _ := strings.Cut(parts[0], " ")
		r := httptest.NewRequest(method, target, nil)
		for _, field := range parts[1:] {
			name, value, _ := strings.Cut(field, ": ")
			r.Header.Add(name, value)
		}
		door.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// A thing is what the shop shows: whatever marks a link carries, they are
// requests for one.
func TestThingsAreWhatTheShopShows(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		seen := newSightings(s.Shop)
		etag := s.files.byPath["/static/sklep.css"].etag
		visitDoor(s, seen, "GET /static/sklep.css", "HEAD /static/sklep.css?utm_source=x", "GET /static/sklep.css?fbclid=1 | If-None-Match: "+etag,
			"GET /static/sklep.css | Cookie: toy_session="+newSession(), "GET /static/nothing.css", "POST /static/sklep.css", "GET /produkt/pomadka-bursztyn", "GET /")
		all := seen.all()
		if got := all.paths(); !slices.Equal(got, []string{"/static/sklep.css"}) {
			t.Fatalf("a plain shop's things: %v", got)
		}
		css := all.thing("/static/sklep.css", "")
		if len(css.Answered) != 4 || len(css.Failed) != 0 || css.FreshS != 3600 || css.Kind != "file" {
			t.Errorf("%+v", css)
		}
	})
	asGuise(t, "opencart", Config{}, func(t *testing.T, s *stage, _ Places) {
		seen := newSightings(s.Shop)
		const product = "/index.php?route=product/product&language=pl-pl&product_id=101"
		visitDoor(s, seen, "GET "+product, "GET "+product+"&igsh=MWa", "GET /index.php?gclid=2&product_id=101&language=pl-pl&route=product/product",
			"GET "+product+" | Cookie: currency=PLN; language=pl-pl; _ga=7", "GET "+product+" | Cookie: _ga=8",
			"GET "+product+" | Cookie: OCSESSID=0123456789abcdef0123456789", // somebody's own page
			"GET /index.php?route=checkout/cart&language=pl-pl", "GET /index.php?route=product/product&product_id=9")
		all := seen.all()
		one := "/index.php?language=pl-pl&product_id=101&route=product%2Fproduct"
		if got := all.paths(); !slices.Equal(got, []string{one, one + " currency=PLN; language=pl-pl"}) {
			t.Fatalf("%v", got)
		}
		if th := all.thing(one, ""); len(th.Answered) != 4 || th.Kind != "product" || th.FreshS != 0 {
			t.Errorf("%+v", th)
		}
		if th := all.thing(one, "currency=PLN; language=pl-pl"); len(th.Answered) != 1 {
			t.Errorf("%+v", th)
		}
	})
}

// What the shop could not answer has come all the same, but was no page.
func TestThingsThatFailed(t *testing.T) {
	asGuise(t, "woocommerce", Config{Workers: 1, Backlog: -1}, func(t *testing.T, s *stage, _ Places) {
		seen := newSightings(s.Shop)
		began := time.Now()
		done := make(chan struct{})
		go func() { defer close(done); visitDoor(s, seen, "GET /kategoria-produktu/zapachy/") }()
		time.Sleep(time.Millisecond)
		visitDoor(s, seen, "GET /kategoria-produktu/zapachy/?utm_source=story")
		<-done
		th := seen.all().thing("/kategoria-produktu/zapachy/", "")
		if len(th.Answered) != 1 || len(th.Failed) != 1 || th.Answered[0] != began.UnixMilli() || th.Failed[0] != began.UnixMilli()+1 {
			t.Errorf("%+v, began %d: a request counts when it comes", th, began.UnixMilli())
		}
	})
}

// In every guise the door knows the pages that are alike for all, and lets none
// pass for one that is somebody's own.
func TestThingsOfEachGuise(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		seen := newSightings(s.Shop)
		words := p.Words("pomadka-bursztyn", "ola@fans.example")
		visit := func(calls []Call) {
			for _, c := range calls {
				r, err := c.Request(t.Context(), "http://shop.test", words)
				if err != nil {
					t.Fatal(err)
				}
				r.RemoteAddr = "192.0.2.1:1"
				if r.Body == nil {
					r.Body = http.NoBody
				}
				seen.watch(s.handler).ServeHTTP(httptest.NewRecorder(), r)
			}
		}
		visit(p.Private)
		if all := seen.all(); len(all.Things) != 0 {
			t.Errorf("somebody's own: %v", all.paths())
		}
		visit(p.Shareable)
		for _, th := range seen.all().Things {
			if len(th.Answered) == 0 || len(th.Failed) > 0 || th.Kind == "file" {
				t.Errorf("%+v", th)
			}
		}
		if all := seen.all(); p.Kind == Pages && len(all.Things) < 3 {
			t.Errorf("only %v", all.paths())
		}
	})
}

// A front page that was asked for to have a session before something is put into
// the cart is no page for all; one that is looked at, or given to nobody, is.
func TestFrontPageForASession(t *testing.T) {
	for _, as := range []string{"evershop", "prestashop"} {
		asGuise(t, as, Config{}, func(t *testing.T, s *stage, p Places) {
			seen := newSightings(s.Shop)
			door := seen.watch(s.handler)
			ask := func(method, target string, with []*http.Cookie) []*http.Cookie {
				r := httptest.NewRequest(method, target, nil)
				for _, c := range with {
					r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
				}
				w := httptest.NewRecorder()
				door.ServeHTTP(w, r)
				return w.Result().Cookies()
			}
			front := func() []*http.Cookie { return ask("GET", "/", nil) }
			front() // for a cache that gives the session to nobody
			ask("GET", p.Static[0], front())
			ask("GET", "/", front())
			ask("POST", "/koszyk", ask("GET", "/kategoria", nil)) // not with the front page
			bought := front()
			ask("POST", "/koszyk", bought)
			ask("POST", "/koszyk", bought)
			ask("GET", "/moje-konto", front()) // a page of one's own
			if th := seen.all().thing("/", ""); len(th.Answered) != 3 || len(th.Opened) != 2 || len(seen.given) != 1 {
				t.Errorf("%s: %+v, %d sessions still out", as, th, len(seen.given))
			}
		})
	}
}

// Whatever comes, what is remembered is bounded, and what is not is told.
func TestThingsAreBounded(t *testing.T) {
	asGuise(t, "woocommerce", Config{}, func(t *testing.T, s *stage, _ Places) {
		seen := newSightings(s.Shop)
		seen.instants = maxInstants - 1
		visitDoor(s, seen, "GET /", "GET /")
		if all := seen.all(); all.Beyond != 1 || len(all.thing("/", "").Answered) != 1 {
			t.Errorf("%+v", all)
		}
		seen.instants = 0
		for i := range maxThings {
			seen.things[thingKey{path: "/" + itoa(i)}] = &Thing{}
		}
		visitDoor(s, seen, "GET /?s=krem")
		if all := seen.all(); all.Beyond != 2 || len(all.Things) != maxThings+1 {
			t.Errorf("%d things, %d beyond", len(all.Things), all.Beyond)
		}
	})
}

// Backstage of a shop that runs tells of them; its visitors hear nothing.
func TestThingsBackstage(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := run(t, Config{Data: InMemory, Pace: 0.001})
	get := func(url string) string {
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	get(r.shop + "/static/sklep.js")
	if text := get(r.backstage + "/things"); !strings.Contains(text, `"path":"/static/sklep.js"`) || !strings.Contains(text, `"fresh_s":3600`) {
		t.Error(text)
	}
	if text := get(r.shop + "/things"); strings.Contains(text, "fresh_s") {
		t.Error("visitors see it")
	}
}
