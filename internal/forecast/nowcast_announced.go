package forecast

import "math"

// sure is how sure it is that the wave is of the announced post.
func (a *Announced) sure() float64 {
	if a.Sure > 0 && a.Sure < 1 {
		return min(a.Sure, 0.99)
	}
	if a.Sure >= 1 {
		return 0.99
	}
	return surePost
}

// shape is the course that the campaign's forecast expects: its people spread by the
// channel's profile, as uncertain in size and speed as it says. The rest, by which
// no post is like its profile, is that of the posts of the figures. nil: nothing was
// announced, or nothing that can be used.
func (a *Announced) shape(f *Figures) *shape {
	if a == nil || !(a.People.Mid > 0) || math.IsInf(a.People.Mid, 0) {
		return nil
	}
	p, known := a.Channel.prior()
	if !known {
		p.shape, p.jitter = &feed, jitterSocial
	}
	c := p.shape.curve()
	log := func(k int, faster float64) float64 {
		share := c.by(bounds[k+1], faster) - c.by(bounds[k], faster)
		return math.Log(a.People.Mid * max(share, 1e-9) / length(k))
	}
	size := 0.1
	if a.People.Low > 0 && a.People.High > a.People.Low {
		size = min(max(size, math.Log(a.People.High/a.People.Low)/(2*normal(0.9))), anySizeSD)
	}
	mean, tilt := make([]float64, stretches), make([]float64, stretches)
	for k := range stretches {
		mean[k] = log(k, 0)
		tilt[k] = min(max((log(k, 0.2)-log(k, -0.2))/0.4, -4), 4) * p.jitter
	}
	spread := rest(f.Spread)
	for i := range spread {
		for j := range spread[i] {
			spread[i][j] += size*size + tilt[i]*tilt[j]
		}
		spread[i][i] += guessOwn * guessOwn
	}
	s := newShape("announced", mean, spread)
	return &s
}

// rest is a covariance without what a common size and a common speed explain: P·S·P,
// with P the projection on what is neither constant nor a multiple of [lean].
func rest(spread [][]float64) [][]float64 {
	n := len(spread)
	one, slope := make([]float64, n), make([]float64, n)
	mean := 0.0
	for k := range n {
		mean += lean(k) / float64(n)
	}
	norm := 0.0
	for k := range n {
		one[k], slope[k] = 1/math.Sqrt(float64(n)), lean(k)-mean
		norm += slope[k] * slope[k]
	}
	for k := range n {
		slope[k] /= math.Sqrt(norm)
	}
	project := func(v []float64) {
		a, b := dot(v, one), dot(v, slope)
		for k := range v {
			v[k] -= a*one[k] + b*slope[k]
		}
	}
	out := square(n)
	for i := range n {
		copy(out[i], spread[i])
		project(out[i])
	}
	column := make([]float64, n)
	for j := range n {
		for i := range n {
			column[i] = out[i][j]
		}
		project(column)
		for i := range n {
			out[i][j] = column[i]
		}
	}
	return out
}
