package admit

import (
	"cmp"
	"math"
	"time"

	"github.com/falochron/falochron"
)

// Places says how many new people may be let in. Letting in a person is a
// promise to serve all of the visit, so what counts is not the slot that is
// free now but what those inside still owe the shop.
//
// A batch of people may be let in if, at the times when they will ask for something,
// the load by those inside and by the batch stays within the aim, a multiple of the
// concurrency limit: on average over the next five minutes, each moment weighing as much
// as a newcomer asks then. The multiple is corrected slowly: down while people with
// a place wait at the limiter longer than a third of what a request takes, up
// while slots stand empty and somebody waits outside. Where visits begin with a cart,
// people come in no faster than whole visits can be served, see visits. The budget is spent at
// the claim ([Places.Enter]), so a called person who never comes costs nothing.
type Places struct {
	curve   curve
	aim     float64 // multiple of the limit, within aimLow..aimHigh
	last    time.Time
	mean    float64 // seconds at the shop of one request, all lanes but callbacks
	meanN   float64
	memory  float64   // requests that mean is averaged over
	full    fullMeter // what the shop yields while every slot is taken
	now     float64   // people who may be let in at this moment
	recent  rateMeter // claims
	bound   string    // the limit that now comes from, see [Places.Verdict]
	at      float64   // its value
	growing bool      // the limit may soon be higher
	entered time.Time // last claim
	dead    bool      // the shop, at the last update
	back    time.Time // when it last came back
	heard   time.Time // last request ended
	clock   clock
	visits  visits  // how many whole visits the shop can serve
	limit   float64 // at the last update
}

const (
	deadEntry = 2 * time.Second // between two people who go and see whether a dead shop is back; chosen
	aimLow    = 0.5             // of the limit: the account may be wrong by so much either way; chosen
	aimHigh   = 3.0
	spareFrom = 4               // limit from which a slot is left to those inside; chosen
	spareSoon = 8               // the same, while the limit is raised for the first time; tuned in the survey
	growAim   = 1.15            // while the limit is tried; tuned in the survey
	silence   = 3 * time.Second // full and without an answer for so long is a shop that hangs; chosen
	outlier   = 5               // times the mean, beyond which one request counts as so long; a shop three times slower stays below it
	meanLaps  = 4               // times the limit, in requests: a shop that becomes slower is known so after about as many answers
	meanLeast = 15              // below it the mean would be noise
	meanMost  = 60              // above it nothing is gained
)

// horizons are the seconds ahead at which the load is looked at.
var horizons = [...]float64{0, 2, 4, 6, 8, 12, 16, 20, 26, 32, 40, 50, 60, 80, 100, 120, 160, 200, 250, 300}

// NewPlaces returns a budget for a shop nothing is known of.
func NewPlaces(now time.Time) *Places {
	p := &Places{aim: 1, last: now, memory: meanLeast}
	p.curve.init(now)
	p.recent.init(now)
	return p
}

// Enter spends one place.
func (p *Places) Enter(now time.Time) {
	now = p.clock.at(now)
	p.curve.enter()
	p.visits.enter()
	p.entered = now
	p.now = max(p.now-1, 0)
	p.recent.add(now, 1)
}

// Spent books an answered request of a class, of a person let in at entered, that was
// took at the shop.
func (p *Places) Spent(now, entered time.Time, took time.Duration, class falochron.Class) {
	p.heard = p.clock.at(now)
	if p.heard.Sub(p.back) < took {
		return // was stuck while the shop was; says nothing of what people cost now
	}
	sec := took.Seconds()
	p.full.answer(p.limit)
	if p.meanN >= p.memory {
		// What hung for half a minute while the shop was stuck says nothing of what
		// people cost once it is back.
		sec = min(sec, outlier*p.mean)
	}
	age := now.Sub(entered) - took
	p.visits.answer(age, class, sec, p.limit)
	p.meanN = min(p.meanN+1, p.memory)
	p.mean += (sec - p.mean) / p.meanN
	if p.mean > 0 {
		p.curve.consume(age, sec/p.mean)
	}
}

// Load is what the limiter shows at the moment of an update.
type Load struct {
	Limit    int
	Bound    string        // what the limit comes from, see [Limiter.Limit]; empty means "concurrency"
	Free     int           // slots empty now
	Wait     time.Duration // of people with a place, see [Limiter.InsideWait]
	Queued   int           // requests waiting for a slot now, see [State].Ready
	Outside  int           // people waiting in the line
	Probing  bool          // see [Limiter.Probing]
	Dead     bool          // see [Limiter.Dead]
	Growing  bool          // see [Limiter.Growing]
	Starting bool          // see [Limiter.Starting]
	Filled   int           // see [Limiter.Filled]; 0 means Limit
	Fresh    bool          // see [Limiter.Fresh]
	Busy     bool          // see [Limiter.Busy]
}

// Update recomputes the budget; call it some ten times a second.
func (p *Places) Update(now time.Time, l Load) {
	now = p.clock.at(now)
	dt := min(max(now.Sub(p.last).Seconds(), 0), 1)
	p.last = now
	if p.dead && !l.Dead {
		// What was measured while it drowned is forgotten.
		p.back, p.meanN, p.aim, p.full, p.visits = now, 0, 1, fullMeter{}, visits{}
	}
	p.dead = l.Dead
	// A shop that answers nothing says nothing of what people ask for.
	silent := l.Dead || l.Free == 0 && now.Sub(p.heard) > silence
	p.curve.advance(now, !silent)
	p.full.advance(dt, l.Free == 0 && !silent, 0)
	if l.Outside > 0 && float64(l.Free) > fullEmpty*float64(l.Limit) && !silent && !l.Probing {
		p.full.doubt(dt)
	}
	p.visits.full.advance(dt, l.Free == 0 && !silent, p.mean)
	p.limit = float64(l.Limit)
	p.recent.advance(now)
	p.growing = l.Growing
	p.memory = min(max(meanLaps*float64(l.Limit), meanLeast), meanMost)

	target := min(max(p.mean/3, 0.02), 1)
	wait := l.Wait.Seconds()
	switch {
	case l.Outside == 0 || l.Probing || l.Dead:
	case wait > target:
		p.aim -= dt * 0.04 * min((wait-target)/max(p.mean, 0.05), 3)
	case l.Free > 0:
		p.aim += dt * 0.08 * float64(l.Free) / float64(max(l.Limit, 1)) * 2
	}
	p.aim = min(max(p.aim, aimLow), aimHigh)

	if l.Dead {
		// One may go and see, if nobody inside is about to.
		p.now, p.bound, p.at = 0, "shop", deadEntry.Seconds()
		if l.Free > 0 && now.Sub(p.entered) >= deadEntry {
			p.now = 1
		}
		return
	}
	limit, slots := float64(l.Limit), cmp.Or(l.Bound, "concurrency")
	if p.meanN < known {
		// Nothing is measured yet: what can be taken at once may come in.
		p.now, p.bound, p.at = float64(l.Free), slots, limit
		return
	}
	aim := p.aim * min(limit, p.full.slots(p.mean))
	if l.Growing {
		// Only demand that fills the limit can tell whether it is too low, so for
		// once more people are let in than it could serve.
		aim *= growAim
	}
	n, bound, at := p.fit(aim), "places", aim
	if l.Fresh && float64(l.Free) > n {
		n, bound, at = float64(l.Free), slots, limit
	}
	// However little those inside will ask for, at one moment only so many can
	// start: the empty slots, but for one that is left to somebody inside. To fill each slot
	// that is empty for a moment with somebody new brought crowds to the till together, half a
	// minute later.
	spare := 1.0
	if limit < spareFrom || l.Starting && limit < spareSoon {
		spare = 0 // nearly nothing would be left; or only demand can tell what the shop can take
	}
	if most := float64(l.Free) - spare - float64(l.Queued); most < n {
		n, bound, at = most, slots, limit
	}
	reach, over, proven := ahead, overrate, limit
	switch {
	case l.Starting && limit < spareSoon:
		reach = aheadFirst
	case l.Starting:
		reach = aheadStart
		if l.Busy {
			over, proven = overStart, min(limit, max(float64(cmp.Or(l.Filled, l.Limit)), spareSoon))
		}
	}
	switch {
	case !p.visits.purchases():
		p.visits.debt = 0
	case p.mean > 0:
		if most := p.visits.room(dt, proven, p.mean, p.curve.visit(p.visits.presumed()/p.mean), reach, over); most < n {
			n, bound, at = most, "visits", p.visits.rate
		}
	}
	if longest := min(2*max(p.mean, 0.1), 3); wait > longest && l.Queued > 0 {
		n, bound, at = 0, "queue-wait", longest
	}
	p.now, p.bound, p.at = max(n, 0), bound, at
}

// fit is how many people more the account bears: what is left of the aim at the times
// when one of them will ask, divided by what one asks then. To ask that no moment at
// all be overloaded kept everybody out before each time that those who had come
// together would reach the till together, and left the shop empty after it.
func (p *Places) fit(aim float64) float64 {
	var left, each float64
	for i, h := range horizons[:len(horizons)-1] {
		one := p.curve.each(h)
		weight := one * (horizons[i+1] - h)
		left += weight * (aim - p.mean*p.curve.demand(h))
		each += weight * one
	}
	if each*p.mean == 0 {
		return math.Inf(1) // whoever costs nothing
	}
	return left / (each * p.mean)
}

// Now is how many people may be let in at this moment.
func (p *Places) Now() float64 { return p.now }

// Verdict says whether one more person may be let in, and what bound it: the
// limit of requests at the shop ("concurrency", "owner-ceiling"); "places", the
// requests at once that all who are inside may come to ask for; "visits", the people
// per second whose whole visits it can serve; "queue-wait", the
// seconds that people with a place may wait for a slot; "shop", the seconds
// between two who go and see whether a dead shop is back.
func (p *Places) Verdict() (bool, falochron.Verdict) {
	v := falochron.Verdict{Action: falochron.Pass, Reason: "place-free", Limit: p.bound, Bound: p.at}
	if p.now < 1 {
		v.Action, v.Reason = falochron.Wait, "no-place"
		if p.dead {
			v.Reason = "shop-dead"
		}
	}
	return v.Action == falochron.Pass, v
}

// PerSecond is the rate at which places come free: what was let in over the
// last seconds, or before anything was, limit divided by the whole cost of a
// person. It is what a waiting fan's estimate is made of.
func (p *Places) PerSecond(limit int) float64 {
	steady := 0.0
	if w := p.Whole(); w > 0 && p.meanN >= known {
		steady = p.aim * float64(limit) / w
	}
	if r, ok := p.recent.perSecond(); ok {
		return r
	}
	return steady
}

// Standby is how many people should be called and ready to claim, so that a
// place that comes free finds a taker at once although people look only every
// standbyPoll seconds: as many as come in during that time, or as many first
// requests as the slots could serve meanwhile that those inside will leave
// empty. They wait nowhere else than in line; whoever looks first gets the
// place, so the order of arrival is blurred by so many people and no more.
func (p *Places) Standby(limit int) float64 {
	rate := p.PerSecond(limit)
	mean := p.mean
	if p.meanN < known {
		mean = guess
	}
	if mean > 0 {
		ahead := float64(limit)
		if p.growing {
			ahead *= 2 // by the time they look
		}
		idle := ahead - min(mean*p.curve.demand(standbyPoll), ahead)
		rate = max(rate, idle/max(mean, 0.02))
	}
	return p.now + rate*standbyPoll
}

const (
	known = 5   // answers that make the mean known
	guess = 0.5 // seconds a request takes while nothing is known; a page of a small shop
)

// standbyPoll is the seconds between two looks of somebody at the front.
const standbyPoll = 2.5

// Whole is what one person costs from entering to leaving, in seconds at the
// shop.
func (p *Places) Whole() float64 { return p.mean * p.curve.whole() }

// Visit is what a whole visit costs the shop, in seconds of work and in mean requests; 0
// while nothing is known.
//
// It is for those who plan with it, and so leans on no guess of how long people stay, which
// in a wave's first minute would be the largest part of it. What visits have asked for in
// the second half of the time for which they were watched they will ask for once more: so
// it is never more than twice what was seen. As long as less was seen than what is usual, or
// where visits begin with a cart what a purchase costs, that is presumed, and fades out as
// visits are watched.
func (p *Places) Visit() (seconds, requests float64) {
	seen, age, later := p.curve.watched()
	if p.meanN < known || age == 0 || p.mean == 0 {
		return 0, 0
	}
	presumed := usualRequests
	if p.visits.purchases() {
		presumed = p.visits.presumed() / p.mean
	}
	requests = max(seen+later, seen+max(presumed-seen, 0)*math.Exp(-age/usualFade), 1)
	return p.mean * requests, requests
}

const (
	usualRequests = 5.0  // of a visit, before any was watched; chosen: a buyer's pages, an order counted as three
	usualFade     = 60.0 // seconds; chosen: nearly everybody has looked at a second page by then
)

// Aim is the multiple of the limit that is aimed at; for the eyes.
func (p *Places) Aim() float64 { return p.aim }

// Demand is the load those inside are expected to make in h seconds.
func (p *Places) Demand(h time.Duration) float64 { return p.mean * p.curve.demand(h.Seconds()) }
