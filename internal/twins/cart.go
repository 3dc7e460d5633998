package twins

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// The third visitor puts something into the cart as a person would: by the form of
// a product's page, or by a link that says so; or, where only a script can, as the
// platform's own script does, see calls.go.

// forFilling is how many requests a check may have made when it still tries
// another way to put something into the cart.
const forFilling = 12

// order is one way to put something into the cart.
type order struct {
	method string
	url    *url.URL
	values url.Values
	from   string
}

// adds lists the ways to put something into the cart that a page offers, the best
// first; page is its address.
func (t *tour) adds(s *site, page *url.URL) (ways []order) {
	known := t.cfg.Preset.Platform().Cart
	for _, f := range s.forms {
		var buttons []*field
		for i := range f.sends {
			buttons = append(buttons, &f.sends[i])
		}
		others := slices.ContainsFunc(f.sends, func(b field) bool { return hasWord(b.said+" "+b.name, otherWords) })
		for _, b := range append(buttons, nil) {
			to, err := f.target(page, b)
			if err != nil || !sameShop(to, t.cfg.Shop) {
				continue
			}
			if b == nil && others && !aboutCart(about(to)) {
				continue // it is for what its button says: an opinion
			}
			values := f.values(b)
			said := f.said + " " + about(to)
			if b != nil {
				said += " " + b.said + " " + b.name
			}
			sent := f.method == "post" || b != nil && b.action != ""
			if sent && t.isAdd(said, values, to) {
				for _, p := range known.With {
					if value, ok := preset.Fill(p.Value, t.words, nil); ok {
						values.Set(p.Name, value)
					}
				}
				ways = append(ways, order{http.MethodPost, t.here(to), values, page.String()})
				break
			}
			if known.Field != "" && values.Get(known.Field) != "" && !hasWord(said, otherWords) {
				for _, path := range known.To {
					if to, err := t.cfg.Shop.Parse(path); err == nil {
						ways = append(ways, order{http.MethodPost, to, values, page.String()})
					}
				}
				break
			}
		}
	}
	for _, l := range s.links {
		if sameShop(l.url, t.cfg.Shop) && t.isAdd(l.said+" "+about(l.url), l.url.Query(), l.url) &&
			t.class(http.MethodGet, l.url) == falochron.ClassCart && hasWord(about(l.url), addWords) {
			ways = append(ways, order{http.MethodGet, t.here(l.url), nil, page.String()})
		}
	}
	return ways[:min(len(ways), 3)]
}

// about is what an address says, but for parameters that only choose how it says it.
func about(u *url.URL) string {
	said := u.Path
	for name, values := range u.Query() {
		switch name {
		case "language", "currency", "lang", "locale", "uenc", "return_to", "redirect":
		default:
			said += " " + name + " " + strings.Join(values, " ")
		}
	}
	return said
}

// addWords and otherWords tell the form that fills the cart from the others that
// are about a product.
var addWords = map[string]bool{"add": true, "dodaj": true, "buy": true, "kup": true, "purchase": true, "addtocart": true}

var otherWords = map[string]bool{
	"wishlist": true, "compare": true, "review": true, "reviews": true, "search": true, "newsletter": true, "login": true, "register": true,
	"currency": true, "language": true, "remove": true, "delete": true, "usun": true, "contact": true, "subscribe": true, "comment": true, "coupon": true,
	"voucher": true, "rating": true, "question": true, "favorites": true, "favourites": true, "notify": true, "alert": true,
	// In Polish whatever one adds begins with dodaj: an opinion, a question, to what is compared, liked or kept for later.
	"opinia": true, "opinie": true, "opinię": true, "opinii": true, "recenzja": true, "recenzje": true, "recenzję": true, "ocena": true, "ocenę": true,
	"komentarz": true, "pytanie": true, "zapytanie": true, "porownaj": true, "porównaj": true, "porownania": true, "porównania": true,
	"porownywarka": true, "porównywarki": true, "porownywarki": true, "ulubione": true, "ulubionych": true, "schowek": true, "schowka": true, "zyczen": true, "życzeń": true,
	"powiadom": true, "powiadomienie": true, "zaloguj": true, "rejestracja": true, "zarejestruj": true, "kontakt": true, "kupon": true, "bon": true, "usuń": true,
}

// productFields are names of the field that says which article.
var productFields = []string{
	"product_id", "products_id", "id_product", "product", "productid", "add-to-cart", "sku", "variant_id", "variantid", "variant", "product_variant_id",
}

// isAdd reports whether what is sent puts an article into the cart.
func (t *tour) isAdd(said string, values url.Values, to *url.URL) bool {
	named := false
	for name, v := range values {
		if slices.Contains(productFields, strings.ToLower(name)) && len(v) > 0 && v[0] != "" {
			named = true
		}
	}
	if hasWord(said, otherWords) {
		return false
	}
	adds, cart := hasWord(said, addWords), aboutCart(said) || t.class(http.MethodPost, to) == falochron.ClassCart
	return named && (adds || cart) || adds && cart && hasWord(about(to), addWords)
}

// tryPages is on how many pages a way to fill the cart is looked for.
const tryPages = 5

// fill makes a visitor with something in the cart and says in words how that went;
// page is where it was found, nil if nowhere or where there are no pages. The pages
// are those that next hands out, which is told what each leads to.
func (t *tour) fill(ctx context.Context, next func() *url.URL, learn func(*answer)) (v *visitor, page *url.URL, said string, err error) {
	v = stranger()
	t.makeUp(v)
	const done, unsure = "something was put into the cart", "it is not known whether something was put into the cart"
	switch took, err := t.follow(ctx, v, nil); {
	case err != nil:
		return v, nil, unsure, err
	case took:
		return v, nil, done, nil
	}
	for range tryPages {
		u := next()
		if u == nil {
			break
		}
		a, err := t.get(ctx, v, u)
		if err != nil {
			return nil, nil, "", err
		}
		if a.made.Status != http.StatusOK || !markup(a.made.Header) {
			continue
		}
		learn(a)
		for _, way := range t.adds(readSite(a.made.Body, a.url), a.url) {
			if t.requests > forFilling {
				break
			}
			t.say("putting something into the cart: " + way.url.RequestURI())
			did, err := t.send(ctx, v, way)
			if err != nil {
				return nil, nil, "", err
			}
			if !took(did.made) {
				continue
			}
			switch there, err := t.proven(ctx, v); {
			case err != nil:
				return v, a.url, unsure, err
			case there:
				return v, a.url, done, nil
			}
		}
		switch took, err := t.follow(ctx, v, a); {
		case err != nil:
			return v, a.url, unsure, err
		case took:
			return v, a.url, done, nil
		}
	}
	return nil, nil, "nothing could be put into a cart: no form, link or script's way for it was found", nil
}

// send does what an order says.
func (t *tour) send(ctx context.Context, v *visitor, o order) (*answer, error) {
	if o.method == http.MethodGet {
		return t.get(ctx, v, o.url)
	}
	return t.ask(ctx, v, o.method, o.url, "application/x-www-form-urlencoded", o.values.Encode(), o.from)
}

// took reports whether a shop took an article into the cart, as far as its answer
// says. OpenCart answers 200 with an error text.
func took(v Visit) bool {
	if v.Status >= 400 {
		return false
	}
	if markup(v.Header) {
		return true
	}
	var said map[string]json.RawMessage
	if json.Unmarshal(v.Body, &said) != nil {
		return true
	}
	for _, name := range []string{"error", "errors", "warning", "hasError"} {
		switch text := string(said[name]); text {
		case "", "null", "false", "[]", "{}", `""`, "0":
		default:
			return false
		}
	}
	return true
}

const emptied = "the cart was emptied afterwards"

// empty takes out of the cart what was put into it, and says how that went.
func (t *tour) empty(ctx context.Context, v *visitor, seen []*site) (said string, err error) {
	page := t.cartPage(seen)
	switch gone, err := t.remove(ctx, v, page); {
	case err != nil:
		return "", err
	case gone:
		return emptied, nil
	}
	if page == nil {
		return "where the cart is shown was not found, so it could not be emptied; it is the shop's to forget", nil
	}
	did := false
	for range 3 {
		if t.left() < 3 {
			break
		}
		a, err := t.get(ctx, v, page)
		if err != nil {
			return "", err
		}
		way, ok := t.removal(readSite(a.made.Body, a.url), a.url)
		if !ok && did {
			return emptied, nil
		}
		if !ok {
			break
		}
		did = true
		t.say("emptying the cart")
		if _, err := t.send(ctx, v, way); err != nil {
			return "", err
		}
	}
	if did {
		return "it cannot be told whether the cart was emptied; it is the shop's to forget", nil
	}
	return "no way to empty the cart was found; it is the shop's to forget", nil
}

func (t *tour) cartPage(seen []*site) *url.URL {
	for _, s := range seen {
		for _, l := range s.links {
			uri := l.url.RequestURI()
			if sameShop(l.url, t.cfg.Shop) && aboutCart(uri) && !hasWord(uri, addWords) && !hasWord(uri, removeWords) &&
				t.class(http.MethodGet, l.url) == falochron.ClassCart {
				return t.here(l.url)
			}
		}
	}
	if path := t.cfg.Preset.Platform().Cart.Page; path != "" {
		if u, err := t.cfg.Shop.Parse(path); err == nil {
			return u
		}
	}
	return nil
}

var removeWords = map[string]bool{"remove": true, "delete": true, "usun": true, "clear": true, "empty": true}

// removal finds how an article leaves the cart.
func (t *tour) removal(s *site, page *url.URL) (order, bool) {
	for _, l := range s.links {
		if sameShop(l.url, t.cfg.Shop) && hasWord(l.url.RequestURI(), removeWords) && t.class(http.MethodGet, l.url) == falochron.ClassCart {
			return order{http.MethodGet, t.here(l.url), nil, page.String()}, true
		}
	}
	for _, f := range s.forms {
		for i := range f.sends {
			b := &f.sends[i]
			to, err := f.target(page, b)
			if err != nil || !sameShop(to, t.cfg.Shop) || !hasWord(to.RequestURI()+" "+b.name, removeWords) {
				continue
			}
			return order{http.MethodPost, t.here(to), f.values(b), page.String()}, true
		}
		if to, err := f.target(page, nil); err == nil && f.method == "post" && sameShop(to, t.cfg.Shop) && hasWord(to.RequestURI(), removeWords) {
			return order{http.MethodPost, t.here(to), f.values(nil), page.String()}, true
		}
	}
	return order{}, false
}

// class is what the preset takes a request for.
func (t *tour) class(method string, u *url.URL) falochron.Class {
	return t.cfg.Preset.Class(t.asked(method, u))
}

func (t *tour) asked(method string, u *url.URL) preset.Request {
	return preset.Request{Method: method, Host: t.cfg.Shop.Host, Path: u.EscapedPath(), Query: u.RawQuery, Header: t.client(method, u)}
}

// client is what a browser says of itself when it asks for an address: that a page is
// wanted, or, where the query is one that only scripts use, or the path one of scripts of
// the shop's own pages, or of a GraphQL interface, that a script asks.
func (t *tour) client(method string, u *url.URL) http.Header {
	if method == http.MethodGet && t.cfg.Preset != nil {
		for _, k := range t.cfg.Preset.Platform().Kinds {
			if query, ok := onAnyPath(k); ok && holds(u.Query(), query) {
				return http.Header{"Accept": {"application/json, text/javascript, */*;q=0.8"}, "X-Requested-With": {"XMLHttpRequest"}}
			}
		}
	}
	if t.cfg.Preset != nil && t.cfg.Preset.NeedsBody(preset.Request{Method: http.MethodPost, Host: t.cfg.Shop.Host, Path: u.EscapedPath(), Query: u.RawQuery}) {
		// Servers of GraphQL show a page of their own to who wants one.
		return preset.Preflighted(http.Header{"Accept": {"application/json"}})
	}
	if t.cfg.Preset != nil && t.cfg.Preset.Own(u.EscapedPath(), u.RawQuery) {
		return http.Header{
			"Accept": {"*/*"}, "Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"},
			"Referer": {t.cfg.Shop.Scheme + "://" + t.cfg.Shop.Host + "/"},
		}
	}
	return http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}
}

// holds reports whether a query has all that another names.
func holds(have url.Values, query string) bool {
	want, err := url.ParseQuery(query)
	for name := range want {
		if have.Get(name) != want.Get(name) {
			return false
		}
	}
	return err == nil
}

func (t *tour) say(line string) {
	if t.cfg.Say != nil {
		t.cfg.Say(line)
	}
}
