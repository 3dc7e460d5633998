package origin

import (
	"bufio"
	"maps"
	"net"
	"net/http"
)

// recorder passes an answer on to the visitor and remembers what was sent. It
// keeps the proxy's header fields apart from those that the visitor's writer
// has already, until the final head goes out: interim answers carry the shop's
// fields alone, and do not wipe out ours.
type recorder struct {
	http.ResponseWriter
	header  http.Header // the proxy's, until the final head is sent
	interim bool        // the visitor understands interim answers
	status  int         // of the final head, 0 before it
	bytes   int64
	err     error // of the first write that failed
}

// Header returns the fields the next head will carry; after the final head,
// those of the trailer.
func (o *recorder) Header() http.Header {
	if o.status != 0 {
		return o.ResponseWriter.Header()
	}
	return o.header
}

// WriteHeader sends a head.
func (o *recorder) WriteHeader(status int) {
	switch {
	case o.status != 0:
		return
	case status == http.StatusContinue:
		// The server sends it itself, when the visitor's body is first read; the
		// transport reads that only after the shop's own 100.
		return
	case status < 200 && status != http.StatusSwitchingProtocols:
		o.sendInterim(status)
		return
	}
	o.finalHead(status)
	o.ResponseWriter.WriteHeader(status)
}

func (o *recorder) finalHead(status int) {
	o.status = status
	ours := o.ResponseWriter.Header()
	for name, values := range o.header {
		ours[name] = append(ours[name], values...)
	}
}

// sendInterim passes on an answer such as 103 Early Hints. RFC 9110, section
// 15.2: "A server MUST NOT send a 1xx response to an HTTP/1.0 client."
func (o *recorder) sendInterim(status int) {
	if !o.interim {
		return
	}
	ours := o.ResponseWriter.Header()
	kept := maps.Clone(ours)
	clear(ours)
	maps.Copy(ours, o.header)
	ours.Del("Alt-Svc") // leads past this edge, see Pool.try
	o.ResponseWriter.WriteHeader(status)
	clear(ours)
	maps.Copy(ours, kept)
}

// Write sends a part of the body.
func (o *recorder) Write(b []byte) (int, error) {
	n, err := o.ResponseWriter.Write(b)
	o.bytes += int64(n)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// Hijack hands over the visitor's connection after an upgrade.
func (o *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err == nil {
		o.finalHead(http.StatusSwitchingProtocols)
	}
	return conn, rw, err
}

// Unwrap lets [http.ResponseController] find the writer beneath.
func (o *recorder) Unwrap() http.ResponseWriter { return o.ResponseWriter }
