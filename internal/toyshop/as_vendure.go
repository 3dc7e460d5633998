package toyshop

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// vendure is Vendure: one GraphQL address for looking and for buying, by POST
// and for queries by GET, whose answers nobody may store, unless its owner has Apollo's
// cacheControl call every query by GET public. A session begins with
// the first mutation, in two cookies and, for those who keep none, in the field
// vendure-auth-token. Errors of the shop are results: 200. Payments are authorized, or
// settled at once, by the method. Sources: Vendure's documentation on AuthOptions,
// payments and the Shop API, its plugin for Mollie; a shop of version 3.7 that was
// watched. A field says which channel of the shop is meant: that for other shops has lower prices.
func vendure() *guise {
	return &guise{
		name: "vendure", title: "Vendure", shell: true, at: shellPosts("/collections/"),
		files: folders{css: "/storefront/toy.css", js: "/storefront/toy.js", pictures: "/assets/preview/"},
		read:  veRead, find: veFind, dress: veDress,
		notice: signedAt{"/payments/payu/notify", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		owner:  "public",
		places: vePlaces(),
	}
}

const (
	veCookie = "session"
	veToken  = "vendure-auth-token"
)

// veValue is the session's cookie: readable to anybody, and signed in another.
func veValue(session string) string {
	return base64.StdEncoding.EncodeToString([]byte(`{"token":"` + session + `"}`))
}

func veRead(s *Shop, v *visit) {
	if token, ok := strings.CutPrefix(v.field("Authorization"), "Bearer "); ok && plainID(token) {
		v.session = token
		return
	}
	value := v.cookies[veCookie]
	text, err := base64.StdEncoding.DecodeString(value)
	var in struct{ Token string }
	if err == nil && v.cookies[veCookie+".sig"] == s.seal("session", value) && json.Unmarshal(text, &in) == nil && plainID(in.Token) {
		v.session = in.Token
	}
}

func veFind(s *Shop, v *visit) (route, work) {
	switch v.path {
	case "/shop-api":
		return s.veCall(v)
	case "/payments/payu/notify":
		return callback, s.heardOfPayment
	case "/payments/mollie/default-channel/1":
		return callback, veMollie
	case "/health":
		return apiRead, func(visit) (answer, error) {
			return veSays(http.StatusOK, map[string]any{"status": "ok", "info": map[string]any{"database": map[string]string{"status": "up"}}}), nil
		}
	case "/admin-api":
		return apiRead, func(visit) (answer, error) { return veSays(http.StatusForbidden, veErrors("FORBIDDEN")), nil }
	}
	return s.shellPage(v, "/collections/")
}

// veMollie is told the number of a payment, unsigned. The real one asks Mollie what became
// of it; here nobody pays by Mollie, and of an unknown payment nothing comes.
func veMollie(v visit) (answer, error) {
	if v.method != http.MethodPost || !strings.HasPrefix(v.form.Get("id"), "tr_") {
		return veSays(http.StatusBadRequest, veErrors("Invalid payment id")), nil
	}
	return answer{kind: "notice", media: "text/plain"}, nil
}

func veSays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "api"
	return a
}

func veErrors(text string) map[string]any {
	return map[string]any{"errors": []any{map[string]any{"message": text}}}
}

// veCall finds out what an operation costs before there is a worker: the
// dearest of its fields.
func (s *Shop) veCall(v *visit) (route, work) {
	op, err := readGraphQL(*v, true)
	if err != nil || op.kind == "mutation" && v.method != http.MethodPost {
		return apiRead, func(visit) (answer, error) {
			return veSays(http.StatusBadRequest, veErrors("GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.")), nil
		}
	}
	cost := apiRead
	for _, f := range op.fields {
		switch f.name {
		case "addItemToOrder":
			cost = cartAdd
		case "activeOrder":
			cost = cartView
		case "addPaymentToOrder":
			cost = placeOrder
		case "login":
			cost = signIn
		}
	}
	return cost, func(v visit) (answer, error) {
		a, err := s.veAnswer(v, op)
		if v.method != http.MethodPost && s.guise.says("public") {
			a.kind = "api, public"
		}
		return a, err
	}
}

func (s *Shop) veAnswer(v visit, op gqlOperation) (answer, error) {
	session := v.session
	if op.kind == "mutation" && session == "" {
		session = strings.ToLower(newSession())
		v.session = session
	}
	status, what, err := gqlAnswer(op, func(kind, name string) resolver {
		if kind == "mutation" {
			return s.veMutation(&v, name)
		}
		return s.veQuery(v, name)
	})
	if err != nil {
		return answer{}, err
	}
	a := veSays(status, what)
	a.session = session
	return a, nil
}

// veTrade is the token of the channel for other shops, which pay less.
const veTrade = "hurt"

func (s *Shop) veProduct(v visit, a Article) (map[string]any, error) {
	n, err := s.store.available(a.Slug)
	id := itoa(s.shelves.number(a.Slug))
	price := a.Price
	if v.field("Vendure-Token") == veTrade {
		price = price * 4 / 5
	}
	stock := "IN_STOCK"
	if n < 1 {
		stock = "OUT_OF_STOCK"
	}
	return map[string]any{"id": id, "name": a.Name, "slug": a.Slug, "description": a.Description, "variants": []any{
		map[string]any{"id": id, "name": a.Name, "sku": a.Slug, "priceWithTax": price, "stockLevel": stock}}}, err
}

func (s *Shop) veList(v visit, articles []Article) (map[string]any, error) {
	items := []any{}
	for _, a := range articles {
		p, err := s.veProduct(v, a)
		if err != nil {
			return nil, err
		}
		items = append(items, p)
	}
	return map[string]any{"items": items, "totalItems": len(items)}, nil
}

func (s *Shop) veQuery(v visit, name string) resolver {
	switch name {
	case "products":
		return func(gqlField) (any, error) { return s.veList(v, s.shelves.articles) }
	case "search":
		return func(f gqlField) (any, error) {
			wanted := s.shelves.articles
			if term := gqlText(f.args, "input", "term"); term != "" {
				wanted = s.shelves.search(term)
			}
			if c := gqlText(f.args, "input", "collectionSlug"); c != "" {
				wanted = s.shelves.byCategory[c]
			}
			return s.veList(v, wanted)
		}
	case "product":
		return func(f gqlField) (any, error) {
			a, ok := s.shelves.bySlug[gqlText(f.args, "slug")]
			if !ok {
				a, ok = s.shelves.numbered(gqlText(f.args, "id"))
			}
			if !ok {
				return nil, nil
			}
			return s.veProduct(v, a)
		}
	case "collections":
		return func(gqlField) (any, error) {
			items := []any{}
			for _, c := range s.shelves.categories {
				items = append(items, map[string]string{"id": itoa(s.shelves.shelf(c.Slug)), "name": c.Name, "slug": c.Slug})
			}
			return map[string]any{"items": items}, nil
		}
	case "activeChannel":
		return func(gqlField) (any, error) {
			return map[string]string{"id": "1", "code": "__default_channel__", "token": fixed("channel")[:20]}, nil
		}
	case "activeOrder":
		return func(gqlField) (any, error) { return s.veOrder(v) }
	case "activeCustomer":
		return func(gqlField) (any, error) {
			if v.account == "" {
				return nil, nil
			}
			return map[string]string{"id": fixed(v.account)[:6], "emailAddress": v.account}, nil
		}
	case "orderByCode":
		return func(f gqlField) (any, error) { return s.veDone(v, gqlText(f.args, "code")) }
	case "__typename":
		return func(gqlField) (any, error) { return "Query", nil }
	}
	return nil
}

// veOrder is the visitor's cart, null when there is none.
func (s *Shop) veOrder(v visit) (any, error) {
	c, err := s.store.cart(v.session)
	if err != nil || len(c.lines) == 0 {
		return nil, err
	}
	lines, total := []any{}, 0
	for _, l := range c.lines {
		a := s.shelves.bySlug[l.product]
		lines = append(lines, map[string]any{"id": itoa(s.shelves.number(a.Slug)), "quantity": l.qty, "productVariant": map[string]any{"sku": a.Slug, "name": a.Name}})
		total += l.qty * a.Price
	}
	return map[string]any{"__typename": "Order", "id": s.seal("order of", v.session)[:6], "state": "AddingItems", "totalQuantity": c.pieces(), "totalWithTax": total,
		"lines": lines, "customer": map[string]string{"emailAddress": c.email}, "visitor": mark(v.session)}, nil
}

func veError(code, text string) map[string]any {
	return map[string]any{"__typename": strings.ReplaceAll(code, "_", ""), "errorCode": code, "message": text}
}

func (s *Shop) veCode(nr int) string {
	return "T" + strings.ToUpper(s.seal("code", itoa(nr))[:7]+hex8(nr))
}

// veDone is an order that was placed, shown to the session that placed it.
func (s *Shop) veDone(v visit, code string) (any, error) {
	nr := 0
	if len(code) == 16 {
		if n := unhex8(strings.ToLower(code[8:])); code == s.veCode(n) {
			nr = n
		}
	}
	o, err := s.store.order(nr, v.session)
	if err != nil || o.email == "" {
		return nil, err
	}
	return map[string]any{"code": code, "id": itoa(nr), "state": map[bool]string{true: "PaymentSettled", false: "PaymentAuthorized"}[o.paid],
		"customer": map[string]string{"emailAddress": o.email}, "visitor": mark(v.session)}, nil
}

func (s *Shop) veMutation(v *visit, name string) resolver {
	order := func() (any, error) { return s.veOrder(*v) }
	switch name {
	case "addItemToOrder":
		return func(f gqlField) (any, error) {
			c, err := s.choose(gqlText(f.args, "productVariantId"), gqlText(f.args, "quantity"))
			if err != nil {
				return veError("ENTITY_NOT_FOUND", "No ProductVariant with this id"), nil
			}
			there, err := s.putInCart(v.session, c)
			if err != nil {
				return nil, err
			}
			if !there {
				return veError("INSUFFICIENT_STOCK_ERROR", soldOutText(c.article)), nil
			}
			return order()
		}
	case "removeOrderLine":
		return func(f gqlField) (any, error) {
			if err := s.removeNumbered(*v, gqlText(f.args, "orderLineId")); err != nil {
				return veError("ORDER_MODIFICATION_ERROR", "No such line"), nil
			}
			return order()
		}
	case "setCustomerForOrder":
		return func(f gqlField) (any, error) {
			if err := s.store.rememberEmail(v.session, gqlText(f.args, "input", "emailAddress")); err != nil {
				return nil, err
			}
			v.guest = strings.TrimSpace(gqlText(f.args, "input", "firstName") + " " + gqlText(f.args, "input", "lastName"))
			return order()
		}
	case "setOrderShippingAddress", "setOrderShippingMethod", "transitionOrderToState":
		return func(gqlField) (any, error) { return order() }
	case "addPaymentToOrder":
		return func(f gqlField) (any, error) {
			c, err := s.store.cart(v.session)
			if err != nil {
				return nil, err
			}
			sold, err := s.sell(v.session, gqlText(f.args, "input", "metadata", "name"), c.email, gqlText(f.args, "input", "metadata", "blik"))
			switch {
			case err != nil:
				return nil, err
			case sold.soldOut:
				return veError("INSUFFICIENT_STOCK_ERROR", sold.fault), nil
			case sold.fault != "":
				return veError("PAYMENT_FAILED_ERROR", sold.fault), nil
			}
			state := "PaymentAuthorized"
			if gqlText(f.args, "input", "method") == "transfer" {
				state = "PaymentSettled"
				if _, err := s.store.markPaid(sold.nr); err != nil {
					return nil, err
				}
			}
			return map[string]any{"__typename": "Order", "code": s.veCode(sold.nr), "id": itoa(sold.nr), "state": state}, nil
		}
	case "login":
		return func(f gqlField) (any, error) {
			email := gqlText(f.args, "username")
			fault, err := s.enter(v.session, email, gqlText(f.args, "password"))
			if err != nil || fault != "" {
				return veError("INVALID_CREDENTIALS_ERROR", fault), err
			}
			return map[string]string{"__typename": "CurrentUser", "identifier": email}, nil
		}
	case "logout":
		return func(gqlField) (any, error) {
			return map[string]bool{"success": true}, s.store.signOut(v.session)
		}
	}
	return nil
}

func veDress(s *Shop, v visit, a *answer) {
	a.private = false
	a.set("X-Powered-By", "Express")
	if a.kind == "api, public" {
		a.set("Cache-Control", "max-age=5, public")
		return
	}
	if a.kind != "api" {
		return
	}
	a.set("Cache-Control", "no-store")
	if a.session == "" || a.session == v.session {
		return
	}
	value := veValue(a.session)
	year := func(c *http.Cookie) {
		c.HttpOnly, c.SameSite, c.Expires = true, http.SameSiteLaxMode, time.Now().Add(365*24*time.Hour)
	}
	a.give(veCookie, value, year)
	a.give(veCookie+".sig", s.seal("session", value), year)
	a.set("Vendure-Auth-Token", a.session)
}

// gqlCall is a call to a GraphQL address with one operation.
func gqlCall(name, path, query string, takes ...Take) Call {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic("toyshop: " + err.Error()) // our own words
	}
	return send(name, http.MethodPost, path, string(body), takes...)
}

func vePlaces() Places {
	call := func(name, query string, takes ...Take) Call { return gqlCall(name, "/shop-api", query, takes...) }
	code := Take{Word: "code", Before: `"code":"`, After: `"`}
	p := Places{
		Kind: Calls,
		Home: get("home", "/"), Category: call("category", `query Shelf { search(input: {collectionSlug: "{category}", groupByProduct: true}) { items { slug } } }`),
		Product: call("product", `query Detail { product(slug: "{product}") { id name slug } }`), Search: call("search", `query Search { search(input: {term: "{q}"}) { items { slug } } }`),
		Cart: call("cart", `query Active { activeOrder { id totalQuantity lines { id } } }`), Account: call("account", `query Who { activeCustomer { emailAddress } }`),
		AddByScript: []Call{call("add", `mutation Add { addItemToOrder(productVariantId: "{id}", quantity: 1) { __typename ... on Order { id } ... on ErrorResult { errorCode } } }`)},
		Order: []Call{call("customer", `mutation Set($x: Int) { setCustomerForOrder(input: {firstName: "{name}", lastName: "", emailAddress: "{email}"}) { __typename } }`),
			call("arrange", `mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }`),
			call("order", `mutation Pay { addPaymentToOrder(input: {method: "payu", metadata: {blik: "{blik}", name: "{name}"}}) { __typename } }`, code)},
		Done: `"PaymentAuthorized"`, Thanks: []Call{call("thanks", `query Done { orderByCode(code: "{code}") { code customer { emailAddress } } }`)},
		Notice:   send("notice", http.MethodPost, "/payments/payu/notify", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/storefront/toy.css", "/storefront/toy.js", "/assets/preview/pomadka-bursztyn-1.svg"},
		SignIn:   []Call{call("sign in", `mutation In { login(username: "{email}", password: "haslo") { __typename } }`)},
		SignOut:  []Call{call("sign out", `mutation Out { logout { success } }`)},
		Sessions: []string{veCookie, veCookie + ".sig"},
	}
	p.Checkout = p.Cart
	p.Else = slices.Concat(p.AddByScript, p.Order[:2],
		[]Call{call("order, settled", `mutation Pay { addPaymentToOrder(input: {method: "transfer", metadata: {blik: "{blik}", name: "{name}"}}) { __typename } }`, code)}, p.Thanks)
	p.ElseDone = `"PaymentSettled"`
	p.Notices = []Call{post("Mollie's notice", "/payments/mollie/default-channel/1", "id", "tr_WDqYK6vllg")}
	byGet := func(name, query string) Call {
		return get(name, "/shop-api?query="+url.QueryEscape(query)).with("Accept", "application/json")
	}
	p.ReadCart = []Call{call("cart", `query Active { activeOrder { id lines { productVariant { sku } } } }`)}
	p.Shareable = []Call{
		p.Home, get("storefront product", "/products/{product}"), get("storefront category", "/collections/{category}"), p.Product, p.Category, p.Search,
		call("products", `query All { products(options: {take: 20}) { items { slug variants { priceWithTax } } } }`),
		call("collections", `query { collections { items { slug } } }`), call("channel", `{ activeChannel { code } }`),
	}
	p.Private = []Call{p.Cart, p.Account, p.Thanks[0], byGet("cart by GET", `query Active { activeOrder { id totalQuantity lines { productVariant { sku } } } }`)}
	p.Query = call("query", `query Detail { product(slug: "{product}") { id name } }`)
	return p
}
