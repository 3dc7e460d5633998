package forecast

import (
	"math"
	"sort"
	"time"
)

// bounds are the ends of the stretches in which a wave is looked at, in seconds
// after the post: short where it rises, ever longer where it ebbs, up to a week.
// Ten minutes and an hour are among them, since they are asked for.
var bounds = [...]float64{
	0, 5, 10, 15, 20, 30, 40, 60, 80, 110, 150, 200, 280, 400, 600, 900, 1400, 2200, 3600,
	7200, 4 * 3600, 8 * 3600, 16 * 3600, 32 * 3600, week,
}

// week is the longest a wave is looked at, in seconds.
const week = 7 * 24 * 3600

// stretches is how many there are.
const stretches = len(bounds) - 1

// Those that end at ten minutes and at an hour.
const (
	upTo10Min = 14
	upToHour  = 18
)

// length of stretch k in seconds.
func length(k int) float64 { return bounds[k+1] - bounds[k] }

// stretchAt is the stretch in which t seconds after the post lies.
func stretchAt(t float64) int {
	k := sort.SearchFloat64s(bounds[:], t)
	if k < len(bounds) && bounds[k] == t {
		k++
	}
	return min(max(k-1, 0), stretches-1)
}

// binned is what was counted in each stretch of a wave.
type binned struct {
	n [stretches]float64 // newcomers
	e [stretches]float64 // seconds of the stretch that were seen; 0: none
	// known is how many stretches, from the first, have been looked at at all.
	known int
	// before are newcomers and seconds before the post.
	before, beforeFor float64
}

// series are counts by tick, so that any stretch of them can be summed at once.
type series struct {
	tick float64   // s
	sum  []float64 // sum[i] are the newcomers of the first i ticks
}

// newSeries sums counts, shorter ticks in half seconds: nothing here needs to know more
// exactly.
func newSeries(counts []uint32, tick time.Duration) series {
	together := max(1, int(500*time.Millisecond/tick))
	first := len(counts) % together // of the oldest there may be too few; they are left out
	s := series{tick: tick.Seconds() * float64(together), sum: make([]float64, 1, len(counts)/together+1)}
	sum := 0.0
	for i := first; i < len(counts); i += together {
		for _, n := range counts[i : i+together] {
			sum += float64(n)
		}
		s.sum = append(s.sum, sum)
	}
	return s
}

// end is how long they were counted, in seconds.
func (s *series) end() float64 { return float64(len(s.sum)-1) * s.tick }

// index is the tick that begins nearest to t seconds.
func (s *series) index(t float64) int {
	return min(max(int(math.Round(t/s.tick)), 0), len(s.sum)-1)
}

// between are the newcomers between two moments, and the seconds seen of them.
func (s *series) between(from, to float64) (n, seconds float64) {
	i, j := s.index(from), s.index(to)
	if j <= i {
		return 0, 0
	}
	return s.sum[j] - s.sum[i], float64(j-i) * s.tick
}

// busiest are the people of the wave in the busiest window of so many seconds, among
// those that begin at a whole second after start and end within length, and the
// window's middle in seconds after start. A window that is longer than all of it is
// the whole.
func (s *series) busiest(start, length, window, base float64) (most, middle float64) {
	for t := 0.0; t == 0 || t+window <= length; t++ {
		n, seconds := s.between(start+t, start+min(t+window, length))
		if n -= base * seconds; n > most {
			most, middle = n, t+window/2
		}
	}
	return most, middle
}

// binned sorts the counts from the moment `from` on by stretches after a post at
// the moment start; all are seconds of the series.
func (s *series) binned(start, from float64) (b binned) {
	end := s.end()
	b.before, b.beforeFor = s.between(from, min(start, end))
	for k := range stretches {
		if start+bounds[k] >= end {
			break
		}
		b.n[k], b.e[k] = s.between(max(start+bounds[k], from), start+bounds[k+1])
		if b.e[k] > 0 {
			b.known = k + 1
		}
	}
	return b
}

// Bounds are the ends of the stretches that [Figures] are about, in seconds after the
// post; the first is 0.
func Bounds() []float64 { return append([]float64(nil), bounds[:]...) }
