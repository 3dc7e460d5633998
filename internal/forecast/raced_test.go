//go:build race

package forecast

// raced says that the race detector is on: what takes ten times as long under it is tried
// without it, since nothing in this room runs beside anything.
const raced = true
