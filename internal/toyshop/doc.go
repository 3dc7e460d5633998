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
// Read [Shop] first, then pool, where the whole behaviour under load is decided.
package toyshop
