// Package scale decides how many replicas of the shop are wanted, and when: from the
// line that stands, the people who come, the nowcast and the plan, against what one
// replica was measured to take and what the owner allows.
//
// Its one invariant: never fewer than the owner's minimum and never more than the owner's
// maximum or either budget allows, whatever comes in. It is pure: time comes in as now,
// the answer leaves as a [Plan] with its reason, the limit that bound it, what it costs
// and what it changes for those who wait. A [Decider] has a single owner.
//
// It refuses to act (that is fleet's), to guess that more replicas help where it has
// measured that they do not, and to lower below what those inside need, unless a budget
// ends.
//
// Read [Decider.Decide] first, then need.go for how many, bounds.go for what is allowed
// and lower.go for the way down.
package scale
