package twins

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// A booth is a shop whose cart only a script fills: what each software's own script
// asks for, and what it is answered, with one cart for each session's cookie.
type booth struct {
	cookie string // of the session
	carts  map[string]int
	asked  []string // method and path of everything but pages
	refuse string   // a path whose calls are answered that they went well and do nothing
	answer func(b *booth, session string, w http.ResponseWriter, r *http.Request)
}

func (b *booth) fetch(_ context.Context, r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	if b.cookie == "" {
		b.cookie = "sid"
	}
	session := ""
	if c, err := r.Cookie(b.cookie); err == nil {
		session = c.Value
	} else {
		session = fmt.Sprintf("visitor%026d", len(b.carts))
		b.carts[session] = 0
		http.SetCookie(w, &http.Cookie{Name: b.cookie, Value: session, Path: "/"})
	}
	if r.Method != http.MethodGet {
		b.asked = append(b.asked, r.Method+" "+r.URL.RequestURI())
	}
	b.answer(b, session, w, r)
	return w.Result(), nil
}

// left is what lies in all carts.
func (b *booth) left() (n int) {
	for _, c := range b.carts {
		n += c
	}
	return n
}

// evershop as it was watched: the product in the page's context, the cart in every
// page, a line's own address for taking it out.
func evershopBooth(b *booth, session string, w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/api/cart/mine/items":
		var in struct {
			SKU string
			Qty int
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.SKU != "CUP-001/WHT" || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if b.refuse != r.URL.Path {
			b.carts[session] += in.Qty
		}
		_, _ = io.WriteString(w, `{"data":{"item":{"uuid":"b589"},"count":1}}`)
	case r.Method == http.MethodDelete && r.URL.Path == "/api/cart/66ec/items/b589":
		if b.refuse != r.URL.Path {
			b.carts[session] = 0
		}
		_, _ = io.WriteString(w, `{"data":{"item":{"uuid":"b589"}}}`)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		cart, product := `null`, ``
		if b.carts[session] > 0 {
			cart = `{"uuid":"66ec","customerId":null,"items":[{"uuid":"b589","productSku":"CUP-001/WHT","removeApi":"/api/cart/66ec/items/b589"}],"totalQty":1,"coupon":null}`
		}
		if strings.HasPrefix(r.URL.Path, "/cups/") {
			product = `,"e7":{"name":"Kubek","sku":"CUP-001\u002FWHT"}`
		}
		_, _ = io.WriteString(w, `<!DOCTYPE html><html id="root"><body><script>var eContext = {"graphqlResponse":{"e1":`+cart+product+`,"e9":{"copyRight":null}}}</script>`+
			`<a href="/cups/white"><img src="/c.png"></a><form id="productForm"></form></body></html>`)
	}
}

// woocommerceBooth has a button that no form is around.
func woocommerceBooth(b *booth, session string, w http.ResponseWriter, r *http.Request) {
	fragments := func() {
		w.Header().Set("Content-Type", "application/json")
		hash, line := "", "<p>empty</p>"
		if b.carts[session] > 0 {
			hash, line = "2a9f", `<a class="remove" data-product_id="7" data-cart_item_key="8f14">`
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"fragments": map[string]string{"div": line}, "cart_hash": hash})
	}
	switch r.URL.Query().Get("wc-ajax") {
	case "add_to_cart":
		if r.FormValue("product_id") == "7" {
			b.carts[session]++
		}
		fragments()
	case "remove_from_cart":
		if r.FormValue("cart_item_key") == "8f14" {
			b.carts[session] = 0
		}
		fragments()
	case "get_refreshed_fragments":
		fragments()
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<html><body><div class="mini-cart">%d</div><a href="/kubek/"><img src="/c.png"></a><button data-product_id="7">Kup</button></body></html>`, b.carts[session])
	}
}

// visit checks a booth in a bubble.
func (b *booth) visit(t *testing.T, platform string, change func(*Config)) (r Report, err error) {
	t.Helper()
	b.carts = map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Shop: &url.URL{Scheme: "http", Host: "shop.example"}, Fetch: b.fetch, Preset: classifier(t, platform)}
		if change != nil {
			change(&cfg)
		}
		r, err = Check(t.Context(), cfg)
	})
	return r, err
}

// Carts that only a script fills are filled as the shop's own does it, and emptied.
func TestCartsFilledByScript(t *testing.T) {
	for _, q := range []struct {
		platform string
		answer   func(*booth, string, http.ResponseWriter, *http.Request)
		asked    []string
	}{
		{"evershop", evershopBooth, []string{"POST /api/cart/mine/items", "DELETE /api/cart/66ec/items/b589"}},
		{"woocommerce", woocommerceBooth, []string{
			"POST /?wc-ajax=add_to_cart", "POST /?wc-ajax=get_refreshed_fragments", "POST /?wc-ajax=get_refreshed_fragments", "POST /?wc-ajax=remove_from_cart", "POST /?wc-ajax=get_refreshed_fragments",
		}},
	} {
		t.Run(q.platform, func(t *testing.T) {
			b := &booth{answer: q.answer}
			if q.platform == "woocommerce" {
				b.cookie = "woocommerce_recently_viewed"
			}
			r, err := b.visit(t, q.platform, nil)
			if err != nil || r.Cart != "something was put into the cart; the cart was emptied afterwards" || b.left() != 0 || !slices.Equal(b.asked, q.asked) {
				t.Errorf("%v; %s; %d left; %q", err, r.Cart, b.left(), b.asked)
			}
			if k := kindNamed(r, "page"); !k.Passed || !strings.Contains(k.Why, "the cart is shown in the page") {
				t.Errorf("%+v", k)
			}
		})
	}
}

// Where the front page leads nowhere, the shop's interface names pages.
func TestAFrontPageWithoutLinks(t *testing.T) {
	b := &booth{answer: func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/graphql":
			_, _ = io.WriteString(w, `{"data":{"products":{"items":[{"url":"/cups/white"}]},"categories":{"items":[{"url":"/cups"}]},"cmsPages":{"items":[{"url":"https://evil.example/x"}]}}}`)
		case "/":
			rec := httptest.NewRecorder()
			evershopBooth(b, session, rec, r)
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, strings.ReplaceAll(rec.Body.String(), `href="/cups/white"`, `href="/"`))
		default:
			evershopBooth(b, session, w, r)
		}
	}}
	var said []string
	r, err := b.visit(t, "evershop", func(c *Config) { c.Say = func(line string) { said = append(said, line) } })
	if err != nil || r.Cart != "something was put into the cart; the cart was emptied afterwards" || b.asked[0] != "POST /api/graphql" {
		t.Error(err, r.Cart, b.asked)
	}
	for _, page := range []string{"page: /", "page: /cups", "page: /cups/white"} {
		if !slices.Contains(said, page) {
			t.Errorf("%q is not looked at: %q", page, said)
		}
	}
	if slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "/x") }) {
		t.Errorf("%q", said)
	}
}

// A shop that says yes and does nothing is not believed: neither that the cart is
// full, nor that it is empty.
func TestCartsThatOnlySayYes(t *testing.T) {
	b := &booth{answer: evershopBooth, refuse: "/api/cart/mine/items"}
	if r, err := b.visit(t, "evershop", nil); err != nil || !strings.HasPrefix(r.Cart, "nothing could be put into a cart") {
		t.Error(err, r.Cart)
	}
	b = &booth{answer: evershopBooth, refuse: "/api/cart/66ec/items/b589"}
	if r, err := b.visit(t, "evershop", nil); err != nil || strings.Contains(r.Cart, "was emptied") || b.left() != 1 {
		t.Error(err, r.Cart, b.left())
	}
}

// A call goes nowhere but to the shop, whatever its pages say.
func TestCallsStayAtTheShop(t *testing.T) {
	b := &booth{answer: func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
		if r.Host != "shop.example" && r.URL.Host != "shop.example" {
			t.Errorf("asked %s", r.URL)
		}
		rec := httptest.NewRecorder()
		evershopBooth(b, session, rec, r)
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, strings.ReplaceAll(rec.Body.String(), `"removeApi":"/api`, `"removeApi":"https://evil.example/api`))
	}}
	if r, err := b.visit(t, "evershop", nil); err != nil || strings.Contains(r.Cart, "was emptied") {
		t.Error(err, r.Cart)
	}
}

// medusaBooth knows one key, and refuses to name a cart where the real one does.
func medusaBooth(b *booth, session string, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Del("Set-Cookie")
	say := func(status int, text string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	named, path := r.URL.Query().Get("cart_id"), strings.TrimSuffix(r.URL.Path, "/")
	switch {
	case !strings.HasPrefix(path, "/store"):
		say(404, `Cannot GET /`)
	case r.Header.Get("X-Publishable-Api-Key") != "pk_1":
		say(400, `{"type":"not_allowed","message":"Publishable API key required in the request header"}`)
	case named != "" && !strings.HasPrefix(path, "/store/products"):
		say(400, `{"type":"invalid_data","message":"Invalid request: Unrecognized fields: 'cart_id'"}`)
	case strings.HasPrefix(path, "/store/products"):
		price := "10"
		if named == "cart_7" && b.carts["cart_7"] > 0 {
			price = "12.3"
		}
		say(200, `{"products":[{"id":"prod_1","variants":[{"id":"variant_2","calculated_price":`+price+`}]}]}`)
	case r.Method == http.MethodPost && path == "/store/carts":
		say(200, `{"cart":{"id":"cart_7"}}`)
	case r.Method == http.MethodPost && path == "/store/carts/cart_7/line-items":
		b.carts["cart_7"]++
		say(200, `{"cart":{"id":"cart_7"}}`)
	case r.Method == http.MethodDelete && path == "/store/carts/cart_7/line-items/cali_9":
		b.carts["cart_7"] = 0
		say(200, `{"deleted":true}`)
	case path == "/store/carts/cart_7" && b.carts["cart_7"] > 0:
		say(200, `{"cart":{"id":"cart_7","items":[{"id":"cali_9"}]}}`)
	case path == "/store/carts/cart_7":
		say(200, `{"cart":{"id":"cart_7","items":[]}}`)
	case path == "/store/regions":
		say(200, `{"regions":[{"id":"reg_1"}]}`)
	default:
		say(404, `{"type":"not_found"}`)
	}
}

// An interface is compared as two strangers with the storefront's key, and with a
// cart in the address where a request may have one.
func TestAnInterface(t *testing.T) {
	b := &booth{answer: medusaBooth}
	r, err := b.visit(t, "medusa", func(c *Config) { c.Key = "pk_1" })
	if err != nil || b.left() != 0 || r.Cart != "something was put into the cart; the cart was emptied afterwards" {
		t.Fatal(err, r.Cart, b.left())
	}
	k := kindNamed(r, "products")
	if !k.Passed || !strings.HasSuffix(k.Why, "; with a cart in the address it is another, and such a request is never shared") || len(k.Spans) != 1 || !k.Spans[0].WithCart || !k.Spans[0].Harmless {
		t.Errorf("%+v", k)
	}
	if k := kindNamed(r, "catalogue"); !k.Passed || strings.Contains(k.Why, "in the address") {
		t.Errorf("%+v", k)
	}
	b = &booth{answer: medusaBooth}
	if _, err = b.visit(t, "medusa", nil); falochron.KindOf(err) != falochron.Denied || !strings.Contains(falochron.HintOf(err), "--key") || len(b.carts) != 0 {
		t.Error(err, b.carts)
	}
	// An interface that knows its strangers apart is caught.
	n := 0
	b = &booth{answer: func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
		n++
		if r.URL.Path == "/store/regions/" {
			_, _ = fmt.Fprintf(w, `{"regions":[{"id":"reg_%d"}]}`, n)
			return
		}
		medusaBooth(b, session, w, r)
	}}
	if r, err := b.visit(t, "medusa", func(c *Config) { c.Key = "pk_1" }); err != nil || kindNamed(r, "catalogue").Passed {
		t.Error(err, kindNamed(r, "catalogue"))
	}
}

// Whose software it is, is asked as the edge asks: the front page, then interfaces.
func TestRecognise(t *testing.T) {
	vendure := func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if r.URL.Path != "/shop-api" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"data":{"activeChannel":{"id":"1"}}}`)
	}
	nothing := func(status int, kind string) func(*booth, string, http.ResponseWriter, *http.Request) {
		return func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
		}
	}
	for _, q := range []struct {
		name   string
		answer func(*booth, string, http.ResponseWriter, *http.Request)
		want   string
		fault  string
	}{
		{"Vendure, 404 in front", vendure, "vendure", ""},
		{"Medusa, 404 in front", medusaBooth, "medusa", ""},
		{"EverShop", evershopBooth, "evershop", ""},
		{"a blog", nothing(200, "text/html"), preset.GenericName, ""},
		{"nothing", nothing(404, "text/html"), "", "the front page answers 404"},
		{"an unknown interface", nothing(200, "application/json"), "", "no HTML page, but application/json"},
		{"a shop that is down", nothing(503, "text/html"), "", "Service Unavailable"},
	} {
		t.Run(q.name, func(t *testing.T) {
			b := &booth{answer: q.answer, carts: map[string]int{}}
			synctest.Test(t, func(t *testing.T) {
				p, signs, err := Recognise(t.Context(), Config{Shop: &url.URL{Scheme: "http", Host: "shop.example"}, Fetch: b.fetch})
				switch {
				case q.fault != "":
					if err == nil || !strings.Contains(err.Error(), q.fault) || falochron.HintOf(err) == "" {
						t.Error(err)
					}
				case err != nil || p.Name != q.want || (q.want == preset.GenericName) != (len(signs) == 0):
					t.Error(p, signs, err)
				}
			})
		})
	}
	if _, _, err := Recognise(t.Context(), Config{}); falochron.KindOf(err) != falochron.Invalid {
		t.Error(err)
	}
}

// What a shop believes is found with two requests, at an address nobody else asks for.
func TestProbe(t *testing.T) {
	var odd []string
	for _, believes := range []bool{false, true} {
		b := &booth{answer: func(b *booth, session string, w http.ResponseWriter, r *http.Request) {
			host, path := r.Host, r.URL.Path
			if x := r.Header.Get("X-Forwarded-Host"); x != "" {
				odd = append(odd, r.URL.RawQuery)
				if believes {
					host = x
				}
			}
			if x := r.Header.Get("X-Original-Url"); x != "" && believes {
				path = x
			}
			if path != "/" {
				http.NotFound(w, r)
				return
			}
			evershopBooth(b, session, w, r)
			_, _ = io.WriteString(w, `<link rel="canonical" href="http://`+host+`/">`)
		}}
		r, err := b.visit(t, "evershop", func(c *Config) { c.Probe = true })
		if err != nil || believes != slices.Equal(r.Believes, []string{"X-Forwarded-Host or X-Host", "X-Original-Url or X-Rewrite-Url"}) || !believes && r.Believes != nil {
			t.Errorf("%v: %v %q", believes, err, r.Believes)
		}
		b.asked = nil
	}
	if len(odd) != 2 || odd[0] == odd[1] || !strings.HasPrefix(odd[0], "falochron=") {
		t.Errorf("%q", odd)
	}
}
