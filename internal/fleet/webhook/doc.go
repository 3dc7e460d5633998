// Package webhook orders replicas from a host's own API: the number that is wanted goes
// there by a signed POST, what there is comes back by GET, and a DELETE ends the order.
// docs/fleet.md describes what a host has to answer.
//
// Its one invariant: nothing of an order is remembered here. What holds is what the host
// says, so an answer that was lost, a host that only said yes, and a restart of ours all
// end in the same: the next call compares and orders what is missing.
//
// It refuses to follow a redirect or an address that the host names on another machine,
// and to talk to networks inside that are not allowed by name.
//
// Read [Driver.Scale] first.
package webhook
