package toyshop

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// drupalcommerce is Drupal with Commerce, set up for a cache before it: pages have a
// time (Configuration, Performance), and settings.php leaves out Vary: Cookie, which
// then is for the cache to know. There is no session before there is a cart or
// somebody signs in, then SESS and a hash, or SSESS by https; of a session pages are
// private. Who comments without an account gets NO_CACHE for a few minutes, by which
// caches let her see what she wrote. A script may carry its cart by a token that it has
// made up; a page asked for with one shows that cart, and is called public like any
// other without a session. Forms of people without a session have random ids and no
// token. Sources: Drupal's FinishResponseSubscriber, SessionConfiguration and
// page_cache, the omit_vary_cookie of its default.settings.php, hosts' pages on
// NO_CACHE, Commerce's add-to-cart form and Cart API, Commerce API's CartTokenSession.
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

// drPageLife is for how long others may keep a page, in seconds: less than the day that
// people like to choose, so that a wave shows what happens when it is over.
const drPageLife = 60

// drNoCache is the cookie by which caches let somebody pass who has written something.
const drNoCache = "NO_CACHE"

// drCookies are what a session may be called, by http and by https.
func drCookies() [2]string { return [2]string{"SESS" + fixed(ShopName), "SSESS" + fixed(ShopName)} }

// drCookie is what a session is called that is given now.
func drCookie(v visit) string {
	if v.field("X-Forwarded-Proto") == "https" {
		return drCookies()[1]
	}
	return drCookies()[0]
}

func drRead(_ *Shop, v *visit) {
	for _, name := range drCookies() {
		if id := v.cookies[name]; len(id) >= 22 && plainID(id) {
			v.session = id
			return
		}
	}
	if token := v.field("Commerce-Cart-Token"); plainID(token) {
		v.session, v.byToken = "token-"+fixed(token), true
	}
}

// drVars is the id of a form. It is random, but whoever has no session gets the
// page that was kept, with the id it had then.
func drVars(s *Shop, v visit, p *sheet) any {
	build := rand.Text()
	if v.session == "" {
		// The same for all who have none.
		build = s.seal("kept page", p.Kind, p.Article.Slug)
	}
	comment, _ := s.guise.comment.Load().(string)
	return map[string]string{"Build": "form-" + build, "Comment": comment}
}

func (s *Shop) drOrder(session string) string { return s.seal("order of", session)[:8] }

func drFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	second := ""
	if len(parts) > 1 {
		second = parts[1]
	}
	if len(parts) > 2 && parts[0] != "checkout" && parts[0] != "payment" && parts[0] != "comment" {
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
	case "comment":
		if len(parts) == 5 && second == "reply" && v.method == http.MethodPost {
			return cartView, s.drComment(parts[3])
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

// drComment takes what somebody writes about an article; the front page has the last.
func (s *Shop) drComment(number string) work {
	return func(v visit) (answer, error) {
		if _, ok := s.shelves.numbered(number); !ok || v.form.Get("comment_body[0][value]") == "" {
			return answer{}, noArticle()
		}
		s.guise.comment.Store(v.form.Get("comment_body[0][value]"))
		a := moved(http.StatusSeeOther, "/product/"+number)
		if v.session == "" {
			a.give(drNoCache, "Y", func(c *http.Cookie) { c.MaxAge = 5 * drPageLife })
		}
		return a, nil
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
	if v.byToken {
		session = "" // a token opens none
	} else if a.session != "" && a.session != v.session {
		session = a.session
		a.give(drCookie(v), session, httpOnly, func(c *http.Cookie) { c.MaxAge, c.SameSite = 2_000_000, http.SameSiteLaxMode })
	}
	if a.kind == "left" {
		for _, name := range drCookies() {
			if v.cookies[name] != "" {
				a.give(name, "deleted", expired)
			}
		}
	}
	switch a.kind {
	case "home", "category", "product", "search", "cms":
		if session == "" {
			if !v.byToken {
				a.set("X-Drupal-Cache", "HIT")
			}
			a.set("X-Drupal-Dynamic-Cache", "MISS")
			a.set("Cache-Control", fmt.Sprintf("max-age=%d, public", drPageLife))
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
	p.Writes = []Call{post("comment", "/comment/reply/commerce_product/{id}/field_comments", "subject", "Pytanie", "comment_body[0][value]", "{note}", "form_id", "comment_comment_form", "op", "Zapisz")}
	p.Token = Token{Field: "Commerce-Cart-Token", Value: "{token}", Reads: []Call{p.Home.with("X-Requested-With", "XMLHttpRequest")},
		Get: []Call{p.AddByScript[0].with("Commerce-Cart-Token", "{token}")}}
	p.AddByForm = []Call{p.Product.taking(build), post("add", "/product/{id}", "form_build_id", "{build}", "form_id", "commerce_order_item_add_to_cart_form_commerce_product_{id}", "quantity[0][value]", "1", "op", "Dodaj do koszyka")}
	p.Order = []Call{p.Checkout.taking(to), get("till", "{till}", build), orderForm("/checkout", "form_build_id", "{build}", "form_id", "commerce_checkout_flow")}
	p.SignIn = []Call{get("sign-in form", "/user/login"), post("sign in", "/user/login", "name", "{email}", "pass", "haslo", "form_id", "user_login_form")}
	p.SignOut = []Call{get("sign out", "/user/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/node/1")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], get("thanks", "/checkout/00000000/complete")}
	return p
}
