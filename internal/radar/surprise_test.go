package radar

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/falochron/falochron/internal/radar/trace"
)

// "The probability of at least n is the sum of those of n, n+1, …": summed the long way
// from zero, with probabilities by the recursion p(k+1) = p(k)·q·(k+r)/(k+1).
func TestTailIsTheSumOfWhatIsLeft(t *testing.T) {
	for _, c := range []crowd{{1.5, 1.25}, {0.05, 1.5}, {40, 2.3}, {300, 1.7}, {5, 1}} {
		r := c.shape()
		p := math.Exp(-c.mean)
		next := func(k float64) float64 { return c.mean / (k + 1) }
		if !math.IsInf(r, 1) {
			q := (c.over - 1) / c.over
			p = math.Pow(c.over, -r)
			next = func(k float64) float64 { return q * (k + r) / (k + 1) }
		}
		below := 0.0
		for k := range 2000 {
			if n := float64(k); n > c.mean && 1-below > 1e-9 {
				if got, want := math.Exp(-c.tail(n)), 1-below; math.Abs(got/want-1) > 1e-4 {
					t.Errorf("mean %g, over %g: P(N ≥ %d) = %g, want %g", c.mean, c.over, k, got, want)
				}
			}
			below += p
			p *= next(float64(k))
		}
	}
}

// Chernoff: P(N ≥ n) ≤ exp(−I(n)); so the surprise is never overstated by the bound.
func TestTheBoundIsNeverMoreThanTheSurprise(t *testing.T) {
	for _, over := range []float64{1, 1.25, 2.3} {
		for _, mean := range []float64{0.01, 0.5, 3, 50, 2000} {
			c := crowd{mean, over}
			for f := 1.05; f < 200; f *= 1.3 {
				n := math.Ceil(mean * f)
				if bound, exact := c.chernoff(n), c.tail(n); n > mean && exact < bound-1e-6 && bound < tailTerms/4 {
					t.Errorf("mean %g, over %g: %g of them surprise by %g, the bound says %g", mean, over, n, exact, bound)
				}
			}
			if c.chernoff(mean/2) != 0 || c.surprise(math.Floor(mean/2)) != 0 {
				t.Errorf("fewer than usual surprise")
			}
		}
	}
}

// What has been drawn with a variance of 2.3 times the mean surprises as often as the
// surprise says, and far more often than chance alone would have it.
func TestSurpriseIsHonest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	const draws = 400_000
	nb, poisson := crowd{6, 2.3}, crowd{6, 1}
	beyond, wonders := 0, 0
	for range draws {
		n := float64(trace.Scatter(r, 6, 2.3))
		if n > nb.mean && nb.tail(n) > math.Log(1000) {
			beyond++
		}
		if n > 6 && poisson.tail(n) > math.Log(1000) {
			wonders++
		}
	}
	if share := float64(beyond) / draws; share > 0.001 || share < 0.0003 {
		t.Errorf("once in a thousand came in %g", share)
	}
	if share := float64(wonders) / draws; share < 0.01 {
		t.Errorf("by Poisson's measure it came in %g only", share)
	}
}
