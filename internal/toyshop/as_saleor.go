package toyshop

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// saleor is Saleor: one GraphQL address, by POST, and no cookie. The checkout's
// number is kept by the client and sent with each mutation; who is signed in is
// told by a token. What goes wrong is in the result's errors: 200. Pictures are asked
// for by the number of the thing and a size, and made at the first time: the answer leads
// to the file. The storefront shares its address with the interface, whose front page
// says that it works; it has prices for its scripts at an address of its own, which hands
// the visitor's token on to the interface: public for whoever sends none.
// Sources: Saleor's API reference on checkouts and authentication, its GraphQL view,
// thumbnail view and home page.
func saleor() *guise {
	return &guise{
		name: "saleor", title: "Saleor", shell: true, at: shellPosts("/categories/"),
		files: folders{css: "/storefront/toy.css", js: "/storefront/toy.js", pictures: "/media/thumbnails/products/"},
		read:  saRead, find: saFind, dress: saDress,
		notice: signedAt{"/plugins/mirumee.payments.payu/webhooks/", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: saPlaces(),
	}
}

// saID is a number as Saleor writes it: the kind and the key in base64.
func saID(kind, key string) string {
	return base64.StdEncoding.EncodeToString([]byte(kind + ":" + key))
}

// saKey is the key of a number of one kind, or "".
func saKey(kind, id string) string {
	text, err := base64.StdEncoding.DecodeString(id)
	key, ok := strings.CutPrefix(string(text), kind+":")
	if err != nil || !ok || !plainID(key) {
		return ""
	}
	return key
}

// saRead takes the customer of a token. The checkout is in the operation.
func saRead(s *Shop, v *visit) {
	for _, name := range []string{"Authorization-Bearer", "Authorization"} {
		if session := s.bearerOf(v.field(name)); session != "" {
			v.session = session
		}
	}
}

func saFind(s *Shop, v *visit) (route, work) {
	switch v.path {
	case "/graphql/":
		if reads(v.method) {
			return apiRead, func(visit) (answer, error) {
				return answer{kind: "api", body: []byte("<!doctype html><html><head><title>Saleor GraphQL API</title></head><body><div id=\"root\">GraphQL Playground</div></body></html>\n")}, nil
			}
		}
		if v.method == http.MethodPost {
			return s.saCall(v)
		}
		return apiRead, notAllowed
	case "/plugins/mirumee.payments.payu/webhooks/":
		return callback, s.heardOfPayment
	case "/health/":
		return apiRead, func(visit) (answer, error) { return answer{kind: "api", media: "text/plain"}, nil }
	}
	switch parts := v.parts(); {
	case len(parts) == 3 && parts[0] == "thumbnail" && reads(v.method):
		return apiRead, s.saThumbnail(parts[1])
	case len(parts) == 3 && parts[0] == "api" && parts[1] == "prices" && reads(v.method):
		return apiRead, s.saPrices(parts[2])
	}
	return s.shellPage(v, "/categories/")
}

// saThumbnail leads to the file of a picture.
func (s *Shop) saThumbnail(id string) work {
	return func(visit) (answer, error) {
		a, ok := s.shelves.numbered(saKey("ProductMedia", id))
		if !ok {
			return answer{status: http.StatusNotFound, kind: "api", media: "text/plain", body: []byte("Cannot found instance with the given id.")}, nil
		}
		return moved(http.StatusFound, s.guise.files.pictures+a.Slug+"-1.svg"), nil
	}
}

// saDiscount is what customers pay less, in percent.
const saDiscount = 10

// saPrices is the storefront's own: what an article costs whoever asks.
func (s *Shop) saPrices(slug string) work {
	return func(v visit) (answer, error) {
		a, ok := s.shelves.bySlug[slug]
		if !ok {
			return answer{}, noArticle()
		}
		price := a.Price
		if v.account != "" {
			price = price * (100 - saDiscount) / 100
		}
		says := saSays(http.StatusOK, map[string]any{"slug": slug, "price": price, "currency": "PLN", "customer": v.account})
		says.set("Cache-Control", "private, no-store")
		if v.account == "" {
			says.set("Cache-Control", "public, s-maxage=60")
		}
		return says, nil
	}
}

func (s *Shop) saCall(v *visit) (route, work) {
	op, err := readGraphQL(*v, false)
	if err != nil {
		return apiRead, func(visit) (answer, error) {
			return saSays(http.StatusBadRequest, veErrors("Syntax Error GraphQL")), nil
		}
	}
	cost := apiRead
	for _, f := range op.fields {
		switch f.name {
		case "checkoutCreate", "checkoutLinesAdd":
			cost = cartAdd
		case "checkout":
			cost = cartView
		case "checkoutComplete":
			cost = placeOrder
		case "tokenCreate":
			cost = signIn
		}
	}
	return cost, func(v visit) (answer, error) {
		status, what, err := gqlAnswer(op, func(kind, name string) resolver {
			if kind == "mutation" {
				return s.saMutation(name)
			}
			return s.saQuery(v, name)
		})
		return saSays(status, what), err
	}
}

func saSays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind, a.private = "api", false
	return a
}

func (s *Shop) saProduct(a Article) (map[string]any, error) {
	n, err := s.store.available(a.Slug)
	id := itoa(s.shelves.number(a.Slug))
	return map[string]any{"id": saID("Product", id), "name": a.Name, "slug": a.Slug, "description": a.Description, "isAvailable": n > 0, "thumbnail": map[string]string{"url": "/thumbnail/" + saID("ProductMedia", id) + "/256/"},
		"defaultVariant": map[string]any{"id": saID("ProductVariant", id), "quantityAvailable": n, "pricing": map[string]any{"price": map[string]any{"gross": map[string]any{"amount": float64(a.Price) / 100, "currency": "PLN"}}}}}, err
}

func (s *Shop) saQuery(v visit, name string) resolver {
	switch name {
	case "products":
		return func(f gqlField) (any, error) {
			wanted := s.shelves.articles
			if text := gqlText(f.args, "filter", "search") + gqlText(f.args, "search"); text != "" {
				wanted = s.shelves.search(text)
			}
			if c, ok := s.shelves.shelfNumbered(saKey("Category", gqlText(f.args, "filter", "categories"))); ok {
				wanted = s.shelves.byCategory[c.Slug]
			}
			edges := []any{}
			for _, a := range wanted {
				p, err := s.saProduct(a)
				if err != nil {
					return nil, err
				}
				edges = append(edges, map[string]any{"node": p})
			}
			return map[string]any{"edges": edges, "totalCount": len(edges)}, nil
		}
	case "product":
		return func(f gqlField) (any, error) {
			a, ok := s.shelves.bySlug[gqlText(f.args, "slug")]
			if !ok {
				a, ok = s.shelves.numbered(saKey("Product", gqlText(f.args, "id")))
			}
			if !ok {
				return nil, nil
			}
			return s.saProduct(a)
		}
	case "categories":
		return func(gqlField) (any, error) {
			edges := []any{}
			for _, c := range s.shelves.categories {
				edges = append(edges, map[string]any{"node": map[string]string{"id": saID("Category", itoa(s.shelves.shelf(c.Slug))), "name": c.Name, "slug": c.Slug}})
			}
			return map[string]any{"edges": edges}, nil
		}
	case "shop":
		return func(gqlField) (any, error) { return map[string]string{"name": ShopName, "version": "3.20"}, nil }
	case "checkout":
		return func(f gqlField) (any, error) { return s.saCheckout(saKey("Checkout", gqlText(f.args, "id"))) }
	case "order":
		return func(f gqlField) (any, error) { return s.saOrder(saKey("Order", gqlText(f.args, "id"))) }
	case "me":
		return func(gqlField) (any, error) {
			if v.account == "" {
				return nil, nil
			}
			return map[string]string{"id": saID("User", fixed(v.account)[:6]), "email": v.account}, nil
		}
	case "__typename":
		return func(gqlField) (any, error) { return "Query", nil }
	}
	return nil
}

// saCheckout is shown to whoever knows its number.
func (s *Shop) saCheckout(session string) (any, error) {
	c, err := s.store.cart(session)
	if err != nil || c.serial == 0 {
		return nil, err
	}
	lines, total := []any{}, 0
	for _, l := range c.lines {
		a := s.shelves.bySlug[l.product]
		lines = append(lines, map[string]any{"id": saID("CheckoutLine", itoa(s.shelves.number(a.Slug))), "quantity": l.qty, "variant": map[string]any{"product": map[string]string{"slug": a.Slug, "name": a.Name}}})
		total += l.qty * a.Price
	}
	return map[string]any{"id": saID("Checkout", session), "token": session, "email": c.email, "lines": lines, "quantity": c.pieces(),
		"totalPrice": map[string]any{"gross": map[string]any{"amount": float64(total) / 100, "currency": "PLN"}}, "visitor": mark(session)}, nil
}

func (s *Shop) saOrderKey(nr int) string { return s.seal("order", itoa(nr))[:12] + hex8(nr) }

func (s *Shop) saOrder(key string) (any, error) {
	nr := 0
	if len(key) == 20 {
		if n := unhex8(key[12:]); key == s.saOrderKey(n) {
			nr = n
		}
	}
	session, err := s.store.orderedBy(nr)
	if err != nil || session == "" {
		return nil, err
	}
	o, err := s.store.order(nr, session)
	return map[string]any{"id": saID("Order", key), "number": strconv.Itoa(o.nr), "userEmail": o.email, "isPaid": o.paid}, err
}

// saResult is a mutation's answer: the thing and what was wrong with it.
func saResult(name string, what any, code, text string) map[string]any {
	errs := []any{}
	if code != "" {
		errs = append(errs, map[string]any{"field": nil, "code": code, "message": text})
	}
	return map[string]any{name: what, "errors": errs}
}

func (s *Shop) saMutation(name string) resolver {
	checkout := func(session string) (any, error) {
		c, err := s.saCheckout(session)
		return saResult("checkout", c, "", ""), err
	}
	switch name {
	case "checkoutCreate":
		return func(f gqlField) (any, error) { return s.saAdd(newSession(), f, "input") }
	case "checkoutLinesAdd":
		return func(f gqlField) (any, error) {
			session := saOf(f)
			if c, err := s.saCheckout(session); err != nil || c == nil {
				return saResult("checkout", nil, "NOT_FOUND", "Couldn't resolve to a node."), err
			}
			return s.saAdd(session, f)
		}
	case "checkoutEmailUpdate":
		return func(f gqlField) (any, error) {
			session := saOf(f)
			if err := s.store.rememberEmail(session, gqlText(f.args, "email")); err != nil {
				return nil, err
			}
			return checkout(session)
		}
	case "checkoutShippingAddressUpdate", "checkoutBillingAddressUpdate", "checkoutDeliveryMethodUpdate", "checkoutPaymentCreate":
		return func(f gqlField) (any, error) { return checkout(saOf(f)) }
	case "checkoutComplete":
		return s.saComplete
	case "tokenCreate":
		return func(f gqlField) (any, error) {
			session := newSession()
			fault, err := s.enter(session, gqlText(f.args, "email"), gqlText(f.args, "password"))
			if err != nil || fault != "" {
				return saResult("token", nil, "INVALID_CREDENTIALS", fault), err
			}
			return saResult("token", s.bearer(session), "", ""), nil
		}
	}
	return nil
}

// saOf is the checkout a mutation is about.
func saOf(f gqlField) string {
	for _, name := range []string{"id", "checkoutId"} {
		if key := saKey("Checkout", gqlText(f.args, name)); key != "" {
			return key
		}
	}
	return ""
}

// saAdd puts the first of the lines into a checkout.
func (s *Shop) saAdd(session string, f gqlField, under ...string) (any, error) {
	line := func(name string) string {
		return gqlText(f.args, append(append([]string{}, under...), "lines", name)...)
	}
	c, err := s.choose(saKey("ProductVariant", line("variantId")), line("quantity"))
	if err != nil {
		return saResult("checkout", nil, "NOT_FOUND", "Could not resolve to a node"), nil
	}
	there, err := s.putInCart(session, c)
	if err != nil {
		return nil, err
	}
	if !there {
		return saResult("checkout", nil, "INSUFFICIENT_STOCK", soldOutText(c.article)), nil
	}
	if email := gqlText(f.args, append(append([]string{}, under...), "email")...); email != "" {
		if err := s.store.rememberEmail(session, email); err != nil {
			return nil, err
		}
	}
	what, err := s.saCheckout(session)
	return saResult("checkout", what, "", ""), err
}

func (s *Shop) saComplete(f gqlField) (any, error) {
	session := saOf(f)
	c, err := s.store.cart(session)
	if err != nil {
		return nil, err
	}
	name, blik, _ := strings.Cut(gqlText(f.args, "paymentData"), "|")
	sold, err := s.sell(session, name, c.email, blik)
	switch {
	case err != nil:
		return nil, err
	case sold.soldOut:
		return saResult("order", nil, "INSUFFICIENT_STOCK", sold.fault), nil
	case sold.fault != "":
		return saResult("order", nil, "INVALID", sold.fault), nil
	}
	return saResult("order", map[string]string{"id": saID("Order", s.saOrderKey(sold.nr)), "number": strconv.Itoa(sold.nr)}, "", ""), nil
}

func saDress(_ *Shop, _ visit, a *answer) {
	a.private = false
	if a.kind == "api" {
		a.set("Access-Control-Allow-Methods", "POST, OPTIONS")
		a.set("Referrer-Policy", "same-origin")
		a.set("X-Content-Type-Options", "nosniff")
	}
}

func saPlaces() Places {
	call := func(name, query string, takes ...Take) Call { return gqlCall(name, "/graphql/", query, takes...) }
	checkout := Take{Word: "checkout", Before: `"id":"`, After: `"`}
	detail := Take{Word: "variant", Before: `"defaultVariant":{"id":"`, After: `"`}
	picture := Take{Word: "picture", Before: `"thumbnail":{"url":"`, After: `"`}
	token := Take{Word: "bearer", Before: `"token":"`, After: `"`}
	order := Take{Word: "order", Before: `"id":"`, After: `"`}
	p := Places{
		Kind: Calls,
		Home: get("home", "/"), Category: get("category", "/categories/{category}"), Search: call("search", `query Search { products(first: 20, channel: "default-channel", filter: {search: "{q}"}) { edges { node { slug } } } }`),
		Product: call("product", `query Detail { product(slug: "{product}", channel: "default-channel") { id name slug defaultVariant { id } thumbnail(size: 256) { url } } }`, detail, picture),
		Cart:    call("cart", `query Cart { checkout(id: "{checkout}") { id email lines { id quantity } } }`),
		Account: call("account", `query Me { me { email } }`).with("Authorization", "Bearer {bearer}"),
		Order: []Call{call("email", `mutation Mail { checkoutEmailUpdate(id: "{checkout}", email: "{email}") { checkout { id } errors { code } } }`),
			call("payment", `mutation Payment { checkoutPaymentCreate(id: "{checkout}", input: {gateway: "mirumee.payments.payu"}) { checkout { id } errors { code } } }`),
			call("order", `mutation Complete { checkoutComplete(id: "{checkout}", paymentData: "{name}|{blik}") { order { id number } errors { code } } }`, order)},
		Done: `"number":"`, Thanks: []Call{call("thanks", `query Done { order(id: "{order}") { number userEmail } }`)},
		Notice:  send("notice", http.MethodPost, "/plugins/mirumee.payments.payu/webhooks/", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:  []string{"/storefront/toy.css", "/storefront/toy.js", "/media/thumbnails/products/pomadka-bursztyn-1.svg"},
		SignIn:  []Call{call("sign in", `mutation In { tokenCreate(email: "{email}", password: "haslo") { token errors { code } } }`, token)},
		SignOut: []Call{get("forget the token", "/", Take{Word: "bearer", From: "Nothing"})},
	}
	p.Checkout = p.Cart
	p.AddByScript = []Call{p.Product, call("add", `mutation New { checkoutCreate(input: {channel: "default-channel", lines: [{variantId: "{variant}", quantity: 1}]}) { checkout { id token } errors { code } } }`, checkout)}
	p.ReadCart = []Call{call("cart", `query Cart { checkout(id: "{checkout}") { lines { variant { product { slug } } } } }`)}
	p.Pictures = []Call{get("picture", "{picture}").with("Sec-Fetch-Dest", "image")}
	p.Token = Token{Field: "Authorization-Bearer", Value: "{bearer}", Get: p.SignIn, Reads: []Call{get("prices", "/api/prices/{product}").with("Accept", "application/json")}}
	p.Shareable = []Call{p.Home, get("storefront product", "/products/{product}"), p.Category}
	p.Private = []Call{p.Cart, p.Account, p.Thanks[0]}
	return p
}
