package origin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// RoundTrip sends one request of the edge's own, such as a cache fill, to the
// least busy replica and returns the answer; the caller closes its body. Only
// path and query of the request's URL count, Host and fields go as they are.
// Errors are what the connection gave, or a [falochron.Error] of kind
// [falochron.Unavailable] when no replica is well.
func (p *Pool) RoundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	if p.cfg.Host != "" {
		req = req.Clone(ctx)
		req.Host = p.cfg.Host
	}
	resp, s := p.send(req.WithContext(ctx), 0)
	return resp, s.err
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
func (p *Pool) send(req *http.Request, sticky uint64) (*http.Response, sending) {
	var s sending
	start := time.Now()
	harmless := repeatable(req)
	for {
		l, err := p.take(sticky, s.replica, harmless)
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

// repeatable reports whether sending the request twice does no harm even if it
// was acted upon the first time: RFC 9110, section 9.2.2, narrowed to what has
// no body.
func repeatable(req *http.Request) bool {
	if req.Body != nil && req.Body != http.NoBody {
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
		GotConn:              func(httptrace.GotConnInfo) { m.connected.Store(true) },
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
	p.observe(l, answerOutcome(resp.StatusCode), resp.Status)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// What follows is no request any more: it holds no worker of the shop, may
		// last for hours, and ends with the visitor's context.
		p.release(l)
		return resp, nil
	}
	resp.Body = newBody(resp.Body, p.cfg.BodySilence, silent, func() {
		p.release(l)
		cancel(nil)
	})
	return resp, nil
}
