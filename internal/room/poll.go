package room

import (
	"math"
	"time"
)

// How the poll interval is set. t is the time until somebody is called, W the
// number of people waiting, B the budget in polls per second, less the first
// polls of those who are just arriving.
//
//  1. Everybody polls after max(near, t/5): often enough not to miss the call.
//     The front (people at hand, whatever the rate) polls at near. Summed over
//     the line that is L = front/near + 5·rate·ln(…) polls per second.
//  2. If L is more than 3/4 of B, all intervals are stretched by k = L/(3/4·B).
//  3. What is left of the budget, R = B - L/k, shortens the intervals of those
//     far away to at most F = max(far, W/R): that adds at most W/F ≤ R.
//
// So the whole line stays within B however long it is; the jitter only adds
// time. A test sums the intervals over lines of up to two million.
const (
	pollsPerWait  = 5.0 // polls during one's wait, were the rate constant
	atHand        = 25  // people who poll at near even when the line moves slowly
	unsettledPace = 4.0 // times the known pace, for polling only, while little is known of it; seen in waves, whose first people go in at 4 to 10 times the later pace
	slowestRate   = 0.2 // people per second, for polling only: a held line stays awake
)

// pollAt returns the poll interval with so many people ahead.
func (r *Room) pollAt(ahead int) (poll, jitter time.Duration) {
	_, rate, evidence := r.rates() // the faster one: whoever is called early must learn of it
	rate = max(rate, slowestRate)
	near, waiting, budget := r.cfg.PollNear.Seconds(), float64(r.waiting), r.pollBudget()

	load := r.pollLoad(rate)
	for pace := unsettledPace; pace > 1 && evidence < settled; pace /= 2 {
		// A shop that is being filled takes people faster than it can keep up, and
		// faster than is known: as far as the budget goes, people look more often.
		if l := r.pollLoad(pace * rate); l <= 0.75*budget {
			rate, load = pace*rate, l
			break
		}
	}
	if times := r.growth.times; times > 1 {
		// So it is where replicas are starting.
		if l := r.pollLoad(times * rate); l <= 0.75*budget {
			rate, load = times*rate, l
		}
	}
	stretch := max(1, load/(0.75*budget))
	farthest := max(r.cfg.PollFar.Seconds(), waiting/(budget-load/stretch))

	toCall := max(float64(ahead)-atHand, 0) / rate
	return interval(min(max(near, toCall/pollsPerWait)*stretch, farthest))
}

// pollLoad is the polls per second of the whole line at a rate of calling.
func (r *Room) pollLoad(rate float64) float64 {
	near, waiting := r.cfg.PollNear.Seconds(), float64(r.waiting)
	front := atHand + pollsPerWait*near*rate
	load := min(waiting, front)/near + 1/near
	if waiting > front {
		load += pollsPerWait * rate * math.Log((waiting-atHand)/(front-atHand))
	}
	return load
}

// pollBudget is what the budget leaves for those who are in line: each visitor
// who arrives polls once soon, whatever we say. At least a quarter stays.
func (r *Room) pollBudget() float64 {
	return max(r.cfg.PollBudget-r.pace.issueRate(), r.cfg.PollBudget/4)
}

// pollBefore returns the poll interval so long before an announced start. The
// last poll before it is due right after it, spread so that the whole pre-queue
// fits the budget.
func (r *Room) pollBefore(left time.Duration) (poll, jitter time.Duration) {
	spread := max(2.5*r.cfg.PollNear.Seconds(), float64(r.waiting)/r.pollBudget())
	secs := left.Seconds()
	if secs <= 2*spread {
		poll, _ = interval(max(secs, r.cfg.PollNear.Seconds()))
		return poll, time.Duration(spread * float64(time.Second))
	}
	return interval(max(spread, min(secs/pollsPerWait, r.cfg.PollFar.Seconds())))
}

func interval(secs float64) (poll, jitter time.Duration) {
	poll = time.Duration(min(secs, maxWait) * float64(time.Second))
	return poll, time.Duration(jitterShare * float64(poll))
}

// firstPoll brings the first return forward: a place does not count before it.
func firstPoll(poll, jitter time.Duration) (time.Duration, time.Duration) {
	const soon = 10 * time.Second
	if poll > soon {
		return interval(soon.Seconds())
	}
	return poll, jitter
}
