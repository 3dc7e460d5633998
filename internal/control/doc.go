// Package control is the side of the house that people and machines of the
// operator talk to: the admin listener's handler (JSON API, live events,
// metrics, health, profiles) and the loop that watches the vitals.
//
// It decides what an operator may order and turns each order into a new
// immutable [falochron.Snapshot] and one audit record. It holds the last
// fifteen minutes of every shop, second by second, in memory.
//
// Its one invariant: a shop's snapshots are published in the order of their
// versions, one at a time, each by a named actor. Control meets the edge only
// through [Source], Publish and the journal; an edge whose control is gone
// keeps serving.
//
// It owns the plan's book ([Campaigns]): what somebody wants to do is decided there,
// written down in the store, and only then taken in and said to be done.
//
// It refuses requests without a token or session, from other origins, or for a
// host name that is not its own; to put anything a visitor chose into a metric's
// label; and to know what a page looks like (the console does).
//
// Read [New] and the table in [Control.guarded] first; docs/api.md tells the same to
// those who call.
package control
