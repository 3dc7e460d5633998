package admit

import (
	"math"
	"time"
)

// Part is what one replica of the shop takes of the limit from those who stay at it.
type Part struct {
	Replica uint64  // as in [Request].Replica
	Share   float64 // of what a whole one takes; below 1 while a new one starts slowly
}

// partSlack is how many times its part of the limit a replica may have in flight from those
// who stay at it. Their number swings by chance: at eight in flight by a third. What is more
// than the workers waits at the shop, where nobody can put it in order, and what is less
// leaves workers idle. Chosen.
const partSlack = 1.25

// Divided says among which replicas the limit is divided, and for how many whole ones it is.
// It is for shops whose visitors stay at one replica each: those who were in before others
// joined cannot use the slots of these, and with one limit for all the first replicas would
// have more in flight than they bear while the new ones idle. A replica that is not among
// the parts, since it is down or was never named, has no bound but the limit. No parts, or
// one, divide nothing. Call it whenever they change, some ten times a second at most.
func (l *Limiter) Divided(whole float64, parts []Part) {
	clear(l.most)
	if len(parts) < 2 || !(whole > 0) {
		return
	}
	if l.most == nil {
		l.most = make(map[uint64]float64, len(parts))
	}
	for _, p := range parts {
		l.most[p.Replica] = partSlack * max(p.Share, 0) / whole
	}
}

// replicaFree reports that a replica may have one more in flight from those who stay at it.
func (l *Limiter) replicaFree(replica uint64, limit int) bool {
	return replica == 0 || len(l.most) == 0 || l.byReplica[replica] < l.part(replica, limit)
}

// part is how many of the limit those may have in flight who stay at a replica.
func (l *Limiter) part(replica uint64, limit int) int {
	most, ok := l.most[replica]
	if !ok {
		return math.MaxInt
	}
	return max(int(math.Ceil(most*float64(limit))), 1)
}

// heldBack reports that a waiting request waits for its replica alone. It does so for half of
// its lane's deadline at most: nobody is refused while others of the shop's slots are free.
func (l *Limiter) heldBack(now time.Time, w *waiting, limit int) bool {
	return !l.replicaFree(w.Replica, limit) && now.Sub(w.since) < w.until.Sub(w.since)/2
}
