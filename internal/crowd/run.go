package crowd

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// Target is where the crowd goes.
type Target struct {
	Base string // "http://127.0.0.1:8080"
	// Dial opens a connection to it. Nil means TCP to Base's host.
	Dial func(context.Context) (net.Conn, error)
	// From is where a fan's phone comes from, such as [Home]: before it moves and, for
	// the few who do, afterwards. Nil means that addresses are left to Dial, and that
	// all fans share connections.
	From func(f *Fan, moved bool) netip.Addr
	// DialFrom opens a connection from such an address. Nil means TCP to Base's host,
	// which can come from an address of this machine only.
	DialFrom func(ctx context.Context, from netip.Addr) (net.Conn, error)
}

// dialer is how connections to the target are opened.
func (t Target) dialer(host string) func(context.Context, netip.Addr) (net.Conn, error) {
	switch {
	case t.DialFrom != nil:
		return t.DialFrom
	case t.Dial != nil:
		return func(ctx context.Context, _ netip.Addr) (net.Conn, error) { return t.Dial(ctx) }
	}
	return func(ctx context.Context, from netip.Addr) (net.Conn, error) {
		var d net.Dialer
		if from.IsValid() {
			d.LocalAddr = &net.TCPAddr{IP: from.AsSlice()}
		}
		return d.DialContext(ctx, "tcp", host)
	}
}

// host is the host and port of the target.
func (t Target) host() (string, error) {
	u, err := url.Parse(t.Base)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return "", &falochron.Error{Kind: falochron.Invalid, Op: "send a crowd",
			Public: "no usable target " + t.Base, Hint: "give http://HOST:PORT", Err: err}
	}
	return u.Host, nil
}

// run is what all visits of one run share.
type run struct {
	list   *List
	from   func(f *Fan, moved bool) netip.Addr // nil: nobody chose
	pool   *pool
	host   string
	start  time.Time
	tally  *tally
	traces []Trace
	quiet  chan struct{} // closed: nobody starts anything new
	done   chan struct{} // closed: everything has ended
	visits sync.WaitGroup
	gone   chan struct{} // closed: all visits have ended; nil until somebody waits for it
}

// newRun opens a run. Its moments count from now.
func newRun(ctx context.Context, l *List, t Target) (*run, error) {
	host, err := t.host()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	tally, pool := newTally(now), newPool(ctx, t.dialer(host))
	pool.stalled = tally.acted
	return &run{list: l, from: t.From, pool: pool, host: host, start: now, tally: tally,
		traces: make([]Trace, len(l.Fans)), quiet: make(chan struct{}), done: make(chan struct{})}, nil
}

// visit starts fan i's visit, meant to begin at from.
func (r *run) visit(i int, from time.Time, after func()) {
	r.visits.Go(func() {
		f := &r.list.Fans[i]
		tr := &r.traces[i]
		tr.Journey, tr.Script = f.Journey, f.Script
		tr.Buys = r.list.Plan.Journeys[f.Journey].Buys
		v := visit{run: r, i: int32(i), fan: f, tr: tr}
		v.live(from)
		if after != nil {
			after()
		}
	})
}

// stay waits until all visits have ended, most at most.
func (r *run) stay(ctx context.Context, most time.Duration) {
	if most <= 0 {
		return
	}
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-r.ended():
	case <-t.C:
	case <-ctx.Done():
	}
}

// ended is closed when all visits have: nobody may begin another from now on.
func (r *run) ended() <-chan struct{} {
	if r.gone == nil {
		gone := make(chan struct{})
		go func() { r.visits.Wait(); close(gone) }()
		r.gone = gone
	}
	return r.gone
}

// finish lets what runs come to an end for grace, then ends it.
func (r *run) finish(grace time.Duration) {
	close(r.quiet)
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-r.ended():
	case <-t.C:
	}
	close(r.done)
	r.pool.close()
	<-r.ended()
}

// over says whether the run was ended with requests still open: their errors
// are ours.
func (r *run) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// sleep waits until a moment; false means that the run goes quiet instead.
func (r *run) sleep(until time.Time) bool {
	select {
	case <-r.quiet:
		return false
	default:
	}
	d := time.Until(until)
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.quiet:
		return false
	}
}

// since turns a moment into an offset; never zero, which means never.
func (r *run) since(t time.Time) time.Duration { return max(t.Sub(r.start), 1) }

// watch samples the levels every second until the run goes quiet, and reports
// progress.
func (r *run) watch(progress func(Progress)) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			r.tally.sample(now)
			if progress != nil {
				progress(r.progress(now))
			}
		case <-r.quiet:
			return
		}
	}
}

// Progress is how a run stands.
type Progress struct {
	At             time.Duration // since its start
	InLine, Inside int
	Last           Second // the last whole second
	Orders         int    // so far
}

func (r *run) progress(now time.Time) Progress {
	p := Progress{At: now.Sub(r.start), InLine: int(r.tally.inLine.Load()), Inside: int(r.tally.inside.Load())}
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	if i := int(p.At/time.Second) - 1; i >= 0 && i < len(r.tally.seconds) {
		p.Last = r.tally.seconds[i].Second
	}
	for i := range r.tally.seconds {
		p.Orders += r.tally.seconds[i].Orders
	}
	return p
}
