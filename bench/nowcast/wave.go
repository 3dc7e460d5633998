package nowcast

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// Family is a kind of waves that are made.
type Family int

// The families.
const (
	// Believed are waves as a nowcast believes in them before it counts: of a hundred 88
	// as the posts of the figures, ten of any size, two of any size and speed.
	Believed Family = iota
	// Measured are as large as the posts of the figures.
	Measured
	// OfShops bring 30,000 to 300,000 people in ten minutes, and others come anyway.
	OfShops
	families
)

// String is the family in tables.
func (f Family) String() string {
	return [...]string{"of all sizes and speeds believed in", "as large as the posts", "of 30,000 to 300,000 in 10 min, 0.5 a second come anyway"}[f]
}

// make draws a wave of a family, and those who come anyway, for so many seconds.
func (fam Family) make(rnd *rand.Rand, f *forecast.Figures) (a *arrivals, base float64) {
	size, faster := 0.0, 0.0
	switch u := rnd.Float64(); {
	case fam == OfShops:
		size, base = math.Log(30_000*math.Pow(10, rnd.Float64())/f.Middle(10*time.Minute)), 0.5
	case fam == Believed && u > 0.98:
		size, faster = 3.5+2.5*rnd.NormFloat64(), rnd.NormFloat64()
	case fam == Believed && u > 0.88:
		size = 3.5 + 2.5*rnd.NormFloat64()
	}
	a = &arrivals{}
	b := forecast.Bounds()
	for k, log := range course(rnd, f) {
		middle := (b[k] + b[k+1]) / 2
		rate := math.Exp(log + size + faster*math.Log(600/middle)/math.Log(600/7.5))
		if b[k] < hour {
			for s := int(b[k]); s < int(b[k+1]); s++ {
				a.second[s] = float64(scattered(rnd, rate))
			}
			continue
		}
		const parts = 32
		for i := range parts {
			a.later = append(a.later, float64(scattered(rnd, rate*(b[k+1]-b[k])/parts)))
			a.laterAt = append(a.laterAt, b[k]+(b[k+1]-b[k])*float64(i+1)/parts)
		}
	}
	return a, base
}

// course draws the logarithms of the rates: the mean plus the covariance's root times
// independent normals.
func course(rnd *rand.Rand, f *forecast.Figures) []float64 {
	n := len(f.Mean)
	root, e := make([][]float64, n), make([]float64, n)
	out := slices.Clone(f.Mean)
	for i := range n {
		root[i], e[i] = make([]float64, n), rnd.NormFloat64()
		for j := range i + 1 {
			v := f.Spread[i][j]
			for k := range j {
				v -= root[i][k] * root[j][k]
			}
			if i == j {
				root[i][i] = math.Sqrt(v)
			} else {
				root[i][j] = v / root[j][j]
			}
			out[i] += root[i][j] * e[j]
		}
	}
	return out
}

// scattered is how many come of so many expected: clusters of one or two by chance, with
// a variance of 1.25 means. Of many it is a normal.
func scattered(rnd *rand.Rand, mean float64) int {
	if mean > 200 {
		return int(math.Max(0, math.Round(mean+math.Sqrt(1.25*mean)*rnd.NormFloat64())))
	}
	n := 0
	// A seventh are twos: (1 + 3/7) / (1 + 1/7) = 1.25.
	for left := mean / (8.0 / 7); ; n++ {
		if left -= rnd.ExpFloat64(); left <= 0 {
			return n
		}
		if rnd.IntN(7) == 0 {
			n++
		}
	}
}

// Held says how often intervals of made waves hold.
type Held struct {
	Family   Family  `json:"family"`
	Horizon  int     `json:"horizon_s"`
	Quantity string  `json:"quantity"`
	Waves    int     `json:"waves"`
	Holds    float64 `json:"holds"`
	Below    float64 `json:"below_middle"` // share of waves below the middle
	Error    float64 `json:"median_error"`
	Width    float64 `json:"median_width"`
	Known    float64 `json:"known"`
}

// MadeWaves lets n waves of each family be seen for each horizon after the first of
// their people.
func MadeWaves(f *forecast.Figures, n int, seed uint64) (out []Held) {
	maker := forecast.NewNowcaster(f)
	for fam := range families {
		rnd := rand.New(rand.NewPCG(seed, uint64(fam)))
		rows := make([][quantities]Held, len(Horizons()))
		errs := make([][quantities][2][]float64, len(Horizons()))
		for range n {
			a, base := fam.make(rnd, f)
			if first, ok := a.first(); !ok || first >= 600 {
				continue // nobody came, or too late to be told from chance
			}
			truth := a.truth()
			var others []uint32
			for range quietBefore + slices.Max(Horizons()) {
				others = append(others, uint32(scattered(rnd, base)))
			}
			for h, seconds := range Horizons() {
				s := see(a, FirstSeen, seconds)
				s.others, s.base = others, base
				now := maker.Nowcast(s.observed())
				for q, r := range of(now) {
					row := &rows[h][q]
					row.Family, row.Horizon, row.Quantity = fam, seconds, Quantity(q).String()
					row.Waves++
					if truth[q] >= r.Low && truth[q] <= r.High {
						row.Holds++
					}
					if truth[q] < r.Mid {
						row.Below++
					}
					if now.Known {
						row.Known++
					}
					e := &errs[h][q]
					e[0], e[1] = append(e[0], math.Abs(r.Mid/max(truth[q], 1e-9)-1)), append(e[1], r.High/max(r.Low, 1e-9))
				}
			}
		}
		for h := range rows {
			for q := range rows[h] {
				row := rows[h][q]
				all := float64(max(row.Waves, 1))
				row.Holds, row.Below, row.Known = row.Holds/all, row.Below/all, row.Known/all
				row.Error, row.Width = median(errs[h][q][0]), median(errs[h][q][1])
				out = append(out, row)
			}
		}
	}
	return out
}
