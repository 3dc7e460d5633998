package toyshop

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
)

// sylius is Sylius on Symfony: paths begin with a language, a session is open on
// every page (forms need it), so every page is private, and each form has a
// token that only this session's own pages have, written in other letters each
// time. A wrong one is an error of the form: 400. In its English theme articles can be
// put into the cart from lists, by a form beside each. A currency that was chosen is in a
// cookie of the channel's. Orders lead to the bank and back by one address of Payum's,
// which the toy bank does at once; it reports to an address of its own, another provider
// to that of its payment method, as since version 2. Sources: Sylius's ShopBundle routes,
// its CurrencyStorage, Symfony's CsrfTokenManager and session listener, Payum's routes.
func sylius() *guise {
	return &guise{
		name: "sylius", title: "Sylius",
		at: signposts{
			Home: "/pl_PL/", Cart: "/pl_PL/cart/", Checkout: "/pl_PL/checkout/complete", Order: "/pl_PL/checkout/complete", Account: "/pl_PL/account/dashboard",
			SignIn: "/pl_PL/login-check", SignOut: "/pl_PL/logout", Search: "/pl_PL/taxons/usta", SearchWord: "criteria[search][value]",
			product:  func(_ int, a Article) string { return "/pl_PL/products/" + a.Slug },
			category: func(_ int, slug string) string { return "/pl_PL/taxons/" + slug },
		},
		files: folders{css: "/build/shop/shop-entry.css", js: "/build/shop/shop-entry.js", pictures: "/media/cache/resolve/sylius_shop_product_thumbnail/"},
		read:  syRead, find: syFind, dress: syDress, token: syToken, vars: syVars,
		notice: signedAt{"/payment/notify/unsafe/payu", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: syPlaces(),
	}
}

// syMoney is the cookie of the channel in which the currency is that somebody has chosen.
const syMoney = "_currency_TOY"

// syLists are the addresses of the theme whose lists have forms.
const syLists = "/en_US/"

func syVars(_ *Shop, v visit, _ *sheet) any {
	return map[string]bool{"Buys": strings.HasPrefix(v.path, syLists)}
}

func syRead(_ *Shop, v *visit) {
	if v.cookies[syMoney] == "EUR" {
		v.countsIn("EUR")
	}
	if id := v.cookies["PHPSESSID"]; len(id) >= 22 && plainID(id) {
		v.session = id
		return
	}
	v.session, v.born = strings.ToLower(newSession()), true
}

// syToken is the session's token under a mask that is new each time.
func syToken(s *Shop, v visit) string {
	mask := rand.Text()
	return strings.ToLower(mask[:6]) + "." + mask + "." + s.seal("csrf", v.session, mask)
}

// syValid reports whether a token is this session's, whichever page it is from.
func (s *Shop) syValid(v visit, token string) bool {
	parts := strings.Split(token, ".")
	return len(parts) == 3 && parts[2] == s.seal("csrf", v.session, parts[1])
}

func syFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	switch {
	case v.path == "/":
		return home, func(visit) (answer, error) { return moved(http.StatusFound, "/pl_PL/"), nil }
	case strings.HasPrefix(v.path, "/payment/notify/"):
		return callback, s.heardOfPayment
	case parts[0] == "payment-methods" && len(parts) == 2 && v.method == http.MethodPost:
		return callback, s.heardOfPayment
	case len(parts) == 3 && parts[0] == "payment" && (parts[1] == "capture" || parts[1] == "authorize"):
		return thanks, s.syPaid(parts[2])
	case parts[0] != "pl_PL" && (parts[0] != "en_US" || len(parts) > 1 && parts[1] != "taxons" && parts[1] != "ajax"):
		return notFound, nil
	}
	if len(parts) == 3 && parts[1] == "switch-currency" {
		return fragment, sySwitch(parts[2])
	}
	if len(parts) == 4 && parts[1] == "order" && parts[3] == "pay" {
		return thanks, s.syPay(parts[2])
	}
	switch strings.Join(parts[1:], "/") {
	case "":
		return home, s.showHome
	case "page/dostawa":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "cart":
		return cartView, s.showCart
	case "ajax/cart/add":
		if v.method == http.MethodPost {
			return cartAdd, s.syAdd
		}
	case "checkout", "checkout/address", "checkout/select-payment":
		return checkout, s.showCheckout
	case "checkout/complete":
		if v.method == http.MethodPost {
			return placeOrder, s.syOrder
		}
		return checkout, s.showCheckout
	case "order/thank-you":
		return thanks, s.showLastThanks
	case "login":
		return account, s.showAccount
	case "login-check":
		return signIn, s.sySignIn
	case "logout":
		return signIn, s.signOut
	case "account", "account/dashboard", "account/orders":
		return account, func(v visit) (answer, error) {
			if v.account == "" {
				return moved(http.StatusFound, "/pl_PL/login"), nil
			}
			return s.showAccount(v)
		}
	}
	if len(parts) == 5 && parts[1] == "ajax" && parts[2] == "cart" && parts[4] == "remove" && v.method == http.MethodDelete {
		return cartAdd, s.syRemove(parts[3])
	}
	if len(parts) == 3 && parts[1] == "products" {
		if a, ok := s.shelves.bySlug[parts[2]]; ok {
			return product, s.showProduct(a)
		}
	}
	if len(parts) == 3 && parts[1] == "taxons" {
		if v.has("criteria[search][value]") {
			return search, s.showSearch
		}
		for _, c := range s.shelves.categories {
			if c.Slug == parts[2] {
				return category, s.showCategory(c)
			}
		}
	}
	return notFound, nil
}

// sySwitch notes the currency and leads back.
func sySwitch(code string) work {
	return func(visit) (answer, error) {
		a := moved(http.StatusFound, "/pl_PL/")
		if code == "EUR" {
			a.give(syMoney, code)
		} else {
			a.give(syMoney, "", expired)
		}
		return a, nil
	}
}

// syOrderToken and syPayToken are what an order and its payment are known by to whoever
// has them.
func (s *Shop) syOrderToken(nr int) string { return s.seal("order", itoa(nr))[:10] + hex8(nr) }

func (s *Shop) syPayToken(order string) string { return s.seal("payum", order) + order[10:] }

// syOrdered is the order of a token, 0 if there is none.
func (s *Shop) syOrdered(token string) int {
	if len(token) != 18 {
		return 0
	}
	if nr := unhex8(token[10:]); token == s.syOrderToken(nr) {
		return nr
	}
	return 0
}

// syPay leads to where the order is paid.
func (s *Shop) syPay(token string) work {
	return func(v visit) (answer, error) {
		if s.syOrdered(token) == 0 {
			return s.notFound(v)
		}
		return moved(http.StatusFound, "/payment/capture/"+s.syPayToken(token)), nil
	}
}

// syPaid is where somebody leaves for the bank and comes back from it.
func (s *Shop) syPaid(token string) work {
	return func(v visit) (answer, error) {
		if len(token) != 40 || token != s.syPayToken(s.syOrderToken(unhex8(token[32:]))) {
			return s.notFound(v)
		}
		return moved(http.StatusFound, "/pl_PL/order/thank-you"), nil
	}
}

func sySays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "json"
	return a
}

func (s *Shop) syAdd(v visit) (answer, error) {
	if !s.syValid(v, v.form.Get("sylius_add_to_cart[_token]")) {
		return sySays(http.StatusBadRequest, map[string]any{"code": 400, "message": "Validation Failed", "errors": map[string]any{"errors": []string{"Token CSRF jest nieprawidłowy. Proszę przesłać formularz ponownie."}}}), nil
	}
	c, err := s.choose(v.query.Get("productId"), v.form.Get("sylius_add_to_cart[cartItem][quantity]"))
	if err != nil {
		return answer{}, err
	}
	there, err := s.putInCart(v.session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		return sySays(http.StatusBadRequest, map[string]any{"code": 400, "message": "Validation Failed", "errors": map[string]any{"errors": []string{soldOutText(c.article)}}}), nil
	}
	p, err := s.sheet(v, "json", "")
	if err != nil {
		return answer{}, err
	}
	return sySays(http.StatusCreated, map[string]any{"items": p.Count, "slug": c.article.Slug, "visitor": p.Visitor}), nil
}

func (s *Shop) syRemove(number string) work {
	return func(v visit) (answer, error) {
		var in struct {
			Token string `json:"_csrf_token"`
		}
		if json.Unmarshal(v.body, &in) != nil || !s.syValid(v, in.Token) {
			return sySays(http.StatusForbidden, map[string]any{"code": 403, "message": "Invalid csrf token."}), nil
		}
		if err := s.removeNumbered(v, number); err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusNoContent, kind: "json"}, nil
	}
}

func (s *Shop) syOrder(v visit) (answer, error) {
	if !s.syValid(v, v.form.Get("sylius_checkout_complete[_token]")) {
		return s.checkoutAgain(v, http.StatusUnprocessableEntity, "Token CSRF jest nieprawidłowy. Proszę przesłać formularz ponownie.")
	}
	return s.orderByForm(func(nr int) string { return "/pl_PL/order/" + s.syOrderToken(nr) + "/pay" })(v)
}

func (s *Shop) sySignIn(v visit) (answer, error) {
	if !s.syValid(v, v.form.Get("_csrf_shop_security_token")) {
		return moved(http.StatusFound, "/pl_PL/login"), nil
	}
	return s.signInWith(v, v.form.Get("_username"), v.form.Get("_password"))
}

func syDress(_ *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	if strings.HasPrefix(v.path, syLists) {
		a.inLanguage("en")
	}
	a.set("Cache-Control", "max-age=0, must-revalidate, private")
	a.set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	if v.born {
		a.give("PHPSESSID", v.session, httpOnly, func(c *http.Cookie) { c.SameSite = http.SameSiteLaxMode })
	}
}

func syPlaces() Places {
	token := func(field string) Take {
		return Take{Word: "token", Before: `name="` + field + `" value="`, After: `"`}
	}
	p := Places{
		Home: get("home", "/pl_PL/"), Category: get("category", "/pl_PL/taxons/{category}"), Product: get("product", "/pl_PL/products/{product}"),
		Search: get("search", "/pl_PL/taxons/usta?criteria%5Bsearch%5D%5Bvalue%5D={q}"), Cart: get("cart", "/pl_PL/cart/"), Checkout: get("checkout", "/pl_PL/checkout/complete"),
		Account: get("account", "/pl_PL/account/dashboard"),
		Done:    "/pl_PL/order/", Thanks: []Call{get("pay", "{thanks}"), get("thanks", "/pl_PL/order/thank-you")},
		Leaves:   []Call{get("pay", "{thanks}", Take{Word: "payum", From: "Location", Before: "/payment/capture/"})},
		Returns:  []Call{get("captured", "/payment/capture/{payum}"), get("authorized", "/payment/authorize/{payum}")},
		Notices:  []Call{send("notice to the method", http.MethodPost, "/payment-methods/karta", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none")},
		Notice:   send("notice", http.MethodPost, "/payment/notify/unsafe/payu", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/build/shop/shop-entry.css", "/build/shop/shop-entry.js", "/media/cache/resolve/sylius_shop_product_thumbnail/pomadka-bursztyn-1.svg"},
		Sessions: []string{"PHPSESSID"},
	}
	p.ReadCart = []Call{p.Cart}
	p.AddByScript = []Call{p.Product.taking(token("sylius_add_to_cart[_token]")),
		post("add", "/pl_PL/ajax/cart/add?productId={id}", "sylius_add_to_cart[cartItem][quantity]", "1", "sylius_add_to_cart[_token]", "{token}").with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")}
	for _, path := range []string{syLists, syLists + "taxons/{category}"} {
		list := get("list", path, token("sylius_add_to_cart[_token]"))
		add := p.AddByScript[1]
		add.Path = syLists + "ajax/cart/add?productId={id}"
		p.Lists = append(p.Lists, []Call{list, add})
	}
	p.Order = []Call{p.Checkout.taking(token("sylius_checkout_complete[_token]")), orderForm("/pl_PL/checkout/complete", "sylius_checkout_complete[_token]", "{token}", "_method", "PUT")}
	p.SignIn = []Call{get("sign-in form", "/pl_PL/login", token("_csrf_shop_security_token")),
		post("sign in", "/pl_PL/login-check", "_username", "{email}", "_password", "haslo", "_csrf_shop_security_token", "{token}")}
	p.SignOut = []Call{get("sign out", "/pl_PL/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Search, get("cms", "/pl_PL/page/dostawa")}
	p.Private = []Call{p.Product, p.Cart, p.Checkout, p.Account, get("thanks", "/pl_PL/order/thank-you")}
	return p
}
