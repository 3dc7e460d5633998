// Command bench measures Falochron and writes docs/benchmarks.md. It is run by
// `make bench`.
//
// It starts the released program as anybody would start it, with the command
// lines of the README, and looks at it from outside: what it answers, and what
// the kernel says it has burnt. Only the room, which has no clock and no socket,
// is measured inside this program.
//
// Its one invariant: a number is printed only with the JSON it was computed
// from lying beside it, and with the build it belongs to. It refuses to judge
// when the machine was busy with something else: such a row is repeated once
// and then marked void. The goals are constants; nothing that can be set
// changes what is promised.
//
// A new benchmark is a new [section]; read that first.
package main
