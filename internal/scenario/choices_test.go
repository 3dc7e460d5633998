package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A choice in a plugin's cookie is kept.
func TestACurrencyChosenIsKept(t *testing.T) {
	story(t, func(w *world) {
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			cur := "PLN"
			if c, err := r.Cookie("wmc_current_currency"); err == nil {
				cur = c.Value
			}
			if q := r.URL.Query().Get("wmc-currency"); q != "" {
				cur = q
				http.SetCookie(w, &http.Cookie{Name: "wmc_current_currency", Value: q, Path: "/"})
			}
			prints(w, "price in %s", cur)
		})
		other := w.visitor("a.example")
		other.see("/produkt/x")
		v := w.visitor("a.example")
		one := v.see("/?wmc-currency=EUR")
		two := v.see("/produkt/x")
		w.Log(one.body, two.body, v.jar)
		if !strings.Contains(two.body, "EUR") {
			w.Errorf("%s %v", two.body, two.header)
		}
	})
}

// Medusa chooses the language by a field.
func TestMedusaSpeaksTheLanguageAskedFor(t *testing.T) {
	story(t, func(w *world) {
		software(w, "medusa", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			lang := r.Header.Get("X-Medusa-Locale")
			if lang == "" {
				lang = "en"
			}
			fmt.Fprintf(w, `{"products":[{"title":"in %s"}]}`, lang)
		})
		ask := func(v *visitor, lang string) reply {
			return v.do("GET", "/store/products?limit=1", func(h http.Header) {
				h.Set("Accept", "application/json")
				h.Set("Sec-Fetch-Mode", "cors")
				h.Set("X-Publishable-Api-Key", "pk_1")
				if lang != "" {
					h.Set("X-Medusa-Locale", lang)
				}
			})
		}
		ask(w.visitor("a.example"), "")
		got := ask(w.visitor("a.example"), "pl-PL")
		if !strings.Contains(got.body, "pl-PL") {
			w.Errorf("%s %v", got.body, got.header["Cache-Status"])
		}
	})
}

// A 304 to a script leaves no page in the browser that answers the next navigation.
func TestA304DoesNotMakeAPageLast(t *testing.T) {
	for _, inside := range []bool{false, true} {
		story(t, func(w *world) {
			software(w, "generic", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=86400")
				if inside {
					w.Header().Set("Cache-Control", "private, max-age=86400")
				}
				w.Header().Set("ETag", `"x"`)
				if r.Header.Get("If-None-Match") != "" {
					w.WriteHeader(304)
					return
				}
				prints(w, "product")
			})
			v := w.visitor("a.example")
			one := v.see("/p")
			two := v.see("/p")
			three := v.do("GET", "/p", func(h http.Header) {
				h.Set("Sec-Fetch-Mode", "no-cors")
				h.Set("Sec-Purpose", "")
				h.Set("Accept", "*/*")
				h.Set("If-None-Match", two.header.Get("ETag"))
			})
			w.Log(one.header["Cache-Control"], two.header["Cache-Control"], three.status, three.header)
			if three.status == 304 && !strings.Contains(three.header.Get("Cache-Control"), "no-cache") {
				w.Errorf("%v", three.header)
			}
		})
	}
}

// no-transform counts on whatever line it stands.
func TestNoTransformInASecondLine(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Cache-Control"] = []string{"public, max-age=60", "no-transform"}
			w.Header().Set("ETag", `"x"`)
			prints(w, "as it is")
		})
		v := w.visitor("a.example")
		for range 3 {
			got := v.do("GET", "/p", navigates, func(h http.Header) { h.Set("Accept-Encoding", "gzip") })
			if got.header.Get("Content-Encoding") != "" || got.header.Get("ETag") != `"x"` {
				w.Errorf("%q %v", got.body, got.header)
			}
		}
	})
}
