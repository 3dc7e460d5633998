package toyshop

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Places are what one shop's visitors ask it for, so that a crowd or a test can
// walk through any imitation without knowing it. Calls that belong together
// stand in the order in which a browser makes them: what one answers may be
// needed by the next, see [Take].
type Places struct {
	As    string // name of the imitation, "" for the plain shop
	Title string // as people write it
	Kind  Kind

	Home, Category, Product, Search Call
	Cart, Checkout, Account         Call

	// Background is what the script of every page asks for by itself.
	Background []Call
	// BlockCart is what the scripts of other themes' pages ask for by themselves about the
	// cart, each in another way.
	BlockCart []Call
	// The ways of putting the article into the cart; nil where the real shop has
	// none. Each begins with the page that must be open, if it must.
	AddByForm, AddByScript, AddByLink []Call
	// AddFromList puts it in from a page that lists articles and holds what the shop
	// takes from one session only; nil where there is none such.
	AddFromList []Call
	// ReadCart is how a script reads the visitor's cart. Its last answer names what
	// is in it, as data-item="…" or as "slug":"…".
	ReadCart []Call
	// Order goes from a filled cart to the order; the call named order places it.
	// Done is part of the last answer's Location or body when it is booked.
	Order []Call
	Done  string
	// Thanks is what a browser sees after it.
	Thanks []Call
	// Else is another way from an empty cart to an order and to what is shown after it, and
	// ElseDone is part of the order's answer when it is booked. Nil where the imitation has
	// one way only.
	Else     []Call
	ElseDone string
	// Leaves lead a buyer who has ordered to the payment provider's page, and Returns
	// are addresses to which that page leads back, maybe in another browser, besides the
	// last of Thanks.
	Leaves, Returns []Call
	// SignIn makes pages the customer's; SignOut ends that. Nil where the
	// imitation has no customers.
	SignIn, SignOut []Call
	// Notice is a notification of payment as the provider sends it, without a
	// signature that would be believed.
	Notice Call
	// Notices are notifications as other providers send them.
	Notices []Call

	// Coupon is a link that puts a code into the cart, and Query a question to an address
	// that also takes orders to change something. Without a path where there is none.
	Coupon, Query Call
	// Pictures are made by the shop, alike for everybody whoever asks, and Reads are what
	// scripts read that the shop calls public.
	Pictures, Reads []Call
	// Lists are ways to put the article into the cart from pages that show many, each
	// from such a page to the form on it. Nil where none has a form.
	Lists [][]Call
	// Move sends the cart to another country, and Taxed reads an article with the taxes of
	// that cart. Without a path where there is none.
	Move, Taxed Call
	// Writes is what somebody without a session writes, with the word note, and what the
	// front page says then to everybody. Nil where nobody can.
	Writes []Call
	// Token is how a script carries what is otherwise behind a cookie.
	Token Token
	// Desk is what the shop's owner does among its visitors.
	Desk Desk

	// Static are files that the web server hands out.
	Static []string
	// Shareable are alike for everybody who has no cart and is not signed in;
	// Private must never be shown to another visitor.
	Shareable, Private []Call
	// Fresh are what scripts ask for and is nobody's secret, and yet of the moment at which
	// it was asked for, or for one visitor: no preset lists it.
	Fresh []Call
	// Sessions are the names of the cookies that make pages a visitor's own, a star
	// at the end standing for anything.
	Sessions []string
}

// Token is a field of requests that says whose they are; the zero value is for shops
// without one.
type Token struct {
	Field, Value string
	// Get is how a script comes by the token, and by something that is its own.
	Get []Call
	// Own are how scripts of the shop's own pages, which keep no cookies, have a cart: each
	// looks at the empty one, fills it, and reads what is in it. It sends the token that the
	// answer before had, if there was one.
	Own [][]Call
	// ByCookie are how such scripts fill the cart that is behind the visitor's cookies, at
	// addresses that also take a token.
	ByCookie [][]Call
	// Reads are alike for all who send no token, and otherwise for who sends it.
	Reads []Call
}

// Desk is what an owner does at addresses that are no part of the back office; the zero
// value is for shops that have no such thing.
type Desk struct {
	SignIn  []Call
	Read    Call // figures of the shop, for the owner alone
	Change  Call // of a page that is not out yet, to {draft}
	Preview Call // the look at it
}

// Kind is how a shop shows a visitor his cart.
type Kind uint8

// The kinds.
const (
	Pages  Kind = iota // on every page it makes
	Pieces             // with a piece that a script asks for; pages but the cart and the till are alike for everybody
	Calls              // to scripts only: its pages are alike for everybody
)

// Call is one request. A field Cookie in it comes besides the visitor's own, as
// a page's script sets one. Path, the values of Fields and Form, and Body are
// templates: {word} is replaced by a word of that name, if there is one, and {base} in
// Fields by the shop's address.
type Call struct {
	Name   string // for reports
	Method string
	Path   string // with query
	Fields []Field
	Form   []Field // sent as application/x-www-form-urlencoded
	Body   string  // sent as it is, with the Content-Type in Fields
	Takes  []Take
}

// Field is a header field, or a field of a form.
type Field struct{ Name, Value string }

// Take is a word that an answer tells and a later call needs: a form's token,
// the number of a cart.
type Take struct {
	Word string
	// From is where it stands: "" in the body, else the name of a header field.
	From          string
	Before, After string // the text around it; After "" = to the end
}

// Words fill templates.
type Words map[string]string

// Words returns what every call may need for one article and one buyer:
// product, id, category, shelf (its number), q, name, email, blik.
func (Places) Words(slug, email string) Words {
	s := newShelves()
	a := s.bySlug[slug]
	return Words{
		"product": slug, "id": fmt.Sprint(s.number(slug)), "category": a.Category, "shelf": fmt.Sprint(s.shelf(a.Category)),
		"q": "krem", "name": "Ola Fala", "email": email, "blik": "123456",
	}
}

// Request makes the request for a shop at base, "http://host". Words in paths
// and forms are escaped, unless the path is nothing but one word.
func (c Call) Request(ctx context.Context, base string, w Words) (*http.Request, error) {
	path := w.fill(c.Path, url.QueryEscape)
	if whole := strings.Trim(c.Path, "{}"); "{"+whole+"}" == c.Path {
		path = w[whole]
	}
	body, kind := w.fill(c.Body, nil), ""
	if len(c.Form) > 0 {
		form := make([]string, len(c.Form))
		for i, f := range c.Form {
			form[i] = url.QueryEscape(w.fill(f.Name, nil)) + "=" + url.QueryEscape(w.fill(f.Value, nil))
		}
		body, kind = strings.Join(form, "&"), "application/x-www-form-urlencoded"
	}
	if strings.HasPrefix(path, "/") {
		path = base + path
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		r.Body, r.GetBody, r.ContentLength = nil, nil, 0
	}
	if kind != "" {
		r.Header["Content-Type"] = []string{kind}
	}
	for _, f := range c.Fields {
		r.Header[http.CanonicalHeaderKey(f.Name)] = []string{w.fill(strings.ReplaceAll(f.Value, "{base}", base), nil)}
	}
	return r, nil
}

func (w Words) fill(text string, escape func(string) string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	for word, value := range w {
		if escape != nil {
			value = escape(value)
		}
		text = strings.ReplaceAll(text, "{"+word+"}", value)
	}
	return text
}

// Learn takes from an answer what later calls need. A word that is not there is
// taken away: whoever needs it will see its template.
func (c Call) Learn(h http.Header, body []byte, w Words) {
	for _, t := range c.Takes {
		text := body
		if t.From != "" {
			text = []byte(strings.Join(h.Values(t.From), "\n"))
		}
		delete(w, t.Word)
		if _, rest, ok := bytes.Cut(text, []byte(t.Before)); ok {
			if t.After != "" {
				rest, _, ok = bytes.Cut(rest, []byte(t.After))
			}
			if ok {
				w[t.Word] = html.UnescapeString(string(rest))
			}
		}
	}
}

// Do sends a call with a client and returns the answer with its body read and
// closed, having learnt from it.
func (c Call) Do(client *http.Client, base string, w Words, change func(*http.Request)) (*http.Response, []byte, error) {
	r, err := c.Request(context.Background(), base, w)
	if err != nil {
		return nil, nil, err
	}
	if change != nil {
		change(r)
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, nil, err
	}
	c.Learn(res.Header, body, w)
	return res, body, nil
}

// Paths returns the places of an imitation, or of the plain shop for "".
func Paths(as string) (Places, error) {
	if as == "" {
		return plainPlaces(), nil
	}
	g, err := inGuise(as)
	if err != nil {
		return Places{}, err
	}
	p := g.places
	p.As, p.Title = g.name, g.title
	return p, nil
}

// get is a page, post a form. Names are for reports.
func get(name, path string, takes ...Take) Call {
	return Call{Name: name, Method: http.MethodGet, Path: path, Takes: takes}
}

func post(name, path string, form ...string) Call {
	c := Call{Name: name, Method: http.MethodPost, Path: path}
	for i := 0; i+1 < len(form); i += 2 {
		c.Form = append(c.Form, Field{form[i], form[i+1]})
	}
	return c
}

// send is a body of JSON.
func send(name, method, path, body string, takes ...Take) Call {
	return Call{Name: name, Method: method, Path: path, Body: body, Takes: takes,
		Fields: []Field{{"Content-Type", "application/json"}, {"Accept", "application/json"}}}
}

// with adds header fields to a call.
func (c Call) with(fields ...string) Call {
	c.Fields = append([]Field(nil), c.Fields...)
	for i := 0; i+1 < len(fields); i += 2 {
		c.Fields = append(c.Fields, Field{fields[i], fields[i+1]})
	}
	return c
}

// taking adds what is learnt from the answer.
func (c Call) taking(takes ...Take) Call {
	c.Takes = append(append([]Take(nil), c.Takes...), takes...)
	return c
}

// plainPlaces are those of the shop that imitates nobody.
func plainPlaces() Places {
	p := Places{
		Title: "toy shop",
		Home:  get("home", "/"), Category: get("category", "/kategoria/{category}"), Product: get("product", "/produkt/{product}"),
		Search: get("search", "/szukaj?q={q}"), Cart: get("cart", "/koszyk"), Checkout: get("checkout", "/zamowienie"), Account: get("account", "/konto"),
		AddByForm:   []Call{post("add", "/koszyk/dodaj", "product", "{product}", "qty", "1")},
		AddByScript: []Call{post("add", "/koszyk/dodaj", "product", "{product}", "qty", "1").with("Accept", "application/json")},
		Done:        "/zamowienie/dziekujemy", Thanks: []Call{get("thanks", "{thanks}")},
		Notice:   send("notice", http.MethodPost, "/platnosc/powiadomienie", `{"charge":1,"order":1,"amount":1,"status":"paid"}`),
		Static:   []string{"/static/sklep.css", "/static/sklep.js", "/obrazy/pomadka-bursztyn-1.svg"},
		Sessions: []string{sessionCookie},
	}
	p.ReadCart = []Call{p.Cart}
	p.Order = []Call{p.Checkout, orderForm("/zamowienie")}
	p.Shareable = []Call{p.Home, p.Category, p.Product, p.Search}
	p.Private = []Call{p.Cart, p.Checkout, p.Account, get("thanks", "/zamowienie/dziekujemy?nr=1")}
	return p
}

// orderForm is the toy shop's own till with the fields it needs besides.
func orderForm(path string, also ...string) Call {
	c := post("order", path, append([]string{"name", "{name}", "email", "{email}", "blik", "{blik}"}, also...)...)
	return c.taking(Take{Word: "thanks", From: "Location"})
}
