package origin

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// coldShare is the share of its full part that a replica gets when it joins: a cold one is
// about a fifth as fast (opcode caches, connection pools and its part of the database's
// cache are empty). From there the share grows in a straight line over Config.SlowStart,
// as with nginx's slow_start and Envoy's slow start window (aggression 1); they begin at 0
// and at a tenth.
const coldShare = 0.2

// Member is one replica of a set for [Pool.SetReplicas].
type Member struct {
	// URL is its address, as in Config.URLs.
	URL string
	// Since is when it began to serve. It counts in the first set after New only, so that a
	// restart takes no replica for cold that is not, and moves nobody. Zero: just now.
	Since time.Time
}

// Change is what a new set of replicas brought about, by URL in the order of the sets.
type Change struct {
	Joined  []string // new, and in slow start
	Left    []string // drain from now on
	Back    []string // were draining, and take part again
	Removed []string // had drained, and are forgotten
}

// SetReplicas makes the replicas those of the set while requests go on. Those that are in
// it already keep their connections, their health and their visitors. New ones get a part
// of the requests that grows over Config.SlowStart; visitors who are inside already are
// not moved to them (see ForwardOptions.Since). Those that are not in the set any more
// drain: they keep the visitors they have for Config.Drain at most, or until nobody has come
// to them for two minutes, get no others, and no request under way is cut; then they are
// forgotten. As long as no other replica is well
// they still serve.
//
// A set that is empty or has a fault changes nothing; the error is a [falochron.Error] of
// kind [falochron.Invalid]. Replicas of Config.URLs stay only if they are in the set.
func (p *Pool) SetReplicas(set []Member) (Change, error) {
	cfg := p.cfg
	cfg.URLs = nil
	for _, m := range set {
		cfg.URLs = append(cfg.URLs, m.URL)
	}
	urls, err := cfg.replicaURLs()
	if err != nil {
		return Change{}, err
	}
	// Made before the lock: those that are known already throw theirs away unused.
	fresh := make([]*Replica, len(urls))
	for i, u := range urls {
		if fresh[i], err = p.newReplica(u); err != nil {
			return Change{}, err
		}
	}

	now := time.Now()
	var c Change
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return Change{}, &falochron.Error{Kind: falochron.Internal, Op: "set replicas", Public: "the pool is closed"}
	}
	var next []*Replica
	for i, r := range fresh {
		if at := slices.IndexFunc(p.replicas, func(o *Replica) bool { return o.URL() == r.URL() }); at >= 0 {
			r = p.replicas[at]
			if !r.left.IsZero() {
				r.left = time.Time{}
				c.Back = append(c.Back, r.URL())
			}
		} else {
			r.joined = now
			if since := set[i].Since; !p.was && !since.IsZero() && since.Before(now) {
				r.joined = since
			}
			c.Joined = append(c.Joined, r.URL())
		}
		next = append(next, r)
	}
	for _, r := range p.replicas {
		if slices.Contains(next, r) {
			continue
		}
		if r.left.IsZero() {
			r.left = now
			c.Left = append(c.Left, r.URL())
		}
		next = append(next, r)
	}
	p.replicas, p.was = next, true
	gone := p.sweepLocked(now)
	p.mu.Unlock()

	for _, r := range gone {
		c.Removed = append(c.Removed, r.URL())
	}
	p.forget(gone)
	if len(c.Joined)+len(c.Left)+len(c.Back) > 0 {
		p.log.Info("replicas changed", "joined", c.Joined, "left", c.Left, "back", c.Back)
	}
	return c, nil
}

func (p *Pool) newReplica(u *url.URL) (*Replica, error) {
	t, err := newTransport(p.cfg, u.Scheme)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "prepare connections to " + u.String(), Err: err}
	}
	return &Replica{url: u, transport: t, seed: spread(u.String())}, nil
}

// sweepLocked takes out those that have drained: nothing is under way, and nobody is sent
// there any more.
func (p *Pool) sweepLocked(now time.Time) (gone []*Replica) {
	if !slices.ContainsFunc(p.replicas, func(r *Replica) bool { return r.left.IsZero() && !r.health.aside }) {
		return nil // nobody else could take over
	}
	p.replicas = slices.DeleteFunc(slices.Clone(p.replicas), func(r *Replica) bool {
		if r.left.IsZero() || r.inFlight > 0 || !r.health.aside && !p.drained(r, now) {
			return false
		}
		r.gone = true
		gone = append(gone, r)
		return true
	})
	return gone
}

// forget closes what is held open to replicas that were taken out.
func (p *Pool) forget(gone []*Replica) {
	for _, r := range gone {
		r.transport.CloseIdleConnections()
		p.log.Info("replica has drained", "replica", r.URL())
	}
}

// share is the part of its full share that r gets of who comes at t.
func (p *Pool) share(r *Replica, t time.Time) float64 {
	age := max(t.Sub(r.joined), 0)
	if age >= p.cfg.SlowStart {
		return 1
	}
	return coldShare + (1-coldShare)*float64(age)/float64(p.cfg.SlowStart)
}

// Size is how many replicas there are, as whole ones.
type Size struct {
	Now float64 // one in slow start counts as its share, one that drains as what is left of its time to drain
	// Cold is what is missing of those in slow start, In is how long until half of that has
	// come, on average.
	Cold float64
	In   time.Duration
	// Parts are the replicas that are well. One that drains has a whole part, for those who
	// are still there.
	Parts []Part
}

// Size is how many replicas there are. How well they are does not count.
func (p *Pool) Size() (s Size) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	in := 0.0
	for _, r := range p.replicas {
		share := p.share(r, now)
		if !r.health.aside {
			s.Parts = append(s.Parts, Part{r.seed, share})
		}
		switch {
		case r.left.IsZero():
			s.Now += share
			s.Cold += 1 - share
			in += (1 - share) * float64(r.joined.Add(p.cfg.SlowStart).Sub(now)) / 2
		case !p.drained(r, now):
			s.Now += 1 - float64(max(now.Sub(r.left), 0))/float64(p.cfg.Drain)
		}
	}
	if s.Cold > 0 {
		s.In = time.Duration(in / s.Cold)
	}
	return s
}

// drainQuiet is how long nobody has come to a replica that drains, then nobody is left
// there. Chosen: who fills in the form of the till, or fetches the code of a payment from the
// phone, has two minutes for it.
const drainQuiet = 2 * time.Minute

// drained says that a replica that drains keeps its visitors no longer: its time is over, or
// nobody is left.
func (p *Pool) drained(r *Replica, now time.Time) bool {
	last := r.left
	if r.visited.After(last) {
		last = r.visited
	}
	return !now.Before(r.left.Add(p.cfg.Drain)) || r.inFlight == 0 && now.Sub(last) >= drainQuiet
}

// phase is where in its life a replica is.
func (p *Pool) phase(r *Replica, now time.Time) string {
	switch {
	case !r.left.IsZero():
		return falochron.ReplicaDraining
	case p.share(r, now) < 1:
		return falochron.ReplicaSlowStart
	}
	return falochron.ReplicaReady
}

// chooseLocked returns the replica for a request: the visitor's home, or else the least busy
// one. A replica at its ceiling keeps no
// visitor; when all are at it, the least busy one takes the request all the same, since
// admission has let it through.
func (p *Pool) chooseLocked(now time.Time, s stay, except *Replica) *Replica {
	if s.visitor != 0 {
		home := p.homeLocked(now, s, except)
		if home != nil && (p.cfg.ReplicaCeiling == 0 || home.inFlight < p.cfg.ReplicaCeiling) {
			return home
		}
	}
	return p.leastLocked(now, except)
}

// leastLocked is the least busy of those that are well. In slow start one takes part in as
// many of the draws as its share is. Those that drain serve when nobody else does.
func (p *Pool) leastLocked(now time.Time, except *Replica) *Replica {
	p.turn++ // equally busy replicas take turns
	// The parts of the golden ratio's multiples spread evenly, also over every second or
	// third of them, so a share of the draws is a share of each replica's turns.
	_, draw := math.Modf(float64(p.turn%(1<<30)) * math.Phi)
	var least [3]*Replica // of those in the draw, of all that stay, of all
	for i := range p.replicas {
		r := p.replicas[(p.turn+i)%len(p.replicas)]
		if r.health.aside || r == except {
			continue
		}
		for class := range least {
			switch {
			case class < 2 && !r.left.IsZero(), class == 0 && draw >= p.share(r, now):
			case least[class] == nil || r.inFlight < least[class].inFlight:
				least[class] = r
			}
		}
	}
	return cmp.Or(least[0], least[1], least[2])
}

// homeLocked is where a visitor belongs: where he was settled when he came in, or, if nobody
// knows or that replica takes no requests, the one he wins in the draw of rendezvous
// hashing. In it are those that served already when he came, a cold one for as many
// visitors as its share was then. So he stays when others join; when his leaves, only he
// and its other visitors move, and not before it has drained. It is the same after a
// restart and at other edges, since nothing is kept of visitors but what their tickets say.
func (p *Pool) homeLocked(now time.Time, s stay, except *Replica) *Replica {
	came := s.since
	if came.IsZero() {
		came = now
	}
	var home [3]*Replica // where he was settled, of those he may belong to, of all that stay
	var best [3]uint64
	for _, r := range p.replicas {
		if r.health.aside || r == except {
			continue
		}
		draw := mix(s.visitor ^ r.seed)
		stays := r.left.IsZero()
		keeps := stays || !s.since.IsZero() && s.since.Before(r.left) && !p.drained(r, now)
		for class, his := range [...]bool{
			keeps && r.mark() == s.at,
			keeps && !came.Before(r.joined) && chance(mix(draw)) < p.share(r, came),
			stays,
		} {
			if his && (home[class] == nil || draw > best[class]) {
				home[class], best[class] = r, draw
			}
		}
	}
	return cmp.Or(home[0], home[1], home[2])
}

// chance is a number below 1, evenly spread over all n.
func chance(n uint64) float64 { return float64(n>>11) / (1 << 53) }
