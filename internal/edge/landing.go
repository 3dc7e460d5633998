package edge

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/preset"
)

// Influencers' links carry coupons and partners' codes, and many shops keep them in
// the visitor's session. Whoever lands on a shared page gets no session, and the shop
// saw the code once, in a fill, whose session nobody has. So the edge notes in a third
// cookie of its own at which address the visitor has landed, and before the first
// request of his that reaches the shop it asks for that address once as he would have:
// with his cookies, and what comes back is his. The shop does with the code what it
// always does. So it is with the numbers that affiliate networks give to single clicks:
// they are in no key, since everybody's is another, and yet the shop's server has to hear
// of them, or nobody is paid for the sale.
//
// The mark is no part of any key and of no fill. It is not sealed: it is followed only
// to a page with a code in its address, which its bearer can ask for himself.
const (
	landingCookie = "falo_landing"
	landingMost   = 1024           // bytes of path and query; what is longer is not shared, so that the shop sees it
	landingLife   = 24 * time.Hour // as long as OpenCart's session
)

// What is told of a request that is not shared because of its code.
const (
	landingTooLong = "landing-too-long" // to be noted
	landingAnother = "landing-another"  // the mark would lose what it has
)

// codeNames are names of parameters that carry a coupon or say whose partner sent the
// visitor, in small letters and without what joins words. tracking is OpenCart's, aaid
// Post Affiliate Pro's, idevid iDevAffiliate's, rfsn Refersion's, scaref UpPromote's.
var codeNames = []string{
	"kod", "code", "ref", "refid", "refcode", "aff", "affid", "affcode", "via", "tracking", "aaid", "idevid", "rfsn", "scaref",
}

// codeWords are in such names, in several languages.
var codeWords = []string{
	"coupon", "kupon", "cupon", "voucher", "gutschein", "rabat", "discount", "promo", "affiliat", "partner", "referr", "influenc", "polec",
}

// clickNames are parameters with which affiliate networks number single clicks, and which
// the server of a shop notes and reports with the sale: Awin's (awc, zanpid), CJ's,
// Impact's (irclickid, clickId), Tradedoubler's, Ceneo's. The cache takes them out of keys.
var clickNames = []string{"awc", "zanpid", "cjevent", "irclickid", "clickid", "tduid", "ceneocid"}

// compared is a parameter's name in small letters and without what joins words.
func compared(name string) string {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return strings.NewReplacer("-", "", "_", "", "[", "", "]", "", ".", "").Replace(strings.ToLower(name))
}

// named lists the parameters of a query that have a value and whose name, as it is
// compared, is meant; sorted.
func named(query string, meant func(name string) bool) (names []string) {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name = compared(name); value != "" && meant(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// codesIn lists the parameters of a query that carry a code.
func codesIn(query string) []string {
	return named(cache.StripTracking(query), func(name string) bool {
		return slices.Contains(codeNames, name) || slices.ContainsFunc(codeWords, func(w string) bool { return strings.Contains(name, w) })
	})
}

// clicksIn lists those that number a click.
func clicksIn(query string) []string {
	return named(query, func(name string) bool { return slices.Contains(clickNames, name) })
}

// heard lists what the shop has to hear of.
func heard(query string) []string { return append(clicksIn(query), codesIn(query)...) }

// lands has the address noted on an answer that is shared, if it carries a click's number,
// or a code that the shop would keep in a session; or says why nothing must be shared.
// A code for which the shop sets a cookie instead is in the page's key, and such an answer
// is not shared; a number is in no key, so that it must be noted whatever the shop does.
func (x *exchange) lands() (reason string) {
	if !x.page || x.r.Method != http.MethodGet || x.class != falochron.ClassPage && x.class != falochron.ClassPrefetch {
		return ""
	}
	notes := heard(x.r.URL.RawQuery)
	if len(notes) == 0 || len(x.set.classify.Platform().Cookies.Opaque) == 0 && len(clicksIn(x.r.URL.RawQuery)) == 0 {
		return ""
	}
	here := x.target()
	switch had := x.standing.landing; {
	case len(here) > landingMost:
		return landingTooLong
	case had == here:
		return ""
	case had != "" && slices.ContainsFunc(heard(queryOf(had)), func(name string) bool { return !slices.Contains(notes, name) }):
		return landingAnother
	}
	x.w.ResponseWriter = &landed{x.w.ResponseWriter, x, here}
	return ""
}

// target is the address that was asked for, without what is ours.
func (x *exchange) target() string { return x.r.URL.EscapedPath() + "?" + x.r.URL.RawQuery }

func queryOf(target string) string {
	_, query, _ := strings.Cut(target, "?")
	return query
}

// landed adds the mark to what the cache answers. To what the shop answers itself it
// adds nothing: the shop has seen the code.
type landed struct {
	http.ResponseWriter
	x  *exchange
	at string
}

// WriteHeader adds the mark to the final head.
func (l *landed) WriteHeader(code int) {
	if l.x.w.before != nil && code >= http.StatusOK {
		h := l.Header()
		unshare(h)
		l.x.setLanding(h, base64.RawURLEncoding.EncodeToString([]byte(l.at)), landingLife)
	}
	l.ResponseWriter.WriteHeader(code)
}

// Unwrap gives http.ResponseController the connection's own abilities.
func (l *landed) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// setLanding sets the mark, or with no life ends it.
func (x *exchange) setLanding(h http.Header, value string, life time.Duration) {
	c := http.Cookie{Name: landingCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(life.Seconds())}
	if life <= 0 {
		c.MaxAge = -1
	}
	h.Add("Set-Cookie", c.String())
	if !private(h) {
		h.Add("Cache-Control", "private")
	}
}

// landingOf reads a mark, which anybody may have written: it is an address of a page
// with a code, as [exchange.lands] notes them, or it is none.
func (x *exchange) landingOf(value string) string {
	if value == "" || len(value) > base64.RawURLEncoding.EncodedLen(landingMost) {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return ""
	}
	path, query, _ := strings.Cut(string(b), "?")
	u, err := url.ParseRequestURI(string(b))
	if err != nil || u.Host != "" || u.EscapedPath() != path || u.RawQuery != query || strings.HasPrefix(path, "//") || strings.HasPrefix(path, ownPrefix) || len(heard(query)) == 0 {
		return ""
	}
	q := preset.Request{Method: http.MethodGet, Host: x.host, Path: path, Query: query, Header: http.Header{"Accept": {"text/html"}}}
	class := x.set.classify.ClassOf(q, nil)
	if class != falochron.ClassPage || x.set.classify.Changes(q, class) {
		return ""
	}
	return string(b)
}

// owesLanding reports whether the shop has to see where the visitor has landed before
// it sees this request; not if that is what this request asks for.
func (x *exchange) owesLanding() bool {
	at := x.standing.landing
	return at != "" && (x.page || x.changes && !safe(x.r.Method)) && (x.r.Method != http.MethodGet || x.target() != at)
}
