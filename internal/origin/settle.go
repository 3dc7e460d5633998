package origin

import (
	"math"
	"time"
)

// stay says where a visitor belongs; the zero value is of nobody.
type stay struct {
	visitor uint64
	since   time.Time // when he came in
	at      uint16    // where he was settled, see [Pool.Settle]; 0: it is drawn
}

// settledHalf is how long it takes until somebody who was settled at a replica counts half.
// What a visit asks of the shop it asks mostly in its first minutes. Chosen.
const settledHalf = time.Minute

// flightWeighs is how many who were settled a request in flight counts for: who reads for half a
// minute and is served in half a second is in flight for a sixtieth of the time. Tuned in the
// simulation.
const flightWeighs = 60.0

// Settle gives somebody who comes in a replica to stay at: the one with the least before it for
// its share, which are those who were settled there of late and what is in flight. It returns the replica's mark, for
// [ForwardOptions].At and a ticket; 0 if none is well: then it is drawn.
//
// Requests in flight alone would say too little: who came in a moment ago reads, and asks again
// half a minute later, together with all others. Those who were settled alone would say too
// little of a replica that has just joined: it would get all newcomers, however many it has
// to serve. And to spread newcomers evenly would send as many to the replicas that are full of
// those who were in before others joined.
func (p *Pool) Settle() uint16 {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++ // equals take turns
	var best *Replica
	least := 0.0
	for i := range p.replicas {
		r := p.replicas[(p.turn+i)%len(p.replicas)]
		if r.health.aside || !r.left.IsZero() {
			continue
		}
		r.fade(now)
		if n := (r.settled + flightWeighs*float64(r.inFlight) + 1) / p.share(r, now); best == nil || n < least {
			best, least = r, n
		}
	}
	if best == nil {
		return 0
	}
	best.settled++
	return best.mark()
}

// fade lets those count less who were settled long ago.
func (r *Replica) fade(now time.Time) {
	if d := now.Sub(r.faded); d > 0 {
		r.settled *= math.Exp2(-float64(d) / float64(settledHalf))
	}
	r.faded = now
}

// mark is what visitors' tickets say of their replica. It is short, since tickets can be read
// and a longer one would tell its address to whoever tries some; of forty replicas two have
// the same in one shop of eighty, and their visitors are drawn between them.
func (r *Replica) mark() uint16 { return uint16(r.seed%math.MaxUint16) + 1 }

// Home is the replica that a visitor's request would go to now, as a number that is the same
// as in [Size].Parts; 0: to any. The arguments are those of [ForwardOptions].
func (p *Pool) Home(sticky uint64, since time.Time, at uint16) uint64 {
	if sticky == 0 {
		return 0
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.homeLocked(now, stay{sticky, since, at}, nil); r != nil {
		return r.seed
	}
	return 0
}

// Part is what one replica takes of all that the shop takes.
type Part struct {
	Replica uint64  // as of [Pool.Home]
	Share   float64 // of a whole one: below 1 in slow start
}
