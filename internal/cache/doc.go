// Package cache holds the answers that the edge may give by itself: it stores
// them, bounds them in bytes, and collapses the requests that come while one is
// being fetched into a single request to the shop.
//
// Its invariant: no answer made for one visitor reaches another. A fill is never
// a visitor's own request. The cache builds it here from the key alone (URL,
// Host, and the few fields that choose a form of the answer), so nothing
// personal can come back; what comes back is shared only if package fresh says
// so, and a visitor whose answer may not be shared goes to the shop by himself.
// The second invariant: everything it keeps, bodies under way and bookkeeping
// included, fits in Config.MaxBytes.
//
// It refuses to store what does not say for how long and for whom it is good,
// to serve anything stale, and to decide who may go to the shop: that is the
// edge's [FillFunc]. Start at [Cache.Serve].
package cache
