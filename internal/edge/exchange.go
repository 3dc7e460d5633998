package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/fresh"
	"github.com/falochron/falochron/internal/preset"
)

// exchange is one request on its way: what is known of it, what was decided,
// and what was answered.
type exchange struct {
	srv  *Server
	shop *shop
	set  *settings
	snap *falochron.Snapshot

	w     *answer
	r     *http.Request
	began time.Time
	now   time.Time // when the step under way began to decide; what waited sets it anew
	id    string

	client netip.Addr
	proto  string
	host   string
	asked  preset.Request // as the classifier sees it
	class  falochron.Class
	page   bool // a navigation: the sender will show what comes back
	who    visitor

	standing standing       // may the visitor be shown what is the same for all?
	changes  bool           // the request makes the visitor's pages his own
	minted   []*http.Cookie // of a session fetched for the visitor, see mint
	body     []byte         // of a request that was read whole before it went anywhere

	share     sharing // what may be shared of what was asked for
	key       cache.Key
	keyed     bool
	cacheSays fresh.CacheStatus // of an answer that passed the cache
	asking    bool              // the shop is asked, or was

	cohort // whom this sender is alike, and what follows

	lane    admit.Lane
	laned   bool
	slot    *slot
	inUse   int // requests in flight at the shop when it was decided, this one not counted
	allowed int // how many might be; 0 if neither limiter nor line was asked
	verdict verdict
	ahead   int
	origin  string
	waited  time.Duration
}

// answer is the response writer with its memory: what was sent, if anything.
type answer struct {
	http.ResponseWriter
	x      *exchange // whose answer it is; nil = nobody's, and says nothing of the cache
	status int
	before func(http.Header) // changes the header of an answer from the cache; nil = nothing to change
}

// WriteHeader notes the first final status.
func (a *answer) WriteHeader(code int) {
	if a.status == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
		a.status = code
		if a.before != nil {
			a.before(a.Header())
		}
		if h := a.Header(); a.x != nil && len(h["Cache-Status"]) == 0 {
			// Every answer has one (RFC 9211); the shop's and the cache's have theirs by now.
			h["Cache-Status"] = []string{a.x.itself().String()}
		}
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write sends body bytes; without a status before them it is 200.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the connection's own abilities.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// begin learns what the connection says: the shop, the client, the request id.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{srv: s, w: &answer{ResponseWriter: w}, r: r, now: time.Now(), id: s.seeds.id()}
	x.w.x = x
	x.began = x.now
	x.w.Header().Set("X-Request-Id", x.id)
	x.client, x.proto, x.host = s.cfg.Trust.Client(r)
	if x.shop = s.shopFor(x.host); x.shop != nil {
		x.set, x.snap = x.shop.set.Load(), x.shop.snap.Load()
	}
	return x
}

// navigation reports whether the sender will show the answer as a page. Fetch
// metadata decides where the browser sends it; older ones are known by asking
// for HTML without saying that a script asks.
func navigation(r *http.Request) bool {
	if m := r.Header.Get("Sec-Fetch-Mode"); m != "" {
		return m == "navigate"
	}
	if r.Header.Get("X-Requested-With") == "XMLHttpRequest" {
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// explain ends every exchange: counters and the journal.
func (x *exchange) explain() {
	if x.slot != nil {
		x.slot.done(admit.Dropped) // only if nothing ended it before: a panic on the way
	}
	if x.shop == nil {
		return
	}
	took := time.Since(x.began)
	x.settle()
	x.shop.eyes.seen(x.class, x.verdict.Action)
	rec := falochron.Record{
		Time: x.began, ID: x.id, Shop: x.shop.name, Client: accept.Shorten(x.client), Class: x.class,
		Method: x.r.Method, Path: x.r.URL.Path, Status: x.w.status, Verdict: x.verdict,
		Session: x.who.short(), Place: x.who.seq, Ahead: x.ahead, Waited: x.waited, Took: took, Origin: x.origin,
		InUse: x.inUse, Allowed: x.allowed, Note: x.shadow(),
	}
	if x.laned {
		rec.Lane = x.lane.String()
	}
	x.srv.cfg.Journal.Append(rec)
}
