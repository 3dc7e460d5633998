package accept

import (
	"container/list"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pires/go-proxyproto"
)

// door is the listener with its bounds on open connections and on requests
// being served.
type door struct {
	net.Listener
	server  *Server
	tls     *tls.Config   // for telling a visitor that there are too many; nil = no TLS
	telling chan struct{} // one place for each visitor being told

	requests requests

	mu   sync.Mutex // guards the following fields
	open map[*conn]struct{}
	idle list.List // of *conn, longest idle first
}

// conn is one connection. Writing to it is bounded in time.
type conn struct {
	net.Conn
	door  *door
	place *list.Element // in door.idle, nil = not idle; guarded by door.mu

	hello, fields atomic.Uint32 // a [Hello], a [Fields]
}

func newDoor(l net.Listener, s *Server) *door {
	return &door{Listener: l, server: s, telling: make(chan struct{}, tellingAtOnce), open: make(map[*conn]struct{})}
}

// Accept waits for a connection for which there is room.
func (d *door) Accept() (net.Conn, error) {
	for {
		nc, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: nc, door: d}
		if victim, ok := d.admit(c); !ok {
			d.server.counts.refused.Add(1)
			d.tell(nc)
		} else {
			if victim != nil {
				d.server.counts.evicted.Add(1)
				victim.Close()
			}
			return c, nil
		}
	}
}

// admit counts c in if there is room, or if an idle connection can make some.
func (d *door) admit(c *conn) (victim *conn, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.open) >= d.server.cfg.MaxConns {
		longest := d.idle.Front()
		if longest == nil {
			return nil, false
		}
		victim = longest.Value.(*conn)
		d.leaveLocked(victim)
	}
	d.open[c] = struct{}{}
	return victim, true
}

func (d *door) leaveLocked(c *conn) {
	delete(d.open, c)
	if c.place != nil {
		d.idle.Remove(c.place)
		c.place = nil
	}
}

// changed follows connections from busy to idle and back.
func (d *door) changed(nc net.Conn, state http.ConnState) {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok { // TLS, or what hears it
		nc = t.NetConn()
	}
	c, ok := nc.(*conn)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.place != nil {
		d.idle.Remove(c.place)
		c.place = nil
	}
	if _, here := d.open[c]; here && state == http.StateIdle {
		c.place = d.idle.PushBack(c)
	}
}

func (d *door) count() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.open))
}

// cutAll closes whatever is open.
func (d *door) cutAll() {
	d.mu.Lock()
	left := make([]*conn, 0, len(d.open))
	for c := range d.open {
		left = append(left, c)
	}
	d.mu.Unlock()
	for _, c := range left {
		c.Close()
	}
}

// Close closes the connection and gives its place back.
func (c *conn) Close() error {
	c.door.mu.Lock()
	c.door.leaveLocked(c)
	c.door.mu.Unlock()
	return c.Conn.Close()
}

// Read reads; what a listed peer sends instead of its PROXY header is counted.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && errors.Is(err, proxyproto.ErrNoProxyProtocol) {
		c.door.proxyMissing()
	}
	return n, err
}

// Write writes b, or fails when the visitor takes longer than the bound.
func (c *conn) Write(b []byte) (int, error) {
	if limit := c.door.server.cfg.WriteStall; limit > 0 {
		c.Conn.SetWriteDeadline(time.Now().Add(limit))
	}
	return c.Conn.Write(b)
}

// CloseWrite ends our side: the visitor reads the end, we may read on.
func (c *conn) CloseWrite() error {
	nc := c.Conn
	if p, ok := nc.(*proxyproto.Conn); ok {
		nc = p.Raw()
	}
	if w, ok := nc.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return c.Conn.Close()
}
