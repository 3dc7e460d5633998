// Package fresh decides what HTTP lets a shared cache keep and reuse: RFC 9111
// (caching), the parts of RFC 9110 that a cache needs (validators,
// preconditions, ranges, content codings) and RFC 9211 (Cache-Status).
//
// Its one invariant: it errs towards the shop. Whatever is malformed,
// contradictory or not understood makes an answer less shareable, never more;
// and nothing that carries a mark of one visitor (Set-Cookie, private,
// no-store, a token field, a request with Authorization) is ever storable.
//
// It holds no state, asks no clock (time comes in as now) and does no input or
// output. It refuses to guess: an answer without an explicit freshness is not
// kept, since shops are silent even on pages that show somebody's cart.
// Read [Storable] first.
package fresh
