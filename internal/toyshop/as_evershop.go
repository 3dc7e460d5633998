package toyshop

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// evershop is EverShop 2, a Node shop. A session comes with pages and never with
// the interface for scripts, which without one adds to a cart that is lost and
// says yes. Pages are silent about caching, have an ETag each, and hold the
// visitor's cart; the same pages are there as data, for its scripts, and its pictures
// are made smaller on demand. At one of its two addresses for orders it refuses those
// that overlap. It counts addresses itself. Its owner looks at a draft among the
// visitors, by a word in the address, and reads figures at an address of the same
// interface. Sources: EverShop's modules base, checkout, cms, customer and paypal; a shop
// of version 2.2 that was watched.
func evershop() *guise {
	return &guise{
		name: "evershop", title: "EverShop",
		at: signposts{
			Home: "/", Cart: "/cart", Checkout: "/checkout", Order: "/checkout", Account: "/account", SignIn: "/account/login", SignOut: "/account/logout",
			Search: "/search", SearchWord: "keyword",
			product:  func(_ int, a Article) string { return "/product/" + a.Slug },
			category: func(_ int, slug string) string { return "/category/" + slug },
		},
		files: folders{css: "/assets/frontStore/main.css", js: "/assets/frontStore/main.js", pictures: "/assets/catalog/"},
		read:  everRead, find: everFind, dress: everDress, vars: everVars, limits: everLimits,
		notice: signedAt{"/api/payu/notification", "OpenPayu-Signature", "sender=checkout;algorithm=SHA-256;signature="},
		places: everPlaces(),
	}
}

// How often one address may ask, as it is fixed in the shop's code.
const (
	everPages   = 300
	everCalls   = 120
	everSignIns = 8
)

func everLimits(v *visit) (string, rate) {
	switch {
	case v.path == "/account/login" && v.method == http.MethodPost:
		return "sign-in " + v.address, rate{everSignIns, 15 * time.Minute}
	case strings.HasPrefix(v.path, "/api/"):
		return "api " + v.address, rate{everCalls, time.Minute}
	}
	return "page " + v.address, rate{everPages, time.Minute}
}

// everRead mints a session for whoever has none; only pages tell it.
func everRead(s *Shop, v *visit) {
	text, _ := url.QueryUnescape(v.cookies["sid"])
	id, signature, _ := strings.Cut(strings.TrimPrefix(text, "s:"), ".")
	if plainID(id) && signature == s.seal("sid", id) {
		v.session = id
		return
	}
	b := make([]byte, 12)
	rand.Read(b) // never fails
	v.session, v.born = hex.EncodeToString(b), true
}

// everCart is the public number of a session's cart.
func (s *Shop) everCart(session string) string { return uuid(s.seal("cart", session)) }

// everItem is the number of a line of the cart.
func (s *Shop) everItem(a Article) string { return uuid(s.seal("item", a.Slug)) }

// uuid writes 32 hex digits as one.
func uuid(hex string) string {
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:32]
}

// everVars is what the page hands to its script: the answer of the shop's
// GraphQL, with the visitor's cart and name.
func everVars(s *Shop, v visit, p *sheet) any {
	return map[string]any{"graphqlResponse": everResponse(s, v, p), "propsMap": map[string]any{}, "widgets": []any{}}
}

func everResponse(s *Shop, v visit, p *sheet) map[string]any {
	items := []any{}
	for _, l := range p.Lines {
		items = append(items, map[string]any{"productSku": l.Article.Slug, "qty": l.Qty,
			"removeApi": "/api/cart/" + s.everCart(v.session) + "/items/" + s.everItem(l.Article)})
	}
	response := map[string]any{"visitor": p.Visitor, "setting": map[string]string{"storeName": ShopName}, "cart": nil, "customer": nil}
	if p.Article.Slug != "" {
		response["product"] = map[string]any{"uuid": s.everItem(p.Article), "name": p.Article.Name, "sku": p.Article.Slug, "inventory": map[string]bool{"isInStock": p.Available}}
	}
	if p.Count > 0 {
		response["cart"] = map[string]any{"uuid": s.everCart(v.session), "totalQty": p.Count, "items": items}
	}
	if v.account != "" {
		response["customer"] = map[string]string{"email": v.account}
	}
	return response
}

func everFind(s *Shop, v *visit) (route, work) {
	parts := v.parts()
	second := ""
	if len(parts) > 1 {
		second = parts[1]
	}
	if len(parts) > 2 && !slices.Contains([]string{"api", "checkout", "paypal", "admin"}, parts[0]) {
		return notFound, nil
	}
	switch parts[0] {
	case "":
		return home, everData(s.everDraft(s.showHome))
	case "images":
		return fragment, s.everImage
	case "paypal":
		if second == "proccessing" || second == "processing" { // the newer versions spell it so
			return thanks, s.everReturn(parts[len(parts)-1])
		}
		return notFound, nil
	case "admin":
		if v.method == http.MethodPost && second == "user" {
			return signIn, s.everAdmin
		}
		return notFound, nil
	case "category":
		for _, c := range s.shelves.categories {
			if c.Slug == second {
				return category, everData(s.showCategory(c))
			}
		}
	case "product":
		if a, ok := s.shelves.bySlug[second]; ok {
			return product, everData(s.showProduct(a))
		}
	case "search":
		return search, everData(s.showSearch)
	case "page":
		return home, s.showMessage("cms", "Dostawa", "Wysyłamy w 24 godziny, kurierem albo do paczkomatu.")
	case "cart":
		return cartView, s.showCart
	case "checkout":
		if second == "success" && len(parts) == 3 {
			return thanks, s.everThanks(parts[2])
		}
		return checkout, s.showCheckout
	case "account":
		if second == "login" && v.method == http.MethodPost {
			return signIn, s.everSignIn
		}
		return account, s.everAccount(second)
	case "api":
		return s.everCall(v, strings.Join(parts[1:], "/"))
	}
	return notFound, nil
}

// everData makes of a page what its script asks for when a variant is chosen or a list
// goes on: what the page hands to it.
func everData(page work) work {
	return func(v visit) (answer, error) {
		a, err := page(v)
		if err != nil || v.query.Get("ajax") != "true" {
			return a, err
		}
		_, data, _ := bytes.Cut(a.body, []byte("var eContext = "))
		data, _, _ = bytes.Cut(data, []byte(";</script>"))
		a.body = slices.Concat([]byte(`{"success":true,"eContext":`), data, []byte("}"))
		a.json = true
		return a, nil
	}
}

func (s *Shop) everCall(v *visit, path string) (route, work) {
	id, isCart := strings.CutSuffix(strings.TrimPrefix(path, "carts/"), "/checkout")
	switch {
	case path == "payu/notification":
		return callback, s.heardOfPayment
	case v.method == http.MethodPost && path == "cart/mine/items":
		return cartAdd, s.everAdd
	case v.method == http.MethodDelete && strings.HasPrefix(path, "cart/"):
		return cartAdd, s.everRemove(strings.TrimPrefix(path, "cart/"))
	case v.method == http.MethodPost && isCart:
		return placeOrder, s.everOrder(id)
	case v.method == http.MethodPost && path == "orders":
		return placeOrder, s.everPlace
	case v.method == http.MethodPost && path == "graphql":
		return cartView, s.everQuery
	case v.method == http.MethodPost && path == "paypal/orders":
		return checkout, s.everPaypal
	case v.method == http.MethodPost && path == "changesets":
		return apiRead, s.everChange
	case reads(v.method) && path == "lifetimesales":
		return apiRead, s.everSales
	}
	return notFound, func(visit) (answer, error) { return everSays(http.StatusNotFound, everFault(404, "Not found")), nil }
}

func everSays(status int, what any) answer {
	a := jsonAnswer(status, what)
	a.kind, a.private = "api", false
	return a
}

func everFault(status int, text string) map[string]any {
	return map[string]any{"error": map[string]any{"status": status, "message": text}}
}

// everAdd adds to the session's cart, and that of a request without a session is
// nobody's. What is sold out is an exception to the shop: 500.
func (s *Shop) everAdd(v visit) (answer, error) {
	var in struct {
		SKU string `json:"sku"`
		Qty any    `json:"qty"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return everSays(http.StatusBadRequest, everFault(400, "Invalid payload")), nil
	}
	article, ok := s.shelves.bySlug[in.SKU]
	if !ok {
		return everSays(http.StatusBadRequest, everFault(400, "Product not found")), nil
	}
	qty := 1
	switch n := in.Qty.(type) {
	case float64:
		qty = quantity(strconv.Itoa(int(min(max(n, 0), maxQty))))
	case string:
		qty = quantity(n)
	}
	there, err := s.putInCart(v.session, choice{article, qty})
	if err != nil {
		return answer{}, err
	}
	if !there {
		return everSays(http.StatusInternalServerError, everFault(500, soldOutText(article))), nil
	}
	p, err := s.sheet(v, "api", "")
	if err != nil {
		return answer{}, err
	}
	a := everSays(http.StatusOK, map[string]any{"data": map[string]any{
		"item": map[string]any{"product_sku": article.Slug, "qty": qty}, "count": p.Count, "cartId": s.everCart(v.session), "visitor": p.Visitor}})
	return a, nil
}

// everRemove takes a line out of a cart, which is named by its number or by the
// session.
func (s *Shop) everRemove(path string) work {
	return func(v visit) (answer, error) {
		cart, line, _ := strings.Cut(path, "/items/")
		for _, a := range s.shelves.articles {
			if line == s.everItem(a) && (cart == "mine" || cart == s.everCart(v.session)) {
				return everSays(http.StatusOK, map[string]any{"data": map[string]any{"item": map[string]string{"uuid": line, "product_sku": a.Slug}}}), s.store.removeFromCart(v.session, a.Slug)
			}
		}
		return everSays(http.StatusBadRequest, everFault(400, "Invalid cart")), nil
	}
}

// everOrder takes the order for a cart, which must be the session's.
func (s *Shop) everOrder(cart string) work {
	return func(v visit) (answer, error) {
		var in struct {
			Customer struct {
				Email string `json:"email"`
				Name  string `json:"fullName"`
			} `json:"customer"`
			Blik string `json:"blik"`
		}
		if json.Unmarshal(v.body, &in) != nil || cart != s.everCart(v.session) {
			return everSays(http.StatusBadRequest, everFault(400, "Invalid cart")), nil
		}
		sold, err := s.sell(v.session, in.Customer.Name, in.Customer.Email, in.Blik)
		if err != nil {
			return answer{}, err
		}
		if sold.fault != "" {
			return everSays(http.StatusInternalServerError, everFault(500, sold.fault)), nil
		}
		return everSays(http.StatusOK, map[string]any{"data": map[string]any{"order_id": sold.nr, "order_number": itoa(10_000 + sold.nr), "uuid": s.everOrderID(sold.nr), "status": "new"}}), nil
	}
}

// everQueries is how long an order asks the database between reading the last one's
// number and writing its own.
const everQueries = 300 * time.Millisecond

// everPlace takes the order for the cart that is named, unless another was written
// while this one was made: both have the same number then.
func (s *Shop) everPlace(v visit) (answer, error) {
	var in struct {
		Cart string `json:"cart_id"`
	}
	if json.Unmarshal(v.body, &in) != nil {
		return everSays(http.StatusBadRequest, everFault(400, "Invalid payload")), nil
	}
	last := s.guise.numbers.Load()
	time.Sleep(everQueries)
	if !s.guise.numbers.CompareAndSwap(last, last+1) {
		return everSays(http.StatusInternalServerError, everFault(500, `duplicate key value violates unique constraint "ORDER_NUMBER_UNIQUE"`)), nil
	}
	return s.everOrder(in.Cart)(v)
}

// everImage makes a picture of the size that is asked for: the toy's can be of any.
func (s *Shop) everImage(v visit) (answer, error) {
	f, ok := s.files.byPath[v.query.Get("src")]
	width, err := strconv.Atoi(v.query.Get("w"))
	if !ok || err != nil || width < 1 || !strings.HasPrefix(f.kind, "image/") {
		return answer{status: http.StatusNotFound, kind: "image", media: "text/html; charset=utf-8", body: []byte("Not Found")}, nil
	}
	a := answer{kind: "image", media: f.kind, body: f.body}
	a.set("Cache-Control", "public, max-age=31536000, immutable")
	return a, nil
}

// everToken is what PayPal calls an order.
func (s *Shop) everToken(uuid string) string {
	return "EC-" + strings.ToUpper(s.seal("paypal", uuid)[:17])
}

// everPaypal has PayPal ask the buyer for the money of an order.
func (s *Shop) everPaypal(v visit) (answer, error) {
	var in struct {
		Order string `json:"order_id"`
	}
	if json.Unmarshal(v.body, &in) != nil || s.everNumber(in.Order) == 0 {
		return everSays(http.StatusBadRequest, everFault(400, "Invalid order")), nil
	}
	token := s.everToken(in.Order)
	return everSays(http.StatusOK, map[string]any{"data": map[string]string{"paypalOrderId": token, "approveUrl": "https://www.paypal.com/checkoutnow?token=" + token}}), nil
}

// everReturn is where PayPal leads back to, in whatever browser: on to the thanks.
func (s *Shop) everReturn(uuid string) work {
	return func(v visit) (answer, error) {
		if s.everNumber(uuid) == 0 || v.query.Get("token") != s.everToken(uuid) {
			return moved(http.StatusFound, "/"), nil
		}
		return moved(http.StatusFound, "/checkout/success/"+uuid), nil
	}
}

const everAdminCookie = "asid"

// everAdmin signs the owner in, whose session has a cookie of its own.
func (s *Shop) everAdmin(v visit) (answer, error) {
	var in struct{ Email, Password string }
	if json.Unmarshal(v.body, &in) != nil || in.Password != "haslo" {
		return everSays(http.StatusInternalServerError, everFault(500, "Invalid email or password")), nil
	}
	a := everSays(http.StatusOK, map[string]any{"data": map[string]string{"sid": "admin"}})
	a.give(everAdminCookie, url.QueryEscape("s:"+s.everAdminSession()), httpOnly)
	return a, nil
}

func (s *Shop) everAdminSession() string {
	id := s.seal("the owner's session")[:24]
	return id + "." + s.seal(everAdminCookie, id)
}

// everOwner reports whether the owner asks.
func (s *Shop) everOwner(v visit) bool {
	text, _ := url.QueryUnescape(v.cookies[everAdminCookie])
	return text == "s:"+s.everAdminSession()
}

// everSales are figures of the shop, for its owner alone.
func (s *Shop) everSales(v visit) (answer, error) {
	if !s.everOwner(v) {
		return everSays(http.StatusUnauthorized, everFault(401, "Unauthorized")), nil
	}
	return everSays(http.StatusOK, map[string]any{"orders": s.guise.numbers.Load(), "total": 0, "completed_percentage": 0}), nil
}

// everChange notes what the owner makes of the front page before it is out. Whoever has
// the changeset's word sees it.
func (s *Shop) everChange(v visit) (answer, error) {
	var in struct {
		Announcement string `json:"announcement"`
	}
	if !s.everOwner(v) || json.Unmarshal(v.body, &in) != nil {
		return everSays(http.StatusUnauthorized, everFault(401, "Unauthorized")), nil
	}
	s.guise.draft.Store(&in.Announcement)
	return everSays(http.StatusOK, map[string]any{"data": map[string]string{"token": s.everChangeset()}}), nil
}

func (s *Shop) everChangeset() string { return s.seal("changeset")[:24] }

// everDraft puts the draft on a page that is asked for with its word.
func (s *Shop) everDraft(page work) work {
	return func(v visit) (answer, error) {
		a, err := page(v)
		if draft := s.guise.draft.Load(); err == nil && draft != nil && v.query.Get("changeset") == s.everChangeset() {
			bar := `<main><p class="note" role="alert">` + template.HTMLEscapeString(*draft) + "</p>"
			a.body = bytes.Replace(a.body, []byte("<main>"), []byte(bar), 1)
		}
		return a, err
	}
}

// everNumber is the order that a UUID names, 0 for none.
func (s *Shop) everNumber(id string) int {
	if len(id) != 36 {
		return 0
	}
	if nr := unhex8(id[28:]); id == s.everOrderID(nr) {
		return nr
	}
	return 0
}

func (s *Shop) everOrderID(nr int) string {
	return uuid(s.seal("order", itoa(nr))[:24] + hex8(nr))
}

// hex8 is a number in eight hex digits, and unhex8 what they say.
func hex8(n int) string {
	return hex.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

func unhex8(text string) int {
	n, err := strconv.ParseUint(text, 16, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// everThanks shows the order with this number to the session that made it.
func (s *Shop) everThanks(id string) work {
	return func(v visit) (answer, error) { return s.thanksPage(v, s.everNumber(id), v.session) }
}

func (s *Shop) everAccount(second string) work {
	return func(v visit) (answer, error) {
		switch {
		case second == "logout":
			return s.signOut(v)
		case second == "login" && v.account != "":
			return moved(http.StatusFound, "/account"), nil
		case second != "login" && v.account == "":
			return moved(http.StatusFound, "/account/login"), nil
		}
		return s.showAccount(v)
	}
}

func (s *Shop) everSignIn(v visit) (answer, error) {
	var in struct{ Email, Password string }
	if json.Unmarshal(v.body, &in) != nil {
		return everSays(http.StatusBadRequest, everFault(400, "Invalid payload")), nil
	}
	fault, err := s.enter(v.session, in.Email, in.Password)
	if err != nil {
		return answer{}, err
	}
	if fault != "" {
		return everSays(http.StatusInternalServerError, everFault(500, "Invalid email or password")), nil
	}
	return everSays(http.StatusOK, map[string]any{"data": map[string]string{"sid": v.session}}), nil
}

// everQuery is the shop's GraphQL, which here knows the cart alone.
func (s *Shop) everQuery(v visit) (answer, error) {
	p, err := s.sheet(v, "api", "")
	if err != nil {
		return answer{}, err
	}
	a := everSays(http.StatusOK, map[string]any{"data": everResponse(s, v, p)})
	a.personal = p.Visitor != ""
	return a, nil
}

// everDress gives pages an ETag, and the session to whoever came without one.
// It says nothing about caching.
func everDress(s *Shop, v visit, a *answer) {
	a.private = false
	a.set("X-Powered-By", "Express")
	if a.kind == "api" || a.kind == "notice" || a.kind == "image" {
		return
	}
	if len(a.body) > 0 {
		a.set("Etag", etag(a.body))
	}
	if v.born {
		a.give("sid", url.QueryEscape("s:"+v.session+"."+s.seal("sid", v.session)), httpOnly, func(c *http.Cookie) {
			c.MaxAge, c.Expires = 86_400, time.Now().Add(24*time.Hour)
		})
	}
}

// etag names a body.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + strconv.FormatInt(int64(len(body)), 16) + "-" + hex.EncodeToString(sum[:12]) + `"`
}

func everPlaces() Places {
	cart := Take{Word: "cart", Before: `"uuid":"`, After: `"`}
	order := Take{Word: "uuid", Before: `"uuid":"`, After: `"`}
	script := []string{"Content-Type", "application/json", "Sec-Fetch-Dest", "empty"}
	query := `{"query":"query Query { cart { uuid totalQty items { productSku qty } } }"}`
	p := Places{
		Home: get("home", "/"), Category: get("category", "/category/{category}"), Product: get("product", "/product/{product}"), Search: get("search", "/search?keyword={q}"),
		Cart: get("cart", "/cart"), Checkout: get("checkout", "/checkout"), Account: get("account", "/account"),
		AddByScript: []Call{get("product", "/product/{product}"), send("add", http.MethodPost, "/api/cart/mine/items", `{"sku":"{product}","qty":1}`)},
		ReadCart:    []Call{send("cart by script", http.MethodPost, "/api/graphql", query)},
		Done:        `"order_id"`, Thanks: []Call{get("thanks", "/checkout/success/{uuid}")},
		Notice:   send("notice", http.MethodPost, "/api/payu/notification", `{"charge":1,"order":1,"amount":1,"status":"paid"}`).with("OpenPayu-Signature", "sender=checkout;signature=none"),
		Static:   []string{"/assets/frontStore/main.css", "/assets/frontStore/main.js", "/assets/catalog/pomadka-bursztyn-1.svg"},
		Sessions: []string{"sid"},
	}
	p.Order = []Call{p.Checkout.taking(cart), send("order", http.MethodPost, "/api/carts/{cart}/checkout", `{"cart_id":"{cart}","customer":{"email":"{email}","fullName":"{name}"},"paymentMethod":"payu","blik":"{blik}"}`, order)}
	token := Take{Word: "token", Before: `"paypalOrderId":"`, After: `"`}
	p.Leaves = []Call{send("to PayPal", http.MethodPost, "/api/paypal/orders", `{"order_id":"{uuid}"}`, token)}
	for _, word := range []string{"proccessing", "processing"} {
		p.Returns = append(p.Returns, get("back from PayPal, "+word, "/paypal/"+word+"/{uuid}?token={token}&PayerID=MEWA"))
	}
	p.Pictures = []Call{get("picture", "/images?src=%2Fassets%2Fcatalog%2F{product}-1.svg&w=400&q=75").with("Sec-Fetch-Dest", "image", "Accept", "image/avif,image/webp,*/*")}
	p.Desk = Desk{
		SignIn:  []Call{send("the owner signs in", http.MethodPost, "/admin/user/login", `{"email":"{email}","password":"haslo"}`)},
		Read:    get("sales", "/api/lifetimesales").with(script...),
		Change:  send("draft", http.MethodPost, "/api/changesets", `{"announcement":"{draft}"}`, Take{Word: "changeset", Before: `"token":"`, After: `"`}),
		Preview: get("preview", "/?changeset={changeset}"),
	}
	p.SignIn = []Call{get("sign-in form", "/account/login"), send("sign in", http.MethodPost, "/account/login", `{"email":"{email}","password":"haslo"}`)}
	p.SignOut = []Call{get("sign out", "/account/logout")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search, get("cms", "/page/dostawa"),
		get("category as data", "/category/{category}?ajax=true").with(script...), get("product as data", "/product/{product}?ajax=true").with(script...)}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, p.ReadCart[0], get("thanks", "/checkout/success/00000000-0000-0000-0000-000000000001")}
	return p
}
