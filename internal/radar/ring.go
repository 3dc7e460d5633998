package radar

import "time"

// ring keeps the last ticks as running totals, so that a window of any length is one
// subtraction.
type ring struct {
	total []uint64 // before tick i, at i mod len
	sum   uint64   // of all ticks
	at    int      // ticks taken since start
}

// windowSeconds is the longest window. What is slower than that is found by the
// cumulative sum.
const windowSeconds = 60

// coarseTicks is how many ticks the longest window has at least, where ticks are long.
const coarseTicks = 5

// ringTicks is how many ticks are kept: the longest window, and what a second rise is
// compared with.
func ringTicks(tick time.Duration) int {
	return ticksOf(windowSeconds*time.Second, tick)*6/5 + coarseTicks
}

// ticksOf is how many ticks make up d, coarseTicks where d is shorter than these.
func ticksOf(d, tick time.Duration) int { return max(int((d+tick-1)/tick), coarseTicks) }

// push takes a tick.
func (r *ring) push(n int) {
	r.total[r.at%len(r.total)] = r.sum
	r.sum += uint64(n)
	r.at++
}

// have is how many of the last ticks are still known.
func (r *ring) have() int { return min(r.at, len(r.total)) }

// last is the number of arrivals in the last w ticks; w is at most have.
func (r *ring) last(w int) float64 {
	if w <= 0 {
		return 0
	}
	return float64(r.sum - r.total[(r.at-w)%len(r.total)])
}

// between is the number of arrivals from the tick numbered from up to the one before
// to, both since start.
func (r *ring) between(from, to int) float64 { return r.last(r.at-from) - r.last(r.at-to) }

// clear forgets all ticks.
func (r *ring) clear() { r.at, r.sum = 0, 0 }

// shortest is the shortest window, unless ticks are longer: every look may be wrong, and
// there are most of the shortest.
const shortest = 300 * time.Millisecond

// windowsOf are the lengths, in ticks, of the windows that are looked at: each about
// 1.4 times the one before, so that none of a wave's first seconds lies badly in all.
func windowsOf(tick time.Duration) []int {
	longest := ticksOf(windowSeconds*time.Second, tick)
	var out []int
	for w := 1; w < longest; w *= 2 {
		for _, w := range []int{w, w + w/2} {
			if long := time.Duration(w)*tick >= shortest; long && w < longest && (len(out) == 0 || w > out[len(out)-1]) {
				out = append(out, w)
			}
		}
	}
	return append(out, longest)
}
