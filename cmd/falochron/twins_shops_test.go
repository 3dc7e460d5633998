package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
	"github.com/falochron/falochron/internal/twins"
)

// An imitated is a toy shop in the guise of another, with its books: what lies in
// anybody's cart is read from its database, not from what it says.
type imitated struct {
	*httptest.Server
	books *sql.DB

	mu   sync.Mutex // guards what follows
	most int        // pieces that lay in carts at once
	came int        // requests
}

// visits counts the requests that came.
func (m *imitated) visits(t *testing.T) int {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.came
}

func imitate(t *testing.T, cfg toyshop.Config) *imitated {
	t.Helper()
	cfg.Data, cfg.Pace = t.TempDir(), 0.001
	shop, err := toyshop.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := &imitated{}
	if m.books, err = sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(cfg.Data, "toyshop.db")}).EscapedPath()+"?mode=ro"); err != nil {
		t.Fatal(err)
	}
	front := shop.Handler()
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		front.ServeHTTP(w, r)
		m.mu.Lock()
		m.came++
		m.mu.Unlock()
		if r.Method == http.MethodGet {
			return
		}
		n := m.pieces(t)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.most = max(m.most, n)
	}))
	t.Cleanup(func() {
		m.Close()
		_ = m.books.Close()
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// pieces counts what lies in all carts of the shop.
func (m *imitated) pieces(t *testing.T) (n int) {
	if err := m.books.QueryRow(`SELECT coalesce(sum(qty), 0) FROM cart_line`).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// check runs the command as a shop's owner does.
func (m *imitated) check(args ...string) (code int, said string) {
	var out, errs bytes.Buffer
	code = run(append([]string{"check", "--shop", m.URL, "--pause", "1us"}, args...), strings.NewReader(""), &out, &errs)
	return code, errs.String() + out.String()
}

// medusaKey is what the imitation's storefront sends.
func medusaKey(t *testing.T) string {
	t.Helper()
	p, err := toyshop.Paths("medusa")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Product.Fields {
		if strings.EqualFold(f.Name, "x-publishable-api-key") {
			return f.Value
		}
	}
	t.Fatal("no key")
	return ""
}

// wentWell is what the command says of a cart that came and went, and unneeded what it says where nothing is shared by kind.
const (
	wentWell = "something was put into the cart; the cart was emptied afterwards\n"
	unneeded = "Nothing has to be compared or allowed.\n"
)

// What the check finds at each imitation: which kinds are alike, what the cart did
// to its pages, and that its books show a cart that was filled and emptied again.
func TestCheckEveryImitation(t *testing.T) {
	for as, q := range imitationsFound(t) {
		t.Run(as, func(t *testing.T) {
			m := imitate(t, toyshop.Config{As: as})
			code, said := m.check(q.args...)
			if code != q.code {
				t.Errorf("exit %d, want %d", code, q.code)
			}
			for _, text := range q.says {
				if !strings.Contains(said, text) {
					t.Errorf("it does not say %q", text)
				}
			}
			if strings.Contains(said, "may not differ") || strings.Contains(said, "note: ") {
				t.Error("something is wrong with a shop that does nothing wrong")
			}
			if left := m.pieces(t); m.most != q.filled || left != q.left {
				t.Errorf("the books show %d pieces in carts at most, and %d afterwards, want %d and %d", m.most, left, q.filled, q.left)
			}
			if t.Failed() {
				t.Log(said)
			}
		})
	}
}

type found struct {
	args   []string
	code   int
	says   []string
	filled int // pieces in carts, at most
	left   int // afterwards
}

func imitationsFound(t *testing.T) map[string]found {
	ask := func(alike string) string { return alike + "alike: may be shared once you allow it\n" }
	inPage := "the cart is shown in the page, so whoever has one gets a page of his own\n"
	return map[string]found{
		"drupalcommerce": {says: []string{"runs Drupal Commerce", "what it calls public is shared", unneeded}},
		"evershop": {args: []string{"--page", "/page/dostawa"}, filled: 1, says: []string{
			"as the shop's script does: POST /api/cart/mine/items\n", "as the shop's script does: DELETE /api/cart/",
			"page       no                alike: is shared\n", "cart in script at cart, on /product/", "page: /\n", "page: /category/", "page: /page/dostawa\n", inPage, wentWell,
		}},
		"hydrogen": {says: []string{"runs Shopify Hydrogen", "what it calls public is shared", unneeded}},
		"magento2": {filled: 1, says: []string{ask("page  yes               "), "what two strangers get is the same\n", wentWell}},
		"medusa": {args: []string{"--key", medusaKey(t)}, filled: 1, says: []string{
			"publishable key, by GET", "products   no                alike: is shared\n", "catalogue  no                alike: is shared\n",
			"products: /store/products/prod_101\n", "with a cart in the address it is the same, and such a request is never shared\n", wentWell,
		}},
		"opencart": {filled: 1, says: []string{
			ask("home      yes               "), ask("category  yes               "), ask("product   yes               "), "seo       yes               not seen\n",
			"cart in div#mini-cart, on /\n", "since its token is another visitor's", "choice in div.content, on /index.php?route=product/product", inPage, wentWell,
		}},
		"openmage":   {filled: 1, says: []string{ask("page  yes               "), "cart in div#mini-cart, on /\n", inPage, wentWell}},
		"prestashop": {filled: 1, says: []string{ask("page  yes               "), "cart in script at products_count, on ", "choice in article.product-miniature, on /", inPage, wentWell}},
		"saleor":     {says: []string{"runs Saleor", "by POST only", unneeded}},
		"shopware6": {filled: 1, says: []string{
			ask("page       yes               "), ask("fragments  yes               "), "cart in div#mini-cart, on /", inPage, wentWell,
		}},
		"sylius": {filled: 1, says: []string{ask("home   yes               "), ask("taxon  yes               "), "cart in div#mini-cart, on /pl_PL/", inPage, wentWell}},
		"vendure": {filled: 1, says: []string{
			"runs Vendure (proven), by body has ", "its answers say no-store", ask("queries  yes               "), "queries: /shop-api?query=%7Bproduct(slug:", wentWell,
		}},
		"woocommerce": {filled: 1, says: []string{
			"page        no                alike: is shared\n", "fragments   yes               alike: is shared, since it is the cart of whoever has none\n", "products    no                alike: is shared\n",
			"block-cart  no                alike: is shared\n",
			"attribute id of select, on ", inPage, wentWell,
		}},
		"zencart": {filled: 1, says: []string{ask("index  yes               "), "choice in div.centerBoxContentsFeatured, on /", "choice in div#whatsnewContent, on /", "cart in div#mini-cart, on /", inPage, wentWell}},
	}
}

// A shop that writes another address into its pages than it is asked at, as it listens
// behind this very program, is looked at under that, where it listens.
func TestCheckAShopByItsOwnName(t *testing.T) {
	for _, as := range []string{"opencart", "prestashop", "woocommerce", "zencart"} {
		t.Run(as, func(t *testing.T) {
			m := imitate(t, toyshop.Config{As: as, PublicURL: "http://shop.example"})
			code, said := m.check()
			if code != 0 {
				t.Errorf("exit %d", code)
			}
			for _, text := range imitationsFound(t)[as].says {
				if !strings.Contains(said, text) {
					t.Errorf("it does not say %q", text)
				}
			}
			if !strings.Contains(said, "the shop knows itself as shop.example\n") {
				t.Error("it does not say by which name")
			}
			if left := m.pieces(t); m.most != 1 || left != 0 {
				t.Errorf("the books show %d pieces in carts at most, and %d afterwards", m.most, left)
			}
			if t.Failed() {
				t.Log(said)
			}
		})
	}
}

// Every imitation is in the table.
func TestEveryImitationIsChecked(t *testing.T) {
	all := imitationsFound(t)
	for _, as := range toyshop.Guises() {
		if _, ok := all[as]; !ok {
			t.Errorf("%s is not checked", as)
		}
	}
	if len(all) != len(toyshop.Guises()) {
		t.Errorf("%d imitations, %d checked", len(toyshop.Guises()), len(all))
	}
}

// An interface without its key is known and described, and is not compared.
func TestCheckMedusaWithoutAKey(t *testing.T) {
	m := imitate(t, toyshop.Config{As: "medusa"})
	code, said := m.check()
	if code != 1 || !strings.Contains(said, "runs Medusa (proven)") || !strings.Contains(said, "what the storefront reads with its publishable key") ||
		!strings.Contains(said, "hint: say --key") || m.most != 0 {
		t.Errorf("exit %d, %d pieces: %s", code, m.most, said)
	}
	if code, said = m.check("--key", "pk_wrong"); code != 1 || !strings.Contains(said, "no page was found that could be compared: /store/") || m.most != 0 {
		t.Errorf("exit %d, %d pieces: %s", code, m.most, said)
	}
}

// A shop whose page cache mixes its visitors up is caught, wherever its pages show a
// cart and are shared by kind, and it is said that it is a cart, and where.
func TestCheckFindsMixedCarts(t *testing.T) {
	pages := map[string]string{
		"evershop": "script at cart", "opencart": "a#cart-link", "openmage": "a#cart-link", "prestashop": "script at products", "shopware6": "a#cart-link",
		"sylius": "a#cart-link", "woocommerce": "a#cart-link", "zencart": "a#cart-link",
	}
	for as, where := range pages {
		t.Run(as, func(t *testing.T) {
			m := imitate(t, toyshop.Config{As: as, MixCarts: true})
			code, said := m.check()
			if code != 1 || !strings.Contains(said, "a stranger is shown a cart, which is somebody else's (cart in "+where) || !strings.Contains(said, "  may not differ: cart in "+where+", on /") {
				t.Errorf("exit %d: %s", code, said)
			}
			if left := m.pieces(t); left != 0 {
				t.Errorf("%d pieces are left", left)
			}
		})
	}
	for _, as := range []string{"magento2", "medusa"} { // what is shared of them holds no cart, so nothing can be mixed up
		m := imitate(t, toyshop.Config{As: as, MixCarts: true})
		if code, said := m.check("--key", medusaKey(t)); code != 0 || m.most != 1 {
			t.Errorf("%s: exit %d: %s", as, code, said)
		}
	}
}

// A shop that believes whoever says under which address he asks is caught; its pages
// are alike all the same.
func TestCheckFindsGullibleShops(t *testing.T) {
	for _, as := range []string{"evershop", "magento2", "opencart", "openmage", "prestashop", "shopware6", "sylius", "woocommerce", "zencart"} {
		t.Run(as, func(t *testing.T) {
			m := imitate(t, toyshop.Config{As: as, Gullible: true})
			code, said := m.check()
			if code != 0 || !strings.Contains(said, "note: the shop believes whoever sends X-Forwarded-Host or X-Host. ") ||
				!strings.Contains(said, "note: the shop believes whoever sends X-Original-Url or X-Rewrite-Url. ") || !strings.Contains(said, "alike: ") {
				t.Errorf("exit %d: %s", code, said)
			}
			if left := m.pieces(t); m.most != 1 || left != 0 {
				t.Errorf("%d pieces at most, %d are left", m.most, left)
			}
		})
	}
}

// Every rule by which a cart is filled, looked at and emptied is missed by a check
// when it is taken away; those that no imitation has a use for are missed by what is
// written down about the platform, in the tests of its preset.
func TestEveryCartRuleIsFelt(t *testing.T) {
	unfelt := map[string][]string{
		"its forms say all of it":              {"opencart field ", "opencart to ", "prestashop with ", "woocommerce way by "},
		"a link leads there":                   {"opencart page ", "zencart page "},
		"the imitation always tells the truth": {"evershop proof ", "medusa proof ", "woocommerce proof ", "magento2 proof ", "vendure proof "},
		"its cart's page has a way out, too":   {"woocommerce read ", "woocommerce remove by "},
		"the imitation's front page has links": {"evershop find by ", "evershop look at "},
		"the imitation does not look at it":    {"medusa parameter "},
	}
	used := map[string]bool{}
	without := func(rule string) bool {
		for _, begins := range slices.Concat(values(unfelt)...) {
			if strings.HasPrefix(rule, begins) {
				used[begins] = true
				return true
			}
		}
		return false
	}
	for _, p := range preset.Platforms() {
		with := ""
		for _, rule := range p.Rules() {
			name, ok := strings.CutPrefix(rule, "ask: cart ")
			if !ok || without(p.Name+" "+name) {
				continue
			}
			t.Run(p.Name+" "+name, func(t *testing.T) {
				if with == "" {
					with = looked(t, p)
				}
				if with == looked(t, p.Without(rule)) {
					t.Errorf("nobody misses it: %s", with)
				}
			})
		}
	}
	for _, begins := range slices.Concat(values(unfelt)...) {
		if !used[begins] {
			t.Errorf("%q is no rule any more", begins)
		}
	}
}

func values(m map[string][]string) (all [][]string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// looked checks the imitation of a platform with what p knows of it, and sums up what
// was found and what the books say.
func looked(t *testing.T, p *preset.Platform) string {
	t.Helper()
	m := imitate(t, toyshop.Config{As: p.Name})
	shop, err := url.Parse(m.URL)
	if err != nil {
		t.Fatal(err)
	}
	known, err := preset.New(p, preset.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := shopTransport()
	if err != nil {
		t.Fatal(err)
	}
	defer tr.CloseIdleConnections()
	r, err := twins.Check(context.Background(), twins.Config{Shop: shop, Fetch: fetchFrom(tr, shop), Preset: known, Pause: time.Microsecond, Key: medusaKey(t)})
	said := fmt.Sprint(r.Cart, err, " ", m.most, m.pieces(t))
	for _, k := range r.Kinds {
		said += fmt.Sprint("; ", k.Name, " ", k.Passed, " ", k.Why)
	}
	return said
}
