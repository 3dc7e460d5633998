package toyshop

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// eachGuise runs a test against every imitation.
func eachGuise(t *testing.T, cfg Config, test func(t *testing.T, s *stage, p Places)) {
	for _, name := range Guises() {
		t.Run(name, func(t *testing.T) { asGuise(t, name, cfg, test) })
	}
}

func asGuise(t *testing.T, name string, cfg Config, test func(t *testing.T, s *stage, p Places)) {
	t.Helper()
	cfg.As = name
	p, err := Paths(name)
	if err != nil {
		t.Fatal(err)
	}
	inShop(t, cfg, func(t *testing.T, s *stage) { test(t, s, p) })
}

// A guest is a browser with a cookie jar and what it has learnt from pages.
type guest struct {
	t      testing.TB
	client *http.Client
	words  Words
	change func(*http.Request)
}

const browserAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

func (s *stage) guest(p Places, slug, email string) *guest {
	jar, _ := cookiejar.New(nil)
	return &guest{t: s.T, words: p.Words(slug, email), client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("User-Agent") == "" {
				r.Header.Set("User-Agent", browserAgent)
			}
			if r.RemoteAddr = r.Header.Get("Test-Address"); r.RemoteAddr == "" {
				r.RemoteAddr = "192.0.2.1:1234"
			}
			if r.Host == "" {
				r.Host = r.URL.Host
			}
			if r.Body == nil {
				r.Body = http.NoBody
			}
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			res := rec.Result()
			res.Request = r
			return res, nil
		}),
	}}
}

func (g *guest) do(c Call) (*http.Response, string) {
	g.t.Helper()
	res, body, err := c.Do(g.client, "http://shop.test", g.words, g.change)
	if err != nil {
		g.t.Fatal(err)
	}
	return res, string(body)
}

// all makes calls in order and returns the last answer.
func (g *guest) all(calls []Call) (res *http.Response, body string) {
	g.t.Helper()
	for _, c := range calls {
		res, body = g.do(c)
		if res.StatusCode >= 400 {
			g.t.Errorf("%s %s: %d %.300s", c.Name, res.Request.URL, res.StatusCode, body)
		}
	}
	return res, body
}

func (g *guest) cart(p Places) string {
	g.t.Helper()
	_, body := g.all(p.ReadCart)
	return body
}

// done reports whether an answer means a booked order.
func (p Places) done(res *http.Response, body string) bool {
	return strings.Contains(res.Header.Get("Location"), p.Done) || strings.Contains(body, p.Done)
}

func (p Places) ways() map[string][]Call {
	ways := map[string][]Call{"form": p.AddByForm, "script": p.AddByScript, "link": p.AddByLink, "list": p.AddFromList}
	for name, calls := range ways {
		if calls == nil {
			delete(ways, name)
		}
	}
	return ways
}

// quick is a way of adding that every imitation has.
func (p Places) quick() []Call {
	if p.AddByScript != nil {
		return p.AddByScript
	}
	return p.AddByForm
}

// A buyer goes the whole way, whichever way the article comes into the cart, and
// buys once; the shop hears of each payment, though the first notice is lost.
func TestEveryGuiseSells(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		orders, notices := 0, 0
		s.intercept = func(r *http.Request) int { // the first is lost: it is sent again
			if notices++; notices == 1 {
				return http.StatusBadGateway
			}
			return 0
		}
		for way, add := range p.ways() {
			g := s.guest(p, "swieca-molo", "ola@example.com")
			for _, c := range []Call{p.Home, p.Category, p.Product, p.Search} {
				res, body := g.do(c)
				if res.StatusCode != 200 || !strings.Contains(body, "wieca") && !strings.Contains(body, "Świeca") && c.Name != "search" {
					t.Errorf("%s: %d %.200s", c.Name, res.StatusCode, body)
				}
				if strings.Contains(body, "ola@") || strings.Contains(body, "data-item") {
					t.Errorf("%s is somebody's: %s", c.Name, body)
				}
			}
			g.all(p.Background)
			g.all(add)
			if body := g.cart(p); !strings.Contains(body, "swieca-molo") {
				t.Errorf("by %s: not in the cart: %s", way, body)
			}
			res, body := g.all(p.Order)
			if !p.done(res, body) {
				t.Errorf("by %s: not ordered: %d %v %.300s", way, res.StatusCode, res.Header, body)
			}
			orders++
			if _, body := g.all(p.Thanks); !strings.Contains(body, "ola@example.com") {
				t.Errorf("by %s: thanks say %s", way, body)
			}
			if body := g.cart(p); strings.Contains(body, "swieca-molo") {
				t.Errorf("by %s: still in the cart: %s", way, body)
			}
			st := s.stats()
			if st.Orders != orders || len(st.Charges) != orders || st.Charges[orders-1].Email != "ola@example.com" {
				t.Errorf("by %s: %+v", way, st)
			}
		}
		s.settleNotices()
		if st := s.stats(); st.Paid != orders || st.CallbacksConfirmed != orders || notices != orders+1 {
			t.Errorf("%d orders, paid %d, confirmed %d, %d notices", orders, st.Paid, st.CallbacksConfirmed, notices)
		}
	})
}

// settleNotices waits until the provider has nothing more to tell.
func (s *stage) settleNotices() { s.provider.running.Wait() }

// Files need no worker, what is nowhere is said to be nowhere, and a notice of
// payment without a signature is not believed.
func TestEveryGuiseHasItsFiles(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		g := s.guest(p, "swieca-molo", "ola@example.com")
		for _, path := range p.Static {
			res, _ := g.do(get("file", path))
			// Web servers that nobody has set up say only when a file was changed.
			caching, changed := "public, max-age=3600", ""
			if slices.Contains([]string{"opencart", "prestashop", "woocommerce", "zencart"}, p.As) {
				caching, changed = "", "Tue, 02 Mar 1999 09:30:00 GMT"
			}
			if h := res.Header; res.StatusCode != 200 || h.Get("Cache-Control") != caching || h.Get("Last-Modified") != changed || h.Get("Etag") == "" || len(res.Cookies()) > 0 {
				t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
			}
		}
		if res, _ := g.do(get("nothing", "/nie-ma/takiej")); res.StatusCode != 404 {
			t.Errorf("nothing: %d", res.StatusCode)
		}
		if res, _ := g.do(p.Notice); res.StatusCode != 403 {
			t.Errorf("a notice without a signature: %d", res.StatusCode)
		}
		if len(p.Sessions) == 0 && !slices.Contains([]string{"medusa", "saleor"}, p.As) || len(p.Shareable) < 3 || len(p.Private) < 3 {
			t.Errorf("places are missing: %+v", p)
		}
	})
}

// Signed in, a customer sees his address on pages and on his account; signed
// out, nowhere.
func TestEveryGuiseKnowsItsCustomers(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		if p.SignIn == nil {
			t.Skip("has no customers")
		}
		g := s.guest(p, "swieca-molo", "ola@example.com")
		g.do(p.Home)
		g.all(p.SignIn)
		shown := 0
		for _, c := range p.Shareable {
			if _, body := g.do(c); strings.Contains(body, "ola@example.com") {
				shown++
			}
		}
		_, body := g.do(p.Account)
		if to := g.words["to"]; to != "" {
			_, body = g.do(get("account", unescaped(to)))
		}
		if !strings.Contains(body, "ola@example.com") {
			t.Errorf("account: %s", body)
		}
		if shown == 0 && p.Kind == Pages {
			t.Error("no page shows who is signed in")
		}
		g.all(p.SignOut)
		for _, c := range append([]Call{p.Account}, p.Shareable...) {
			if _, body := g.do(c); strings.Contains(body, "ola@example.com") {
				t.Errorf("%s still shows her", c.Name)
			}
		}
	})
}

func unescaped(json string) string {
	return strings.NewReplacer(`\u0026`, "&", `\/`, "/").Replace(json)
}

// Without anything in front nothing is mixed: five visitors with carts, two of
// them signed in, look at everything and see their own; and a stranger sees
// nobody's. With the planted bug it is otherwise.
func TestNoGuiseMixesVisitors(t *testing.T) {
	for _, mix := range []bool{false, true} {
		t.Run(map[bool]string{false: "well", true: "with the bug"}[mix], func(t *testing.T) {
			eachGuise(t, Config{MixCarts: mix}, func(t *testing.T, s *stage, p Places) {
				if mix && p.Kind == Calls {
					t.Skip("has no pages that show a cart")
				}
				var guests []*guest
				slugs := []string{"swieca-molo", "perfumy-sztorm", "puder-mgla", "odzywka-len", "krem-nocna-zmiana"}
				for i, slug := range slugs {
					g := s.guest(p, slug, slug+"@example.com")
					g.do(p.Home)
					if i < 2 && p.SignIn != nil {
						g.all(p.SignIn)
					}
					g.all(p.quick())
					guests = append(guests, g)
				}
				guests = append(guests, s.guest(p, "swieca-molo", "nikt@example.com"))
				mixed, own := 0, 0
				for range map[bool]int{false: 1, true: 3}[mix] {
					for i, g := range guests {
						for _, c := range append(append([]Call{}, p.Shareable...), p.Private...) {
							_, body := g.do(c)
							for j, other := range slugs {
								shown := strings.Contains(body, `data-item="`+other+`"`) || strings.Contains(body, other+"@")
								if shown && j != i {
									mixed++
								} else if shown {
									own++
								}
							}
						}
					}
				}
				if (mixed > 0) != mix || own == 0 && p.Kind != Calls {
					t.Errorf("%d pages were somebody else's, %d one's own", mixed, own)
				}
			})
		})
	}
}

// What nobody has touched carries no visitor.
func TestShareablePagesHoldNothingOfTheVisitor(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		a, b := s.guest(p, "swieca-molo", "a@example.com"), s.guest(p, "swieca-molo", "b@example.com")
		a.do(p.Home)
		b.do(p.Home)
		for _, c := range p.Shareable {
			res, one := a.do(c)
			_, other := b.do(c)
			if res.StatusCode != 200 {
				t.Errorf("%s: %d", c.Name, res.StatusCode)
			}
			if p.Kind == Pages && strings.Contains(one, "<body") && !strings.Contains(one, `data-visitor=""`) {
				t.Errorf("%s: carries a visitor: %.300s", c.Name, one)
			}
			if c.Name == "home" && !slices.Contains([]string{"prestashop", "openmage", "zencart"}, p.As) && one != other {
				t.Errorf("home differs:\n%s\n%s", one, other)
			}
		}
	})
}

func TestAnUnknownGuiseIsRefused(t *testing.T) {
	_, err := New(Config{Data: InMemory, As: "shopify"})
	if err == nil || !strings.Contains(err.Error(), "shopify") {
		t.Fatal(err)
	}
	hint := falochron.HintOf(err)
	for _, name := range Guises() {
		if !strings.Contains(hint, name) {
			t.Errorf("hint %q does not name %s", hint, name)
		}
	}
	if _, err := Paths("shopify"); err == nil {
		t.Error("places of an unknown shop")
	}
	if p, err := Paths(""); err != nil || p.Home.Path != "/" {
		t.Error("places of the plain shop", err)
	}
}

// Whatever a page brings along is a file, which costs the shop no worker, and
// each page brings three pictures at most, besides those that Zen Cart chooses anew.
func TestEveryGuiseBringsItsAssets(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		g := s.guest(p, "swieca-molo", "ola@example.com")
		for _, c := range append(append([]Call{p.Home}, p.Shareable...), p.Product) {
			_, body := g.do(c)
			body = strings.ReplaceAll(body, `="http://shop.test/`, `="/`) // as shops write what is in their configuration
			n := map[string]int{}
			for _, m := range assetOf.FindAllStringSubmatch(body, -1) {
				if !s.files.has(m[1]) {
					t.Errorf("%s brings %s, which is no file", c.Name, m[1])
				}
				n[path.Ext(m[1])]++
			}
			most := 3
			if p.As == "zencart" {
				most = 7
			}
			if strings.Contains(body, "<body") && (n[".css"] != 1 || n[".js"] < 1 || n[".svg"] > most) {
				t.Errorf("%s brings %v", c.Name, n)
			}
		}
	})
}

var assetOf = regexp.MustCompile(`(?:<script[^>]* src|<img src|<link rel="stylesheet" href)="(/[^"]+)"`)

// What is searched for cannot write the page.
func TestSearchedWordsAreText(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		g := s.guest(p, "swieca-molo", "ola@example.com")
		g.words["q"] = `"><script>x</script>`
		if p.Kind == Calls {
			g.words["q"] = url.QueryEscape(g.words["q"])
			p.Search = get("search", "/search?q={q}")
		}
		if _, body := g.do(p.Search); strings.Contains(body, "<script>x") {
			t.Errorf("%s", body)
		}
	})
}
