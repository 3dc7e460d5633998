// Command falochron is the breakwater: one program between the fans and the
// shop.
//
// It holds flags, wiring, signals and exit codes, and decides nothing itself;
// every decision lives in a room below internal. Its invariant: each error it
// prints says what to do next, in a last line that begins with "hint:". It
// refuses to start on a configuration with a single fault.
//
// Exit codes: 0 it worked; 1 it failed while working; 2 it was told something
// it cannot use (flags, configuration); 3 a measurement is void: it proves
// neither success nor failure.
//
// Read run first, in main.go, then newRunCommand.
package main
