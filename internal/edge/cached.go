package edge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/fresh"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// answer serves from the cache what need not reach the shop. In mode shop the
// line stands before everything, so only people inside, and files, which a
// waiting page of the shop's own look may need, are served so.
func (x *exchange) answer() bool {
	c := x.set.Cache
	if c == nil || !shareable[x.purpose()] {
		return false
	}
	if x.snap.Mode == falochron.ModeShop && !x.who.inside && x.class != falochron.ClassStatic {
		x.cacheSays = fresh.CacheStatus{Fwd: fresh.Bypass, Detail: "mode-shop"}
		return false
	}
	share, reason := x.mayShare()
	if reason != "" {
		x.cacheSays = fresh.CacheStatus{Fwd: fresh.Bypass, Detail: reason}
		return false
	}
	share.policy.Described = x.set.classify.Platform().Name != preset.GenericName
	if !safe(x.r.Method) && !share.policy.Reads {
		return false
	}
	claimed := verdict{}
	if x.page && x.who.seq != 0 && !x.who.inside && x.shop.gate.mayClaim(x.now, x.who.seq) {
		// Her turn has come: this navigation is the gate and takes the place, which
		// goes out with the page. Without it she would be refused at the cart.
		if x.enter() {
			return true
		}
		claimed = x.verdict
	}
	x.share = share
	x.key = x.keyOf(share)
	x.keyed = true
	x.w.before = x.ownHeaders
	var out cache.Outcome
	if x.kept { // what an attack asks for is not fetched
		var there bool
		if out, there = c.Answer(x.w, x.r, x.key, share.policy); !there {
			out = cache.Outcome{How: cache.Passed, Fwd: fresh.URIMiss, Reason: "cohort"}
		}
	} else if x.bare() {
		var there bool
		if out, there = c.Answer(x.w, x.r, x.key, share.policy); !there {
			if !x.shop.gate.spareFile(x.now) {
				x.w.before = nil
				x.cacheSays = fresh.CacheStatus{Fwd: fresh.URIMiss, Detail: "file-while-line"}
				x.verdict = verdict{Action: falochron.Wait, Reason: "file-while-line", Limit: "line"}
				x.miss(true)
				x.refuse(page.Waiting, botRetry)
				return true
			}
			out = c.Serve(x.w, x.r, x.key, share.policy, x.fill())
		}
	} else if x.shop.gate.pause.left(x.now) > 0 {
		out = x.answerPaused()
	} else if x.showsLinks() {
		// What is there; else a card, which many of them share: see preview.
		var kept bool
		if out, kept = c.Answer(x.w, x.r, x.key, share.policy); !kept {
			out = cache.Outcome{How: cache.Passed, Fwd: fresh.URIMiss, Reason: "preview"}
		}
	} else if x.who.inside && x.class != falochron.ClassStatic && x.shop.gate.line.Load() {
		// What the cache asks for stands behind everybody with a place while people wait.
		// Somebody inside does not stand there with those who have none.
		var kept bool
		if out, kept = c.Answer(x.w, x.r, x.key, share.policy); !kept {
			out = cache.Outcome{How: cache.Passed, Fwd: fresh.URIMiss, Reason: "inside"}
		}
	} else {
		out = c.Serve(x.w, x.r, x.key, share.policy, x.fill())
	}
	x.w.before = nil
	// It may have waited for seconds. To whoever keeps the time behind the gate, an
	// instant from before would be a clock set back, and everybody's patience over.
	x.now = time.Now()
	if errors.Is(out.Err, errPaused) {
		out = cache.Outcome{How: cache.Passed, Fwd: out.Fwd, Reason: pauseReason} // as anybody who asks for what is not shared
	}
	if x.cacheSays = out.CacheStatus(); out.How == cache.Passed && share.why != "" {
		x.cacheSays.Detail = share.why
	}
	x.made = out.How == cache.Filled
	switch out.How {
	case cache.Hit, cache.Filled, cache.Followed:
		if x.verdict = claimed; claimed.Reason == "" {
			x.verdict = verdict{Action: falochron.Hit, Reason: out.Reason}
		}
		return true
	case cache.Gone:
		x.verdict = verdict{Action: falochron.Shed, Reason: "client-gone"}
		return true
	case cache.Failed:
		// Nobody has pressed anything for the empty cart in the corner of a page: it comes
		// late or not at all, and leads nobody who only looks into the line.
		incidental := x.class == falochron.ClassStatic || share.kind != nil && share.kind.Empty
		if errors.Is(out.Err, errNoSlot) && !incidental {
			x.verdict = claimed
			return false // the shop is full: there is a line for that
		}
		x.asking = true
		x.verdict = verdict{Action: falochron.Failed, Reason: out.Reason}
		if errors.Is(out.Err, errNoSlot) {
			_, limit := x.shop.gate.use()
			x.verdict = verdict{Action: falochron.Shed, Reason: "queue-deadline", Limit: "concurrency", Bound: float64(limit)}
			x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)})
			return true
		}
		x.fail(page.ErrorView{Status: http.StatusBadGateway, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)})
		return true
	}
	return false
}

// keyOf is under which key what is asked for may be shared.
func (x *exchange) keyOf(share sharing) cache.Key {
	query := x.r.URL.RawQuery
	if share.query != "" {
		query = share.query
	}
	return cache.KeyOf(cache.Target{
		Secure: x.proto == "https", Host: x.host, Path: x.r.URL.EscapedPath(), Query: query,
		Static: x.class == falochron.ClassStatic, Header: x.r.Header, Cookies: share.form, Fields: share.fields,
	})
}

// shareable are the purposes that the cache may answer. A cart, a till, a payment
// notice or the owners' pages reach the shop even where it calls them public.
var shareable = [falochron.NumClasses]bool{
	falochron.ClassPage: true, falochron.ClassFragment: true, falochron.ClassStatic: true,
}

// ownHeaders makes an answer from the cache this visitor's own where it has to
// carry a ticket, or has one in its address: caches before us must not keep it.
func (x *exchange) ownHeaders(h http.Header) {
	x.askEachTime(h, x.w.status)
	if x.w.status/100 == 3 {
		x.leadOn(h)
	}
	if x.who.byURL {
		unshare(h)
		limitReferrer(h)
	}
	if x.class != falochron.ClassStatic && x.who.inside && x.who.renew {
		unshare(h)
		x.keepPlace(h)
	}
}

// leadOn gives a visitor who is led to another address of the shop his tracking parameters
// back: the shop was asked without them, and he would lose them on the way. Influencers' links
// lack a slash at the end, or www, as often as not.
func (x *exchange) leadOn(h http.Header) {
	own := cache.Tracking(x.r.URL.RawQuery)
	if own == "" || len(h["Location"]) != 1 {
		return
	}
	to, err := url.Parse(h["Location"][0])
	if err != nil || to.Opaque != "" || to.Host != "" && !sameSite(to.Hostname(), x.host) {
		return
	}
	to.RawQuery = strings.TrimPrefix(to.RawQuery+"&"+own, "&")
	h["Location"] = []string{to.String()}
}

// sameSite reports whether a name is that of a host, give or take www.
func sameSite(name, host string) bool {
	bare := func(s string) string { return strings.TrimPrefix(strings.ToLower(s), "www.") }
	if at, _, err := net.SplitHostPort(host); err == nil {
		host = at
	}
	return bare(name) == bare(host)
}

// fillPatience is how long a page that nobody has seen yet is waited for while people
// stand in line, or are about to. Chosen: nearly half the people reload a page slower than three seconds.
const fillPatience = 3 * time.Second

var (
	errNoSlot = errors.New("no room at the shop for a fill")
	errPaused = errors.New("the shop has answered a fill with 429, and its time is not over")
)

// answerPaused answers while the cache asks nothing of the shop: from the store,
// though it be stale, or not at all. Then the visitor's own request goes on.
func (x *exchange) answerPaused() cache.Outcome {
	p := x.share.policy
	p.Full = func() bool { return true } // an answer of 429 is a failure to RFC 5861's stale-if-error here
	if out, kept := x.set.Cache.Answer(x.w, x.r, x.key, p); kept {
		return out
	}
	return cache.Outcome{How: cache.Passed, Fwd: fresh.URIMiss, Reason: pauseReason}
}

// fill fetches for the cache. It outlives the request that began it, so it
// knows the shop and nothing of the visitor.
func (x *exchange) fill() cache.FillFunc {
	sh, gate, pool, class := x.shop, x.shop.gate, x.set.Pool, x.class
	proto, srv := x.proto, x.srv
	lane := admit.LaneOutside
	if x.who.inside {
		lane = admit.LaneInside
	}
	scripted := x.set.GateScript && class != falochron.ClassStatic
	listed, classify := x.share.kind != nil && !x.share.kind.Unproven, x.set.classify
	read := class == falochron.ClassPage && !x.set.NoCohorts
	return func(ctx context.Context, req *http.Request) (*http.Response, error) {
		waits := ctx
		if class != falochron.ClassStatic && gate.crowded() {
			// Whoever wants the page learns soon that there is a line, and gets a place in
			// it: everybody who comes meanwhile is behind them.
			var over context.CancelFunc
			waits, over = context.WithTimeout(ctx, fillPatience)
			defer over()
		}
		s := gate.acquireFill(waits, time.Now(), lane, class)
		if s == nil {
			return nil, errNoSlot
		}
		if gate.pause.left(time.Now()) > 0 { // it began while this waited for its slot
			s.done(admit.Dropped)
			return nil, errPaused
		}
		// The host as it is in the key, not as this visitor happened to write it.
		origin.Visitor{Client: origin.Nobody(), Proto: proto, Host: req.Host}.Stamp(req.Header)
		accepts := req.Header.Get("Accept-Encoding")
		if scripted {
			req.Header.Set("Accept-Encoding", "identity")
		}
		asked := time.Now()
		resp, err := fetchHeard(ctx, pool, req, s, func(resp *http.Response) {
			sh.limited(resp.StatusCode, time.Now())
			srv.pauseFills(sh, class, req, resp, asked)
		})
		if err == nil && listed {
			classify.Shed(resp.Header)
		}
		if err == nil && read {
			sh.files.watch(asked, preset.Request{Method: req.Method, Host: req.Host, Path: req.URL.EscapedPath()}, proto, classify, resp)
		}
		if err == nil && scripted && resp.StatusCode != http.StatusNotModified {
			// Whoever reads a shared page may press a button on it without a place.
			if inject(resp, req.Host) && resp.Header.Get("Content-Encoding") == "" {
				// Compressed or not by what this asker takes; the next may take another.
				resp.Header.Add("Vary", "Accept-Encoding")
			}
			srv.squeeze(resp, accepts)
		}
		return resp, err
	}
}

// fetch asks the shop and gives the slot back when it has answered. When nobody
// waits for the fill any more the shop goes on working on it all the same, as
// on a visitor's request (see forward), so the slot stays taken.
func fetch(ctx context.Context, to carrier, req *http.Request, s *slot) (*http.Response, error) {
	return fetchHeard(ctx, to, req, s, func(*http.Response) {})
}

// carrier takes a request to the shop: its pool, or one replica of it.
type carrier interface {
	RoundTrip(context.Context, *http.Request) (*http.Response, error)
}

// fetchHeard is fetch with somebody who is told of the answer's header, whether or
// not anybody waits for the fill any more.
func fetchHeard(ctx context.Context, to carrier, req *http.Request, s *slot, hear func(*http.Response)) (*http.Response, error) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	type answer struct {
		resp *http.Response
		err  error
	}
	came := make(chan answer, 1)
	go func() {
		resp, err := to.RoundTrip(inner, req)
		came <- answer{resp, err}
	}()
	take := func(a answer) (*http.Response, error) {
		if a.err != nil {
			cancel()
			s.done(unanswered(a.err))
			return nil, a.err
		}
		hear(a.resp)
		how := outcome(a.resp.StatusCode)
		a.resp.Header.Del("X-Request-Id") // of the fill, not of those who share it
		a.resp.Header.Del(page.StateHeader)
		context.AfterFunc(ctx, cancel)
		time.AfterFunc(slowReader, func() { s.done(how) })
		a.resp.Body = &slotBody{ReadCloser: a.resp.Body, slot: s, how: how, cancel: cancel}
		return a.resp, nil
	}
	select {
	case a := <-came:
		return take(a)
	case <-ctx.Done():
		go func() {
			if resp, err := take(<-came); err == nil {
				_ = resp.Body.Close() // for nobody
			}
		}()
		return nil, ctx.Err()
	}
}

// unanswered is what a fill without an answer says about the shop.
func unanswered(err error) admit.Outcome {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return admit.TimedOut
	}
	return admit.Unreach
}

// slotBody gives a slot back when the answer has been read.
type slotBody struct {
	io.ReadCloser
	slot   *slot
	how    admit.Outcome
	cancel context.CancelFunc
}

// Read gives the slot back at the end.
func (b *slotBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.slot.done(b.how)
	}
	return n, err
}

// Close gives the slot back in any case.
func (b *slotBody) Close() error {
	b.slot.done(b.how)
	defer b.cancel()
	return b.ReadCloser.Close()
}

// observe shows the cache what the shop said to a visitor's own request, and
// drops what an unsafe request has made untrue (RFC 9111, 4.4).
func (x *exchange) observe(resp *http.Response, requested time.Time) {
	c := x.set.Cache
	if c == nil {
		return
	}
	if x.keyed {
		c.Observe(x.key, fresh.Exchange{
			Method: x.r.Method, Request: x.r.Header,
			Status: resp.StatusCode, Response: resp.Header, Requested: requested, Received: time.Now(),
		}, x.share.policy)
		return
	}
	x.outdo(resp)
}
