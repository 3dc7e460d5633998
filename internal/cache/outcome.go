package cache

import (
	"sync/atomic"

	"github.com/falochron/falochron/internal/fresh"
)

// How is what the cache did with a request.
type How uint8

// The outcomes.
const (
	// Passed: nothing was written; the visitor's own request goes to the shop.
	Passed How = iota
	// Hit: answered from the store, perhaps stale; see Reason.
	Hit
	// Filled: answered from a fill that this request began.
	Filled
	// Followed: answered from a fill that another request began.
	Followed
	// Failed: the fill could not reach the shop. Nothing was written; Err says why.
	Failed
	// Gone: the client left while waiting. Nothing was written.
	Gone
)

// Outcome is what became of a request, with the reason.
type Outcome struct {
	How    How
	Reason string // fixed vocabulary, safe as a metric label
	Fwd    fresh.Forward
	Status int   // sent, when answered
	Bytes  int64 // of body sent
	Err    error // when Failed
}

// Answered reports whether the answer was written.
func (o Outcome) Answered() bool { return o.How == Hit || o.How == Filled || o.How == Followed }

// CacheStatus is the Cache-Status member for an answer that the edge writes
// after a pass. The cache's own answers carry theirs already.
func (o Outcome) CacheStatus() fresh.CacheStatus {
	return fresh.CacheStatus{Fwd: o.Fwd, Detail: o.Reason}
}

func passed(fwd fresh.Forward, reason string) Outcome {
	return Outcome{How: Passed, Fwd: fwd, Reason: reason}
}

// Stats are counts since the start, and what is held now.
type Stats struct {
	Hits, Fills, Follows, Passes uint64 // requests by outcome
	Failures                     uint64 // fills that returned an error or panicked
	Releases                     uint64 // fills whose answer could not be shared
	Cancels                      uint64 // fills nobody waited for any more
	Stores, Evictions            uint64 // objects
	Stales                       uint64 // answers from the store that were stale; they are in Hits, too
	Confirms                     uint64 // fills that the shop answered with "not modified"
	Objects, InFlight            int    // now
	Bytes                        int64  // now, everything counted; at most Config.MaxBytes
}

// counters are written by requests and read by Stats, each on its own.
type counters struct {
	hits, fills, follows, passes, failures, releases, cancels, stores, evictions, stales, confirms atomic.Uint64
}

func (c *counters) count(o Outcome) Outcome {
	switch o.How {
	case Hit:
		c.hits.Add(1)
	case Filled:
		c.fills.Add(1)
	case Followed:
		c.follows.Add(1)
	case Passed:
		c.passes.Add(1)
	}
	return o
}
