package preset

import (
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestRules(t *testing.T) {
	c, err := New(Rules{
		Callback: []string{"/bramka/*/wynik"},
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
		{"POST", "/po-zakupie", "cart"},
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
		{"GET", "//tajne//x", "admin"},
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
	if !c.IsReturn("GET", "/po-zakupie", "") || c.IsReturn("POST", "/po-zakupie", "") {
		t.Error("return page")
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
		_, err := New(Rules{Page: []string{"/ok", pattern}})
		if falochron.KindOf(err) != falochron.Invalid || err == nil || !strings.Contains(err.Error(), says) || falochron.HintOf(err) == "" {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("/a/*/b/**", "/a/x/b/c")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		c, err := New(Rules{Static: []string{pattern}, Order: []string{pattern}})
		if err != nil {
			return
		}
		if got := c.Classify("POST", path, "", nil); got == falochron.ClassStatic {
			t.Fatalf("POST %s is a file by %s", path, pattern)
		}
		c.IsOrderPage("GET", path, "", 200)
	})
}
