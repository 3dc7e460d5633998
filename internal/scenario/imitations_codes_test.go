package scenario

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// An influencer's link carries a coupon, or says whose partner she is, and the shop
// keeps that in the session. Who lands on a shared page has none, and yet finds in the
// cart what the link has promised: his own, and nobody else's.

// linked is a page as a link leads to it that carries codes.
func (p *person) linked(c toyshop.Call, codes string) toyshop.Call {
	c = p.click(c)
	c.Path += "&" + codes
	return c
}

// codesIn is what a page says of the codes that the session holds.
func codesIn(body string) string {
	return strings.Join(betweens(body, `"`, `data-coupon="`), "") + "/" + strings.Join(betweens(body, `"`, `data-tracking="`), "")
}

const landingMark = "falo_landing"

func TestCodesOfLinks(t *testing.T) {
	p, ok := preset.Named("opencart")
	if !ok {
		t.Fatal("no preset")
	}
	inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
		m.open(falochron.ModeAuto, p)
		// The bare shop does it so, or this proves nothing.
		bare := m.stranger("bare")
		bare.walkBare([]toyshop.Call{bare.linked(m.places.Home, "coupon=OLA10&tracking=OLA")})
		bare.walkBare(m.places.AddByScript)
		if got := codesIn(bare.walkBare([]toyshop.Call{m.places.Cart}).body); got != "OLA10/OLA" {
			t.Fatalf("the bare shop says %q", got)
		}

		type fan struct {
			name  string
			first func(*person) // before the link
			codes []string      // of the links, in order
			on    toyshop.Call
			then  func(*person) // before the cart is filled
			want  string
			seen  string // of the last link, how often the shop sees it; empty = once, by himself
			mark  bool   // the first link's page is shared, and the mark set
		}
		nothing := func(*person) {}
		fans := []fan{
			{"a coupon", nothing, []string{"coupon=OLA10"}, m.places.Home, nothing, "OLA10/", "", true},
			{"the same coupon", nothing, []string{"coupon=OLA10"}, m.places.Home, nothing, "OLA10/", "", true},
			{"on a product", nothing, []string{"coupon=OLA10&tracking=OLA"}, m.places.Product, nothing, "OLA10/OLA", "", true},
			{"of another", nothing, []string{"tracking=ANNA&coupon=ANNA5"}, m.places.Product, nothing, "ANNA5/ANNA", "", true},
			{"twice the same link", nothing, []string{"coupon=OLA10", "coupon=OLA10"}, m.places.Home, nothing, "OLA10/", "", true},
			{"one instead of the other", nothing, []string{"coupon=OLA10", "coupon=ANNA5"}, m.places.Home, nothing, "ANNA5/", "", true},
			{"one besides the other", nothing, []string{"coupon=OLA10", "tracking=ANNA"}, m.places.Home, nothing, "OLA10/ANNA", "", true},
			{"with a session", func(p *person) { p.ask(missing()) }, []string{"coupon=OLA10"}, m.places.Home, nothing, "OLA10/", "", true},
			{"looks for something else first", nothing, []string{"coupon=OLA10"}, m.places.Home, func(p *person) { p.ask(m.places.Search) }, "OLA10/", "", true},
			{"reads on first", nothing, []string{"coupon=OLA10"}, m.places.Home, func(p *person) { p.ask(m.places.Category); p.ask(m.places.Product) }, "OLA10/", "", true},
			{"a script reads the cart first", nothing, []string{"coupon=OLA10"}, m.places.Home, func(p *person) { p.ask(m.places.ReadCart[0]) }, "OLA10/", "", true},
			{"has a cart", func(p *person) { p.walk(m.places.AddByScript) }, []string{"coupon=OLA10"}, m.places.Home, nothing, "OLA10/", "", false},
			{"a link that is too long to be noted", nothing, []string{"coupon=OLA10&x=" + strings.Repeat("x", 1100)}, m.places.Home, nothing, "OLA10/", "", false},
			{"no code", nothing, []string{"page=2"}, m.places.Home, nothing, "/", "never", false},
			{"a code without a value", nothing, []string{"coupon="}, m.places.Home, nothing, "/", "never", false},
		}
		for _, f := range fans {
			v := m.stranger("fan")
			f.first(v)
			since := m.now()
			for i, codes := range f.codes {
				got := v.ask(v.linked(f.on, codes))
				if i == 0 && (v.jar[landingMark] != "") != f.mark {
					t.Errorf("%s: the mark is %q: %v", f.name, v.jar[landingMark], got.header)
				}
				if i == 0 && f.mark && m.came(since, func(s sighting) bool { return !s.fill() }) > 0 {
					t.Errorf("%s: the page was not shared: %s", f.name, got.header.Get("Cache-Status"))
				}
				if strings.Contains(strings.Join(got.header["Set-Cookie"], "\n"), landingMark) && !strings.Contains(strings.Join(got.header["Cache-Control"], ","), "private") {
					t.Errorf("%s: another cache may keep the mark: %v", f.name, got.header)
				}
			}
			f.then(v)
			v.walk(m.places.AddByScript)
			if got := codesIn(v.ask(m.places.Cart).body); got != f.want {
				t.Errorf("%s: the cart says %q, want %q", f.name, got, f.want)
			}
			if v.jar[landingMark] != "" {
				t.Errorf("%s: the mark is there still", f.name)
			}
			last := f.codes[len(f.codes)-1]
			n := m.came(since, func(s sighting) bool { return !s.fill() && strings.Contains(s.target, last) })
			if want := map[string]int{"": 1, "never": n}[f.seen]; n != want {
				t.Errorf("%s: the shop has seen the link %d times from himself, want %d", f.name, n, want)
			}
			if !v.has() {
				t.Errorf("%s: the cart is empty", f.name)
			}
			v.compareAll()
		}
		// Everybody who came by one link shares its page, within its life.
		m.anew(p)
		since := m.now()
		for range strangers {
			v := m.stranger("follower")
			v.zips = true
			v.ask(v.linked(m.places.Home, "coupon=OLA10"))
		}
		if n := m.now() - since; n != 1 {
			t.Errorf("%d people came by one link, and the shop was asked %d times", strangers, n)
		}
		// Who came by none has none, and a browser without cookies harms nobody.
		app := m.person("app")
		app.refuses = true
		app.ask(app.linked(m.places.Home, "coupon=OLA10"))
		app.walk(m.places.AddByScript)
		plain := m.stranger("plain")
		plain.ask(plain.click(m.places.Home))
		plain.walk(m.places.AddByScript)
		if got := codesIn(plain.ask(m.places.Cart).body); got != "/" {
			t.Errorf("who came by no link has %q", got)
		}
		m.fills(0)
		for _, s := range m.sightings(0) {
			if strings.Contains(s.header.Get("Cookie"), landingMark) {
				t.Errorf("the shop was shown a mark: %s", s.target)
			}
		}
		for _, f := range m.problems() {
			t.Error(f)
		}
	})
}

// A mark that its bearer, or somebody else, has written makes the edge ask for nothing
// but a page with a code in its address.
func TestAForgedLanding(t *testing.T) {
	p, ok := preset.Named("opencart")
	if !ok {
		t.Fatal("no preset")
	}
	inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
		m.open(falochron.ModeAuto, p)
		for target, follows := range map[string]bool{
			"/?coupon=FORGED": true,
			"/index.php?route=product/product&product_id=101&coupon=FORGED": true,
			"/":                            false,
			"/?page=2":                     false,
			"coupon=FORGED":                false,
			"//elsewhere/?coupon=FORGED":   false,
			"http://evil/?coupon=FORGED":   false,
			"/.falochron/?coupon=FORGED":   false,
			"/admin/?coupon=FORGED":        false,
			"/?coupon=FORGED\r\nX-Evil: 1": false,
			"/index.php?route=checkout/cart.add&product_id=101&coupon=FORGED":    false,
			"/index.php?route=account/logout&coupon=FORGED":                      false,
			"/index.php?route=checkout/cart&coupon=FORGED":                       false,
			"/index.php?route=extension/payu/payment/payu.confirm&coupon=FORGED": false,
			"/?coupon=FORGED&x=" + strings.Repeat("x", 1100):                     false,
		} {
			v := m.stranger("forger")
			v.jar[landingMark] = base64.RawURLEncoding.EncodeToString([]byte(target))
			since := m.now()
			v.walk(m.places.AddByScript)
			n := m.came(since, func(s sighting) bool { return !s.fill() && s.method == http.MethodGet })
			if want := map[bool]int{true: 1}[follows]; n != want {
				t.Errorf("%.80q: the shop was asked %d times by GET, want %d", target, n, want)
			}
			if !v.has() {
				t.Errorf("%.80q: the cart is empty", target)
			}
		}
		for _, mark := range []string{"!", "\"", "====", strings.Repeat("A", 5000)} {
			v := m.stranger("forger")
			v.jar[landingMark] = mark
			v.fills("script", m.places.AddByScript)
		}
		for _, f := range m.problems() {
			t.Error(f)
		}
	})
}

// At every imitation links with codes mix nothing, and carts can be filled from the
// pages to which they lead.
func TestCodesMixNothing(t *testing.T) {
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				way, calls := m.adding()
				for _, codes := range []string{"coupon=OLA10", "coupon=OLA10", "ref=anna"} {
					v := m.stranger("fan")
					v.ask(v.linked(m.places.Home, codes))
					v.ask(v.linked(m.places.Product, codes))
					m.stranger("stranger").compare(m.places.Product)
					v.fills(way, calls)
					v.compareAll()
					if v.jar[landingMark] != "" {
						t.Errorf("%s: the mark is there still", codes)
					}
				}
				m.stranger("stranger").compareAll()
				m.fills(0)
				for _, f := range m.problems() {
					t.Error(f)
				}
			})
		})
	}
}

// A network's number of a click is in no key: everybody shares one page. And yet the shop
// hears of each before it is bought from, once, from him whose click it was.
func TestNumbersOfClicks(t *testing.T) {
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				way, calls := m.adding()
				m.stranger("before").ask(m.places.Home)
				for _, number := range []string{"1001_17_ola", "1001_18_ewa", "1001_19_iza"} {
					v := m.stranger("fan")
					since := m.now()
					mine := func(s sighting) bool { return !s.fill() && strings.Contains(s.target, number) }
					got := v.ask(v.linked(m.places.Home, "awc="+number))
					shared := m.came(since, mine) == 0
					if shared != (v.jar[landingMark] != "") {
						t.Errorf("%s: shared %v, the mark is %q: %v", number, shared, v.jar[landingMark], got.header)
					}
					if m.came(since, func(s sighting) bool { return s.fill() && strings.Contains(s.target, "awc") }) > 0 {
						t.Errorf("%s: the edge asks for a page with somebody's number", number)
					}
					m.stranger("stranger").compare(m.places.Home)
					v.fills(way, calls)
					if n := m.came(since, mine); n != 1 {
						t.Errorf("%s: the shop has heard of it %d times", number, n)
					}
					if v.jar[toyshop.ClickCookie] != number {
						t.Errorf("%s: the shop has noted %q", number, v.jar[toyshop.ClickCookie])
					}
					if v.jar[landingMark] != "" {
						t.Errorf("%s: the mark is there still", number)
					}
					if !v.has() {
						t.Errorf("%s: the cart is empty", number)
					}
					v.compareAll()
				}
				for _, f := range m.problems() {
					t.Error(f)
				}
			})
		})
	}
}

// A later click counts instead of an earlier one of the same network, and besides those of
// others, and of codes.
func TestALaterClick(t *testing.T) {
	p, ok := preset.Named("woocommerce")
	if !ok {
		t.Fatal("no preset")
	}
	inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
		m.open(falochron.ModeAuto, p)
		m.stranger("before").ask(m.places.Home)
		for _, tc := range []struct {
			links []string
			want  string
			seen  []string // what the shop hears of, by him
		}{
			{[]string{"awc=one", "awc=two"}, "two", []string{"awc=two"}},
			{[]string{"awc=one", "cjevent=two"}, "one", []string{"awc=one", "cjevent=two"}},
			{[]string{"awc=one&ref=anna"}, "one", []string{"awc=one"}},
			{[]string{"awc=one&ref=anna", "awc=two&ref=anna"}, "two", []string{"awc=two"}},
			{[]string{"awc="}, "", nil},
			{[]string{"fbclid=one"}, "", nil},
		} {
			v := m.stranger("fan")
			since := m.now()
			for _, l := range tc.links {
				v.ask(v.linked(m.places.Home, l))
			}
			v.fills("form", m.places.AddByForm)
			for _, l := range []string{"awc=one", "awc=two", "cjevent=two"} {
				n := m.came(since, func(s sighting) bool { return !s.fill() && strings.Contains(s.target, l) })
				if want := map[bool]int{true: 1}[slices.Contains(tc.seen, l)]; n != want {
					t.Errorf("%v: the shop has heard of %s %d times, want %d", tc.links, l, n, want)
				}
			}
			if v.jar[toyshop.ClickCookie] != tc.want {
				t.Errorf("%v: the shop has noted %q, want %q", tc.links, v.jar[toyshop.ClickCookie], tc.want)
			}
		}
		for _, f := range m.problems() {
			t.Error(f)
		}
	})
}
