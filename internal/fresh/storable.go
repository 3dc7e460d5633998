package fresh

import (
	"net/http"
	"strings"
	"time"
)

// Exchange is one request and the header of its answer.
type Exchange struct {
	Method    string
	Request   http.Header
	Status    int
	Response  http.Header
	Requested time.Time // when the request went out
	Received  time.Time // when the answer's header came in
}

// Decision is what [Storable] found. Reason is from a fixed vocabulary and safe
// as a metric label: why it is refused, or by what it is kept ("fresh" by its
// own words, "micro", "override").
type Decision struct {
	Store      bool
	Reason     string
	Needs      Grants        // what of the policy it took: only who is granted as much may have it
	Life       time.Duration // freshness lifetime; above Age when Store is set
	Age        time.Duration // corrected initial age at Exchange.Received
	WhileStale time.Duration // how long after Life it may be used while a new one is fetched
	IfError    time.Duration // how long after Life it may be used while the shop fails
	Vary       Vary          // request fields that chose this answer
}

// personal are answer fields that carry a token of one visitor. An answer with
// one of them is not shared, whatever its Cache-Control says, unless the policy knows
// that it is everybody's ([Policy.Common]).
var personal = [...]string{
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

// Late is the reason why an answer is not kept that was fresh when it was made and may
// not be used any more on arrival: it says how slow the shop is at this moment, or who
// kept it before, and not that such answers may not be shared.
const Late = "late"

// Storable decides whether a shared cache may keep an answer and give it to
// others: a complete answer to a GET, with a status it understands, that says it
// is for everybody (public, s-maxage, or a file) and for how long; and beyond
// that what the policy grants.
//
// There is no heuristic freshness of pages (RFC 9111 section 4.2.2 allows one): a tenth of
// the time since the last change says nothing about whether a page is somebody's.
// The policy's Micro stands in its place, given by kind; of files its FileLife does.
//
// An answer that arrives stale is kept if it may be used so while a new one is
// fetched (RFC 5861 section 3). Otherwise a page of one second's life would not be
// shared any more as soon as the shop takes two to make it, in a wave that is.
func Storable(x Exchange, p Policy) Decision {
	refuse := func(reason string) Decision { return Decision{Reason: reason} }
	d := ParseCacheControl(x.Response["Cache-Control"])
	if p.Static && isPage(x) {
		p.Static, p.Override, p.Micro = false, false, 0
	}
	if p.Compared && x.Status != http.StatusOK {
		p.Micro = 0
	}
	forbids := forbidden(d, x.Response)
	life, explicit := Lifetime(d, x.Response, x.Received)
	age := InitialAge(x.Response, x.Requested, x.Received)
	missing, described := p.missing(x.Status, forbids != "" || explicit && life <= age)
	// An error or a redirect is not of the kind that was proven.
	over := p.Override && p.Micro > 0 && (x.Status == http.StatusOK || x.Status == http.StatusNoContent)
	switch {
	case x.Method != http.MethodGet:
		return refuse("method")
	case len(x.Request["Authorization"]) > 0:
		return refuse("authorization")
	case len(x.Request["Cache-Control"]) > 0 && ParseCacheControl(x.Request["Cache-Control"]).NoStore:
		return refuse("request-no-store")
	case !understood(x.Status) || x.Status >= 400 && p.ErrorLife <= 0:
		return refuse("status")
	case forbids != "" && !over && !missing:
		return refuse(forbids)
	case len(x.Response["Content-Range"]) > 0:
		return refuse("partial")
	case !eachDropped(x.Response, p.Drop), x.Status/100 == 3 && len(x.Response["Set-Cookie"]) > 0:
		// A redirect that sets a cookie may be a trial whether it comes back. Without
		// the cookie it would lead in a circle.
		return refuse("set-cookie")
	}
	common := Grants(0)
	for _, name := range personal {
		switch {
		case len(x.Response[name]) == 0:
		case p.Micro > 0 && p.Common != nil && p.Common(name):
			common = GrantMicro
		default:
			return refuse("personal-field")
		}
	}
	vary, ok := VaryOf(x.Response)
	if !ok {
		return refuse("vary")
	}
	out := Decision{Store: true, Reason: "fresh", Vary: vary, Age: age, Needs: common}
	if len(x.Response["Set-Cookie"]) > 0 {
		out.Needs |= GrantDrop
	}
	if out.Vary = p.Chooses(vary); len(out.Vary) < len(vary) {
		out.Needs |= GrantMicro
	}
	out.Life = life
	overridden := false
	switch {
	case missing && (forbids != "" || !explicit || life <= out.Age):
		out.Reason, out.Life = "missing", out.Age+p.ErrorLife
		out.Needs |= GrantStatic | GrantMissing
		if described {
			out.Needs |= GrantDescribed
		}
	case over && (forbids != "" || explicit && life <= out.Age):
		overridden = true
		out.Reason, out.Life = "override", out.Age+p.Micro
		out.Needs |= GrantMicro | GrantOverride
	case explicit && (d.Public || d.SMaxAge.Set):
	case explicit && p.Static:
		out.Needs |= GrantStatic
	case explicit && p.Micro > 0:
		out.Needs |= GrantMicro
	case explicit:
		return refuse("not-public")
	case p.Micro > 0 && heuristic(x.Status):
		out.Reason, out.Life = "micro", out.Age+p.Micro
		out.Needs |= GrantMicro
	case p.Static && p.FileLife > 0 && x.Status == http.StatusOK && len(x.Response["Set-Cookie"]) == 0 && changed(x):
		out.Reason, out.Life = "file", out.Age+p.FileLife
		out.Needs |= GrantStatic
	case d.Public || p.Static || p.Micro > 0:
		return refuse("no-freshness")
	default:
		return refuse("not-public")
	}
	if x.Status >= 400 {
		out.Life = min(out.Life, out.Age+p.ErrorLife)
	}
	if p.Most > 0 && !p.Static {
		out.Life = min(out.Life, out.Age+p.Most)
	}
	if x.Status < 400 && out.Reason != "missing" && (overridden || !d.forbidStale()) {
		out.WhileStale = d.StaleWhileRevalidate.or(p.WhileStale)
		out.IfError = d.StaleIfError.or(p.IfError)
	}
	switch {
	case out.Life <= 0:
		return refuse("stale")
	case out.Life+out.WhileStale <= out.Age:
		return refuse(Late)
	}
	return out
}

// forbidden says in which words an answer forbids to share it, or "".
func forbidden(d Directives, h http.Header) string {
	switch {
	case d.NoStore:
		return "no-store"
	case d.Private:
		return "private"
	case d.NoCache, len(h["Cache-Control"]) == 0 && mentionsNoCache(h["Pragma"]):
		return "no-cache"
	}
	return ""
}

// mentionsNoCache reads Pragma. RFC 9111 section 5.4 gives it no meaning in
// answers; shops that send it mean no-cache, and the careful reading costs
// only a miss.
func mentionsNoCache(lines []string) bool {
	return len(lines) > 0 && ParseCacheControl(lines).NoCache
}

// understood are the statuses whose meaning for a cache is known here: the whole
// thing, where it is, or that there is none. The shop's own failures (5xx) are
// not among them, since they say nothing about what was asked for; nor is 429,
// which nobody may store (RFC 6585 section 4).
func understood(status int) bool {
	switch status {
	case http.StatusFound, http.StatusTemporaryRedirect, http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return true
	}
	return heuristic(status)
}

// heuristic are those of them that RFC 9110 section 15.1 lets a cache keep where
// the answer says nothing about it.
func heuristic(status int) bool {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusNoContent, http.StatusMovedPermanently, http.StatusPermanentRedirect,
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestURITooLong:
		return true
	}
	return false
}

// missing reports whether a status says that there is no file at an address, or that it
// is at another one, and may be kept by Missing; and whether it takes Described for it.
// unwilling is an answer that forbids to store it or is fresh for no time.
func (p Policy) missing(status int, unwilling bool) (may, described bool) {
	if !p.Static || !p.Missing || p.ErrorLife <= 0 {
		return false, false
	}
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return !unwilling || p.Described, unwilling
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return !unwilling && p.Described, true
	}
	return false, false
}

// changed reports whether an answer says when what it holds was last changed.
func changed(x Exchange) bool {
	lines := x.Response["Last-Modified"]
	if len(lines) != 1 {
		return false
	}
	at, ok := ParseDate(lines[0])
	return ok && !at.After(dateOf(x.Response, x.Received))
}

// isPage reports that what was asked for as a file is a page or data: an address
// such as /account/x.css, at which a shop shows an account.
func isPage(x Exchange) bool {
	if x.Status/100 != 2 {
		return false
	}
	for _, line := range x.Response["Content-Type"] {
		kind, _, _ := strings.Cut(strings.ToLower(line), ";")
		switch trimBlanks(kind) {
		case "text/html", "application/xhtml+xml", "application/json":
			return true
		}
	}
	return false
}

// eachDropped reports whether every cookie that the answer sets is one that may
// be dropped.
func eachDropped(h http.Header, drop func(string) bool) bool {
	for _, line := range h["Set-Cookie"] {
		name, _, ok := SetCookie(line)
		if !ok || drop == nil || !drop(name) {
			return false
		}
	}
	return true
}

// SetCookie reads the name and the value of a Set-Cookie line as a browser does
// (RFC 6265 section 5.2). It returns false for a line without a name.
func SetCookie(line string) (name, value string, ok bool) {
	pair, _, _ := strings.Cut(line, ";")
	name, value, ok = strings.Cut(pair, "=")
	name, value = trimBlanks(name), trimBlanks(value)
	return name, value, ok && name != ""
}

// hopByHop are the fields that belong to one connection (RFC 9110 section
// 7.6.1) or to the proxy in use (RFC 9111 section 3.1), and Age, which is made
// anew for each answer.
var hopByHop = [...]string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding", "Upgrade", "Trailer",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Age",
}

// Keep returns the part of an answer's header that is stored: everything,
// recognised or not, except what belongs to the connection or the proxy, cookies,
// and what is said to one client about how much it may still ask for. The values
// are not copied.
func Keep(h http.Header) http.Header {
	kept := endToEnd(h)
	delete(kept, "Set-Cookie")
	for name := range kept {
		if strings.HasPrefix(name, "Ratelimit") || strings.HasPrefix(name, "X-Ratelimit-") || strings.HasPrefix(name, "X-Rate-Limit-") {
			delete(kept, name)
		}
	}
	return kept
}

func endToEnd(h http.Header) http.Header {
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
