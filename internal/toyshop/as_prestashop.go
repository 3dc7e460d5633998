package toyshop

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// prestashop is PrestaShop 8. All that it knows of a visitor is in one encrypted
// cookie that everybody gets and that is written anew with every page; the
// number of the cart is in it, so whoever keeps an older one has no cart. Any
// address may choose a currency, which goes into the cookie as well, and any may
// bring back a customer's cart, as the links of mails about carts left behind do:
// whoever follows one is the customer. A
// request without the cookie changes no cart, and is told that it did. A guest's
// first page reports what browser he has, and hears nothing of it. Beside an article others are
// chosen anew for each answer, each with a form that puts it into the cart. Sources:
// PrestaShop's classes Cookie, FrontController, CartController and
// StatisticsController, modules ps_shoppingcart, ps_categoryproducts and statsdata; the pages of its themes
// classic and hummingbird; headers of shops in its issues.
func prestashop() *guise {
	return &guise{
		name: "prestashop", title: "PrestaShop", whole: true,
		at: signposts{
			Home: "/", Cart: "/koszyk?action=show", Checkout: "/zamowienie", Order: "/module/payu/payment", Account: "/moje-konto",
			SignIn: "/logowanie", SignOut: "/?mylogout=", Search: "/szukaj", SearchWord: "s", SearchAlso: []Field{{"controller", "search"}},
			product:  psProductPath,
			category: func(n int, slug string) string { return fmt.Sprintf("/%d-%s", n, slug) },
		},
		files: folders{css: "/themes/classic/assets/css/theme.css", js: "/themes/core.js", pictures: "/img/p/", also: []string{"/modules/ps_shoppingcart/ps_shoppingcart.js"}, silent: true},
		read:  psRead, find: psFind, dress: psDress, token: psToken,
		vars: func(s *Shop, v visit, p *sheet) any {
			return map[string]any{"Script": psVars(s, v, p), "Later": s.psLater(v), "Others": s.othersBeside(p)}
		},
		notice: signedAt{"/module/payu/notification", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: psPlaces(),
	}
}

func psProductPath(n int, a Article) string {
	return fmt.Sprintf("/%s/%d-%s.html", a.Category, n, a.Slug)
}

func psCookie() string { return "PrestaShop-" + fixed(ShopName) }

// psBox encrypts the cookie.
func (s *Shop) psBox() cipher.AEAD {
	block, err := aes.NewCipher(s.provider.key[:16])
	if err != nil {
		panic("toyshop: " + err.Error()) // the key is ours
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		panic("toyshop: " + err.Error())
	}
	return box
}

// psSeal writes a guest and his cart into a value that is never the same twice.
func (s *Shop) psSeal(guest, cart string) string {
	box := s.psBox()
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) // never fails
	text := fmt.Sprintf("id_guest|%s¤id_cart|%s¤%s", guest, cart, strings.Repeat("0", 40))
	return "def50200" + hex.EncodeToString(box.Seal(nonce, nonce, []byte(text), nil))
}

// psOpen reads it; ok is false for one that this shop did not write.
func (s *Shop) psOpen(value string) (guest, cart string, ok bool) {
	box := s.psBox()
	b, err := hex.DecodeString(strings.TrimPrefix(value, "def50200"))
	if err != nil || len(b) < box.NonceSize() {
		return "", "", false
	}
	text, err := box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], nil)
	if err != nil {
		return "", "", false
	}
	words := strings.Split(string(text), "¤")
	return strings.TrimPrefix(words[0], "id_guest|"), strings.TrimPrefix(words[1], "id_cart|"), true
}

// psRead makes the cart of the cookie the session: without a cart there is none.
func psRead(s *Shop, v *visit) {
	guest, cart, ok := s.psOpen(v.cookies[psCookie()])
	if !ok {
		guest, v.born = newSession(), true
	}
	if left := v.query.Get("recover_cart"); plainID(left) && v.query.Get("token_cart") == s.psRecovers(left) {
		cart = left
	}
	v.session, v.guest = cart, guest
	if v.query.Has("SubmitCurrency") {
		s.guise.tastes.put(guest, taste{currency: map[string]string{"1": "PLN", "2": "EUR"}[v.query.Get("id_currency")]})
	}
	if chosen := s.guise.tastes.get(guest).currency; chosen != "" {
		v.countsIn(chosen)
	}
}

// psRecovers is what a link must know that brings a cart back.
func (s *Shop) psRecovers(cart string) string { return s.seal("recover_cart_", cart) }

// psLater is the address that a mail about her cart leads a customer to. A module prints
// it under the cart as well, for who wants to go on with another telephone.
func (s *Shop) psLater(v visit) string {
	if v.account == "" {
		return "" // of guests the shop does not know whose cart it is
	}
	return withQuery("/", "recover_cart", v.session, "token_cart", s.psRecovers(v.session))
}

// psToken is the same for all guests, and each customer's own.
func psToken(s *Shop, v visit) string { return s.seal("static token", v.account) }

// psVars is what the pages' script finds in `prestashop`: the visitor's cart and
// name among it, and the time.
func psVars(s *Shop, v visit, p *sheet) map[string]any {
	products := []any{}
	for _, l := range p.Lines {
		products = append(products, map[string]any{"id_product": s.shelves.number(l.Article.Slug), "slug": l.Article.Slug, "quantity": l.Qty})
	}
	return map[string]any{
		"cart":         map[string]any{"products": products, "products_count": p.Count, "totals": map[string]any{"total": p.Total}},
		"currency":     map[string]string{"iso_code": "PLN", "sign": "zł"},
		"customer":     map[string]any{"email": v.account, "is_logged": v.account != ""},
		"static_token": psToken(s, v), "token": s.seal("token", v.account), "time": time.Now().Unix(),
	}
}

var (
	psProduct  = regexp.MustCompile(`^/[a-z-]+/(\d+)-[a-z0-9-]+\.html$`)
	psCategory = regexp.MustCompile(`^/(\d+)-[a-z0-9-]+$`)
)

func psFind(s *Shop, v *visit) (route, work) {
	if v.query.Has("mylogout") {
		return signIn, s.signOut
	}
	if m := psProduct.FindStringSubmatch(v.path); m != nil {
		if a, ok := s.shelves.numbered(m[1]); ok {
			return product, s.showProduct(a)
		}
	}
	if m := psCategory.FindStringSubmatch(v.path); m != nil {
		if c, ok := s.shelves.shelfNumbered(m[1]); ok {
			return category, s.psListing(c)
		}
	}
	switch strings.TrimPrefix(v.path, "/pl") {
	case "/index.php":
		if v.query.Get("controller") == "statistics" {
			return fragment, s.psStatistics
		}
		return home, s.showHome
	case "/", "":
		return home, s.showHome
	case "/szukaj":
		return search, s.showSearch
	case "/brand/1-fala":
		return category, s.psArticles("manufacturer", "Fala")
	case "/supplier/1-hurtownia":
		return category, s.psArticles("supplier", "Hurtownia")
	case "/najczesciej-kupowane":
		return category, s.psArticles("best-sales", "Najczęściej kupowane")
	case "/nowe-produkty":
		return category, s.psArticles("new-products", "Nowe produkty")
	case "/promocje":
		return category, s.psArticles("prices-drop", "Promocje")
	case "/mapa-strony":
		return home, s.showMessage("sitemap", "Mapa strony", "Kategorie są w nagłówku każdej strony.")
	case "/sklepy":
		return home, s.showMessage("stores", "Nasze sklepy", "Sopot, ul. Morska 1, codziennie od 10 do 18.")
	case "/content/1-dostawa":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "/koszyk":
		if v.has("addDiscount") || v.has("deleteDiscount") {
			return cartView, s.psVoucher
		}
		if v.has("add") || v.has("update") || v.has("delete") {
			return cartAdd, s.psChange
		}
		return cartView, s.showCart
	case "/module/ps_shoppingcart/ajax":
		return fragment, s.psBlock
	case "/zamowienie":
		return checkout, s.showCheckout
	case "/module/payu/payment":
		return placeOrder, s.psOrder
	case "/module/payu/notification":
		return callback, s.heardOfPayment
	case "/potwierdzenie-zamowienia":
		return thanks, s.psThanks
	case "/logowanie":
		if v.method == http.MethodPost {
			return signIn, s.psSignIn
		}
		return account, s.psSignInForm
	case "/moje-konto", "/dane-osobiste", "/historia-zamowien", "/adresy":
		return account, s.psAccount
	}
	return notFound, nil
}

// psListing is a category, which answers a filtering script on the same address
// with JSON.
func (s *Shop) psListing(c Category) work {
	return func(v visit) (answer, error) {
		if !v.query.Has("from-xhr") && !v.byScript() {
			return s.showCategory(c)(v)
		}
		p, err := s.sheet(v, "category", c.Name)
		if err != nil {
			return answer{}, err
		}
		p.Articles = s.shelves.byCategory[c.Slug]
		a := jsonAnswer(http.StatusOK, map[string]string{"rendered_products": string(s.page(v, p, "cards").body)})
		a.kind = "json"
		return a, nil
	}
}

// psArticles is a list of articles by something else than their category.
func (s *Shop) psArticles(kind, title string) work {
	return func(v visit) (answer, error) {
		p, err := s.sheet(v, kind, title)
		if err != nil {
			return answer{}, err
		}
		p.Articles = s.shelves.articles[:3]
		return s.page(v, p, "category"), nil
	}
}

// psStatistics takes what a guest's first page says of his browser, and answers nothing.
func (s *Shop) psStatistics(visit) (answer, error) { return answer{kind: "fragment"}, nil }

// psChange changes the cart if there is a cookie, and if a signed-in customer
// sends his own token; else it does nothing. Scripts are told of success in any
// case, and of what sold out with 200.
func (s *Shop) psChange(v visit) (answer, error) {
	heard := !v.born && (v.account == "" || v.arg("token") == psToken(s, v))
	c, err := s.choose(v.arg("id_product"), v.arg("qty"))
	if err != nil {
		return answer{}, err
	}
	there := true
	switch {
	case !heard:
	case v.has("delete"):
		err = s.store.removeFromCart(v.session, c.article.Slug)
	default:
		if v.session == "" {
			v.session = newSession()
		}
		there, err = s.putInCart(v.session, c)
	}
	if err != nil {
		return answer{}, err
	}
	p, err := s.sheet(v, "cart", "Koszyk")
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case v.arg("ajax") == "1" && !there:
		a = jsonAnswer(http.StatusOK, map[string]any{"hasError": true, "errors": []string{soldOutText(c.article)}, "quantity": 0})
	case v.arg("ajax") == "1":
		a = jsonAnswer(http.StatusOK, map[string]any{"success": true, "id_product": v.arg("id_product"), "quantity": p.Count,
			"cart": psVars(s, v, p)["cart"], "visitor": p.Visitor, "errors": ""})
	case !there:
		p.Text = soldOutText(c.article)
		a = s.page(v, p, "cart")
	default:
		a = moved(http.StatusFound, s.guise.at.Cart)
	}
	a.session = v.session
	return a, nil
}

// psBlock is the cart block alone.
func (s *Shop) psBlock(v visit) (answer, error) {
	p, err := s.sheet(v, "fragment", "")
	if err != nil {
		return answer{}, err
	}
	piece := s.page(v, p, "minicart")
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any{"preview": string(piece.body), "modal": nil}); err != nil {
		return answer{}, err
	}
	return answer{kind: "fragment", json: true, personal: piece.personal, body: []byte(text.String())}, nil
}

func (s *Shop) psOrder(v visit) (answer, error) {
	sold, err := s.sellByForm(v)
	switch {
	case err != nil:
		return answer{}, err
	case sold.empty:
		return moved(http.StatusFound, s.guise.at.Cart), nil
	case sold.fault != "":
		return s.checkoutAgain(v, http.StatusOK, sold.fault)
	}
	return moved(http.StatusFound, fmt.Sprintf("/potwierdzenie-zamowienia?id_cart=%d&id_module=7&id_order=%d&key=%s", sold.nr, sold.nr, s.seal("order", itoa(sold.nr)))), nil
}

// psThanks shows the order to who made it and has its key.
func (s *Shop) psThanks(v visit) (answer, error) {
	number := v.arg("id_order")
	if v.arg("key") != s.seal("order", number) {
		number = ""
	}
	return s.showThanks(number)(v)
}

func (s *Shop) psSignInForm(v visit) (answer, error) {
	if v.account != "" {
		return moved(http.StatusFound, s.guise.at.Account), nil
	}
	return s.showAccount(v)
}

func (s *Shop) psAccount(v visit) (answer, error) {
	if v.account == "" {
		return moved(http.StatusFound, "/logowanie?back=my-account"), nil
	}
	return s.showAccount(v)
}

func (s *Shop) psSignIn(v visit) (answer, error) { return s.signInByForm(v) }

func psDress(s *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	a.set("P3p", `CP="IDC DSP COR CURa ADMa OUR IND PHY ONL COM STA"`)
	a.set("Powered-By", "PrestaShop")
	a.set("Cache-Control", "no-store, no-cache, must-revalidate")
	a.set("Pragma", "no-cache")
	a.set("Expires", "Thu, 19 Nov 1981 08:52:00 GMT")
	cart := v.session
	if a.session != "" {
		cart = a.session
	}
	a.give(psCookie(), s.psSeal(v.guest, cart), httpOnly, func(c *http.Cookie) {
		c.MaxAge, c.Expires, c.SameSite = 1_728_000, time.Now().Add(480*time.Hour), http.SameSiteLaxMode
	})
	if v.cookies["PHPSESSID"] == "" {
		a.give("PHPSESSID", strings.ToLower(rand.Text()), httpOnly)
	}
}

func psPlaces() Places {
	token := Take{Word: "token", Before: `name="token" value="`, After: `"`}
	p := Places{
		Home: get("home", "/"), Category: get("category", "/{shelf}-{category}"), Product: get("product", "/{category}/{id}-{product}.html"),
		Search: get("search", "/szukaj?controller=search&s={q}"), Cart: get("cart", "/koszyk?action=show"), Checkout: get("checkout", "/zamowienie"), Account: get("account", "/moje-konto"),
		ReadCart: []Call{{Name: "cart block", Method: http.MethodPost, Path: "/module/ps_shoppingcart/ajax", Form: []Field{{"action", "refresh"}},
			Fields: []Field{{"X-Requested-With", "XMLHttpRequest"}, {"Accept", "application/json"}}}},
		Done: "/potwierdzenie-zamowienia", Thanks: []Call{get("thanks", "{thanks}")},
		Notice:   send("notice", http.MethodPost, "/module/payu/notification", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/themes/classic/assets/css/theme.css", "/themes/core.js", "/img/p/pomadka-bursztyn-1.svg"},
		Sessions: []string{"PrestaShop-*"},
	}
	open := p.Product.taking(token)
	p.AddByForm = []Call{open, post("add", "/koszyk", "token", "{token}", "id_product", "{id}", "id_customization", "0", "qty", "1", "add", "1")}
	p.AddByScript = []Call{open, post("add", "/koszyk", "token", "{token}", "id_product", "{id}", "id_customization", "0", "qty", "1", "add", "1", "action", "update", "ajax", "1").
		with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")}
	p.Order = []Call{p.Checkout, orderForm("/module/payu/payment")}
	p.SignIn = []Call{get("sign-in form", "/logowanie"), post("sign in", "/logowanie", "email", "{email}", "password", "haslo", "submitLogin", "1")}
	p.SignOut = []Call{get("sign out", "/?mylogout=")}
	p.Shareable = []Call{
		p.Home, p.Category, p.Product, p.Search, get("cms", "/content/1-dostawa"),
		get("manufacturer", "/brand/1-fala"), get("supplier", "/supplier/1-hurtownia"), get("best sales", "/najczesciej-kupowane"),
		get("new products", "/nowe-produkty"), get("prices drop", "/promocje"), get("sitemap", "/mapa-strony"), get("stores", "/sklepy"),
	}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], get("thanks", "/potwierdzenie-zamowienia?id_cart=1&id_order=1&key=0")}
	return p
}
