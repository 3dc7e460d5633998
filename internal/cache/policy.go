package cache

import (
	"net/http"

	"github.com/falochron/falochron/internal/fresh"
)

// Policy is what may be done with one request beyond what HTTP allows, as far as
// whoever knows the shop vouches for it. With a Micro, that is also that the
// visitor is anonymous: the shop has given him nothing that makes his pages his
// own. The zero value is plain HTTP.
type Policy struct {
	fresh.Policy
	// Full reports that the shop is at its limit or fails, so that what is stale goes
	// out rather than a request to it. It is called without locks, on the
	// way of a request, and must not block. nil = never.
	Full func() bool
	// Owned says of an answer's header that the answer is one visitor's own (it carries a
	// cart there), whatever else the shop says: nobody shares it. nil = never.
	Owned func(h http.Header) bool
	// Check says why a complete body may not be stored after all (a mark of its kind
	// is missing), in a word that is safe as a metric label, or "" if it may. It
	// gets at most the first 256 KiB, without content coding (nor a Content-Encoding in
	// the header). nil = no check.
	Check func(h http.Header, body []byte) string
	// Reads says that the request only reads although its method is POST. It is
	// answered like a GET, and its body is not looked at: the shop is asked by GET. What a
	// body asks for is in the key's query.
	Reads bool
}

// owned reports whether an answer is one visitor's own by a field of its header.
func (p *Policy) owned(h http.Header) bool { return p.Owned != nil && p.Owned(h) }

// firstSight reports whether a URL is worth a fill before anything is known of it.
func (p *Policy) firstSight() bool { return p.Static || p.Micro > 0 }
