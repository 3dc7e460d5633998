package toyshop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// inShop runs a test with a shop in memory, in a bubble where time costs
// nothing. The provider's notices go straight to the shop's handler.
func inShop(t *testing.T, cfg Config, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Data, cfg.PublicURL = InMemory, "http://shop.test"
		shop, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{T: t, Shop: shop, handler: shop.Handler()}
		shop.provider.client.Transport = roundTrip(s.notice)
		defer func() {
			if err := shop.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, s)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A stage is a shop under test.
type stage struct {
	*testing.T
	*Shop
	handler http.Handler
	// intercept, if set, may answer a notice itself with a status other than 0.
	intercept func(*http.Request) int
}

func (s *stage) notice(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if s.intercept != nil {
		if status := s.intercept(r); status != 0 {
			rec.WriteHeader(status)
			return rec.Result(), nil
		}
	}
	s.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

func (s *stage) stats() Stats {
	synctest.Wait() // a worker is counted free after its visitor has the page
	s.Helper()
	st, err := s.Stats(true)
	if err != nil {
		s.Fatal(err)
	}
	return st
}

// A fan is a browser with one cookie.
type fan struct {
	s       *stage
	session string
	json    bool
	ctx     context.Context // nil: stays
}

func (f *fan) get(path string) *http.Response { return f.do(http.MethodGet, path, nil) }
func (f *fan) post(path string, form ...string) *http.Response {
	v := url.Values{}
	for i := 0; i < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return f.do(http.MethodPost, path, v)
}

func (f *fan) do(method, path string, form url.Values) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if f.session != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: f.session})
	}
	if f.json {
		r.Header.Set("Accept", "application/json")
	}
	if f.ctx != nil {
		r = r.WithContext(f.ctx)
	}
	rec := httptest.NewRecorder()
	f.s.handler.ServeHTTP(rec, r)
	res := rec.Result()
	for _, c := range res.Cookies() {
		if c.Name == sessionCookie {
			f.session = c.Value
		}
	}
	return res
}

func (f *fan) add(slug string) *http.Response {
	return f.post("/koszyk/dodaj", "product", slug, "qty", "1")
}

func (f *fan) order(email string) *http.Response {
	return f.post("/zamowienie", "name", "Ola Fala", "email", email, "blik", "123456")
}

func body(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func want(t testing.TB, res *http.Response, status int) string {
	t.Helper()
	b := body(t, res)
	if res.StatusCode != status {
		t.Fatalf("status %d, want %d: %s", res.StatusCode, status, b)
	}
	return b
}

func TestPagesSayWhatCachesMayDo(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		f := &fan{s: s}
		for _, path := range []string{"/", "/kategoria/usta", "/produkt/pomadka-bursztyn?fbclid=x", "/szukaj?q=roz"} {
			res := f.get(path)
			page := want(t, res, 200)
			if cc, ok := res.Header["Cache-Control"]; ok {
				t.Errorf("%s: Cache-Control %q, want none at all", path, cc)
			}
			if len(res.Cookies()) > 0 || !strings.Contains(page, `<body data-visitor="">`) {
				t.Errorf("%s is personal before there is a cart", path)
			}
			if res.ContentLength != int64(len(page)) {
				t.Errorf("%s: Content-Length %d, body %d", path, res.ContentLength, len(page))
			}
		}
		add := f.add("pomadka-bursztyn")
		want(t, add, 303)
		c := add.Cookies()[0]
		if c.Name != sessionCookie || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("session cookie %v", c)
		}
		for _, path := range []string{"/koszyk", "/zamowienie", "/zamowienie/dziekujemy?nr=1", "/konto"} {
			res := f.get(path)
			page := want(t, res, 200)
			if cc := res.Header.Get("Cache-Control"); cc != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, cc)
			}
			if !strings.Contains(page, `data-visitor="`+Tag(f.session)+`"`) {
				t.Errorf("%s does not say whose it is", path)
			}
		}
		if page := want(t, f.get("/"), 200); !strings.Contains(page, `data-visitor="`+Tag(f.session)+`"`) {
			t.Error("home does not say whose it is")
		}
		want(t, f.get("/nie-ma"), 404)
		want(t, f.get("/produkt/nie-ma"), 404)
		want(t, f.get("/kategoria/nie-ma"), 404)
	})
}

// Each page has one style sheet, one script and up to three pictures, all of
// which are there and small.
func TestPagesBringTheirAssets(t *testing.T) {
	asset := regexp.MustCompile(`(?:src|href)="(/(?:static|obrazy)/[^"]+)"`)
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		f := &fan{s: s}
		for _, path := range []string{"/", "/kategoria/zestawy", "/produkt/perfumy-sztorm", "/szukaj?q=a"} {
			page := want(t, f.get(path), 200)
			n := map[string]int{}
			for _, m := range asset.FindAllStringSubmatch(page, -1) {
				n[m[1][strings.LastIndexByte(m[1], '.'):]]++
				res := f.get(m[1])
				want(t, res, 200)
				if res.Header.Get("Cache-Control") != "public, max-age=3600" || res.Header.Get("ETag") == "" {
					t.Errorf("%s: headers %v", m[1], res.Header)
				}
			}
			if n[".css"] != 1 || n[".js"] != 1 || n[".svg"] != 3 {
				t.Errorf("%s refers to %v", path, n)
			}
		}
		if st := s.stats(); st.Served["home"] != 1 || st.Served["static"] != 20 || st.Busy != 0 {
			t.Errorf("stats %+v", st)
		}
		r := httptest.NewRequest("GET", "/static/sklep.css", nil)
		r.Header.Set("If-None-Match", f.get("/static/sklep.css").Header.Get("ETag"))
		rec := httptest.NewRecorder()
		s.handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusNotModified {
			t.Errorf("a known asset is sent again: %d", rec.Code)
		}
		want(t, f.get("/obrazy/nie-ma.svg"), 404)
	})
}

func TestCart(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		f := &fan{s: s, json: true}
		if b := want(t, f.add("puder-mgla"), 200); b != `{"count":1,"items":["puder-mgla"],"ok":true}` {
			t.Errorf("script is told %s", b)
		}
		for range 12 {
			f.add("puder-mgla")
		}
		want(t, f.add("tusz-czarna-fala"), 200)
		page := want(t, f.get("/koszyk"), 200)
		if !strings.Contains(page, `data-item="puder-mgla" data-qty="10"`) || !strings.Contains(page, `data-item="tusz-czarna-fala" data-qty="1"`) {
			t.Errorf("cart page: %s", page)
		}
		want(t, f.post("/koszyk/usun", "product", "puder-mgla"), 303)
		if page := want(t, f.get("/koszyk"), 200); strings.Contains(page, "puder-mgla") {
			t.Error("removed article is still in the cart")
		}
		want(t, f.add("nie-ma"), 404)
		want(t, f.post("/koszyk/dodaj", "product", "puder-mgla", "qty", "11"), 400)
		want(t, f.post("/koszyk/dodaj", "product", "puder-mgla", "qty", "-1"), 400)
		want(t, (&fan{s: s}).get("/zamowienie"), 303)
		want(t, (&fan{s: s}).order("a@example.com"), 303) // to the empty cart
		if st := s.stats(); st.Orders != 0 {
			t.Error("an empty cart was ordered")
		}
		bad := f.post("/zamowienie", "name", "Ola", "email", "ola", "blik", "123456")
		if b := want(t, bad, 422); !strings.Contains(b, "adres e-mail") {
			t.Errorf("bad address: %s", b)
		}
	})
}

// Sixty buyers, five pieces.
func TestOversell(t *testing.T) {
	for _, race := range []bool{false, true} {
		t.Run(fmt.Sprint("race=", race), func(t *testing.T) {
			inShop(t, Config{Stock: 5, RaceStock: race, Workers: 32}, func(t *testing.T, s *stage) {
				statuses := s.rush(60, "pomadka-bursztyn")
				st := s.stats()
				if race {
					if st.Oversold == 0 {
						t.Error("the planted bug does not show: nothing oversold")
					}
					return
				}
				if st.Oversold != 0 || st.Orders != 5 || len(st.Charges) != 5 || statuses[303] != 5 || statuses[409] != 55 {
					t.Errorf("oversold %d, %d orders, %d charges, answers %v", st.Oversold, st.Orders, len(st.Charges), statuses)
				}
				late := &fan{s: s, json: true}
				if b := want(t, late.add("pomadka-bursztyn"), 409); !strings.Contains(b, "wyprzedane") {
					t.Errorf("sold out in the cart: %s", b)
				}
				if page := want(t, late.get("/produkt/pomadka-bursztyn"), 200); !strings.Contains(page, `id="sold-out"`) {
					t.Error("the product page hides that it is sold out")
				}
			})
		})
	}
}

// rush has n fans order the same article at the same moment.
func (s *stage) rush(n int, slug string) map[int]int {
	var carts, orders sync.WaitGroup
	fans := make([]*fan, n)
	for i := range fans {
		fans[i] = &fan{s: s}
		carts.Go(func() { fans[i].add(slug) })
	}
	carts.Wait()
	var mu sync.Mutex
	statuses := map[int]int{}
	for i, f := range fans {
		orders.Go(func() {
			res := f.order(fmt.Sprintf("fan%d@example.com", i))
			mu.Lock()
			defer mu.Unlock()
			statuses[res.StatusCode]++
		})
	}
	orders.Wait()
	return statuses
}

// Somebody hammers on "buy".
func TestDoubleSubmission(t *testing.T) {
	for _, race := range []bool{false, true} {
		t.Run(fmt.Sprint("race=", race), func(t *testing.T) {
			inShop(t, Config{RaceStock: race, Workers: 64}, func(t *testing.T, s *stage) {
				f := &fan{s: s}
				f.add("perfumy-sztorm")
				var clicks sync.WaitGroup
				var places [60]string
				for i := range places {
					clicks.Go(func() { places[i] = f.order("ola@example.com").Header.Get("Location") })
				}
				clicks.Wait()
				st := s.stats()
				if race {
					if st.DoubleBooked == 0 {
						t.Error("the planted bug does not show: nothing booked twice")
					}
					return
				}
				if st.Orders != 1 || st.DoubleBooked != 0 || len(st.Charges) != 1 {
					t.Errorf("%d orders, %d double, %d charges", st.Orders, st.DoubleBooked, len(st.Charges))
				}
				for _, p := range places {
					if p != "/zamowienie/dziekujemy?nr=1" {
						t.Errorf("sent to %v", places)
					}
				}
				// The next cart is a new one.
				f.add("perfumy-sztorm")
				f.order("ola@example.com")
				if st := s.stats(); st.Orders != 2 || st.DoubleBooked != 0 {
					t.Errorf("second cart: %d orders, %d double", st.Orders, st.DoubleBooked)
				}
			})
		})
	}
}

// A buyer closes the tab while the order is being made: it is booked and paid
// for all the same, as in life.
func TestOrderOfABuyerWhoLeft(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		f := &fan{s: s}
		f.add("swieca-molo")
		ctx, leave := context.WithCancel(t.Context())
		f.ctx = ctx
		over := make(chan bool)
		go func() { f.order("ola@example.com"); close(over) }()
		synctest.Wait()
		leave()
		<-over
		if st := s.stats(); st.Orders != 0 || st.Busy != 1 {
			t.Fatalf("before: %+v", st)
		}
		<-s.pool.whenIdle(false)
		if st := s.stats(); st.Orders != 1 || len(st.Charges) != 1 || st.Charges[0].Email != "ola@example.com" {
			t.Errorf("after: %+v", st)
		}
	})
}

func TestMixedVisitors(t *testing.T) {
	for _, mix := range []bool{false, true} {
		t.Run(fmt.Sprint("mix=", mix), func(t *testing.T) {
			inShop(t, Config{MixCarts: mix}, func(t *testing.T, s *stage) {
				mixed := 0
				var fans []*fan
				for i := range 8 {
					f := &fan{s: s}
					f.add(s.shelves.articles[i].Slug)
					fans = append(fans, f)
				}
				for range 4 {
					for _, f := range fans {
						for _, path := range []string{"/koszyk", "/"} {
							if !strings.Contains(want(t, f.get(path), 200), `data-visitor="`+Tag(f.session)+`"`) {
								mixed++
							}
						}
					}
				}
				if (mixed > 0) != mix {
					t.Errorf("%d of 64 pages were somebody else's", mixed)
				}
			})
		})
	}
}

func TestOthersSeeNothingOfAnOrder(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		f := &fan{s: s}
		f.add("swieca-molo")
		if loc := f.order("ola@example.com").Header.Get("Location"); loc != "/zamowienie/dziekujemy?nr=1" {
			t.Fatal(loc)
		}
		if page := want(t, f.get("/zamowienie/dziekujemy?nr=1"), 200); !strings.Contains(page, `data-order="1"`) || !strings.Contains(page, "ola@example.com") {
			t.Errorf("own order: %s", page)
		}
		other := &fan{s: s}
		other.add("swieca-molo")
		for _, o := range []*fan{other, {s: s}, {s: s, session: "NOT-A-SESSION"}} {
			if page := want(t, o.get("/zamowienie/dziekujemy?nr=1"), 200); strings.Contains(page, "ola@") || strings.Contains(page, "data-order") {
				t.Errorf("somebody else's order: %s", page)
			}
		}
	})
}

func TestBusyShopSaysSoAtOnce(t *testing.T) {
	inShop(t, Config{Workers: 1, Backlog: -1}, func(t *testing.T, s *stage) {
		var first sync.WaitGroup
		first.Go(func() { (&fan{s: s}).get("/") })
		synctest.Wait()
		if b := want(t, (&fan{s: s}).get("/"), 502); !strings.Contains(b, "502 Bad Gateway") {
			t.Error(b)
		}
		want(t, (&fan{s: s}).get("/static/sklep.js"), 200) // needs no worker
		first.Wait()
		if st := s.stats(); st.Refused502 != 1 || st.Served["home"] != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestTooLargeABodyIsRefused(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		r := httptest.NewRequest("POST", "/koszyk/dodaj", bytes.NewReader(make([]byte, maxBody+1)))
		rec := httptest.NewRecorder()
		s.handler.ServeHTTP(rec, r)
		if rec.Code != 400 {
			t.Errorf("status %d", rec.Code)
		}
	})
}
