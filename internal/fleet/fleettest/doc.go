// Package fleettest holds what every driver of replicas has to do, as a table of [Rule]:
// one suite for processes, containers, pods and what a host's own API starts.
//
// Its one invariant: every rule can fail. The package's own test passes it a driver that
// keeps all rules and, for each of them, drivers that break it.
//
// It refuses to know any engine: a driver's test lends it a [Stage], with an engine and
// what can go wrong there. It is for tests; no program may contain it.
//
// Read [Run] first.
package fleettest
