package twins

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// plainShop is a small WooCommerce of two products, whose preset does not say that it
// forbids anything; forbids is what its pages say, by path, and empty what they say
// about the empty cart.
type plainShop struct {
	forbids map[string]string
	empty   string
}

func (p plainShop) answer(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if said := p.forbids[r.URL.Path]; said != "" {
		field, value, _ := strings.Cut(said, ": ")
		w.Header().Set(field, value)
	}
	if r.URL.Query().Get("wc-ajax") == "get_refreshed_fragments" {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", p.empty)
		hash := ""
		if c, err := r.Cookie("woocommerce_items_in_cart"); err == nil {
			hash = c.Value
		}
		_, _ = io.WriteString(w, `{"fragments":{"div.widget_shopping_cart_content":"<a data-cart_item_key=\"k`+hash+`\">x</a>"},"cart_hash":"`+hash+`"}`)
		return true
	}
	if strings.Contains(r.URL.RawQuery, "add_to_cart") {
		http.SetCookie(w, &http.Cookie{Name: "woocommerce_items_in_cart", Value: "5eed5eed", Path: "/"})
	}
	_, _ = io.WriteString(w, `<!doctype html><html><head><meta name="generator" content="WooCommerce 9.4.0"></head><body>`+
		`<a href="/produkt/a/">a</a><a href="/produkt/b/">b</a><script>var wc={"u":"/?wc-ajax=%%endpoint%%"}</script>`+
		`<button data-product_id="1">Add</button></body></html>`)
	return true
}

// What forbids is what the shop's answers say, whatever the preset does.
func TestTheShopForbidsWhatItsPresetDoesNotSay(t *testing.T) {
	for name, q := range map[string]struct {
		shop            plainShop
		forbidden, seen bool
		says            string
	}{
		"nothing":            {plainShop{}, false, false, "3 pages of this kind were compared: "},
		"no-store, one page": {plainShop{forbids: map[string]string{"/produkt/a/": "Cache-Control: no-store"}}, true, true, "3 pages of this kind were compared (1 of them the shop forbids to store): "},
		"private":            {plainShop{forbids: map[string]string{"/produkt/b/": "Cache-Control: private, max-age=60"}}, true, true, "(1 of them"},
		"no-cache":           {plainShop{forbids: map[string]string{"/produkt/b/": "Cache-Control: no-cache"}}, true, true, "(1 of them"},
		"Pragma":             {plainShop{forbids: map[string]string{"/produkt/b/": "Pragma: no-cache"}}, true, true, "(1 of them"},
		"a life that is over": {
			plainShop{forbids: map[string]string{"/": "Expires: Thu, 19 Nov 1981 08:52:00 GMT", "/produkt/a/": "Cache-Control: max-age=0"}}, true, true, "(2 of them",
		},
		"public": {plainShop{forbids: map[string]string{"/produkt/b/": "Cache-Control: public, max-age=60"}}, false, false, "3 pages of this kind were compared: "},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := look(t, &harbour{instead: q.shop.answer}, func(c *Config) { c.Preset, c.Kind = classifier(t, "woocommerce"), "page" })
			k := kindNamed(r, "page")
			if err != nil || !k.Passed || k.Forbidden != q.forbidden || k.Seen != q.seen || k.NeedsWord() != q.forbidden || !strings.Contains(k.Why, q.says) {
				t.Errorf("%v %+v", err, k)
			}
		})
	}
}

// The cart of whoever has none needs no word, and the report says what the shop does.
func TestAnEmptyCartThatTheShopForbids(t *testing.T) {
	r, err := look(t, &harbour{instead: plainShop{empty: "no-store, private"}.answer}, func(c *Config) { c.Preset, c.Kind = classifier(t, "woocommerce"), "fragments" })
	k := kindNamed(r, "fragments")
	if err != nil || !k.Passed || !k.Forbidden || !k.Exempt || k.NeedsWord() {
		t.Errorf("%v %+v", err, k)
	}
	if may, why := k.MayShare(time.Now()); !may {
		t.Error(why)
	}
}

// What is seen to be forbidden needs a proof with somebody who has a cart.
func TestWhatIsSeenToBeForbiddenNeedsACart(t *testing.T) {
	shop := plainShop{forbids: map[string]string{"/produkt/a/": "Cache-Control: no-store"}}
	closed := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost || strings.Contains(r.URL.RawQuery, "add") {
			http.Error(w, "sold out", http.StatusNotFound)
			return true
		}
		return shop.answer(w, r)
	}
	r, err := look(t, &harbour{instead: closed}, func(c *Config) { c.Preset, c.Kind = classifier(t, "woocommerce"), "page" })
	if k := kindNamed(r, "page"); err != nil || k.Passed || !k.Seen || k.Harm {
		t.Errorf("%v %+v", err, k)
	}
	shop.forbids = nil
	r, err = look(t, &harbour{instead: closed}, func(c *Config) { c.Preset, c.Kind = classifier(t, "woocommerce"), "page" })
	if k := kindNamed(r, "page"); err != nil || !k.Passed {
		t.Errorf("%v %+v", err, k)
	}
}

// A comparison that somebody has ordered is begun at once, and once; the next one is
// due when it would be anyhow.
func TestAComparisonThatIsOrdered(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		defer run(t, l)()
		order := func() {
			book.update(func(s falochron.Sharing) (falochron.Sharing, string) { s.Asked = time.Now(); return s, "" })
		}
		time.Sleep(10 * time.Minute)
		first := book.kind("product").Checked
		book.confirm("product")
		h.now(func() {
			h.form = func(session string) string { return `<input name="token" value="` + session[26:] + `">` }
		})
		order()
		time.Sleep(2 * time.Minute)
		if k := book.kind("product"); may(k) || !k.Checked.After(first) {
			t.Errorf("two minutes after the order: %+v", k)
		}
		if s, _ := book.current(); !s.Asked.IsZero() {
			t.Error("it is still ordered")
		}
		n := count(h)
		time.Sleep(CheckEvery - 2*time.Hour)
		if count(h) != n {
			t.Error("it was made again")
		}
		// After a check in vain, too.
		h.now(func() {
			h.instead = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true }
		})
		order()
		time.Sleep(time.Minute)
		n = count(h)
		order()
		time.Sleep(time.Minute)
		if count(h) == n {
			t.Error("it was not made again")
		}
	})
}

// An interface that answers only whoever has its key says so to whoever asks.
func TestAComparisonThatCannotBeMade(t *testing.T) {
	live(t, &harbour{}, func(t *testing.T, l *Loop, book *ledger) {
		book.now = falochron.Sharing{Platform: "medusa", Kinds: []falochron.SharedKind{{Name: "products"}}}
		defer run(t, l)()
		time.Sleep(5 * time.Minute)
		if s, _ := book.current(); s.Refused != "" {
			t.Errorf("nobody asked: %q", s.Refused)
		}
		book.update(func(s falochron.Sharing) (falochron.Sharing, string) { s.Asked = time.Now(); return s, "" })
		time.Sleep(5 * time.Minute)
		if s, _ := book.current(); !strings.Contains(s.Refused, "--key") || !s.Asked.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}
