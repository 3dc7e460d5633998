package nowcast

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/falochron/falochron/internal/forecast"
)

// Horizons are for how long a post is seen, in seconds.
func Horizons() []int { return []int{10, 30, 60, 120} }

// Score is how good one way was in one cell: a horizon and a quantity.
type Score struct {
	Name string `json:"name"`
	// Error is the median of |said ÷ true − 1|, Twice the share within a factor of two,
	// Logs the mean of |ln(said ÷ true)|.
	Error float64 `json:"median_error"`
	Twice float64 `json:"within_twice"`
	Logs  float64 `json:"mean_log_error"`
	// Low and High are the 90 % bootstrap interval of the error less that of the nowcast
	// (over posts, paired): above 0 the nowcast is better.
	Low  float64 `json:"worse_by_low"`
	High float64 `json:"worse_by_high"`
	// Said are its answers, by post; what it says nothing of is 0.
	Said list `json:"said"`
}

// Cell is one horizon and quantity.
type Cell struct {
	Clock    Clock   `json:"clock"`
	Horizon  int     `json:"horizon_s"`
	Quantity string  `json:"quantity"`
	Nowcast  Score   `json:"nowcast"`
	Rivals   []Score `json:"rivals"`
	// Holds is the share of posts whose interval holds, Width the median of High ÷ Low.
	Holds float64 `json:"holds"`
	Width float64 `json:"median_width"`
	Known float64 `json:"known"` // share of posts of which the nowcast says that it knows
	True  list    `json:"true"`
	Low   list    `json:"low"`
	High  list    `json:"high"`
}

// list are figures by post; in a file they are one line.
type list []float64

// MarshalText writes them with four digits.
func (l list) MarshalText() ([]byte, error) {
	var b []byte
	for i, v := range l {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendFloat(b, v, 'g', 4, 64)
	}
	return b, nil
}

// ErrFewTraces says that nobody can learn from the others.
var ErrFewTraces = errors.New("at least three traces are needed")

// Judge lets every post be seen for each horizon, with all others to learn from. The
// seed is of the bootstrap.
func Judge(traces []forecast.Trace, seed uint64) ([]Cell, error) {
	if len(traces) < 3 {
		return nil, ErrFewTraces
	}
	makers := make([]*forecast.Nowcaster, len(traces))
	for i := range traces {
		f, err := forecast.Fit(slices.Delete(slices.Clone(traces), i, i+1), nil)
		if err != nil {
			return nil, err
		}
		makers[i] = forecast.NewNowcaster(f)
	}
	return JudgeWith(traces, seed, func(i int) *forecast.Nowcaster { return makers[i] }), nil
}

// JudgeWith is [Judge] with nowcasters that are there already, by post.
func JudgeWith(traces []forecast.Trace, seed uint64, maker func(i int) *forecast.Nowcaster) []Cell {
	var out []Cell
	for _, clock := range []Clock{FirstSeen, Posted} {
		for _, h := range Horizons() {
			var all []example
			for i := range traces {
				a := arrivalsOf(&traces[i])
				e := example{seen: see(a, clock, h), truth: a.truth()}
				e.excited = exciting(&e.seen)
				all = append(all, e)
			}
			out = append(out, judged(all, clock, h, seed, maker)...)
		}
	}
	return out
}

// judged are the cells of one horizon.
func judged(all []example, clock Clock, h int, seed uint64, maker func(i int) *forecast.Nowcaster) []Cell {
	cells := make([]Cell, quantities)
	for q := range cells {
		cells[q] = Cell{Clock: clock, Horizon: h, Quantity: Quantity(q).String(), Nowcast: Score{Name: "nowcast"}}
		for _, r := range rivals() {
			cells[q].Rivals = append(cells[q].Rivals, Score{Name: r.name})
		}
	}
	for i := range all {
		n := maker(i).Nowcast(all[i].seen.observed())
		for q, r := range of(n) {
			c := &cells[q]
			if n.Known {
				c.Known += 1 / float64(len(all))
			}
			c.True, c.Low, c.High = append(c.True, all[i].truth[q]), append(c.Low, r.Low), append(c.High, r.High)
			c.Nowcast.Said = append(c.Nowcast.Said, r.Mid)
		}
		others := slices.Delete(slices.Clone(all), i, i+1)
		for k, r := range rivals() {
			for q, said := range r.learn(others)(&all[i].seen) {
				if math.IsNaN(said) {
					said = 0
				}
				cells[q].Rivals[k].Said = append(cells[q].Rivals[k].Said, said)
			}
		}
	}
	for q := range cells {
		cells[q].judge(seed)
	}
	return cells
}

// judge fills in what follows from the answers.
func (c *Cell) judge(seed uint64) {
	var width []float64
	for i, t := range c.True {
		if t >= c.Low[i] && t <= c.High[i] {
			c.Holds += 1 / float64(len(c.True))
		}
		width = append(width, c.High[i]/max(c.Low[i], 1e-9))
	}
	c.Width = median(width)
	own := c.Nowcast.judge(c.True)
	for r := range c.Rivals {
		theirs := c.Rivals[r].judge(c.True)
		c.Rivals[r].Low, c.Rivals[r].High = bootstrap(theirs, own, seed)
	}
}

// judge fills in the errors, and returns them by post.
func (s *Score) judge(truth []float64) []float64 {
	var errs []float64
	for i, t := range truth {
		said := s.Said[i]
		errs = append(errs, math.Abs(said/t-1))
		if said >= t/2 && said <= 2*t {
			s.Twice += 1 / float64(len(truth))
		}
		s.Logs += math.Abs(math.Log(max(said, 1e-9)/t)) / float64(len(truth))
	}
	s.Error = median(errs)
	return errs
}

// bootstraps is how often posts are drawn anew.
const bootstraps = 2000

// bootstrap is the 90 % interval of the difference of two medians over the same
// posts.
func bootstrap(a, b []float64, seed uint64) (low, high float64) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	diffs := make([]float64, bootstraps)
	x, y := make([]float64, len(a)), make([]float64, len(a))
	for k := range diffs {
		for i := range a {
			j := rnd.IntN(len(a))
			x[i], y[i] = a[j], b[j]
		}
		diffs[k] = median(x) - median(y)
	}
	slices.Sort(diffs)
	return diffs[bootstraps/20], diffs[bootstraps-1-bootstraps/20]
}
