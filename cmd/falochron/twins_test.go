package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/journal"
)

// stall is a small shop with OpenCart's habits; token, if set, puts each visitor's
// own into the form of its product.
type stall struct {
	mu    sync.Mutex
	carts map[string]int
	token bool
	limit bool // answers 429
}

func (s *stall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit {
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	session := fmt.Sprintf("5eed%028x", len(s.carts))
	if c, err := r.Cookie("OCSESSID"); err == nil {
		session = c.Value
	} else {
		s.carts[session] = 0
	}
	http.SetCookie(w, &http.Cookie{Name: "OCSESSID", Value: session, Path: "/"})
	http.SetCookie(w, &http.Cookie{Name: "currency", Value: "PLN", Path: "/"})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	page := func(body string) {
		_, _ = fmt.Fprintf(w, `<html><body><script src="catalog/view/javascript/common.js"></script><div id="header-cart">%d items</div>`+
			`<a href="/index.php?route=common/home">Home</a><a href="/index.php?route=product/product&product_id=40">Lipstick</a>`+
			`<a href="/index.php?route=checkout/cart">Cart</a>%s</body></html>`, s.carts[session], body)
	}
	switch r.URL.Query().Get("route") {
	case "checkout/cart.add":
		s.carts[session]++
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"success": "added"}`)
	case "checkout/cart.remove":
		s.carts[session] = 0
	case "checkout/cart":
		if s.carts[session] > 0 {
			page(`<form method="post"><button type="submit" formaction="/index.php?route=checkout/cart.remove">x</button></form>`)
			return
		}
		page("")
	case "product/product":
		token := ""
		if s.token {
			token = `<input type="hidden" name="token" value="` + session[20:] + `">`
		}
		page(`<div id="product-info"><form id="form-product"><input type="hidden" name="product_id" value="40">` + token + `</form></div>`)
	default:
		page("<h1>Stall</h1>")
	}
}

// A shop is checked as its owner does, and his word reaches a running Falochron.
func TestCheckShop(t *testing.T) {
	var mu sync.Mutex
	known := falochron.Sharing{Platform: "opencart", Kinds: []falochron.SharedKind{
		{Name: "home", Forbidden: true}, {Name: "product", Forbidden: true, Checked: time.Now(), Passed: true},
	}}
	dir := t.TempDir()
	token := filepath.Join(dir, control.TokenFile)
	if err := os.WriteFile(token, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctl, err := control.New(control.Config{
		Token: "0123456789abcdef", Journal: journal.New(journal.Config{}), Source: oneShop{},
		Snapshot: func(string) (falochron.Snapshot, bool) { return falochron.Snapshot{}, true },
		Sharing: func(string) (falochron.Sharing, bool) {
			mu.Lock()
			defer mu.Unlock()
			return known, true
		},
		SetSharing: func(_ string, s falochron.Sharing) error {
			mu.Lock()
			defer mu.Unlock()
			known = s
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	admin := httptest.NewServer(ctl)
	defer admin.Close()

	for _, q := range []struct {
		name string
		args []string
		code int
		has  []string
	}{
		{"alike", nil, 0, []string{
			"looking at the front page\n", "runs OpenCart (read), by cookie OCSESSID, ", "home: /\n",
			"home      yes               alike: may be shared once you allow it\n", "category  yes               not seen\n",
			"  may differ: cart in div#header-cart, on /\n      a stranger: \"0 items\"\n      somebody with a cart: \"1 items\"\n",
			" requests; something was put into the cart; the cart was emptied afterwards\n",
		}},
		{"one kind, named", []string{"--kind", "product", "--platform", "opencart", "--page", "/index.php?route=product/product&product_id=41"}, 0, []string{
			"KIND     THE SHOP FORBIDS  VERDICT\nproduct  yes               alike", "product: 2 pages of this kind were compared",
		}},
		{"a token", nil, 1, []string{
			"product   yes               not alike: is not shared\n", "  may not differ: form field token value, on /index.php?route=product/product&product_id=40\n",
			"falochron: compare the pages: not alike for every visitor, or not proven to be: product\n", "hint: the evidence is above",
			"A running Falochron hears of it when it compares the pages itself",
		}},
		{"a limit", nil, 1, []string{"the shop answers 429 Too Many Requests\n", "hint: it counts requests by address", "trust X-Forwarded-For"}},
		{"the word", []string{"--confirm", "--wait", "0", "--admin", admin.URL, "--token-file", token}, 0, []string{
			"home: allowed for perfumy.example; it is shared as soon as ", "product: allowed for perfumy.example; it is shared from now on\n",
		}},
		{"a token, and a Falochron that shares the page", []string{"--confirm", "--wait", "0", "--admin", admin.URL, "--token-file", token}, 1, []string{
			"product: withdrawn at perfumy.example; it is not shared until ", "home: allowed for perfumy.example; ", "not proven to be: product\n",
		}},
		{"the word with a token that is wrong", []string{"--confirm", "--admin", admin.URL, "--token-file", os.DevNull}, 1, []string{"a token is needed"}},
		{"the word where a kind is not known", []string{"--confirm", "--wait", "0", "--admin", strings.TrimPrefix(admin.URL, "http://"), "--data", dir}, 1, []string{"this shop has no such kind of page"}},
	} {
		t.Run(q.name, func(t *testing.T) {
			s := &stall{carts: map[string]int{}, token: strings.HasPrefix(q.name, "a token"), limit: q.name == "a limit"}
			shop := httptest.NewServer(s)
			defer shop.Close()
			if strings.HasSuffix(q.name, "is not known") {
				mu.Lock()
				known.Kinds = known.Kinds[1:]
				mu.Unlock()
			}
			var out, errs bytes.Buffer
			code := run(append([]string{"check", "--shop", shop.URL, "--pause", "1ms"}, q.args...), strings.NewReader(""), &out, &errs)
			all := errs.String() + out.String()
			if code != q.code {
				t.Errorf("exit %d, want %d", code, q.code)
			}
			for _, text := range q.has {
				if !strings.Contains(all, text) {
					t.Errorf("%q is missing", text)
				}
			}
			if t.Failed() {
				t.Log(all)
			}
			if q.name == "a token, and a Falochron that shares the page" {
				k := known.Kinds[1]
				if may, why := k.MayShare(time.Now()); may || why != falochron.TwinsDiffer || !k.Confirmed.IsZero() || !strings.HasPrefix(k.Why, "compared by hand: ") {
					t.Errorf("%q %+v", why, k)
				}
			}
			for session, n := range s.carts {
				if n > 0 {
					t.Errorf("%s is left with %d articles", session, n)
				}
			}
		})
	}
}

// A word counts with a comparison of the running Falochron's own: it is told to make one,
// also where the last one was in vain, and waited for.
func TestTheWordIsWaitedFor(t *testing.T) {
	var mu sync.Mutex
	long := time.Now().Add(-time.Hour)
	known := falochron.Sharing{Platform: "opencart", Kinds: []falochron.SharedKind{
		{Name: "home", Forbidden: true}, {Name: "product", Forbidden: true, Checked: long, Why: "nobody with a cart was asked"}, {Name: "category", Forbidden: true},
	}}
	dir, asked := t.TempDir(), 0
	if err := os.WriteFile(filepath.Join(dir, control.TokenFile), []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctl, err := control.New(control.Config{
		Token: "0123456789abcdef", Journal: journal.New(journal.Config{}), Source: oneShop{},
		Snapshot: func(string) (falochron.Snapshot, bool) { return falochron.Snapshot{}, true },
		Sharing: func(string) (falochron.Sharing, bool) {
			mu.Lock()
			defer mu.Unlock()
			return known, true
		},
		SetSharing: func(_ string, s falochron.Sharing) error {
			mu.Lock()
			defer mu.Unlock()
			if known = s; !s.Asked.IsZero() { // compares at once what it is told to
				asked++
				known.Asked, known.Compared, known.Kinds = time.Time{}, time.Now(), slices.Clone(s.Kinds)
				for i := range known.Kinds[:2] {
					known.Kinds[i].Checked, known.Kinds[i].Passed = time.Now(), true
				}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	admin, shop := httptest.NewServer(ctl), httptest.NewServer(&stall{carts: map[string]int{}})
	defer admin.Close()
	defer shop.Close()
	var out, errs bytes.Buffer
	if code := run([]string{"check", "--shop", shop.URL, "--pause", "1ms", "--confirm", "--admin", admin.URL, "--data", dir}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Errorf("exit %d: %s%s", code, &errs, &out)
	}
	for _, kind := range []string{"home", "product"} {
		if want := kind + ": allowed for perfumy.example; it is shared from now on\n"; !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing: %s", want, &out)
		}
	}
	if !strings.Contains(errs.String(), " compares the pages itself, ") || asked != 1 {
		t.Errorf("told %d times to compare: %s", asked, &errs)
	}

	// At the address where people come Falochron itself answers: its own comparison is shown,
	// and what that found is allowed.
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Status", "falochron; hit")
		w.Header().Set("Content-Type", "text/html")
	}))
	defer front.Close()
	for i := range known.Kinds {
		known.Kinds[i].Confirmed = time.Time{}
	}
	args := []string{"check", "--shop", front.URL, "--pause", "1ms"}
	if code := run(args, strings.NewReader(""), io.Discard, io.Discard); code != 2 {
		t.Errorf("without a word: exit %d", code)
	}
	out.Reset()
	if code := run(append(args, "--confirm", "--admin", admin.URL, "--data", dir), strings.NewReader(""), &out, &errs); code != 0 || asked != 2 {
		t.Errorf("exit %d, told %d times to compare: %s%s", code, asked, &errs, &out)
	}
	for _, want := range []string{
		"product   yes               alike: may be shared once you allow it\n", "category  yes               not seen\n",
		"home: allowed for perfumy.example; it is shared from now on\n", "product: allowed for perfumy.example; it is shared from now on\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing: %s", want, &out)
		}
	}
}

// oneShop is all that the operators' interface asks of the edge here.
type oneShop struct{}

func (oneShop) Shops() []string { return []string{"perfumy.example"} }
func (oneShop) Vitals(string) (falochron.Vitals, bool) {
	return falochron.Vitals{}, true
}
