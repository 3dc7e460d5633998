package twins

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/falochron/falochron"
)

// What scripts get at the address of a page is compared, too, asked for as a script asks.
func TestPagesAsData(t *testing.T) {
	for name, c := range map[string]struct {
		data   func(visitor int) string // the answer to a script
		passed bool
		why    string
	}{
		"alike":                {func(int) string { return `{"product":"lipstick"}` }, true, "what two strangers get is the same"},
		"to each another name": {func(n int) string { return fmt.Sprintf(`{"product":"lipstick","welcome":"Ola number %d"}`, n) }, false, "not answered alike (answer at welcome)"},
		"none":                 {func(int) string { return "" }, false, "no page of this kind was compared"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				visitors, asked := 0, []string{}
				shop, _ := url.Parse("https://shop.example")
				report, err := Check(t.Context(), Config{Shop: shop, Preset: classifier(t, "evershop"), Fetch: func(_ context.Context, r *http.Request) (*http.Response, error) {
					w := httptest.NewRecorder()
					switch byScript := r.Header.Get("X-Requested-With") == "XMLHttpRequest"; {
					case byScript != (r.URL.Query().Get("ajax") == "true"):
						t.Errorf("%s is asked for by a script: %v", r.URL, byScript)
					case byScript:
						visitors++
						asked = append(asked, r.URL.RequestURI())
						said := c.data(visitors)
						if said == "" {
							w.WriteHeader(http.StatusNotFound)
						}
						w.Header().Set("Content-Type", "application/json")
						_, _ = w.WriteString(said)
					default:
						w.Header().Set("Content-Type", "text/html")
						_, _ = w.WriteString(`<html id="root"><a href="/lips?sort=new">lips</a><script>var eContext = {}</script></html>`)
					}
					return w.Result(), nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(report.Kinds, func(k falochron.SharedKind) bool { return k.Name == "page-data" })
				if k := report.Kinds[i]; k.Passed != c.passed || !strings.Contains(k.Why, c.why) {
					t.Errorf("%+v", k)
				}
				if !slices.Contains(asked, "/lips?sort=new&ajax=true") {
					t.Errorf("asked as a script: %q", asked)
				}
			})
		})
	}
}
