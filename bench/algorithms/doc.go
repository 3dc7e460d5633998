// Package algorithms plays one wave of fans at one shop in virtual time, with
// another admission algorithm before the shop each time: none, fixed limits, AIMD,
// Vegas, Gradient2, Envoy's adaptive concurrency, CoDel with adaptive LIFO, and
// ours. Everything but the algorithm is the same, to the fan and the millisecond.
//
// Its one invariant: the same [Story] gives the same [Result] on every machine,
// however busy. It has no clock, no socket and no goroutine; ours is the very code
// of internal/admit that runs in the edge, the others are written anew from their
// papers and sources, which each names.
//
// It refuses to help anybody: an algorithm that its source has refuse at once
// refuses at once. Where ours has more than a limit (a line before the door, lanes
// for the till), the others are tried with that as well, see [Front].
//
// Read [Play] first, then people.go for what fans do and shop.go for what breaks;
// contest.go says who takes part, with which settings.
package algorithms
