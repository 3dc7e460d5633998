package edge

import (
	"math/rand/v2"
	"time"
)

// dice is chance that need not be secret: jitter and request ids. The runtime's
// own generator is seeded from the system and cheap on many cores.
type dice struct{}

// between is a duration in [0, d).
func (dice) between(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(rand.Int64N(int64(d)))
}

const hexDigits = "0123456789abcdef"

// id is a request id: 16 hex digits.
func (dice) id() string {
	var b [16]byte
	n := rand.Uint64()
	for i := range b {
		b[i] = hexDigits[n&15]
		n >>= 4
	}
	return string(b[:])
}
