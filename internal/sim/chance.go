package sim

import (
	"math"
	"math/rand/v2"
)

// dice is seeded chance. Arrivals have a stream of their own, so that the same people
// come whoever scales.
type dice struct{ *rand.Rand }

// arrivalsStream is the stream of who comes when.
const arrivalsStream = 2

// lucks is how far apart the seeds of one story's [Options.Luck] lie.
const lucks = 1 << 32

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

func (d dice) within(lo, hi float64) float64 { return lo + (hi-lo)*d.Float64() }

// spread varies a service time as measured shops do: lognormal, mean 1, sigma 0.35.
func (d dice) spread() float64 {
	const sigma = 0.35
	return math.Exp(d.NormFloat64()*sigma - sigma*sigma/2)
}

// think is a pause with about the given mean, neither nothing nor for ever.
func (d dice) think(mean float64) float64 {
	return mean * (0.5 + 0.5*min(d.ExpFloat64(), 5))
}

// poisson is how many of many unlikely things happen.
func (d dice) poisson(mean float64) int {
	switch {
	case mean <= 0:
		return 0
	case mean > 50:
		return max(int(math.Round(mean+math.Sqrt(mean)*d.NormFloat64())), 0)
	}
	n, p, limit := 0, d.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= d.Float64()
	}
	return n
}

// binomial is how many of n do what each does with chance p.
func (d dice) binomial(n int, p float64) int {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case float64(n)*p < 10 && p < 0.1:
		return min(d.poisson(float64(n)*p), n)
	case n > 40:
		m := float64(n) * p
		return min(max(int(math.Round(m+math.Sqrt(m*(1-p))*d.NormFloat64())), 0), n)
	}
	k := 0
	for range n {
		if d.Float64() < p {
			k++
		}
	}
	return k
}
