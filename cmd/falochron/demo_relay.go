package main

import (
	"context"
	"io"
	"net"
	"sync"
)

// relay carries TCP connections to a place that can be changed while it runs:
// what changing a DNS entry to the edge is to a running shop. It looks at
// nothing it carries.
type relay struct {
	l  net.Listener
	wg sync.WaitGroup

	mu   sync.Mutex // guards what follows
	to   string
	open map[net.Conn]struct{}
}

func newRelay(to string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{l: l, to: to, open: map[net.Conn]struct{}{}}
	r.wg.Go(r.accept)
	return r, nil
}

func (r *relay) addr() string { return r.l.Addr().String() }

// turn sends new connections elsewhere and ends the old ones, as a browser's
// kept connections end with the old address.
func (r *relay) turn(to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = to
	for c := range r.open {
		_ = c.Close()
	}
}

func (r *relay) close() {
	_ = r.l.Close()
	r.turn("")
	r.wg.Wait()
}

func (r *relay) accept() {
	for {
		in, err := r.l.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() { r.carry(in) })
	}
}

func (r *relay) carry(in net.Conn) {
	defer in.Close()
	r.mu.Lock()
	to := r.to
	r.mu.Unlock()
	var d net.Dialer
	out, err := d.DialContext(context.Background(), "tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	if !r.keep(to, in, out) {
		return
	}
	defer r.forget(in, out)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(in, out)
		_ = in.Close() // whoever ends, both ends end: nobody here half-closes
		_ = out.Close()
	})
	_, _ = io.Copy(out, in)
	_ = out.Close()
	_ = in.Close()
	back.Wait()
}

// keep registers a pair, unless the relay has turned meanwhile.
func (r *relay) keep(to string, conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		if r.to == to {
			r.open[c] = struct{}{}
		}
	}
	return r.to == to
}

func (r *relay) forget(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		delete(r.open, c)
	}
}
