package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/state"
)

// Shops that forbid to store any page, and what the owner's word changes: the
// kinds that were found alike.
var forbidding = []struct {
	imitation
	kinds []string
}{
	{imitation{as: "opencart", shared: true, own: true}, []string{"home", "category", "product"}},
	{imitation{as: "prestashop", shared: true, own: true, plain: toOrder}, []string{"page"}},
	// Its front page only: a product's page has a form that takes the token of one
	// session.
	{imitation{as: "zencart", own: true, plain: toOrder}, []string{"index"}},
}

// The edge has compared the pages, some time before it was started again. The
// owner looks at the evidence and allows it, by one command; from then on
// strangers share what the shop forbids to store, and everybody buys as before.
func TestTheOwnersWord(t *testing.T) {
	t.Parallel()
	for _, im := range forbidding {
		t.Run(im.as, func(t *testing.T) {
			t.Parallel()
			shop := openShop(t, "--pace", quick, "--as", im.as)
			s := raiseWithEvidence(t, shop, im.as, im.kinds)
			first := s.buyer(t, "first", "")
			for range 2 {
				if first.arrives(s.url + "/") {
					t.Errorf("before the owner has said anything, the front page comes from the cache: %s", first.cached)
				}
				first.sees(`!!document.getElementById('cart-link')`)
			}

			word := Start(t, "check", "--shop", shop.url, "--pause", "1ms", "--confirm", "--admin", strings.TrimSuffix(s.admin, "/"), "--data", s.data)
			for _, kind := range im.kinds {
				word.Await(kind + ": allowed for shop; it is shared from now on")
			}

			second, third := s.buyer(t, "second", ""), s.buyer(t, "third", "")
			second.arrives(s.url + "/") // it is fetched for all
			if !third.arrives(s.url + "/") {
				t.Errorf("the front page is not shared, although the owner has allowed it: %s; before: %s", third.cached, second.cached)
			}
			s.sells(t, im.imitation)
		})
	}
}

// raiseWithEvidence starts the edge on a data folder in which a check of these
// kinds is kept that passed an hour ago.
func raiseWithEvidence(t *testing.T, shop *shopOf, platform string, kinds []string) *stage {
	t.Helper()
	s := &stage{t: t, data: t.TempDir(), shops: []*shopOf{shop}}
	store, err := state.Open(s.data)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Shop("shop")
	if err != nil {
		t.Fatal(err)
	}
	known := falochron.Sharing{Platform: platform}
	for _, kind := range kinds {
		known.Kinds = append(known.Kinds, falochron.SharedKind{Name: kind, Forbidden: true, Checked: time.Now().Add(-time.Hour), Passed: true})
	}
	if err := kept.SaveSharing(known); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	s.edge = Start(t, "run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", s.data, "--origin", shop.url)
	s.url = addresses.FindString(s.edge.Await("falochron listening"))
	s.admin = addresses.FindString(s.edge.Await("live page"))
	token, err := os.ReadFile(filepath.Join(s.data, "admin-token"))
	if err != nil {
		t.Fatal(err)
	}
	s.token = strings.TrimSpace(string(token))
	return s
}
