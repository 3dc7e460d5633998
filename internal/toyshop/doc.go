// Package toyshop is a small online shop that breaks the way real ones do: a
// catalogue, carts, checkout and payment on a real database, behind a fixed
// number of workers with a short backlog, as PHP-FPM behind nginx has them. It
// is what the demo floods and what tests are run against.
//
// Its one invariant: a request that was given a worker or a place in the
// backlog is worked to the end, its transaction included, whether or not its
// visitor is still there; and never more than workers + backlog are at hand.
// Waiting costs time, not CPU: a worker is held by a timer.
//
// It refuses to be helpful under load: no cache, no admission, no retry, no
// priority. It knows of no proxy before it and trusts no header of one.
//
// # Imitations
//
// With [Config].As the same shop appears in the guise of a real shop software,
// one of [Guises]: with its addresses, cookies, header fields and marks, with its
// form tokens and sessions, with the cart in the pages where the real one has it,
// and with what it says when something is sold out. What breaks in the real one
// when a page is shown to somebody else, or a cookie gets lost on the way, breaks
// in the imitation: the foreign token of Zen Cart, the session that EverShop gives
// with pages only, the cart that PrestaShop keeps in its cookie. Each guise is one
// file, as_NAME.go, with its pieces of pages (guises/as_NAME.html) and its script
// (assets/as_NAME.js); stock, workers, till and payment provider are the plain
// shop's. A guise is made from what can be seen of the real shop.
//
// Pages, and answers to scripts, that are made for a session carry its mark in
// data-visitor (as "visitor" in JSON), the articles in its cart and the address
// of whoever is signed in, so that a test sees when they are shown to somebody
// else. [Paths] gives what a visitor of any guise asks for, as data.
//
// [Config].Gullible makes a shop believe what careless shops believe, for tests of
// poisoned caches.
//
// Read [Shop] first, then pool, where the whole behaviour under load is decided;
// for an imitation guise, then any as_NAME.go.
package toyshop
