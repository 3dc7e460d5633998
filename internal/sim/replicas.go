package sim

import (
	"slices"
	"time"
)

// What becomes of orders: machines, starts, failures, draining.

const (
	backoffFirst = 10 * time.Second // before a failed start is tried again; doubles ...
	backoffMost  = 5 * time.Minute  // ... up to this: kubelet's back-off
)

func (w *world) replicaOf(id int32) *replica { return w.all[id] }

func (w *world) setPhase(r *replica, p phase) {
	if r.phase == ready {
		w.well--
	}
	if p == ready {
		w.well++
	}
	r.phase, r.since = p, w.now
}

func (w *world) newReplica() *replica {
	r := &replica{id: len(w.all), phase: pending, ordered: w.now, since: w.now, seen: w.now}
	w.all = append(w.all, r)
	w.replicas = append(w.replicas, r)
	return r
}

// first puts the replicas there that the story begins with: warm.
func (w *world) firstReplicas() {
	w.nodes = w.s.Replicas.Nodes
	for range w.s.Replicas.Have {
		r := w.newReplica()
		w.setPhase(r, ready)
		r.readyAt = -max(w.s.Replicas.Cold, w.s.Replicas.SlowStart) - time.Second
		r.begun = r.readyAt
	}
}

// order brings the number of replicas that are to be there to n, within the owner's bounds.
func (w *world) order(n int) {
	n = min(max(n, w.s.Replicas.Least), w.s.Replicas.Most)
	w.wanted = n
	there := 0
	for _, r := range w.replicas {
		if r.phase <= failed {
			there++
		}
	}
	for ; there < n; there++ {
		w.newReplica()
	}
	for ; there > n; there-- {
		w.remove()
	}
}

// remove takes one away, in the order of a ReplicaSet: without a machine before not ready
// before ready, and the youngest of them.
func (w *world) remove() {
	var out *replica
	rank := [...]int{pending: 4, failed: 3, starting: 2, ready: 1, draining: 0, gone: 0}
	for _, r := range w.replicas {
		if k := rank[r.phase]; k > 0 && (out == nil || k >= rank[out.phase]) {
			out = r
		}
	}
	if out == nil {
		return
	}
	if out.phase == ready && (out.load() > 0 || w.s.Replicas.Drain > 0) {
		w.setPhase(out, draining)
		return
	}
	w.setPhase(out, gone)
}

// engine is what the cluster does in a second.
func (w *world) engine() {
	on, wait := 0, 0
	for _, r := range w.replicas {
		switch r.phase {
		case starting:
			if w.now >= r.readyAt {
				w.started(r)
			}
		case failed:
			if w.now >= r.readyAt {
				w.start(r)
			}
		case draining:
			if w.now >= r.since+w.s.Replicas.Drain && r.load() == 0 {
				w.setPhase(r, gone)
			}
		}
		switch r.phase {
		case pending:
			wait++
		case gone:
		default:
			on++
		}
	}
	per := w.s.Replicas.PerNode
	w.coming = slices.DeleteFunc(w.coming, func(at time.Duration) bool {
		if at <= w.now {
			w.nodes++
			return true
		}
		return false
	})
	for _, r := range w.replicas {
		if r.phase == pending && (per == 0 || on < w.nodes*per) {
			on++
			wait--
			w.start(r)
		}
	}
	if per > 0 && wait > 0 {
		for need := (on + wait + per - 1) / per; w.nodes+len(w.coming) < need; {
			w.coming = append(w.coming, w.now+w.s.Replicas.Node)
		}
	}
	w.replicas = slices.DeleteFunc(w.replicas, func(r *replica) bool { return r.phase == gone })
	for _, r := range w.replicas {
		if r.phase != pending {
			w.tally.replicaSeconds++
		}
	}
	w.tally.peak = max(w.tally.peak, on)
}

func (w *world) start(r *replica) {
	w.setPhase(r, starting)
	r.begun = w.now
	r.readyAt = w.now + seconds(w.s.Replicas.Start.Seconds()*w.dice.within(1-w.s.Replicas.Spread, 1+w.s.Replicas.Spread))
}

func (w *world) started(r *replica) {
	if w.dice.Float64() < w.s.Replicas.Fails {
		w.failed++
		w.setPhase(r, failed)
		r.readyAt = w.now + min(backoffFirst<<min(r.tries, 10), backoffMost)
		r.tries++
		return
	}
	w.came++
	w.setPhase(r, ready)
	r.readyAt = w.now
}
