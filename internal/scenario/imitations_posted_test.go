package scenario

import (
	"net/http"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// Questions about Vendure's catalogue are shared among those who bring nothing by which the
// shop may know them: its session's cookie may have been given any name. And without a
// comparison or the owner's word each reaches the shop.
func TestPostedQuestionsOfTheImitation(t *testing.T) {
	p, _ := preset.Named("vendure")
	inMarket(t, "vendure", toyshop.Config{Workers: 16}, func(m *market) {
		m.open(falochron.ModeAuto, p)
		product := m.places.Product
		asked := func(change ...func(*http.Request)) (reached int) {
			since := m.now()
			reader := m.stranger("reader")
			reader.zips = true
			got := reader.ask(product, change...)
			if got.status != http.StatusOK || stockIn(got.body) == nil {
				m.Errorf("%d %.300s", got.status, got.body)
			}
			return m.came(since, func(sighting) bool { return true })
		}
		cookie := func(line string) func(*http.Request) {
			return func(r *http.Request) { r.Header.Set("Cookie", line) }
		}
		asked() // it is made
		for what, change := range map[string]func(*http.Request){
			"a session by another name": cookie("shop_session=eyJ0b2tlbiI6ImEifQ=="),
			"any cookie":                cookie("theme=dark"),
			"a field of the shop's own": func(r *http.Request) { r.Header.Set("My-Channel", "hurt") },
			"a bearer's token":          func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") },
		} {
			if n := asked(change); n != 1 {
				m.Errorf("with %s the shop was asked %d times", what, n)
			}
			if n := asked(); n != 0 {
				m.Errorf("after %s the shop was asked %d times by a stranger", what, n)
			}
		}
		if n := asked(cookie("_ga=GA1.1.5; falo_clean=1")); n != 0 {
			m.Errorf("with cookies of others the shop was asked %d times", n)
		}
		for what, known := range map[string]falochron.SharedKind{
			"without a word":       {Name: "queries", Forbidden: true, Checked: time.Now(), Passed: true},
			"without a comparison": {Name: "queries", Forbidden: true, Confirmed: time.Now()},
		} {
			m.anew(p)
			m.edge.SetSharing("shop", falochron.Sharing{Platform: "vendure", Kinds: []falochron.SharedKind{known}})
			for range 3 {
				if n := asked(); n != 1 {
					m.Errorf("%s the shop was asked %d times", what, n)
				}
			}
		}
		for _, f := range m.problems() {
			m.Error(f)
		}
	})
}
