package toyshop

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Time-outs of the web server before the workers, as nginx has them for PHP.
// They end the visitor's waiting with 504; the work goes on.
const (
	maxWait  = 30 * time.Second // for a worker
	maxTotal = 60 * time.Second // for the answer
)

// An outcome is how a visitor's waiting ended.
type outcome int

const (
	answered outcome = iota
	refused          // 502: workers and backlog are full
	timedOut         // 504
	gone             // the visitor left; nobody is there to answer
	stopped          // the shop closed before the work was done
)

// A job is one request for a worker. It holds nothing of the visitor's
// connection: whoever takes it up may do so long after the visitor has left.
type job struct {
	route   route
	work    func() answer
	started atomic.Bool
	done    chan answer // holds one, so that the worker never waits for a visitor
}

// A pool is a fixed number of workers and a first-come-first-served backlog.
//
//	arrive ──► busy < workers ──► worked at once
//	      ├──► queue < backlog ─► waits ─► worked
//	      └──► refused at once
//
// There are no standing workers. A goroutine is started when a worker becomes
// busy, works the backlog off and ends: an idle pool costs nothing.
type pool struct {
	workers, backlog int
	// hold is how long the nth request of a route keeps its worker.
	hold func(r route, n uint64, l load) time.Duration

	mu      sync.Mutex
	busy    int               // workers held; < workers only if queue is empty
	queue   []*job            // waiting, oldest first
	taken   [numRoutes]uint64 // taken up so far
	served  [numRoutes]uint64 // worked to the end so far
	refused uint64
	closed  bool
	idle    []chan struct{} // to be closed when busy falls to 0

	timeouts atomic.Uint64
	stop     chan struct{} // closed: sleeping workers give up
}

func newPool(workers, backlog int, hold func(route, uint64, load) time.Duration) *pool {
	return &pool{workers: workers, backlog: backlog, hold: hold, stop: make(chan struct{})}
}

// do brings work to the pool and waits for its answer, for the visitor to leave
// (ctx) or for a time-out. Unless it is refused, the work is done in any case.
func (p *pool) do(ctx context.Context, r route, work func() answer) (answer, outcome) {
	j := &job{route: r, work: work, done: make(chan answer, 1)}
	if !p.submit(j) {
		return answer{}, refused
	}
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	for limit := maxWait; ; limit = maxTotal {
		select {
		case a, ok := <-j.done:
			if !ok {
				return answer{}, stopped
			}
			return a, answered
		case <-ctx.Done():
			return answer{}, gone
		case <-patience.C:
			if limit == maxWait && j.started.Load() {
				patience.Reset(maxTotal - maxWait)
				continue
			}
			p.timeouts.Add(1)
			return answer{}, timedOut
		}
	}
}

// submit finds j a worker or a place in the backlog, or says no.
func (p *pool) submit(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		close(j.done)
		return true
	case p.busy < p.workers:
		p.busy++
		d := p.take(j)
		go p.worker(j, d)
		return true
	case len(p.queue) < p.backlog:
		p.queue = append(p.queue, j)
		return true
	default:
		p.refused++
		return false
	}
}

// take is called under mu, with the worker counted in busy and j out of the queue.
func (p *pool) take(j *job) time.Duration {
	j.started.Store(true)
	n := p.taken[j.route]
	p.taken[j.route]++
	return p.hold(j.route, n, load{p.busy, p.workers, len(p.queue), p.backlog})
}

// worker works j, then whatever waits, then ends.
func (p *pool) worker(j *job, d time.Duration) {
	for j != nil {
		if !p.sleep(d) {
			close(j.done)
		} else {
			j.done <- j.work()
			p.mu.Lock()
			p.served[j.route]++
			p.mu.Unlock()
		}
		j, d = p.next()
	}
}

// next takes the oldest waiting job, or gives the worker back.
func (p *pool) next() (*job, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		if p.busy--; p.busy == 0 {
			for _, c := range p.idle {
				close(c)
			}
			p.idle = nil
		}
		return nil, 0
	}
	j := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	return j, p.take(j)
}

// sleep is false when the pool was stopped meanwhile.
func (p *pool) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.stop:
		return false
	}
}

// drain waits until all work is done, or ctx ends; what is left then is given
// up. Afterwards the pool takes no more.
func (p *pool) drain(ctx context.Context) {
	select {
	case <-p.whenIdle(false):
	case <-ctx.Done():
	}
	<-p.whenIdle(true)
}

// whenIdle returns a channel that is closed once no worker is busy, and
// optionally closes the pool first.
func (p *pool) whenIdle(thenClosed bool) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if thenClosed && !p.closed {
		p.closed = true
		close(p.stop)
	}
	idle := make(chan struct{})
	if p.busy == 0 {
		close(idle)
	} else {
		p.idle = append(p.idle, idle)
	}
	return idle
}

// poolCount is a pool at one moment.
type poolCount struct {
	busy, queued      int
	refused, timeouts uint64
	served            [numRoutes]uint64
}

func (p *pool) count() poolCount {
	p.mu.Lock()
	defer p.mu.Unlock()
	return poolCount{p.busy, len(p.queue), p.refused, p.timeouts.Load(), p.served}
}
