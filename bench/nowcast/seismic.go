package nowcast

import (
	"math"
	"slices"
)

// The memory of SEISMIC (Zhao et al., KDD 2015): reactions to a share come evenly
// for five minutes, then fall as a power of the time.
const (
	memoryFlat  = 300.0
	memoryPower = 0.242
)

// memory is the density of the time from a share to a reaction to it; remembered is
// its integral. They are scaled to 1 over all time.
func memory(t float64) float64 {
	c := 1 / (memoryFlat * (1 + 1/memoryPower))
	if t <= memoryFlat {
		return c
	}
	return c * math.Pow(t/memoryFlat, -1-memoryPower)
}

func remembered(t float64) float64 {
	c := 1 / (memoryFlat * (1 + 1/memoryPower))
	switch {
	case t <= 0:
		return 0
	case t <= memoryFlat:
		return c * t
	}
	return c*memoryFlat + c*memoryFlat/memoryPower*(1-math.Pow(t/memoryFlat, -memoryPower))
}

// seismic is a SEISMIC-like model of what counts alone can tell it, without the
// numbers of followers that the original has: the post excites reactions, and each
// of them p more, with that memory. How much the post excites is estimated from
// what was seen, as SEISMIC estimates its infectiousness; p and a factor for each
// quantity (as SEISMIC's, refitted for each horizon) are learnt from the others.
func seismic(others []example) func(*seen) Truth {
	best, bestError := 0, math.Inf(1)
	var factor Truth
	for k := range excitements {
		var f Truth
		wrong := 0.0
		for q := range quantities {
			var logs []float64
			for i := range others {
				logs = append(logs, math.Log(others[i].truth[q]/others[i].excited[k][q]))
			}
			m := median(logs)
			f[q] = math.Exp(m)
			for _, l := range logs {
				wrong += math.Abs(l - m)
			}
		}
		if wrong < bestError {
			best, bestError, factor = k, wrong, f
		}
	}
	return func(s *seen) Truth {
		v := excited(s, excitements[best])
		for q := range quantities {
			v[q] *= factor[q]
		}
		return v
	}
}

// excitements are the values of p that are tried.
var excitements = [...]float64{0.1, 0.3, 0.5, 0.7, 0.9}

// exciting are the model's answers before any factor, by p.
func exciting(s *seen) (out [len(excitements)]Truth) {
	for k, p := range excitements {
		out[k] = excited(s, p)
	}
	return out
}

// excited follows the model from what was seen to a week.
func excited(s *seen, p float64) (v Truth) {
	h := float64(len(s.counts))
	// The strength of the post: what is left of the counts once those are taken off that
	// others excited, over what of the post's own memory has passed.
	byOthers := 0.0
	for t, n := range s.counts {
		byOthers += p * float64(n) * remembered(h-float64(t))
	}
	all := s.total(len(s.counts))
	post := math.Max(all-byOthers, 0.3*all+0.5) / remembered(h)
	// From then on expected people by steps that grow with time.
	type came struct{ t, n float64 }
	var past []came
	for t, n := range s.counts {
		if n > 0 {
			past = append(past, came{float64(t), float64(n)})
		}
	}
	sum, peak, peakAt, minute := all, 0.0, h, 0.0
	for i := 10; i <= len(s.counts); i++ {
		if n := s.total(i) - s.total(i-10); n/10 > peak {
			peak, peakAt = n/10, float64(i)-5
		}
	}
	var at, total []float64
	for t := h; t < week; {
		step := math.Max(5, t/6)
		rate := post * memory(t+step/2)
		for _, c := range past {
			rate += p * c.n * memory(t+step/2-c.t)
		}
		if rate > peak && t < hour {
			peak, peakAt = rate, t+step/2
		}
		if t < hour {
			minute = math.Max(minute, 60*rate)
		}
		if t < 600 {
			v[In10Min] = sum + rate*math.Min(step, 600-t)
		}
		if t < hour {
			v[InHour] = sum + rate*math.Min(step, hour-t)
		}
		sum += rate * step
		past = append(past, came{t + step/2, rate * step})
		t += step
		at, total = append(at, t), append(total, sum)
	}
	for i := 60; i <= len(s.counts); i++ {
		minute = math.Max(minute, s.total(i)-s.total(i-60))
	}
	v[Peak], v[PeakMinute], v[PeakAfter] = peak, minute, math.Max(peakAt, 1)
	i, _ := slices.BinarySearch(total, sum/2)
	v[HalfLife] = at[min(i, len(at)-1)]
	return v
}
