// Package edge is the request path: what happens to a request between the
// listener and the shop, one step per file, in the order of [steps].
//
// Its one invariant: a request reaches the shop only through the gate, as one
// of at most limit requests in flight (payment callbacks one beside), and what
// was made for one visitor is sent to nobody else. It refuses to decide by
// itself how much the shop can take (admit), who goes in when (room), what may
// be kept (fresh, cache) and what a request is for (preset).
//
// Control meets it through an immutable [falochron.Snapshot] only; an edge
// whose control is gone keeps serving on its last one.
//
// Read [Server.ServeHTTP] first.
package edge
