package tally

import "sync/atomic"

// ring counts something in the last ticks. A cell has the number of its tick in the high
// 40 bits (3,400 years of tenths of a second) and what came in it in the low 24.
//
// The plain code it stands for: if the cell is of an older tick, begin it anew; add one.
// Where the clock went back, or a goroutine was held up for a whole round, the one more
// is counted in the tick that the cell has by then.
type ring struct {
	cells [ringCells]atomic.Uint64
}

const (
	ringCells = 128
	countBits = 24
)

// add counts one in a tick, and returns what the cell had counted of an older one that is
// begun anew by it.
func (r *ring) add(tick uint64) (over uint64) {
	cell := &r.cells[tick%ringCells]
	for {
		old := cell.Load()
		if old>>countBits >= tick {
			cell.Add(1)
			return 0
		}
		if cell.CompareAndSwap(old, tick<<countBits|1) {
			return old & (1<<countBits - 1)
		}
	}
}

// read appends what came in the n ticks before a tick to out, the oldest first, and
// returns their sum.
func (r *ring) read(out []uint32, before uint64, n int) ([]uint32, uint64) {
	sum := uint64(0)
	for tick := before - uint64(n); tick < before; tick++ {
		count := uint32(0)
		if cell := r.cells[tick%ringCells].Load(); cell>>countBits == tick {
			count = uint32(cell & (1<<countBits - 1))
		}
		out = append(out, count)
		sum += uint64(count)
	}
	return out, sum
}

// counter is a ring with its sum since the beginning. That is what its cells hold and what
// they held before: so each newcomer is one addition, and one line of the processor's cache that all
// cores want.
type counter struct {
	ring
	over  atomic.Uint64 // what came in ticks whose cells were begun anew
	least uint64        // the sum as it was read last; of who reads
}

func (c *counter) add(tick uint64) {
	if over := c.ring.add(tick); over > 0 {
		c.over.Add(over)
	}
}

// total is the sum. Its caller reads alone. Of a cell that is begun anew in this moment it may
// miss what was in it; it is never less than it was.
func (c *counter) total() uint64 {
	sum := c.over.Load()
	for i := range c.cells {
		sum += c.cells[i].Load() & (1<<countBits - 1)
	}
	c.least = max(c.least, sum)
	return c.least
}
