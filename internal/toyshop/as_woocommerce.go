package toyshop

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// woocommerce is a WordPress with WooCommerce in Polish. It opens no session
// before there is a cart, says nothing about caching on ordinary pages, and
// shows the cart on them all the same. It has the plugins whose cookies change what
// pages show: currencies, languages, a list of wishes; a page with a password; and
// comments that await a word. Sources: WooCommerce's class
// WC_Session_Handler, WC_Cart_Session, WC_AJAX and Store API; WordPress's
// nocache_headers; a shop of version 9.4 that was watched.
func woocommerce() *guise {
	return &guise{
		name: "woocommerce", title: "WooCommerce", whole: true,
		at: signposts{
			Home: "/", Cart: "/koszyk/", Checkout: "/zamowienie/", Order: "/zamowienie/", Account: "/moje-konto/",
			SignIn: "/moje-konto/", SignOut: "/moje-konto/customer-logout/",
			Search: "/", SearchWord: "s", SearchAlso: []Field{{"post_type", "product"}},
			product:  func(_ int, a Article) string { return "/produkt/" + a.Slug + "/" },
			category: func(_ int, slug string) string { return "/kategoria-produktu/" + slug + "/" },
		},
		files: folders{
			css: "/wp-content/themes/storefront/style.css",
			js:  "/wp-content/plugins/woocommerce/assets/js/frontend/add-to-cart.min.js", pictures: "/wp-content/uploads/", silent: true,
		},
		read: wooRead, find: wooFind, dress: wooDress, token: wooNonce, vars: wooVars,
		notice: signedAt{"/?wc-api=WC_Gateway_PayU", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: wooPlaces(),
	}
}

// Cookies of the session: names end in a hash of the shop's address.
const (
	wooItems = "woocommerce_items_in_cart"
	wooHash  = "woocommerce_cart_hash"
)

// wooOther is what a plugin may have named the session's cookie instead.
const wooOther = "sklep_sesja"

func wooSessionName() string { return "wp_woocommerce_session_" + fixed(ShopName) }
func wooLoginName() string   { return "wordpress_logged_in_" + fixed(ShopName) }

// wooCookie seals some words into a cookie's value, as PHP writes it.
func (s *Shop) wooCookie(sep string, words ...string) string {
	return url.QueryEscape(strings.Join(append(words, s.seal(words...)), sep))
}

// wooOpen returns the words of a cookie that this shop sealed.
func (s *Shop) wooOpen(value, sep string) []string {
	text, err := url.QueryUnescape(value)
	if err != nil {
		return nil
	}
	words := strings.Split(text, sep)
	if n := len(words) - 1; n > 0 && words[n] == s.seal(words[:n]...) {
		return words[:n]
	}
	return nil
}

func wooRead(s *Shop, v *visit) {
	if w := s.wooOpen(v.cookies[wooLoginName()], "|"); len(w) == 3 {
		v.session = w[2]
	} else if w := s.wooOpen(v.cookies[wooSessionName()], "||"); len(w) == 3 {
		v.session = w[0]
	} else if w := s.wooOpen(v.cookies[wooOther], "||"); len(w) == 3 {
		v.session = w[0]
	}
	c := v.cookies
	if c["wmc_current_currency"] == "EUR" || c["yith_wcmcs_currency"] == "EUR" || c["aelia_cs_selected_currency"] == "EUR" || c["aelia_customer_country"] == "DE" {
		v.countsIn("EUR")
	}
	if token := v.header.Get("Cart-Token"); token != "" && strings.Contains(v.path+v.query.Get("rest_route"), "/wc/store/") {
		if session := s.wooTokenOwner(token); session != "" {
			v.session = session
		}
	}
}

func wooNewSession() string {
	b := make([]byte, 15)
	rand.Read(b) // never fails
	return "t_" + hex.EncodeToString(b)
}

// wooNonce is a nonce of WooCommerce's own forms: it belongs to the session, and
// is the same for all who have none.
func wooNonce(s *Shop, v visit) string { return s.seal("woocommerce-nonce", v.session)[:10] }

// wooVars are the random ids that two pages never share, and the nonce of the
// Store API, which the script of each page has in it.
func wooVars(s *Shop, v visit, _ *sheet) any {
	return map[string]string{"Random": rand.Text()[:13], "StoreNonce": s.wooStoreNonce(v), "CouponNonce": s.wooCouponNonce(v)}
}

func (s *Shop) wooStoreNonce(v visit) string { return s.seal("wc_store_api", v.account)[:10] }

func wooFind(s *Shop, v *visit) (route, work) {
	if v.has("wc-api") {
		return callback, s.heardOfPayment
	}
	if v.query.Has("wc-ajax") {
		return wooAjax(s, v.query.Get("wc-ajax"))
	}
	if v.has("add-to-cart") {
		return cartAdd, s.wooAdd
	}
	parts := v.parts()
	if rest := v.query.Get("rest_route"); rest != "" {
		parts = append([]string{"wp-json"}, strings.Split(strings.Trim(rest, "/"), "/")...)
	}
	if parts[0] == "wp-json" {
		return s.wooRest(v, parts[1:])
	}
	switch v.path {
	case "/wp-login.php":
		return signIn, s.wpLogin
	case "/wp-admin", "/wp-admin/":
		return account, func(visit) (answer, error) {
			a := moved(http.StatusFound, "/wp-login.php?redirect_to=%2Fwp-admin%2F&reauth=1")
			a.kind = "account"
			return a, nil
		}
	case "/":
		if v.query.Has("s") || v.form.Has("s") {
			return search, s.showSearch
		}
		if v.cookies[wooLanguage] == "en" {
			return home, func(visit) (answer, error) { return moved(http.StatusFound, "/en/"), nil }
		}
		return home, s.showHome
	case "/en/":
		return home, s.showHome
	}
	if route, work := s.wooPage(v, parts); work != nil {
		if !strings.HasSuffix(v.path, "/") && reads(v.method) && !s.config.Gullible {
			to := v.path + "/"
			if len(v.query) > 0 {
				to += "?" + v.query.Encode()
			}
			return notFound, func(visit) (answer, error) { return moved(http.StatusMovedPermanently, to), nil }
		}
		return route, work
	}
	return notFound, nil
}

func (s *Shop) wooPage(v *visit, parts []string) (route, work) {
	second := ""
	if len(parts) > 1 {
		second = parts[1]
	}
	switch parts[0] {
	case "produkt":
		if a, ok := s.shelves.bySlug[second]; ok && len(parts) == 2 {
			return product, s.wooProductPage(a)
		}
	case "tylko-dla-was":
		if len(parts) == 1 {
			return home, s.wooProtected
		}
	case "kategoria-produktu":
		for _, c := range s.shelves.categories {
			if c.Slug == second && len(parts) == 2 {
				return category, s.showCategory(c)
			}
		}
	case "koszyk":
		if len(parts) == 1 {
			if v.has("remove_item") {
				return cartAdd, s.wooRemove
			}
			return cartView, s.showCart
		}
	case "zamowienie":
		switch {
		case second == "order-received" && len(parts) == 3:
			return thanks, s.wooThanks(parts[2])
		case len(parts) == 1 && v.method == http.MethodPost:
			return placeOrder, s.wooOrder(false)
		case len(parts) == 1:
			return checkout, s.showCheckout
		}
	case "moje-konto":
		switch {
		case second == "customer-logout":
			return signIn, s.wooSignOut
		case len(parts) == 1 && v.method == http.MethodPost:
			return signIn, s.wooSignIn
		case len(parts) == 1 || second == "orders" || second == "edit-account":
			return account, s.showAccount
		}
	}
	return notFound, nil
}

// Cookies of WordPress and of plugins end in the same hash.
const (
	wooLanguage = "pll_language"
	wooWishes   = "yith_wcwl_session_"
	wooComment  = "comment_author_email_"
	wooPassword = "wp-postpass_"
	wooViewed   = "woocommerce_recently_viewed"
)

// cookieNamed is the value of a cookie whose name begins so.
func (v *visit) cookieNamed(begins string) string {
	for name, value := range v.cookies {
		if strings.HasPrefix(name, begins) {
			return value
		}
	}
	return ""
}

// wooProductPage shows an article, and to whoever has written about it that this waits,
// or that it is on the list of wishes.
func (s *Shop) wooProductPage(article Article) work {
	return func(v visit) (answer, error) {
		p, err := s.productSheet(v, article)
		if err != nil {
			return answer{}, err
		}
		if email, err := url.QueryUnescape(v.cookieNamed(wooComment)); err == nil && email != "" {
			p.Text = "Twój komentarz czeka na akceptację. Odpowiedź wyślemy na " + email + "."
		} else if v.cookieNamed(wooWishes) != "" {
			p.Text = "Masz to na liście życzeń."
		}
		return s.page(v, p, "product"), nil
	}
}

// wooProtected is a page of prices behind a password, which WordPress shows at the same
// address.
func (s *Shop) wooProtected(v visit) (answer, error) {
	if v.cookieNamed(wooPassword) == "" {
		return s.showMessage("cms", "Tylko dla Was", "Treść jest zabezpieczona hasłem.")(v)
	}
	p, err := s.sheet(v, "cms", "Tylko dla Was")
	if err != nil {
		return answer{}, err
	}
	p.Articles = s.shelves.articles[:3]
	return s.page(v, p, "category"), nil
}

func wooAjax(s *Shop, name string) (route, work) {
	switch name {
	case "get_refreshed_fragments":
		return fragment, s.wooFragments
	case "add_to_cart":
		return cartAdd, s.wooAjaxAdd
	case "remove_from_cart":
		return cartAdd, s.wooAjaxRemove
	case "apply_coupon":
		return cartView, s.wooCoupon
	case "checkout":
		return placeOrder, s.wooOrder(true)
	}
	return fragment, func(visit) (answer, error) {
		return answer{status: http.StatusBadRequest, kind: "ajax", body: []byte("0")}, nil
	}
}

// wooAdd puts an article into the cart by a form or by nothing but a link, and
// leads to the cart, as the shop is set up to.
func (s *Shop) wooAdd(v visit) (answer, error) {
	c, err := s.choose(v.arg("add-to-cart"), v.arg("quantity"))
	if err != nil {
		return answer{}, err
	}
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	there, err := s.putInCart(session, c)
	if err != nil {
		return answer{}, err
	}
	if !there { // the page again, with a word on it: not an error to HTTP
		p, err := s.productSheet(v, c.article)
		if err != nil {
			return answer{}, err
		}
		p.Text = soldOutText(c.article)
		return s.page(v, p, "product"), nil
	}
	a := moved(http.StatusFound, "/koszyk/")
	a.kind, a.session = "cart", session
	return a, nil
}

func (s *Shop) wooRemove(v visit) (answer, error) {
	if err := s.removeNumbered(v, v.arg("remove_item")); err != nil {
		return answer{}, err
	}
	a := moved(http.StatusFound, "/koszyk/")
	a.kind = "cart"
	return a, nil
}

func (s *Shop) wooAjaxAdd(v visit) (answer, error) {
	c, err := s.choose(v.form.Get("product_id"), v.form.Get("quantity"))
	if err != nil {
		return answer{}, err
	}
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	there, err := s.putInCart(session, c)
	if err != nil {
		return answer{}, err
	}
	if !there {
		a := jsonAnswer(http.StatusOK, map[string]any{"error": true, "product_url": "/produkt/" + c.article.Slug + "/"})
		a.kind = "ajax"
		return a, nil
	}
	v.session, v.born = session, v.session == ""
	a, err := s.wooFragments(v)
	a.session = session
	return a, err
}

// wooAjaxRemove asks for no nonce, as the shop's does.
func (s *Shop) wooAjaxRemove(v visit) (answer, error) {
	if err := s.removeNumbered(v, v.form.Get("cart_item_key")); err != nil {
		return jsonAnswer(http.StatusOK, map[string]bool{"success": false}), nil
	}
	return s.wooFragments(v)
}

// wooFragments is the mini-cart as scripts ask for it on every page.
func (s *Shop) wooFragments(v visit) (answer, error) {
	p, err := s.sheet(v, "ajax", "")
	if err != nil {
		return answer{}, err
	}
	piece := s.page(v, p, "fragment")
	hash := ""
	if p.Count > 0 {
		hash = wooCartHash(p)
	}
	a := jsonAnswer(http.StatusOK, map[string]any{"cart_hash": hash, "fragments": map[string]string{
		"div.widget_shopping_cart_content": string(piece.body),
		"a.cart-contents":                  fmt.Sprintf("<span class=\"count\">%d</span>", p.Count),
	}})
	a.kind, a.personal = "ajax", piece.personal
	return a, nil
}

func wooCartHash(p *sheet) string {
	text := ""
	for _, l := range p.Lines {
		text += fmt.Sprint(l.Article.Slug, l.Qty, ";")
	}
	return fixed(text)
}

// wooOrder is the checkout, by the form or by the script that every theme has.
func (s *Shop) wooOrder(ajax bool) work {
	return func(v visit) (answer, error) {
		refuse := func(text string) (answer, error) {
			if !ajax {
				return s.checkoutAgain(v, http.StatusOK, text)
			}
			a := jsonAnswer(http.StatusOK, map[string]any{"result": "failure", "messages": `<ul class="woocommerce-error" role="alert"><li>` + text + `</li></ul>`, "refresh": false, "reload": false})
			a.kind = "ajax"
			return a, nil
		}
		if v.form.Get("woocommerce-process-checkout-nonce") != wooNonce(s, v) {
			return refuse("Nie udało nam się przetworzyć zamówienia, spróbuj ponownie.")
		}
		sold, err := s.sellByForm(v)
		if err != nil {
			return answer{}, err
		}
		if sold.fault != "" {
			return refuse(sold.fault)
		}
		to := s.wooReceived(sold.nr)
		if ajax {
			a := jsonAnswer(http.StatusOK, map[string]any{"result": "success", "redirect": to, "order_id": sold.nr})
			a.kind = "ajax"
			return a, nil
		}
		a := moved(http.StatusFound, to)
		a.kind = "checkout"
		return a, nil
	}
}

func (s *Shop) wooKey(nr int) string { return "wc_order_" + s.seal("order", strconv.Itoa(nr))[:13] }

func (s *Shop) wooReceived(nr int) string {
	return fmt.Sprintf("/zamowienie/order-received/%d/?key=%s", nr, s.wooKey(nr))
}

// wooThanks shows an order to whoever has its key: a buyer comes back from the
// bank in another browser, too.
func (s *Shop) wooThanks(number string) work {
	return func(v visit) (answer, error) {
		nr, err := strconv.Atoi(number)
		owner := ""
		if err == nil && v.arg("key") == s.wooKey(nr) {
			if owner, err = s.store.orderedBy(nr); err != nil {
				return answer{}, err
			}
		}
		return s.thanksPage(v, nr, owner)
	}
}

func (s *Shop) wooSignIn(v visit) (answer, error) {
	if v.form.Get("woocommerce-login-nonce") != wooNonce(s, v) {
		return s.showAccount(v)
	}
	return s.wooEnter(v, v.form.Get("username"), v.form.Get("password"), "/moje-konto/")
}

// wpLogin is WordPress's own form.
func (s *Shop) wpLogin(v visit) (answer, error) {
	switch {
	case v.method == http.MethodPost && v.query.Get("action") == "postpass":
		a := moved(http.StatusFound, "/tylko-dla-was/")
		if v.form.Get("post_password") == "premiera" {
			a.give(wooPassword+fixed(ShopName), fixed("premiera"))
		}
		return a, nil
	case v.method == http.MethodPost:
		return s.wooEnter(v, v.form.Get("log"), v.form.Get("pwd"), "/moje-konto/")
	}
	a, err := s.showAccount(v)
	a.give("wordpress_test_cookie", "WP+Cookie+check")
	return a, err
}

func (s *Shop) wooEnter(v visit, email, password, to string) (answer, error) {
	session := v.session
	if session == "" {
		session = wooNewSession()
	}
	fault, err := s.enter(session, email, password)
	if err != nil || fault != "" {
		if err == nil {
			return s.showAccount(v)
		}
		return answer{}, err
	}
	a := moved(http.StatusFound, to)
	a.kind = "account"
	ends := strconv.FormatInt(time.Now().Add(48*time.Hour).Unix(), 10)
	a.give(wooLoginName(), s.wooCookie("|", email, ends, session), httpOnly)
	return a, nil
}

func httpOnly(c *http.Cookie) { c.HttpOnly = true }

// expired takes a cookie away.
func expired(c *http.Cookie) { c.MaxAge, c.Expires = -1, time.Unix(0, 0) }

func (s *Shop) wooSignOut(v visit) (answer, error) {
	a, err := s.signOut(v)
	a.kind = "account"
	a.give(wooLoginName(), "+", expired)
	a.give(wooSessionName(), "+", expired)
	return a, err
}

// wooDress writes the cookies of a cart when they are not what the visitor sent,
// and forbids storing where WordPress or WooCommerce does.
func wooDress(s *Shop, v visit, a *answer) {
	session := v.session
	if a.session != "" {
		session = a.session
	}
	if byToken := v.header.Get("Cart-Token") != ""; !byToken {
		s.wooCartCookies(v, session, a)
	}
	if v.cookies["wp-wpml_current_language"] == "en" || v.path == "/en/" {
		a.inLanguage("en")
	}
	if v.path == "/en/" && v.cookies[wooLanguage] != "en" {
		a.give(wooLanguage, "en")
	}
	if v.cookies["aelia_tax_exempt"] == "1" {
		a.body = bytes.ReplaceAll(a.body, []byte(`class="price">`), []byte(`class="price">bez VAT `))
	}
	if a.kind == "product" && v.cookies[wooViewed] == "" {
		a.give(wooViewed, itoa(s.shelves.number(strings.TrimPrefix(a.resource, "product "))))
	}
	forbidden := v.account != ""
	switch a.kind {
	case "cart", "checkout", "thanks", "account", "ajax", "left":
		forbidden = true
	}
	if forbidden || a.status == http.StatusNotFound {
		a.set("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
		a.set("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
	}
	a.private = false
	switch a.kind {
	case "ajax":
		a.set("X-Robots-Tag", "noindex")
	case "rest", "moved", "notice":
	default:
		a.fields = append(a.fields, [2]string{"Link", "<" + v.absolute("/wp-json/") + `>; rel="https://api.w.org/"`})
	}
}

func (s *Shop) wooCartCookies(v visit, session string, a *answer) {
	c, err := s.store.cart(session)
	if err != nil {
		return // the page is there; the cart's cookies come with the next
	}
	if len(c.lines) == 0 {
		for _, name := range []string{wooItems, wooHash} {
			if v.cookies[name] != "" {
				a.give(name, "0", expired)
			}
		}
		return
	}
	p := &sheet{}
	for _, l := range c.lines {
		p.Lines = append(p.Lines, leafLine{s.shelves.bySlug[l.product], l.qty, 0})
	}
	for name, value := range map[string]string{wooItems: "1", wooHash: wooCartHash(p)} {
		if v.cookies[name] != value {
			a.give(name, value)
		}
	}
	named := v.cookies[wooSessionName()]
	if named == "" {
		named = v.cookies[wooOther]
	}
	if w := s.wooOpen(named, "||"); len(w) != 3 || w[0] != session {
		now := time.Now()
		a.give(wooSessionName(), s.wooCookie("||", session, strconv.FormatInt(now.Add(48*time.Hour).Unix(), 10), strconv.FormatInt(now.Add(47*time.Hour).Unix(), 10)),
			httpOnly, func(c *http.Cookie) { c.MaxAge = 172_800 })
	}
}

// wooToken carries a session for scripts that keep no cookies.
func (s *Shop) wooToken(session string) string {
	body, _ := json.Marshal(map[string]string{"user_id": session, "iss": "store-api"})
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + s.seal("cart token", text)
}

// wooTokenOwner is the session of a token that this shop made, or "".
func (s *Shop) wooTokenOwner(token string) string {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || token[at+1:] != s.seal("cart token", token[:at]) {
		return ""
	}
	_, body, _ := strings.Cut(token[:at], ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	var t struct {
		User string `json:"user_id"`
	}
	if err != nil || json.Unmarshal(text, &t) != nil {
		return ""
	}
	return t.User
}
