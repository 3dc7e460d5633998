package toyshop

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
)

// medusa is Medusa 2: an interface for scripts and no cookie but that of a customer who
// wants one instead of a token; customers have prices of their own. The cart's number
// stands in the path, and whoever knows it has the cart; the taxes of its country are
// shown to whoever names it beside an article. Every answer has an ETag and says nothing
// about caching. A small storefront lies before it, whose pages are alike for everybody.
// Sources: Medusa's Store API reference, its middlewares of store/products, auth/session;
// a shop of version 2.15 that was watched.
func medusa() *guise {
	return &guise{
		name: "medusa", title: "Medusa", shell: true, at: shellPosts("/collections/"),
		files: folders{css: "/_next/static/css/toy.css", js: "/_next/static/chunks/app-toy.js", pictures: "/static-media/"},
		read:  meRead, find: meFind, dress: meDress, vars: meVars,
		notice: signedAt{"/hooks/payment/payu_payu", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: mePlaces(),
	}
}

// shellPosts are the addresses of a storefront that a script fills.
func shellPosts(categories string) signposts {
	return signposts{
		Home: "/", Cart: "/cart", Checkout: "/checkout", Order: "/checkout", Account: "/account", SignIn: "/account", SignOut: "/account", Search: "/search", SearchWord: "q",
		product:  func(_ int, a Article) string { return "/products/" + a.Slug },
		category: func(_ int, slug string) string { return categories + slug },
	}
}

// shellPage finds a page of such a storefront.
func (s *Shop) shellPage(v *visit, categories string) (route, work) {
	switch v.path {
	case "/":
		return home, s.showHome
	case "/search":
		return search, s.showSearch
	case "/cart":
		return cartView, s.showCart
	case "/checkout":
		return checkout, func(v visit) (answer, error) { return s.ownPage(v, "checkout", "Zamówienie") }
	case "/thanks":
		return thanks, func(v visit) (answer, error) { return s.ownPage(v, "thanks", "Dziękujemy") }
	case "/account":
		return account, s.showAccount
	}
	if slug, ok := strings.CutPrefix(v.path, "/products/"); ok {
		if a, ok := s.shelves.bySlug[slug]; ok {
			return product, s.showProduct(a)
		}
	}
	if slug, ok := strings.CutPrefix(v.path, categories); ok {
		for _, c := range s.shelves.categories {
			if c.Slug == slug {
				return category, s.showCategory(c)
			}
		}
	}
	return notFound, nil
}

// meKey is the key that the storefront shows to be let in: no secret.
func meKey() string { return "pk_" + fixed("publishable key") }

func meVars(_ *Shop, _ visit, _ *sheet) any { return map[string]string{"key": meKey()} }

const (
	meCart   = "cart_"
	meCookie = "connect.sid"
)

// meRead takes the customer's session, by token or by cookie.
func meRead(s *Shop, v *visit) {
	if v.session = s.bearerOf(v.field("Authorization")); v.session != "" {
		return
	}
	text, _ := url.QueryUnescape(v.cookies[meCookie])
	if id, signature, _ := strings.Cut(strings.TrimPrefix(text, "s:"), "."); plainID(id) && signature == s.seal(meCookie, id) {
		v.session = id
	}
}

// meSession makes of a token a session with a cookie, and DELETE ends it.
func (s *Shop) meSession(v visit) (answer, error) {
	if v.method == http.MethodDelete {
		a := meSays(http.StatusOK, map[string]bool{"success": true})
		a.give(meCookie, "", expired)
		return a, s.store.signOut(v.session)
	}
	if v.account == "" {
		return meSays(http.StatusUnauthorized, meFault("unauthorized", "Unauthorized")), nil
	}
	a := meSays(http.StatusOK, map[string]any{"user": map[string]string{"actor_type": "customer"}})
	a.give(meCookie, url.QueryEscape("s:"+v.session+"."+s.seal(meCookie, v.session)), httpOnly)
	return a, nil
}

// meFind makes the cart of the path the session.
func meFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	path := v.method + " " + strings.Join(parts, "/")
	if v.method == http.MethodHead {
		path = "GET" + path[4:]
	}
	switch {
	case parts[0] == "store":
		if v.field("x-publishable-api-key") != meKey() {
			return apiRead, func(visit) (answer, error) {
				return meSays(http.StatusBadRequest, meFault("not_allowed", "Publishable API key required in the request header: x-publishable-api-key. You can manage your keys in settings in the dashboard.")), nil
			}
		}
	case parts[0] == "hooks":
		return callback, s.heardOfPayment
	case path == "GET health":
		return apiRead, func(visit) (answer, error) { return answer{kind: "api", media: "text/plain", body: []byte("OK")}, nil }
	case path == "POST auth/customer/emailpass":
		return signIn, s.meSignIn
	case path == "POST auth/session" || path == "DELETE auth/session":
		return account, s.meSession
	default:
		return s.shellPage(v, "/collections/")
	}
	if len(parts) > 2 && parts[1] == "carts" && strings.HasPrefix(parts[2], meCart) && plainID(parts[2]) {
		v.session = parts[2]
		parts[2] = "*"
	}
	switch path = v.method + " " + strings.Join(parts[1:], "/"); {
	case path == "GET products" || path == "HEAD products":
		return apiRead, s.meProducts
	case strings.HasPrefix(path, "GET products/"):
		return apiRead, s.meProduct(parts[2])
	case path == "GET product-categories" || path == "GET collections":
		return apiRead, s.meCategories
	case path == "GET product-variants":
		return apiRead, s.meVariants
	case path == "GET regions":
		return apiRead, meList("regions", map[string]string{"id": "reg_pl", "name": "Polska", "currency_code": "pln"})
	case path == "GET currencies":
		return apiRead, meList("currencies", map[string]string{"code": "pln", "symbol": "zł", "name": "Polish Zloty"})
	case path == "GET product-tags":
		return apiRead, meList("product_tags", map[string]string{"id": "ptag_1", "value": "premiera"})
	case path == "GET product-types":
		return apiRead, meList("product_types", map[string]string{"id": "ptyp_1", "value": "kosmetyk"})
	case path == "POST carts":
		return cartAdd, s.meNewCart
	case path == "GET carts/*":
		return cartView, s.meShowCart
	case path == "POST carts/*":
		return cartView, s.meUpdateCart
	case path == "POST carts/*/line-items":
		return cartAdd, s.meAdd
	case strings.HasPrefix(path, "DELETE carts/*/line-items/"):
		return cartAdd, s.meRemove(strings.TrimPrefix(parts[len(parts)-1], "cali_"))
	case path == "POST payment-collections" || strings.HasPrefix(path, "POST payment-collections/"):
		return checkout, s.mePayment
	case path == "POST carts/*/complete":
		return placeOrder, s.meComplete
	case strings.HasPrefix(path, "GET orders/"):
		return thanks, s.meOrder(parts[2])
	case path == "GET customers/me":
		return account, s.meCustomer
	}
	return notFound, func(visit) (answer, error) {
		return meSays(http.StatusNotFound, meFault("not_found", "Not found")), nil
	}
}

func meSays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind, a.private = "api", false
	return a
}

// meError is how the shop words a fault, in this order.
type meError struct {
	Code    string `json:"code,omitempty"`
	Type    string `json:"type"`
	Message string `json:"message"`
}

func meFault(kind, text string) meError { return meError{Type: kind, Message: text} }

// meTitle is an article's name in the language of a request, as far as the toy shop has
// any.
func meTitle(v visit, a Article) string {
	if v.field("x-medusa-locale") == "en-US" {
		return a.Name + " (English)"
	}
	return a.Name
}

func (s *Shop) meArticle(v visit, a Article) (map[string]any, error) {
	n, err := s.store.available(a.Slug)
	id := itoa(s.shelves.number(a.Slug))
	amount := float64(a.Price) / 100
	if v.account != "" {
		amount = float64(a.Price/10*9) / 100 // of the customers' group
	}
	price := map[string]any{"calculated_amount": amount, "currency_code": "pln"}
	if cart := v.query.Get("cart_id"); strings.HasPrefix(cart, meCart) && plainID(cart) {
		rate := map[string]float64{"": 1.23, "pl": 1.23, "de": 1.19}[s.guise.tastes.get(cart).country]
		price["calculated_amount_with_tax"] = math.Round(amount*rate*100) / 100
	}
	return map[string]any{
		"id": "prod_" + id, "title": meTitle(v, a), "handle": a.Slug, "description": a.Description, "thumbnail": "/static-media/" + a.Slug + "-1.svg",
		"variants": []any{map[string]any{"id": "variant_" + id, "inventory_quantity": n, "calculated_price": price}},
	}, err
}

func (s *Shop) meProducts(v visit) (answer, error) {
	wanted := s.shelves.articles
	if q := v.query.Get("q"); q != "" {
		wanted = s.shelves.search(q)
	}
	if id := strings.TrimPrefix(v.query.Get("category_id"), "pcat_"); id != "" {
		c, _ := s.shelves.shelfNumbered(id)
		wanted = s.shelves.byCategory[c.Slug]
	}
	if handle := v.query.Get("handle"); handle != "" {
		wanted = nil
		if a, ok := s.shelves.bySlug[handle]; ok {
			wanted = []Article{a}
		}
	}
	list := []any{}
	for _, a := range wanted {
		p, err := s.meArticle(v, a)
		if err != nil {
			return answer{}, err
		}
		list = append(list, p)
	}
	return meSays(http.StatusOK, map[string]any{"products": list, "count": len(list), "offset": 0, "limit": 50}), nil
}

func (s *Shop) meProduct(id string) work {
	return func(v visit) (answer, error) {
		a, ok := s.shelves.numbered(strings.TrimPrefix(id, "prod_"))
		if !ok {
			return meSays(http.StatusNotFound, meFault("not_found", "Product with id: "+id+" was not found")), nil
		}
		p, err := s.meArticle(v, a)
		return meSays(http.StatusOK, map[string]any{"product": p}), err
	}
}

// meList is a list of one.
func meList(name string, one map[string]string) work {
	return func(visit) (answer, error) {
		return meSays(http.StatusOK, map[string]any{name: []any{one}, "count": 1, "offset": 0, "limit": 50}), nil
	}
}

// meVariants are the articles as they are sold, with what is left of each.
func (s *Shop) meVariants(v visit) (answer, error) {
	list := []any{}
	for _, a := range s.shelves.articles {
		p, err := s.meArticle(v, a)
		if err != nil {
			return answer{}, err
		}
		list = append(list, p["variants"].([]any)...)
	}
	return meSays(http.StatusOK, map[string]any{"variants": list, "count": len(list), "offset": 0, "limit": 50}), nil
}

func (s *Shop) meCategories(visit) (answer, error) {
	list := []any{}
	for _, c := range s.shelves.categories {
		list = append(list, map[string]string{"id": "pcat_" + itoa(s.shelves.shelf(c.Slug)), "name": c.Name, "handle": c.Slug})
	}
	return meSays(http.StatusOK, map[string]any{"product_categories": list, "count": len(list)}), nil
}

// meNewCart gives a cart a number. It exists once something is in it.
func (s *Shop) meNewCart(v visit) (answer, error) {
	v.session = meCart + newSession()
	return s.meShowCart(v)
}

func (s *Shop) meShowCart(v visit) (answer, error) {
	c, err := s.meCart(v)
	if err != nil {
		return answer{}, err
	}
	a := meSays(http.StatusOK, map[string]any{"cart": c})
	a.personal = true
	return a, nil
}

func (s *Shop) meCart(v visit) (map[string]any, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return nil, err
	}
	items, total := []any{}, 0
	for _, l := range c.lines {
		a := s.shelves.bySlug[l.product]
		items = append(items, map[string]any{"id": "cali_" + a.Slug, "product_handle": a.Slug, "title": a.Name, "quantity": l.qty, "unit_price": float64(a.Price) / 100})
		total += l.qty * a.Price
	}
	visitor := ""
	if len(items) > 0 {
		visitor = mark(v.session)
	}
	return map[string]any{"id": v.session, "email": c.email, "items": items, "total": float64(total) / 100, "count": c.pieces(), "visitor": visitor}, nil
}

func (s *Shop) meUpdateCart(v visit) (answer, error) {
	var in struct {
		Email    string
		Shipping struct {
			Country string `json:"country_code"`
		} `json:"shipping_address"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return meSays(http.StatusBadRequest, meFault("invalid_data", "Invalid request")), nil
	}
	if c := in.Shipping.Country; c == "pl" || c == "de" {
		s.guise.tastes.put(v.session, taste{country: c})
	}
	if in.Email != "" {
		if err := s.store.rememberEmail(v.session, in.Email); err != nil {
			return answer{}, err
		}
	}
	return s.meShowCart(v)
}

func (s *Shop) meAdd(v visit) (answer, error) {
	var in struct {
		Variant  string `json:"variant_id"`
		Quantity int    `json:"quantity"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return meSays(http.StatusBadRequest, meFault("invalid_data", "Invalid request")), nil
	}
	c, err := s.choose(strings.TrimPrefix(in.Variant, "variant_"), itoa(in.Quantity))
	if err != nil {
		return meSays(http.StatusBadRequest, meFault("invalid_data", "Items "+in.Variant+" do not exist")), nil
	}
	there, err := s.putInCart(v.session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		fault := meFault("not_allowed", "Some variant does not have the required inventory")
		fault.Code = "insufficient_inventory"
		return meSays(http.StatusBadRequest, fault), nil
	}
	return s.meShowCart(v)
}

func (s *Shop) meRemove(slug string) work {
	return func(v visit) (answer, error) {
		if err := s.store.removeFromCart(v.session, slug); err != nil {
			return answer{}, err
		}
		cart, err := s.meCart(v)
		return meSays(http.StatusOK, map[string]any{"id": "cali_" + slug, "object": "line-item", "deleted": true, "parent": cart}), err
	}
}

func (s *Shop) mePayment(v visit) (answer, error) {
	var in struct {
		Cart string `json:"cart_id"`
	}
	_ = json.Unmarshal(v.body, &in) // the session's body names no cart
	return meSays(http.StatusOK, map[string]any{"payment_collection": map[string]string{"id": "pay_col_" + s.seal("payment", in.Cart)[:20], "status": "not_paid"}}), nil
}

// meComplete answers 200 with the order, or 200 with the cart and what was wrong.
func (s *Shop) meComplete(v visit) (answer, error) {
	var in struct{ Name, Blik string }
	_ = json.Unmarshal(v.body, &in) // the real one wants no body; the toy's till has a code
	c, err := s.store.cart(v.session)
	if err != nil {
		return answer{}, err
	}
	sold, err := s.sell(v.session, in.Name, c.email, in.Blik)
	if err != nil {
		return answer{}, err
	}
	if sold.fault != "" {
		cart, err := s.meCart(v)
		return meSays(http.StatusOK, map[string]any{"type": "cart", "cart": cart, "error": meFault("not_allowed", sold.fault)}), err
	}
	return meSays(http.StatusOK, map[string]any{"type": "order", "order": map[string]any{"id": s.meOrderID(sold.nr), "display_id": sold.nr, "email": c.email}}), nil
}

func (s *Shop) meOrderID(nr int) string {
	return "order_" + s.seal("order", itoa(nr))[:18] + hex8(nr)
}

// meOrder shows an order to whoever knows its number, as the real one does.
func (s *Shop) meOrder(id string) work {
	return func(visit) (answer, error) {
		nr := 0
		if len(id) > 8 {
			if n := unhex8(id[len(id)-8:]); id == s.meOrderID(n) {
				nr = n
			}
		}
		session, err := s.store.orderedBy(nr)
		if err != nil {
			return answer{}, err
		}
		if session == "" {
			return meSays(http.StatusNotFound, meFault("not_found", "Order with id: "+id+" was not found")), nil
		}
		o, err := s.store.order(nr, session)
		a := meSays(http.StatusOK, map[string]any{"order": map[string]any{"id": id, "display_id": o.nr, "email": o.email, "payment_status": map[bool]string{true: "captured", false: "awaiting"}[o.paid]}})
		a.personal = true
		return a, err
	}
}

func (s *Shop) meSignIn(v visit) (answer, error) {
	var in struct{ Email, Password string }
	session := newSession()
	if json.Unmarshal(v.body, &in) != nil {
		in.Email = ""
	}
	fault, err := s.enter(session, in.Email, in.Password)
	if err != nil {
		return answer{}, err
	}
	if fault != "" {
		return meSays(http.StatusUnauthorized, meFault("unauthorized", "Invalid email or password")), nil
	}
	return meSays(http.StatusOK, map[string]string{"token": s.bearer(session)}), nil
}

// bearer is a token that names a session.
func (s *Shop) bearer(session string) string {
	return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(session)) + "." + s.seal("bearer", session)
}

// bearerOf is the session of a token of this shop, or "".
func (s *Shop) bearerOf(field string) string {
	parts := strings.Split(strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(field, "Bearer "), "JWT ")), ".")
	if len(parts) != 3 {
		return ""
	}
	session, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || parts[2] != s.seal("bearer", string(session)) {
		return ""
	}
	return string(session)
}

func (s *Shop) meCustomer(v visit) (answer, error) {
	email := v.account
	if email == "" {
		return meSays(http.StatusUnauthorized, meFault("unauthorized", "Unauthorized")), nil
	}
	a := meSays(http.StatusOK, map[string]any{"customer": map[string]string{"id": "cus_" + fixed(email)[:20], "email": email}})
	a.personal = true
	return a, nil
}

func meDress(_ *Shop, _ visit, a *answer) {
	a.private = false
	a.set("X-Powered-By", "Express")
	if a.kind == "api" {
		a.set("Vary", "Origin, Accept-Encoding")
	}
	if len(a.body) > 0 {
		a.set("Etag", "W/"+etag(a.body))
	}
}

func mePlaces() Places {
	key := []string{"x-publishable-api-key", meKey()}
	cart := Take{Word: "cart", Before: `"id":"cart_`, After: `"`}
	order := Take{Word: "order", Before: `"id":"order_`, After: `"`}
	token := Take{Word: "bearer", Before: `"token":"`, After: `"`}
	p := Places{
		Kind: Calls,
		Home: get("home", "/"), Category: get("category", "/store/products?category_id=pcat_{shelf}").with(key...), Product: get("product", "/store/products/prod_{id}").with(key...),
		Search: get("search", "/store/products?q={q}").with(key...), Cart: get("cart", "/store/carts/cart_{cart}").with(key...), Checkout: get("checkout", "/store/carts/cart_{cart}").with(key...),
		Account: get("account", "/store/customers/me").with(key...).with("Authorization", "Bearer {bearer}"),
		AddByScript: []Call{send("new cart", http.MethodPost, "/store/carts", `{"region_id":"reg_pl"}`, cart).with(key...),
			send("add", http.MethodPost, "/store/carts/cart_{cart}/line-items", `{"variant_id":"variant_{id}","quantity":1}`).with(key...)},
		Order: []Call{send("email", http.MethodPost, "/store/carts/cart_{cart}", `{"email":"{email}"}`).with(key...),
			send("payment", http.MethodPost, "/store/payment-collections", `{"cart_id":"cart_{cart}"}`).with(key...),
			send("order", http.MethodPost, "/store/carts/cart_{cart}/complete", `{"name":"{name}","blik":"{blik}"}`, order).with(key...)},
		Done: `"type":"order"`, Thanks: []Call{get("order", "/store/orders/order_{order}").with(key...)},
		Notice: send("notice", http.MethodPost, "/hooks/payment/payu_payu", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static: []string{"/_next/static/css/toy.css", "/_next/static/chunks/app-toy.js", "/static-media/pomadka-bursztyn-1.svg"},
		SignIn: []Call{send("sign in", http.MethodPost, "/auth/customer/emailpass", `{"email":"{email}","password":"haslo"}`, token),
			send("session", http.MethodPost, "/auth/session", `{}`).with("Authorization", "Bearer {bearer}")},
		SignOut:  []Call{{Name: "end of the session", Method: http.MethodDelete, Path: "/auth/session"}, get("forget the token", "/", Take{Word: "bearer", From: "Nothing"})},
		Move:     send("address", http.MethodPost, "/store/carts/cart_{cart}", `{"shipping_address":{"country_code":"de"}}`).with(key...),
		Taxed:    get("taxes", "/store/products/prod_{id}?cart_id=cart_{cart}").with(key...),
		Sessions: []string{meCookie},
	}
	p.ReadCart = []Call{p.Cart}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("storefront product", "/products/{product}"), get("categories", "/store/product-categories").with(key...)}
	for _, name := range []string{"collections", "regions", "currencies", "product-tags", "product-types", "product-variants"} {
		p.Shareable = append(p.Shareable, get(name, "/store/"+name).with(key...))
	}
	p.Private = []Call{p.Cart, p.Account, p.Thanks[0]}
	return p
}
