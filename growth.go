package falochron

import "time"

// Growth is a shop that is going to be larger, because replicas of it are starting. It is
// immutable once it is part of a [Snapshot].
type Growth struct {
	// At is when those that start are of use, on average over them. In the past: they are late.
	At time.Time
	// Times is how many times as large the shop is then: replicas that are ready, and of those
	// that start as many as are likely to come, over those that are ready. Up to 1: none starts.
	Times float64
}
