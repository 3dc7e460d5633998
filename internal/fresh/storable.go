package fresh

import (
	"net/http"
	"time"
)

// Exchange is one request and the header of its answer.
type Exchange struct {
	Method  string
	Request http.Header
	// Static says that the request is for a file by its class; then any explicit
	// freshness will do, since files need no public to be the same for all.
	Static    bool
	Status    int
	Response  http.Header
	Requested time.Time // when the request went out
	Received  time.Time // when the answer's header came in
}

// Decision is what [Storable] found. Reason is from a fixed vocabulary and safe
// as a metric label.
type Decision struct {
	Store  bool
	Reason string
	Life   time.Duration // freshness lifetime; above Age when Store is set
	Age    time.Duration // corrected initial age at Exchange.Received
	Vary   Vary          // request fields that chose this answer
}

// personal are answer fields that carry a token of one visitor. An answer with
// one of them is not shared, whatever its Cache-Control says.
var personal = [...]string{
	"Set-Cookie",
	"Set-Cookie2",
	"Authorization",
	"Www-Authenticate",
	"Authentication-Info",
	"Proxy-Authentication-Info",
	"Clear-Site-Data",
	"Vendure-Auth-Token",   // Vendure: the session, when it travels as a bearer token
	"Cart-Token",           // WooCommerce Store API: the cart
	"Nonce",                // WooCommerce Store API: the session's write permission
	"X-Wc-Store-Api-Nonce", // the same, older name
	"X-Csrf-Token",
	"X-Xsrf-Token",
}

// Storable decides whether a shared cache may keep an answer and give it to
// others. This first version keeps only a complete 200 to a GET that says it is
// for everybody (public, s-maxage, or a static file) and for how long.
func Storable(x Exchange) Decision {
	refuse := func(reason string) Decision { return Decision{Reason: reason} }
	d := ParseCacheControl(x.Response["Cache-Control"])
	switch {
	case x.Method != http.MethodGet:
		return refuse("method")
	case len(x.Request["Authorization"]) > 0:
		return refuse("authorization")
	case len(x.Request["Cache-Control"]) > 0 && ParseCacheControl(x.Request["Cache-Control"]).NoStore:
		return refuse("request-no-store")
	case x.Status != http.StatusOK:
		return refuse("status")
	case d.NoStore:
		return refuse("no-store")
	case d.Private:
		return refuse("private")
	case d.NoCache:
		return refuse("no-cache")
	case len(x.Response["Cache-Control"]) == 0 && mentionsNoCache(x.Response["Pragma"]):
		return refuse("no-cache")
	case len(x.Response["Content-Range"]) > 0:
		return refuse("partial")
	}
	for _, name := range personal {
		if len(x.Response[name]) > 0 {
			if name == "Set-Cookie" {
				return refuse("set-cookie")
			}
			return refuse("personal-field")
		}
	}
	vary, ok := VaryOf(x.Response)
	if !ok {
		return refuse("vary")
	}
	if !x.Static && !d.Public && !d.SMaxAge.Set {
		return refuse("not-public")
	}
	life, explicit := Lifetime(d, x.Response, x.Received)
	if !explicit {
		return refuse("no-freshness")
	}
	age := InitialAge(x.Response, x.Requested, x.Received)
	if life <= age {
		return refuse("stale")
	}
	return Decision{Store: true, Reason: "fresh", Life: life, Age: age, Vary: vary}
}

// mentionsNoCache reads Pragma. RFC 9111 section 5.4 gives it no meaning in
// answers; shops that send it mean no-cache, and the careful reading costs
// only a miss.
func mentionsNoCache(lines []string) bool {
	return len(lines) > 0 && ParseCacheControl(lines).NoCache
}

// hopByHop are the fields that belong to one connection (RFC 9110 section
// 7.6.1) or to the proxy in use (RFC 9111 section 3.1), and Age, which is made
// anew for each answer.
var hopByHop = [...]string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding", "Upgrade", "Trailer",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Age",
}

// Keep returns the part of an answer's header that is stored: everything,
// recognised or not, except what belongs to the connection or the proxy. The
// values are not copied.
func Keep(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for name, values := range h {
		kept[name] = values
	}
	for _, line := range h["Connection"] {
		eachMember(line, func(name string) { delete(kept, http.CanonicalHeaderKey(name)) })
	}
	for _, name := range hopByHop {
		delete(kept, name)
	}
	return kept
}
