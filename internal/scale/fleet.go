package scale

import (
	"time"

	"github.com/falochron/falochron"
)

// counts is what the replicas come to.
type counts struct {
	ready, starting, draining, failed int
	stuck                             int           // failed, or starting for too long
	oldest                            time.Duration // that one of the stuck has been
	warm                              float64       // of the ready ones, as warm ones
	pending, ahead                    float64       // see outlook
	due                               float64       // in how many seconds these are of use, on average; negative: they are late
}

// growth is what those that start make of the shop, if share of them come. now is the
// caller's.
func (c *counts) growth(now time.Time, share float64) falochron.Growth {
	if c.pending == 0 || c.ready == 0 {
		return falochron.Growth{}
	}
	return falochron.Growth{At: now.Add(time.Duration(c.due * float64(time.Second))), Times: 1 + share*c.pending/float64(c.ready)}
}

// all is those that cost.
func (c *counts) all() int { return c.ready + c.starting + c.draining + c.failed }

const (
	stuckStarts = 4               // times as long as a start takes, then a replica is taken not to start; chosen
	stuckLeast  = 3 * time.Minute // and at least so long; chosen: a machine takes minutes
	overdue     = 0.25            // of a start is what one takes that should have been there; chosen
	// stuckShare of those that are not ready is stuck, then no more are ordered: one bad
	// machine in a large fleet does not stop a wave's replicas; chosen.
	stuckShare = 0.3
)

// count looks at each replica. start is in seconds.
func (d *Decider) count(now time.Time, o *Observed, start float64) counts {
	var c counts
	useful := d.useful(start)
	late := max(time.Duration(stuckStarts*start*float64(time.Second)), stuckLeast)
	for i := range o.Replicas {
		r := &o.Replicas[i]
		switch r.Phase {
		case Ready:
			c.ready++
			if !r.Since.IsZero() && now.Sub(d.clock.of(r.Since)) < d.cfg.Warm {
				c.warm += d.cfg.ColdSpeed
			} else {
				c.warm++
			}
		case Starting:
			c.starting++
			age := 0.0
			if !r.Ordered.IsZero() {
				age = max(now.Sub(d.clock.of(r.Ordered)).Seconds(), 0)
			}
			if wait := time.Duration(age * float64(time.Second)); wait > late {
				c.stuck++
				c.oldest = max(c.oldest, wait)
				continue
			}
			left := max(start-age, overdue*start) + useful - start
			c.pending++
			c.due += (useful - age - c.due) / c.pending
			c.ahead += max(useful-left, 0)
		case Draining:
			c.draining++
		default:
			c.failed++
			c.stuck++
			if !r.Ordered.IsZero() {
				c.oldest = max(c.oldest, now.Sub(d.clock.of(r.Ordered)))
			}
		}
	}
	return c
}

// useful is how many seconds after its order a replica is of use: what it is slower while
// cold counts as time in which it serves nothing.
func (d *Decider) useful(start float64) float64 {
	return start + d.cfg.Warm.Seconds()*(1-d.cfg.ColdSpeed)
}

// failing says that replicas do not start, so that no more are to be ordered.
func (c *counts) failing() bool {
	return c.stuck > 0 && float64(c.stuck) >= stuckShare*float64(c.starting+c.failed)
}
