package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
)

// wire is the connection of one mail, and what is seen of it: the library bounds each
// step, this bounds the whole.
type wire struct {
	sender *Sender
	target *mailTarget
	ctx    context.Context // of the whole try; the library knows it while it dials only
	end    func()          // nil until connected

	connected, encrypted bool
}

// maxSMTP bounds what is read of a mail server, in bytes: certificates and a screen of
// greetings.
const maxSMTP = 256 << 10

// config is the sender's, and notes that a handshake has been made.
func (w *wire) config() *tls.Config {
	c := w.sender.tls.Clone()
	c.ServerName = w.target.host
	c.VerifyConnection = func(tls.ConnectionState) error {
		w.encrypted = true
		return nil
	}
	return c
}

// close ends the connection, if there is one. The library leaves it open after a failure.
func (w *wire) close() {
	if w.end != nil {
		w.end()
	}
}

// dial connects, for smtps with the handshake. When the try ends, so does the connection.
func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := w.sender.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.connected = true
	stop := context.AfterFunc(w.ctx, func() { _ = raw.Close() })
	w.end = func() {
		stop()
		_ = raw.Close()
	}
	if at, err := netip.ParseAddrPort(raw.RemoteAddr().String()); w.target.plain && (err != nil || !at.Addr().Unmap().IsLoopback()) {
		return nil, &notPublic{plain: true}
	}
	conn := net.Conn(&bounded{Conn: raw, left: maxSMTP})
	if !w.target.implicit {
		return conn, nil
	}
	t := tls.Client(conn, w.config())
	return t, t.HandshakeContext(ctx)
}

// bounded is a connection of which only so much is read.
type bounded struct {
	net.Conn
	left int
}

var errTooMuch = errors.New("the server says too much")

// Read reads while there is something left to be read.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
