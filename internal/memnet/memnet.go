// Package memnet is a network in memory for tests: listeners and buffered,
// deadline-keeping connections that work inside a testing/synctest bubble,
// where a real socket would keep the bubble's clock from moving.
//
// Its one invariant: bytes written by one end come out of the other end in
// order, and nothing blocks on anything but channels and the other end. It
// refuses to lose, delay or reorder bytes: faults are made by closing,
// aborting or not listening. Read [Net] first.
package memnet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Net is one network: a set of listening addresses. The zero value is an empty
// network, ready for use.
type Net struct {
	mu        sync.Mutex // guards listeners
	listeners map[string]*Listener
	lastPort  atomic.Uint32
}

// Listen starts listening on address ("10.0.0.1:80"). A second listener on the
// same address gets the error a real one would.
func (n *Net) Listen(address string) (*Listener, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = make(map[string]*Listener)
	}
	if n.listeners[address] != nil {
		return nil, opError("listen", address, syscall.EADDRINUSE)
	}
	l := &Listener{net: n, address: address, addr: net.TCPAddrFromAddrPort(ap), queue: make(chan net.Conn, 4096), closed: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

// DialContext connects to address from 127.0.0.1. Its signature is that of
// [net.Dialer.DialContext], so a transport can take it.
func (n *Net) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return n.DialFrom(ctx, netip.AddrFrom4([4]byte{127, 0, 0, 1}), address)
}

// DialFrom connects to address as the peer from. Where nobody listens the
// connection is refused at once.
func (n *Net) DialFrom(ctx context.Context, from netip.Addr, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return nil, opError("dial", address, syscall.ECONNREFUSED)
	}
	// Ports 1024..65535, over and over: unique enough for a test.
	port := uint16(1024 + n.lastPort.Add(1)%64512)
	client, server := Pipe(net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, port)), l.addr)
	select {
	case <-l.closed:
		return nil, opError("dial", address, syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, opError("dial", address, ctx.Err())
	case l.queue <- server:
		return client, nil
	}
}

// Listener accepts the connections dialled to its address.
type Listener struct {
	net     *Net
	address string
	addr    net.Addr
	queue   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, opError("accept", l.address, net.ErrClosed)
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, opError("accept", l.address, net.ErrClosed)
	}
}

// Close stops listening. Connections nobody has accepted yet are reset.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.listeners, l.address)
		l.net.mu.Unlock()
		close(l.closed)
		for {
			select {
			case c := <-l.queue:
				c.(*Conn).Abort()
				continue
			default:
			}
			return
		}
	})
	return nil
}

// Addr returns the address listened on, a *net.TCPAddr.
func (l *Listener) Addr() net.Addr { return l.addr }

func opError(op, address string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Addr: textAddr(address), Err: err}
}

type textAddr string

func (a textAddr) Network() string { return "tcp" }
func (a textAddr) String() string  { return string(a) }
