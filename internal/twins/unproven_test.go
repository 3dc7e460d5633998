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

	"github.com/falochron/falochron"
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
		"by a language not its own": {func(r *http.Request) string { return mark(r, "Accept-Language", "en", "<b>in English</b>") }, false},
		"by another's cookie":       {func(r *http.Request) string { return mark(r, "Cookie", "CookieConsent", "<b>you have agreed</b>") }, false},
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

// checked is what a check finds of the pages of a shop that nobody has described.
func checked(t *testing.T, shop http.HandlerFunc) (k falochron.SharedKind) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := preset.Named(preset.GenericName)
		classify, err := preset.New(p, preset.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		at, _ := url.Parse("https://shop.example")
		report, err := Check(t.Context(), Config{Shop: at, Preset: classify, Fetch: func(_ context.Context, r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			if r.Body == nil {
				r.Body = http.NoBody
			}
			shop(w, r)
			return w.Result(), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		k = report.Kinds[0]
	})
	return k
}

// What a shop of which nothing is known shows to somebody with a cart is a part of the
// proof. Where nothing could be put into one, nothing is proven.
func TestWithoutACartNothingUnknownIsProven(t *testing.T) {
	k := checked(t, func(w http.ResponseWriter, r *http.Request) {
		made := httptest.NewRecorder()
		smallShop(made, r, "")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, strings.ReplaceAll(made.Body.String(), "<form", "<div")) // its script sends it
	})
	if k.Checked.IsZero() || k.Passed || k.Harm {
		t.Errorf("%+v", k)
	}
	if may, _ := k.MayShare(k.Checked); may {
		t.Error("is shared")
	}
}

// Where a page leads to may hang on who asks, too.
func TestAPageThatLeadsOnByLanguageIsNotAlike(t *testing.T) {
	k := checked(t, func(w http.ResponseWriter, r *http.Request) {
		for _, language := range []string{"pl", "en", "de", "uk", "cs"} {
			if strings.HasPrefix(r.Header.Get("Accept-Language"), language) && !strings.HasSuffix(r.URL.Path, "-"+language) && strings.HasPrefix(r.URL.Path, "/produkt/") {
				http.Redirect(w, r, r.URL.Path+"-"+language, http.StatusFound)
				return
			}
		}
		smallShop(w, r, r.URL.Path)
	})
	if k.Passed || k.Checked.IsZero() {
		t.Errorf("%+v", k)
	}
}

// In Polish whatever one adds begins with the same word. The check presses none of it
// but the cart's.
func TestOnlyTheCartsFormIsPressed(t *testing.T) {
	others := []string{"/opinia/dodaj", "/dodaj-pytanie", "/porownaj/dodaj", "/ulubione/dodaj", "/dodaj-do-schowka", "/lista-zyczen/dodaj", "/dodaj/komentarz"}
	forms := ""
	for _, at := range others {
		forms += `<form method="post" action="` + at + `"><input type="hidden" name="product_id" value="1"><textarea name="text"></textarea><button>Dodaj</button></form>`
	}
	forms += `<form method="post" action="/zapisz"><input type="hidden" name="product_id" value="1"><button>Dodaj opinię</button></form>` +
		`<form method="post" action="/zapisz"><input type="hidden" name="product_id" value="1"><button>Dodaj do porównania</button></form>`
	added := false
	k := checked(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !strings.HasPrefix(r.URL.Path, "/koszyk/") {
			t.Errorf("%s was pressed", r.URL.Path)
		}
		added = added || r.URL.Path == "/koszyk/dodaj"
		made := httptest.NewRecorder()
		smallShop(made, r, "")
		for name, values := range made.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(made.Code)
		_, _ = io.WriteString(w, strings.Replace(made.Body.String(), "<body>", "<body>"+forms, 1))
	})
	if !added || !k.Passed {
		t.Errorf("added %v: %+v", added, k)
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
