package window

import (
	"math/bits"
	"time"
)

// Quantiles keeps durations of the last seconds in logarithmic buckets: eight
// to each doubling, so a quantile is right to within one eighth (13 %). Range 64 µs to about
// 19 hours; what is outside counts at the edge.
type Quantiles struct {
	cell []quantileCell
	last int64
}

type quantileCell struct {
	at int64
	n  [quantileBuckets]uint32
}

const (
	quantileBuckets = 8 * 30
	quantileFloor   = 16 // log2 of the smallest duration told apart, in nanoseconds
)

// NewQuantiles returns a window over the last seconds seconds (at least 1).
func NewQuantiles(seconds int) *Quantiles {
	return &Quantiles{cell: make([]quantileCell, max(seconds, 1))}
}

// Add takes one duration at now.
func (q *Quantiles) Add(now time.Time, d time.Duration) {
	sec := max(now.Unix(), q.last)
	q.last = sec
	c := &q.cell[sec%int64(len(q.cell))]
	if c.at != sec {
		*c = quantileCell{at: sec}
	}
	c.n[bucket(d)]++
}

// At returns the p-quantile (0..1) of the window that ends at now, as the upper
// edge of its bucket, and how many samples speak for it.
func (q *Quantiles) At(now time.Time, p float64) (time.Duration, uint64) {
	sec := max(now.Unix(), q.last)
	var sum [quantileBuckets]uint64
	var total uint64
	for i := range q.cell {
		c := &q.cell[i]
		if sec-c.at >= int64(len(q.cell)) {
			continue
		}
		for b, n := range c.n {
			sum[b] += uint64(n)
			total += uint64(n)
		}
	}
	if total == 0 {
		return 0, 0
	}
	want := uint64(p * float64(total))
	var seen uint64
	for b, n := range sum {
		if seen += n; seen > want || seen == total {
			return edge(b), total
		}
	}
	return edge(quantileBuckets - 1), total
}

func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < 1<<quantileFloor {
		return 0
	}
	top := bits.Len64(n) - 1
	sub := int(n>>(top-3)) & 7
	return min((top-quantileFloor)*8+sub, quantileBuckets-1)
}

// edge is the upper edge of a bucket.
func edge(b int) time.Duration {
	top, sub := b/8+quantileFloor, b%8
	return time.Duration(uint64(8+sub+1) << (top - 3))
}
