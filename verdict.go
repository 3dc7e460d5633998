package falochron

import (
	"fmt"
	"time"
)

// Action is what happened to a request.
type Action uint8

// The actions. Overload is a verdict, not an error: wait, shed and stale are
// ordinary outcomes with a reason.
const (
	Pass   Action = iota // forwarded to the shop
	Hit                  // answered from the cache
	Own                  // answered by the edge itself (status, script, health)
	Wait                 // shown the waiting room
	Queue                // stood in the short queue at the limiter, then was forwarded
	Shed                 // refused because the shop is full and the deadline has passed
	Refuse               // refused because the request itself is not acceptable
	Failed               // forwarded, but the shop did not answer properly
	NumActions
)

var actionNames = [NumActions]string{"pass", "hit", "own", "wait", "queue", "shed", "refuse", "failed"}

// String returns the action's name as it appears in metrics and journals.
func (a Action) String() string {
	if a < NumActions {
		return actionNames[a]
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// Verdict is one decision with the limit that bound it.
type Verdict struct {
	Action Action
	// Reason names the rule, in a fixed vocabulary (never anything a visitor
	// chose): "room", "place-free", "no-place", "line-ahead", "mode-hold", "shop-full",
	// "queue-deadline"... The journal's Explain says in words what each means.
	Reason string
	// Limit names what bound the decision, or for a pass what it was measured
	// against: "concurrency", "owner-ceiling", "places", "queue-wait", "line"...
	// Empty when nothing did.
	Limit string
	// Bound is that limit's value at the moment of the decision, in the unit that
	// [Verdict.Unit] names. Zero for a limit that has none, as the mode.
	Bound float64
	// Would is set in watch mode: the request passed, this is what would have been.
	Would bool
}

// Unit says in words what Bound counts, for a person to read; empty for a limit
// that has no value.
func (v Verdict) Unit() string {
	switch v.Limit {
	case "concurrency", "owner-ceiling", "lane-share":
		return "requests at the shop at once"
	case "replica-share":
		return "requests at one replica at once"
	case "places":
		return "requests at the shop at once, by all who are inside"
	case "visits":
		return "people a second, whose whole visits the shop can serve"
	case "queue-wait":
		return "seconds that people inside may wait for a worker"
	case "queue-length", "callback-queue":
		return "requests waiting"
	case "visitor-parallel":
		return "requests of one visitor"
	case "alone":
		return "requests that the shop takes one by one"
	case "line":
		return "people ahead"
	case "start":
		return "seconds before the start"
	case "shop":
		return "seconds to leave it alone"
	case "adoption":
		return "people at most"
	case "slow-lane":
		return "people a minute, of all who look like an attack"
	case "test":
		return "seconds until it may be passed"
	case "visitor-rate":
		return "requests a minute of one visitor"
	case "address-carts":
		return "changes of carts by strangers from one address, in half a minute"
	}
	return ""
}

// Record is a verdict as the journal keeps it.
type Record struct {
	Time    time.Time
	ID      string // request id, as sent back in X-Request-Id
	Shop    string
	Client  string // shortened address: IPv4 /24, IPv6 /48
	Class   Class
	Lane    string // lane at the limiter, empty if it never came that far
	Method  string
	Path    string // without the query: a query may carry secrets
	Status  int    // status sent, 0 if none was
	Verdict Verdict
	Session string        // shortened inside-session id, empty for nobody
	Place   uint64        // sequence of the waiting ticket, 0 for none
	Ahead   int           // people ahead when told to wait
	Waited  time.Duration // in the short queue at the limiter
	Took    time.Duration // whole request
	Origin  string        // replica that answered, empty for none
	InUse   int           // requests in flight at the shop when decided
	Allowed int           // the concurrency limit when decided
	Actor   string        // for audit records: who pressed the button
	Note    string        // for audit records and events: what was done, in words
}
