package forecast

import "math"

// below is the share of a standard normal below z.
func below(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// normal is the standard normal's quantile of p, 0 < p < 1.
func normal(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }
