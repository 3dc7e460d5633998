package crowd

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// maxConns bounds open connections, well under the 20,000 files a process
	// may commonly have and with room for the shop's and the edge's own.
	maxConns = 7000
	maxIdle  = 1000
	// freshFor is how long an idle connection is trusted with a POST, which
	// cannot be sent again if the other side closes it at that moment.
	freshFor = time.Second
)

var errClosed = errors.New("the crowd is over")

// conn is one connection with what reading and writing on it needs.
type conn struct {
	net.Conn
	br     *bufio.Reader
	out    []byte
	from   netip.Addr // where it comes from; the zero Addr where nobody chose
	bears  *bearing   // of the request that runs
	used   time.Time
	reused bool
}

// Read waits as long as the fan does: when a deadline passes, the fan decides
// whether to wait on.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		var ne net.Error
		if n > 0 || err == nil || !errors.As(err, &ne) || !ne.Timeout() {
			return n, err
		}
		if err := c.wait(); err != nil {
			return 0, err
		}
	}
}

// wait sets the fan's next deadline.
func (c *conn) wait() error {
	d, err := c.bears.next(time.Now())
	if err != nil {
		return err
	}
	return c.SetDeadline(d)
}

// pool keeps connections to one address, last used first. A crowd shares them, each
// with those who come from the same address: one connection per fan would need more
// files than a process has.
type pool struct {
	dial func(ctx context.Context, from netip.Addr) (net.Conn, error)
	ctx  context.Context // ends dials; closed connections end everything else
	sem  chan struct{}
	// stalled hears of every wait for a connection's slot, which no fan knows of:
	// it is the crowd that is late then. May be nil.
	stalled func(from, to time.Time)

	mu     sync.Mutex // guards what follows
	idle   map[netip.Addr][]*conn
	kept   int // in idle
	open   map[*conn]struct{}
	closed bool
}

func newPool(ctx context.Context, dial func(context.Context, netip.Addr) (net.Conn, error)) *pool {
	return &pool{dial: dial, ctx: ctx, sem: make(chan struct{}, maxConns), idle: map[netip.Addr][]*conn{}, open: map[*conn]struct{}{}}
}

// get returns a connection from an address; fresh asks for one that surely is alive.
func (p *pool) get(from netip.Addr, fresh bool, b *bearing) (*conn, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if c := p.last(from); c != nil && (!fresh || time.Since(c.used) < freshFor) {
		p.take(c)
		p.mu.Unlock()
		c.bears, c.reused = b, true
		if err := c.wait(); err != nil {
			p.drop(c)
			return nil, err
		}
		return c, nil
	}
	p.mu.Unlock()

	if err := p.slot(b); err != nil {
		return nil, err
	}
	nc, err := p.connect(from, b)
	if err != nil {
		<-p.sem
		return nil, err
	}
	c := &conn{Conn: nc, from: from, bears: b}
	c.br = bufio.NewReaderSize(c, 4096)
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		nc.Close()
		<-p.sem
		return nil, errClosed
	}
	p.open[c] = struct{}{}
	p.mu.Unlock()
	if err := c.wait(); err != nil {
		p.drop(c)
		return nil, err
	}
	return c, nil
}

// last is the idle connection from an address that was used last; nil for none. It
// takes the lock held, as take does.
func (p *pool) last(from netip.Addr) *conn {
	if n := len(p.idle[from]); n > 0 {
		return p.idle[from][n-1]
	}
	return nil
}

// take makes the last connection of its address no idle one.
func (p *pool) take(c *conn) {
	p.kept--
	if n := len(p.idle[c.from]) - 1; n > 0 {
		p.idle[c.from] = p.idle[c.from][:n]
	} else {
		delete(p.idle, c.from)
	}
}

// slot waits for the right to open a connection, for as long as the fan waits: a
// crowd that ran out of connections would otherwise wait for answers before it
// asks again, and spare the shop unseen.
func (p *pool) slot(b *bearing) error {
	select {
	case p.sem <- struct{}{}:
		return nil
	default:
	}
	if p.stalled != nil {
		from := time.Now()
		defer func() { p.stalled(from, time.Now()) }()
	}
	for {
		d, err := b.next(time.Now())
		if err != nil {
			return err
		}
		t := time.NewTimer(time.Until(d))
		select {
		case p.sem <- struct{}{}:
			t.Stop()
			return nil
		case <-p.ctx.Done():
			t.Stop()
			return errClosed
		case <-t.C:
		}
	}
}

// connect dials for as long as the fan waits: the accept queue of a shop that
// stands still is full, and then a connection takes as long as an answer.
func (p *pool) connect(from netip.Addr, b *bearing) (net.Conn, error) {
	for {
		d, err := b.next(time.Now())
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithDeadline(p.ctx, d)
		nc, err := p.dial(ctx, from)
		late := ctx.Err() != nil
		cancel()
		if err == nil {
			return nc, nil
		}
		if p.ctx.Err() != nil {
			return nil, errClosed
		}
		if !late {
			return nil, err
		}
	}
}

// put gives a connection back after a complete answer.
func (p *pool) put(c *conn) {
	c.used = time.Now()
	p.mu.Lock()
	keep := !p.closed && p.kept < maxIdle && c.br.Buffered() == 0
	if keep {
		p.kept++
		p.idle[c.from] = append(p.idle[c.from], c)
	}
	p.mu.Unlock()
	if !keep {
		p.drop(c)
	}
}

// drop closes a connection: what a browser does when a page is left.
func (p *pool) drop(c *conn) {
	p.mu.Lock()
	_, mine := p.open[c]
	delete(p.open, c)
	p.mu.Unlock()
	if mine {
		c.Close()
		<-p.sem
	}
}

// close ends all connections, and with them every request that runs.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	open := make([]*conn, 0, len(p.open))
	for c := range p.open {
		open = append(open, c)
	}
	p.idle, p.kept = map[netip.Addr][]*conn{}, 0
	p.mu.Unlock()
	for _, c := range open {
		p.drop(c)
	}
}
