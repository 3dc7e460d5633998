package e2e

import "testing"

// The helper that the purchase tests stand on: start, hear, kill.
func TestStartedProgramIsHeard(t *testing.T) {
	p := Start(t, "help")
	p.Await("Usage")
	p.Kill()
}
