package origin

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// counted is a connection to a replica that knows how many bytes were written
// to it, so that a request that failed can be told from one that never left, and
// how many of them when something last came back, so that an answer can be told
// from what was there before its request.
type counted struct {
	net.Conn
	sent   atomic.Int64 // bytes handed to the system, those of a write under way included
	heard  atomic.Int64 // sent when bytes last came
	astray atomic.Bool  // brought something that nobody had asked for
}

// Read notes what had been written when bytes came.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.heard.Store(c.sent.Load())
	}
	return n, err
}

// Write counts first and takes back what the system refused: whoever looks in
// mid-write must not believe that nothing was sent.
func (c *counted) Write(b []byte) (int, error) {
	c.sent.Add(int64(len(b)))
	n, err := c.Conn.Write(b)
	if left := len(b) - n; left > 0 {
		c.sent.Add(int64(-left))
	}
	return n, err
}

// CloseWrite ends this end's writing only: one side of an upgraded connection
// may fall silent before the other.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// counting makes dial's connections counted.
func counting(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &counted{Conn: conn}, nil
	}
}

// line is the connection that one attempt was given, and what it had sent until
// then. The transport's goroutines set it.
type line struct {
	conn   atomic.Pointer[counted]
	before atomic.Int64 // conn.sent when it was given
	slack  atomic.Int64 // bytes that may have been sent and are none of the request
	spoilt atomic.Bool  // one of those given was new, or one before the last was written to
	reused atomic.Bool  // the last one was
}

// goodbye is the longest that TLS 1.2 or 1.3 writes for close_notify with the
// ciphers in use, in bytes: 5 of header, 8 of nonce, 2 of alert, 16 of tag. With
// what a record costs taken off, it has no room for a request line.
const goodbye = 31

// given notes a connection. The transport may give several for one attempt, when
// it repeats the request by itself.
func (l *line) given(info httptrace.GotConnInfo) {
	if !info.Reused || l.conn.Load() != nil && !l.unused() {
		l.spoilt.Store(true)
	}
	l.reused.Store(info.Reused)
	conn, slack := info.Conn, int64(0)
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn, slack = over.NetConn(), goodbye
	}
	c, _ := conn.(*counted)
	if c != nil {
		l.before.Store(c.sent.Load())
	}
	l.slack.Store(slack)
	l.conn.Store(c)
}

// unused reports that the connection had been kept and that nothing of the
// request was written to it. A new connection that fails is the replica's
// failure, and repeating would not end.
func (l *line) unused() bool {
	c := l.conn.Load()
	return c != nil && !l.spoilt.Load() && c.sent.Load()-l.before.Load() <= l.slack.Load()
}

// stray reports that an answer was there before its request: nothing has come on the
// connection since the first byte of the request was written. A shop that sends more
// than it said, or a body after a 304, leaves the surplus behind, and the transport,
// which may lend the connection again before it looks, takes that for the answer to
// whoever comes next. The connection is cut, since the true answer is still to come.
func (l *line) stray() bool {
	c := l.conn.Load()
	if c == nil || !c.astray.Load() && (!l.reused.Load() || c.heard.Load() > l.before.Load()) {
		return false
	}
	c.astray.Store(true)
	_ = c.Conn.Close() // whatever else is on it is nobody's
	return true
}
