// Package cache holds the answers that the edge may give by itself: it stores
// them, bounds them in bytes, and collapses the requests that come while one is
// being fetched into a single request to the shop. What is stale it asks the shop
// about (and believes a "not modified"), and gives meanwhile, or while the shop
// fails or is full, as far as the answer or the policy allows.
//
// Its invariant: no answer made for one visitor reaches another. A fill is never
// a visitor's own request. The cache builds it here from the key alone (URL
// without tracking parameters, Host, and the few fields and cookies that choose a
// form of the answer), so nothing personal can come back; what comes back is
// shared only if package fresh says so, only with those who are granted what it
// took, and never with a cookie in it, nor with a session of the fill in its body;
// and a visitor whose answer may not be shared goes to the shop by himself.
// The second invariant: everything it keeps, bodies under way and bookkeeping
// included, fits in Config.MaxBytes.
//
// A request cannot make the cache ask the shop: no-cache and max-age of a reload
// are advice that a crowd would drown the shop with (RFC 9111 section 5.2.1 leaves
// it to the cache). It refuses to store what does not say for how long and for
// whom it is good, unless a [Policy] says so, and to decide who may go to the shop:
// that is the edge's [FillFunc]. Start at [Cache.Serve].
package cache
