package radar

import "math"

// crowd is what a window may hold when nothing happens: a negative binomial with
// this mean and this variance for each arrival of it.
//
// Why not Poisson: counts of visitors scatter with 1.25 times the variance of chance
// alone in the median minute, and with 2.3 times in the worst of a hundred
// (docs/radar.md). By Poisson's measure an ordinary evening is full of wonders.
type crowd struct {
	mean float64 // arrivals
	over float64 // variance divided by mean; 1 and less is Poisson
}

// shape is the second parameter of the negative binomial; infinite for Poisson.
func (c crowd) shape() float64 {
	if c.over <= 1+1e-9 {
		return math.Inf(1)
	}
	return c.mean / (c.over - 1)
}

// chernoff is a lower bound of the surprise: -ln P(N ≥ n) is never less. It is also
// how much better the best rate explains n than the usual one (the generalised
// likelihood ratio). Zero for what is not above the mean.
func (c crowd) chernoff(n float64) float64 {
	if n <= c.mean || c.mean <= 0 {
		return 0
	}
	r := c.shape()
	if math.IsInf(r, 1) {
		return n*math.Log(n/c.mean) - (n - c.mean)
	}
	return n*math.Log(n/c.mean) - (n+r)*math.Log((n+r)/(c.mean+r))
}

// Below and above these the bound is good enough: it is cheap, and nothing is decided or
// learnt there.
const (
	exactFrom = 2.5
	exactTo   = 50.0
)

// surprise is -ln P(N ≥ n), in nats.
func (c crowd) surprise(n float64) float64 {
	bound := c.chernoff(n)
	if bound < exactFrom || bound > exactTo {
		return bound
	}
	return max(bound, c.tail(n))
}

// tail is -ln P(N ≥ n) by summing the probabilities from n on, which fall faster than
// a geometric series.
func (c crowd) tail(n float64) float64 {
	r, ln := c.shape(), 0.0
	next := func(k float64) float64 { return c.mean / (k + 1) } // P(k+1) ÷ P(k)
	if math.IsInf(r, 1) {
		ln = n*math.Log(c.mean) - c.mean - lnGamma(n+1)
	} else {
		q := (c.over - 1) / c.over
		ln = lnGamma(n+r) - lnGamma(r) - lnGamma(n+1) - r*math.Log(c.over) + n*math.Log(q)
		next = func(k float64) float64 { return q * (k + r) / (k + 1) }
	}
	sum, term := 1.0, 1.0
	for k := n; k < n+tailTerms; k++ {
		term *= next(k)
		sum += term
		if term < 1e-6*sum {
			break
		}
	}
	return -(ln + math.Log(sum))
}

// tailTerms bounds the sum. Where it is not enough, surprise is small next to n and
// the bound holds.
const tailTerms = 400

func lnGamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}
