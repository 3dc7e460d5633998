package forecast

import "math"

// crowd is one world over time: bounds of stretches in seconds, and in each
// stretch who comes and how many of them want to buy, by pool.
type crowd struct {
	at     []float64
	people []float64   // invited
	want   [][]float64 // by pool
}

// line is what becomes of them before a shop that finishes so many orders a
// second, one after the other, in the order in which they came: a fluid that flows
// into a vessel and out of it at a fixed rate.
type line struct {
	wait   float64 // s, the longest
	people float64 // in line, the most
	ends   float64 // when it last got empty; -Inf: there was none
	eased  float64 // when it was last more than the rate usual could have borne
	served []float64
	gone   []float64 // when each pool was sold out; +Inf: never
}

// queue is the line while it runs.
type queue struct {
	line
	crowd   *crowd
	rate    float64
	stock   []float64
	there   []float64 // in each stretch, who wants what is not sold out
	head    int       // the first stretch not served
	left    float64   // how much of it is left
	waiting float64
}

// run lets the crowd come to a shop of the given rate (orders a second, above 0)
// and stocks. usual is the rate it has when nobody does anything.
//
//  1. Who comes in a stretch joins the line at its end.
//  2. The shop serves rate × length of them from its front.
//  3. When a pool is sold out, those who wait for it leave at once: they are told.
//  4. Whoever leaves the line, served or told, has waited since his stretch ended.
func (c *crowd) run(rate, usual float64, stock []float64) line {
	n := len(c.people)
	q := queue{crowd: c, rate: rate, stock: stock, left: 1, there: c.wanted()}
	q.ends, q.eased = math.Inf(-1), math.Inf(-1)
	q.served, q.gone = make([]float64, len(c.want)), make([]float64, len(c.want))
	for p := range q.gone {
		q.gone[p] = math.Inf(1)
	}
	for k := range n {
		start, end := c.at[k], c.at[k+1]
		came := q.there[k]
		q.waiting += came
		free := q.serve(rate*(end-start), end, k)
		q.line.people = max(q.line.people, q.waiting)
		switch {
		case q.waiting >= 1:
			q.ends, q.eased = end, end
		case q.ends == start: // it got empty in this stretch
			q.ends = end - free/rate
			q.eased = max(q.eased, q.ends)
		}
		if came > usual*(end-start)*(1+1e-9) {
			q.eased = end
		}
	}
	if left := q.waiting; left > 0 { // nobody comes any more
		can := left * (1 + 1e-9)
		end := c.at[n] + can/rate
		free := q.serve(can, end, n-1)
		if left >= 1 {
			q.ends, q.eased = end-free/rate, end-free/rate
		}
	}
	return q.line
}

// wanted is how many of each stretch want to buy.
func (c *crowd) wanted() []float64 {
	sum := make([]float64, len(c.people))
	for _, pool := range c.want {
		for k, v := range pool {
			sum[k] += v
		}
	}
	return sum
}

// serve works off the front, until can people are served or nobody of the
// stretches up to last is left; it returns what is left of can. end is when the
// last of can is served.
func (q *queue) serve(can, end float64, last int) float64 {
	for q.head <= last {
		there := q.left * q.there[q.head]
		if there <= 0 {
			q.head, q.left = q.head+1, 1
			continue
		}
		part, sold := min(1, can/there), -1
		for p, want := range q.crowd.want {
			take := q.left * want[q.head]
			if math.IsInf(q.gone[p], 1) && take > 0 && q.served[p]+part*take >= q.stock[p] {
				part, sold = max(0, (q.stock[p]-q.served[p])/take), p
			}
		}
		for p, want := range q.crowd.want {
			if math.IsInf(q.gone[p], 1) {
				q.served[p] += part * q.left * want[q.head]
			}
		}
		can -= part * there
		q.waiting -= part * there
		q.left *= 1 - part
		now := end - can/q.rate
		switch {
		case sold >= 0:
			q.waited(now)
			q.sellOut(sold, now, last)
		case part < 1:
			return 0
		default:
			q.waited(now)
			q.head, q.left = q.head+1, 1
		}
	}
	q.waiting = 0
	return can
}

// waited notes how long the front has waited at the moment now.
func (q *queue) waited(now float64) { q.wait = max(q.wait, now-q.crowd.at[q.head+1]) }

// sellOut sends home who came for what is gone.
func (q *queue) sellOut(p int, now float64, last int) {
	q.gone[p] = now
	q.waiting = 0
	for k := q.head; k < len(q.there); k++ {
		q.there[k] = max(0, q.there[k]-q.crowd.want[p][k])
		switch {
		case k == q.head:
			q.waiting += q.left * q.there[k]
		case k <= last:
			q.waiting += q.there[k]
		}
	}
}

// rateFor is the smallest rate with which nobody waits longer than patience
// seconds; it is from at up. It halves the range of possible answers again and
// again, on a logarithmic scale.
func (c *crowd) rateFor(from, patience float64, stock []float64) float64 {
	if c.run(from, from, stock).wait <= patience {
		return from
	}
	lo, hi := math.Log(from), math.Log(from)+1
	for c.run(math.Exp(hi), from, stock).wait > patience {
		lo, hi = hi, hi+1
	}
	for hi-lo > 0.01 {
		if mid := (lo + hi) / 2; c.run(math.Exp(mid), from, stock).wait > patience {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(hi)
}
