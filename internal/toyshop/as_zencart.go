package toyshop

import (
	"net/http"
	"slices"
	"strings"
)

// zencart is Zen Cart 2: one script with everything in the query, a session for
// every browser and none for robots, no page that may be stored, and in each
// form a token of the session. A form with another token, or with none, leads to
// the page of time-outs, and nothing was done. Lists of articles that can be bought
// as they are have such a form, too. What the front page features, and the article beside
// pages that people look around on, are chosen anew for every answer. Any address may choose a language or
// a currency, which the session keeps, or do something, as an action. Buyers come
// back from PayPal to scripts of their own. Sources: Zen Cart's init_sessions,
// zen_draw_form, main_cart_actions, modules featured_products and sideboxes/whats_new, ipn_main_handler, module product_listing and the
// list of spiders; the module of PayPal's newer interface; a shop of version 2.2 that
// was watched.
func zencart() *guise {
	return &guise{
		name: "zencart", title: "Zen Cart", whole: true,
		at: signposts{
			Home: zenPage("index"), Cart: zenPage("shopping_cart"), Checkout: zenPage("checkout_shipping"), Order: zenPage("checkout_process"),
			Account: zenPage("account"), SignIn: zenPage("login", "action", "process"), SignOut: zenPage("logoff"),
			Search: "/index.php", SearchWord: "keyword", SearchAlso: []Field{{"main_page", "search_result"}},
			product:  func(n int, _ Article) string { return zenPage("product_info", "products_id", itoa(n)) },
			category: func(n int, _ string) string { return zenPage("index", "cPath", itoa(n)) },
		},
		files: folders{
			css: "/includes/templates/responsive_classic/css/stylesheet.css", js: "/includes/templates/responsive_classic/jscript/jscript_cart.js", pictures: "/images/", silent: true,
		},
		read: zenRead, find: zenFind, dress: zenDress, token: zenToken, vars: zenVars,
		notice: signedAt{"/ipn_main_handler.php", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: zenPlaces(),
	}
}

func zenPage(name string, more ...string) string {
	return withQuery("/index.php", append([]string{"main_page", name}, more...)...)
}

const zenSession = "zenid"

// zenSpiders are words in the names of robots, of the shop's own long list.
func zenSpiders() []string {
	return strings.Fields(`bot crawl scrape slurp spider curl wget python libwww lwp httrack nutch facebook flipboard
		pinterest feedfetcher google bing yandex duckduck thumb screenshot linkchecker pingdom archiver mediapartners`)
}

// zenRead opens a session for browsers. It may come in the address, too, for
// browsers that keep no cookies.
func zenRead(s *Shop, v *visit) {
	agent := v.agent()
	if agent == "" || slices.ContainsFunc(zenSpiders(), func(w string) bool { return strings.Contains(agent, w) }) {
		return
	}
	for _, id := range []string{v.cookies[zenSession], v.query.Get(zenSession)} {
		if len(id) >= 22 && plainID(id) {
			v.session = id
			zenChoose(s, v)
			return
		}
	}
	v.session, v.born = strings.ToLower(newSession()), true
	zenChoose(s, v)
}

// zenChoose takes from the address what the visitor wants to see from then on.
func zenChoose(s *Shop, v *visit) {
	chosen := s.guise.tastes.get(v.session)
	code, language := v.query.Get("currency"), v.query.Get("language")
	if code == "PLN" || code == "EUR" {
		chosen.currency = code
	}
	if language == "pl" || language == "en" {
		chosen.language = language
	}
	if code+language != "" {
		s.guise.tastes.put(v.session, chosen)
	}
	if chosen.currency != "" {
		v.countsIn(chosen.currency)
	}
}

// zenToken is the session's; there is none without a session.
func zenToken(s *Shop, v visit) string {
	if v.session == "" {
		return ""
	}
	return s.seal("security token", v.session)
}

// zenVars are the articles that are chosen anew for each answer: three on the front page, one
// beside pages that people look around on. They take turns, where the real shop draws lots: no test is at the mercy of
// chance.
func zenVars(s *Shop, _ visit, _ *sheet) any {
	all := s.shelves.articles
	n := int(s.guise.turn.Add(1) % int64(len(all)))
	of := func(i int) Article { return all[i%len(all)] }
	return map[string][]Article{"Featured": {of(3 * n), of(3*n + 1), of(3*n + 2)}, "New": {of(5*n + 7)}}
}

func zenFind(s *Shop, v *visit) (route, work) {
	switch v.path {
	case "/ipn_main_handler.php":
		if v.query.Get("type") == "ec" {
			return checkout, s.zenFromPayPal(zenPage("shopping_cart"))
		}
		return callback, s.heardOfPayment
	case "/ppr_webhook.php":
		return callback, s.heardOfPayment
	case "/ppr_listener.php":
		return checkout, s.zenFromPayPal(zenPage("index"))
	}
	if v.path != "/" && v.path != "/index.php" {
		return notFound, nil
	}
	page, action := v.query.Get("main_page"), v.query.Get("action")
	if action != "" && v.method == http.MethodPost || page == "checkout_process" {
		if token := zenToken(s, *v); token == "" || v.form.Get("securityToken") != token {
			return notFound, func(visit) (answer, error) { return moved(http.StatusFound, zenPage("time_out")), nil }
		}
	}
	switch {
	case action == "add_product" && v.method == http.MethodPost:
		return cartAdd, s.zenAdd(v.form.Get("products_id"), v.form.Get("cart_quantity"))
	case action == "buy_now": // a link in lists, without a token
		return cartAdd, s.zenAdd(v.query.Get("products_id"), "1")
	case action == "multiple_products_add_product" && v.method == http.MethodPost:
		return cartAdd, s.zenAddAll
	case action == "remove_product":
		return cartAdd, s.zenRemove
	case action == "notify": // a link beside an article: tell me of it
		return account, s.zenNotify
	}
	switch page {
	case "", "index":
		path := v.query.Get("cPath")
		switch {
		case path == "" && v.query.Has("manufacturers_id"):
			return product, s.zenOfMaker // like products, each visitor has a page of his own
		case path == "":
			return home, s.showHome
		}
		if c, ok := s.shelves.shelfNumbered(path[strings.LastIndexByte(path, '_')+1:]); ok {
			return category, s.showCategory(c)
		}
	case "product_info":
		if a, ok := s.shelves.numbered(v.query.Get("products_id")); ok {
			return product, s.showProduct(a)
		}
	case "search_result", "advanced_search_result":
		return search, s.showSearch
	case "shippinginfo", "page":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "time_out":
		return account, s.showMessage("message", "Sesja wygasła", "Twoja sesja wygasła, niczego nie zrobiono.")
	case "shopping_cart":
		return cartView, s.showCart
	case "checkout_shipping", "checkout_payment", "checkout_confirmation":
		return checkout, s.showCheckout
	case "checkout_process":
		return placeOrder, s.orderByForm(func(int) string { return zenPage("checkout_success") })
	case "checkout_success":
		return thanks, s.showLastThanks
	case "login":
		if action == "process" {
			return signIn, s.zenSignIn
		}
		return account, s.showAccount
	case "logoff":
		return signIn, s.signOut
	case "account", "account_edit", "account_history", "address_book":
		return account, s.zenAccount
	}
	return notFound, nil
}

func (s *Shop) zenAdd(number, qty string) work {
	return func(v visit) (answer, error) {
		c, err := s.choose(number, qty)
		if err != nil {
			return answer{}, err
		}
		if v.session == "" {
			return moved(http.StatusFound, zenPage("cookie_usage")), nil
		}
		there, err := s.putInCart(v.session, c)
		if err != nil {
			return answer{}, err
		}
		if !there {
			p, err := s.productSheet(v, c.article)
			if err != nil {
				return answer{}, err
			}
			p.Text = soldOutText(c.article)
			return s.page(v, p, "product"), nil
		}
		return moved(http.StatusFound, zenPage("shopping_cart")), nil
	}
}

// zenOfMaker is the list of a maker's articles, which have no options: there is a field
// beside each for how many of it are wanted.
func (s *Shop) zenOfMaker(v visit) (answer, error) {
	p, err := s.sheet(v, "category", "Fala")
	if err != nil {
		return answer{}, err
	}
	p.Articles, p.More = s.shelves.articles[:3], s.shelves.articles
	return s.page(v, p, "maker"), nil
}

// zenAddAll adds all articles of which a list's form wants some.
func (s *Shop) zenAddAll(v visit) (answer, error) {
	for name := range v.form {
		number, ok := strings.CutPrefix(name, "products_id[")
		if n := v.form.Get(name); !ok || n == "" || n == "0" {
			continue
		}
		if a, err := s.zenAdd(strings.TrimSuffix(number, "]"), v.form.Get(name))(v); err != nil || a.kind != "moved" {
			return a, err
		}
	}
	return moved(http.StatusFound, zenPage("shopping_cart")), nil
}

// zenNotify is for customers only; others are asked to sign in.
func (s *Shop) zenNotify(v visit) (answer, error) {
	if v.account == "" {
		return moved(http.StatusFound, zenPage("login")), nil
	}
	return moved(http.StatusFound, zenPage("product_info", "products_id", v.query.Get("products_id"))), nil
}

// zenFromPayPal leads a buyer who has come back on to what is left to confirm, and
// whoever has no cart elsewhere.
func (s *Shop) zenFromPayPal(elsewhere string) work {
	return func(v visit) (answer, error) {
		c, err := s.store.cart(v.session)
		if err != nil {
			return answer{}, err
		}
		if len(c.lines) == 0 {
			return moved(http.StatusFound, elsewhere), nil
		}
		return moved(http.StatusFound, zenPage("checkout_confirmation")), nil
	}
}

func (s *Shop) zenRemove(v visit) (answer, error) {
	if err := s.removeNumbered(v, v.query.Get("product_id")); err != nil {
		return answer{}, err
	}
	return moved(http.StatusFound, zenPage("shopping_cart")), nil
}

func (s *Shop) zenSignIn(v visit) (answer, error) {
	return s.signInWith(v, v.form.Get("email_address"), v.form.Get("password"))
}

func (s *Shop) zenAccount(v visit) (answer, error) {
	if v.account == "" {
		return moved(http.StatusFound, zenPage("login")), nil
	}
	return s.showAccount(v)
}

func zenDress(s *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	if s.guise.tastes.get(v.session).language == "en" {
		a.inLanguage("en")
	}
	phpForbids(a)
	if v.born && v.session != "" {
		a.give(zenSession, v.session, httpOnly)
	}
}

// phpForbids is what PHP writes by itself once a session is open.
func phpForbids(a *answer) {
	a.set("Expires", "Thu, 19 Nov 1981 08:52:00 GMT")
	a.set("Cache-Control", "no-store, no-cache, must-revalidate")
	a.set("Pragma", "no-cache")
}

func zenPlaces() Places {
	token := Take{Word: "token", Before: `name="securityToken" value="`, After: `"`}
	p := Places{
		Home: get("home", "/"), Category: get("category", "/index.php?main_page=index&cPath={shelf}"), Product: get("product", "/index.php?main_page=product_info&products_id={id}"),
		Search: get("search", "/index.php?main_page=search_result&keyword={q}"), Cart: get("cart", zenPage("shopping_cart")), Checkout: get("checkout", zenPage("checkout_shipping")),
		Account: get("account", zenPage("account")),
		Done:    "main_page=checkout_success", Thanks: []Call{get("thanks", zenPage("checkout_success"))},
		Notice:  send("notice", http.MethodPost, "/ipn_main_handler.php", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Notices: []Call{send("webhook", http.MethodPost, "/ppr_webhook.php", `{"event_type":"PAYMENT.CAPTURE.COMPLETED"}`).with("Paypal-Transmission-Sig", "none")},
		Returns: []Call{
			get("back from PayPal", "/ipn_main_handler.php?type=ec&token=EC-7XL05831AB123456C&PayerID=QK2WXYZABCDEF"),
			get("back from PayPal's newer page", "/ppr_listener.php?op=return&token=7XL05831AB123456C&PayerID=QK2WXYZABCDEF"),
		},
		Static:   []string{"/includes/templates/responsive_classic/css/stylesheet.css", "/includes/templates/responsive_classic/jscript/jscript_cart.js", "/images/pomadka-bursztyn-1.svg"},
		Sessions: []string{zenSession},
	}
	p.ReadCart = []Call{p.Cart}
	p.AddByForm = []Call{p.Product.taking(token), post("add", "/index.php?main_page=product_info&products_id={id}&action=add_product", "securityToken", "{token}", "products_id", "{id}", "cart_quantity", "1")}
	p.AddByScript = []Call{p.AddByForm[0], p.AddByForm[1].with("X-Requested-With", "XMLHttpRequest")}
	p.AddByLink = []Call{get("buy now", "/index.php?main_page=index&action=buy_now&products_id={id}")}
	p.AddFromList = []Call{get("list with fields", zenPage("index", "manufacturers_id", "1"), token),
		post("add all", zenPage("index", "manufacturers_id", "1", "action", "multiple_products_add_product"), "securityToken", "{token}", "products_id[{id}]", "1")}
	p.Order = []Call{p.Checkout.taking(token), orderForm(zenPage("checkout_process"), "securityToken", "{token}")}
	p.SignIn = []Call{get("sign-in form", zenPage("login"), token), post("sign in", zenPage("login", "action", "process"), "securityToken", "{token}", "email_address", "{email}", "password", "haslo")}
	p.SignOut = []Call{get("sign out", zenPage("logoff"))}
	p.Shareable = []Call{p.Home, p.Category, p.Search, get("cms", zenPage("shippinginfo"))}
	p.Private = []Call{p.Product, p.AddFromList[0], p.Cart, p.Checkout, p.Account, p.Thanks[0]}
	return p
}
