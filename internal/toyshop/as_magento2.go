package toyshop

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// magento2 is Magento 2 set up for a cache in front of it: pages are public and
// hold nothing of the visitor, whose cart and name come from
// /customer/section/load. The form key is chosen by the browser, in a cookie; a
// form must carry the same. Who signs in gets X-Magento-Vary, and pages of his
// customer group, which counts in euros. If its owner has it keep its pages itself, it
// tells all others to store none. Its GraphQL is public where only the catalogue is asked
// for by GET; fields of the request choose the store and the currency. Sources: Magento's
// module PageCache (FormKey, Version, Vary), module Customer's sections, modules
// GraphQlCache, StoreGraphQl and DirectoryGraphQl, and the VCL it ships.
func magento2() *guise {
	return &guise{
		name: "magento2", title: "Magento 2", bare: true,
		at: signposts{
			Home: "/", Cart: "/checkout/cart/", Checkout: "/checkout/", Order: "/checkout/", Account: "/customer/account/",
			SignIn: "/customer/account/loginPost/", SignOut: "/customer/account/logout/", Search: "/catalogsearch/result/", SearchWord: "q",
			product:  func(_ int, a Article) string { return "/" + a.Slug + ".html" },
			category: func(_ int, slug string) string { return "/" + slug + ".html" },
		},
		files: folders{
			css: "/static/version1730000000/frontend/Magento/luma/pl_PL/css/styles-m.css", js: "/static/version1730000000/frontend/Magento/luma/pl_PL/js/bundle/shop.js",
			pictures: "/media/catalog/product/cache/", also: []string{"/static/version1730000000/frontend/Magento/luma/pl_PL/requirejs/require.js"},
		},
		read: m2Read, find: m2Find, dress: m2Dress, token: m2Key, vars: m2Vars,
		notice: signedAt{"/payu/payment/notify/", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		owner:  "forbid",
		places: m2Places(),
	}
}

const m2Session = "PHPSESSID"

// m2Read takes the session of the cookie; who has none gets one with the answer.
func m2Read(_ *Shop, v *visit) {
	if v.cookies[m2Vary] == m2Group() {
		v.countsIn("EUR")
	}
	if id := v.cookies[m2Session]; len(id) >= 22 && plainID(id) {
		v.session = id
		return
	}
	v.session, v.born = strings.ToLower(newSession()), true
}

// m2Key is what the server writes into forms: the browser's own key, or one that
// the page's script replaces before the form is sent. Cacheable pages hold one
// that is nobody's.
func m2Key(s *Shop, v visit) string {
	if key := v.cookies["form_key"]; key != "" && plainID(key) && m2Own(v.path) {
		return key
	}
	return s.seal("form key of the page")[:16]
}

// m2Own reports whether a path is of pages that are never cached.
func m2Own(path string) bool {
	return strings.HasPrefix(path, "/checkout") || strings.HasPrefix(path, "/customer")
}

func m2Vars(s *Shop, v visit, _ *sheet) any {
	return map[string]any{
		"Back":   strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(v.absolute(v.path))), "=") + ",,",
		"Config": map[string]any{"quoteData": map[string]string{"entity_id": s.m2Quote(v.session)}, "isCustomerLoggedIn": v.account != "", "storeCode": "default"},
	}
}

// m2Quote is the masked number of a session's cart.
func (s *Shop) m2Quote(session string) string { return s.seal("quote", session) }

// m2Keyed reports whether the form was sent from this browser.
func m2Keyed(v visit) bool {
	return v.cookies["form_key"] != "" && v.arg("form_key") == v.cookies["form_key"]
}

func m2Find(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	if slug, ok := strings.CutSuffix(parts[0], ".html"); ok && parts[1] == "" {
		if a, ok := s.shelves.bySlug[slug]; ok {
			return product, s.showProduct(a)
		}
		for _, c := range s.shelves.categories {
			if c.Slug == slug {
				return category, s.showCategory(c)
			}
		}
	}
	if parts[0] == "graphql" && parts[1] == "" {
		return s.m2GraphQL(v)
	}
	if parts[0] == "rest" {
		return s.m2Rest(v, strings.Join(parts[1:], "/"))
	}
	switch strings.TrimRight(parts[0]+"/"+parts[1]+"/"+parts[2], "/") {
	case "":
		return home, s.showHome
	case "catalogsearch/result":
		return search, s.showSearch
	case "dostawa":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "customer/section/load":
		return fragment, s.m2Sections
	case "checkout/cart":
		return cartView, s.showCart
	case "checkout/cart/add":
		return cartAdd, s.m2Add(omArguments(parts[3:])["product"])
	case "checkout/sidebar/removeItem":
		return cartAdd, s.m2Remove
	case "checkout":
		return checkout, s.showCheckout
	case "checkout/onepage/success":
		return thanks, s.m2Thanks
	case "payu/payment/notify":
		return callback, s.heardOfPayment
	case "customer/account/login":
		return account, s.showAccount
	case "customer/account/loginPost":
		return signIn, s.m2SignIn
	case "customer/account/logout":
		return signIn, s.m2SignOut
	case "customer/account", "customer/account/edit", "sales/order/history":
		return account, func(v visit) (answer, error) {
			if v.account == "" {
				return moved(http.StatusFound, "/customer/account/login/"), nil
			}
			return s.showAccount(v)
		}
	}
	return notFound, nil
}

// m2Sections is what pages lack: the visitor's cart and name.
func (s *Shop) m2Sections(v visit) (answer, error) {
	p, err := s.sheet(v, "sections", "")
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"item_id": itoa(s.shelves.number(l.Article.Slug)), "product_id": itoa(s.shelves.number(l.Article.Slug)), "slug": l.Article.Slug, "product_name": l.Article.Name, "qty": l.Qty})
	}
	now := time.Now().Unix()
	a := jsonAnswer(http.StatusOK, map[string]any{
		"cart":     map[string]any{"summary_count": p.Count, "items": items, "data_id": now, "visitor": p.Visitor},
		"customer": map[string]any{"fullname": v.account, "firstname": v.account, "data_id": now},
		"messages": map[string]any{"messages": []any{}, "data_id": now},
	})
	a.kind, a.personal = "sections", p.Visitor != ""
	return a, nil
}

// m2Add answers a form with the way to the cart, and a script with an empty list
// if all went well; with where to go, if not. Both are 200 or a redirect.
func (s *Shop) m2Add(number string) work {
	return func(v visit) (answer, error) {
		if x := v.form.Get("product"); x != "" {
			number = x
		}
		c, err := s.choose(number, v.form.Get("qty"))
		if err != nil {
			return answer{}, err
		}
		there := m2Keyed(v)
		if there {
			if there, err = s.putInCart(v.session, c); err != nil {
				return answer{}, err
			}
		}
		back := "/" + c.article.Slug + ".html"
		if v.byScript() {
			var what any = []any{}
			if !there {
				what = map[string]string{"backUrl": back}
			}
			a := jsonAnswer(http.StatusOK, what)
			a.kind = "json"
			return a, nil
		}
		if !there {
			a := moved(http.StatusFound, back)
			a.give("mage-messages", url.QueryEscape(fmt.Sprintf(`[{"type":"error","text":%q}]`, soldOutText(c.article))))
			return a, nil
		}
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
}

// m2Remove is the mini-cart's own call.
func (s *Shop) m2Remove(v visit) (answer, error) {
	if !m2Keyed(v) {
		return moved(http.StatusFound, s.guise.at.Home), nil
	}
	if err := s.removeNumbered(v, v.form.Get("item_id")); err != nil {
		return m2Says(http.StatusOK, map[string]any{"success": false, "error_message": "The quote item isn't found."}), nil
	}
	return m2Says(http.StatusOK, map[string]bool{"success": true}), nil
}

func m2Says(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "json"
	return a
}

// m2Rest is the interface for scripts: the order is placed there.
func (s *Shop) m2Rest(v *visit, path string) (route, work) {
	_, path, _ = strings.Cut(path, "V1/")
	quote, isOrder := strings.CutSuffix(strings.TrimPrefix(path, "guest-carts/"), "/payment-information")
	switch {
	case v.method == http.MethodPost && (isOrder || path == "carts/mine/payment-information"):
		return placeOrder, s.m2Order(quote)
	case reads(v.method) && path == "guest-carts/"+quote+"/totals", reads(v.method) && path == "carts/mine":
		return cartView, s.m2Sections
	}
	return notFound, func(visit) (answer, error) {
		return m2Says(http.StatusNotFound, map[string]string{"message": "Request does not match any route."}), nil
	}
}

func (s *Shop) m2Order(quote string) work {
	return func(v visit) (answer, error) {
		var in struct {
			Email   string `json:"email"`
			Address struct {
				Name string `json:"firstname"`
			} `json:"billingAddress"`
			Payment struct {
				Extra map[string]string `json:"additional_data"`
			} `json:"paymentMethod"`
		}
		if json.Unmarshal(v.body, &in) != nil {
			return m2Says(http.StatusBadRequest, map[string]string{"message": "Decoding error."}), nil
		}
		if mine := quote == "carts/mine" && v.account != ""; !mine && quote != s.m2Quote(v.session) {
			return m2Says(http.StatusNotFound, map[string]string{"message": "No such entity with cartId"}), nil
		}
		sold, err := s.sell(v.session, in.Address.Name, in.Email, in.Payment.Extra["blik"])
		if err != nil {
			return answer{}, err
		}
		if sold.fault != "" {
			return m2Says(http.StatusBadRequest, map[string]string{"message": sold.fault}), nil
		}
		return m2Says(http.StatusOK, itoa(sold.nr)), nil
	}
}

// m2GraphQL finds out what an operation costs: the dearest of its fields.
func (s *Shop) m2GraphQL(v *visit) (route, work) {
	op, err := readGraphQL(*v, true)
	if err != nil || op.kind == "mutation" && v.method != http.MethodPost {
		return apiRead, func(visit) (answer, error) {
			return m2Says(http.StatusBadRequest, map[string]any{"errors": []any{map[string]string{"message": "Syntax Error"}}}), nil
		}
	}
	cost, public := apiRead, op.kind == "query" && v.method != http.MethodPost
	for _, f := range op.fields {
		switch f.name {
		case "addProductsToCart":
			cost = cartAdd
		case "placeOrder":
			cost = placeOrder
		case "products":
		default:
			public = false
		}
	}
	return cost, func(v visit) (answer, error) {
		view := m2ViewOf(v)
		status, what, err := gqlAnswer(op, func(_, name string) resolver { return s.m2Resolver(view, name) })
		a := m2Says(status, what)
		a.kind = "graphql"
		if public {
			a.kind = "graphql, public"
		}
		a.set("X-Magento-Cache-Id", s.seal("cache id", view.store, view.currency, view.group)+s.seal("salt"))
		return a, err
	}
}

// An m2View is what GraphQL shows a request: of which store, in which currency, and for
// which customers.
type m2View struct{ store, currency, group string }

// m2Partner is the cookie of a module that this shop has: visitors by a partner's link
// have prices of their own in GraphQL. As such modules must, it tells Magento, so that
// they have another cache id; caches in front go by that.
const m2Partner = "partner"

func m2ViewOf(v visit) m2View {
	view := m2View{store: "default", currency: "PLN"}
	if v.field("Store") == "english" {
		view.store = "english"
	}
	if v.field("Content-Currency") == "EUR" {
		view.currency = "EUR"
	}
	if v.cookies[m2Partner] != "" {
		view.group = "partners"
	}
	return view
}

func (s *Shop) m2Resolver(view m2View, name string) resolver {
	switch name {
	case "products":
		return func(f gqlField) (any, error) {
			items := []any{}
			for _, a := range s.shelves.search(gqlText(f.args, "search")) {
				n, err := s.store.available(a.Slug)
				if err != nil {
					return nil, err
				}
				items = append(items, m2Item(view, a, n > 0))
			}
			return map[string]any{"total_count": len(items), "items": items}, nil
		}
	case "createEmptyCart":
		return func(gqlField) (any, error) { return strings.ToLower(newSession()), nil }
	case "cart", "addProductsToCart", "setGuestEmailOnCart":
		return func(f gqlField) (any, error) { return s.m2Cart(name, f) }
	case "placeOrder":
		return func(f gqlField) (any, error) {
			cart := gqlText(f.args, "input", "cart_id")
			c, err := s.store.cart(cart)
			if err != nil || !plainID(cart) {
				return nil, err
			}
			sold, err := s.sell(cart, gqlText(f.args, "input", "name"), c.email, gqlText(f.args, "input", "blik"))
			if err != nil {
				return nil, err
			}
			if sold.fault != "" {
				return map[string]any{"errors": []any{map[string]string{"code": "UNABLE_TO_PLACE_ORDER", "message": sold.fault}}, "orderV2": nil}, nil
			}
			return map[string]any{"errors": []any{}, "orderV2": map[string]string{"number": fmt.Sprintf("%09d", sold.nr), "token": s.m2Token(sold.nr)}}, nil
		}
	case "guestOrderByToken":
		return func(f gqlField) (any, error) { return s.m2Ordered(gqlText(f.args, "input", "token")) }
	}
	return nil
}

// m2Item is an article as GraphQL shows it.
func m2Item(view m2View, a Article, available bool) map[string]any {
	title, price, stock := a.Name, a.Price, "OUT_OF_STOCK"
	if view.store == "english" {
		title += " (English)"
	}
	if view.group != "" {
		price = price * 9 / 10
	}
	if available {
		stock = "IN_STOCK"
	}
	return map[string]any{"sku": a.Slug, "title": title, "stock_status": stock, "final_price": money(price, view.currency)}
}

// m2Cart changes a cart that is known by its number, and shows it.
func (s *Shop) m2Cart(name string, f gqlField) (any, error) {
	cart := gqlText(f.args, "cartId") + gqlText(f.args, "cart_id") + gqlText(f.args, "input", "cart_id")
	if !plainID(cart) {
		return nil, nil
	}
	errs := []any{}
	switch name {
	case "addProductsToCart":
		a, ok := s.shelves.bySlug[gqlText(f.args, "cartItems", "sku")]
		there, err := false, error(nil)
		if ok {
			there, err = s.putInCart(cart, choice{a, quantity(gqlText(f.args, "cartItems", "quantity"))})
		}
		if err != nil {
			return nil, err
		}
		if !there {
			errs = append(errs, map[string]string{"code": "INSUFFICIENT_STOCK", "message": "The requested qty is not available"})
		}
	case "setGuestEmailOnCart":
		if err := s.store.rememberEmail(cart, gqlText(f.args, "input", "email")); err != nil {
			return nil, err
		}
	}
	c, err := s.store.cart(cart)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, l := range c.lines {
		items = append(items, map[string]any{"quantity": l.qty, "product": map[string]string{"sku": l.product}})
	}
	shown := map[string]any{"id": cart, "email": c.email, "items": items, "total_quantity": c.pieces()}
	if name == "cart" {
		return shown, nil
	}
	return map[string]any{"cart": shown, "user_errors": errs}, nil
}

// m2Token is the word by which whoever ordered sees the order.
func (s *Shop) m2Token(nr int) string { return s.seal("order", itoa(nr))[:24] + hex8(nr) }

// m2Ordered shows an order to whoever knows its token.
func (s *Shop) m2Ordered(token string) (any, error) {
	if len(token) != 32 || token != s.m2Token(unhex8(token[24:])) {
		return nil, nil
	}
	nr := unhex8(token[24:])
	session, err := s.store.orderedBy(nr)
	if err != nil {
		return nil, err
	}
	o, err := s.store.order(nr, session)
	return map[string]string{"number": fmt.Sprintf("%09d", nr), "email": o.email}, err
}

func (s *Shop) m2Thanks(v visit) (answer, error) {
	nr, err := s.store.lastNumber(v.session)
	if err != nil {
		return answer{}, err
	}
	if nr == 0 {
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
	return s.showLastThanks(v)
}

const m2Vary = "X-Magento-Vary"

// m2Group is what the cookie says of whoever is signed in.
func m2Group() string { return fixed("customer group 1") + "00000000" }

func (s *Shop) m2SignIn(v visit) (answer, error) {
	if !m2Keyed(v) {
		return moved(http.StatusFound, "/customer/account/login/"), nil
	}
	a, err := s.signInWith(v, v.form.Get("login[username]"), v.form.Get("login[password]"))
	if a.session != "" {
		a.give(m2Vary, m2Group(), httpOnly)
	}
	return a, err
}

func (s *Shop) m2SignOut(v visit) (answer, error) {
	a, err := s.signOut(v)
	a.give(m2Vary, "deleted", expired)
	return a, err
}

func m2Dress(s *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	kind := a.kind
	if s.guise.says("forbid") {
		kind = ""
	}
	switch kind {
	case "home", "category", "product", "search", "cms", "graphql, public":
		tags := "store,cms_b," + a.kind
		if a.resource != "" {
			tags += ",cat_p_" + fixed(a.resource)[:6]
		}
		a.set("Cache-Control", "max-age=86400, public, s-maxage=86400")
		a.set("Pragma", "cache")
		a.set("Expires", time.Now().Add(24*time.Hour).UTC().Format(http.TimeFormat))
		a.set("X-Magento-Tags", tags)
	default:
		a.set("Cache-Control", "max-age=0, must-revalidate, no-cache, no-store")
		a.set("Pragma", "no-cache")
		a.set("Expires", time.Now().Add(-365*24*time.Hour).UTC().Format(http.TimeFormat))
	}
	a.set("X-Magento-Cache-Debug", "MISS")
	if v.born && !strings.HasPrefix(a.kind, "graphql") { // no session there
		a.give(m2Session, v.session, httpOnly, func(c *http.Cookie) { c.MaxAge, c.SameSite = 3600, http.SameSiteLaxMode })
	}
	if v.method == http.MethodPost && a.kind != "graphql" { // tells the browser's script that its copies of the sections are old
		a.give("private_content_version", strings.ToLower(rand.Text()))
	}
}

func m2Places() Places {
	quote := Take{Word: "quote", Before: `"entity_id":"`, After: `"`}
	key := []string{"Cookie", "form_key=abcdefgh12345678"}
	p := Places{
		Kind: Pieces,
		Home: get("home", "/"), Category: get("category", "/{category}.html"), Product: get("product", "/{product}.html"), Search: get("search", "/catalogsearch/result/?q={q}"),
		Cart: get("cart", "/checkout/cart/"), Checkout: get("checkout", "/checkout/"), Account: get("account", "/customer/account/"),
		Background: []Call{get("sections", "/customer/section/load/?sections=cart%2Ccustomer&force_new_section_timestamp=false").with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")},
		Done:       `data-order="`, Thanks: []Call{get("thanks", "/checkout/onepage/success/")},
		Notice:   send("notice", http.MethodPost, "/payu/payment/notify/", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/static/version1730000000/frontend/Magento/luma/pl_PL/css/styles-m.css", "/static/version1730000000/frontend/Magento/luma/pl_PL/js/bundle/shop.js", "/media/catalog/product/cache/pomadka-bursztyn-1.svg"},
		Sessions: []string{m2Session, m2Vary},
	}
	p.ReadCart = p.Background
	p.AddByForm = []Call{post("add", "/checkout/cart/add/product/{id}/", "form_key", "abcdefgh12345678", "product", "{id}", "qty", "1").with(key...)}
	p.AddByScript = []Call{p.AddByForm[0].with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")}
	p.Order = []Call{p.Checkout.taking(quote), send("order", http.MethodPost, "/rest/default/V1/guest-carts/{quote}/payment-information",
		`{"email":"{email}","billingAddress":{"firstname":"{name}"},"paymentMethod":{"method":"payu","additional_data":{"blik":"{blik}"}}}`), p.Thanks[0]}
	gql := func(name, query string, takes ...Take) Call { return gqlCall(name, "/graphql", query, takes...) }
	p.Else = []Call{
		gql("empty cart", `mutation { createEmptyCart }`, Take{Word: "cart", Before: `"createEmptyCart":"`, After: `"`}),
		gql("add by GraphQL", `mutation { addProductsToCart(cartId: "{cart}", cartItems: [{quantity: 1, sku: "{product}"}]) { cart { id } user_errors { code } } }`),
		gql("e-mail", `mutation { setGuestEmailOnCart(input: {cart_id: "{cart}", email: "{email}"}) { cart { email } } }`),
		gql("order by GraphQL", `mutation { placeOrder(input: {cart_id: "{cart}", name: "{name}", blik: "{blik}"}) { errors { code } orderV2 { number token } } }`, Take{Word: "order", Before: `"token":"`, After: `"`}),
		gql("ordered", `{ guestOrderByToken(input: {token: "{order}"}) { number email } }`),
	}
	p.ElseDone = `"orderV2":{"number":"`
	p.Query = gql("query", `{ products(search: "{q}") { items { sku } } }`)
	p.Reads = []Call{get("products by script", "/graphql?query="+url.QueryEscape(`{ products(search: "krem") { items { sku title final_price stock_status } } }`)).with("Accept", "application/json")}
	p.SignIn = []Call{get("sign-in form", "/customer/account/login/"), post("sign in", "/customer/account/loginPost/", "form_key", "abcdefgh12345678", "login[username]", "{email}", "login[password]", "haslo").with(key...)}
	p.SignOut = []Call{get("sign out", "/customer/account/logout/")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/dostawa")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.Background[0], p.Thanks[0]}
	return p
}
