package nowcast

import (
	"math"
	"slices"
)

// example is a post of the past: what was seen of it, and what it did.
type example struct {
	seen    seen
	truth   Truth
	excited [len(excitements)]Truth // see [exciting]; the same whoever learns from it
}

// rival is a simpler way to nowcast.
type rival struct {
	name string
	// learn takes the other posts, seen for as long as the one that is asked about, and
	// returns who answers. NaN: it says nothing of that quantity.
	learn func(others []example) func(s *seen) Truth
}

func rivals() []rival {
	return []rival{
		{"persistence", persistence},
		{"always the middle", middle},
		{"log-linear", logLinear(func(s *seen) []float64 { n := len(s.counts); return []float64{s.total(n)} })},
		{"log-linear, three counts", logLinear(func(s *seen) []float64 {
			n := len(s.counts)
			return []float64{s.total(n), s.total(2 * n / 3), s.total(n / 3)}
		})},
		{"SEISMIC-like", seismic},
	}
}

// persistence: as it goes now it goes on. Its rate is that of the last third.
func persistence([]example) func(*seen) Truth {
	return func(s *seen) (v Truth) {
		h := len(s.counts)
		all := s.total(h)
		rate := (all - s.total(h-h/3)) / float64(h/3)
		past := Truth{}
		for _, window := range []int{10, 60} {
			most := 0.0
			for i := window; i <= h; i++ {
				most = max(most, s.total(i)-s.total(i-window))
			}
			if window == 10 {
				past[Peak] = most / 10
			} else {
				past[PeakMinute] = most
			}
		}
		v[Peak], v[PeakMinute] = max(rate, past[Peak]), max(60*rate, past[PeakMinute])
		v[PeakAfter] = float64(h)
		v[In10Min], v[InHour] = all+rate*max(0, 600-float64(h)), all+rate*(hour-float64(h))
		v[HalfLife] = math.NaN() // a rate that stays has none
		return v
	}
}

// middle says of every post what the middle one of the others did.
func middle(others []example) func(*seen) Truth {
	var v Truth
	for q := range quantities {
		var x []float64
		for _, o := range others {
			x = append(x, o.truth[q])
		}
		v[q] = median(x)
	}
	return func(*seen) Truth { return v }
}

// logLinear is least squares of the logarithm of the quantity by the logarithms of
// counts plus one, refitted for each quantity on what the others showed by then
// (Szabo and Huberman 2010 with an intercept and a slope). Of several counts the
// slopes are kept small (ridge, a hundredth of the data), or they would be luck.
func logLinear(counts func(*seen) []float64) func([]example) func(*seen) Truth {
	features := func(s *seen) []float64 {
		x := []float64{1}
		for _, n := range counts(s) {
			x = append(x, math.Log(n+1))
		}
		return x
	}
	return func(others []example) func(*seen) Truth {
		var x [][]float64
		for i := range others {
			x = append(x, features(&others[i].seen))
		}
		var weights [quantities][]float64
		for q := range quantities {
			var y []float64
			for _, o := range others {
				y = append(y, math.Log(o.truth[q]))
			}
			weights[q] = leastSquares(x, y)
		}
		return func(s *seen) (v Truth) {
			f := features(s)
			for q := range quantities {
				sum := 0.0
				for i, w := range weights[q] {
					sum += w * f[i]
				}
				v[q] = math.Exp(sum)
			}
			return v
		}
	}
}

// leastSquares solves for the weights by which x explains y best.
func leastSquares(x [][]float64, y []float64) []float64 {
	n := len(x[0])
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n+1)
		for j := range n {
			for k := range x {
				a[i][j] += x[k][i] * x[k][j]
			}
		}
		if i > 0 && n > 2 {
			a[i][i] += 0.01 * float64(len(x))
		}
		a[i][i] += 1e-9
		for k := range x {
			a[i][n] += x[k][i] * y[k]
		}
	}
	for i := range n { // Gauss and Jordan
		p := i
		for r := i + 1; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		a[i], a[p] = a[p], a[i]
		for r := range n {
			if r == i {
				continue
			}
			f := a[r][i] / a[i][i]
			for c := i; c <= n; c++ {
				a[r][c] -= f * a[i][c]
			}
		}
	}
	w := make([]float64, n)
	for i := range w {
		w[i] = a[i][n] / a[i][i]
	}
	return w
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if len(x) == 0 {
		return math.NaN()
	}
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
