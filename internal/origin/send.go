package origin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// RoundTrip sends one request of the edge's own, such as a cache fill, to the
// least busy replica and returns the answer; the caller closes its body. Only
// path and query of the request's URL count; Host and fields go as they are,
// except those that make a shop serve another page than the one asked for, and
// the mark by which the pool knows it again. Errors are what the connection
// gave, or a [falochron.Error] of kind [falochron.Unavailable] when no replica
// is well.
func (p *Pool) RoundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	resp, s := p.send(p.ownRequest(ctx, req), stay{})
	return resp, s.err
}

// RoundTripFor is [Pool.RoundTrip] for the sake of one visitor, at the replica where he
// belongs: a session that is begun for him must be where his requests go. Of opt the
// fields that say where that is count.
func (p *Pool) RoundTripFor(ctx context.Context, req *http.Request, opt ForwardOptions) (*http.Response, error) {
	resp, s := p.send(p.ownRequest(ctx, req), stay{opt.Sticky, opt.Since, opt.At})
	return resp, s.err
}

// ownRequest is a request of the edge's own, as it is sent.
func (p *Pool) ownRequest(ctx context.Context, req *http.Request) *http.Request {
	req = req.Clone(ctx)
	if req.Header == nil {
		req.Header = make(http.Header)
	}
	// The answer may be shown to everybody who asks for this URL.
	drop(req.Header, func(name string) bool { return slices.Contains(shaping, name) || slices.Contains(overrides, name) })
	p.signLoop(req.Header)
	if p.cfg.Host != "" {
		req.Host = p.cfg.Host
	}
	return req
}

// sending is what is known of one request on its way, whatever came of it.
type sending struct {
	replica  *Replica
	retried  bool
	uploaded time.Duration // from the start until the last of the visitor's body had come
	kind     Kind          // with err only
	err      error
	cause    func() error // why the answer's body was given up, nil if it was not
}

// send carries a request to a replica, and to another one if the first shows
// that it never got hold of the request. The answer's body must be closed.
func (p *Pool) send(req *http.Request, of stay) (*http.Response, sending) {
	var s sending
	start := time.Now()
	harmless := repeatable(req)
	for {
		l, err := p.take(of, s.replica, harmless)
		if err != nil {
			if s.err == nil {
				s.kind, s.err = ConnectFailed, err
			}
			return nil, s
		}
		s.retried = s.replica != nil
		s.replica = l.replica
		m := &marks{start: start}
		resp, err := p.try(req, l, m)
		for n := 0; n < staleMost && err != nil && (m.unsent() || harmless && errors.Is(err, errStray)) && req.Context().Err() == nil; n++ {
			// The connection was kept, and the shop closed it meanwhile. That is no
			// fault of the replica's, and nothing of the request has left. Or there was
			// something on it that is nobody's.
			m = &marks{start: start}
			resp, err = p.try(req, l, m)
		}
		s.uploaded = time.Duration(m.uploaded.Load())
		if err == nil {
			s.err, s.cause = nil, m.cause
			return resp, s
		}
		kind, o := sortError(req.Context(), err, m)
		p.observe(l, o, err.Error())
		p.release(l)
		s.kind, s.err = kind, err
		again := kind == ConnectFailed && !m.bodyRead.Load() || o == reset && harmless
		if s.retried || !again {
			return nil, s
		}
	}
}

// staleMost bounds how many closed connections one request may come upon. Each
// attempt uses one up; they are found closed before they are used but for a
// moment's race, so more than two is rare. A guess.
const staleMost = 8

// repeatable reports whether sending the request twice does no harm even if it
// was acted upon the first time: RFC 9110, section 9.2.2, narrowed to what has
// no body and does not ask to be taken for another method.
func repeatable(req *http.Request) bool {
	if req.Body != nil && req.Body != http.NoBody || overridden(req.Header) {
		return false
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// marks are the points a request passes on its way, set from the transport's
// goroutines.
type marks struct {
	start        time.Time
	asked        atomic.Bool // for a connection; before that the request itself is at fault
	connected    atomic.Bool
	firstByte    atomic.Bool  // of any answer, also an interim one
	bodyRead     atomic.Bool  // the visitor's body was touched: it cannot be sent again
	uploadFailed atomic.Bool  // it could not be read to its end
	uploaded     atomic.Int64 // nanoseconds since start when the last of it had come
	cause        func() error
	line         line // the connection it was given
}

// unsent reports whether the attempt failed on a kept connection before a byte
// of the request was sent: then it may be repeated, whatever its method. (The
// standard transport does so too, but only without a body.)
func (m *marks) unsent() bool {
	return !m.bodyRead.Load() && !m.firstByte.Load() && m.line.unused()
}

// try makes one attempt at one replica. On success the replica has been told
// so, and is given back when the answer's body ends.
func (p *Pool) try(req *http.Request, l lease, m *marks) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	silent := func() { cancel(errSilent) } // after an upgrade ctx ends with the visitor's
	m.cause = func() error {
		if errors.Is(context.Cause(ctx), errSilent) {
			return errSilent
		}
		return nil
	}
	out := req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { m.asked.Store(true) },
		GotConn:              func(c httptrace.GotConnInfo) { m.connected.Store(true); m.line.given(c) },
		GotFirstResponseByte: func() { m.firstByte.Store(true) },
	}))
	u := *req.URL
	u.Scheme, u.Host, u.User, u.Opaque = l.replica.url.Scheme, l.replica.url.Host, nil, ""
	out.URL = &u
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &upload{req.Body, m}
	}
	resp, err := l.replica.transport.RoundTrip(out)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	if m.line.stray() {
		_ = resp.Body.Close() // another's, if anybody's
		cancel(nil)
		return nil, errStray
	}
	p.observe(l, answerOutcome(resp.StatusCode), resp.Status)
	// "Alt-Svc: h3" of a shop's own server would lead browsers past this edge.
	resp.Header.Del("Alt-Svc")
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// What follows is no request any more: it holds no worker of the shop, may
		// last for hours, and ends with the visitor's context.
		p.release(l)
		return resp, nil
	}
	// Neither does a stream of events, for which admission counts no slot either:
	// open streams must not fill a replica up to its ceiling.
	stream := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream")
	if stream {
		p.release(l)
	}
	resp.Body = newBody(resp.Body, p.cfg.BodySilence, silent, func() {
		if !stream {
			p.release(l)
		}
		cancel(nil)
	})
	return resp, nil
}
