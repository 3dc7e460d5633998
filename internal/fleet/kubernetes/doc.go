// Package kubernetes is the [fleet.Driver] for shops whose replicas are pods of a
// Deployment or StatefulSet.
//
// It lives with an autoscaler instead of fighting it: where a HorizontalPodAutoscaler or a
// KEDA ScaledObject holds the number, it raises that one's minimum, never above its maximum
// without leave, and then sets the scale subresource so that pods start at once. What was
// there before, and until when ours holds, is written in annotations in the same call that
// changes the number: beside the minimum, or, where nobody else scales, on a ConfigMap of
// ours.
//
// Its one invariant: the value to give back is written down no later than the value that
// replaces it, and only values that nobody has changed since are given back. So the end of
// this program, at any moment, leaves nothing raised beyond its expiry, and no owner's
// number is lost.
//
// It refuses to decide how many are wanted, to create or delete pods, to watch (a loop asks
// it), and to argue: who sets a number of ours back three times has won, and a Note says so.
//
// Read [Driver.Scale] first.
package kubernetes
