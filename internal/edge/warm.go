package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
)

// The page that an announced post leads to, and the files it needs, are in the cache
// when the first fans come: the edge asks for them minutes before, as any visitor
// without a cookie would make it ask, and goes on asking so that they do not get old. It
// is never a visitor's request, never asks while people wait, and one thing after the
// other.

const (
	warmAhead = 10 * time.Minute       // before a post may come its page is fetched: a slow shop has time
	warmAfter = 10 * time.Minute       // after it went out, or should have, its page is kept warm; then fans do
	warmEvery = 10 * time.Second       // between two looks: as long as a page is fresh of which the shop says nothing
	warmNear  = 30 * time.Second       // around the moment itself it is looked at each second
	warmFiles = 5 * time.Minute        // between two looks at files
	warmProbe = 5 * time.Minute        // between two questions whether a page is for everybody
	warmPause = 200 * time.Millisecond // after each thing that the shop was asked for: five a second
	warmTime  = 20 * time.Second       // that one answer may take
	warmMost  = 1 << 20                // bytes of a page that are read for what it needs
	warmParts = 40                     // files of a page that are fetched; what is seen first stands first
)

// warmth is what the last look at a landing page found.
type warmth struct {
	at      time.Time // of the look
	files   time.Time // of the last look at the files
	probed  time.Time // when the shop was last asked whether the page is for everybody
	cold    string    // why the page is not in the cache; empty: it is
	preview page.Preview
}

// warmAll looks at the pages of announced posts until ctx ends. A shop that does not
// answer keeps no other waiting.
func (s *Server) warmAll(ctx context.Context) {
	var looking sync.WaitGroup
	defer looking.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.hurry: // something is announced
		}
		for _, sh := range s.shops.Load().byName {
			if sh.warming.CompareAndSwap(false, true) {
				looking.Go(func() {
					defer sh.warming.Store(false)
					s.warmShop(ctx, sh)
				})
			}
		}
	}
}

// warmShop looks at the pages of one shop whose time it is.
func (s *Server) warmShop(ctx context.Context, sh *shop) {
	if sh.set.Load().Cache == nil {
		return
	}
	if mode := sh.ordered.Load().Mode; mode == falochron.ModeOff || mode == falochron.ModeWatch {
		return // nothing is answered from the cache
	}
	for _, l := range sh.links.Load().list {
		if ctx.Err() != nil {
			return
		}
		if now := time.Now(); l.toWarm(now) {
			s.warmLink(ctx, sh, l, now)
		}
	}
	s.warmHints(ctx, sh)
}

// toWarm reports whether it is time to look at a landing page.
func (l *link) toWarm(now time.Time) bool {
	if !l.near(now) {
		return false
	}
	w := l.warm.Load()
	return w == nil || now.Sub(w.at) >= warmEvery || l.post.At.Sub(now).Abs() < warmNear
}

// near reports whether a post is about to go out, or went out a moment ago.
func (l *link) near(now time.Time) bool {
	p := &l.post
	return !p.Off && !now.Before(p.At.Add(-p.Slip-warmAhead)) && !now.After(p.At.Add(p.Slip+warmAfter))
}

// warmLink looks at one landing page, and now and then at what it needs.
func (s *Server) warmLink(ctx context.Context, sh *shop, l *link, now time.Time) {
	old := l.warm.Load()
	if old == nil {
		old = new(warmth)
	}
	w := *old
	w.at = now
	var got *sink
	base := sh.addressOf(l)
	to, err := base.Parse(l.to)
	switch {
	case err != nil || base.Host == "":
		w.cold = "no-host" // nobody has come yet, and neither plan nor configuration names one
	case !s.mayWarm(sh):
		if old.at.IsZero() {
			w.cold = "shop-busy" // those who are there go first
		}
	default:
		got, w.cold = s.warm(ctx, sh, to, true)
		if w.cold != "" && now.Sub(w.probed) >= warmProbe && s.mayWarm(sh) {
			// Of a shop that nobody has described the cache keeps a page once it was seen to be
			// for everybody. Nobody has seen this one yet.
			w.probed = now
			if s.probe(ctx, sh, to) {
				got, w.cold = s.warm(ctx, sh, to, true)
			}
		}
	}
	if ctx.Err() != nil {
		return
	}
	l.warm.Store(&w)
	if old.at.IsZero() || old.cold != w.cold {
		note := "warmed: " + l.to + " (" + l.post.ID + ")"
		if w.cold != "" {
			note = "not warmed: " + l.to + " (" + l.post.ID + ", " + w.cold + ")"
		}
		s.cfg.Journal.Append(falochron.Record{Time: now, Shop: sh.name, Note: note})
	}
	if got == nil || w.cold != "" || now.Sub(w.files) < warmFiles {
		return
	}
	more := w
	found := read(got.text(), to)
	more.files, more.preview = now, found.preview
	l.warm.Store(&more)
	for _, u := range found.files {
		if ctx.Err() != nil || !s.mayWarm(sh) {
			return
		}
		s.warm(ctx, sh, u, false)
	}
}

// mayWarm reports whether the shop has room for what nobody waits for.
func (s *Server) mayWarm(sh *shop) bool {
	return !sh.gate.crowded() && sh.gate.pause.left(time.Now()) <= 0
}

// addressOf is the address under which fans will ask for a landing page, as far as it
// is known. What visitors write decides no more than they could themselves: whether the
// shop is asked for by TLS, and of a shop of which nobody has said a host, which.
func (sh *shop) addressOf(l *link) *url.URL {
	u, came := &url.URL{Scheme: l.scheme, Host: l.host, Path: "/"}, sh.came.Load()
	if u.Host == "" {
		if hosts := sh.set.Load().Hosts; len(hosts) > 0 {
			u.Scheme, u.Host = "https", hosts[0]
		} else if said, err := url.Parse(l.post.Link); err == nil && (said.Scheme == "https" || said.Scheme == "http") {
			u.Scheme, u.Host = said.Scheme, said.Host // the shop has every host, so it has this one
		} else if came != nil {
			u.Host = came.host
		}
	}
	if came != nil && strings.EqualFold(hostname(came.host), hostname(u.Host)) {
		u.Scheme = came.proto
	}
	return u
}

// arrival is how somebody came.
type arrival struct{ proto, host string }

// comeBy notes how somebody came who looks at a page.
func (sh *shop) comeBy(proto, host string) {
	if was := sh.came.Load(); was == nil || was.proto != proto || was.host != host {
		sh.came.Store(&arrival{proto, host})
	}
}

// warm has the cache answer for somebody without any cookie. It returns the answer, and
// why it was not the cache's.
func (s *Server) warm(ctx context.Context, sh *shop, u *url.URL, asPage bool) (got *sink, cold string) {
	ctx, cancel := context.WithTimeout(ctx, warmTime)
	defer cancel()
	x, got, err := s.stranger(ctx, sh, u, asPage)
	if err != nil {
		return nil, "address"
	}
	if x.identify() {
		return got, x.verdict.Reason
	}
	before := x.set.Cache.Stats().Fills
	answered := x.answer()
	if x.set.Cache.Stats().Fills != before { // or somebody else's: then it waits in vain
		rest(ctx, warmPause)
	}
	switch {
	case !answered && x.cacheSays.Detail != "":
		return got, x.cacheSays.Detail
	case !answered:
		return got, x.purpose().String()
	case x.verdict.Action != falochron.Hit:
		return got, x.verdict.Reason
	case got.status/100 != 2:
		return got, "status-" + http.StatusText(got.status)
	}
	return got, ""
}

// stranger is somebody without any cookie who asks for an address of the shop.
func (s *Server) stranger(ctx context.Context, sh *shop, u *url.URL, asPage bool) (*exchange, *sink, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.RequestURI(), nil)
	if err != nil {
		return nil, nil, err
	}
	r.Host, r.RequestURI = u.Host, u.RequestURI()
	r.Header = http.Header{"User-Agent": {askAgent}, "Accept-Encoding": {"gzip"}, "Accept": {"*/*"}, "Sec-Fetch-Mode": {"no-cors"}}
	if asPage {
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	}
	// The line may stand before everything by now: that is for people.
	snap := *sh.snap.Load()
	snap.Mode = falochron.ModeAuto
	got := &sink{head: make(http.Header)}
	x := &exchange{
		srv: s, shop: sh, set: sh.set.Load(), snap: &snap, w: &answer{ResponseWriter: got}, r: r,
		now: time.Now(), id: s.seeds.id(), client: origin.Nobody(), proto: u.Scheme, host: u.Host,
	}
	x.began, x.w.x = x.now, x
	return x, got, nil
}

// probe asks the shop for a page as a stranger's own request would, and shows the cache
// the header of the answer: what the shop calls public, it fills from now on. It reports
// whether it was answered.
func (s *Server) probe(ctx context.Context, sh *shop, u *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, warmTime)
	defer cancel()
	x, _, err := s.stranger(ctx, sh, u, true)
	if err != nil || x.identify() || !shareable[x.purpose()] {
		return false
	}
	share, reason := x.mayShare()
	if reason != "" {
		return false
	}
	x.share, x.keyed = share, true
	x.key = x.keyOf(share)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	r.Header = http.Header{"User-Agent": {askAgent}, "Accept": x.r.Header["Accept"], "Accept-Encoding": {"gzip"}}
	asked := time.Now()
	resp, err := s.ask(ctx, sh, r)
	if err != nil {
		return false
	}
	_, _ = io.CopyN(io.Discard, resp.Body, warmMost) // to keep the connection; what it holds is for nobody
	_ = resp.Body.Close()
	x.observe(resp, asked)
	rest(ctx, warmPause)
	return true
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// sink takes an answer that nobody reads but us.
type sink struct {
	head   http.Header
	status int
	body   bytes.Buffer // its first warmMost bytes
}

// Header is that of the answer.
func (s *sink) Header() http.Header { return s.head }

// WriteHeader notes the final status.
func (s *sink) WriteHeader(code int) {
	if s.status == 0 && code >= 200 {
		s.status = code
	}
}

// Write keeps what a page is known by.
func (s *sink) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.body.Write(b[:min(len(b), max(0, warmMost-s.body.Len()))])
	return len(b), nil
}

// text is the body, unpacked.
func (s *sink) text() io.Reader {
	if s.head.Get("Content-Encoding") != "gzip" {
		return &s.body
	}
	z, err := gzip.NewReader(&s.body)
	if err != nil {
		return strings.NewReader("")
	}
	return io.LimitReader(z, warmMost)
}
