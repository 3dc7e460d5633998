// Package origin holds the replicas of one shop: which are well, which one
// takes the next request, and how a request is carried there and its answer
// back.
//
// Its one invariant: a request reaches the shop at most once, unless nothing
// of it can have been acted upon: it only reads, or not a byte of it was sent.
// It refuses to decide who may go to the shop
// (that is admit's and room's), to write a page of its own (the [Result] says
// that nothing was sent, the caller writes), and to believe what a visitor
// says about where he comes from ([ForwardOptions] says it).
//
// Read [Pool.Forward] first.
package origin
