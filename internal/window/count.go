package window

import "time"

// Count is how many events fell into the last so many whole seconds. The zero
// value is not usable; make one with [NewCount].
type Count struct {
	cell []uint64
	at   []int64 // unix second each cell stands for
	last int64
}

// NewCount returns a counter over the last seconds seconds (at least 1).
func NewCount(seconds int) *Count {
	n := max(seconds, 1)
	return &Count{cell: make([]uint64, n), at: make([]int64, n)}
}

// Add counts n events at now.
func (c *Count) Add(now time.Time, n uint64) {
	sec := max(now.Unix(), c.last)
	c.last = sec
	i := int(sec % int64(len(c.cell)))
	if c.at[i] != sec {
		c.at[i], c.cell[i] = sec, 0
	}
	c.cell[i] += n
}

// Sum is the number of events in the window that ends at now.
func (c *Count) Sum(now time.Time) uint64 {
	sec := max(now.Unix(), c.last)
	var sum uint64
	for i, at := range c.at {
		if sec-at < int64(len(c.cell)) {
			sum += c.cell[i]
		}
	}
	return sum
}
