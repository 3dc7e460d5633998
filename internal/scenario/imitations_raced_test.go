//go:build race

package scenario

// raced says that the race detector is on; see imitated.
const raced = true
