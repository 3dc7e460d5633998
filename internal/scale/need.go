package scale

import (
	"math"
	"time"
)

// outlook is what the need is computed from. Times are seconds from now, rates people a
// second.
//
// The model is a vessel with an inflow. A replica serves each people a second, and it
// holds each × visit people inside: while it fills up it takes them in as fast as they
// come, then as fast as others leave. Lengths of visits are taken to scatter as those of
// calls: most look at a page or two, few stay long. Whoever comes at t, when new replicas
// are there (t ≥ start), waits no longer than target if until t+target the shop can have
// taken in all who came before:
//
//	inside + line + came(t) ≤ what n replicas hold, and serve from start to t+target
//
// The smallest n for which this holds at every t is the need. This is the bound of
// network calculus on the horizontal distance between arrivals and service.
type outlook struct {
	each   float64 // 0: not known
	visit  float64 // 0: not known, then they hold nobody
	line   float64
	inside float64
	start  float64 // until a replica ordered now is of use
	target float64

	ready   float64 // replicas, as warm ones
	pending float64 // of those that start: how many are of use before start,
	ahead   float64 // and replica-seconds that they are of use until then
}

// inflow is those who come from now on: as usual, as they come now, and by a plan or a nowcast.
type inflow struct {
	usual float64 // people a second, who go on coming
	now   lasting
	plan  lasting
	cast  *curve
	part  float64 // of its figures
	upper bool    // its upper figures
}

// until is how many people come from now until t seconds ahead.
func (in *inflow) until(t float64) float64 {
	came := in.usual*t + in.now.until(t)
	switch {
	case in.cast == nil:
		return came + in.plan.until(t)
	case in.upper:
		return came + in.part*in.cast.until(t, &in.cast.upper)
	}
	return came + in.part*in.cast.until(t, &in.cast.people)
}

// horizon are the seconds after start at which the need is looked at: up to half an
// hour, beyond which nobody knows.
var horizon = [...]float64{0, 10, 25, 45, 70, 100, 150, 240, 400, 900, 1800}

const all = 1800.0 // of it

// beyond is how many of the line and of those who come until t are not taken in by start.
func (o *outlook) beyond(came float64) float64 {
	steady := o.each * (o.ready*o.start + o.ahead)
	filling := 0.0
	if o.visit > 0 {
		room := (o.ready + o.pending) * o.each * o.visit
		filling = max(room-o.inside, 0) + o.start*min(o.inside/o.visit, o.ready*o.each)
	}
	return max(o.line+came-max(steady, filling), 0)
}

// atOnce is the outlook for a number that is there at once, instead of those there are:
// what is needed of them.
func (o outlook) atOnce() outlook {
	o.start, o.ready, o.pending, o.ahead = 0, 0, 0, 0
	return o
}

// insideAt is how many are inside at start.
func (o *outlook) insideAt(came float64) float64 {
	if o.start == 0 {
		return o.inside
	}
	return min((o.ready+o.pending)*o.each*o.visit, o.inside+o.line+came)
}

// need is the number of replicas, not rounded, with which nobody waits longer than target
// who comes in the next span seconds after start. each must be known.
func (o *outlook) need(in *inflow, span float64) float64 {
	n := 0.0
	came := in.until(o.start)
	inside := o.insideAt(came)
	for i, h := range &horizon {
		if h > span {
			break
		}
		if i > 0 {
			came = in.until(o.start + h)
		}
		if left := o.beyond(came); left > 0 {
			n = max(n, o.within(left, inside, o.span(h)))
		}
	}
	return n
}

// span is how long after start those who came until h seconds after it have to be in. What
// came while the replicas started could not be helped, and is not made good at any price:
// who comes when they are there may wait for as long as a start longer, and who comes a
// start later no longer than the target.
func (o *outlook) span(h float64) float64 { return h + o.target + max(o.start-h, 0) }

// within is how many replicas take left people in within span seconds, where inside are
// inside already.
func (o *outlook) within(left, inside, span float64) float64 {
	if o.visit == 0 {
		return left / (o.each * span)
	}
	return (left + inside) / (o.each * (span + o.visit))
}

// wait is the longest that somebody waits who comes from start on, in seconds, with n
// replicas: within turned round, by halving.
func (o *outlook) wait(in *inflow, n float64) float64 {
	longest := 0.0
	inside := o.insideAt(in.until(o.start))
	for _, h := range &horizon {
		left := o.beyond(in.until(o.start + h))
		if left == 0 || o.within(left, inside, max(h, 1)) <= n {
			continue
		}
		low, high := max(h, 1), mostWait
		for high-low > 1 {
			if mid := (low + high) / 2; o.within(left, inside, mid) > n {
				low = mid
			} else {
				high = mid
			}
		}
		longest = max(longest, high-h)
	}
	return longest
}

// lasting is an inflow that fades: what has come for a while goes on for about as long
// again.
type lasting struct{ rate, fades float64 }

// all is how many come in all.
func (l lasting) all() float64 { return l.rate * l.fades }

func (l lasting) until(t float64) float64 {
	if l.rate <= 0 || l.fades <= 0 {
		return 0
	}
	return l.rate * l.fades * -math.Expm1(-t/l.fades)
}

// curve is an inflow by points.
type curve struct {
	at, people, upper [curveMost]float64
	n                 int
}

const curveMost = 48 // points that are looked at; a nowcast of two dozen stretches has half as many

// set takes how many come until some moments; points that do not ascend are left out.
func (c *curve) set(from time.Time, coming []Coming) {
	c.n = 0
	var at, people, upper float64
	for i := range coming {
		t := coming[i].At.Sub(from).Seconds()
		if t <= at || c.n == curveMost {
			continue
		}
		at, people = t, max(people, sound(coming[i].People))
		upper = max(upper, people, sound(coming[i].Upper))
		c.at[c.n], c.people[c.n], c.upper[c.n] = at, people, upper
		c.n++
	}
}

func (c *curve) until(t float64, of *[curveMost]float64) float64 {
	var at, n float64
	for i := range c.n {
		if t < c.at[i] {
			return n + (of[i]-n)*(t-at)/(c.at[i]-at)
		}
		at, n = c.at[i], of[i]
	}
	return n
}

// replicas rounds a need up, and leaves out what is no tenth of a replica.
func replicas(need float64) int {
	return int(min(math.Ceil(need-0.1), mostReplicas))
}

// sound is x if it can be a figure, else 0.
func sound(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 0
	}
	return min(x, mostFigure)
}

const (
	mostReplicas = 10_000 // as fleet.Want has it
	mostFigure   = 1e9    // more people than any shop sees
	mostWait     = 48 * 3600.0
)

// narrow says that the nowcast is worth ordering by: its upper figure is no more than
// castNarrow times its middle one. In a wave's first seconds it is not, and each second
// makes it so.
func (c *curve) narrow() bool {
	return c.n > 0 && c.upper[c.n-1] <= castNarrow*c.people[c.n-1]
}

const castNarrow = 3.0 // tuned in the simulation
