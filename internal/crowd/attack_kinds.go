package crowd

import (
	"net/netip"
	"slices"
	"time"
)

// Ways are the addresses of a shop that attacks go to.
type Ways struct {
	Landing string   // path of the page that the post links to
	Pages   []string // paths of pages of the catalogue, the landing page among them
	Search  string   // path and query of a search, up to the words that are looked for
	Files   []string // paths of style sheets and pictures
	// Add is how an article comes into the cart: a form with Item as the article; Cart and
	// Checkout are the paths of the pages behind.
	Add, Item      string
	Items          []string
	Cart, Checkout string
}

// Attacks are the sorts of attacks that come on top of a wave. The rates are chosen: each
// alone is far more than a shop of eight workers can serve (16 pages a second), but the
// crawl, which is what one that wants to be overlooked can bear, and together with a wave
// they leave room on two cores. They begin ten seconds after the wave. Target, Seed and
// Length are the caller's to set.
func Attacks(w Ways) []Attack {
	pages := func(as Dress, targets ...string) (shots []Shot) {
		for _, t := range targets {
			shots = append(shots, Shot{Method: "GET", Target: t, As: as})
		}
		return shots
	}
	var crawl, carts []Shot
	for i, p := range w.Pages {
		crawl = append(crawl, pages(AsBrowser, p)...)
		if i%4 == 3 {
			crawl = append(crawl, pages(AsBrowser, w.Search+"{nonce}")...)
		}
	}
	for _, item := range w.Items {
		carts = append(append(carts, Shot{Method: "POST", Target: w.Add, Form: w.Item + "=" + item + "&qty=1", As: AsBrowser}),
			pages(AsBrowser, w.Cart, w.Checkout, w.Landing)...)
	}
	var bust []string
	for _, p := range slices.Concat(w.Files, []string{w.Landing, "/"}) {
		bust = append(bust, p+"?v={nonce}")
	}
	bust = append(bust, w.Search+"{nonce}")
	all := []Attack{
		{Name: "flood-few", What: "a flood from four clients", Senders: 4, From: Elsewhere, Rate: 500, Steady: true, KeepAlive: true,
			Shots: pages(AsTool, w.Landing)},
		{Name: "flood-many", What: "a flood from 3,000 addresses, without cookies", Senders: 3000, From: Elsewhere, Rate: 500,
			Shots: pages(AsBrowser, w.Landing, "/", w.Landing+"?ref={nonce}")},
		{Name: "crawl", What: "a slow crawl of the whole catalogue", Senders: 40, From: Elsewhere, Rate: 30, Steady: true, KeepAlive: true, Cookies: KeepCookies,
			Shots: crawl, Offset: 7},
		{Name: "carts", What: "bots that fill carts and do not order", Senders: 150, From: Elsewhere, Rate: 60, KeepAlive: true, Cookies: KeepCookies,
			Shots: carts, Offset: 4},
		{Name: "bust", What: "parameters that no cache has seen", Senders: 20, From: Elsewhere, Rate: 400, KeepAlive: true,
			Shots: pages(AsBrowser, bust...), Offset: 1},
		{Name: "replay", What: "one ticket, replayed from 500 addresses", Senders: 500, From: Elsewhere, Rate: 300, KeepAlive: true, Cookies: StolenCookies,
			Shots: pages(AsBrowser, w.Cart, w.Landing, w.Search+"{nonce}"), Offset: 1},
		{Name: "phone", What: "header fields copied from phones, beside the fans' own networks", Senders: 96, From: beside, Rate: 400,
			Shots: pages(AsPhone, w.Landing+"?{click}")},
		{Name: "phone-nat", What: "the same from the very addresses that fans share", Senders: 96, From: among, Rate: 400,
			Shots: pages(AsPhone, w.Landing+"?{click}")},
	}
	for i := range all {
		all[i].At = onTop
	}
	return all
}

// onTop is when attacks begin: the wave is there, and at a shop that is small for it
// people stand in line. A thief of tickets comes with the first.
const onTop = 10 * time.Second

// beside are addresses in the fans' carriers' networks, where no fan is.
func beside(i int) netip.Addr { return Carrier(i%carriers, 100+i/carriers%100) }

// among are addresses that fans are behind.
func among(i int) netip.Addr { return Carrier(i%carriers, i/carriers%perCarrier) }
