package toyshop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// shopware6 is Shopware 6 as it is installed: it has an HTTP cache of its own and tells
// all others that pages are private. The cart's number comes from
// /widgets/checkout/info. Whoever has a cart or is signed in says so in sw-states, and
// gets another sw-cache-hash with the next page: his pages are not those of others. Up to
// version 6.6 a chosen currency is in a cookie of its own. One category is a plugin's, made for version 6.4: articles can be bought
// from it by forms that still have their session's token. Scripts carry the session in
// a field, and every page names it in one; those that bring none are given one, as from
// 6.7 on even with answers that are public, and customers have prices of their own. Sources: Shopware's
// CacheResponseSubscriber, CacheControlListener and ResponseHeaderListener, the issue
// "Store API returns sw-context-token on cachable responses", its storefront
// controllers, and the VCL it ships.
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
	swOther   = "sklep_sesja" // what the owner may have named it instead
	swStates  = "sw-states"
	swHash    = "sw-cache-hash"
	swMoney   = "sw-currency"
	swEuro    = "b7d2554b0ce847cd82f3ac9bd1c0dfca" // the number of a currency
)

func swRead(_ *Shop, v *visit) {
	if v.cookies[swMoney] == swEuro {
		v.countsIn("EUR")
	}
	if strings.HasPrefix(v.path, "/store-api/") {
		v.byToken = true
		if token := v.field("Sw-Context-Token"); len(token) >= 22 && plainID(token) {
			v.session = token
			return
		}
	} else {
		for _, name := range []string{swSession, swOther} {
			if id := v.cookies[name]; len(id) >= 22 && plainID(id) {
				v.session = id
				return
			}
		}
	}
	v.session, v.born = strings.ToLower(newSession()), true
}

// swID is the number by which the shop knows an article, as long as its own are.
func swID(n int) string { return fixed("product " + itoa(n)) }

// Removed is the number by which the form that takes an article out of the cart
// knows it.
func (i item) Removed() string { return swID(i.N) }

// swPlugin is the category whose page is a plugin's.
const swPlugin = "zestawy"

// swToken is what the forms of that page send, one for each session.
func (s *Shop) swToken(v visit) string { return s.seal("csrf", v.session) }

func swVars(s *Shop, v visit, p *sheet) any {
	vars := map[string]any{"ID": swID(p.ID)}
	if p.Kind == "category" && p.ID == s.shelves.shelf(swPlugin) {
		vars["Token"] = s.swToken(v)
	}
	return vars
}

// SwID is the number by which a form on a page of many articles knows one.
func (p *sheet) SwID(a Article) string { return swID(p.Number(a)) }

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
	if id, ok := strings.CutPrefix(v.path, "/store-api/product/"); ok && reads(v.method) {
		return apiRead, s.swStoreProduct(id)
	}
	if id, ok := strings.CutPrefix(v.path, "/widgets/cms/buybox/"); ok && reads(v.method) {
		if a, ok := s.swArticle(id); ok {
			return fragment, s.swBuybox(a)
		}
	}
	switch strings.TrimSuffix(v.path, "/") {
	case "":
		return home, s.showHome
	case "/premiera":
		return home, s.showMessage("landing", "Premiera", "W piątek o ósmej. Limitowana pomadka Niny.")
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
	case "/store-api/account/login":
		if v.method == http.MethodPost {
			return signIn, s.swStoreSignIn
		}
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

// swBuybox is the piece of a product's page with its button, as scripts ask for it when
// another size is chosen.
func (s *Shop) swBuybox(article Article) work {
	return func(v visit) (answer, error) {
		p, err := s.productSheet(v, article)
		if err != nil {
			return answer{}, err
		}
		p.Kind = "widget"
		return s.page(v, p, "buybox"), nil
	}
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
	if v.form.Has("_csrf_token") && v.form.Get("_csrf_token") != s.swToken(v) {
		a, err := s.showMessage("message", "Błąd", "Formularz stracił ważność. Wczytaj stronę jeszcze raz.")(v)
		a.status = http.StatusForbidden
		return a, err
	}
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

// swStoreProduct is an article for scripts: public for whoever is nobody yet.
func (s *Shop) swStoreProduct(id string) work {
	return func(v visit) (answer, error) {
		a, ok := s.swArticle(id)
		if !ok {
			return swSays(v, http.StatusNotFound, map[string]any{"errors": []string{"PRODUCT_NOT_FOUND"}}), nil
		}
		n, err := s.store.available(a.Slug)
		price := a.Price
		if v.account != "" {
			price = price * (100 - swDiscount) / 100
		}
		says := swSays(v, http.StatusOK, map[string]any{"id": id, "slug": a.Slug, "isAvailable": n > 0, "calculatedPrice": price})
		if v.account == "" {
			says.set("Cache-Control", "public, s-maxage=7200")
			says.set("Vary", "sw-language-id, sw-currency-id, sw-context-hash")
		}
		return says, err
	}
}

// swDiscount is what customers pay less, in percent.
const swDiscount = 10

// swSays is an answer to a script, with the session that it goes on with.
func swSays(v visit, status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind = "store-api"
	a.set("Sw-Context-Token", v.session)
	a.set("Cache-Control", "no-cache, private")
	return a
}

func (s *Shop) swStoreSignIn(v visit) (answer, error) {
	var in struct{ Username, Password string }
	if json.Unmarshal(v.body, &in) != nil {
		return swSays(v, http.StatusBadRequest, map[string]any{"errors": []string{"FRAMEWORK__INVALID_REQUEST"}}), nil
	}
	if fault, err := s.enter(v.session, in.Username, in.Password); err != nil || fault != "" {
		return swSays(v, http.StatusUnauthorized, map[string]any{"errors": []string{fault}}), err
	}
	return swSays(v, http.StatusOK, map[string]any{"redirectUrl": nil}), nil
}

// swStoreCart is the cart for scripts that carry the session in a field.
func (s *Shop) swStoreCart(v visit) (answer, error) {
	p, err := s.sheet(v, "widget", "")
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"slug": l.Article.Slug, "quantity": l.Qty})
	}
	a := swSays(v, http.StatusOK, map[string]any{"token": v.session, "lineItems": items, "visitor": p.Visitor})
	a.personal = p.Visitor != ""
	return a, nil
}

func swDress(s *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" || v.byToken {
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
		case name == swHash && !reads(v.method) && v.path != "/account/login":
			// It comes with the next page.
		case value != "" && v.cookies[name] != value:
			a.give(name, value, httpOnly, func(c *http.Cookie) { c.SameSite = http.SameSiteLaxMode })
		case value == "" && v.cookies[name] != "":
			a.give(name, "deleted", expired)
		}
	}
	a.set("Sw-Context-Token", session)
	a.set("Sw-Version-Id", "0fa91ce3e96a4bc2be4bd9ce752c3425")
	a.set("Sw-Language-Id", "2fbb5fe2e29a4d70aa5854ce7ce3e20b")
	a.set("Cache-Control", "no-cache, private")
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
	own := Take{Word: "csrf", Before: `name="_csrf_token" value="`, After: `"`}
	token := Take{Word: "token", From: "Sw-Context-Token"}
	p.AddByForm = []Call{open, post("add", "/checkout/line-item/add", "lineItems[{swid}][id]", "{swid}", "lineItems[{swid}][type]", "product", "lineItems[{swid}][referencedId]", "{swid}", "lineItems[{swid}][quantity]", "1", "redirectTo", "frontend.checkout.cart.page")}
	p.AddByScript = []Call{open, p.AddByForm[1].with("X-Requested-With", "XMLHttpRequest")}
	fromList := p.AddByForm[1]
	fromList.Form = append(append([]Field{}, fromList.Form...), Field{"_csrf_token", "{csrf}"})
	// Every article can be named in the plugin's form; a visitor's is on its own page.
	p.Lists = [][]Call{{open, get("list", "/"+swPlugin+"/", own), fromList}}
	p.Token = Token{Field: "Sw-Context-Token", Value: "{token}", Reads: []Call{get("store product", "/store-api/product/"+swID(firstArticle)).with("Accept", "application/json")},
		Get: []Call{get("context", "/store-api/checkout/cart", token).with("Accept", "application/json"),
			send("sign in", http.MethodPost, "/store-api/account/login", `{"username":"{email}","password":"haslo"}`, token).with("Sw-Context-Token", "{token}")}}
	p.Order = []Call{p.Checkout, orderForm("/checkout/order", "tos", "on")}
	p.SignIn = []Call{get("sign-in form", "/account/login"), post("sign in", "/account/login", "username", "{email}", "password", "haslo")}
	p.SignOut = []Call{get("sign out", "/account/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/dostawa"), get("landing", "/premiera")}
	p.Fresh = []Call{get("buybox", "/widgets/cms/buybox/"+swID(firstArticle)).with("X-Requested-With", "XMLHttpRequest")}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.Background[0], p.ReadCart[0], get("thanks", "/checkout/finish?orderId=0")}
	return p
}
