//go:build !race

package forecast

// raced says that the race detector is off.
const raced = false
