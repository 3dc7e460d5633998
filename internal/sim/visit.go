package sim

import (
	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
)

// step is one request of a visit.
type step struct {
	class falochron.Class
	lane  admit.Lane
	base  float64 // seconds in an idle shop whose page takes 0.4 s
	think float64 // mean seconds before it
}

// pays says that it is the order itself.
func (s *step) pays() bool { return s.lane == admit.LaneOrder }

// Visits are as the load generator's fans make them: who only looks sees one to four
// pages, buyers go to the end, some by way of two pages more. People think half a minute
// over a page, and nearly two minutes over an order.
var (
	enter = step{falochron.ClassPage, admit.LaneNew, 0.35, 0}
	page  = step{falochron.ClassPage, admit.LaneInside, 0.40, 31}
	till  = []step{
		{falochron.ClassCart, admit.LaneCart, 0.30, 31},
		{falochron.ClassCart, admit.LaneCart, 0.35, 0},
		{falochron.ClassCheckout, admit.LaneCheckout, 0.45, 31},
		{falochron.ClassCheckout, admit.LaneOrder, 0.90, 100},
		{falochron.ClassCheckout, admit.LaneCheckout, 0.20, 0},
	}
	visits = [...][]step{
		{enter},
		{enter, page},
		{enter, page, page},
		{enter, page, page, page},
		append([]step{enter}, till...),
		append([]step{enter, page, page}, till...),
		// Pages are kept before the shop: its first request is "add to cart".
		{
			{falochron.ClassCart, admit.LaneNew, 0.30, 0},
			till[1], till[2], till[3], till[4],
		},
	}
)

const (
	buysAtOnce  = 4
	buysLater   = 5
	buysKept    = 6
	basePage    = 0.4 // seconds: what the bases above are of
	longestStep = 8
)

// lookers are how often each of the first visits is made by those who only look.
var lookers = [...]uint8{0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3}

// chooseVisit draws a visit.
func (d dice) chooseVisit(buyers float64, kept bool) (plan uint8, buys bool) {
	if kept {
		return buysKept, true
	}
	if d.Float64() >= buyers {
		return lookers[d.IntN(len(lookers))], false
	}
	if d.IntN(3) == 0 {
		return buysLater, true
	}
	return buysAtOnce, true
}

// appetite is what one visitor asks of the shop on average: worker seconds in an idle shop
// in each ten seconds of the visit, requests, and how long the visit is.
type appetite struct {
	work     []float64 // by ten seconds since the person came in
	whole    float64   // worker seconds
	requests float64
	lasts    float64 // seconds
}

const appetiteStep = 10.0

func (s *Scenario) appetite() appetite {
	const people = 4000
	d, a := newDice(1, 7), appetite{work: make([]float64, 60)}
	scale := s.Shop.Page.Seconds() / basePage
	for range people {
		plan, _ := d.chooseVisit(s.Crowd.Buyers, s.Shop.Kept)
		t := 0.0
		for _, st := range visits[plan] {
			if st.think > 0 {
				t += d.think(st.think) / s.Crowd.Compression
			}
			w := st.base * scale / people
			a.work[min(int(t/appetiteStep), len(a.work)-1)] += w
			a.whole += w
			a.requests += 1.0 / people
			t += st.base * scale
		}
		a.lasts += t / people
	}
	return a
}

// What people bear, as the load generator's fans: measured on real visitors, 44 % reload a
// page slower than 3 s, a third leave after 5 s; nobody presses "pay" twice.
const (
	reloadAfter = 3.0
	reloadShare = 0.44
	leaveAfter  = 5.0
	leaveShare  = 1.0 / 3
	giveUp      = 65.0
	maxReloads  = 5
	maxRetries  = 4
	retryMin    = 2.0
	retryMax    = 5.0
	brokenAfter = 10.0 // a page slower than this counts as none
	lineMedian  = 600.0
	lineSigma   = 1.0
	scaredBy    = 3 // a told wait of so many times one's patience ...
	scaredShare = 0.5
)
