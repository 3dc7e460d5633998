package forecast

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Figures are what past posts have taught about the course of a wave: what a
// [Nowcaster] is made of.
type Figures struct {
	// Source says of which posts they are.
	Source string `json:"source"`
	Posts  int    `json:"posts"` // how many
	// Scatter is the variance of counts in terms of what chance alone would give.
	Scatter float64 `json:"scatter"`
	// Mean is the middle of the logarithm of the rate (people a second) in each stretch
	// after the post; Spread the covariance. The stretches are fixed ([bounds]).
	Mean   []float64   `json:"mean"`
	Spread [][]float64 `json:"spread"`
}

// Figures as they are in a file. Bounds are there for readers, and to refuse files of
// another version.
type figuresFile struct {
	Kind   string    `json:"kind"`
	Bounds []float64 `json:"bounds_s"`
	Figures
}

const figuresKind = "falochron nowcast figures 1"

// Write is the figures as a file (JSON).
func (f *Figures) Write() ([]byte, error) {
	out := *f
	out.Mean, out.Spread = nil, nil
	for i, m := range f.Mean {
		out.Mean = append(out.Mean, digits(m))
		row := make([]float64, i+1)
		for j := range row {
			row[j] = digits(f.Spread[i][j])
		}
		out.Spread = append(out.Spread, row)
	}
	text, err := json.MarshalIndent(figuresFile{figuresKind, bounds[:], out}, "", " ")
	return append(text, '\n'), err
}

// digits keeps four decimals of a logarithm.
func digits(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// ReadFigures reads what [Figures.Write] wrote, and says what is wrong with it.
func ReadFigures(text []byte) (*Figures, error) {
	var in figuresFile
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("no figures of a nowcast: %w", err)
	}
	f := &in.Figures
	switch {
	case in.Kind != figuresKind:
		return nil, fmt.Errorf("no figures of a nowcast: kind is %q, wants %q", in.Kind, figuresKind)
	case len(in.Bounds) != len(bounds):
		return nil, fmt.Errorf("bounds_s has %d values, wants %d", len(in.Bounds), len(bounds))
	case len(f.Mean) != stretches || len(f.Spread) != stretches:
		return nil, fmt.Errorf("mean and spread have %d and %d values, want %d", len(f.Mean), len(f.Spread), stretches)
	case !(f.Scatter >= 0.5 && f.Scatter <= 100):
		return nil, fmt.Errorf("scatter is %g, wants 0.5 to 100", f.Scatter)
	}
	for i, b := range in.Bounds {
		if b != bounds[i] {
			return nil, fmt.Errorf("bounds_s[%d] is %g, wants %g", i, b, bounds[i])
		}
	}
	for i, row := range f.Spread {
		if len(row) != i+1 {
			return nil, fmt.Errorf("spread[%d] has %d values, wants %d", i, len(row), i+1)
		}
		if m := f.Mean[i]; !(math.Abs(m) < 40) {
			return nil, fmt.Errorf("mean[%d] is %g, wants -40 to 40", i, m)
		}
	}
	f.Spread = mirrored(f.Spread)
	if i := notPositive(f.Spread); i >= 0 {
		return nil, fmt.Errorf("spread is no covariance: from row %d on", i)
	}
	return f, nil
}

// mirrored is the whole of a matrix of which the lower half is given.
func mirrored(lower [][]float64) [][]float64 {
	out := square(len(lower))
	for i, row := range lower {
		for j, v := range row {
			out[i][j], out[j][i] = v, v
		}
	}
	return out
}

// notPositive is the first row that makes a symmetric matrix no covariance, or -1.
func notPositive(a [][]float64) int {
	l := cholesky(a)
	for i := range a {
		if v := a[i][i] - dot(l[i][:i], l[i][:i]); !(v > 0 && v < 1e4) {
			return i
		}
	}
	return -1
}

// Middle is how many people the middle post brings by so long after it.
func (f *Figures) Middle(by time.Duration) (people float64) {
	for k, m := range f.Mean {
		people += math.Exp(m) * min(max(by.Seconds()-bounds[k], 0), length(k))
	}
	return people
}
