// Package external is for shops whose autoscaler stays in charge: it asks how many
// replicas are wanted, as KEDA asks an external scaler, and does what it likes with the
// answer.
//
// Its one invariant: a number is told only while an order for it is in force. Before the
// first one, and when we are gone, there is no answer, which leaves the replicas as they
// are; after the last one was over, nothing is wanted, and the autoscaler goes by what else
// it knows.
//
// It refuses to start, stop or change anything, and to take anything but questions from
// the network.
//
// Read [New] first.
package external
