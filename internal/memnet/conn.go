package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// bufferSize is how many bytes one direction holds before Write waits. It is
// of the order of a real socket's buffer, so back-pressure shows in tests.
const bufferSize = 64 << 10

// Conn is one end of a connection in memory.
type Conn struct {
	in, out       *half
	local, remote net.Addr
}

// Pipe makes a connection between two addresses and returns its two ends.
func Pipe(client, server net.Addr) (clientEnd, serverEnd *Conn) {
	up, down := newHalf(), newHalf()
	return &Conn{in: down, out: up, local: client, remote: server},
		&Conn{in: up, out: down, local: server, remote: client}
}

// Read reads what the other end wrote; io.EOF after it closed.
func (c *Conn) Read(b []byte) (int, error) { return c.in.read(b) }

// Write hands b to the other end and waits while its buffer is full.
func (c *Conn) Write(b []byte) (int, error) { return c.out.write(b) }

// Close ends both directions: the other end reads what is still buffered, then
// EOF; its writes fail with a broken pipe.
func (c *Conn) Close() error {
	c.out.end(nil)
	c.in.stop(net.ErrClosed, syscall.EPIPE)
	c.out.stop(nil, net.ErrClosed)
	return nil
}

// CloseWrite ends this end's writing only, as TCP's FIN does.
func (c *Conn) CloseWrite() error {
	c.out.end(nil)
	c.out.stop(nil, syscall.EPIPE)
	return nil
}

// Abort ends the connection as a TCP reset does: the other end loses what it
// has not read and gets ECONNRESET.
func (c *Conn) Abort() {
	c.out.drop()
	c.out.end(syscall.ECONNRESET)
	c.out.stop(nil, net.ErrClosed)
	c.in.stop(net.ErrClosed, syscall.ECONNRESET)
}

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines. The zero time means none.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.readBy.set(t)
	c.out.writeBy.set(t)
	return nil
}

// SetReadDeadline bounds Read, also one that is already waiting.
func (c *Conn) SetReadDeadline(t time.Time) error { c.in.readBy.set(t); return nil }

// SetWriteDeadline bounds Write, also one that is already waiting.
func (c *Conn) SetWriteDeadline(t time.Time) error { c.out.writeBy.set(t); return nil }

// half is one direction. Waiting is done on channels only: changed is closed
// and replaced at every change of state.
type half struct {
	readBy, writeBy *deadline

	mu       sync.Mutex // guards the following fields
	changed  chan struct{}
	data     []byte
	ended    bool  // no more bytes will be written
	endErr   error // what the reader gets after the last byte, nil = io.EOF
	readErr  error // set: the reader's end is closed
	writeErr error // set: writing is no longer possible
}

func newHalf() *half {
	return &half{changed: make(chan struct{}), readBy: newDeadline(), writeBy: newDeadline()}
}

func (h *half) wakeLocked() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *half) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.ended, h.endErr = true, err
		h.wakeLocked()
	}
}

// stop ends the use of this direction: reads fail with readErr, writes with
// writeErr, where they are set. The first error of each kind stays.
func (h *half) stop(readErr, writeErr error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readErr == nil {
		h.readErr = readErr
	}
	if h.writeErr == nil {
		h.writeErr = writeErr
	}
	h.wakeLocked()
}

func (h *half) drop() {
	h.mu.Lock()
	h.data = nil
	h.mu.Unlock()
}

func (h *half) read(b []byte) (int, error) {
	for {
		expired := h.readBy.changed()
		h.mu.Lock()
		switch {
		case h.readErr != nil:
			defer h.mu.Unlock()
			return 0, h.readErr
		case h.readBy.isPast():
			h.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(h.data) > 0 || len(b) == 0:
			n := copy(b, h.data)
			h.data = h.data[n:]
			h.wakeLocked()
			h.mu.Unlock()
			return n, nil
		case h.ended:
			defer h.mu.Unlock()
			if h.endErr != nil {
				return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", h.endErr)}
			}
			return 0, io.EOF
		}
		changed := h.changed
		h.mu.Unlock()
		wait(changed, expired)
	}
}

func (h *half) write(b []byte) (n int, err error) {
	for {
		expired := h.writeBy.changed()
		h.mu.Lock()
		switch {
		case h.writeErr != nil:
			defer h.mu.Unlock()
			return n, &net.OpError{Op: "write", Net: "tcp", Err: h.writeErr}
		case h.writeBy.isPast():
			h.mu.Unlock()
			return n, os.ErrDeadlineExceeded
		}
		if room := bufferSize - len(h.data); room > 0 && len(b) > 0 {
			k := min(room, len(b))
			h.data = append(h.data, b[:k]...)
			n, b = n+k, b[k:]
			h.wakeLocked()
		}
		changed := h.changed
		h.mu.Unlock()
		if len(b) == 0 {
			return n, nil
		}
		wait(changed, expired)
	}
}

func wait(changed, expired <-chan struct{}) {
	select {
	case <-changed:
	case <-expired:
	}
}
