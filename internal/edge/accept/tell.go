package accept

import (
	"crypto/tls"
	"io"
	"net"
	"time"
)

const (
	tellingAtOnce = 64              // beyond it connections are closed without a word
	tellingFor    = 2 * time.Second // at most, for each
	tellingReads  = 64 << 10        // bytes of a request taken in before we hang up
)

const tooMany = "Zbyt wiele połączeń w tej chwili. Odśwież stronę za kilka sekund.\n" +
	"Too many connections at this moment. Please reload in a few seconds.\n"

// tell answers a connection for which there is no room, without taking one of
// the places, and closes it.
func (d *door) tell(nc net.Conn) {
	select {
	case d.telling <- struct{}{}:
	default:
		nc.Close()
		return
	}
	go func() {
		defer func() { <-d.telling }()
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(tellingFor))
		if d.tls != nil {
			nc = tls.Server(nc, d.tls)
		}
		if _, err := io.WriteString(nc, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"+
			"Retry-After: 5\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"+tooMany); err != nil {
			return
		}
		if w, ok := nc.(interface{ CloseWrite() error }); ok {
			w.CloseWrite()
		}
		// RFC 9112, section 9.6: "If a server performs an immediate close of a TCP
		// connection, there is a significant risk that the client will not be able
		// to read the last HTTP response."
		io.CopyN(io.Discard, nc, tellingReads)
	}()
}
