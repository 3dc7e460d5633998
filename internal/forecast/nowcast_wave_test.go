package forecast

import (
	"math"
	"math/rand/v2"
	"time"
)

// madeWave is a wave of which everything is known: its rate, what is asked of it, and
// the counts of each second. It is made by other code than nowcasts are.
type madeWave struct {
	before int       // seconds of the base before the post
	base   float64   // newcomers a second
	rates  []float64 // logarithms, by stretch
	counts []uint32  // of each second, the base included
	truth  [6]float64
}

// makeWave draws a course of the figures, made size times as large (as a logarithm)
// and faster (as a slope over the logarithm of time), and counts what comes.
func makeWave(rnd *rand.Rand, f *Figures, size, faster, base float64) *madeWave {
	w := &madeWave{before: 150, base: base, rates: make([]float64, stretches)}
	// The covariance's root by the plain recursion, row by row, and the draw with it.
	l := square(stretches)
	e := make([]float64, stretches)
	for i := range stretches {
		e[i] = rnd.NormFloat64()
		for j := 0; j <= i; j++ {
			v := f.Spread[i][j]
			for k := range j {
				v -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(v)
			} else {
				l[i][j] = v / l[j][j]
			}
		}
		w.rates[i] = f.Mean[i] + size + faster*lean(i)
		for j := 0; j <= i; j++ {
			w.rates[i] += l[i][j] * e[j]
		}
	}
	for range w.before {
		w.counts = append(w.counts, uint32(counted(rnd, base)))
	}
	people := make([]float64, 3600) // of the wave, by second
	k, hour, ten := 0, 0.0, 0.0
	for s := range people {
		for float64(s) >= bounds[k+1] {
			k++
		}
		people[s] = counted(rnd, math.Exp(w.rates[k]))
		hour += people[s]
		if s < 600 {
			ten += people[s]
		}
		w.counts = append(w.counts, uint32(people[s]+counted(rnd, base)))
	}
	most := func(window int) (most float64, at float64) {
		sum := 0.0
		for s, n := range people {
			sum += n
			if s >= window {
				sum -= people[s-window]
			}
			if sum > most {
				most, at = sum, float64(s+1)-float64(window)/2
			}
		}
		return most, at
	}
	peak, at := most(10)
	minute, _ := most(60)
	later := make([]float64, stretches)
	all := hour
	for k := upToHour; k < stretches; k++ {
		later[k] = counted(rnd, math.Exp(w.rates[k])*length(k))
		all += later[k]
	}
	half, sum := 0.0, 0.0
	for s, n := range people {
		if sum += n; sum >= all/2 {
			half = float64(s + 1)
			break
		}
	}
	for k := upToHour; half == 0 && k < stretches; k++ {
		if sum+later[k] >= all/2 {
			half = bounds[k] + length(k)*(all/2-sum)/later[k]
		}
		sum += later[k]
	}
	w.truth = [6]float64{peak / 10, minute, at, ten, hour, half}
	return w
}

// firstSeen is when the first newcomer of the wave came, in seconds after the post;
// the base's own are not told from it.
func (w *madeWave) firstSeen() int {
	for s := w.before; s < len(w.counts); s++ {
		if float64(w.counts[s]) > w.base+2*math.Sqrt(w.base) {
			return s - w.before
		}
	}
	return 0
}

// after is what was seen so many seconds after the post.
func (w *madeWave) after(seconds int) Observed {
	return Observed{Until: evening, Tick: time.Second, Counts: w.counts[:w.before+seconds], Base: w.base}
}

var asks = [6]string{"peak", "busiest minute", "time of peak", "ten minutes", "an hour", "half-life"}

func rangesOf(n *Nowcasted) [6]Range {
	return [6]Range{n.Peak, n.PeakMinute, n.PeakAfter, n.In10Min, n.InHour, n.HalfLife}
}
