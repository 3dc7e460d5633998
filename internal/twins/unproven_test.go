package twins

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/falochron/falochron/internal/preset"
)

// Of a shop that nobody has described it is not known what it heeds: the strangers are as
// unlike as those who would share its pages.
func TestStrangersAreUnlikeWhereNothingIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		shows  func(r *http.Request) string // more of every page
		passed bool
	}{
		"alike":                     {func(*http.Request) string { return "" }, true},
		"by telephone and computer": {func(r *http.Request) string { return mark(r, "User-Agent", "Mobile", "<b>small</b>") }, false},
		"by language":               {func(r *http.Request) string { return mark(r, "Accept-Language", "pl", "<b>po polsku</b>") }, false},
		"another one for our cache": {func(r *http.Request) string { return mark(r, "User-Agent", "Mozilla", "<b>welcome</b>") }, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, _ := preset.Named(preset.GenericName)
			classify, err := preset.New(p, preset.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			shop, _ := url.Parse("https://shop.example")
			report, err := Check(t.Context(), Config{Shop: shop, Preset: classify, Fetch: func(_ context.Context, r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				smallShop(w, r, c.shows(r))
				return w.Result(), nil
			}})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if k := report.Kinds[0]; k.Passed != c.passed || !k.Unproven || k.Checked.IsZero() {
				t.Errorf("%s: %+v", name, k)
			}
		})
	}
}

func mark(r *http.Request, field, has, then string) string {
	if strings.Contains(r.Header.Get(field), has) {
		return then
	}
	return ""
}

// smallShop has a few articles, and a cart for whoever puts something into it.
func smallShop(w http.ResponseWriter, r *http.Request, more string) {
	cart := 0
	if c, err := r.Cookie("cart"); err == nil && c.Value != "0" {
		cart = 1
	}
	w.Header().Set("Content-Type", "text/html")
	if r.Body == nil {
		r.Body = http.NoBody
	}
	switch r.URL.Path {
	case "/koszyk/dodaj", "/koszyk/usun":
		value := "1"
		if r.URL.Path == "/koszyk/usun" {
			value = "0"
		}
		http.SetCookie(w, &http.Cookie{Name: "cart", Value: value, Path: "/"})
		http.Redirect(w, r, "/koszyk", http.StatusSeeOther)
		return
	}
	_, _ = io.WriteString(w, `<html><head><title>shop</title></head><body><a href="/koszyk">Koszyk</a> `)
	if cart > 0 {
		_, _ = io.WriteString(w, `<div class="cart">1 w koszyku <form method="post" action="/koszyk/usun"><button>Usuń</button></form></div>`)
	}
	for i := range 4 {
		fmt.Fprintf(w, `<a href="/produkt/p%d"><img src="/p%d.png" alt=""></a>`, i, i)
	}
	if strings.HasPrefix(r.URL.Path, "/produkt/") {
		_, _ = io.WriteString(w, `<form method="post" action="/koszyk/dodaj"><input name="product" value="p1"><button>Dodaj do koszyka</button></form>`)
	}
	_, _ = io.WriteString(w, more+"</body></html>")
}
