package fleettest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// FreePort is one where nobody listens, below the range from which Linux takes ports for
// outgoing connections (32768 up): one of those would take it from who is about to listen.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 200 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}
