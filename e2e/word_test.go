package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
			shop := openShop(t, "--pace", quick, "--workers", fullWorkers, "--as", im.as)
			s := raiseWithEvidence(t, shop, im.as, im.kinds)
			s.startAgain() // nobody is taken over any more
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

			shared, shown := false, []string{}
			for n := range 30 { // the first is whom it is fetched for; on a busy machine it may be too old for the next
				b := s.buyer(t, fmt.Sprintf("stranger-%d", n), "")
				shared = b.arrives(s.url + "/")
				shown = append(shown, b.cached)
				if b.Close(); shared {
					break
				}
			}
			if !shared {
				t.Errorf("the front page is not shared, although the owner has allowed it: %q", shown)
			}
			s.sells(t, im.imitation)
		})
	}
}

// The same by the live page and the keyboard alone: one button allows all that
// passed, one beside it ends all of it, and each is one line of the log. What was
// never compared is left out.
func TestOneWordForAllKinds(t *testing.T) {
	t.Parallel()
	shop := openShop(t, "--pace", quick, "--as", "opencart")
	s := raiseWithEvidence(t, shop, "opencart", []string{"home", "category", "product"})
	axe := LoadAxe(t)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("en")
	tab.Do(chromedp.EmulateViewport(1280, 900))
	tab.signIn(s, "Ola")

	// The states of home, category, product and seo, as drawn; and as they are.
	drawn := func(want string) {
		t.Helper()
		tab.Await(`[].map.call(document.querySelectorAll('#kinds .kind'), function (k) { return k.dataset.state; }).join() === '` + want + `'`)
	}
	words := func() (n int) {
		t.Helper()
		var got struct {
			Sharing falochron.Sharing `json:"sharing"`
		}
		s.ask("GET", "shops/shop/sharing", nil, &got)
		for _, k := range got.Sharing.Kinds {
			if !k.Confirmed.IsZero() {
				n++
			}
		}
		return n
	}
	fromCache := func() bool {
		t.Helper()
		return s.buyer(t, "a stranger", "").arrives(s.url + "/")
	}
	const (
		allow = "Share all of these among visitors who have nothing in the cart, although the shop forbids to store them: " +
			"Front page, Category pages, and Product pages? They are compared every day; for those that differ it ends at once and you are asked again."
		stop = "Stop sharing everything that you allowed: Front page, Category pages, and Product pages? " +
			"Every visitor's page is then made by the shop. What the shop does not forbid goes on being shared."
	)
	drawn("asks,asks,asks,not")
	tab.Picture("sharing-all-asked")
	for _, v := range axe.Check(tab) {
		t.Errorf("asked: %s", v)
	}
	tab.focus("#confirm-all")
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.sure(allow, false)
	if n := words(); n != 0 || fromCache() {
		t.Errorf("after a no, %d kinds are allowed", n)
	}

	tab.focus("#confirm-all")
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.sure(allow, true)
	tab.logged("Ola sharing: Front page, Category pages, Product pages → allowed")
	drawn("shared,shared,shared,not")
	if n := words(); n != 3 {
		t.Errorf("after a yes, %d kinds are allowed", n)
	}
	shared := false
	for range 30 { // the first is what it is fetched for; on a busy machine it may be too old for the next
		if shared = fromCache(); shared {
			break
		}
	}
	if !shared {
		t.Error("all was allowed, and nobody is shown the front page from the cache")
	}
	tab.Picture("sharing-all-allowed")
	for _, v := range axe.Check(tab) {
		t.Errorf("allowed: %s", v)
	}

	// The button that was pressed is gone, and the other has the focus.
	tab.Await(`document.activeElement.id === 'withdraw-all' && document.getElementById('confirm-all').hidden`)
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.sure(stop, true)
	tab.logged("Ola sharing: Front page, Category pages, Product pages → stopped")
	drawn("asks,asks,asks,not")
	tab.Await(`document.activeElement.id === 'confirm-all' && document.getElementById('withdraw-all').hidden`)
	if n := words(); n != 0 || fromCache() {
		t.Errorf("after the end of all, %d kinds are allowed", n)
	}

	// On a phone, in Polish, where the words are longer.
	tab.Phone(320)
	tab.Open(s.admin + "/?lang=pl")
	tab.Await(`document.body.dataset.scene === 'calm'`)
	drawn("asks,asks,asks,not")
	if wide := Eval[int](tab, `document.documentElement.scrollWidth`); wide > 320 {
		t.Errorf("%d px wide on a phone of 320", wide)
	}
	tab.Picture("sharing-all-phone")
	tab.Click("#confirm-all")
	tab.Await(`document.getElementById('sure').open`)
	tab.Picture("sharing-all-sure")
	tab.Click("#sure-yes")
	tab.logged("współdzielenie: Strona główna, Strony kategorii, Strony produktów → dozwolone")
	drawn("shared,shared,shared,not")
}

// raiseWithEvidence starts the edge on a data folder in which a check of these
// kinds is kept that passed an hour ago.
func raiseWithEvidence(t *testing.T, shop *shopOf, platform string, kinds []string) *stage {
	t.Helper()
	s := &stage{t: t, data: t.TempDir(), args: []string{"--origin", shop.url}, shops: []*shopOf{shop}}
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
	s.start()
	return s
}
