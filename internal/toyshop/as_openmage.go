package toyshop

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// openmage is OpenMage (Magento 1): a session for everybody whose cookie comes
// with every answer, and a form key of the session in each form and in the
// addresses that change something. With another key nothing is done, and the
// visitor is led back as if it were. The session is taken from the cookie of
// Magento 1 and from the address, too; another store and another currency are
// chosen by GET. The store is kept in a cookie, the currency in the session: the
// cookie that goes with it is read by nobody in the shop. Sources: OpenMage's
// Mage_Core session and Store, Mage_Checkout CartController and OnepageController,
// Mage_Directory CurrencyController; the template of the widget with new articles.
func openmage() *guise {
	return &guise{
		name: "openmage", title: "OpenMage",
		at: signposts{
			Home: "/", Cart: "/checkout/cart/", Checkout: "/checkout/onepage/", Order: "/checkout/onepage/saveOrder/", Account: "/customer/account/",
			SignIn: "/customer/account/loginPost/", SignOut: "/customer/account/logout/", Search: "/catalogsearch/result/", SearchWord: "q",
			product:  func(_ int, a Article) string { return "/" + a.Slug + ".html" },
			category: func(_ int, slug string) string { return "/" + slug + ".html" },
		},
		files: folders{css: "/skin/frontend/rwd/default/css/styles.css", js: "/skin/frontend/rwd/default/js/app.js", pictures: "/media/catalog/product/", also: []string{"/js/prototype/prototype.js", "/js/mage/cookies.js"}},
		read:  omRead, find: omFind, dress: omDress, token: omKey, vars: omVars,
		notice: signedAt{"/payu/payment/notify/", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: omPlaces(),
	}
}

const omSession = "om_frontend"

func omRead(s *Shop, v *visit) {
	if code := v.query.Get("___store"); omStore(code) {
		v.cookies["store"] = code
	}
	for _, id := range []string{v.cookies[omSession], v.cookies["frontend"], v.query.Get("SID")} {
		if len(id) >= 22 && plainID(id) {
			v.session = id
			break
		}
	}
	if v.session == "" {
		v.session, v.born = strings.ToLower(newSession()), true
	}
	v.countsIn(s.guise.tastes.get(v.session).currency)
}

// omStore reports whether there is a store view of that name.
func omStore(code string) bool { return code == "default" || code == "english" }

// omCurrency chooses a currency, by a link as shops have it in each page's header.
func (s *Shop) omCurrency(v visit) (answer, error) {
	a := moved(http.StatusFound, s.guise.at.Home)
	if code := v.parts()[len(v.parts())-1]; code == "PLN" || code == "EUR" {
		s.guise.tastes.put(v.session, taste{currency: code})
		a.give("currency", code)
	}
	return a, nil
}

// omKey is the form key of a session.
func omKey(s *Shop, v visit) string { return s.seal("form key", v.session)[:16] }

// omVars are the pieces of an address that adds an article.
func omVars(_ *Shop, v visit, p *sheet) any {
	return map[string]string{"Back": strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(v.absolute(v.path))), "=") + ",,"}
}

// omArguments are what stands in a path as name/value/name/value.
func omArguments(parts []string) map[string]string {
	args := map[string]string{}
	for i := 0; i+1 < len(parts); i += 2 {
		args[parts[i]] = parts[i+1]
	}
	return args
}

func omFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	if slug, ok := strings.CutSuffix(parts[0], ".html"); ok && parts[1] == "" {
		if a, ok := s.shelves.bySlug[slug]; ok {
			return product, s.showProduct(a)
		}
		for _, c := range s.shelves.categories {
			if c.Slug == slug {
				return category, s.showCategory(c)
			}
		}
	}
	switch strings.TrimSuffix(parts[0]+"/"+parts[1]+"/"+parts[2], "/") {
	case "directory/currency/switch":
		return home, s.omCurrency
	case "/", "":
		return home, s.showHome
	case "catalogsearch/result":
		return search, s.showSearch
	case "dostawa/":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "nowosci/":
		return product, s.omNovelties // like products, each visitor has a page of his own
	case "checkout/cart":
		return cartView, s.showCart
	case "checkout/cart/add":
		return cartAdd, s.omAdd(omArguments(parts[3:]))
	case "checkout/cart/delete":
		return cartAdd, s.omRemove(omArguments(parts[3:]))
	case "checkout/onepage":
		return checkout, s.showCheckout
	case "checkout/onepage/saveOrder":
		return placeOrder, s.omOrder
	case "checkout/onepage/success":
		return thanks, s.omThanks
	case "payu/payment/notify":
		return callback, s.heardOfPayment
	case "customer/account/login":
		return account, s.showAccount
	case "customer/account/loginPost":
		return signIn, s.omSignIn
	case "customer/account/logout":
		return signIn, s.signOut
	case "customer/account", "customer/account/edit", "sales/order/history":
		return account, func(v visit) (answer, error) {
			if v.account == "" {
				return moved(http.StatusFound, "/customer/account/login/"), nil
			}
			return s.showAccount(v)
		}
	}
	return notFound, nil
}

// omNovelties is a page of the shop's own with the widget of new articles, whose
// buttons lead to addresses with the key of the session.
func (s *Shop) omNovelties(v visit) (answer, error) {
	p, err := s.sheet(v, "cms", "Nowości")
	if err != nil {
		return answer{}, err
	}
	p.Articles = s.shelves.articles[:3]
	return s.page(v, p, "novelties"), nil
}

// omAdd adds if the form's key is the session's; then, or if not, it leads to
// the cart.
func (s *Shop) omAdd(args map[string]string) work {
	return func(v visit) (answer, error) {
		pick := func(name string) string {
			if x := v.form.Get(name); x != "" {
				return x
			}
			return args[name]
		}
		c, err := s.choose(pick("product"), pick("qty"))
		if err != nil {
			return answer{}, err
		}
		if pick("form_key") != omKey(s, v) {
			return moved(http.StatusFound, s.guise.at.Cart), nil
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
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
}

func (s *Shop) omRemove(args map[string]string) work {
	return func(v visit) (answer, error) {
		if args["form_key"] == omKey(s, v) {
			if err := s.removeNumbered(v, args["id"]); err != nil {
				return answer{}, err
			}
		}
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
}

// omOrder answers the checkout's script: 200 with the error in it.
func (s *Shop) omOrder(v visit) (answer, error) {
	says := func(fault string) answer {
		what := map[string]any{"success": fault == "", "error": fault != ""}
		if fault != "" {
			what["error_messages"] = fault
		}
		a := jsonAnswer(http.StatusOK, what)
		a.kind = "json"
		return a
	}
	if v.form.Get("form_key") != omKey(s, v) {
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
	sold, err := s.sellByForm(v)
	if err != nil {
		return answer{}, err
	}
	return says(sold.fault), nil
}

// omThanks is shown once there is an order; else it leads to the cart.
func (s *Shop) omThanks(v visit) (answer, error) {
	nr, err := s.store.lastNumber(v.session)
	if err != nil {
		return answer{}, err
	}
	if nr == 0 {
		return moved(http.StatusFound, s.guise.at.Cart), nil
	}
	return s.showLastThanks(v)
}

func (s *Shop) omSignIn(v visit) (answer, error) {
	if v.form.Get("form_key") != omKey(s, v) {
		return moved(http.StatusFound, "/customer/account/login/"), nil
	}
	return s.signInWith(v, v.form.Get("login[username]"), v.form.Get("login[password]"))
}

func omDress(_ *Shop, v visit, a *answer) {
	a.private = false
	if a.kind == "notice" {
		return
	}
	phpForbids(a)
	if v.cookies["store"] == "english" {
		a.inLanguage("en")
	}
	if code := v.query.Get("___store"); omStore(code) {
		a.give("store", code)
	}
	a.give(omSession, v.session, httpOnly, func(c *http.Cookie) {
		c.MaxAge, c.Expires, c.SameSite = 3600, time.Now().Add(time.Hour), http.SameSiteLaxMode
	})
}

func omPlaces() Places {
	key := Take{Word: "key", Before: `name="form_key" type="hidden" value="`, After: `"`}
	p := Places{
		Home: get("home", "/"), Category: get("category", "/{category}.html"), Product: get("product", "/{product}.html"), Search: get("search", "/catalogsearch/result/?q={q}"),
		Cart: get("cart", "/checkout/cart/"), Checkout: get("checkout", "/checkout/onepage/"), Account: get("account", "/customer/account/"),
		Done: `"success":true`, Thanks: []Call{get("thanks", "/checkout/onepage/success/")},
		Notice:   send("notice", http.MethodPost, "/payu/payment/notify/", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/skin/frontend/rwd/default/css/styles.css", "/skin/frontend/rwd/default/js/app.js", "/media/catalog/product/pomadka-bursztyn-1.svg"},
		Sessions: []string{omSession, "frontend"},
	}
	p.ReadCart = []Call{p.Cart}
	p.AddByForm = []Call{p.Product.taking(key), post("add", "/checkout/cart/add/product/{id}/form_key/{key}/", "form_key", "{key}", "product", "{id}", "qty", "1")}
	p.AddByScript = []Call{p.AddByForm[0], p.AddByForm[1].with("X-Requested-With", "XMLHttpRequest")}
	p.AddByLink = []Call{p.AddByForm[0], get("add by link", "/checkout/cart/add/product/{id}/form_key/{key}/")}
	p.AddFromList = []Call{get("list with buttons", "/nowosci", Take{Word: "key", Before: "/form_key/", After: "/"}), p.AddByLink[1]}
	p.Order = []Call{p.Checkout.taking(key), orderForm("/checkout/onepage/saveOrder/", "form_key", "{key}").with("X-Requested-With", "XMLHttpRequest", "Accept", "application/json")}
	p.SignIn = []Call{get("sign-in form", "/customer/account/login/", key), post("sign in", "/customer/account/loginPost/", "form_key", "{key}", "login[username]", "{email}", "login[password]", "haslo")}
	p.SignOut = []Call{get("sign out", "/customer/account/logout/")}
	p.Shareable = []Call{p.Home, p.Category, p.Search, get("cms", "/dostawa")}
	p.Private = []Call{p.Product, p.AddFromList[0], p.Cart, p.Checkout, p.Account, p.Thanks[0]}
	return p
}
