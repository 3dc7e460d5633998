// Package room is the waiting room of one shop: who stands where in the line,
// who is called next, who has claimed a place, and how long the others are told
// to wait.
//
// Everything a visitor must keep is in a signed ticket elsewhere; the room
// keeps two bits for each sequence number it has issued and a handful of
// counters, whatever the length of the line. It is a state machine with one
// owner: no lock, no clock, no chance. Time comes in as now, and the owner
// calls it from one goroutine at a time.
//
// Its one invariant: no place is called while a lower place that counts is not,
// and no sequence number is claimed twice. A place counts from the moment its
// holder comes back for the first time; a holder who is away is passed over,
// never waited for, and goes next when they return within the claim window.
//
// It refuses to give places away by itself: the owner says how many there are
// ([Room.Call]) and spends them when they are claimed ([Room.Claim]). It knows
// neither tickets nor HTTP.
//
//	Issue ──► issued ──Return──► counted ──Call──► called ──Claim──► claimed
//	             │                  │                 │
//	             │ passed over      │ Leave           │ claim window over
//	             ▼                  ▼                 ▼
//	          called (goes next)   left              slid ──► a new place at the end
//
// Read [Room] first, then [Room.Call].
package room
