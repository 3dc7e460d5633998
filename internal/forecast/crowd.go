package forecast

import (
	"math"
	"slices"
	"time"
)

// steps are the bounds at which a wave is looked at, in seconds after its
// beginning, up to end: 2 s where it rises, ever longer where it ebbs.
func steps(end float64) []float64 {
	var out []float64
	for t := 0.0; t < end; {
		out = append(out, t)
		switch {
		case t < 2*60:
			t += 2
		case t < 15*60:
			t += 10
		case t < 2*60*60:
			t += 60
		default:
			t *= 1.05
		}
	}
	return append(out, end)
}

// bounds are the steps of all waves of a world. shared keeps what is the same in
// every world, by the length of the profile.
func (w *Worlds) bounds(v *world, shared map[float64][]float64) []float64 {
	var at []float64
	for _, wave := range v.waves {
		end := w.curves[wave.post].end
		if shared[end] == nil {
			shared[end] = steps(end)
		}
		for _, t := range shared[end] {
			at = append(at, wave.at+t)
		}
	}
	if len(v.waves) > 1 {
		slices.Sort(at)
		at = slices.CompactFunc(at, func(a, b float64) bool { return math.Abs(b-a) < 0.5 })
	}
	return at
}

// crowd is the world over time.
func (w *Worlds) crowd(v *world, shared map[float64][]float64) crowd {
	at := w.bounds(v, shared)
	n := len(at) - 1
	c := crowd{at: at, people: make([]float64, n), want: make([][]float64, len(w.pools))}
	poolOf := make([]int, len(w.campaign.Posts))
	for p := range w.pools {
		c.want[p] = make([]float64, n)
		for _, post := range w.pools[p].posts {
			poolOf[post] = p
		}
	}
	for _, wave := range v.waves {
		curve, want, buy := &w.curves[wave.post], c.want[poolOf[wave.post]], v.buy[wave.post]
		// Its own steps say how many have come; between them they come evenly.
		own := shared[curve.end]
		k, _ := slices.BinarySearch(at, wave.at)
		before, from, share := 0.0, 0.0, 0.0 // at the last bound; at the beginning of the step
		for i := 1; i < len(own); i++ {
			till := curve.by(own[i], wave.faster)
			for ; k < n+1 && at[k] <= wave.at+own[i]; k++ {
				share = from + (till-from)*(at[k]-wave.at-own[i-1])/(own[i]-own[i-1])
				if come := wave.people * (share - before); come > 0 {
					c.people[k-1] += come
					want[k-1] += come * buy
				}
				before = share
			}
			from = till
		}
		// The last bound may have been left out for one close by.
		if rest := wave.people * (1 - before); rest > 0 {
			c.people[min(k, n)-1] += rest
			want[min(k, n)-1] += rest * buy
		}
	}
	return c
}

// summed is how many have come before the beginning of each stretch, and in all.
func summed(values []float64) []float64 {
	sum := make([]float64, len(values)+1)
	for i, v := range values {
		sum[i+1] = sum[i] + v
	}
	return sum
}

// before is how many have come before t.
func (c *crowd) before(sum []float64, t float64) float64 {
	k, _ := slices.BinarySearch(c.at, t)
	switch {
	case k == 0:
		return 0
	case k == len(c.at):
		return sum[len(sum)-1]
	}
	return sum[k-1] + (sum[k]-sum[k-1])*(t-c.at[k-1])/(c.at[k]-c.at[k-1])
}

// busiest is the most that came within length seconds.
func (c *crowd) busiest(sum []float64, length float64) float64 {
	most := 0.0
	for k, t := range c.at {
		most = max(most, c.before(sum, t+length)-sum[k])
	}
	return most
}

// peak is the highest rate, people a second, and when it is.
func (c *crowd) peak() (rate, at float64) {
	for k, p := range c.people {
		if r := p / (c.at[k+1] - c.at[k]); r > rate {
			rate, at = r, (c.at[k]+c.at[k+1])/2
		}
	}
	return rate, at
}

// scatter is by how much a count differs from what was to be expected: counts of
// visitors scatter more than chance alone makes them, by a variance of 1.25 times
// the mean (median of NASA's web server, July 1995, per minute).
func scatter(mean, noise float64) float64 {
	return math.Round(max(0, mean+math.Sqrt(1.25*mean)*noise))
}

func seconds(s float64) time.Duration {
	return time.Duration(math.Round(s * float64(time.Second)))
}
