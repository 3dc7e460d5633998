package twins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// harbour is a shop with OpenCart's habits: a session for everybody, no page may be
// stored, the cart in every page, a token for reviews, a form that a script sends.
// What a test plants changes it.
type harbour struct {
	mu       sync.Mutex     // guards what follows while a loop runs beside the test
	carts    map[string]int // articles, by session
	sessions int
	asked    []*http.Request
	at       []time.Time

	form     func(session string) string // more of a product's form
	page     func(cart int) string       // more of every page
	price    func(cart int) string
	instead  func(w http.ResponseWriter, r *http.Request) bool // answers in place of the shop
	noForm   bool
	noRemove bool
}

// now reads or changes the shop while a loop runs.
func (h *harbour) now(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

func (h *harbour) fetch(ctx context.Context, r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r)
	h.at = append(h.at, time.Now())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

func (h *harbour) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.carts == nil {
		h.carts = map[string]int{}
	}
	if h.instead != nil && h.instead(w, r) {
		return
	}
	session := ""
	if c, err := r.Cookie("OCSESSID"); err == nil {
		session = c.Value
	} else {
		h.sessions++
		session = fmt.Sprintf("%032x", 0x5eed0000+h.sessions)
	}
	http.SetCookie(w, &http.Cookie{Name: "OCSESSID", Value: session, Path: "/"})
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	route := r.URL.Query().Get("route")
	switch {
	case route == "checkout/cart.add" && r.Method == http.MethodPost:
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("product_id") == "" {
			_, _ = io.WriteString(w, `{"error": {"warning": "which?"}}`)
			return
		}
		h.carts[session]++
		_, _ = io.WriteString(w, `{"success": "added", "error": []}`)
	case route == "checkout/cart.remove" && r.Method == http.MethodPost:
		h.carts[session] = 0
	case route == "checkout/cart":
		remove := `<form method="post"><input type="hidden" name="key" value="7"><button type="submit" formaction="/index.php?route=checkout/cart.remove">x</button></form>`
		if h.carts[session] == 0 || h.noRemove {
			remove = ""
		}
		h.write(w, session, "<h1>Cart</h1>"+remove)
	case r.URL.Path == "/" && route == "", route == "common/home":
		h.write(w, session, `<h1>Harbour</h1><a href="index.php?route=product/category&amp;path=1">Lips</a>`)
	case route == "product/category":
		h.write(w, session, `<a href="/index.php?route=product/product&amp;product_id=40">Raspberry</a>`+
			`<a href="http://shop.example/index.php?route=product/product&amp;product_id=41">Plum</a><a href="/index.php?route=product/product&amp;product_id=404">Gone</a>`)
	case route == "product/product" && r.URL.Query().Get("product_id") != "404":
		more, price := "", "19,00"
		if h.form != nil {
			more = h.form(session)
		}
		if h.price != nil {
			price = h.price(h.carts[session])
		}
		form := `<form id="form-product"><input type="hidden" name="product_id" value="40"><input name="quantity" value="1">` + more + `<button type="submit">Add</button></form>`
		if h.noForm {
			form = ""
		}
		h.write(w, session, `<div id="product-info"><p class="price">`+price+`</p>`+form+
			`<script>$.ajax({url: 'index.php?route=product/review.write&review_token=`+session[26:]+`&product_id=40'})</script></div>`)
	default:
		http.NotFound(w, r)
	}
}

func (h *harbour) write(w http.ResponseWriter, session, piece string) {
	more := ""
	if h.page != nil {
		more = h.page(h.carts[session])
	}
	items := fmt.Sprintf(`<p>%d items</p>`, h.carts[session])
	_, _ = io.WriteString(w, `<!doctype html><html><head><base href="http://shop.example/"></head><body><div id="header-cart">`+items+`</div>`+
		`<a href="/index.php?route=checkout/cart">Cart</a>`+more+piece+`</body></html>`)
}

// look checks a shop in a bubble, in which no time is lost.
func look(t *testing.T, h *harbour, change func(*Config)) (r Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Shop: &url.URL{Scheme: "http", Host: "shop.example"}, Fetch: h.fetch, Preset: classifier(t, "opencart")}
		if change != nil {
			change(&cfg)
		}
		began := time.Now()
		r, err = Check(t.Context(), cfg)
		for i := 1; i < len(h.at); i++ {
			if gap := h.at[i].Sub(h.at[i-1]); gap < cfg.Pause || cfg.Pause == 0 && gap < time.Second {
				t.Errorf("request %d came %v after the one before", i, gap)
			}
		}
		if took := time.Since(began); took > MaxTime {
			t.Errorf("it took %v", took)
		}
		if r.Requests != len(h.asked) || r.Requests > MaxRequests {
			t.Errorf("%d requests reported, %d made", r.Requests, len(h.asked))
		}
	})
	return r, err
}

func classifier(t *testing.T, platform string) *preset.Classifier {
	t.Helper()
	c, err := plainPreset(platform)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func kindNamed(r Report, name string) falochron.SharedKind {
	for _, k := range r.Kinds {
		if k.Name == name {
			return k
		}
	}
	return falochron.SharedKind{}
}

func TestAShopWhosePagesAreAlike(t *testing.T) {
	h := &harbour{}
	var said []string
	r, err := look(t, h, func(c *Config) { c.Say = func(line string) { said = append(said, line) } })
	if err != nil {
		t.Fatal(err, r)
	}
	for _, name := range []string{"home", "category", "product"} {
		k := kindNamed(r, name)
		if !k.Passed || k.Checked.IsZero() || !k.Forbidden || k.Harm {
			t.Errorf("%s: %+v", name, k)
		}
		if !strings.Contains(k.Why, "the cart is shown in the page") {
			t.Errorf("%s says nothing of the cart: %s", name, k.Why)
		}
	}
	if k := kindNamed(r, "product"); !strings.Contains(k.Why, "a review cannot be written") || !strings.HasPrefix(k.Why, "2 pages of this kind were compared") {
		t.Errorf("product: %s", k.Why)
	}
	if k := kindNamed(r, "seo"); !k.Checked.IsZero() || k.Passed || k.Why == "" {
		t.Errorf("there is no such page: %+v", k)
	}
	if r.Cart != "something was put into the cart; the cart was emptied afterwards" {
		t.Error(r.Cart)
	}
	for session, n := range h.carts {
		if n != 0 {
			t.Errorf("%d articles are left in the cart of %s", n, session)
		}
	}
	if len(said) == 0 {
		t.Error("nobody was told what is done")
	}
	// Two of three pages of a kind are asked for without any cookie, always.
	bare := 0
	for _, r := range h.asked {
		if r.UserAgent() != Agent || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s: %v", r.URL, r.Header)
		}
		if r.Header.Get("Cookie") == "" && r.Method == http.MethodGet {
			bare++
		}
	}
	if bare < 8 { // two of each of four pages
		t.Errorf("only %d requests of strangers", bare)
	}
}

// What a shop does wrong, and what is said of it.
func TestAShopWhosePagesAreNot(t *testing.T) {
	for _, q := range []struct {
		name  string
		plant func(*harbour)
		kind  string
		harm  bool
		why   string
		other bool // kinds beside it pass all the same
	}{
		{"a token in the form", func(h *harbour) {
			h.form = func(session string) string { return `<input type="hidden" name="token" value="` + session[26:] + `">` }
		}, "product", true, "a form is made for one visitor: another cannot send it (form field token value, and 1 more)", true},
		{"a token for whoever has a session", func(h *harbour) {
			h.form = func(session string) string {
				if h.carts[session] > 0 {
					return `<input type="hidden" name="token" value="` + session[26:] + `">`
				}
				return `<input type="hidden" name="token" value="guest">`
			}
		}, "product", false, "a form is made for one visitor once he has a cart", true},
		{"a price that knows the cart", func(h *harbour) {
			h.price = func(cart int) string { return fmt.Sprintf("%d,00", 19-cart) }
		}, "product", false, "with something in the cart, something else than the cart differs (text of p.price)", true},
		{"a name for whoever has a cart", func(h *harbour) {
			h.page = func(cart int) string { return "<p>" + []string{"Welcome", "Welcome back"}[min(cart, 1)] + "</p>" }
		}, "home", false, "with something in the cart, something else than the cart differs", false},
		{"another page for each", func(h *harbour) {
			n := 0
			h.page = func(int) string { n++; return fmt.Sprintf("<p>visitor number %d</p>", n) }
		}, "home", false, "something differs and it is not known what it means (text of p", false},
	} {
		t.Run(q.name, func(t *testing.T) {
			h := &harbour{}
			q.plant(h)
			var told []falochron.SharedKind
			r, err := look(t, h, func(c *Config) { c.Differs = func(k falochron.SharedKind) { told = append(told, k) } })
			if err != nil {
				t.Fatal(err)
			}
			k := kindNamed(r, q.kind)
			if k.Passed || k.Checked.IsZero() || k.Harm != q.harm || !strings.Contains(k.Why, q.why) || len(k.Spans) == 0 || k.Spans[0].Harmless {
				t.Errorf("%+v", k)
			}
			if other := kindNamed(r, "category"); other.Passed != q.other {
				t.Errorf("category: %+v", other)
			}
			if len(told) == 0 || told[0].Passed || told[0].Checked.IsZero() {
				t.Errorf("told at once: %+v", told)
			}
			if may, _ := k.MayShare(k.Checked); may {
				t.Error("it may be shared")
			}
		})
	}
}

// Why nothing could be compared: each time in words, with what to do.
func TestAShopThatCannotBeLookedAt(t *testing.T) {
	always := func(f http.HandlerFunc) func(*harbour, *Config) {
		return func(h *harbour, _ *Config) {
			h.instead = func(w http.ResponseWriter, r *http.Request) bool { f(w, r); return true }
		}
	}
	for _, q := range []struct {
		name  string
		plant func(*harbour, *Config)
		kind  falochron.Kind
		want  string
		most  int // requests
	}{
		{"no address", func(_ *harbour, c *Config) { c.Shop = &url.URL{Path: "shop.example"} }, falochron.Invalid, "address is missing", 0},
		{"429", always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }), falochron.Unavailable, "429 Too Many Requests", 1},
		{"500", always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), falochron.Unavailable, "Service Unavailable", 1},
		{"404", always(http.NotFound), falochron.Unavailable, "the front page answers 404", 1},
		{"JSON", always(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/json") }), falochron.Invalid, "no HTML page, but application/json", 1},
		{"another host", always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.shop.example/x", http.StatusMovedPermanently)
		}), falochron.Invalid, "another host, www.shop.example", 1 + maxHops}, // asked for under that name, too
		{"no end", always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}), falochron.Unavailable, "without an end", maxHops},
		{"Falochron", always(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Status", "falochron; hit") }), falochron.Invalid, "Falochron itself answers", 1},
		{"nothing to compare", always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Age", "5")
			_, _ = io.WriteString(w, `<a href="https://other.example/">x</a>`)
		}), falochron.Unavailable, "a cache before the shop answers", MaxRequests},
		{"no connection", func(_ *harbour, c *Config) {
			c.Fetch = func(context.Context, *http.Request) (*http.Response, error) { return nil, errors.New("refused") }
		}, falochron.Unavailable, "the shop did not answer: refused", 0},
		{"a wave", func(h *harbour, c *Config) { c.Calm = func() bool { return len(h.asked) < 5 } }, falochron.Unavailable, "the shop is busy now", 5},
		{"a path of nowhere", func(_ *harbour, c *Config) { c.Pages = []string{"https://other.example/"} }, falochron.Invalid, "no path of this shop", 1},
	} {
		t.Run(q.name, func(t *testing.T) {
			h := &harbour{}
			var err error
			synctest.Test(t, func(t *testing.T) {
				cfg := Config{Shop: &url.URL{Scheme: "http", Host: "shop.example"}, Fetch: h.fetch, Preset: classifier(t, "opencart")}
				q.plant(h, &cfg)
				_, err = Check(t.Context(), cfg)
			})
			if falochron.KindOf(err) != q.kind || err == nil || !strings.Contains(err.Error(), q.want) || falochron.HintOf(err) == "" {
				t.Errorf("%v, hint %q", err, falochron.HintOf(err))
			}
			if len(h.asked) > q.most {
				t.Errorf("%d requests", len(h.asked))
			}
		})
	}
}

// A shop that falls silent in the middle: what was found until then is reported.
func TestTheMiddleOfACheck(t *testing.T) {
	h := &harbour{}
	h.form = func(session string) string { return `<input name="token" value="` + session[26:] + `">` }
	r, err := look(t, h, func(c *Config) {
		c.Calm = func() bool { return len(h.asked) < 14 }
	})
	if falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(r.Cart, "could not be emptied") {
		t.Error(err, r.Cart)
	}
	if !kindNamed(r, "home").Passed {
		t.Errorf("%+v", r.Kinds)
	}
}

// Without a cart a kind that the shop forbids is not proven; nothing of it differs,
// all the same.
func TestWithoutACart(t *testing.T) {
	h := &harbour{noForm: true}
	r, err := look(t, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := kindNamed(r, "product")
	if k.Passed || k.Harm || differs(k) || !strings.Contains(k.Why, "nothing could be put into a cart") {
		t.Errorf("%+v", k)
	}
	// A shop that does not understand what was sent is no shop that is down.
	h = &harbour{}
	h.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return r.Method == http.MethodPost
	}
	if r, err = look(t, h, nil); err != nil || differs(kindNamed(r, "product")) || kindNamed(r, "product").Passed {
		t.Error(err, r.Kinds)
	}
	// A cart that cannot be emptied is said.
	h = &harbour{noRemove: true}
	r, err = look(t, h, nil)
	if err != nil || !kindNamed(r, "product").Passed || !strings.Contains(r.Cart, "no way to empty the cart was found") {
		t.Error(err, r.Cart, r.Kinds)
	}
}

// One kind alone, of paths that are named or found on the way.
func TestOneKindOnly(t *testing.T) {
	for _, pages := range [][]string{nil, {"/index.php?route=product/product&product_id=42"}} {
		h := &harbour{}
		r, err := look(t, h, func(c *Config) { c.Kind, c.Pages = "product", pages })
		if err != nil || len(r.Kinds) != 1 || !r.Kinds[0].Passed || r.Kinds[0].Name != "product" {
			t.Error(err, r.Kinds)
		}
	}
}

// A page without an end is read up to the bound.
func TestAPageWithoutAnEnd(t *testing.T) {
	h := &harbour{}
	h.page = func(int) string { return strings.Repeat("<p>more</p>", MaxBody/10) }
	r, err := look(t, h, nil)
	if k := kindNamed(r, "home"); err != nil || k.Passed || !strings.Contains(k.Why, "answer longer than 2 MiB") {
		t.Error(err, k.Why)
	}
}
