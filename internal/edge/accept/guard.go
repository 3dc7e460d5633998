package accept

import (
	"io"
	"net/http"
	"runtime/debug"
	"time"
)

// guard is the outermost handler: it refuses what has more than one reading,
// and bounds how long a body may take.
type guard struct{ server *Server }

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.recovered()
	if status, why := unfit(r); status != 0 {
		g.server.counts.badRequests.Add(1)
		w.Header().Set("Connection", "close")
		http.Error(w, why, status)
		return
	}
	if closeAfter(r) {
		w.Header().Set("Connection", "close")
	}
	// RFC 9112, section 3.2.2: of an absolute-form target only path and query are
	// left to look at; its host is in r.Host.
	r.URL.Scheme, r.URL.Host, r.URL.User = "", "", nil
	if r.URL.Path == "" {
		r.URL.Path = "/"
	}
	if limit := g.server.cfg.BodySilence; limit > 0 && r.Body != nil && r.Body != http.NoBody {
		b := &patientBody{ReadCloser: r.Body, limit: limit, control: http.NewResponseController(w)}
		b.arm() // for a body that nobody reads, too: the server takes it in at the end
		// A copy: by the type of its own request's body the server knows whether
		// a visitor still waits for "100 Continue".
		r = r.WithContext(r.Context())
		r.Body = b
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

// patientBody is a request's body, each part of which must come in time.
type patientBody struct {
	io.ReadCloser
	limit   time.Duration
	control *http.ResponseController
	armed   time.Time // when the deadline was last set
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.arm()
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		// The server goes on reading, to notice a visitor who leaves; the
		// deadline must not look like one. After any other error it stays: what
		// is left of the body is not waited for.
		b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// arm moves the deadline on. Setting it is not free, and a second more or less
// does not matter.
func (b *patientBody) arm() {
	if now := time.Now(); now.Sub(b.armed) > time.Second {
		b.armed = now
		b.control.SetReadDeadline(now.Add(b.limit))
	}
}
