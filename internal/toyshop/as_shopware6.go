package toyshop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// shopware6 is Shopware 6 with its HTTP cache for a proxy in front: pages are
// public and the cart's number comes from /widgets/checkout/info. Whoever has a
// cart or is signed in says so in sw-states, and gets another sw-cache-hash: his
// pages are not those of others. Up to version 6.6 a chosen currency is in a cookie
// of its own. Sources: Shopware's CacheResponseSubscriber,
// its storefront controllers, and the VCL it ships.
func shopware6() *guise {
	return &guise{
		name: "shopware6", title: "Shopware 6",
		at: signposts{
			Home: "/", Cart: "/checkout/cart", Checkout: "/checkout/confirm", Order: "/checkout/order", Account: "/account",
			SignIn: "/account/login", SignOut: "/account/logout", Search: "/search", SearchWord: "search",
			product:  func(n int, a Article) string { return fmt.Sprintf("/%s/TOY%d", a.Slug, n) },
			category: func(_ int, slug string) string { return "/" + slug + "/" },
		},
		files: folders{css: "/theme/7a1f0c33/css/all.css", js: "/theme/7a1f0c33/js/storefront/storefront.js", pictures: "/media/toy/"},
		read:  swRead, find: swFind, dress: swDress, vars: swVars,
		notice: signedAt{"/payu/notify", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: swPlaces(),
	}
}

const (
	swSession = "session-"
	swStates  = "sw-states"
	swHash    = "sw-cache-hash"
	swMoney   = "sw-currency"
	swEuro    = "b7d2554b0ce847cd82f3ac9bd1c0dfca" // the number of a currency
)

func swRead(_ *Shop, v *visit) {
	if v.cookies[swMoney] == swEuro {
		v.countsIn("EUR")
	}
	if id := v.cookies[swSession]; len(id) >= 22 && plainID(id) {
		v.session = id
		return
	}
	v.session, v.born = strings.ToLower(newSession()), true
}

// swID is the number by which the shop knows an article, as long as its own are.
func swID(n int) string { return fixed("product " + itoa(n)) }

// Removed is the number by which the form that takes an article out of the cart
// knows it.
func (i item) Removed() string { return swID(i.N) }

func swVars(s *Shop, _ visit, p *sheet) any { return map[string]string{"ID": swID(p.ID)} }

func (s *Shop) swArticle(id string) (Article, bool) {
	for i, a := range s.shelves.articles {
		if swID(firstArticle+i) == id {
			return a, true
		}
	}
	return Article{}, false
}

var swProduct = regexp.MustCompile(`^/[a-z0-9-]+/TOY(\d+)$`)

func swFind(s *Shop, v *visit) (route, work) {
	if m := swProduct.FindStringSubmatch(v.path); m != nil {
		if a, ok := s.shelves.numbered(m[1]); ok {
			return product, s.showProduct(a)
		}
	}
	parts := v.parts()
	if parts[0] == "detail" && len(parts) == 2 {
		if a, ok := s.swArticle(parts[1]); ok {
			return product, s.showProduct(a)
		}
	}
	for _, c := range s.shelves.categories {
		if v.path == "/"+c.Slug+"/" {
			return category, s.showCategory(c)
		}
	}
	if id, ok := strings.CutPrefix(v.path, "/checkout/line-item/delete/"); ok && v.method == http.MethodPost {
		return cartAdd, s.swRemove(id)
	}
	switch strings.TrimSuffix(v.path, "/") {
	case "":
		return home, s.showHome
	case "/search":
		return search, s.showSearch
	case "/dostawa":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "/widgets/checkout/info":
		return fragment, s.swInfo
	case "/checkout/offcanvas":
		return fragment, s.swOffcanvas
	case "/checkout/cart":
		return cartView, s.showCart
	case "/checkout/line-item/add":
		if v.method == http.MethodPost {
			return cartAdd, s.swAdd
		}
	case "/checkout/confirm", "/checkout/register":
		return checkout, s.showCheckout
	case "/checkout/order":
		if v.method == http.MethodPost {
			return placeOrder, s.orderByForm(func(nr int) string { return "/checkout/finish?orderId=" + s.seal("order", itoa(nr))[:24] + hex8(nr) })
		}
	case "/checkout/finish":
		return thanks, s.swThanks
	case "/checkout/configure":
		if v.method == http.MethodPost {
			return fragment, func(v visit) (answer, error) {
				a := moved(http.StatusFound, s.guise.at.Home)
				if v.form.Get("currencyId") == swEuro {
					a.give(swMoney, swEuro, httpOnly)
				}
				return a, nil
			}
		}
	case "/payu/notify":
		return callback, s.heardOfPayment
	case "/account/login":
		if v.method == http.MethodPost {
			return signIn, func(v visit) (answer, error) {
				return s.signInWith(v, v.form.Get("username"), v.form.Get("password"))
			}
		}
		return account, s.showAccount
	case "/account/logout":
		return signIn, s.signOut
	case "/account", "/account/order", "/account/profile":
		return account, func(v visit) (answer, error) {
			if v.account == "" {
				return moved(http.StatusFound, "/account/login"), nil
			}
			return s.showAccount(v)
		}
	case "/store-api/checkout/cart":
		return cartView, s.swStoreCart
	}
	return notFound, nil
}

// swInfo is the number on the cart's button; 204 when there is nothing in it.
func (s *Shop) swInfo(v visit) (answer, error) {
	p, err := s.sheet(v, "widget", "")
	if err != nil {
		return answer{}, err
	}
	if p.Count == 0 {
		return answer{status: http.StatusNoContent, kind: "widget"}, nil
	}
	return s.page(v, p, "widget"), nil
}

func (s *Shop) swOffcanvas(v visit) (answer, error) {
	p, err := s.sheet(v, "widget", "")
	if err != nil {
		return answer{}, err
	}
	return s.page(v, p, "offcanvas"), nil
}

// swAdd takes the lines of the form: lineItems[id][quantity]. What is sold out
// is said on the cart's own page, with 200.
func (s *Shop) swAdd(v visit) (answer, error) {
	var c choice
	found := false
	for name := range v.form {
		if id, ok := strings.CutSuffix(strings.TrimPrefix(name, "lineItems["), "][referencedId]"); ok {
			if c.article, found = s.swArticle(v.form.Get(name)); found {
				c.qty = quantity(v.form.Get("lineItems[" + id + "][quantity]"))
				break
			}
		}
	}
	if !found {
		return answer{}, noArticle()
	}
	there, err := s.putInCart(v.session, c)
	if err != nil {
		return answer{}, err
	}
	p, err := s.sheet(v, "cart", "Koszyk")
	if err != nil {
		return answer{}, err
	}
	if !there {
		p.Text = soldOutText(c.article)
	}
	if v.byScript() || v.form.Get("redirectTo") == "frontend.cart.offcanvas" && v.header.Get("Sec-Fetch-Mode") == "cors" {
		return s.page(v, p, "offcanvas"), nil
	}
	if !there {
		return s.page(v, p, "cart"), nil
	}
	return moved(http.StatusFound, s.guise.at.Cart), nil
}

func (s *Shop) swRemove(id string) work {
	return func(v visit) (answer, error) {
		a, ok := s.swArticle(id)
		if !ok {
			return answer{}, noArticle()
		}
		if err := s.store.removeFromCart(v.session, a.Slug); err != nil {
			return answer{}, err
		}
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
}

func (s *Shop) swThanks(v visit) (answer, error) {
	id := v.query.Get("orderId")
	nr := 0
	if len(id) == 32 {
		if n := unhex8(id[24:]); id[:24] == s.seal("order", strconv.Itoa(n))[:24] {
			nr = n
		}
	}
	return s.thanksPage(v, nr, v.session)
}

// swStoreCart is the cart for scripts that carry the session in a field.
func (s *Shop) swStoreCart(v visit) (answer, error) {
	if token := v.field("sw-context-token"); token != "" && plainID(token) {
		v.session = token
	}
	p, err := s.sheet(v, "widget", "")
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"slug": l.Article.Slug, "quantity": l.Qty})
	}
	body, err := json.Marshal(map[string]any{"token": v.session, "lineItems": items, "visitor": p.Visitor})
	a := answer{kind: "widget", json: true, body: body, personal: p.Visitor != ""}
	a.set("Sw-Context-Token", v.session)
	return a, err
}

func swDress(s *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	session := v.session
	if v.born {
		a.give(swSession, session, httpOnly, func(c *http.Cookie) { c.SameSite = http.SameSiteLaxMode })
	}
	c, err := s.store.cart(session)
	if err != nil {
		return // the states come with the next answer
	}
	who, err := s.store.account(session)
	if err != nil {
		return
	}
	var states []string
	if who != "" {
		states = append(states, "logged-in")
	}
	if len(c.lines) > 0 {
		states = append(states, "cart-filled")
	}
	hash := ""
	if len(states) > 0 {
		hash = fixed("rules " + strings.Join(states, " "))
	}
	for name, value := range map[string]string{swStates: strings.Join(states, "%2C"), swHash: hash} {
		switch {
		case value != "" && v.cookies[name] != value:
			a.give(name, value, httpOnly, func(c *http.Cookie) { c.SameSite = http.SameSiteLaxMode })
		case value == "" && v.cookies[name] != "":
			a.give(name, "deleted", expired)
		}
	}
	a.set("Sw-Version-Id", "0fa91ce3e96a4bc2be4bd9ce752c3425")
	a.set("Sw-Language-Id", "2fbb5fe2e29a4d70aa5854ce7ce3e20b")
	switch a.kind {
	case "home", "category", "product", "search", "cms":
		if len(states) > 0 {
			a.set("Cache-Control", "no-cache, private")
			a.set("Sw-Dynamic-Cache-Bypass", "1")
			return
		}
		a.set("Cache-Control", "public, s-maxage=7200")
		a.set("Sw-Invalidation-States", "logged-in,cart-filled")
		a.set("Xkey", a.kind+"-route "+fixed(a.resource))
		a.set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	default:
		a.set("Cache-Control", "no-cache, private")
	}
}

func swPlaces() Places {
	id := Take{Word: "swid", Before: `[referencedId]" value="`, After: `"`}
	p := Places{
		Kind: Pages,
		Home: get("home", "/"), Category: get("category", "/{category}/"), Product: get("product", "/{product}/TOY{id}"), Search: get("search", "/search?search={q}"),
		Cart: get("cart", "/checkout/cart"), Checkout: get("checkout", "/checkout/confirm"), Account: get("account", "/account"),
		Background: []Call{get("cart info", "/widgets/checkout/info").with("X-Requested-With", "XMLHttpRequest")},
		ReadCart:   []Call{get("offcanvas", "/checkout/offcanvas").with("X-Requested-With", "XMLHttpRequest")},
		Done:       "/checkout/finish?orderId=", Thanks: []Call{get("thanks", "{thanks}")},
		Notice:   send("notice", http.MethodPost, "/payu/notify", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/theme/7a1f0c33/css/all.css", "/theme/7a1f0c33/js/storefront/storefront.js", "/media/toy/pomadka-bursztyn-1.svg"},
		Sessions: []string{swSession, swStates, swHash},
	}
	open := p.Product.taking(id)
	p.AddByForm = []Call{open, post("add", "/checkout/line-item/add", "lineItems[{swid}][id]", "{swid}", "lineItems[{swid}][type]", "product", "lineItems[{swid}][referencedId]", "{swid}", "lineItems[{swid}][quantity]", "1", "redirectTo", "frontend.checkout.cart.page")}
	p.AddByScript = []Call{open, p.AddByForm[1].with("X-Requested-With", "XMLHttpRequest")}
	p.Order = []Call{p.Checkout, orderForm("/checkout/order", "tos", "on")}
	p.SignIn = []Call{get("sign-in form", "/account/login"), post("sign in", "/account/login", "username", "{email}", "password", "haslo")}
	p.SignOut = []Call{get("sign out", "/account/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/dostawa")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.Background[0], p.ReadCart[0], get("thanks", "/checkout/finish?orderId=0")}
	return p
}
