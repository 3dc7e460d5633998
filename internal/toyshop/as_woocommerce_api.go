package toyshop

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wooRest is WordPress's interface for scripts, of which the shop has the Store
// API. It is silent about caching, the cart included.
func (s *Shop) wooRest(v *visit, parts []string) (route, work) {
	path := strings.Join(parts, "/")
	if path == "contact-form-7/v1/contact-forms/7/refill" {
		return apiRead, wooRefill
	}
	path = strings.TrimPrefix(strings.TrimPrefix(path, "wc/store/"), "v1/")
	switch {
	case path == "":
		return apiRead, s.wooIndex
	case path == "products":
		return apiRead, s.wooProducts
	case strings.HasPrefix(path, "products/"):
		return apiRead, s.wooOneProduct(strings.TrimPrefix(path, "products/"))
	case path == "cart" || path == "cart/items":
		return cartView, s.wooRestCart
	case path == "cart/update-customer" && v.method == http.MethodPost:
		return cartView, s.wooRestCustomer
	case path == "cart/add-item" && v.method == http.MethodPost:
		return cartAdd, s.wooRestAdd
	case path == "checkout" && v.method == http.MethodPost:
		return placeOrder, s.wooRestOrder
	}
	return notFound, func(visit) (answer, error) {
		return restError(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method."), nil
	}
}

func rest(status int, v any) answer {
	a := jsonAnswer(status, v)
	a.kind, a.private = "rest", false
	return a
}

func restError(status int, code, text string) answer {
	return rest(status, map[string]any{"code": code, "message": text, "data": map[string]int{"status": status}})
}

func (s *Shop) wooIndex(v visit) (answer, error) {
	return rest(http.StatusOK, map[string]any{"name": ShopName, "url": v.absolute(""), "namespaces": []string{"oembed/1.0", "wc/store", "wc/store/v1", "wc/v3", "wp/v2"}}), nil
}

// Value added tax in percent: prices hold that of the country to which things go, as far
// as the session knows it.
const (
	wooTax       = 23
	wooTaxAbroad = 19
)

func (s *Shop) wooProduct(v visit, a Article) (map[string]any, error) {
	n, err := s.store.available(a.Slug)
	price := a.Price
	if v.session != "" && s.guise.tastes.get(v.session).country == "DE" {
		price = price * (100 + wooTaxAbroad) / (100 + wooTax)
	}
	return map[string]any{
		"id": s.shelves.number(a.Slug), "name": a.Name, "slug": a.Slug, "permalink": "/produkt/" + a.Slug + "/", "is_in_stock": n > 0, "is_purchasable": true,
		"prices": map[string]any{"price": strconv.Itoa(price), "currency_code": "PLN", "currency_minor_unit": 2},
	}, err
}

func (s *Shop) wooProducts(v visit) (answer, error) {
	list := []any{}
	for _, a := range s.shelves.articles {
		p, err := s.wooProduct(v, a)
		if err != nil {
			return answer{}, err
		}
		list = append(list, p)
	}
	return rest(http.StatusOK, list), nil
}

func (s *Shop) wooOneProduct(number string) work {
	return func(v visit) (answer, error) {
		a, ok := s.shelves.numbered(number)
		if !ok {
			return restError(http.StatusNotFound, "woocommerce_rest_product_invalid_id", "Invalid product ID."), nil
		}
		p, err := s.wooProduct(v, a)
		return rest(http.StatusOK, p), err
	}
}

// wooRestCart shows the cart. Whoever has none gets a token for one.
func (s *Shop) wooRestCart(v visit) (answer, error) {
	p, err := s.sheet(v, "rest", "")
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"id": s.shelves.number(l.Article.Slug), "slug": l.Article.Slug, "name": l.Article.Name, "quantity": l.Qty})
	}
	a := rest(http.StatusOK, map[string]any{"items": items, "items_count": p.Count, "visitor": p.Visitor,
		"billing_address": map[string]string{"email": p.Email}, "totals": map[string]string{"total_price": strconv.Itoa(p.Total)}})
	a.personal = p.Visitor != ""
	s.wooRestFields(v, &a)
	return a, nil
}

// wooRestFields are what the answers about a cart carry in their header.
func (s *Shop) wooRestFields(v visit, a *answer) {
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	a.set("Nonce", s.wooStoreNonce(v))
	a.set("Nonce-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
	a.set("Cart-Token", s.wooToken(session))
	a.set("User-ID", "0")
}

// wooMaySend reports whether a script may change the cart: it has a nonce or a
// token, else it gets the refusal.
func (s *Shop) wooMaySend(v visit) (answer, bool) {
	switch v.header.Get("Nonce") {
	case s.wooStoreNonce(v):
		return answer{}, true
	case "":
		if s.wooTokenOwner(v.header.Get("Cart-Token")) != "" {
			return answer{}, true
		}
		return restError(http.StatusUnauthorized, "woocommerce_rest_missing_nonce", "Missing the Nonce header. This endpoint requires a valid nonce."), false
	}
	return restError(http.StatusForbidden, "woocommerce_rest_invalid_nonce", "Nonce is invalid."), false
}

// wooRestCustomer takes down the country to which things go.
func (s *Shop) wooRestCustomer(v visit) (answer, error) {
	if no, ok := s.wooMaySend(v); !ok {
		return no, nil
	}
	var in struct {
		Shipping struct {
			Country string `json:"country"`
		} `json:"shipping_address"`
	}
	if json.Unmarshal(v.body, &in) != nil || len(in.Shipping.Country) != 2 {
		return restError(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): shipping_address"), nil
	}
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	s.guise.tastes.put(session, taste{country: in.Shipping.Country})
	v.session = session
	a, err := s.wooRestCart(v)
	a.session = session
	return a, err
}

// wooRefill is what the script of Contact Form 7 asks for on every page, since pages may
// come from a cache: the picture that its sender has to read, which is good for once.
func wooRefill(visit) (answer, error) {
	n := rand.Uint64()%9_000_000_000 + 1_000_000_000
	return rest(http.StatusOK, map[string]any{"captcha": map[string]string{"captcha-7": "/wp-content/uploads/wpcf7_captcha/" + strconv.FormatUint(n, 10) + ".png"}}), nil
}

func (s *Shop) wooRestAdd(v visit) (answer, error) {
	if no, ok := s.wooMaySend(v); !ok {
		return no, nil
	}
	var in struct {
		ID       int `json:"id"`
		Quantity int `json:"quantity"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return restError(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed."), nil
	}
	c, err := s.choose(strconv.Itoa(in.ID), strconv.Itoa(in.Quantity))
	if err != nil {
		return restError(http.StatusBadRequest, "woocommerce_rest_cart_invalid_product", "This product cannot be added to the cart."), nil
	}
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	there, err := s.putInCart(session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		return restError(http.StatusBadRequest, "woocommerce_rest_product_out_of_stock", soldOutText(c.article)), nil
	}
	v.session = session
	a, err := s.wooRestCart(v)
	a.status, a.session = http.StatusCreated, session
	return a, err
}

func (s *Shop) wooRestOrder(v visit) (answer, error) {
	if no, ok := s.wooMaySend(v); !ok {
		return no, nil
	}
	var in struct {
		Billing struct {
			Name  string `json:"first_name"`
			Email string `json:"email"`
		} `json:"billing_address"`
		Payment []struct{ Key, Value string } `json:"payment_data"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return restError(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed."), nil
	}
	blik := ""
	for _, p := range in.Payment {
		if p.Key == "blik" {
			blik = p.Value
		}
	}
	sold, err := s.sell(v.session, in.Billing.Name, in.Billing.Email, blik)
	switch {
	case err != nil:
		return answer{}, err
	case sold.soldOut:
		return restError(http.StatusConflict, "woocommerce_rest_product_out_of_stock", sold.fault), nil
	case sold.empty:
		return restError(http.StatusBadRequest, "woocommerce_rest_cart_empty", "Cannot create order from empty cart."), nil
	case sold.fault != "":
		return restError(http.StatusBadRequest, "woocommerce_rest_invalid_address", sold.fault), nil
	}
	a := rest(http.StatusOK, map[string]any{"order_id": sold.nr, "order_key": s.wooKey(sold.nr), "status": "pending",
		"payment_result": map[string]string{"payment_status": "success", "redirect_url": s.wooReceived(sold.nr)}})
	s.wooRestFields(v, &a)
	return a, nil
}

func wooPlaces() Places {
	nonce := Take{Word: "nonce", Before: `name="woocommerce-process-checkout-nonce" value="`, After: `"`}
	login := Take{Word: "nonce", Before: `name="woocommerce-login-nonce" value="`, After: `"`}
	p := Places{
		Home: get("home", "/"), Category: get("category", "/kategoria-produktu/{category}/"), Product: get("product", "/produkt/{product}/"),
		Search: get("search", "/?s={q}&post_type=product"), Cart: get("cart", "/koszyk/"), Checkout: get("checkout", "/zamowienie/"), Account: get("account", "/moje-konto/"),
		Background:  []Call{{Name: "fragments", Method: http.MethodPost, Path: "/?wc-ajax=get_refreshed_fragments"}},
		AddByForm:   []Call{post("add", "/produkt/{product}/", "add-to-cart", "{id}", "quantity", "1")},
		AddByScript: []Call{post("add", "/?wc-ajax=add_to_cart", "product_id", "{id}", "quantity", "1").with("Accept", "application/json", "X-Requested-With", "XMLHttpRequest")},
		AddByLink:   []Call{get("add", "/?add-to-cart={id}")},
		Done:        "/zamowienie/order-received/", Thanks: []Call{get("thanks", "{thanks}")},
		Notice:   send("notice", http.MethodPost, "/?wc-api=WC_Gateway_PayU", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/wp-content/themes/storefront/style.css", "/wp-content/plugins/woocommerce/assets/js/frontend/add-to-cart.min.js", "/wp-content/uploads/pomadka-bursztyn-1.svg"},
		Sessions: []string{"wp_woocommerce_session_*", wooItems, wooHash, "wordpress_logged_in_*"},
	}
	p.ReadCart = []Call{get("store cart", "/wp-json/wc/store/v1/cart").with("Accept", "application/json")}
	// As the scripts of three generations of its mini-cart ask.
	own := []string{"Accept", "*/*", "Sec-Fetch-Dest", "empty", "Referer", "{base}/"}
	p.BlockCart = []Call{
		get("block cart", "/wp-json/wc/store/v1/cart").with(own...).with("Content-Type", "application/json"),
		get("block cart by locale", "/wp-json/wc/store/v1/cart?_locale=user").with(own...),
		get("block cart, older", "/wp-json/wc/store/v1/cart/").with(own...),
		get("block cart by its first name", "/wp-json/wc/store/cart").with(own...),
		get("block cart, plain permalinks", "/index.php?rest_route=/wc/store/v1/cart&_locale=user").with(own...),
		get("block cart, plain permalinks by hand", "/?rest_route=%2Fwc%2Fstore%2Fv1%2Fcart").with(own...),
	}
	p.Order = []Call{p.Checkout.taking(nonce), orderForm("/zamowienie/", "woocommerce-process-checkout-nonce", "{nonce}")}
	p.SignIn = []Call{p.Account.taking(login), post("sign in", "/moje-konto/", "username", "{email}", "password", "haslo", "woocommerce-login-nonce", "{nonce}", "login", "Zaloguj")}
	p.SignOut = []Call{get("sign out", "/moje-konto/customer-logout/")}
	token := Take{Word: "token", From: "Cart-Token"}
	products := get("store products", "/wp-json/wc/store/v1/products")
	refill := get("captcha", "/wp-json/contact-form-7/v1/contact-forms/7/refill", Take{Word: "code", Before: "/wpcf7_captcha/", After: ".png"}).with("Accept", "application/json")
	p.Token = Token{Field: "Cart-Token", Value: "{token}", Reads: []Call{products}, Get: []Call{p.ReadCart[0].taking(token),
		send("customer", http.MethodPost, "/wp-json/wc/store/v1/cart/update-customer", `{"shipping_address":{"country":"DE"}}`, token).with("Cart-Token", "{token}")}}
	for _, at := range []string{"/wp-json/wc/store/v1/cart", "/index.php?rest_route=/wc/store/v1/cart"} {
		nonce := Take{Word: "nonce", From: "Nonce"}
		add := send("add of "+at, http.MethodPost, at+"/add-item", `{"id":{id},"quantity":1}`).with(own[2:]...)
		p.Token.Own = append(p.Token.Own, []Call{
			get("empty cart of "+at, at, token).with(own...), add.taking(token), get("cart of "+at, at).with(own...),
		})
		p.Token.ByCookie = append(p.Token.ByCookie, []Call{get("nonce of "+at, at, nonce).with(own...), add.with("Nonce", "{nonce}")})
	}
	p.Else = append(append([]Call{}, p.AddByScript...), p.ReadCart[0].taking(Take{Word: "nonce", From: "Nonce"}),
		send("order", http.MethodPost, "/wp-json/wc/store/v1/checkout", `{"billing_address":{"first_name":"{name}","email":"{email}"},"payment_method":"payu","payment_data":[{"key":"blik","value":"{blik}"}]}`).with("Nonce", "{nonce}"))
	p.ElseDone = p.Done
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, products, get("protected", "/tylko-dla-was/")}
	p.Fresh = []Call{refill}
	p.Private = append([]Call{p.Cart, p.Checkout, p.Account, get("thanks", "/zamowienie/order-received/1/?key=wc_order_0"), p.Background[0], p.ReadCart[0]}, p.BlockCart...)
	return p
}
