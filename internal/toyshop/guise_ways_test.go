package toyshop

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// says has the shop's owner change what the software says of caching, and returns the
// status of the answer.
func (s *stage) says(word string) int {
	rec := httptest.NewRecorder()
	s.Backstage().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/cache?says="+word, nil))
	return rec.Code
}

// EverShop makes pictures of any size, leads back from PayPal whoever comes, and shows a
// draft to whoever has its word; figures are for the owner alone.
func TestEverShopBesideItsPages(t *testing.T) {
	as(t, "evershop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if res, body := g.do(p.Pictures[0]); res.StatusCode != 200 || !strings.Contains(body, "<svg") || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || len(res.Cookies()) > 0 {
			t.Errorf("picture: %d %v", res.StatusCode, res.Header)
		}
		for _, path := range []string{"/images", "/images?src=%2Fetc%2Fpasswd&w=5", "/images?src=%2Fassets%2Fcatalog%2Fswieca-molo-1.svg", "/images?src=%2Fassets%2FfrontStore%2Fmain.js&w=5"} {
			if res, body := g.do(get("no picture", path)); res.StatusCode != 404 || body != "Not Found" {
				t.Errorf("%s: %d %.50s", path, res.StatusCode, body)
			}
		}
		g.all(p.AddByScript)
		g.all(p.Order)
		g.all(p.Leaves)
		for _, c := range p.Returns {
			if res, _ := g.anonymous().do(c); res.StatusCode != 302 || res.Header.Get("Location") != "/checkout/success/"+g.words["uuid"] {
				t.Errorf("%s: %d %v", c.Name, res.StatusCode, res.Header)
			}
		}
		g.words["token"] = "EC-GUESSED"
		if res, _ := g.do(p.Returns[0]); res.Header.Get("Location") != "/" {
			t.Errorf("a guessed token leads to %s", res.Header.Get("Location"))
		}
		if res, _ := g.do(p.Desk.Read); res.StatusCode != 401 {
			t.Errorf("figures for anybody: %d", res.StatusCode)
		}
		g.words["draft"] = "Premiera <jutro>"
		if res, _ := g.do(p.Desk.Change); res.StatusCode != 401 {
			t.Errorf("a draft of anybody's: %d", res.StatusCode)
		}
		g.all(p.Desk.SignIn)
		if res, body := g.do(p.Desk.Read); res.StatusCode != 200 || !strings.Contains(body, `"orders"`) {
			t.Errorf("figures for the owner: %d %s", res.StatusCode, body)
		}
		g.do(p.Desk.Change)
		if _, body := g.do(p.Desk.Preview); !strings.Contains(body, "Premiera &lt;jutro&gt;") {
			t.Error("the draft is not there")
		}
		for _, path := range []string{"/", "/?changeset=guess"} {
			if _, body := g.do(get("home", path)); strings.Contains(body, "Premiera &lt;") {
				t.Errorf("%s shows the draft", path)
			}
		}
	})
}

// A link puts a discount into Hydrogen's cart, and its server answers scripts' queries.
func TestHydrogenDiscountsAndQueries(t *testing.T) {
	as(t, "hydrogen", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		res, _ := g.do(p.Coupon)
		if res.StatusCode != 303 || res.Header.Get("Location") != "/" || sets(res, "cart") == nil {
			t.Errorf("discount: %d %v", res.StatusCode, res.Header)
		}
		g.all(p.AddByForm)
		if body := g.cart(p); !strings.Contains(body, `"code":"OLA10"`) || !strings.Contains(body, "swieca-molo") {
			t.Errorf("cart: %s", body)
		}
		if res, body := g.do(p.Query); res.StatusCode != 200 || !strings.Contains(body, `"availableForSale":true`) || len(res.Cookies()) > 0 {
			t.Errorf("query: %d %s", res.StatusCode, body)
		}
		if res, _ := g.do(gqlCall("mutation", p.Query.Path, `mutation { cartCreate { id } }`)); res.StatusCode != 400 {
			t.Errorf("a mutation: %d", res.StatusCode)
		}
	})
}

// Magento's GraphQL is public by GET where only the catalogue is asked for, and shows
// what fields and a module choose; an order is made there, too. Its owner can have it
// forbid all others to keep pages.
func TestMagentoGraphQLAndItsOwnCache(t *testing.T) {
	as(t, "magento2", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		read := p.Reads[0]
		res, plain := g.do(read)
		if !strings.Contains(res.Header.Get("Cache-Control"), "public") || len(res.Cookies()) > 0 || res.Header.Get("X-Magento-Cache-Id") == "" {
			t.Errorf("products: %v", res.Header)
		}
		ids := map[string]bool{res.Header.Get("X-Magento-Cache-Id"): true}
		for _, fields := range [][]string{{"Store", "english"}, {"Content-Currency", "EUR"}, {"Cookie", "partner=OLA"}} {
			res, body := g.anonymous().do(read.with(fields...))
			if ids[res.Header.Get("X-Magento-Cache-Id")] || body == plain {
				t.Errorf("with %v it is the same", fields)
			}
			ids[res.Header.Get("X-Magento-Cache-Id")] = true
		}
		for _, c := range []Call{p.Query, get("cart", "/graphql?query="+url.QueryEscape(`{ cart(cart_id: "abc") { id } }`))} {
			if res, _ := g.do(c); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s: %d %v", c.Name, res.StatusCode, res.Header)
			}
		}
		if res, _ := g.do(get("mutation", "/graphql?query="+url.QueryEscape(`mutation { createEmptyCart }`))); res.StatusCode != 400 {
			t.Errorf("a mutation by GET: %d", res.StatusCode)
		}
		if res, body := g.all(p.Else); res.StatusCode != 200 || !strings.Contains(body, "ola@example.com") {
			t.Errorf("ordered: %s", body)
		}
		if st := s.stats(); st.Orders != 1 || len(st.Charges) != 1 {
			t.Errorf("%+v", st)
		}
		if _, body := g.do(gqlCall("guess", "/graphql", `{ guestOrderByToken(input: {token: "00000000000000000000000000000001"}) { email } }`)); strings.Contains(body, "ola@") {
			t.Error("a guessed token is believed")
		}
		if code := s.says("forbid"); code != 200 {
			t.Fatalf("backstage: %d", code)
		}
		for _, c := range p.Shareable {
			if res, _ := g.do(c); !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s may be kept", c.Name)
			}
		}
		if code := s.says(""); code != 200 {
			t.Fatalf("backstage: %d", code)
		}
		if res, _ := g.do(p.Home); !strings.Contains(res.Header.Get("Cache-Control"), "public") {
			t.Error("home may not be kept any more")
		}
		if code := s.says("public"); code != 400 {
			t.Errorf("what Magento's owner cannot choose: %d", code)
		}
	})
}

// Medusa's customers have prices of their own, by token and by cookie; what a cart's
// country makes of a price is told to whoever names the cart.
func TestMedusaPrices(t *testing.T) {
	as(t, "medusa", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		_, plain := g.do(p.Product)
		g.all(p.AddByScript)
		_, here := g.do(p.Taxed)
		g.all([]Call{p.Move})
		if _, there := g.do(p.Taxed); here == there || here == plain || !strings.Contains(there, "calculated_amount_with_tax") {
			t.Errorf("taxes: %s", there)
		}
		g.all(p.SignIn)
		_, own := g.do(p.Product)
		if own == plain || g.cookie(meCookie) == "" {
			t.Errorf("a customer's price: %s", own)
		}
		if _, byToken := g.anonymous().do(p.Product.with("Authorization", "Bearer {bearer}")); byToken != own {
			t.Errorf("by token: %s", byToken)
		}
		if _, forged := g.anonymous().do(p.Product.with("Cookie", meCookie+"=s%3Aabc.guess")); forged != plain {
			t.Error("a forged session is believed")
		}
		g.all(p.SignOut)
		if _, after := g.do(p.Product); after != plain || g.cookie(meCookie) != "" {
			t.Error("the session does not end")
		}
	})
}

// Vendure settles a payment at once where the method does, and by GET it says what its
// owner has it say.
func TestVendureSettlesAndIsCareless(t *testing.T) {
	as(t, "vendure", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if res, _ := g.anonymous().do(p.Notices[0]); res.StatusCode != 200 {
			t.Errorf("Mollie's notice: %d", res.StatusCode)
		}
		g.all(p.Else[:len(p.Else)-len(p.Thanks)-1])
		byGet := p.Private[len(p.Private)-1]
		if res, body := g.do(byGet); res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(body, "swieca-molo") {
			t.Errorf("cart by GET: %v %s", res.Header, body)
		}
		if code := s.says("public"); code != 200 {
			t.Fatalf("backstage: %d", code)
		}
		if res, body := g.do(byGet); res.Header.Get("Cache-Control") != "max-age=5, public" || !strings.Contains(body, "swieca-molo") {
			t.Errorf("cart by GET: %v %s", res.Header, body)
		}
		if res, _ := g.do(p.Cart); res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("cart by POST: %v", res.Header)
		}
		for _, c := range p.Else[len(p.Else)-len(p.Thanks)-1:] {
			if _, body := g.do(c); !strings.Contains(body, p.ElseDone) {
				t.Errorf("%s: %s", c.Name, body)
			}
		}
		if st := s.stats(); st.Orders != 1 || len(st.Charges) != 1 {
			t.Errorf("%+v", st)
		}
	})
	as(t, "woocommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if code := s.says("public"); code != 400 {
			t.Errorf("what is not left to an owner: %d", code)
		}
	})
}
