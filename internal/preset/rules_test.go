package preset

import (
	"net/http"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestRules(t *testing.T) {
	c, err := New(nil, Rules{
		Callback: []string{"/bramka/*/wynik", "/bramki.php"},
		Return:   []string{"/po-zakupie"},
		Order:    []string{"/sukces/*"},
		Cart:     []string{"/Wózek", "/wozek/**"},
		Checkout: []string{"/finał"},
		Static:   []string{"/pliki/**"},
		Page:     []string{"/dostawa", "/koszyk/o-nas"},
		Admin:    []string{"/tajne/**"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ method, path, want string }{
		{"POST", "/bramka/7/wynik", "callback"},
		{"POST", "/bramka/7/8/wynik", "cart"},
		{"POST", "/bramka/wynik", "cart"},
		{"POST", "/bramka/7/wynik/", "callback"},
		{"POST", "/bramka/7/wynik;x", "cart"},
		{"GET", "/po-zakupie", "callback"},
		{"POST", "/po-zakupie", "callback"},
		{"PUT", "/po-zakupie", "cart"},
		{"GET", "/sukces/5", "callback"},
		{"GET", "/w%C3%B3zek", "cart"},
		{"GET", "/wozek/a/b/x.css", "cart"},
		{"GET", "/wozek%2fx.css", "cart"},
		{"GET", "/FINA%C5%81", "checkout"},
		{"GET", "/pliki/a", "static"},
		{"POST", "/pliki/a", "cart"},
		{"GET", "/pliki/..%2fkonto", "cart"},
		{"GET", "/pliki/../x", "page"},
		{"GET", "/dostawa", "page"},
		{"POST", "/dostawa", "checkout"},
		{"GET", "/koszyk/o-nas", "page"},
		{"GET", "/koszyk", "cart"},
		{"GET", "/tajne", "admin"},
		{"GET", "/tajne//x", "admin"},
		{"GET", "//tajne//x", "cart"},
		{"GET", "/tajne/..%2fprodukt", "cart"},
		{"GET", "/tajne/x;y", "cart"},
		{"POST", "//bramka/7/wynik", "callback"},
		{"POST", "/bramki.php", "callback"},
		{"POST", "/sukces/5", "cart"},
	} {
		if got := c.Classify(x.method, x.path, "", nil); got.String() != x.want {
			t.Errorf("%s %s: %s, want %s", x.method, x.path, got, x.want)
		}
	}
	for path, want := range map[string]bool{"/sukces/5": true, "/sukces": false, "/thank-you": false, "/x/..%2fsukces/5": false} {
		if got := c.IsOrderPage("GET", path, "", 200); got != want {
			t.Errorf("order page %s: %v", path, got)
		}
	}
	for _, x := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/po-zakupie", true},
		{"HEAD", "/po-zakupie", true},
		{"POST", "/po-zakupie", true},
		{"PUT", "/po-zakupie", false},
		{"OPTIONS", "/po-zakupie", false},
		{"GET", "/sukces/5", true},
		{"POST", "/sukces/5", false},
		{"GET", "/bramka/7/wynik", false}, // the owner says it is the bank's server
	} {
		if got := c.IsReturn(x.method, x.path, ""); got != x.want {
			t.Errorf("return %s %s: %v", x.method, x.path, got)
		}
	}
	bank := Request{Method: "POST", Path: "/sukces/5", Header: fromBank}
	if !c.Return(bank) || !c.OrderPage(bank, 200) || c.Class(bank) != falochron.ClassCallback {
		t.Error("a bank's form to the owner's order page is no return")
	}
}

// A query does not lead past what the owner freed.
func TestRulesAndQueries(t *testing.T) {
	c, err := New(nil, Rules{
		Callback: []string{"/bramki.php", "/bramka"}, Return: []string{"/po-zakupie"}, Order: []string{"/sukces"},
		Admin: []string{"/tajne/**"}, Integration: []string{"/erp/**"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ method, path, query, want string }{
		{"POST", "/bramki.php", "module=moja&route=x", "callback"},
		{"POST", "/bramki.php", "add-to-cart=5", "cart"},
		{"POST", "/bramka", "route=checkout/confirm", "cart"},
		{"POST", "/bramka", "nr=5&status=ok", "callback"},
		{"GET", "/po-zakupie", "nr=5", "callback"},
		{"GET", "/po-zakupie", "controller=product&id_product=5", "page"},
		{"GET", "/po-zakupie", "add-to-cart=5", "cart"},
		{"GET", "/sukces", "main_page=product_info", "page"},
		{"GET", "/tajne/index.php", "route=sale/order", "admin"},
		{"GET", "/tajne/lista", "route=sale/order", "admin"},
		{"GET", "/tajne", "wc-ajax=checkout", "cart"},
		{"GET", "/erp/stany", "sku=5", "integration"},
		{"GET", "/erp/stany", "rest_route=/wc/store/v1/products", "cart"},
	} {
		if got := c.Classify(x.method, x.path, x.query, nil); got.String() != x.want {
			t.Errorf("%s %s?%s: %s, want %s", x.method, x.path, x.query, got, x.want)
		}
	}
	if c.OrderPage(Request{Method: "GET", Path: "/sukces", Header: http.Header{"X-Http-Method-Override": {"DELETE"}}}, 200) {
		t.Error("a DELETE is an order page")
	}
	if c.IsOrderPage("GET", "/sukces", "main_page=product_info", 200) || !c.IsOrderPage("GET", "/sukces", "nr=5", 200) {
		t.Error("order page")
	}
}

func TestBadPatterns(t *testing.T) {
	for pattern, says := range map[string]string{
		"koszyk":      "does not begin with a slash",
		"":            "does not begin with a slash",
		"/a/**/b":     "has something after **",
		"/a/kosz*":    "has a star inside a segment",
		"/a//b":       "has an empty segment",
		"/a/../b":     "has no single meaning",
		"/a;b":        "has no single meaning",
		"/a%2fb":      "has no single meaning",
		"/koszyk?x=1": "has no single meaning",
	} {
		_, err := New(nil, Rules{Page: []string{"/ok", pattern}})
		if falochron.KindOf(err) != falochron.Invalid || err == nil || !strings.Contains(err.Error(), says) || falochron.HintOf(err) == "" {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("/a/*/b/**", "/a/x/b/c")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		c, err := New(nil, Rules{Static: []string{pattern}, Order: []string{pattern}})
		if err != nil {
			return
		}
		if got := c.Classify("POST", path, "", nil); got == falochron.ClassStatic {
			t.Fatalf("POST %s is a file by %s", path, pattern)
		}
		c.IsOrderPage("GET", path, "", 200)
	})
}
