package accept

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// http2Bounds is what one HTTP/2 connection may do and make us hold.
func http2Bounds() *http.HTTP2Config {
	return &http.HTTP2Config{
		// RFC 9113, section 6.5.2: "It is recommended that this value be no smaller
		// than 100, so as to not unnecessarily limit parallelism."
		MaxConcurrentStreams:      100,
		MaxDecoderHeaderTableSize: 4096,
		// The least there is. The buffer for a frame stays with its connection: at
		// x/net's default one large frame would cost 1 MB for ever.
		MaxReadFrameSize: 16 << 10,
		// What may have come of bodies that nobody has read yet. As much as nginx
		// takes for a stream; twice that for a connection, so that one upload that
		// waits for the shop does not hold up the next.
		MaxReceiveBufferPerStream:     64 << 10,
		MaxReceiveBufferPerConnection: 128 << 10,
		SendPingTimeout:               time.Minute,
		PingTimeout:                   15 * time.Second,
	}
}

// requests are the requests being served, on all connections together. The
// bound on connections alone does not bound them: over HTTP/2 each connection
// can carry a hundred.
type requests struct {
	serving atomic.Int64
	refused atomic.Uint64
}

// enter counts one in, if there is room among most. Who got false must not
// leave.
func (q *requests) enter(most int64) bool {
	if q.serving.Add(1) <= most {
		return true
	}
	q.serving.Add(-1)
	q.refused.Add(1)
	return false
}

func (q *requests) leave() { q.serving.Add(-1) }

// Requests returns how many requests are being served now, and how many were
// refused since the start because there were MaxRequests.
func (s *Server) Requests() (serving int64, refused uint64) {
	return s.door.requests.serving.Load(), s.door.requests.refused.Load()
}

const tooBusy = "Zbyt wiele zapytań w tej chwili. Odśwież stronę za kilka sekund.\n" +
	"Too many requests at this moment. Please reload in a few seconds.\n"

// turnAway answers a request for which there is no room.
func turnAway(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Retry-After", "5")
	h.Set("Cache-Control", "no-store")
	if r.ProtoMajor == 1 {
		// Or the server would wait for the body, which nobody bounds. Over HTTP/2
		// it does not; and a new connection would cost more than this answer.
		h.Set("Connection", "close")
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, tooBusy)
}
