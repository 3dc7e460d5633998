package forecast

import (
	"errors"
	"math"
	"slices"
)

// Trace is how people came after one past post.
type Trace struct {
	Name string
	// At is when each newcomer came, in seconds after the post, ascending.
	At []float64
	// Length is for how long they were counted, in seconds after the post. What comes
	// later than a week is left out.
	Length float64
	Base   float64 // newcomers a second who would have come without the post
}

// binned is a trace by stretches.
func (t *Trace) binned() (b binned) {
	for k := range stretches {
		b.e[k] = min(max(t.Length-bounds[k], 0), length(k))
		if b.e[k] > 0 {
			b.known = k + 1
		}
	}
	for _, at := range t.At {
		if at >= 0 && at < min(t.Length, week) {
			b.n[stretchAt(at)]++
		}
	}
	return b
}

// ErrNoTrace says that there was nothing to learn from.
var ErrNoTrace = errors.New("no trace in which somebody came")

// How much the beginning counts in a fit, in posts. Of size and mean course little, so
// that three posts of a shop say more than it; of how courses scatter more, since
// that takes many posts to learn.
const (
	beginMean   = 1.0
	beginSpread = 12.0
)

// rounds of the fit; it hardly moves after ten.
const rounds = 15

// Fit learns figures from traces. from are the figures to begin with, which give way
// as traces come in; nil begins with a plain guess.
//
// The rates of a post are not seen, only counts that scatter around them. So it goes
// round (EM): with the figures of the last round the most likely course of each post
// and how sure it is are found ([shape.fit]); then the mean course and the covariance
// are those of the courses, with what is not sure of each added.
func Fit(traces []Trace, from *Figures) (*Figures, error) {
	traces = slices.DeleteFunc(slices.Clone(traces), func(t Trace) bool { return len(t.At) == 0 || !(t.Length > bounds[1]) })
	if len(traces) == 0 {
		return nil, ErrNoTrace
	}
	counted := make([]binned, len(traces))
	for i := range traces {
		counted[i] = traces[i].binned()
	}
	meanPosts := beginMean
	if from == nil {
		from, meanPosts = guess(counted), 1e-3
	}
	f := &Figures{Posts: len(traces), Scatter: from.Scatter, Mean: slices.Clone(from.Mean), Spread: from.Spread}
	for range rounds {
		s := newShape("", f.Mean, f.Spread)
		mean := make([]float64, stretches)
		courses := make([]learnt, len(traces))
		for i := range traces {
			courses[i] = s.learn(&counted[i], traces[i].Base, f.Scatter)
			for k := range mean {
				mean[k] += courses[i].x[k]
			}
		}
		n := float64(len(traces))
		for k := range mean {
			mean[k] = (mean[k] + meanPosts*from.Mean[k]) / (n + meanPosts)
		}
		spread := square(stretches)
		for i := range spread {
			for j := range spread {
				v := beginSpread * from.Spread[i][j]
				for c := range courses {
					v += courses[c].spread[i][j] + (courses[c].x[i]-mean[i])*(courses[c].x[j]-mean[j])
				}
				spread[i][j] = v / (n + beginSpread)
			}
		}
		f.Mean, f.Spread = mean, spread
	}
	// What is not sure of the mean itself is in every prediction.
	for i := range f.Spread {
		for j := range f.Spread[i] {
			f.Spread[i][j] *= 1 + 1/(float64(len(traces))+meanPosts)
		}
	}
	return f, nil
}

// learnt is the course of one post: the logarithms of its rates and how sure they
// are.
type learnt struct {
	x      [stretches]float64
	spread [stretches][stretches]float64
}

// learn finds a post's course. Its covariance is root·(I + rootᵀ·W·root)⁻¹·rootᵀ.
func (s *shape) learn(b *binned, base, scatter float64) (l learnt) {
	known := *b
	known.known = stretches // what was not seen has no seconds, and follows from the rest
	var f fitted
	s.fit(&known, base, scatter, nil, &f)
	l.x = f.x
	var half [stretches][stretches]float64 // root·L⁻ᵀ, by rows: L⁻¹·rootᵀ's columns
	for i := range stretches {
		row := s.root[i]
		for r := range stretches {
			for k := range r {
				row[r] -= f.root[r][k] * row[k]
			}
			row[r] /= f.root[r][r]
		}
		half[i] = row
	}
	for i := range stretches {
		for j := range stretches {
			l.spread[i][j] = dot(half[i][:], half[j][:])
		}
	}
	return l
}

// The guess that a fit begins with: what posts have in common of size and speed, and
// a rest by which neighbouring stretches are more alike than distant ones.
const (
	guessScatter = 1.25 // median per minute of a web server's seconds (NASA, July 1995)
	guessSize    = 0.6  // standard deviations of logarithms of the rate
	guessSpeed   = 0.6
	guessRest    = 0.45
	guessReach   = 1.2 // in the logarithm of the time
	guessOwn     = 0.1 // of each stretch alone
)

func guess(counted []binned) *Figures {
	f := &Figures{Scatter: guessScatter, Mean: make([]float64, stretches), Spread: square(stretches)}
	for k := range stretches {
		n, e := 0.5, 0.0
		for i := range counted {
			n, e = n+counted[i].n[k], e+counted[i].e[k]
		}
		f.Mean[k] = -5
		if e > 0 {
			f.Mean[k] = math.Log(n/e) - 0.4 // a mean of log-normals lies above their middle
		}
	}
	at := func(k int) float64 { return math.Log((bounds[k] + bounds[k+1]) / 2) }
	for i := range stretches {
		for j := range stretches {
			f.Spread[i][j] = guessSize*guessSize + guessSpeed*guessSpeed*lean(i)*lean(j) + guessRest*guessRest*math.Exp(-math.Abs(at(i)-at(j))/guessReach)
		}
		f.Spread[i][i] += guessOwn * guessOwn
	}
	return f
}
