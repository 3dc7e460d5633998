package tally

import (
	"sync"
	"testing"
)

// The sum since the beginning is exact over many rounds of the ring, with pauses of a round and
// more and a clock that is set back; read meanwhile it never falls.
func TestTheSumOfACounter(t *testing.T) {
	var c counter
	sum := uint64(0)
	add := func(tick uint64, n int) {
		for range n {
			c.add(tick)
		}
		if sum += uint64(n); c.total() != sum {
			t.Fatalf("at tick %d: %d, want %d", tick, c.total(), sum)
		}
	}
	for tick := range uint64(5 * ringCells) {
		add(tick, int(tick%7))
	}
	add(9*ringCells+3, 4) // long after
	add(2*ringCells+3, 2) // the clock was set back
	add(20*ringCells, 1)

	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range uint64(20_000) {
				c.add(21*ringCells + i/10)
			}
		})
	}
	for last := sum; last < sum+40_000; {
		now := c.total()
		if now < last || now > sum+80_000 {
			t.Fatalf("%d after %d", now, last)
		}
		last = now
	}
	all.Wait()
	if got := c.total(); got != sum+80_000 {
		t.Errorf("%d, want %d", got, sum+80_000)
	}
}
