package crowd

import "math"

// A fan owns no random generator: every chance it takes is a hash of its seed
// and of what is being decided. So the same fan thinks equally long and has the
// same patience at the bare shop and at the protected one, whatever happens to
// it in between, and 40,000 of them cost no memory for it.

// What is being decided. The numbers are part of the list's meaning: a new
// decision gets a new number.
const (
	chanceThink uint64 = iota + 1<<32
	chanceReload
	chanceLeave
	chanceRetry
	chanceRetryWait
	chanceLinePatience
	chanceLinePatience2
	chanceScared
	chanceSaysGoodbye
	chanceSoldOut
	chanceClick
	chanceWord
	chanceMoves
	chanceMovesAfter
	chanceHome
)

// mix is the finalizer of SplitMix64: a bijection, so distinct inputs give
// distinct seeds.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// roll returns the dice of one decision; n tells apart its repetitions.
func roll(seed, what, n uint64) uint64 { return mix(mix(seed^what) + n) }

// unit maps dice to [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// chance is roll as a number in [0, 1).
func chance(seed, what, n uint64) float64 { return unit(roll(seed, what, n)) }

// normal turns two numbers in [0, 1) into one of the standard normal
// distribution (Box and Muller).
func normal(a, b float64) float64 {
	return math.Sqrt(-2*math.Log(1-a)) * math.Cos(2*math.Pi*b)
}

// hashWord is FNV-1a, 64 bit.
func hashWord(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// exponential turns a number in [0, 1) into one of the exponential distribution
// with mean 1.
func exponential(u float64) float64 { return -math.Log(1 - u) }
