package forecast

import (
	"math"
	"slices"
)

// Range is a figure with its interval: one case in ten lies below Low, half below
// Mid, nine in ten below High.
type Range struct{ Low, Mid, High float64 }

// ranged is the range of the values, which it sorts.
func ranged(v []float64) Range {
	slices.Sort(v)
	n := float64(len(v))
	at := func(p float64) float64 {
		x := p*(n+1) - 1 // so many lie below it in the long run
		i := min(max(int(math.Floor(x)), 0), len(v)-1)
		j := min(i+1, len(v)-1)
		if v[i] == v[j] { // infinities cannot be subtracted
			return v[i]
		}
		return v[i] + (v[j]-v[i])*min(max(x-float64(i), 0), 1)
	}
	return Range{at(0.1), at(0.5), at(0.9)}
}
