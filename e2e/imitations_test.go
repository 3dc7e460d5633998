package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An imitation is a shop software as people meet it behind the edge.
type imitation struct {
	as string
	// shared: strangers are shown the product's page from the cache, although nobody
	// has set or allowed anything.
	shared bool
	// own: every page shows a visitor's own cart and name. Elsewhere scripts ask for
	// them, or nothing but the cart and the account does.
	own bool
	// bare: there is nothing to fetch with its pages but its icon, as they are no shop's but
	// stand for storefronts that everybody builds.
	bare bool
	// plain: how far people without scripts get.
	plain reach
}

type reach uint8

const (
	nowhere reach = iota // the shop's form does nothing without its script
	toCart
	toOrder
)

// What a shop says of its products' pages stands beside it.
var imitations = []imitation{
	{as: "drupalcommerce", shared: true, own: true, plain: toOrder}, // public
	{as: "evershop", shared: true, own: true},                       // nothing
	{as: "hydrogen", shared: true, own: true, plain: toOrder},       // public
	{as: "magento2", shared: true},                                  // public
	{as: "medusa", bare: true},                                      // nothing, and no preset has storefronts of one's own
	{as: "opencart", own: true},                                     // no-store
	{as: "openmage", own: true, plain: toCart},                      // no-store
	{as: "prestashop", own: true, plain: toOrder},                   // no-store
	{as: "saleor", bare: true},                                      // as medusa
	{as: "shopware6", own: true, plain: toOrder},                    // private
	{as: "sylius", own: true},                                       // private
	{as: "vendure", bare: true},                                     // as medusa
	{as: "woocommerce", shared: true, own: true, plain: toOrder},    // nothing
	{as: "zencart", own: true, plain: toOrder},                      // no-store
}

// openImitation starts a shop in the guise of another and the edge before it, as
// the README has it, and waits until the edge knows the shop's software. The edge is
// not new: who brings a shop's cookie to the cart is not taken over (decision 9).
func openImitation(t *testing.T, im imitation, flags ...string) *stage {
	t.Helper()
	flags = append([]string{"--pace", quick, "--workers", fullWorkers, "--as", im.as}, flags...)
	if im.as == "evershop" {
		flags = append(flags, "--trust-proxy-hops", "1") // as it comes: it counts by the address that the front forwards
	}
	shop := openShop(t, flags...)
	s := raise(t, "--origin", shop.url)
	s.shops, s.bare = []*shopOf{shop}, im.bare
	s.startAgain()
	for limit := time.Now().Add(wait); ; time.Sleep(look) {
		switch as := s.platform(); {
		case as == im.as:
			return s
		case as != "generic" || time.Now().After(limit):
			t.Fatalf("%s was taken for %s", im.as, as)
		}
	}
}

// platform is what software the edge takes the first shop for.
func (s *stage) platform() string {
	s.t.Helper()
	var known struct {
		Sharing struct {
			Platform string `json:"platform"`
		} `json:"sharing"`
	}
	s.ask("GET", "shops/shop/sharing", nil, &known)
	return known.Sharing.Platform
}

// buyer opens a tab of its own for somebody who will press that button.
func (s *stage) buyer(t *testing.T, name, button string) *buyer {
	t.Helper()
	browser := StartBrowser
	if s.bare {
		browser = StartWhole
	}
	return &buyer{Tab: browser(t).Tab(t), name: name, button: button, email: name + "@fala.example", marks: map[string]bool{}}
}

// stranger is a buyer who has been shown the page, from the cache where it is
// shared. A page kept for a second may have become too old on a busy machine;
// then another stranger comes, and as a rule the second is shown it.
func (s *stage) stranger(t *testing.T, im imitation, at, name, button string) (b *buyer) {
	t.Helper()
	for range 30 {
		b = s.buyer(t, name, button)
		hit := b.arrives(at)
		b.seesProduct()
		if hit == im.shared {
			return b
		}
		if hit {
			t.Errorf("%s was shown a page from the cache, which nobody has allowed: %s", name, b.cached)
			return b
		}
	}
	t.Errorf("%s was never shown the page from the cache: %s", name, b.cached)
	return b
}

// Every imitation there is stands in the table.
func TestTableHasAllImitations(t *testing.T) {
	p := Start(t, "toyshop", "--help")
	p.Await("Usage")
	p.mu.Lock()
	said := strings.Join(p.said, " ")
	p.mu.Unlock()
	_, list, _ := strings.Cut(said, "It can be one of ")
	list, _, _ = strings.Cut(list, ".")
	var names []string
	for _, im := range imitations {
		names = append(names, im.as)
	}
	if there := regexp.MustCompile(`[a-z0-9]+`).FindAllString(list, -1); !slices.Equal(there, names) {
		t.Errorf("the program imitates %v, the tests visit %v", there, names)
	}
}

// At every imitation people buy through the edge, with nothing set: by the form,
// by fetch, by XMLHttpRequest and, where the shop itself can be used so, without
// scripts; as it is, and when it is full. And none of them, nor somebody who only
// looks, is shown anything of another.
func TestEveryImitationSells(t *testing.T) {
	t.Parallel()
	for _, im := range imitations {
		t.Run(im.as, func(t *testing.T) {
			t.Parallel()
			openImitation(t, im).sells(t, im)
		})
	}
}

// sells has everybody buy at a shop that nobody has bought at.
func (s *stage) sells(t *testing.T, im imitation) {
	t.Helper()
	at, cart, all := s.calm(t, im)
	for _, b := range all {
		b.Close()
	}
	all = append(all, s.wave(t, im, at, cart)...)
	for _, fault := range mixed(all) {
		t.Error(fault)
	}
	orders := 6 // by form, fetch and XMLHttpRequest, in a wave and out of it
	if im.plain == toOrder {
		orders += 2
	}
	if n := s.shops[0].sold(t); n.Orders != orders || n.Oversold != 0 {
		t.Errorf("the shop's books: %+v, want %d orders", n, orders)
	}
	s.until("the orders are counted", func(n numbers) bool { return n.Vitals.Orders == orders })
}

// What the buyers above must not be shown is noticed where it is: in a shop whose
// own page cache shows visitors each other's pages.
func TestMixedPagesAreNoticed(t *testing.T) {
	t.Parallel()
	s := openImitation(t, imitation{as: "zencart"}, "--mix-carts")
	at := s.url + "/index.php?main_page=product_info&products_id=101"
	first, looks := s.buyer(t, "first", "add-form"), s.buyer(t, "looks", "")
	first.arrives(at)
	first.seesProduct()
	first.puts()
	first.signsIn()
	first.arrives(at) // the page that is given away
	first.sees(product)
	for range 20 {
		looks.arrives(at)
		if looks.sees(product); looks.items() == 0 {
			continue
		}
		if faults := mixed([]*buyer{first, looks}); len(faults) != 2 { // her address, and her session
			t.Errorf("a page of somebody else was shown, and all that was noticed is %q", faults)
		}
		return
	}
	t.Error("the shop showed nobody a page of another: nothing was proven")
}

// calm is the shop on an ordinary day.
func (s *stage) calm(t *testing.T, im imitation) (at, cart string, all []*buyer) {
	t.Helper()
	// Somebody who looks only, and never finds anything in the cache but what he put
	// there himself.
	looks := s.buyer(t, "looks", "")
	looks.Open(s.url + "/")
	looks.sees(`!!document.getElementById('cart-link')`)
	cart = Eval[string](looks.Tab, `document.getElementById('cart-link').href`)
	at = Eval[string](looks.Tab, `Array.from(document.querySelectorAll('main a')).find(function (a) { return a.textContent.indexOf('Bursztyn') > 0; }).href`)
	looks.arrives(at)
	looks.seesProduct()

	buyers := []*buyer{
		s.stranger(t, im, at, "form", "add-form"), s.stranger(t, im, at, "fetch", "add-fetch"), s.stranger(t, im, at, "xhr", "add-xhr"),
	}
	if im.plain != nowhere {
		buyers = append(buyers, s.scriptless(t, at, "plain"))
	}
	for _, b := range buyers {
		b.puts()
	}
	for _, b := range buyers {
		// The page that strangers share, for somebody who is no stranger any more.
		if hit := b.arrives(at); hit && im.own {
			t.Errorf("%s, who has a cart, was shown a page from the cache: %s", b.email, b.cached)
		}
		b.sees(product)
		if im.own {
			b.sees(`!!document.querySelector('#mini-cart [data-item="pomadka-bursztyn"]')`)
		}
	}
	for _, page := range []string{s.url + "/", at} {
		looks.Open(page)
		looks.sees(`!!document.getElementById('cart-link')`)
		if n := looks.items(); n != 0 {
			t.Errorf("somebody who only looks has %d articles on %s", n, page)
		}
	}
	for _, b := range buyers {
		b.Click("#cart-link")
		b.sees(inCart)
		if !b.plain || im.plain == toOrder {
			b.buys()
			b.Picture(im.as + "-thanks-" + b.name)
		}
	}
	looks.signsIn()
	if hit := looks.arrives(at); hit && im.own {
		t.Errorf("%s, who is signed in, was shown a page from the cache: %s", looks.email, looks.cached)
	}
	if im.own {
		looks.sees(`document.getElementById('account-link').textContent === '` + looks.email + `'`)
	}
	return at, cart, append(buyers, looks)
}

// wave is the shop when it is full, and people wait already. Those who have had the page
// open for so long that their visit is over press a button, meet the line, and buy when
// their turn has come, while others go on coming.
func (s *stage) wave(t *testing.T, im imitation, at, cart string) []*buyer {
	t.Helper()
	var all []*buyer
	for _, way := range []string{"form", "fetch", "xhr"} {
		all = append(all, s.stranger(t, im, at, way+"-wave", "add-"+way))
	}
	if im.plain != nowhere {
		all = append(all, s.scriptless(t, at, "plain-wave"))
	}
	for _, b := range all {
		b.visitEnds(s)
	}
	s.fills(t, at, cart, cart)
	for _, b := range all {
		b.meetsTheLine(s, at)
		b.Picture(im.as + "-met-by-" + b.name)
	}
	for _, b := range all {
		b.seesProduct()
		if here := s.url + b.address(); here != at {
			t.Errorf("%s was brought back to %s, not to %s", b.email, here, at)
		}
		b.Click("#" + b.button)
	}
	var pay []*buyer
	for _, b := range all {
		b.hasIt()
		if !b.plain || im.plain == toOrder {
			b.Click("#to-checkout")
			pay = append(pay, b)
		}
	}
	for _, b := range pay {
		b.pays()
	}
	for _, b := range pay {
		b.isThanked()
	}
	if n := s.numbers(); n.Vitals.Adopted != 0 {
		t.Errorf("somebody was taken over: %+v", n)
	}
	return all
}

// scriptless is a buyer whose browser runs no scripts, on the product's page.
func (s *stage) scriptless(t *testing.T, at, name string) *buyer {
	t.Helper()
	b := s.buyer(t, name, "add-form")
	b.plain = true
	b.WithoutJavaScript()
	b.Do(chromedp.Navigate(at))
	b.seesProduct()
	return b
}
