package forecast

import "time"

// pacing is how many come a second in each stretch of the first hour after the post.
type pacing [upToHour]Range

// paces are the rates of all futures, by stretch.
type paces [upToHour][futures]float64

// take notes those of one future: of what is over, as it was.
func (p *paces) take(i int, c *course) {
	for k := range p {
		p[k][i] = c.rate[k]
		if c.left[k] <= 0 {
			p[k][i] = max(0, c.came[k]) / length(k)
		}
	}
}

// band is their range.
func (p *paces) band() (b pacing) {
	for k := range p {
		b[k] = ranged(p[k][:])
	}
	return b
}

// RateAt is how many of the wave come a second at a moment, beyond those who would come
// anyway: its range, for a chart. Between the middles of two stretches it lies between
// theirs. It is zero before the post, and later than an hour after it.
func (n *Nowcasted) RateAt(at time.Time) Range {
	t := at.Sub(n.Began).Seconds()
	if !n.Known || t < 0 || t >= bounds[upToHour] {
		return Range{}
	}
	middle := func(k int) float64 { return (bounds[k] + bounds[k+1]) / 2 }
	k := stretchAt(t)
	other := k + 1
	if t < middle(k) {
		other = k - 1
	}
	if other < 0 || other >= upToHour {
		return n.band[k]
	}
	part := (t - middle(k)) / (middle(other) - middle(k))
	mix := func(a, b float64) float64 { return a + part*(b-a) }
	a, b := n.band[k], n.band[other]
	return Range{mix(a.Low, b.Low), mix(a.Mid, b.Mid), mix(a.High, b.High)}
}
