package algorithms

import (
	"math"
	"slices"
	"time"
)

// Envoy is the gradient controller of Envoy's adaptive concurrency filter
// (extensions.filters.http.adaptive_concurrency.v3): now and then it lets only Min
// requests be in flight and takes the quantile of so many latencies for that of an
// idle shop. In between, once every Update, the limit becomes limit × (idle latency
// with Buffer ÷ present), a half to twice, plus its square root. Latencies of errors
// count like others; requests begun before the idle latency was measured do not.
type Envoy struct {
	Min, Max int
	Quantile float64       // of latencies
	Update   time.Duration // between two steps
	Interval time.Duration // between two measurements of the idle latency
	Jitter   float64       // of Interval, added
	Count    int           // latencies of an idle shop
	Buffer   float64       // by which latencies may differ from the idle one
	Seed     uint64

	limit, kept int // kept: in force before the measurement
	idle        float64
	samples     []float64
	measuring   bool
	since       time.Duration // begin of the last measurement
	due, step   time.Duration
	atMin       int // steps in a row at Min
	probes      uint64
}

// DefaultEnvoy has the filter's defaults, and where it has none (Update, Interval)
// the values of the example in its documentation.
func DefaultEnvoy() Envoy {
	return Envoy{Min: 3, Max: 1000, Quantile: 0.5, Update: 100 * time.Millisecond, Interval: time.Minute, Jitter: 0.15, Count: 50, Buffer: 0.25}
}

// minAgain is how many steps in a row at Min make the idle latency doubtful.
const minAgain = 5

func (e Envoy) start() Limit {
	e.limit, e.step = e.Min, e.Update
	e.measure(0)
	return &e
}

func (e *Envoy) measure(now time.Duration) {
	e.measuring, e.kept, e.limit = true, e.limit, e.Min
	e.since, e.atMin, e.samples = now, 0, e.samples[:0]
}

func (e *Envoy) probing() bool { return e.measuring }

// Limit is the number in force.
func (e *Envoy) Limit() int { return e.limit }

// Sample collects a latency.
func (e *Envoy) Sample(s Sample) {
	if s.Now-s.Took < e.since {
		return
	}
	e.samples = append(e.samples, s.Took.Seconds())
	if !e.measuring || len(e.samples) < e.Count {
		return
	}
	e.idle = e.quantile()
	e.measuring, e.limit = false, e.kept
	e.due = s.Now + secs(e.Interval.Seconds()*(1+e.Jitter*chance(e.Seed, chanceProbe, e.probes)))
	e.step = s.Now + e.Update
	e.probes++
}

// quantile takes the samples.
func (e *Envoy) quantile() float64 {
	slices.Sort(e.samples)
	q := e.samples[min(int(e.Quantile*float64(len(e.samples))), len(e.samples)-1)]
	e.samples = e.samples[:0]
	return q
}

// Tick makes a step when it is time.
func (e *Envoy) Tick(now time.Duration) {
	if e.measuring {
		return
	}
	if now >= e.due {
		e.measure(now)
		return
	}
	if now < e.step {
		return
	}
	e.step = now + e.Update
	if len(e.samples) == 0 {
		return
	}
	gradient := max(0.5, min(2, e.idle*(1+e.Buffer)/e.quantile()))
	limit := float64(e.limit) * gradient
	before := e.limit
	e.limit = max(e.Min, min(e.Max, int(limit+math.Sqrt(limit))))
	if before != e.Min || e.limit != e.Min {
		e.atMin = 0
	} else if e.atMin++; e.atMin >= minAgain {
		e.measure(now)
	}
}
