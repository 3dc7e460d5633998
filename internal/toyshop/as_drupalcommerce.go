package toyshop

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// drupalcommerce is Drupal with Commerce: no session before there is a cart or
// somebody signs in, then SESS and a hash; pages that its own page cache keeps
// and that it still forbids others to store, as it is installed. Forms of people
// without a session have random ids and no token. Sources: Drupal's
// FinishResponseSubscriber and page_cache, Commerce's add-to-cart form and Cart
// API.
func drupalcommerce() *guise {
	return &guise{
		name: "drupalcommerce", title: "Drupal Commerce",
		at: signposts{
			Home: "/", Cart: "/cart", Checkout: "/checkout", Order: "/checkout", Account: "/user", SignIn: "/user/login", SignOut: "/user/logout",
			Search: "/products", SearchWord: "search_api_fulltext",
			product:  func(n int, _ Article) string { return fmt.Sprintf("/product/%d", n) },
			category: func(_ int, slug string) string { return "/products/" + slug },
		},
		files: folders{css: "/sites/default/files/css/css_toy.css", js: "/modules/contrib/commerce/modules/cart/js/cart_block.js", pictures: "/sites/default/files/styles/large/public/"},
		read:  drRead, find: drFind, dress: drDress, vars: drVars,
		notice: signedAt{"/payment/notify/payu", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: drPlaces(),
	}
}

func drCookie() string { return "SESS" + fixed(ShopName) }

func drRead(_ *Shop, v *visit) {
	if id := v.cookies[drCookie()]; len(id) >= 22 && plainID(id) {
		v.session = id
	}
}

// drVars is the id of a form. It is random, but whoever has no session gets the
// page that was kept, with the id it had then.
func drVars(s *Shop, v visit, p *sheet) any {
	build := rand.Text()
	if v.session == "" {
		build = s.seal("kept page", p.Kind, p.Article.Slug)
	}
	return map[string]string{"Build": "form-" + build}
}

func (s *Shop) drOrder(session string) string { return s.seal("order of", session)[:8] }

func drFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	second := ""
	if len(parts) > 1 {
		second = parts[1]
	}
	if len(parts) > 2 && parts[0] != "checkout" && parts[0] != "payment" {
		return notFound, nil
	}
	switch parts[0] {
	case "":
		return home, s.showHome
	case "product":
		if a, ok := s.shelves.numbered(second); ok {
			if v.method == http.MethodPost {
				return cartAdd, s.drAdd(a)
			}
			return product, s.showProduct(a)
		}
	case "products":
		if second == "" {
			return search, s.showSearch
		}
		for _, c := range s.shelves.categories {
			if c.Slug == second {
				return category, s.showCategory(c)
			}
		}
	case "node":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "cart":
		switch {
		case second == "add" && v.method == http.MethodPost:
			return cartAdd, s.drScriptAdd
		case v.query.Get("_format") == "json":
			return cartView, s.drScriptCart
		}
		return cartView, s.showCart
	case "checkout":
		switch {
		case len(parts) == 3 && parts[2] == "complete":
			return thanks, s.drThanks(second)
		case v.method == http.MethodPost:
			return placeOrder, s.drPlace
		case second == "":
			return checkout, s.drCheckout
		}
		return checkout, s.showCheckout
	case "payment":
		if second == "notify" {
			return callback, s.heardOfPayment
		}
	case "user":
		switch {
		case second == "login" && v.method == http.MethodPost:
			return signIn, func(v visit) (answer, error) { return s.signInWith(v, v.form.Get("name"), v.form.Get("pass")) }
		case second == "login":
			return account, s.showAccount
		case second == "logout":
			return signIn, s.signOut
		case second == "" || second == "orders":
			return account, func(v visit) (answer, error) {
				if v.account == "" {
					return moved(http.StatusFound, "/user/login"), nil
				}
				return s.showAccount(v)
			}
		}
	}
	return notFound, nil
}

// drAdd takes the form of the product page, and leads back to it.
func (s *Shop) drAdd(a Article) work {
	return func(v visit) (answer, error) {
		session := v.session
		if session == "" {
			session = newSession()
		}
		there, err := s.putInCart(session, choice{a, quantity(v.form.Get("quantity[0][value]"))})
		if err != nil {
			return answer{}, err
		}
		if !there {
			p, err := s.productSheet(v, a)
			if err != nil {
				return answer{}, err
			}
			p.Text = soldOutText(a)
			return s.page(v, p, "product"), nil
		}
		to := moved(http.StatusSeeOther, s.guise.at.Cart)
		to.session = session
		return to, nil
	}
}

// drScriptAdd is Commerce's Cart API.
func (s *Shop) drScriptAdd(v visit) (answer, error) {
	var in []struct {
		ID       any `json:"purchased_entity_id"`
		Quantity any `json:"quantity"`
	}
	if json.Unmarshal(v.body, &in) != nil || len(in) == 0 {
		return drSays(http.StatusUnprocessableEntity, map[string]string{"message": "Syntax error"}), nil
	}
	c, err := s.choose(fmt.Sprint(in[0].ID), fmt.Sprint(in[0].Quantity))
	if err != nil {
		return drSays(http.StatusUnprocessableEntity, map[string]string{"message": "No such entity"}), nil
	}
	session := v.session
	if session == "" {
		session = newSession()
	}
	there, err := s.putInCart(session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		return drSays(http.StatusUnprocessableEntity, map[string]string{"message": soldOutText(c.article)}), nil
	}
	v.session = session
	a, err := s.drScriptCart(v)
	a.session = session
	return a, err
}

func drSays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "json"
	return a
}

func (s *Shop) drScriptCart(v visit) (answer, error) {
	p, err := s.sheet(v, "json", "")
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"slug": l.Article.Slug, "title": l.Article.Name, "quantity": itoa(l.Qty)})
	}
	carts := []any{}
	if p.Count > 0 {
		carts = append(carts, map[string]any{"order_id": s.drOrder(v.session), "order_items": items, "visitor": p.Visitor, "count": p.Count})
	}
	a := drSays(http.StatusOK, carts)
	a.personal = p.Count > 0
	return a, nil
}

// drCheckout leads to the till of the visitor's own order.
func (s *Shop) drCheckout(v visit) (answer, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return answer{}, err
	}
	if len(c.lines) == 0 {
		return moved(http.StatusFound, "/cart"), nil
	}
	return moved(http.StatusFound, "/checkout/"+s.drOrder(v.session)+"/order_information"), nil
}

func (s *Shop) drPlace(v visit) (answer, error) {
	return s.orderByForm(func(int) string { return "/checkout/" + s.drOrder(v.session) + "/complete" })(v)
}

func (s *Shop) drThanks(order string) work {
	return func(v visit) (answer, error) {
		if order != s.drOrder(v.session) {
			v.session = ""
		}
		return s.showLastThanks(v)
	}
}

func drDress(_ *Shop, v visit, a *answer) {
	a.private = false
	a.set("X-Generator", "Drupal 10 (https://www.drupal.org)")
	a.set("X-Commerce-Core", "2")
	a.set("Content-Language", "pl")
	a.set("Expires", "Sun, 19 Nov 1978 05:00:00 GMT")
	a.set("Cache-Control", "must-revalidate, no-cache, private")
	a.set("X-Frame-Options", "SAMEORIGIN")
	session := v.session
	if a.session != "" && a.session != v.session {
		session = a.session
		a.give(drCookie(), session, httpOnly, func(c *http.Cookie) { c.MaxAge, c.SameSite = 2_000_000, http.SameSiteLaxMode })
	}
	if a.kind == "left" {
		a.give(drCookie(), "deleted", expired)
	}
	switch a.kind {
	case "home", "category", "product", "search", "cms":
		if session == "" {
			a.set("X-Drupal-Cache", "HIT")
			a.set("X-Drupal-Dynamic-Cache", "MISS")
			a.set("Etag", etag(a.body))
			a.set("Last-Modified", time.Unix(1_730_000_000, 0).UTC().Format(http.TimeFormat))
			return
		}
		a.set("X-Drupal-Dynamic-Cache", "HIT")
	default:
		a.set("X-Drupal-Dynamic-Cache", "UNCACHEABLE (poor cacheability)")
	}
}

func drPlaces() Places {
	build := Take{Word: "build", Before: `name="form_build_id" value="`, After: `"`}
	to := Take{Word: "till", From: "Location"}
	p := Places{
		Home: get("home", "/"), Category: get("category", "/products/{category}"), Product: get("product", "/product/{id}"), Search: get("search", "/products?search_api_fulltext={q}"),
		Cart: get("cart", "/cart"), Checkout: get("checkout", "/checkout"), Account: get("account", "/user"),
		AddByScript: []Call{send("add", http.MethodPost, "/cart/add?_format=json", `[{"purchased_entity_type":"commerce_product_variation","purchased_entity_id":"{id}","quantity":"1"}]`)},
		ReadCart:    []Call{get("cart by script", "/cart?_format=json").with("Accept", "application/json")},
		Done:        "/complete", Thanks: []Call{get("thanks", "{thanks}")},
		Notice:   send("notice", http.MethodPost, "/payment/notify/payu", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/sites/default/files/css/css_toy.css", "/modules/contrib/commerce/modules/cart/js/cart_block.js", "/sites/default/files/styles/large/public/pomadka-bursztyn-1.svg"},
		Sessions: []string{"SESS*", "SSESS*"},
	}
	p.AddByForm = []Call{p.Product.taking(build), post("add", "/product/{id}", "form_build_id", "{build}", "form_id", "commerce_order_item_add_to_cart_form_commerce_product_{id}", "quantity[0][value]", "1", "op", "Dodaj do koszyka")}
	p.Order = []Call{p.Checkout.taking(to), get("till", "{till}", build), orderForm("/checkout", "form_build_id", "{build}", "form_id", "commerce_checkout_flow")}
	p.SignIn = []Call{get("sign-in form", "/user/login"), post("sign in", "/user/login", "name", "{email}", "pass", "haslo", "form_id", "user_login_form")}
	p.SignOut = []Call{get("sign out", "/user/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/node/1")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], get("thanks", "/checkout/00000000/complete")}
	return p
}
