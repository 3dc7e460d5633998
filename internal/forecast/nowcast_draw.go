package forecast

import "math"

// cells are the steps of five seconds in which the peak is looked for, of the first
// five minutes; later it is looked for in minutes.
const (
	cells      = 60
	cellLength = 5.0
)

// asked is what is read off each future.
type asked struct{ peak, peakMinute, peakAfter, in10, inHour, half [futures]float64 }

// startSD is how far a start may lie from the one that was tried, in seconds.
const startSD = 1

// draw draws futures from all ways and fills in the ranges.
func (n *Nowcaster) draw(s *series, o *Observed, rise float64, ways []way, out *Nowcasted) {
	var a asked
	var p paces
	i, sum, began := 0, 0.0, 0.0
	lean := map[string]float64{}
	hour := min(s.end()-rise, bounds[upToHour])
	busiest, busiestAt := s.busiest(rise, hour, 10, o.Base)
	busiestMinute, _ := s.busiest(rise, hour, 60, o.Base)
	for w := range ways {
		sum += ways[w].weight
		began += ways[w].weight * ways[w].start
		lean[ways[w].fit.shape.name] += ways[w].weight
		c := course{way: &ways[w], base: o.Base, scatter: n.figures.Scatter, busiest: busiest / 10,
			busiestAt: max(0, rise+busiestAt-ways[w].start), busiestMinute: busiestMinute}
		for first := true; i < futures && (float64(i)+0.5)/futures < sum; i++ {
			if first {
				c.seen(s)
				first = false
			}
			c.future(&n.draws[i])
			a.peak[i], a.peakMinute[i], a.peakAfter[i] = c.peaks(n.draws[i][stretches:])
			if o.Posted.IsZero() { // the starts that are tried are no finer
				a.peakAfter[i] = max(0, a.peakAfter[i]+startSD*n.draws[i][stretches+cells-1])
			}
			a.in10[i], a.inHour[i], a.half[i] = c.by(upTo10Min), c.by(upToHour), c.half()
			p.take(i, &c)
		}
	}
	out.Began = o.Until.Add(seconds(began - s.end()))
	for name, weight := range lean {
		if weight > out.Weight {
			out.Leans, out.Weight = name, weight
		}
	}
	out.Peak, out.PeakMinute, out.PeakAfter = floored(a.peak[:]), floored(a.peakMinute[:]), ranged(a.peakAfter[:])
	out.band = p.band()
	out.In10Min, out.InHour, out.HalfLife = ranged(a.in10[:]), ranged(a.inHour[:]), ranged(a.half[:])
}

// floored is the range of values of which many may be the least one: what was seen
// already, where nothing larger follows. Then nothing lies below it, and the interval
// that holds in four of five ends where the fifth begins.
func floored(v []float64) Range {
	r := ranged(v)
	if n := len(v); v[n/10] == v[0] {
		r.Low, r.High = v[0], v[n*4/5]
	}
	return r
}

// course is one way with a future.
type course struct {
	way           *way
	base, scatter float64
	age           float64            // seconds since the post
	past          [cells]float64     // people of the wave seen in each cell, about
	pastFor       [cells]float64     // seconds of it that are over
	came          [stretches]float64 // people of the wave seen in each stretch
	others        [stretches]float64 // standard deviation of those who came anyway in it
	left          [stretches]float64 // seconds of it still to come
	rate          [stretches]float64
	people        [stretches]float64 // seen and to come
	busy          [cells]float64
	// busiest is the highest rate seen in ten seconds, busiestAt the middle of these in
	// seconds after the post, busiestMinute the most people seen in sixty.
	busiest, busiestAt, busiestMinute float64
}

// seen takes what is over.
func (c *course) seen(s *series) {
	start := c.way.start
	c.age = s.end() - start
	for k := range stretches {
		n, t := s.between(start+bounds[k], start+bounds[k+1])
		c.came[k], c.others[k] = n-c.base*t, math.Sqrt(c.scatter*c.base*t)
		c.left[k] = length(k) - min(max(c.age-bounds[k], 0), length(k))
	}
	for i := range cells {
		from := start + float64(i)*cellLength
		n, t := s.between(from, from+cellLength)
		c.past[i], c.pastFor[i] = n-c.base*t, min(max(c.age-float64(i)*cellLength, 0), cellLength)
	}
}

// future draws the rates, and from them the people of each stretch.
func (c *course) future(draw *[stretches + cells]float64) {
	f := &c.way.fit
	var z [stretches]float64
	copy(z[:], draw[:stretches])
	back(&f.root, f.known, z[:])
	for j := range f.known {
		z[j] += f.z[j]
	}
	for k := range stretches {
		c.people[k] = max(0, c.came[k]+c.others[k]*draw[2*stretches+k])
		if c.left[k] > 0 {
			c.rate[k] = math.Exp(min(f.shape.log(k, z[:]), 40))
			c.people[k] += counts(c.rate[k]*c.left[k], draw[stretches+k], c.scatter)
		}
	}
}

// counts are how many come where so many are expected, with the luck e.
func counts(mean, e, scatter float64) float64 {
	return max(0, mean+math.Sqrt(scatter*mean)*e)
}

// by is how many have come by the end of stretch k-1.
func (c *course) by(k int) (sum float64) {
	for _, p := range c.people[:k] {
		sum += p
	}
	return sum
}

// half is when half of all have come.
func (c *course) half() float64 {
	want := c.by(stretches) / 2
	for k, p := range c.people {
		if p >= want && p > 0 {
			return bounds[k] + length(k)*want/p
		}
		want -= p
	}
	return week
}

// peaks looks for the busiest ten seconds and sixty of the first hour.
func (c *course) peaks(luck []float64) (rate, minute, at float64) {
	k, ten, sixty := 0, 0.0, 0.0
	for i := range cells {
		t := (float64(i) + 0.5) * cellLength
		for t >= bounds[k+1] {
			k++
		}
		c.busy[i] = max(0, c.past[i]+math.Sqrt(c.scatter*c.base*c.pastFor[i])*luck[i])
		if left := cellLength - c.pastFor[i]; left > 0 {
			c.busy[i] += counts(c.rate[k]*left, luck[i], c.scatter)
		}
		ten, sixty = ten+c.busy[i], sixty+c.busy[i]
		if i >= 2 {
			ten -= c.busy[i-2]
		}
		if i >= 12 {
			sixty -= c.busy[i-12]
		}
		if ten/10 > rate {
			rate, at = ten/10, t-2.5
		}
		minute = max(minute, sixty)
	}
	// What was seen is exact but for those who came anyway.
	others := math.Sqrt(c.scatter*c.base*10) * luck[0]
	if seen := c.busiest + others/10; seen > rate {
		rate, at = seen, c.busiestAt
	}
	minute = max(minute, c.busiestMinute+math.Sqrt(6)*others)
	for k := stretchAt(cells * cellLength); k < upToHour; k++ {
		if c.left[k] <= 0 {
			continue
		}
		// The best of several minutes, and of several ten seconds, by luck.
		m := c.rate[k] * 60
		if lucky := counts(m, best(c.left[k]/60)+0.5*luck[k], c.scatter); lucky > minute {
			minute = lucky
		}
		if lucky := counts(c.rate[k]*10, best(c.left[k]/10)+0.5*luck[k], c.scatter) / 10; lucky > rate {
			rate, at = lucky, bounds[k+1]-c.left[k]/2
		}
	}
	return rate, minute, at
}

// best is how far above the mean the best of n lies, in standard deviations, about.
func best(n float64) float64 {
	if n <= 1 {
		return 0
	}
	return normal(1 - 0.56/n)
}
