package admit

import (
	"testing"
	"time"
)

// The first people in a new shop read their first page for some seconds, and nobody
// asks for a second one. What a person costs is not taken from that: a wait told by
// it would be a tenth of the real one.
func TestAPersonCostsMoreThanTheFirstPage(t *testing.T) {
	now := time.Date(2026, 11, 26, 20, 0, 0, 0, time.UTC)
	var c curve
	c.init(now)
	now = now.Add(100 * time.Millisecond)
	c.advance(now, true)
	guess := c.whole()
	for range 20 {
		c.enter()
		c.consume(0, 1)
	}
	for range 40 { // four seconds: more person-seconds than the guess weighs
		now = now.Add(100 * time.Millisecond)
		c.advance(now, true)
	}
	if after := c.whole(); after < guess/6 {
		t.Errorf("a person costs %.1f pages after %.0f person-seconds without a second one, %.1f by the guess", after, 20*4.0, guess)
	}
	// An hour of it is believed.
	for range 900 {
		c.enter()
		c.consume(0, 1)
		for range 4 {
			now = now.Add(time.Second)
			c.advance(now, true)
		}
	}
	if after := c.whole(); after > 2 {
		t.Errorf("a person still costs %.1f pages when nobody has asked for a second one in an hour", after)
	}
}
