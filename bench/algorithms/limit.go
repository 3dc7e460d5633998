package algorithms

import (
	"math"
	"time"
)

// Limit is an algorithm that says how many requests may be at the shop at once.
type Limit interface {
	// Limit is the number in force, at least 1.
	Limit() int
	// Sample tells of a request that has ended.
	Sample(Sample)
	// Tick lets time pass; called at least ten times a second.
	Tick(now time.Duration)
}

// Sample is one request that was at the shop.
type Sample struct {
	Now    time.Duration // when it ended, since the story's beginning
	Took   time.Duration // at the shop
	Beside int           // in flight when it began, itself included
	Failed bool          // the shop answered 5xx or not in time
}

// prober is a [Limit] that now and then holds its limit down on purpose, to learn
// how fast an idle shop is.
type prober interface{ probing() bool }

// Fixed is a limit somebody has set.
type Fixed int

// Limit is the number that was set.
func (f Fixed) Limit() int { return int(f) }

// Sample changes nothing.
func (Fixed) Sample(Sample) {}

// Tick changes nothing.
func (Fixed) Tick(time.Duration) {}

// AIMD is additive increase and multiplicative decrease (Chiu and Jain 1989), as in
// Netflix's concurrency-limits, AIMDLimit: each answer that met at least half the
// limit raises it by one, each failure or answer slower than Timeout multiplies it
// by Backoff.
type AIMD struct {
	Initial, Min, Max int
	Backoff           float64 // 0.5 to below 1
	Timeout           time.Duration
	limit             int
}

// DefaultAIMD has the defaults of AIMDLimit.
func DefaultAIMD() AIMD {
	return AIMD{Initial: 20, Min: 20, Max: 200, Backoff: 0.9, Timeout: 5 * time.Second}
}

func (a AIMD) start() Limit { a.limit = a.Initial; return &a }

// Limit is the number in force.
func (a *AIMD) Limit() int { return a.limit }

// Sample raises or lowers the limit.
func (a *AIMD) Sample(s Sample) {
	switch {
	case s.Failed || s.Took > a.Timeout:
		a.limit = int(float64(a.limit) * a.Backoff)
	case 2*s.Beside >= a.limit:
		a.limit++
	}
	a.limit = min(max(a.limit, a.Min), a.Max)
}

// Tick changes nothing: it acts on answers only.
func (*AIMD) Tick(time.Duration) {}

// Vegas is TCP Vegas (Brakmo and Peterson 1995) for requests, as in Netflix's
// concurrency-limits, VegasLimit: from the fastest answer it tells how many of those
// in flight merely wait, limit × (1 − fastest/now), and keeps these between α and β.
// The fastest is forgotten now and then.
type Vegas struct {
	Initial, Max int
	Alpha, Beta  float64 // times the step, which is log10 of the limit, at least 1
	Smoothing    float64 // 1 = none
	Probe        float64 // forget the fastest after about so many times the limit in answers
	Seed         uint64

	limit   float64
	fastest time.Duration
	count   int
	probes  uint64
}

// DefaultVegas has the defaults of VegasLimit.
func DefaultVegas() Vegas {
	return Vegas{Initial: 20, Max: 1000, Alpha: 3, Beta: 6, Smoothing: 1, Probe: 30}
}

func (v Vegas) start() Limit { v.limit = float64(v.Initial); return &v }

// Limit is the number in force.
func (v *Vegas) Limit() int { return int(v.limit) }

// Sample moves the limit by a step.
func (v *Vegas) Sample(s Sample) {
	v.count++
	jitter := 0.5 + 0.5*chance(v.Seed, chanceProbe, v.probes)
	if jitter*v.Probe*v.limit <= float64(v.count) {
		v.count, v.fastest = 0, s.Took
		v.probes++
		return
	}
	if v.fastest == 0 || s.Took < v.fastest {
		v.fastest = s.Took
		return
	}
	step := max(1, math.Floor(math.Log10(math.Floor(v.limit))))
	waiting := math.Ceil(v.limit * (1 - v.fastest.Seconds()/s.Took.Seconds()))
	next := v.limit
	switch {
	case s.Failed:
		next -= step
	case float64(2*s.Beside) < v.limit:
		return // the limit is not what bounds
	case waiting <= step:
		next += v.Beta * step
	case waiting < v.Alpha*step:
		next += step
	case waiting > v.Beta*step:
		next -= step
	default:
		return
	}
	next = max(1, min(float64(v.Max), next))
	v.limit = (1-v.Smoothing)*v.limit + v.Smoothing*next
}

// Tick changes nothing: it acts on answers only.
func (*Vegas) Tick(time.Duration) {}

// Gradient2 is Netflix's Gradient2Limit: the limit is multiplied by how much faster
// the long average of latency is than the present one (a half to 1), and grows by
// Queue, all smoothed.
type Gradient2 struct {
	Initial, Min, Max int
	Queue             float64
	Smoothing         float64
	Tolerance         float64 // latency may be so many times the long average before it counts as slower
	Long              int     // answers (or windows) that the long average remembers

	limit float64
	long  float64 // seconds
	n     int
}

// DefaultGradient2 has the defaults of Gradient2Limit.
func DefaultGradient2() Gradient2 {
	return Gradient2{Initial: 20, Min: 20, Max: 200, Queue: 4, Smoothing: 0.2, Tolerance: 1.5, Long: 600}
}

// longWarm is how many samples the long average weighs evenly at first.
const longWarm = 10

func (g Gradient2) start() Limit { g.limit = float64(g.Initial); return &g }

// Limit is the number in force.
func (g *Gradient2) Limit() int { return int(g.limit) }

// Sample moves the limit. It does not ask whether the answer was a failure.
func (g *Gradient2) Sample(s Sample) {
	now := s.Took.Seconds()
	if g.n < longWarm {
		g.n++
		g.long += (now - g.long) / float64(g.n)
	} else {
		g.long += (now - g.long) * 2 / float64(g.Long+1)
	}
	if g.long > 2*now {
		g.long *= 0.95 // latency is back to normal: do not wait for the average
	}
	if float64(s.Beside) < g.limit/2 {
		return // the limit is not what bounds
	}
	gradient := max(0.5, min(1, g.Tolerance*g.long/now))
	next := g.limit*gradient + g.Queue
	next = g.limit*(1-g.Smoothing) + next*g.Smoothing
	g.limit = max(float64(g.Min), min(float64(g.Max), next))
}

// Tick changes nothing: it acts on answers only.
func (*Gradient2) Tick(time.Duration) {}

// Windowed hands mean samples of a second to a limit, as Netflix's WindowedLimit
// with its defaults: of at least 10 answers, with the most that was in flight, failed
// if any was.
type Windowed struct {
	Limiter Limit
	sum     time.Duration
	n       int
	most    int
	failed  bool
	next    time.Duration
}

const (
	windowTime  = time.Second
	windowLeast = 10
)

// Limit is the number in force.
func (w *Windowed) Limit() int { return w.Limiter.Limit() }

// Sample collects, and hands on at the end of a window.
func (w *Windowed) Sample(s Sample) {
	w.sum += s.Took
	w.n++
	w.most = max(w.most, s.Beside)
	w.failed = w.failed || s.Failed
	if s.Now <= w.next {
		return
	}
	w.next = s.Now + windowTime
	if w.n >= windowLeast {
		w.Limiter.Sample(Sample{Now: s.Now, Took: w.sum / time.Duration(w.n), Beside: w.most, Failed: w.failed})
	}
	w.sum, w.n, w.most, w.failed = 0, 0, 0, false
}

// Tick lets time pass for the limit inside.
func (w *Windowed) Tick(now time.Duration) { w.Limiter.Tick(now) }
