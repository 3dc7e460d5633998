// Package proc reads what Linux says of the machine and of its processes: CPU,
// memory, and who started whom. The demo and the benchmarks measure with it.
//
// Its one invariant: what the kernel does not say is told as not known, or is 0
// where it says so, and never made up. It keeps nothing and judges nothing, and
// the edge is not among those who use it: it decides by what it has seen itself.
// Elsewhere than on Linux nothing is known.
//
// Read [Process] first.
package proc
