package scenario

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// forbidding has the shop say of some of its pages that nobody may store them, as a
// plugin of it may.
func (m *market) forbidding(which func(path string) bool) {
	given := m.shop.handler
	m.shop.handler = func(w http.ResponseWriter, r *http.Request) {
		if !which(r.URL.Path) {
			given(w, r)
			return
		}
		given(&saying{w, "no-store, no-cache, must-revalidate, max-age=0"}, r)
	}
}

// saying puts its own word about caching into an answer.
type saying struct {
	http.ResponseWriter
	said string
}

// WriteHeader says it.
func (s *saying) WriteHeader(code int) {
	s.Header().Set("Cache-Control", s.said)
	s.ResponseWriter.WriteHeader(code)
}

// What the shop forbids by its answers is shared once that is proven and allowed,
// though its preset does not say that it forbids anything; and what does not forbid it
// is shared in any case but that something in it was made for one visitor.
func TestWhatTheShopForbidsItself(t *testing.T) {
	p, ok := preset.Named("woocommerce")
	if !ok {
		t.Fatal("no preset")
	}
	inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
		m.forbidding(func(path string) bool { return strings.HasPrefix(path, "/produkt/") })
		m.open(falochron.ModeAuto, p)
		now := time.Now()
		good := falochron.SharedKind{Name: "page", Forbidden: true, Seen: true, Checked: now, Passed: true, Confirmed: now}
		for _, q := range []struct {
			name            string
			known           falochron.SharedKind
			product, others bool // shared
		}{
			{"nothing is known", falochron.SharedKind{Name: "page"}, false, true},
			{"compared when it forbade nothing", falochron.SharedKind{Name: "page", Checked: now, Passed: true, Confirmed: now}, false, true},
			{"proven and allowed", good, true, true},
			{"not allowed", changed(good, func(k *falochron.SharedKind) { k.Confirmed = time.Time{} }), false, true},
			{"not proven", changed(good, func(k *falochron.SharedKind) { k.Passed = false }), false, true},
			{"proven long ago", changed(good, func(k *falochron.SharedKind) { k.Checked = now.Add(-2 * falochron.SharingProofLife) }), false, true},
			{"made for one visitor", changed(good, func(k *falochron.SharedKind) { k.Harm, k.Passed = true, false }), false, false},
		} {
			m.anew(p)
			m.edge.SetSharing("shop", falochron.Sharing{Platform: p.Name, Kinds: []falochron.SharedKind{q.known}})
			for _, look := range []struct {
				call   toyshop.Call
				shared bool
			}{{m.places.Product, q.product}, {m.places.Category, q.others}} {
				want, _, _ := strings.Cut(m.stranger("address").request(look.call).URL.RequestURI(), "?")
				since, said := m.now(), ""
				for range strangers {
					v := m.stranger("stranger")
					v.zips = true // an encoding is a form of its own
					said = v.ask(v.click(look.call)).header.Get("Cache-Status")
				}
				n := m.came(since, func(s sighting) bool { return strings.HasPrefix(s.target, want) })
				if look.shared && n != 1 || !look.shared && n < strangers {
					t.Errorf("%s: the shop made %s %d times for %d people: %s", q.name, look.call.Name, n, strangers, said)
				}
			}
		}
		for _, f := range m.problems() {
			t.Error(f)
		}
	})
}

func changed(k falochron.SharedKind, change func(*falochron.SharedKind)) falochron.SharedKind {
	change(&k)
	return k
}
