package origin

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// ForwardOptions say what the pool cannot know about a request. Every field
// but Visitor may be zero.
type ForwardOptions struct {
	// Visitor is where the request comes from; incoming fields that claim to
	// know are dropped.
	Visitor Visitor
	// Sticky other than 0 keeps all requests with that number on one replica
	// while it is well.
	Sticky uint64
	// Since is when that visitor came: he is not moved to replicas that joined later, and
	// stays where he is while it drains. Zero means now.
	Since time.Time
	// At is where that visitor was settled, see [Pool.Settle]: he belongs there as long as that
	// replica serves. Zero means that it is drawn.
	At uint16
	// ModifyResponse may change the final answer's head and body before any of
	// it is sent. After an error nothing is sent; it comes back in Result.Err.
	ModifyResponse func(*http.Response) error
	// FirstByte is told when the head of the final answer is here, with the time
	// since the start: what adapts to the shop need not wait for the body's end.
	FirstByte func(status int, after time.Duration)
	// Done is told the result, exactly once and before Forward returns or
	// panics. Who must see every result uses this.
	Done func(Result)
}

// Forward carries a visitor's request to a replica and its answer back, both
// as they flow. It writes the shop's answer or nothing: with Result.Status 0
// the caller owes the visitor an answer.
//
// When the answer breaks off in the middle, Forward panics with
// [http.ErrAbortHandler] after telling Done, so that the visitor's connection
// is cut and he cannot take a part for the whole. (Outside an [http.Server] it
// returns with Result.Aborted instead.)
//
// A request that this pool has sent out before goes nowhere: Result.Kind is
// [Looped], see [Pool.CheckLoop].
//
// Header fields that w has already go out with the final answer, beside the
// shop's of the same name, but not with interim answers.
func (p *Pool) Forward(w http.ResponseWriter, r *http.Request, opt ForwardOptions) (res Result) {
	if err := p.CheckLoop(r.Header); err != nil {
		res = Result{Kind: Looped, Err: err}
		if opt.Done != nil {
			opt.Done(res)
		}
		return res
	}
	x := &exchange{pool: p, opt: opt, in: r, start: time.Now()}
	x.out = recorder{ResponseWriter: w, header: make(http.Header), interim: r.ProtoAtLeast(1, 1)}
	broken := true // unless ServeHTTP returns
	defer func() {
		res = x.result(broken)
		if opt.Done != nil {
			opt.Done(res)
		}
	}()
	proxy := httputil.ReverseProxy{
		Rewrite:        x.rewrite,
		Transport:      x,
		FlushInterval:  -1,
		BufferPool:     &p.buffers,
		ModifyResponse: x.modify,
		ErrorHandler:   func(_ http.ResponseWriter, _ *http.Request, err error) { x.fail(err) },
		ErrorLog:       silence, // the result says it
	}
	proxy.ServeHTTP(&x.out, r)
	broken = x.broken() != nil
	return
}

var silence = log.New(io.Discard, "", 0)

// exchange is one request being forwarded.
type exchange struct {
	pool  *Pool
	opt   ForwardOptions
	in    *http.Request
	out   recorder
	start time.Time

	sending   sending
	status    int           // the shop's, 0 if it has not answered
	firstByte time.Duration // since start
	body      *watched      // the answer's, nil if there is none
	upgraded  io.Closer     // the connection after a 101, nil if there is none
	err       error         // why nothing was sent
}

// rewrite makes the request to the shop out of the visitor's. The proxy has
// taken out the hop-by-hop fields.
func (x *exchange) rewrite(pr *httputil.ProxyRequest) {
	pr.Out.Host = pr.In.Host
	if h := x.pool.cfg.Host; h != "" {
		pr.Out.Host = h
	}
	// The proxy drops from the query what Go cannot parse (";", a bare "%"); a
	// shop written in PHP can, and its own links may contain it.
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery
	// The trailer's values come at the end of the body, into this very map.
	pr.Out.Trailer = pr.In.Trailer
	// Stamp reads what a trusted peer handed on, which the proxy has removed.
	if came, ok := pr.In.Header["X-Forwarded-For"]; ok {
		pr.Out.Header["X-Forwarded-For"] = came
	}
	x.opt.Visitor.Stamp(pr.Out.Header)
	// Only WebSocket is let through an upgrade. "Upgrade: h2c" would open a
	// connection to the shop on which requests pass that nobody looks at.
	if up := pr.Out.Header.Get("Upgrade"); up != "" && !strings.EqualFold(up, "websocket") {
		pr.Out.Header.Del("Upgrade")
		pr.Out.Header.Del("Connection")
	}
	pr.Out.Header.Del("Http2-Settings")
	atMostOnce(pr.Out.Header)
	x.pool.announce(pr.Out.Header, pr.In.ProtoMajor, pr.In.ProtoMinor)
}

// RoundTrip sends the request to a replica (for the proxy; not to be called).
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, s := x.pool.send(req, stay{x.opt.Sticky, x.opt.Since, x.opt.At})
	x.sending = s
	if s.err != nil {
		return nil, s.err
	}
	x.status, x.firstByte = resp.StatusCode, time.Since(x.start)
	if x.opt.FirstByte != nil {
		x.opt.FirstByte(x.status, x.firstByte)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		x.upgraded = resp.Body
	} else {
		x.body = &watched{ReadCloser: resp.Body}
		resp.Body = x.body
	}
	return resp, nil
}

func (x *exchange) modify(resp *http.Response) error {
	if x.opt.ModifyResponse == nil {
		return nil
	}
	return x.opt.ModifyResponse(resp)
}

// fail remembers why nothing was sent. The proxy leaves the connection of an
// upgrade it refuses open; nobody else would close it.
func (x *exchange) fail(err error) {
	x.err = err
	if x.upgraded != nil {
		x.upgraded.Close()
	}
}

// broken returns what broke the answer off after its head was sent.
func (x *exchange) broken() error {
	if x.out.err != nil {
		return x.out.err
	}
	if x.body != nil {
		return x.body.err
	}
	return nil
}

func (x *exchange) result(broken bool) Result {
	res := Result{
		Status: x.out.status, OriginStatus: x.status, Bytes: x.out.bytes,
		Upload: x.sending.uploaded, FirstByte: x.firstByte, Total: time.Since(x.start),
		Retried: x.sending.retried, Aborted: broken && x.out.status != 0, Err: x.err,
	}
	if x.sending.replica != nil {
		res.Replica = x.sending.replica.URL()
	}
	switch {
	case x.sending.err != nil:
		res.Kind = x.sending.kind
	case x.status == 0:
		res.Kind = ClientGone // the request itself was unusable
	case !broken:
		res.Kind = answerKind(x.status)
		if x.err != nil && x.status == http.StatusSwitchingProtocols {
			res.Kind = OriginError // it switched to what nobody asked for
		}
	case x.sending.cause() != nil:
		res.Kind, res.Err = Timeout, x.sending.cause()
	default:
		res.Kind, res.Err = OriginError, x.broken()
		if x.out.err != nil || x.in.Context().Err() != nil {
			res.Kind = ClientGone
		}
	}
	return res
}

// watched remembers why reading the answer failed.
type watched struct {
	io.ReadCloser
	err error
}

func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}
