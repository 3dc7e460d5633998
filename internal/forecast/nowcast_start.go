package forecast

import (
	"math"
	"slices"
)

// delays are how long before the first sign of it a post may have gone out, in
// seconds; those below zero are tried where others come as well, of whom one may have
// been taken for it, and where somebody else says when it was.
var delays = [...]float64{-12, -6, -3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 19, 23, 28, 36, 48, 65, 90, 125}

// way is one of the ways in which the counts may have come about.
type way struct {
	start  float64 // when the post went out, in seconds of the series
	fit    fitted
	weight float64 // the share of all ways, 0 to 1
}

// rise is when the wave showed first, in seconds of the series, and whether there is
// one: the moment from which on a rate of its own explains the counts best.
func (s *series) rise(o *Observed) (at float64, risen bool) {
	base := max(o.Base, noBase)
	best, from := 0.0, len(s.sum)-1
	last := len(s.sum) - 1
	for i := range last {
		n, t := s.sum[last]-s.sum[i], float64(last-i)*s.tick
		if n <= base*t || s.sum[i+1] == s.sum[i] {
			continue
		}
		if gain := n*math.Log(n/(base*t)) - n + base*t; gain > best {
			best, from = gain, i
		}
	}
	// A rise that keeps rising is explained best from where it is steep. So from there
	// it is followed back to where the counts before it are those of the base.
	if !o.Onset.IsZero() {
		return min(max(s.from(o, o.Onset), 0), s.end()), best > enoughGain
	}
	return s.back(from, base), best > enoughGain
}

// enoughGain is how much better a wave must explain the counts than the base alone:
// e³ times.
const enoughGain = 3

// back follows a rise to its foot: as long as one of the stretches that end there has
// clearly more than the base brings.
func (s *series) back(i int, base float64) float64 {
	for moved := true; moved; {
		moved = false
		for _, t := range [...]float64{2, 5, 10, 20} {
			j := max(i-int(math.Round(t/s.tick)), 0)
			if n, seconds := s.sum[i]-s.sum[j], float64(i-j)*s.tick; j < i && n > base*seconds+2*math.Sqrt(base*seconds) && n >= 1 {
				for s.sum[j+1] == s.sum[j] { // to the first who came
					j++
				}
				if j < i {
					i, moved = j, true
					break
				}
			}
		}
	}
	return float64(i) * s.tick
}

// since are the people of the wave who came since a moment of the series.
func (s *series) since(t, base float64) float64 {
	n, seconds := s.between(t, s.end())
	return max(0, n-base*seconds)
}

// ways are all pairs of a start and a belief that explain the counts passably. The first
// belief tries all starts, the others those that are not hopeless by it.
func (n *Nowcaster) ways(s *series, o *Observed, rise float64, beliefs []likely) []way {
	starts, weights := starts(s, o, rise)
	from := max(0, starts[0])
	out := n.tried[:0]
	best := math.Inf(-1)
	hopeless := make([]bool, len(starts))
	for b := range beliefs {
		var z *[stretches]float64
		first, bestOfIt := len(out), math.Inf(-1)
		for i := len(starts) - 1; i >= 0; i-- {
			if weights[i] <= 0 || hopeless[i] {
				continue
			}
			counted := s.binned(starts[i], from)
			out = append(out, way{start: starts[i]})
			w := &out[len(out)-1]
			beliefs[b].shape.fit(&counted, o.Base, n.figures.Scatter, z, &w.fit)
			z = &w.fit.z
			w.weight = w.fit.evidence + math.Log(weights[i]*beliefs[b].weight)
			bestOfIt = max(bestOfIt, w.weight)
		}
		for _, w := range out[first:] {
			if b == 0 && w.weight < bestOfIt-hopelessBy {
				hopeless[slices.Index(starts, w.start)] = true
			}
		}
		best = max(best, bestOfIt)
	}
	n.tried = out
	sum := 0.0
	for i := range out {
		out[i].weight = math.Exp(out[i].weight - best)
		sum += out[i].weight
	}
	for i := range out {
		out[i].weight /= sum
	}
	return slices.DeleteFunc(out, func(w way) bool { return w.weight < 1e-4 })
}

// hopelessBy is how much worse a start explains the counts than the best one, as a
// logarithm, for it not to be tried by other beliefs.
const hopelessBy = 14

// starts are the moments at which the post may have gone out, in seconds of the
// series and ascending, and how probable each is before the counts are looked at.
func starts(s *series, o *Observed, rise float64) (at, weight []float64) {
	if !o.Posted.IsZero() {
		if t := s.from(o, o.Posted); t < s.end() {
			return []float64{t}, []float64{1}
		}
	}
	for i := len(delays) - 1; i >= 0; i-- {
		if d := delays[i]; d >= 0 || (o.Base > 0 || !o.Onset.IsZero()) && rise-d < s.end() {
			at = append(at, rise-d)
		}
	}
	weight = make([]float64, len(at))
	for i := range at {
		low, high := at[max(i-1, 0)], at[min(i+1, len(at)-1)]
		weight[i] = (high - low) / 2
		if a := o.Announced; a != nil && !a.At.IsZero() {
			// Around the announced moment it is the more probable, by as much as such a
			// moment is narrower than the three minutes that are tried.
			off := max(0, math.Abs(at[i]-s.from(o, a.At))-a.Slip.Seconds()) / onTime
			weight[i] *= 1 + a.sure()/(1-a.sure())*180/(2*(a.Slip.Seconds()+2*onTime))*math.Exp(-off*off/2)
		}
	}
	return at, weight
}

// onTime is how exactly a post goes out that is to go out at a moment, in seconds: a
// guess.
const onTime = 10
