package admit

import (
	"math"
	"time"
)

// curve is what one admitted person asks of the shop at each age: mean requests
// per second since the person was let in, a dear request counting as several,
// averaged over everybody let in, those who have gone included. So it is
// survival and appetite in one, needs no guess of when somebody has left, and
// its integral is all that letting one more person in will ask. Counting in
// mean requests and not in seconds keeps it right when the shop becomes three
// times slower or recovers.
//
// Ages are cells: two seconds wide up to a minute, then growing by an eighth.
// People move through the cells together; a cell's cost is what was consumed in
// it by its age divided by the person-seconds spent in it. Both are forgotten
// with a half-life of forget, so an evening crowd replaces the morning's.
type curve struct {
	edge   [ageCells + 1]float64 // seconds
	fade   [ageCells]float64     // of the prior at each age
	used   [ageCells]float64     // mean requests
	spent  [ageCells]float64     // person-seconds
	people [ageCells]float64     // admitted people by present age, gone or not
	rate   [ageCells]float64     // used / spent with the prior, refreshed by advance
	last   time.Time
}

const (
	ageCells  = 62
	fineCells = 30
	forget    = 15 * time.Minute
	priorGap  = 10.0  // seconds between two pages of one person before anything is measured; guessed
	priorTill = 300.0 // seconds over which what is not measured fades out; guessed, some minutes being a visit
	priorMass = 12.0  // person-seconds the extension weighs against what was measured; chosen: one person's first pages
)

func (c *curve) init(now time.Time) {
	e := 0.0
	for i := range c.edge {
		c.edge[i] = e
		if i < fineCells {
			e += 2
		} else {
			e *= 1.125
		}
	}
	for i := range c.fade {
		c.fade[i] = math.Exp(-c.edge[i] / priorTill)
	}
	c.last = now
}

// cell is the index of an age in seconds; ages beyond the last edge stay in the
// last cell.
func (c *curve) cell(age float64) int {
	if age < c.edge[fineCells] {
		return max(int(age/2), 0)
	}
	i := fineCells + int(math.Log(age/c.edge[fineCells])/math.Log(1.125))
	return min(i, ageCells-1)
}

// enter counts one person let in.
func (c *curve) enter() { c.people[0]++ }

// consume books a request worth n mean ones to a person let in age ago.
func (c *curve) consume(age time.Duration, n float64) {
	c.used[c.cell(max(age.Seconds(), 0))] += n
}

// advance lets people age and, if learn is true, refreshes the rates.
func (c *curve) advance(now time.Time, learn bool) {
	dt := now.Sub(c.last).Seconds()
	if dt <= 0 {
		return
	}
	c.last = now
	dt = min(dt, 60)
	decay := math.Exp2(-dt / forget.Seconds())
	for i := ageCells - 1; i >= 0; i-- {
		if learn {
			c.spent[i] = c.spent[i]*decay + c.people[i]*dt
			c.used[i] *= decay
		}
		width := c.edge[i+1] - c.edge[i]
		move := c.people[i] * min(dt/width, 1)
		c.people[i] -= move
		if i+1 < ageCells {
			c.people[i+1] += move
		}
	}
	c.refresh()
}

// refresh computes the rates. An age that few have reached leans on the mean
// of the ages before it: a person who has been seen costing so much goes on so
// until measured otherwise, and fades out over priorTill.
func (c *curve) refresh() {
	ext := 1 / priorGap
	var used, spent float64
	for i := range c.rate {
		prior := ext * c.fade[i]
		c.rate[i] = (c.used[i] + priorMass*prior) / (c.spent[i] + priorMass)
		if i > 0 { // the first cell holds the first request of everybody and says nothing about the rest
			used += c.used[i]
			spent += c.spent[i]
			if spent > priorMass {
				ext = used / spent
			}
		}
	}
}

// demand is the load in h seconds by the people already let in, in mean
// requests per second, if nobody else is let in.
func (c *curve) demand(h float64) float64 {
	d := 0.0
	for i, n := range c.people {
		if n > 1e-6 {
			mid := (c.edge[i] + c.edge[i+1]) / 2
			d += n * c.rate[c.cell(mid+h)]
		}
	}
	return d
}

// each is the load one person let in now adds in h seconds.
func (c *curve) each(h float64) float64 { return c.rate[c.cell(h)] }

// whole is all that letting in one person will ask, in mean requests. Unlike the
// rates it leans on the guess until much is measured: when the first people have
// read for some seconds and none has asked for a second page yet, they have not
// cost less than one whose visit is over.
func (c *curve) whole() float64 {
	w, used, spent := 0.0, 0.0, 0.0
	for i := range c.rate {
		ext := (used + priorMass/priorGap) / (spent + priorMass)
		w += (c.used[i] + priorMass*ext*c.fade[i]) / (c.spent[i] + priorMass) * (c.edge[i+1] - c.edge[i])
		if i > 0 { // see refresh
			used += c.used[i]
			spent += c.spent[i]
		}
	}
	return w
}

// watched is what visits have cost so far, in mean requests each, the seconds for which
// they have been watched, and how much of the requests fell into the second half of these.
func (c *curve) watched() (seen, age, later float64) {
	n := 0
	for ; n < ageCells && c.spent[n] >= priorMass; n++ {
		age = c.edge[n+1]
		seen += c.used[n] / c.spent[n] * (age - c.edge[n])
	}
	for i := n - 1; i >= 0 && c.edge[i] >= age/2; i-- {
		later += c.used[i] / c.spent[i] * (c.edge[i+1] - c.edge[i])
	}
	return seen, age, later
}
