// Package fleet is what starts and stops replicas of a shop: one [Driver] for each way
// in which shops are run, each in a folder of its own. All pass the suite of fleettest.
//
// Its one invariant: nothing is stopped, changed or lowered that was not started, changed
// or raised from here, and whatever was is undone when it expires, also if this program is
// gone: what has to be known for it is kept where the replicas are, not in our memory.
//
// It refuses to decide how many are wanted (that is scale's), to route requests (that is
// origin's), and to wait: a Driver's calls return when the order is taken, and what came
// of it is seen by the next [Driver.Observe].
//
// Read [Driver] first.
package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron"
)

// Driver runs the replicas of one shop. It is safe for concurrent use. Its calls end with
// their context; errors are falochron.Error, of kind Denied where leave is missing,
// Conflict where somebody else has changed the same thing meanwhile, NotFound where what
// was configured is not there, Unavailable where the engine does not answer, Invalid
// where the order can never be followed; each with a hint what to do. While the engine does
// not answer they come back at once, see [Pause]; who gives up by himself finds
// context.Canceled in the chain.
type Driver interface {
	// Name is the kind of the driver as in the configuration: "processes", "docker".
	Name() string
	// Observe returns what there is. It changes nothing.
	Observe(ctx context.Context) (State, error)
	// Scale orders a number of replicas. It is level-triggered: to order the same again
	// changes nothing and costs at most one call that reads. The same with a later end
	// renews it; while three quarters of the new time are left by the old end, that may be
	// put off. While [State.Wanted] is another number than was ordered, give it again: an
	// engine of which others are part may have been set back. Orders beyond what the engine's owner allows (an autoscaler's maximum) are
	// cut to it, and the Order says so.
	Scale(ctx context.Context, want Want) (Order, error)
	// Restore undoes what has expired by now, and what was left by a program that is gone:
	// things go back to what was before our first order, not to an order before the last.
	// It is called at each start and then about once a minute, so that no driver needs a
	// timer; now is the only clock by which it judges. What it undid is a Note of kind
	// "restored". What an engine is slow to follow may take another call.
	Restore(ctx context.Context, now time.Time) ([]Note, error)
	// Close ends what the driver holds open. Replicas go on, but for local processes,
	// which live only as long as we do.
	Close() error
}

// MaxReplicas is the largest number that may be ordered: beyond it is a fault of ours, not
// a wave (the largest shops run some hundred).
const MaxReplicas = 10_000

// Want is an order.
type Want struct {
	// Replicas is the number wanted in all, the owner's included, 0 to [MaxReplicas].
	// Whether it may be 0 is the caller's affair. A number below what the owner runs by
	// himself asks for that.
	Replicas int
	// Expires is when the order is void if it is not given again: then the engine goes back
	// to what it had before. Required; one that is over is Invalid.
	Expires time.Time
	// Reason is why, in one sentence; it is kept beside the replicas (annotation, label,
	// header) for those who look there.
	Reason string
	// Leave are IDs of replicas that are to go first where some go: those with the fewest
	// visitors inside. Engines that choose by themselves are told by what means they have.
	Leave []string
}

// Check returns why a driver cannot follow the order at all, of kind Invalid, or nil.
func (w Want) Check(now time.Time) error {
	fault := &falochron.Error{Kind: falochron.Invalid, Op: "order replicas"}
	switch {
	case w.Replicas < 0 || w.Replicas > MaxReplicas:
		fault.Public = fmt.Sprintf("%d replicas are wanted", w.Replicas)
		fault.Hint = fmt.Sprintf("order 0 to %d", MaxReplicas)
	case w.Expires.IsZero():
		fault.Public = "the order has no end"
		fault.Hint = "say until when it holds: it is undone then, even if nobody is left to undo it"
	case !now.Before(w.Expires):
		fault.Public = fmt.Sprintf("the order was over at %s", w.Expires.UTC().Format(time.RFC3339))
		fault.Hint = "order with an end that lies ahead, and compare the clocks of both machines"
	default:
		return nil
	}
	return fault
}

// Order is what became of a Want.
type Order struct {
	// Accepted is the number that the engine is asked for: Want.Replicas, or what it was
	// cut to.
	Accepted int
	// Before is the number it was asked for until now.
	Before int
	// Changed says that anything was changed at all.
	Changed bool
	// Bound is what cut it, empty when nothing did: "hpa-max", "capacity", "quota", "owner".
	Bound string
	// Notes are what else is worth knowing, in order.
	Notes []Note
}

// State is what a driver sees.
type State struct {
	Time time.Time
	// Wanted is the number the engine is asked for at this moment, by whomever.
	Wanted int
	// Replicas are those there are, oldest first.
	Replicas []Replica
	// Most is the number beyond which the engine's owner does not allow us to go. 0 = no
	// such bound.
	Most int
	// Startable is how many more could be started now without waiting for a machine.
	// Negative: not known.
	Startable int
	// Notes are what somebody else did to what we ordered, and what keeps replicas from
	// starting.
	Notes []Note
}

// Ready counts the replicas that take requests.
func (s State) Ready() (n int) {
	for _, r := range s.Replicas {
		if r.Phase == Ready {
			n++
		}
	}
	return n
}

// Phase is where in its life a replica is.
type Phase uint8

// The phases.
const (
	Starting Phase = iota // ordered, and does not answer yet
	Ready                 // takes requests
	Draining              // takes those of visitors it has, no others
	Failed                // is there and does not get ready; Why says what the engine says
)

var phaseNames = [...]string{"starting", "ready", "draining", "failed"}

// String returns the phase's name as in metrics.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// Replica is one copy of the shop as its engine sees it.
type Replica struct {
	// ID is the engine's own name for it, unique within the shop.
	ID string
	// URL is where the edge reaches it, "http://host:port". Empty: it is reached only
	// through a balancer of the engine's.
	URL string
	// Own says that it was started from here; others are the owner's and never stopped.
	Own   bool
	Phase Phase
	// Ordered is when it was asked for, Since when its phase began. Zero: not known.
	Ordered, Since time.Time
	// Why is what the engine says of it; empty when all is well.
	Why string
}

// Note is something that people should know, which no caller has to act on.
type Note struct {
	// Kind is of a fixed vocabulary, for metrics: "reverted", "at-maximum",
	// "autoscaler-lowers", "image-missing", "no-room", "restored", "foreign".
	Kind string
	// Text is one plain sentence with the numbers.
	Text string
}
