package edge

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/ticket"
)

// forward carries the request to the shop and its answer back.
//
// A visitor who leaves does not end the request at the shop: PHP goes on
// working for those who left, so the slot stays taken until the shop has
// answered, or the edge would send more than the shop can bear. The page is kept
// for a moment: who left may have pressed reload, see reload.go.
func (x *exchange) forward() bool {
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.r.Context()))
	defer cancel()
	var answered atomic.Bool
	stop := context.AfterFunc(x.r.Context(), func() {
		if answered.Load() || x.slot == nil {
			cancel()
		} else if x.page && !x.slot.pressed.IsZero() {
			x.shop.gate.waitsSince(time.Now(), x.slot.pressed, x.who.key) // perhaps a reload
		}
	})
	defer stop()

	var made *making
	id, ok := x.making()
	if ok && x.slot != nil {
		if made = x.shop.makings.begin(id, x.who.key); made != nil {
			defer x.shop.makings.end(made)
		}
	}
	// Before the shop hears of it, and again when it has answered, of what began meanwhile.
	x.outdate(id)
	gated := x.gated()
	accepts := x.r.Header.Get("Accept-Encoding")
	if gated {
		// The script that keeps a refusal from being silent goes into identity
		// HTML only; the answer is compressed again on its way out.
		x.r.Header.Set("Accept-Encoding", "identity")
	}
	x.mint(ctx)
	x.lend(ctx)
	x.noteChange()
	x.asking = true
	asked := time.Now()
	peer, trusted := x.srv.cfg.Trust.Peer(x.r)
	if !trusted {
		peer = netip.Addr{}
	}
	x.set.Pool.Forward(x.w, x.r.WithContext(ctx), origin.ForwardOptions{
		Visitor: origin.Visitor{Client: x.client, Peer: peer, Proto: x.proto, Host: x.host},
		Sticky:  x.home(),
		Since:   x.who.sinceIn,
		At:      x.who.replica,
		ModifyResponse: func(resp *http.Response) error {
			answered.Store(true)
			x.shop.limited(resp.StatusCode, time.Now())
			gone := x.r.Context().Err() != nil // left before the head
			x.observe(resp, asked)
			x.outdate(id)
			x.led(resp)
			x.headers(resp)
			x.hearOrder(resp)
			x.giveSession(resp.Header)
			x.noteNewSession(resp.Header)
			x.mark(resp.Header)
			if x.page && x.r.Method == http.MethodGet && !x.set.NoCohorts {
				x.shop.files.watch(asked, x.asked, x.proto, x.set.classify, resp)
			}
			if gated {
				inject(resp, x.host)
				x.srv.squeeze(resp, accepts)
			}
			x.release(resp)
			switch {
			case gone:
				if made != nil {
					x.shop.makings.keep(made, resp)
				}
				cancel() // the rest is for nobody
			case leadsOn(resp.StatusCode, resp.Header):
				if made != nil && x.body != nil {
					x.lead(id, made, resp.StatusCode, resp.Header)
				}
			case x.page && resp.StatusCode < 500: // also 304 and 404
				x.shop.makings.seen(x.who.key)
			}
			return nil
		},
		// Called in every case, also when the answer breaks off and the visitor's
		// connection with it.
		Done: x.forwarded,
	})
	return true
}

// forwarded notes how it went.
func (x *exchange) forwarded(res origin.Result) {
	x.origin = res.Replica
	if x.slot != nil {
		x.slot.done(outcomeOf(res))
	}
	if res.FirstByte > 0 && x.class != falochron.ClassStatic && x.class != falochron.ClassCallback {
		x.shop.eyes.answered(time.Now(), max(res.FirstByte-res.Upload, 0))
	}
	x.noteOrder(res)
	switch {
	case res.Status != 0:
		if x.w.status == 0 {
			x.w.status = res.Status // upgraded: the head went past the writer
		}
	case res.Kind != origin.ClientGone:
		x.unanswered(res)
	case x.r.Context().Err() == nil, errors.Is(res.Err, os.ErrDeadlineExceeded):
		// Still there: the request was unusable, or its body never came to an end
		// (the server takes that for a connection lost, but it can be written to).
		x.verdict = verdict{Action: falochron.Refuse, Reason: "unusable-request"}
		x.fail(page.ErrorView{Status: http.StatusBadRequest})
	}
}

// led notes where a redirect leads somebody: what follows is the same page to
// them, and has waited already.
func (x *exchange) led(resp *http.Response) {
	if x.page && x.slot != nil && !x.slot.pressed.IsZero() && leadsOn(resp.StatusCode, resp.Header) {
		x.shop.gate.waitsSince(time.Now(), x.slot.pressed, x.who.key)
	}
}

// release gives the slot back when the head of the answer is here and the rest
// is no work of the shop: streams at once, everything else after a moment, so
// that a slow phone reading a long page holds no slot.
func (x *exchange) release(resp *http.Response) {
	if x.slot == nil {
		return
	}
	if resp.StatusCode == http.StatusSwitchingProtocols || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		x.slot.done(admit.Answered)
		return
	}
	how, s := outcome(resp.StatusCode), x.slot
	time.AfterFunc(slowReader, func() { s.done(how) })
}

// slowReader is how long after the head of an answer the shop may still be
// writing its body; guessed from pages of some 100 KB.
const slowReader = time.Second

// overloaded tells the statuses that speak of the shop's state from those that
// speak of the request. A plain 500 is a fault in a page, not a full shop.
func overloaded(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// outcome is what an answer of this status tells the limiter.
func outcome(status int) admit.Outcome {
	switch {
	case overloaded(status):
		return admit.Errored
	case status == http.StatusTooManyRequests:
		return admit.Refused
	}
	return admit.Answered
}

func outcomeOf(res origin.Result) admit.Outcome {
	if res.OriginStatus != 0 {
		return outcome(res.OriginStatus)
	}
	switch res.Kind {
	case origin.Timeout:
		return admit.TimedOut
	case origin.ConnectFailed:
		return admit.Unreach
	case origin.OriginError:
		return admit.Errored
	}
	return admit.Dropped
}

// headers adds what is ours to the shop's answer.
func (x *exchange) headers(resp *http.Response) {
	h := resp.Header
	h.Del("X-Request-Id") // ours is there already
	h.Del(page.StateHeader)
	h.Add("Cache-Status", x.passing().String())
	x.askEachTime(h, resp.StatusCode)
	if x.class != falochron.ClassStatic {
		if x.who.inside && x.who.renew && (x.keyed || x.who.seq != 0 || !x.standing.Anonymous) {
			// Our cache would have kept it if it could be shared, or it is the page of
			// somebody who waited for it, or whose pages are personal. Without the ticket
			// the next request of the same person would be a newcomer's.
			unshare(h)
		}
		if !shared(h) {
			x.keepPlace(h)
		}
	}
	if x.who.byURL {
		limitReferrer(h)
		unshare(h)
		if !private(h) {
			h.Add("Cache-Control", "private")
		}
	}
}

// askEachTime keeps browsers, and caches before us, from answering a navigation
// without us. The next page somebody in line asks for is the gate: a page that comes
// from the browser's own store claims no place, and its button meets the line for
// ever. It would also show what is sold out by now. What is unchanged costs a 304,
// which says the same, or a script that looks at a page ahead would make it last.
func (x *exchange) askEachTime(h http.Header, status int) {
	html := strings.HasPrefix(h.Get("Content-Type"), "text/html") || // also at /account/x.css
		status == http.StatusNotModified && x.class != falochron.ClassStatic && x.class != falochron.ClassFragment
	if !x.marks() || !html && (!x.page || x.class == falochron.ClassStatic) {
		return
	}
	said := strings.Join(h.Values("Cache-Control"), ",")
	if strings.Contains(strings.ToLower(said), "no-store") {
		return
	}
	kept := []string{"no-cache"} // also where nothing is said: browsers guess by Last-Modified
	for directive := range strings.SplitSeq(said, ",") {
		directive = strings.TrimSpace(directive)
		name, _, _ := strings.Cut(strings.ToLower(directive), "=")
		switch name {
		case "", "public", "max-age", "s-maxage", "immutable", "no-cache", "stale-while-revalidate", "stale-if-error":
		default:
			kept = append(kept, directive)
		}
	}
	h["Cache-Control"] = []string{strings.Join(kept, ", ")}
	h.Del("Expires")
	for _, name := range targeted(h) {
		h.Del(name)
	}
}

// keepPlace sends the ticket of somebody inside, if it is time. The answer that
// carries it is for one visitor: a cache before us must not keep it, even where
// the shop says nothing about that.
func (x *exchange) keepPlace(h http.Header) {
	if !x.who.inside || !x.who.renew || x.who.key == (sessionKey{}) {
		return
	}
	in := ticket.Inside{Session: x.who.key, Entered: x.who.sinceIn, Seen: x.now, Replica: x.who.replica}
	h.Add("Set-Cookie", x.set.Keys.InsideCookie(x.set.Keys.SealInside(in), x.proto == "https").String())
	if !private(h) {
		h.Add("Cache-Control", "private")
	}
}

// limitReferrer keeps the ticket in this page's address from other hosts.
func limitReferrer(h http.Header) {
	if !strings.EqualFold(h.Get("Referrer-Policy"), "no-referrer") {
		h.Set("Referrer-Policy", "same-origin")
	}
}

// shared reports that a cache on the way may keep the answer, so that a cookie
// of ours in it would be shown to others.
func shared(h http.Header) bool {
	cc := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	return strings.Contains(cc, "public") || strings.Contains(cc, "s-maxage") ||
		targeted(h) != nil // RFC 9213: these outrank our private
}

// targeted are the fields that speak to caches of one kind or operator (RFC
// 9213, section 2: their names end so; Surrogate-Control is the older one).
func targeted(h http.Header) (names []string) {
	for name := range h {
		if name == "Surrogate-Control" || strings.HasSuffix(strings.ToLower(name), "cdn-cache-control") {
			names = append(names, name)
		}
	}
	return names
}

// unshare takes back what lets caches before us keep an answer; the browser may
// still keep it as long as the shop says.
func unshare(h http.Header) {
	if !shared(h) {
		return
	}
	var kept []string
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		directive = strings.TrimSpace(directive)
		name, _, _ := strings.Cut(strings.ToLower(directive), "=")
		if name != "" && name != "public" && name != "s-maxage" && name != "private" {
			kept = append(kept, directive)
		}
	}
	h.Set("Cache-Control", strings.Join(append(kept, "private"), ", "))
	for _, name := range targeted(h) {
		h.Del(name)
	}
}

// private reports that an answer says already that it is for one visitor.
func private(h http.Header) bool {
	return strings.Contains(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), "private")
}

// gated reports whether the script may go into this answer at all.
func (x *exchange) gated() bool {
	return x.set.GateScript && x.page && x.r.Method == http.MethodGet && x.snap.Mode != falochron.ModeOff &&
		x.snap.Mode != falochron.ModeWatch && x.r.Header.Get("Upgrade") == "" && x.r.Header.Get("Range") == ""
}

// noteOrder counts an order page that was answered, once for each visit.
func (x *exchange) noteOrder(res origin.Result) {
	if !x.set.classify.OrderPage(x.asked, res.OriginStatus) {
		return
	}
	first, visiting := x.shop.gate.bought(time.Now(), x.who.key)
	if !visiting {
		// Back from the bank in another browser, or after the visit's end.
		first = x.shop.eyes.thanks.first(x.r)
	}
	if first {
		x.shop.eyes.order(time.Now())
	}
}

// unanswered says in our own words that the shop did not answer.
func (x *exchange) unanswered(res origin.Result) {
	x.verdict = verdict{Action: falochron.Failed, Reason: res.Kind.String()}
	v := page.ErrorView{Status: http.StatusBadGateway, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)}
	switch res.Kind {
	case origin.Timeout:
		v.Status = http.StatusGatewayTimeout
	case origin.ConnectFailed:
		v.Kind = page.ShopDown
	case origin.Looped:
		v = page.ErrorView{Kind: page.Loop}
	}
	x.fail(v)
}
