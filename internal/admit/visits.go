package admit

import (
	"math"
	"time"

	"github.com/falochron/falochron"
)

// visits bounds how many people come in per second where a visit begins with what is
// cheap: where pages are kept people reach the shop with their first "add to cart", and
// what is dear, the till, comes half a minute later. By what they ask for now twice as
// many come in as can be served then, and they meet at the till.
//
// So as long as their visits have not been seen to the end, each counts as what a purchase
// costs, in proportion to its first request; and so many come in as the shop can serve whole
// visits of, some seconds' worth of them ahead. What has been let in beyond that is the debt,
// paid off at that rate. Where most visits begin with a page nothing is presumed and nothing
// bounded: some of those people only look, and they ask for the next page within seconds.
type visits struct {
	full  fullMeter // requests a second, of the shop while it is full for longer than a request takes
	debt  float64   // people let in and not yet paid off
	rate  float64   // people per second, as last reckoned
	first float64   // first requests, forgotten as they come
	carts float64   // of these, those for a cart or the till
	begun float64   // their seconds
}

const (
	opening    = 2 * time.Second // of a visit, in which its first page is asked for; chosen, people read for longer
	openMemory = 100.0           // first requests; chosen
	purchase   = 7.5             // times its first request a visit costs that begins with a cart: the cart page, the till, the order, thanks and the notice of payment; 7.3 in the story late8
	openFade   = 120.0           // seconds seen of visits over which that fades out: nearly all have ordered by then, or left; chosen
	overrate   = 1.1             // times what is reckoned, as people leave without a word; tuned in the survey
	overStart  = 1.0             // the same, while the limit is raised for the first time and the shop is busy already, of the limit below the one that is tried: what is reckoned by that is too much, as nobody has been seen to the end; tuned in the survey
	aheadFirst = 12.0            // seconds' worth of visits ahead while the limit is raised for the first time, below spareSoon: only demand can tell; tuned in the survey
	aheadStart = 6.0             // the same, from spareSoon on; tuned in the survey
	ahead      = 5.0             // afterwards; tuned in the survey
)

// enter counts one person let in.
func (v *visits) enter() { v.debt++ }

// answer takes one answered request of sec seconds, asked at an age of the visit.
func (v *visits) answer(age time.Duration, class falochron.Class, sec, limit float64) {
	v.full.answer(limit)
	if age >= opening {
		return
	}
	const fade = 1 - 1/openMemory
	switch class {
	case falochron.ClassCart, falochron.ClassCheckout:
		v.first, v.carts, v.begun = v.first*fade+1, v.carts*fade+1, v.begun*fade+sec
	case falochron.ClassPage:
		v.first, v.carts, v.begun = v.first*fade+1, v.carts*fade, v.begun*fade
	}
}

// purchases reports that most visits begin with a cart.
func (v *visits) purchases() bool { return 2*v.carts > v.first }

// presumed is what a purchase costs by its first request, in seconds.
func (v *visits) presumed() float64 { return purchase * v.begun / v.carts }

// room is how many people may come in now, with mean the seconds of a request and cost the
// requests of a visit; dt seconds have passed, and over times what is reckoned is let in.
func (v *visits) room(dt, limit, mean, cost, ahead, over float64) float64 {
	v.rate = over * min(limit/mean, v.full.perSecond(limit)) / cost
	v.debt = max(v.debt-v.rate*dt, 0)
	return max(ahead*v.rate, 1) - v.debt // or nobody would come into a shop that takes long for a visit
}

// visit is what a whole visit costs in mean requests: what has been seen, and of what is
// presumed and has not been seen the less, the longer visits have been watched.
func (c *curve) visit(presumed float64) float64 {
	seen, age, _ := c.watched()
	return max(seen+max(presumed-seen, 0)*math.Exp(-age/openFade), 1)
}
