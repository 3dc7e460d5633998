package radar

import (
	"math"
	"time"
)

// baseline is how many arrivals a second are usual now, how much they scatter, and how
// sure that is.
//
// The rate is a gamma belief with a memory of ten minutes: arrivals seen ÷ seconds
// looked at, both fading. Scatter has two parts. over is variance ÷ mean from one
// second to the next. wander is how far the rate itself strays within a minute, as a
// share of it: with many arrivals, chance evens out and wander does not.
type baseline struct {
	arrivals, seconds float64 // fading with memory
	memory            float64 // seconds
	bounds            [2]float64
	believed          float64 // variance ÷ mean, before much was seen

	squares, means float64 // of differences between neighbouring seconds; fading
	before         float64 // arrivals of the chunk before; -1: none
	wander         float64 // squared, as a share of the rate
	minute         struct{ arrivals, expected, seconds float64 }
}

// Figures of the baseline; docs/radar.md says where each comes from.
const (
	memorySeconds   = 600.0      // of the rate
	memoryTicks     = 30         // where ticks are long
	scatterSeconds  = 2 * 3600.0 // memory of the scatter
	usualOver       = 1.5        // variance ÷ mean believed at first; of a way what the shop's is,
	usualOverWeight = 50.0       // as if seen on so many arrivals
	usualWander     = 0.1        // believed at first
	leastWander     = 0.05
	mostWander      = 0.4
	wanderClip      = 4.0  // times the wander that one minute may show
	wanderMinutes   = 60   // memory of wander
	knownSeconds    = 10.0 // looked at before anything is called a wave
	clipDeviations  = 6.0  // what lies farther out is learnt as if it lay there
)

func newBaseline(bounds [2]float64) baseline {
	return baseline{memory: memorySeconds, bounds: bounds, believed: usualOver, before: -1, wander: usualWander * usualWander}
}

// halfArrival is what is believed before anything was seen: that silence is no proof
// of nobody. It is the invariant (Jeffreys) prior of a rate.
const halfArrival = 0.5

// rate is how many arrivals a second are usual; 0 while nothing is known.
func (b *baseline) rate() float64 {
	if b.seconds <= 0 {
		return 0
	}
	return (b.arrivals + halfArrival) / b.seconds
}

// known says whether enough was seen to call anything unusual.
func (b *baseline) known(tick time.Duration) bool {
	return b.seconds >= max(knownSeconds, coarseTicks*tick.Seconds())-1e-6
}

// over1 is variance ÷ mean from second to second, within bounds.
func (b *baseline) over1() float64 {
	over := (b.squares + b.believed*usualOverWeight) / (b.means + usualOverWeight)
	return min(max(over, b.bounds[0]), b.bounds[1])
}

// unsure is the square of the share by which the rate may be wrong: how it wanders,
// and how little of it was seen.
func (b *baseline) unsure() float64 {
	if b.bounds[1] <= 1 { // Poisson: nothing but chance
		return 0
	}
	return b.wander + 1/(b.arrivals+halfArrival)
}

// expect is the crowd that a rate brings in so many seconds.
func (b *baseline) expect(rate, seconds float64) crowd {
	m := rate * seconds
	return crowd{mean: m, over: b.over1() + b.unsure()*m}
}

// learn takes n arrivals of so many seconds as usual.
func (b *baseline) learn(n, seconds float64) {
	clipped := n
	if b.arrivals > 20 {
		c := b.expect(b.rate(), seconds)
		clipped = min(n, c.mean+clipDeviations*math.Sqrt(c.mean*c.over)+3)
	}
	b.learnScatter(clipped, seconds)
	b.learnWander(clipped, seconds)
	fade := math.Exp(-seconds / b.memory)
	b.arrivals = b.arrivals*fade + clipped
	b.seconds = b.seconds*fade + seconds
}

// learnScatter compares neighbouring chunks: half of the mean squared difference is
// the variance, whatever the rate does meanwhile.
func (b *baseline) learnScatter(n, seconds float64) {
	if b.before >= 0 {
		fade := math.Exp(-seconds / scatterSeconds)
		mean, diff := (n+b.before)/2, n-b.before
		b.squares = b.squares*fade + diff*diff/2
		b.means = b.means*fade + mean
	}
	b.before = n
}

// learnWander compares whole minutes with what was expected of them.
func (b *baseline) learnWander(n, seconds float64) {
	m := &b.minute
	m.arrivals, m.expected, m.seconds = m.arrivals+n, m.expected+b.rate()*seconds, m.seconds+seconds
	if m.seconds < windowSeconds {
		return
	}
	if m.expected >= 10 { // with fewer, chance hides it
		off := m.arrivals - m.expected
		share := (off*off - b.over1()*m.expected) / (m.expected * m.expected)
		// One odd minute (a failure, a robot) may not teach more than a restless hour.
		b.wander += (min(max(share, 0), wanderClip*b.wander+leastWander*leastWander) - b.wander) / wanderMinutes
		b.wander = min(max(b.wander, leastWander*leastWander), mostWander*mostWander)
	}
	m.arrivals, m.expected, m.seconds = 0, 0, 0
}

// gap says that for so many seconds nothing was seen: what was known is less sure.
func (b *baseline) gap(seconds float64) {
	least := b.memory / gapLeast
	keep := max(math.Exp(-seconds/gapSeconds), least/max(b.seconds, least))
	b.arrivals, b.seconds, b.before = b.arrivals*keep, b.seconds*keep, -1
	b.minute.arrivals, b.minute.expected, b.minute.seconds = 0, 0, 0
}

// Knowledge of the rate fades so fast while nobody looks, but never below that part of
// the memory.
const (
	gapSeconds = 3 * 3600.0
	gapLeast   = 5.0
)

// move multiplies the rate, as the time of the week does.
func (b *baseline) move(factor float64) {
	if factor > 0 {
		b.seconds /= factor
		// The belief must not get surer by it.
		if factor < 1 {
			b.arrivals, b.seconds = b.arrivals*factor, b.seconds*factor
		}
	}
}

// anchor takes a rate, seen for so many seconds, as usual from now on.
func (b *baseline) anchor(arrivals, seconds float64) {
	b.arrivals, b.seconds, b.before = arrivals, seconds, -1
	b.minute.arrivals, b.minute.expected, b.minute.seconds = 0, 0, 0
}
