// Package fresh decides what HTTP lets a shared cache keep and reuse: RFC 9111
// (caching), RFC 5861 (stale answers), the parts of RFC 9110 that a cache needs
// (validators, preconditions, ranges, content codings) and RFC 9211
// (Cache-Status). docs/rfc9111.md says which sentences are kept, and where.
//
// Its one invariant: it errs towards the shop. Whatever is malformed,
// contradictory or not understood makes an answer less shareable, never more;
// and nothing that carries a mark of one visitor (a cookie, private, no-store, a
// token field, a request with Authorization) is storable, but as far as somebody
// who knows the shop vouches for it in a [Policy]. Each decision says which of
// those grants it took, so that nobody is given by one what he was not granted.
//
// It holds no state, asks no clock (time comes in as now) and does no input or
// output. It refuses to guess: an answer without an explicit freshness is not
// kept by its own words, since shops are silent even on pages that show
// somebody's cart. Read [Storable] first.
package fresh
