package trace

import (
	"math"
	"math/rand/v2"
	"time"
)

// Scatter draws how many arrive where mean are expected and the variance is over times
// the mean: a negative binomial, Poisson where over is 1 or less.
func Scatter(r *rand.Rand, mean, over float64) int {
	if mean <= 0 {
		return 0
	}
	if over <= 1 {
		return poisson(r, mean)
	}
	return poisson(r, gamma(r, mean/(over-1))*(over-1))
}

// poisson counts the unit-rate arrivals within mean, in pieces that keep exp away from
// zero.
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for ; mean > 0; mean -= poissonPiece {
		least, p := math.Exp(-math.Min(mean, poissonPiece)), r.Float64()
		for ; p > least; n++ {
			p *= r.Float64()
		}
	}
	return n
}

const poissonPiece = 30.0

// gamma draws from the gamma distribution of unit scale (Marsaglia and Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		// Computed by logarithms: of a small shape the power is smaller than any number.
		return math.Exp(math.Log(gamma(r, shape+1)) + math.Log(1-r.Float64())/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// Background adds scattered arrivals of so many a second to every tick, and to lead
// more ticks before the first.
func (t *Trace) Background(r *rand.Rand, rate, over float64, lead int) {
	s := &t.Stretches[0]
	s.Counts = append(make([]uint32, lead), s.Counts...)
	s.Start = s.Start.Add(-time.Duration(lead) * t.Tick)
	t.Ticks += lead
	for i := range t.Stretches {
		counts := t.Stretches[i].Counts
		for j := range counts {
			n := Scatter(r, rate*t.Tick.Seconds(), over)
			counts[j] += uint32(n)
			t.Arrivals += uint64(n)
		}
	}
}
