package origin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// Pool is the replicas of one shop. It is safe for concurrent use.
type Pool struct {
	cfg     Config
	log     *slog.Logger
	mark    string // names this pool in the fields that say which way a request came
	first   string // the address of the first replica, as configured
	buffers buffers

	ctx    context.Context // ends with Close; the checks run under it
	cancel context.CancelFunc
	checks sync.WaitGroup

	mu        sync.Mutex // guards the following fields and those of every Replica
	closed    bool
	replicas  []*Replica // in the order of the last set, then those that drain
	was       bool       // a set has replaced the configured one
	turn      int        // where the search for the least busy replica starts
	lastTrial time.Time
	lastLoop  time.Time // when a loop was last logged
}

// Replica is one copy of the shop.
type Replica struct {
	url       *url.URL
	transport *http.Transport
	seed      uint64 // its share of the draw that keeps a visitor on one replica

	// Guarded by Pool.mu.
	inFlight int
	health   health
	joined   time.Time // when it began to take part; zero: it was there before us
	left     time.Time // since when it drains; zero: it does not
	visited  time.Time // when it last ended a request
	gone     bool      // no longer one of the pool's
	settled  float64   // who was settled here, see Settle
	faded    time.Time // until when settled has faded
}

// URL returns the replica's address, "http://host:port".
func (r *Replica) URL() string { return r.url.String() }

// New prepares a shop's replicas and connects to none of them: a shop that is
// not there yet is no error. Faults in cfg are [falochron.Error] of kind
// [falochron.Invalid]. A nil log discards. Close ends it.
func New(cfg Config, log *slog.Logger) (*Pool, error) {
	cfg = cfg.withDefaults()
	urls, err := cfg.replicaURLs()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Pool{cfg: cfg, log: log, mark: newMark()}
	for _, u := range urls {
		r, err := p.newReplica(u)
		if err != nil {
			return nil, err
		}
		p.replicas = append(p.replicas, r)
	}
	p.first = p.replicas[0].URL()
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Close ends the checks and closes unused connections. Requests under way are
// not cut; their connections close as they end. Use no pool after closing it.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	all := p.replicas
	p.mu.Unlock()
	p.cancel()
	p.checks.Wait()
	for _, r := range all {
		r.transport.CloseIdleConnections()
	}
}

// Address is the scheme and host of the first replica, as configured.
func (p *Pool) Address() string { return p.first }

// Vitals returns each replica's state: those of the set in its order, then those that
// drain. One that has drained is forgotten here.
func (p *Pool) Vitals() []falochron.ReplicaVitals {
	now := time.Now()
	p.mu.Lock()
	gone := p.sweepLocked(now)
	defer p.forget(gone)
	defer p.mu.Unlock()
	vs := make([]falochron.ReplicaVitals, len(p.replicas))
	for i, r := range p.replicas {
		vs[i] = falochron.ReplicaVitals{URL: r.URL(), Healthy: !r.health.aside, Phase: p.phase(r, now), InFlight: r.inFlight, Reason: r.health.said(now)}
	}
	return vs
}

// Healthy returns how many replicas take requests now, and how many there are.
func (p *Pool) Healthy() (well, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.replicas {
		if !r.health.aside {
			well++
		}
	}
	return well, len(p.replicas)
}

// lease is one request's stay at a replica.
type lease struct {
	replica *Replica
	epoch   int
	trial   bool
}

// take chooses the replica for one request and counts the request in. A visitor's
// requests stay on one replica as long as it is well. except is a replica that has just failed this request. harmless
// says that the request could be repeated elsewhere, so it may serve as a
// trial while other replicas are well.
func (p *Pool) take(of stay, except *Replica, harmless bool) (lease, error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	well := p.chooseLocked(now, of, except)
	trial := (*Replica)(nil)
	switch {
	case well == nil && except == nil && now.Sub(p.lastTrial) >= trialEvery:
		// No replica is well: one request a second goes all the same.
		trial = p.longestAsideLocked(func(h *health) bool { return !h.trial })
	case well != nil && except == nil && harmless:
		trial = p.longestAsideLocked(func(h *health) bool { return !h.trial && h.needs == answer && !now.Before(h.backAt) })
	}
	switch {
	case trial != nil:
		p.lastTrial = now
		trial.health.trial = true
		trial.inFlight++
		return lease{trial, trial.health.epoch, true}, nil
	case well != nil:
		well.inFlight++
		return lease{well, well.health.epoch, false}, nil
	}
	return lease{}, p.noneLocked(now)
}

func (p *Pool) longestAsideLocked(ok func(*health) bool) *Replica {
	var best *Replica
	for _, r := range p.replicas {
		if r.health.aside && ok(&r.health) && (best == nil || r.health.backAt.Before(best.health.backAt)) {
			best = r
		}
	}
	return best
}

func (p *Pool) noneLocked(now time.Time) error {
	why := "no other replica is well"
	for _, r := range p.replicas {
		if r.health.aside {
			why = r.URL() + ": " + r.health.said(now)
		}
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: "choose replica", Public: "the shop cannot be reached",
		Hint: "look whether the shop runs and listens there", Err: fmt.Errorf("%d of %d replicas aside: %s", p.asideLocked(), len(p.replicas), why)}
}

func (p *Pool) asideLocked() (n int) {
	for _, r := range p.replicas {
		if r.health.aside {
			n++
		}
	}
	return n
}

// release counts a request out.
func (p *Pool) release(l lease) {
	p.mu.Lock()
	l.replica.inFlight--
	l.replica.visited = time.Now()
	p.mu.Unlock()
}

// observe takes in what a request has shown about its replica.
func (p *Pool) observe(l lease, o outcome, detail string) {
	now := time.Now()
	p.mu.Lock()
	r, h := l.replica, &l.replica.health
	var aside, back bool
	if l.trial {
		if h.aside && h.epoch == l.epoch {
			back = h.trialDone(now, o, detail, p.cfg.BackoffMax)
		}
	} else if aside = h.note(o, detail, l.epoch, p.othersWellLocked(r)); aside {
		h.putAside(now, p.cfg.BackoffMin, p.cfg.BackoffMax)
		if !p.closed && !r.gone {
			epoch := h.epoch
			p.checks.Go(func() { p.nurse(r, epoch) })
		}
	}
	said := h.said(now)
	p.mu.Unlock()

	switch {
	case aside:
		p.log.Warn("replica put aside", "replica", r.URL(), "reason", said)
		r.transport.CloseIdleConnections()
	case back:
		p.log.Info("replica back", "replica", r.URL(), "proof", "answered a request")
	}
}

// othersWellLocked reports whether a replica other than r is well and has not
// itself begun to answer badly.
func (p *Pool) othersWellLocked(r *Replica) bool {
	for _, o := range p.replicas {
		if o != r && !o.health.aside && o.health.unavailables < strikesAllowed {
			return true
		}
	}
	return false
}

// spread turns a name into a number, the same in every process, so that a
// visitor stays on his replica over a restart and over several edges.
func spread(name string) uint64 {
	var n uint64 = 14695981039346656037 // FNV-1a, 64 bits
	for i := range len(name) {
		n = (n ^ uint64(name[i])) * 1099511628211
	}
	return mix(n)
}

// mix is the finisher of splitmix64: every bit of n bears on every bit out.
func mix(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
