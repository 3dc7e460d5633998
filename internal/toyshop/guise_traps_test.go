package toyshop

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// as runs a test with one buyer of one article in one imitation.
func as(t *testing.T, name string, cfg Config, test func(t *testing.T, s *stage, p Places, g *guest)) {
	t.Helper()
	asGuise(t, name, cfg, func(t *testing.T, s *stage, p Places) {
		test(t, s, p, s.guest(p, "swieca-molo", "ola@example.com"))
	})
}

// anonymous is somebody who keeps no cookies.
func (g *guest) anonymous() *guest {
	c := *g.client
	c.Jar = nil
	return &guest{t: g.t, client: &c, words: g.words, change: g.change}
}

func (g *guest) cookie(name string) string {
	for _, c := range g.client.Jar.Cookies(&url.URL{Scheme: "http", Host: "shop.test", Path: "/"}) {
		if strings.HasPrefix(c.Name, name) {
			return c.Value
		}
	}
	return ""
}

func sets(res *http.Response, name string) *http.Cookie {
	for _, c := range res.Cookies() {
		if strings.HasPrefix(c.Name, name) {
			return c
		}
	}
	return nil
}

// A product page of another session has a token that leads to the page of
// time-outs, and the cart stays empty; so does one that a robot was given.
func TestZenCartWantsItsOwnToken(t *testing.T) {
	as(t, "zencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.do(p.Home)
		other := s.guest(p, "swieca-molo", "eve@example.com")
		other.do(p.AddByForm[0])
		g.words["token"] = other.words["token"]
		res, _ := g.do(p.AddByForm[1])
		if to := res.Header.Get("Location"); !strings.Contains(to, "main_page=time_out") {
			t.Errorf("a foreign token leads to %q", to)
		}
		if strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("the foreign token was good enough")
		}
		g.all(p.AddByForm)
		if !strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("one's own token is not")
		}

		robot := s.guest(p, "swieca-molo", "eve@example.com")
		robot.change = func(r *http.Request) { r.Header.Set("User-Agent", "curl/8.5.0") }
		res, body := robot.do(p.Product)
		if len(res.Cookies()) > 0 || strings.Contains(body, "securityToken") || res.StatusCode != 200 {
			t.Errorf("a robot has a session: %v", res.Cookies())
		}
		res, _ = g.do(p.Home)
		if h := res.Header; !strings.Contains(h.Get("Cache-Control"), "no-store") || h.Get("Pragma") != "no-cache" {
			t.Errorf("home may be stored: %v", h)
		}
	})
}

// Without its cookie the interface says yes, and the cart stays empty.
func TestEverShopLosesTheCartWithoutASession(t *testing.T) {
	as(t, "evershop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		res, body := g.do(p.AddByScript[1])
		if res.StatusCode != 200 || len(res.Cookies()) > 0 || !strings.Contains(body, `"count":1`) {
			t.Errorf("adding without a session: %d %v %s", res.StatusCode, res.Cookies(), body)
		}
		if _, body := g.do(p.Cart); strings.Contains(body, "swieca-molo") {
			t.Error("the cart was kept")
		}
		res, one := g.do(p.Home)
		if res.Header.Get("Cache-Control") != "" || res.Header.Get("Etag") == "" {
			t.Errorf("home says %v", res.Header)
		}
		g.change = func(r *http.Request) { r.Header.Set("If-None-Match", res.Header.Get("Etag")) }
		if again, body := g.do(p.Home); again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("a known page is sent again: %d", again.StatusCode)
		}
		g.change = nil
		g.do(p.AddByScript[1])
		res, other := g.do(p.Home)
		if one == other || !strings.Contains(other, `"productSku":"swieca-molo"`) || res.Header.Get("Cache-Control") != "" {
			t.Errorf("home does not hold the cart: %s", other)
		}
		if res, body := g.do(p.ReadCart[0]); len(res.Cookies()) > 0 || !strings.Contains(body, "swieca-molo") {
			t.Errorf("the interface: %v %s", res.Cookies(), body)
		}
	})
}

// A client address has 300 pages and 120 calls a minute, whoever is behind it;
// what proxies say of it counts if the shop was told so.
func TestEverShopCountsAddresses(t *testing.T) {
	for _, hops := range []int{0, 1} {
		as(t, "evershop", Config{Hops: hops, Workers: 64, Pace: 0.001}, func(t *testing.T, s *stage, p Places, g *guest) {
			from := func(i int) func(*http.Request) {
				return func(r *http.Request) {
					r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.7, 198.51.100.%d", i%200))
				}
			}
			refused := 0
			for i := range 400 {
				g.change = from(i)
				if res, _ := g.do(p.Home); res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") != "" {
					refused++
				}
			}
			if want := map[int]int{0: 100, 1: 0}[hops]; refused != want {
				t.Errorf("hops %d: %d of 400 pages refused, want %d", hops, refused, want)
			}
			calls := 0
			g.change = from(1)
			for range 130 {
				if res, _ := g.do(p.ReadCart[0]); res.StatusCode == http.StatusTooManyRequests {
					calls++
				}
			}
			if calls != 10 {
				t.Errorf("hops %d: %d of 130 calls refused", hops, calls)
			}
			time.Sleep(time.Minute)
			if res, _ := g.do(p.Home); res.StatusCode != 200 {
				t.Errorf("a minute later: %d", res.StatusCode)
			}
		})
	}
}

func TestOpenCartSaysEverythingWith200(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.all(p.AddByScript)
		if _, err := s.store.setStock("swieca-molo", 0); err != nil {
			t.Fatal(err)
		}
		for _, c := range []Call{p.AddByScript[0], p.Order[1]} {
			if res, body := g.do(c); res.StatusCode != 200 || !strings.Contains(body, `"error"`) || !strings.Contains(body, "wyprzedane") {
				t.Errorf("%s of what is sold out: %d %s", c.Name, res.StatusCode, body)
			}
		}
		if res, body := g.do(post("add", ocRoute("checkout/cart.add"), "product_id", "7")); res.StatusCode != 200 || !strings.Contains(body, `"error"`) {
			t.Errorf("add nothing: %d %s", res.StatusCode, body)
		}
		// The session comes again with whatever is answered, and nothing may be stored.
		for _, c := range []Call{p.Home, p.Product, p.AddByScript[0], p.ReadCart[0], p.Account, get("nothing", "/index.php?route=no/such")} {
			res, _ := g.do(c)
			silent := res.StatusCode == http.StatusFound // a redirect goes out without the fields of all answers
			if k := sets(res, ocSession); k == nil || k.Value != g.cookie(ocSession) || k.SameSite != http.SameSiteStrictMode || strings.Contains(res.Header.Get("Cache-Control"), "no-store") == silent {
				t.Errorf("%s: %v", c.Name, res.Header)
			}
		}
		if _, body := g.do(p.Category); !strings.Contains(body, `data-item="swieca-molo"`) {
			t.Error("the cart is not on every page")
		}
	})
}

func TestOpenCartCountsInTheVisitorsCurrency(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if _, body := g.do(p.Product); !strings.Contains(body, "79,90\u00a0zł") || g.cookie("currency") != "PLN" {
			t.Errorf("in złoty: %s", body)
		}
		g.do(post("currency", ocRoute("common/currency.save"), "code", "EUR"))
		if _, body := g.do(p.Product); !strings.Contains(body, "18,58\u00a0€") {
			t.Errorf("in euro: %s", body)
		}
		g.do(post("currency", ocRoute("common/currency.save"), "code", "<x>"))
		if g.cookie("currency") != "EUR" {
			t.Error("an unknown currency was taken")
		}
	})
}

// Two visitors' product pages differ in the secret for reviews and in what is chosen anew, and
// in that alone.
func TestOpenCartProductPagesDifferInTheReviewToken(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		take := Take{Word: "review", Before: "review_token=", After: `"`}
		other := s.guest(p, "swieca-molo", "eve@example.com")
		_, a := g.do(p.Product.taking(take))
		_, b := other.do(p.Product.taking(take))
		plain := func(page, secret string) string {
			before, rest, begins := strings.Cut(strings.ReplaceAll(page, secret, ""), `<div class="row" id="module-chosen">`)
			chosen, after, ends := strings.Cut(rest, "<p>Powered By")
			if !begins || !ends || strings.Count(chosen, `name="product_id"`) != 3 {
				t.Errorf("nothing is chosen: %s", page)
			}
			return before + after
		}
		if a == b || plain(a, g.words["review"]) != plain(b, other.words["review"]) {
			t.Error("they differ otherwise")
		}
	})
}

// The cart is in the cookie: none was sent, no cart; an older one was sent, no
// cart either. The shop says yes in any case.
func TestPrestaShopKeepsTheCartInItsCookie(t *testing.T) {
	as(t, "prestashop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		add := p.AddByScript[1]
		res, body := g.anonymous().do(add)
		if res.StatusCode != 200 || !strings.Contains(body, `"success":true`) {
			t.Errorf("without a cookie: %d %s", res.StatusCode, body)
		}
		if st, err := s.Stats(false); err != nil || st.Served["cart_add"] != 0 && strings.Contains(body, "swieca-molo") {
			t.Errorf("the cart was filled: %s", body)
		}
		g.do(p.Home)
		before := g.cookie("PrestaShop-")
		g.do(p.Home)
		if now := g.cookie("PrestaShop-"); now == before || !strings.HasPrefix(now, "def50200") {
			t.Errorf("the cookie does not change: %q", now)
		}
		old := g.cookie("PrestaShop-")
		g.all(p.AddByScript)
		if !strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("not added")
		}
		stale := g.anonymous()
		stale.change = func(r *http.Request) { r.Header.Set("Cookie", psCookie()+"="+old) }
		if strings.Contains(stale.cart(p), "swieca-molo") {
			t.Error("an older cookie has the cart too")
		}
		res, _ = g.do(p.Home)
		if h := res.Header; h.Get("Powered-By") != "PrestaShop" || !strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("header fields: %v", h)
		}
	})
}

// All guests have one token; a customer's is another, and the guests' is not
// good enough for him.
func TestPrestaShopTokens(t *testing.T) {
	as(t, "prestashop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		other := s.guest(p, "swieca-molo", "eve@example.com")
		g.do(p.AddByForm[0])
		other.do(p.AddByForm[0])
		guests := g.words["token"]
		if guests == "" || guests != other.words["token"] {
			t.Errorf("guests have tokens %q and %q", guests, other.words["token"])
		}
		g.all(p.SignIn)
		g.do(p.AddByForm[0])
		if g.words["token"] == guests {
			t.Error("the customer has the guests' token")
		}
		g.words["token"] = guests
		if g.do(p.AddByForm[1]); strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("the guests' token was good enough")
		}
		g.all(p.AddByForm)
		if !strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("the customer's token is not")
		}
	})
}

// WooCommerce opens a session with the cart and takes its two marks away with
// the order; ordinary pages say nothing about caching and show the cart.
func TestWooCommerceCookiesAndSilence(t *testing.T) {
	as(t, "woocommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		for _, c := range p.Shareable {
			res, _ := g.do(c)
			session := slices.ContainsFunc(res.Cookies(), func(c *http.Cookie) bool { return c.Name != wooViewed })
			if session || res.Header.Get("Cache-Control") != "" {
				t.Errorf("%s: %v", c.Name, res.Header)
			}
		}
		res, _ := g.do(p.Home)
		if link := res.Header.Get("Link"); link != `<http://shop.test/wp-json/>; rel="https://api.w.org/"` {
			t.Errorf("Link: %s", link)
		}
		g.all(p.AddByLink)
		if g.cookie(wooItems) != "1" || g.cookie(wooHash) == "" || g.cookie("wp_woocommerce_session_") == "" {
			t.Errorf("cookies after adding: %v", g.client.Jar)
		}
		if res, body := g.do(p.Home); res.Header.Get("Cache-Control") != "" || !strings.Contains(body, `data-item="swieca-molo"`) {
			t.Errorf("home with a cart: %v", res.Header)
		}
		for _, c := range p.Private[:3] {
			if res, _ := g.do(c); !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s may be stored", c.Name)
			}
		}
		if res, body := g.do(p.Background[0]); !strings.Contains(res.Header.Get("Cache-Control"), "no-store") || !strings.Contains(body, "swieca-molo") {
			t.Errorf("fragments: %v %s", res.Header, body)
		}
		if res, _ := g.do(p.ReadCart[0]); res.Header.Get("Cache-Control") != "" || res.Header.Get("Nonce") == "" || res.Header.Get("Cart-Token") == "" {
			t.Errorf("the Store API's cart: %v", res.Header)
		}
		g.all(p.Order)
		g.all(p.Thanks)
		if g.cookie(wooItems) != "" || g.cookie(wooHash) != "" || g.cookie("wp_woocommerce_session_") == "" {
			t.Error("cookies after the order")
		}
		if res, _ := g.do(get("no slash", "/produkt/swieca-molo?a=b")); res.StatusCode != 301 || res.Header.Get("Location") != "/produkt/swieca-molo/?a=b" {
			t.Errorf("without a slash: %d %v", res.StatusCode, res.Header)
		}
		// The thanks are for whoever has the order's key, and nobody else.
		if _, body := g.anonymous().do(get("thanks", g.words["thanks"])); !strings.Contains(body, "ola@") {
			t.Error("back from the bank in another browser: no order")
		}
		if _, body := g.do(get("thanks", "/zamowienie/order-received/1/?key=wc_order_guess")); strings.Contains(body, "data-order") {
			t.Error("a guessed key is believed")
		}
	})
}

func TestWooCommerceRefusesWithItsOwnStatuses(t *testing.T) {
	as(t, "woocommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		item := `{"id":{id},"quantity":1}`
		add := send("add", "POST", "/wp-json/wc/store/v1/cart/add-item", item)
		if res, _ := g.do(add); res.StatusCode != 401 {
			t.Errorf("without a nonce: %d", res.StatusCode)
		}
		if res, _ := g.do(add.with("Nonce", "wrong")); res.StatusCode != 403 {
			t.Errorf("with a wrong one: %d", res.StatusCode)
		}
		read := p.ReadCart[0].taking(Take{Word: "ct", From: "Cart-Token"}, Take{Word: "nonce", From: "Nonce"})
		other := s.guest(p, "swieca-molo", "eve@example.com")
		g.do(read)
		other.do(read)
		if g.words["nonce"] != other.words["nonce"] || g.words["ct"] == other.words["ct"] {
			t.Error("nonces of anonymous visitors differ, or tokens do not")
		}
		// By token no cookie is needed and none is set.
		bare := g.anonymous()
		res, body := bare.do(add.with("Cart-Token", "{ct}"))
		if res.StatusCode != 201 || len(res.Cookies()) > 0 || !strings.Contains(body, "swieca-molo") {
			t.Errorf("by token: %d %v %s", res.StatusCode, res.Cookies(), body)
		}
		if _, err := s.store.setStock("", 0); err != nil {
			t.Fatal(err)
		}
		order := send("order", "POST", "/wp-json/wc/store/v1/checkout", `{"billing_address":{"first_name":"Ola","email":"ola@example.com"},"payment_data":[{"key":"blik","value":"123456"}]}`)
		for _, c := range []struct {
			call   Call
			status int
			says   string
		}{
			{add.with("Cart-Token", "{ct}"), 400, "out_of_stock"},
			{order.with("Cart-Token", "{ct}"), 409, "out_of_stock"},
			{p.AddByScript[0], 200, `"error":true`},
			{p.AddByForm[0], 200, "wyprzedane"},
		} {
			if res, body := bare.do(c.call); res.StatusCode != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%s %s: %d %.300s", c.call.Name, c.call.Path, res.StatusCode, body)
			}
		}
		// The checkout's nonce is of the cart.
		g.words["nonce"] = other.words["nonce"]
		if st := s.stats(); st.Orders != 0 {
			t.Error("something was sold")
		}
	})
}

// A form of another session, or another browser, changes nothing.
func TestForeignFormTokensAreUseless(t *testing.T) {
	for name, word := range map[string]string{"openmage": "key", "sylius": "token", "zencart": "token"} {
		as(t, name, Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
			add := p.quick()
			other := s.guest(p, "swieca-molo", "eve@example.com")
			other.do(add[0])
			g.do(p.Home)
			g.words[word] = other.words[word]
			if g.words[word] == "" {
				t.Fatal("no token")
			}
			g.do(add[1])
			if strings.Contains(g.cart(p), "swieca-molo") {
				t.Errorf("%s takes a foreign token", name)
			}
			if g.all(add); !strings.Contains(g.cart(p), "swieca-molo") {
				t.Errorf("%s does not take its own", name)
			}
		})
	}
	as(t, "magento2", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		c := p.AddByForm[0]
		c.Fields = nil
		if g.do(c); strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("magento2 takes a form key without its cookie")
		}
	})
}

// Magento's pages are public and hold nobody; what is the visitor's comes apart. Who is
// signed in sees the prices of his group.
func TestMagentoPagesArePublic(t *testing.T) {
	as(t, "magento2", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		bare := g.anonymous()
		g.all(p.AddByScript)
		for _, c := range p.Shareable {
			res, mine := g.do(c)
			_, any := bare.do(c)
			if mine != any || !strings.Contains(res.Header.Get("Cache-Control"), "public") || res.Header.Get("X-Magento-Tags") == "" {
				t.Errorf("%s: %v", c.Name, res.Header)
			}
		}
		g.all(p.SignIn)
		if g.cookie(m2Vary) == "" {
			t.Error("no X-Magento-Vary for a customer")
		}
		if _, mine := g.do(p.Product); !strings.Contains(mine, "€") || strings.Contains(mine, "ola@") {
			t.Errorf("a customer's page: %s", mine)
		}
		res, body := g.do(p.Background[0])
		if !strings.Contains(body, "swieca-molo") || !strings.Contains(body, "ola@") || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("sections: %s", body)
		}
		if g.cookie("private_content_version") == "" {
			t.Error("no private_content_version after a POST")
		}
		g.all(p.SignOut)
		if g.cookie(m2Vary) != "" {
			t.Error("X-Magento-Vary stays")
		}
	})
}

func TestShopwareSaysWhoseStateItIs(t *testing.T) {
	as(t, "shopware6", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if res, _ := g.do(p.Home); res.Header.Get("Cache-Control") != "no-cache, private" {
			t.Errorf("home: %v", res.Header)
		}
		if res, _ := g.do(p.Background[0]); res.StatusCode != 204 {
			t.Errorf("an empty cart: %d", res.StatusCode)
		}
		g.all(p.AddByForm)
		if g.cookie(swStates) != "cart-filled" || g.cookie(swHash) != "" {
			t.Errorf("states %q, and a hash before the next page: %q", g.cookie(swStates), g.cookie(swHash))
		}
		res, body := g.do(p.Home)
		if g.cookie(swHash) == "" {
			t.Error("no hash")
		}
		if res.Header.Get("Cache-Control") != "no-cache, private" || !strings.Contains(body, `data-item="swieca-molo"`) {
			t.Errorf("home with a cart: %v", res.Header)
		}
		g.all(p.SignIn)
		if g.cookie(swStates) != "logged-in%2Ccart-filled" {
			t.Errorf("states %q", g.cookie(swStates))
		}
		g.all(p.Order)
		g.all(p.SignOut)
		if g.do(p.Home); g.cookie(swStates) != "" || g.cookie(swHash) != "" {
			t.Error("states stay")
		}
	})
}

// Drupal opens a session with the first cart; Hydrogen calls pages public even
// if a cart is in them.
func TestSessionsBeginWithTheCart(t *testing.T) {
	as(t, "drupalcommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		for _, c := range p.Shareable {
			if res, _ := g.do(c); len(res.Cookies()) > 0 || res.Header.Get("X-Drupal-Cache") != "HIT" {
				t.Errorf("%s: %v", c.Name, res.Header)
			}
		}
		res, _ := g.all(p.AddByForm)
		if sets(res, "SESS") == nil {
			t.Error("no session with the cart")
		}
		if res, _ := g.do(p.Home); res.Header.Get("X-Drupal-Cache") != "" {
			t.Error("a page of a session comes from the page cache")
		}
	})
	as(t, "hydrogen", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		res, _ := g.do(p.Home)
		if sets(res, "cart") != nil || sets(res, "session") != nil || sets(res, "_shopify_y") == nil || sets(res, "_shopify_s") == nil {
			t.Errorf("home: %v", res.Cookies())
		}
		if res, _ := g.do(p.Home); len(res.Cookies()) > 0 {
			t.Errorf("home once more: %v", res.Cookies())
		}
		g.all(p.AddByForm)
		if res, body := g.do(p.Home); !strings.Contains(res.Header.Get("Cache-Control"), "public") || !strings.Contains(body, "swieca-molo") {
			t.Errorf("home with a cart: %v", res.Header)
		}
		if res, _ := g.do(p.Cart); res.Header.Get("Cache-Control") != "no-store" {
			t.Error("the cart may be stored")
		}
	})
}

func TestMedusaWantsItsKey(t *testing.T) {
	as(t, "medusa", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if res, _ := g.do(get("products", "/store/products")); res.StatusCode != 400 {
			t.Errorf("without a key: %d", res.StatusCode)
		}
		res, _ := g.do(p.Product)
		if res.Header.Get("Etag") == "" || res.Header.Get("Cache-Control") != "" || len(res.Cookies()) > 0 {
			t.Errorf("product: %v", res.Header)
		}
		g.all(p.AddByScript)
		if _, err := s.store.setStock("", 0); err != nil {
			t.Fatal(err)
		}
		g.all(p.Order[:2])
		if res, body := g.do(p.Order[2]); res.StatusCode != 200 || !strings.Contains(body, `"type":"cart"`) {
			t.Errorf("sold out at the till: %d %s", res.StatusCode, body)
		}
		if res, _ := g.do(p.AddByScript[1]); res.StatusCode != 400 {
			t.Errorf("sold out: %d", res.StatusCode)
		}
	})
}

func TestVendureSessions(t *testing.T) {
	as(t, "vendure", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		res, _ := g.do(p.Product)
		if len(res.Cookies()) > 0 || res.Header.Get("Vendure-Auth-Token") != "" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a query: %v", res.Header)
		}
		res, body := g.do(get("by GET", "/shop-api?query="+url.QueryEscape(`{ product(slug: "swieca-molo") { name } }`)))
		if res.StatusCode != 200 || !strings.Contains(body, "swieca-molo") {
			t.Errorf("a query by GET: %d %s", res.StatusCode, body)
		}
		if res, _ := g.do(get("by GET", "/shop-api?query="+url.QueryEscape(`mutation { addItemToOrder(productVariantId: "101", quantity: 1) { id } }`))); res.StatusCode != 400 {
			t.Errorf("a mutation by GET: %d", res.StatusCode)
		}
		res, _ = g.all(p.AddByScript)
		token := res.Header.Get("Vendure-Auth-Token")
		if sets(res, "session") == nil || sets(res, "session.sig") == nil || token == "" {
			t.Errorf("the first mutation: %v", res.Header)
		}
		bearer := g.anonymous()
		bearer.change = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
		if body := bearer.cart(p); !strings.Contains(body, "swieca-molo") {
			t.Errorf("by the token: %s", body)
		}
		forged := g.anonymous()
		forged.change = func(r *http.Request) {
			r.Header.Set("Cookie", "session="+base64.StdEncoding.EncodeToString([]byte(`{"token":"`+token+`"}`))+"; session.sig=guess")
		}
		if body := forged.cart(p); strings.Contains(body, "swieca-molo") {
			t.Error("a cookie without its signature is believed")
		}
		if _, err := s.store.setStock("", 0); err != nil {
			t.Fatal(err)
		}
		if res, body := g.do(p.AddByScript[0]); res.StatusCode != 200 || !strings.Contains(body, "INSUFFICIENT_STOCK_ERROR") {
			t.Errorf("sold out: %d %s", res.StatusCode, body)
		}
	})
}
