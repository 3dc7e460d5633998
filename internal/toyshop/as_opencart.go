package toyshop

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// opencart is OpenCart 4: one script with everything in the query, a session
// for everybody whose cookie comes with every answer, no page that may be
// stored, the cart in each page's header, and 200 for whatever goes wrong. What a
// link says of a coupon or a partner is kept in the session. A language is chosen by
// a link, too, and kept in a cookie. The host tells which of its stores is meant, and
// each has a theme of its own. Who writes to the shop must copy a word from a picture
// that was drawn for the session. Beside an article a module shows others that it chooses
// anew for each answer, each with the form that lists of version 4 have.
// Sources: OpenCart's startup/session, startup/currency, startup/language,
// startup/marketing, checkout/cart, common/cart, common/language and
// information/contact, its Response, the extension captcha/basic; template product/thumb; templates of bought
// themes; extensions that take a coupon from the address; a shop of version 4.1 that
// was watched. Its pictures are JPEG; here they are text that can be read.
func opencart() *guise {
	codes := &ocCodes{}
	return &guise{
		name: "opencart", title: "OpenCart",
		at: signposts{
			Home: ocRoute("common/home"), Cart: ocRoute("checkout/cart"), Checkout: ocRoute("checkout/checkout"),
			Order: ocRoute("extension/payu/payment/payu.confirm"), Account: ocRoute("account/account"),
			SignIn: ocRoute("account/login"), SignOut: ocRoute("account/logout"),
			Search: "/index.php", SearchWord: "search", SearchAlso: []Field{{"route", "product/search"}, {"language", "pl-pl"}},
			product:  func(n int, _ Article) string { return ocRoute("product/product", "product_id", itoa(n)) },
			category: func(n int, _ string) string { return ocRoute("product/category", "path", itoa(n)) },
		},
		files: folders{css: "/catalog/view/stylesheet/stylesheet.css", js: "/catalog/view/javascript/common.js", pictures: "/image/cache/catalog/", also: []string{"/catalog/view/javascript/jquery/jquery-3.7.1.min.js"}, silent: true},
		read:  ocRead, find: codes.find, dress: ocDress, token: ocToken, vars: ocVars,
		notice: signedAt{"/index.php?route=extension/payu/payment/payu.callback", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: ocPlaces(),
	}
}

// ocRoute is an address as the shop writes it.
func ocRoute(route string, more ...string) string {
	path := "/index.php?route=" + route + "&language=pl-pl"
	for i := 0; i+1 < len(more); i += 2 {
		path += "&" + more[i] + "=" + more[i+1]
	}
	return path
}

const ocSession = "OCSESSID"

// ocRead takes any well-formed session, known or not, as the shop does; whoever
// has none gets one.
func ocRead(_ *Shop, v *visit) {
	if id := v.cookies[ocSession]; len(id) >= 22 && plainID(id) {
		v.session = id
		return
	}
	b := make([]byte, 13)
	rand.Read(b) // never fails
	v.session, v.born = hex.EncodeToString(b), true
}

// ocToken guards the form that signs in.
func ocToken(s *Shop, v visit) string { return s.seal("login token", v.session)[:26] }

// ocVars are what product pages of two visitors differ in: the secret for
// writing a review, and articles chosen anew; and the languages' and currencies' addresses.
func ocVars(s *Shop, v visit, p *sheet) any {
	return map[string]any{
		"Others": s.othersBeside(p), "Review": s.seal("review token", v.session), "Base": s.ocHome(v),
		"Add": ocRoute("checkout/cart.add"), "Info": ocRoute("common/cart.info"), "Currency": ocRoute("common/currency.save"),
		"CustomerToken": s.ocCustomer(v), "Mark": ocMark(v, p.Kind),
	}
}

// ocMark is by what a store's theme names a kind of page: that of version 4, a bought
// one that has kept the name that products had before, or one with names of its own.
func ocMark(v visit, kind string) string {
	if strings.HasPrefix(v.host, "moda.") {
		return "moda-" + kind
	}
	switch kind {
	case "home":
		return "common-home"
	case "product":
		if strings.HasPrefix(v.host, "stary.") {
			return "product-product"
		}
		return "product-info"
	case "category", "search":
		return "product-" + kind
	case "cms":
		return "information-information"
	case "contact":
		return "information-contact"
	case "cart", "checkout":
		return "checkout-" + kind
	}
	return kind
}

// ocCustomer is the secret in the addresses of a signed-in customer's pages.
func (s *Shop) ocCustomer(v visit) string { return s.seal("customer token", v.session, v.account)[:26] }

// ocFriendly turns a search-engine-friendly path into a route and its arguments.
func ocFriendly(s *Shop, v *visit) string {
	parts := v.parts()
	if parts[0] == "pl-pl" {
		parts = parts[1:]
	}
	last := ""
	if len(parts) > 1 {
		last = parts[len(parts)-1]
	}
	switch {
	case len(parts) == 0:
		return "common/home"
	case parts[0] == "product":
		v.query.Set("product_id", itoa(s.shelves.number(last)))
		return "product/product"
	case parts[0] == "catalog":
		v.query.Set("path", itoa(s.shelves.shelf(last)))
		return "product/category"
	}
	return "error/not_found"
}

func ocFind(s *Shop, v *visit) (route, work) {
	to := v.query.Get("route")
	switch {
	case v.path == "/" || v.path == "/index.php":
		if to == "" {
			to = "common/home"
		}
	default:
		to = ocFriendly(s, v)
	}
	switch strings.ReplaceAll(strings.ReplaceAll(to, "|", "."), "cart/add", "cart.add") {
	case "common/home":
		return home, s.showHome
	case "product/category":
		path := v.arg("path")
		if c, ok := s.shelves.shelfNumbered(path[strings.LastIndexByte(path, '_')+1:]); ok {
			return category, s.showCategory(c)
		}
	case "product/product":
		if a, ok := s.shelves.numbered(v.arg("product_id")); ok {
			return product, s.showProduct(a)
		}
	case "product/search":
		return search, s.showSearch
	case "information/information":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "information/contact":
		return home, s.ocContact
	case "checkout/cart":
		return cartView, s.showCart
	case "extension/opencart/total/coupon.save":
		return cartView, s.ocCoupon
	case "checkout/cart.add":
		return cartAdd, s.ocAdd
	case "checkout/cart.remove":
		return cartAdd, s.ocRemove
	case "common/cart.info", "common/cart/info":
		return fragment, s.ocCartInfo
	case "common/currency.save":
		return fragment, s.ocCurrency
	case "common/language.save":
		return home, s.ocLanguage
	case "checkout/checkout":
		return checkout, s.showCheckout
	case "extension/payu/payment/payu.confirm":
		return placeOrder, s.ocConfirm
	case "extension/payu/payment/payu.callback":
		return callback, s.heardOfPayment
	case "checkout/success":
		return thanks, s.showLastThanks
	case "account/login":
		return account, s.showAccount
	case "account/login.login":
		return signIn, s.ocSignIn
	case "account/logout":
		return signIn, s.signOut
	case "account/account", "account/order", "account/edit":
		return account, s.ocAccount
	}
	return notFound, nil
}

// ocCodes are what sessions hold besides carts, of the last ocMostCodes that hold any: the
// coupons and partners of links, and the words of pictures.
type ocCodes struct {
	mu    sync.Mutex                   // guards what follows
	known map[string]map[string]string // by session
	order []string
}

const ocMostCodes = 10_000

// find hears what the address says of codes, on whatever page, and has the cart and
// the till show what the session holds.
func (c *ocCodes) find(s *Shop, v *visit) (route, work) {
	for _, name := range []string{"coupon", "tracking"} {
		if code := v.query.Get(name); plainID(code) {
			c.keep(v.session, name, code)
		}
	}
	switch v.query.Get("route") {
	case "extension/opencart/captcha/basic.captcha":
		return fragment, c.picture
	case "information/contact.send":
		return fragment, c.hear
	}
	to, do := ocFind(s, v)
	if to != cartView && to != checkout {
		return to, do
	}
	return to, func(v visit) (answer, error) {
		a, err := do(v)
		if said := c.said(v.session); said != "" {
			a.body = bytes.Replace(a.body, []byte("</body>"), []byte(said+"</body>"), 1)
		}
		return a, err
	}
}

// picture draws a new word for the session.
func (c *ocCodes) picture(v visit) (answer, error) {
	word := strings.ToLower(newSession()[:6])
	c.keep(v.session, "captcha", word)
	a := answer{kind: "picture", media: "image/svg+xml", body: []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="150" height="35"><text x="40" y="24">` + word + `</text></svg>`)}
	a.set("Cache-Control", "no-cache")
	return a, nil
}

// hear takes a letter to the shop from who has copied the word of the session's last picture.
func (c *ocCodes) hear(v visit) (answer, error) {
	if word := c.held(v.session, "captcha"); word == "" || v.form.Get("captcha") != word {
		return ocError("To nie są litery z obrazka."), nil
	}
	return ocSays(map[string]any{"success": "Dziękujemy za wiadomość."}), nil
}

func (c *ocCodes) held(session, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[session][name]
}

func (c *ocCodes) keep(session, name, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]map[string]string{}
	}
	if c.known[session] == nil {
		if c.order = append(c.order, session); len(c.order) > ocMostCodes {
			delete(c.known, c.order[0])
			c.order = c.order[1:]
		}
		c.known[session] = map[string]string{}
	}
	c.known[session][name] = code
}

// said is what pages say of a session's codes; they are plain and need no escaping.
func (c *ocCodes) said(session string) (line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held := c.known[session]; held["coupon"]+held["tracking"] != "" {
		line = `<p class="codes" data-coupon="` + held["coupon"] + `" data-tracking="` + held["tracking"] + `">Kupon: ` + held["coupon"] + `</p>`
	}
	return line
}

// ocSays is how the shop answers scripts: 200, whatever happened.
func ocSays(what map[string]any) answer {
	a := jsonAnswer(http.StatusOK, what)
	a.kind = "json"
	return a
}

func ocError(text string) answer {
	return ocSays(map[string]any{"error": map[string]string{"warning": text}})
}

func (s *Shop) ocAdd(v visit) (answer, error) {
	c, err := s.choose(v.form.Get("product_id"), v.form.Get("quantity"))
	if err != nil {
		return ocError("Nie mamy takiego artykułu."), nil
	}
	there, err := s.putInCart(v.session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		return ocError(soldOutText(c.article)), nil
	}
	p, err := s.sheet(v, "json", "")
	if err != nil {
		return answer{}, err
	}
	return ocSays(map[string]any{"success": c.article.Name + " jest w koszyku.", "total": p.Count, "visitor": p.Visitor}), nil
}

func (s *Shop) ocRemove(v visit) (answer, error) {
	if err := s.removeNumbered(v, v.form.Get("key")); err != nil {
		return ocError("Nie ma tego w koszyku."), nil
	}
	return ocSays(map[string]any{"success": "Usunięto."}), nil
}

// ocCartInfo is the cart of the header alone, for the script.
func (s *Shop) ocCartInfo(v visit) (answer, error) {
	p, err := s.sheet(v, "fragment", "")
	if err != nil {
		return answer{}, err
	}
	return s.page(v, p, "minicart"), nil
}

func (s *Shop) ocCurrency(v visit) (answer, error) {
	code := v.form.Get("code")
	if !ocKnows(code) {
		return ocError("Nie znamy takiej waluty."), nil
	}
	a := ocSays(map[string]any{"redirect": ocRoute("common/home")})
	a.give("currency", code, ocMonth)
	return a, nil
}

// ocContact is the form for a letter to the shop.
func (s *Shop) ocContact(v visit) (answer, error) {
	p, err := s.sheet(v, "contact", "Kontakt")
	if err != nil {
		return answer{}, err
	}
	return s.page(v, p, "contact"), nil
}

func ocKnows(currency string) bool { return currency == "PLN" || currency == "EUR" }

// ocHome is the address in the shop's configuration, by which it knows itself whatever it
// is asked at: every link of a page is read against it. The imitation has one only if it is
// told.
func (s *Shop) ocHome(v visit) string {
	if s.config.PublicURL != "" {
		return s.config.PublicURL + "/"
	}
	return v.absolute("/")
}

// ocLanguage keeps a language and leads back to where its link was.
func (s *Shop) ocLanguage(v visit) (answer, error) {
	to := v.arg("redirect")
	if !strings.HasPrefix(to, s.ocHome(v)) {
		to = ocRoute("common/home")
	}
	a := moved(http.StatusFound, to)
	if code := v.arg("code"); ocSpeaks(code) {
		a.give("language", code, ocMonth)
	}
	return a, nil
}

func ocSpeaks(language string) bool { return language == "pl-pl" || language == "en-gb" }

func ocMonth(c *http.Cookie) { c.MaxAge, c.SameSite = 30*24*3600, http.SameSiteLaxMode }

func (s *Shop) ocConfirm(v visit) (answer, error) {
	sold, err := s.sellByForm(v)
	switch {
	case err != nil:
		return answer{}, err
	case sold.empty:
		return ocSays(map[string]any{"redirect": s.guise.at.Cart}), nil
	case sold.fault != "":
		return ocError(sold.fault), nil
	}
	return ocSays(map[string]any{"redirect": ocRoute("checkout/success"), "order_id": sold.nr}), nil
}

func (s *Shop) ocSignIn(v visit) (answer, error) {
	if v.query.Get("login_token") != ocToken(s, v) {
		return ocSays(map[string]any{"redirect": ocRoute("account/login")}), nil
	}
	fault, err := s.enter(v.session, v.form.Get("email"), v.form.Get("password"))
	if err != nil {
		return answer{}, err
	}
	if fault != "" {
		return ocError(fault), nil
	}
	v.account = v.form.Get("email")
	return ocSays(map[string]any{"redirect": ocRoute("account/account", "customer_token", s.ocCustomer(v))}), nil
}

// ocAccount is shown to who is signed in and has the token in the address.
func (s *Shop) ocAccount(v visit) (answer, error) {
	if v.account == "" || v.query.Get("customer_token") != s.ocCustomer(v) {
		return moved(http.StatusFound, ocRoute("account/login")), nil
	}
	return s.showAccount(v)
}

func ocDress(_ *Shop, v visit, a *answer) {
	a.private = false
	if a.location == "" && a.kind != "picture" { // those go out without the fields of all answers
		a.set("Cache-Control", "no-store, no-cache, must-revalidate, post-check=0, pre-check=0")
	}
	a.give(ocSession, v.session, httpOnly, func(c *http.Cookie) {
		c.MaxAge, c.Expires, c.SameSite = 86_400, time.Now().Add(24*time.Hour), http.SameSiteStrictMode
	})
	given := func(name string) bool {
		return slices.ContainsFunc(a.cookies, func(c *http.Cookie) bool { return c.Name == name })
	}
	if !ocKnows(v.cookies["currency"]) && !given("currency") {
		a.give("currency", "PLN", ocMonth)
	}
	if !ocSpeaks(v.cookies["language"]) && !given("language") {
		a.give("language", "pl-pl", ocMonth)
	}
	if v.cookies["language"] == "en-gb" {
		a.inLanguage("en")
	}
}

func ocPlaces() Places {
	token := Take{Word: "token", Before: "login_token=", After: `"`}
	to := Take{Word: "to", Before: `"redirect":"`, After: `"`}
	p := Places{
		Home: get("home", "/"), Category: get("category", ocRoute("product/category", "path", "{shelf}")), Product: get("product", ocRoute("product/product", "product_id", "{id}")),
		Search: get("search", ocRoute("product/search", "search", "{q}")), Cart: get("cart", ocRoute("checkout/cart")), Checkout: get("checkout", ocRoute("checkout/checkout")),
		Account:     get("account", ocRoute("account/account")),
		AddByScript: []Call{post("add", ocRoute("checkout/cart.add"), "product_id", "{id}", "quantity", "1").with("Accept", "application/json", "X-Requested-With", "XMLHttpRequest")},
		ReadCart:    []Call{get("cart info", ocRoute("common/cart.info")).with("X-Requested-With", "XMLHttpRequest")},
		Done:        "route=checkout/success", Thanks: []Call{get("thanks", ocRoute("checkout/success"))},
		Notice:   send("notice", http.MethodPost, "/index.php?route=extension/payu/payment/payu.callback", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/catalog/view/stylesheet/stylesheet.css", "/catalog/view/javascript/common.js", "/image/cache/catalog/pomadka-bursztyn-1.svg"},
		Sessions: []string{ocSession},
	}
	p.Order = []Call{p.Checkout, orderForm(ocRoute("extension/payu/payment/payu.confirm")).with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")}
	p.SignIn = []Call{get("sign-in form", ocRoute("account/login"), token),
		post("sign in", ocRoute("account/login.login", "login_token", "{token}"), "email", "{email}", "password", "haslo").with("Accept", "application/json").taking(to)}
	p.SignOut = []Call{get("sign out", ocRoute("account/logout"))}
	p.Shareable = []Call{p.Home, get("home by route", ocRoute("common/home")), p.Category, p.Product, p.Search, get("product by name", "/pl-pl/product/{product}"), get("category by name", "/pl-pl/catalog/{category}"), get("cms", ocRoute("information/information", "information_id", "4"))}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], p.Thanks[0]}
	return p
}
