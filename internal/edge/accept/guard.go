package accept

import (
	"net/http"
	"runtime/debug"
)

// guard is the outermost handler: it refuses what has more than one reading
// and what is too much at once, and bounds how long a body and an answer may
// take.
type guard struct{ server *Server }

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.recovered()
	if status, why := unfit(r); status != 0 {
		g.server.counts.badRequests.Add(1)
		w.Header().Set("Connection", "close")
		http.Error(w, why, status)
		return
	}
	if !g.server.door.requests.enter(int64(g.server.cfg.MaxRequests)) {
		turnAway(w, r)
		return
	}
	defer g.server.door.requests.leave()
	if closeAfter(r) {
		w.Header().Set("Connection", "close")
	}
	// RFC 9112, section 3.2.2: of an absolute-form target only path and query are
	// left to look at; its host is in r.Host.
	r.URL.Scheme, r.URL.Host, r.URL.User = "", "", nil
	if r.URL.Path == "" {
		r.URL.Path = "/"
	}
	g.server.cfg.Trust.dropVendors(r.Header)

	d := &deadlines{control: http.NewResponseController(w)}
	defer d.end()
	if limit := g.server.cfg.BodySilence; limit > 0 && r.Body != nil && r.Body != http.NoBody {
		b := newPatientBody(r, d, limit)
		// A copy: by the type of its own request's body the server knows whether
		// a visitor still waits for "100 Continue".
		r = r.WithContext(r.Context())
		r.Body = b
	}
	// HTTP/1 has its bound at the socket, where each write is one visitor's.
	if limit := g.server.cfg.WriteStall; limit > 0 && r.ProtoMajor == 2 {
		p := newPatientWriter(w, d, limit)
		(*g.server.handler.Load()).ServeHTTP(p, r)
		p.finish(r)
		return
	}
	(*g.server.handler.Load()).ServeHTTP(w, r)
}

// recovered logs a handler's panic and cuts the visitor's connection, so that
// he cannot take a part of an answer for the whole.
func (g *guard) recovered() {
	v := recover()
	if v == nil {
		return
	}
	if v != http.ErrAbortHandler {
		g.server.counts.panics.Add(1)
		g.server.cfg.Log.Error("panic in a handler", "panic", v, "stack", string(debug.Stack()))
	}
	panic(http.ErrAbortHandler)
}

// unfit returns why a request that net/http let pass is not acceptable, or 0.
func unfit(r *http.Request) (status int, why string) {
	switch {
	case r.Method == http.MethodConnect:
		return http.StatusNotImplemented, "this is no proxy"
	case r.Method == "PRI" || r.RequestURI == "*":
		return http.StatusBadRequest, "bad request target"
	case r.Host == "" && r.ProtoMajor == 1 && r.ProtoMinor == 0:
		return 0, "" // HTTP/1.0 knows no Host
	case !ValidHost(r.Host):
		return http.StatusBadRequest, "bad Host"
	}
	return 0, ""
}

// closeAfter reports whether the connection must end with this request.
//
// RFC 9112, section 6.1: "A server MAY reject a request that contains both
// Content-Length and Transfer-Encoding or process such a request in accordance
// with the Transfer-Encoding alone. Regardless, the server MUST close the
// connection after responding to such a request to avoid the potential
// attacks." And: "A server or client that receives an HTTP/1.0 message
// containing a Transfer-Encoding header field MUST treat the message as if the
// framing is faulty [...] and close the connection after processing the
// message." In both cases net/http has removed the evidence and keeps the
// connection; so it ends after every request that could be such a one.
func closeAfter(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}
