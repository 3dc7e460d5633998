//go:build race

package tally

// raced says that the race detector is on.
const raced = true
