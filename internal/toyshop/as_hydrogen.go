package toyshop

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// hydrogen is a Shopify storefront on Hydrogen. Its routes say how long they may
// be kept (CacheShort, CacheLong, CacheNone), and its root puts the cart of
// whoever has the cookie into every page, public or not. Pages bring the cookies of
// Shopify's statistics to whoever has none. The server passes scripts' GraphQL on to
// Shopify, and a link puts a discount into the cart. The till, which is Shopify's, is the
// toy shop's own here. Sources: Hydrogen's documentation on caching and
// createCartHandler, createRequestHandler, its skeleton's routes.
func hydrogen() *guise {
	return &guise{
		name: "hydrogen", title: "Shopify Hydrogen",
		at: signposts{
			Home: "/", Cart: "/cart", Checkout: "/checkout", Order: "/checkout", Account: "/account", SignIn: "/account/login", SignOut: "/account/logout",
			Search: "/search", SearchWord: "q",
			product:  func(_ int, a Article) string { return "/products/" + a.Slug },
			category: func(_ int, slug string) string { return "/collections/" + slug },
		},
		files: folders{css: "/assets/app-toy.css", js: "/assets/entry.client-toy.js", pictures: "/cdn/shop/files/"},
		read:  hyRead, find: hyFind, dress: hyDress, vars: hyVars,
		notice: signedAt{"/webhooks/payment/notify", "X-Shopify-Hmac-Sha256", ""},
		places: hyPlaces(),
	}
}

// hyRead takes the cart's number for the session; signed in without a cart, the
// session's own.
func hyRead(s *Shop, v *visit) {
	if id, err := url.QueryUnescape(v.cookies["cart"]); err == nil && plainID(id) {
		v.session = id
	}
	if text, err := url.QueryUnescape(v.cookies["session"]); err == nil && v.session == "" {
		if id, signature, _ := strings.Cut(text, "."); plainID(id) && signature == s.seal("session", id) {
			v.session = id
		}
	}
}

func hyVariant(n int) string { return "gid://shopify/ProductVariant/" + itoa(n) }

// hyVars is what the root loader hands to the page.
func hyVars(s *Shop, v visit, p *sheet) any {
	state := map[string]any{"publicStoreDomain": "nina-mewa.myshopify.com", "isLoggedIn": p.Account != ""}
	if p.Count > 0 {
		state["cart"] = s.hyCart(v, p)
	}
	return state
}

func (s *Shop) hyCart(v visit, p *sheet) map[string]any {
	lines := []any{}
	for _, l := range p.Lines {
		lines = append(lines, map[string]any{"merchandiseId": hyVariant(s.shelves.number(l.Article.Slug)), "handle": l.Article.Slug, "quantity": l.Qty})
	}
	codes := []any{}
	if code := s.guise.tastes.get(v.session).code; code != "" {
		codes = append(codes, map[string]any{"code": code, "applicable": true})
	}
	return map[string]any{"id": "gid://shopify/Cart/" + v.session, "totalQuantity": p.Count, "lines": lines, "discountCodes": codes, "visitor": p.Visitor}
}

func hyFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	second := ""
	if len(parts) > 1 {
		second = parts[1]
	}
	if len(parts) == 3 && parts[0] == "api" && parts[2] == "graphql.json" && v.method == http.MethodPost {
		return apiRead, s.hyQuery
	}
	if len(parts) > 2 && parts[0] != "webhooks" {
		return notFound, nil
	}
	switch parts[0] {
	case "":
		return home, s.showHome
	case "discount":
		return cartAdd, s.hyDiscount(second)
	case "products":
		if a, ok := s.shelves.bySlug[second]; ok {
			return product, s.showProduct(a)
		}
	case "collections":
		for _, c := range s.shelves.categories {
			if c.Slug == second {
				return category, s.showCategory(c)
			}
		}
	case "search":
		return search, s.showSearch
	case "pages":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "cart", "cart.data":
		if v.method == http.MethodPost {
			return cartAdd, s.hyChange
		}
		if parts[0] == "cart.data" {
			return cartView, s.hyCartData
		}
		return cartView, s.showCart
	case "checkout":
		switch {
		case second == "thank-you":
			return thanks, s.showLastThanks
		case v.method == http.MethodPost:
			return placeOrder, s.orderByForm(func(int) string { return "/checkout/thank-you" })
		}
		return checkout, s.showCheckout
	case "webhooks":
		return callback, s.heardOfPayment
	case "account":
		switch {
		case second == "login" && v.method == http.MethodPost:
			return signIn, s.hySignIn
		case second == "login":
			return account, s.showAccount
		case second == "logout":
			return signIn, s.signOut
		}
		return account, func(v visit) (answer, error) {
			if v.account == "" {
				return moved(http.StatusFound, "/account/login"), nil
			}
			return s.showAccount(v)
		}
	}
	return notFound, nil
}

// hyChange is CartForm: what to do is JSON in one field of a form. A form gets
// the cart's page at once, a script gets data.
func (s *Shop) hyChange(v visit) (answer, error) {
	var in struct {
		Action string `json:"action"`
		Inputs struct {
			Lines []struct {
				ID       string `json:"merchandiseId"`
				Quantity int    `json:"quantity"`
			} `json:"lines"`
		} `json:"inputs"`
	}
	if json.Unmarshal([]byte(v.form.Get("cartFormInput")), &in) != nil || in.Action != "LinesAdd" || len(in.Inputs.Lines) == 0 {
		return hySays(http.StatusBadRequest, map[string]string{"error": "cartFormInput"}), nil
	}
	l := in.Inputs.Lines[0]
	qty := itoa(l.Quantity)
	if form := v.form.Get("quantity"); form != "" {
		qty = form
	}
	c, err := s.choose(strings.TrimPrefix(l.ID, "gid://shopify/ProductVariant/"), qty)
	if err != nil {
		return hySays(http.StatusOK, map[string]any{"cart": nil, "userErrors": []string{"The merchandise does not exist."}}), nil
	}
	if v.session == "" {
		v.session = "c1-" + strings.ToLower(newSession())
	}
	there, err := s.putInCart(v.session, c)
	if err != nil {
		return answer{}, err
	}
	p, err := s.sheet(v, "cart", "Koszyk")
	if err != nil {
		return answer{}, err
	}
	var a answer
	if strings.HasSuffix(v.path, ".data") || v.json {
		what := map[string]any{"cart": s.hyCart(v, p), "userErrors": []string{}}
		if !there {
			what["userErrors"] = []string{soldOutText(c.article)}
		}
		a = hySays(http.StatusOK, what)
	} else {
		if !there {
			p.Text = soldOutText(c.article)
		}
		a = s.page(v, p, "cart")
	}
	a.session = v.session
	return a, nil
}

func hySays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "data"
	return a
}

func (s *Shop) hyCartData(v visit) (answer, error) {
	p, err := s.sheet(v, "data", "")
	if err != nil {
		return answer{}, err
	}
	a := hySays(http.StatusOK, map[string]any{"cart": s.hyCart(v, p)})
	a.personal = p.Visitor != ""
	return a, nil
}

// hyDiscount keeps a code with the cart, makes one if there is none, and leads to the
// front page.
func (s *Shop) hyDiscount(code string) work {
	return func(v visit) (answer, error) {
		if v.session == "" {
			v.session = "c1-" + strings.ToLower(newSession())
		}
		if plainID(code) {
			s.guise.tastes.put(v.session, taste{code: code})
		}
		a := moved(http.StatusSeeOther, "/")
		a.give("cart", url.QueryEscape(v.session))
		return a, nil
	}
}

// hyQuery is Shopify's GraphQL, which the server passes on: of the toy it tells articles,
// and what one's cart holds only in its pages.
func (s *Shop) hyQuery(v visit) (answer, error) {
	op, err := readGraphQL(v, false)
	if err != nil {
		return hySays(http.StatusBadRequest, map[string]any{"errors": []any{map[string]string{"message": err.Error()}}}), nil
	}
	status, what, err := gqlAnswer(op, func(kind, name string) resolver {
		if kind != "query" || name != "product" {
			return nil
		}
		return func(f gqlField) (any, error) {
			a, ok := s.shelves.bySlug[gqlText(f.args, "handle")]
			if !ok {
				return nil, nil
			}
			n, err := s.store.available(a.Slug)
			return map[string]any{"id": hyVariant(s.shelves.number(a.Slug)), "title": a.Name, "availableForSale": n > 0}, err
		}
	})
	return hySays(status, what), err
}

func (s *Shop) hySignIn(v visit) (answer, error) {
	a, err := s.signInByForm(v)
	if a.session != "" {
		a.give("session", url.QueryEscape(a.session+"."+s.seal("session", a.session)), httpOnly, func(c *http.Cookie) { c.SameSite = http.SameSiteLaxMode })
		if v.session == "" {
			a.session = ""
		}
	}
	return a, err
}

func hyDress(_ *Shop, v visit, a *answer) {
	a.private = false
	a.set("Powered-By", "Shopify, Oxygen, Hydrogen")
	switch a.kind {
	case "home", "category", "product", "search":
		a.set("Cache-Control", "public, max-age=1, stale-while-revalidate=9")
	case "cms":
		a.set("Cache-Control", "public, max-age=3600, stale-while-revalidate=82800")
	case "moved", "notice", "message":
	default:
		a.set("Cache-Control", "no-store")
	}
	if a.session != "" && a.session != v.cookies["cart"] && a.session != v.session || a.session != "" && a.kind != "moved" {
		a.give("cart", url.QueryEscape(a.session))
	}
	if a.kind == "left" {
		a.give("session", "", expired)
	}
	if reads(v.method) && !a.json && a.kind != "moved" {
		for _, name := range []string{"_shopify_y", "_shopify_s"} {
			if v.cookies[name] == "" {
				a.give(name, uuid(fixed(rand.Text())), func(c *http.Cookie) { c.SameSite, c.MaxAge = http.SameSiteLaxMode, 1800 })
			}
		}
	}
}

func hyPlaces() Places {
	lines := `{"action":"LinesAdd","inputs":{"lines":[{"merchandiseId":"gid://shopify/ProductVariant/{id}","quantity":1}]}}`
	p := Places{
		Home: get("home", "/"), Category: get("category", "/collections/{category}"), Product: get("product", "/products/{product}"), Search: get("search", "/search?q={q}"),
		Cart: get("cart", "/cart"), Checkout: get("checkout", "/checkout"), Account: get("account", "/account"),
		AddByForm:   []Call{post("add", "/cart", "cartFormInput", lines)},
		AddByScript: []Call{post("add", "/cart.data", "cartFormInput", lines)},
		ReadCart:    []Call{get("cart data", "/cart.data")},
		Order:       []Call{get("checkout", "/checkout"), orderForm("/checkout")},
		Done:        "/checkout/thank-you", Thanks: []Call{get("thanks", "/checkout/thank-you")},
		SignIn:   []Call{get("sign-in form", "/account/login"), post("sign in", "/account/login", "email", "{email}", "password", "haslo")},
		SignOut:  []Call{get("sign out", "/account/logout")},
		Notice:   send("notice", http.MethodPost, "/webhooks/payment/notify", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("X-Shopify-Hmac-Sha256", "none"),
		Static:   []string{"/assets/app-toy.css", "/assets/entry.client-toy.js", "/cdn/shop/files/pomadka-bursztyn-1.svg"},
		Sessions: []string{"cart", "session"},
	}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/pages/dostawa")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], p.Thanks[0]}
	p.Coupon = get("discount", "/discount/OLA10?utm_source=instagram")
	p.Query = gqlCall("query", "/api/2025-07/graphql.json", `query Detail { product(handle: "{product}") { title availableForSale } }`)
	return p
}
