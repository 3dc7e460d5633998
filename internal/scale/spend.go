package scale

import "time"

// spend keeps what the replicas beyond the minimum have cost in this campaign. What is
// there is paid for before anything is promised: a replica that has to go costs until its
// visitors have left.
type spend struct {
	campaign string
	money    float64
	beyond   float64   // replicas beyond the minimum since the last look
	quiet    time.Time // since when there was none; zero: there is
	wound    bool      // the budget has bound: from now on only fewer
}

const (
	spendGap   = time.Minute // between two looks, at most; what is longer may cost more than the budget. As long as an order lasts at least
	spendMost  = time.Hour   // that one gap is charged for: what is longer is a clock that was set, and orders expire sooner; chosen
	spendQuiet = time.Hour   // without a replica beyond the minimum, then a campaign without a name is over; chosen
)

// charge books dt with the replicas of the last look, and takes those of this one.
func (s *spend) charge(now time.Time, dt time.Duration, name string, beyond float64, cost float64) {
	s.money += max(s.beyond, beyond) * cost * min(dt, spendMost).Hours()
	s.beyond = beyond
	switch {
	case beyond > 0:
		s.quiet = time.Time{}
	case s.quiet.IsZero():
		s.quiet = now
	}
	if name != s.campaign || name == "" && !s.quiet.IsZero() && now.Sub(s.quiet) >= spendQuiet {
		s.campaign, s.money, s.wound = name, 0, false
	}
}

// allowed is how many beyond the minimum the budget still pays for, where wanted are now
// and draining have to go already.
//
//  1. Whatever is there until the next look has to be paid from then on until it is gone:
//     so it never costs more than is left.
//  2. Before it comes to that, they go little by little: so many stay as what is left
//     pays for as long as a visit, and twice as long as going takes. Their number then
//     falls by half in about as long, as those inside do when nobody new comes in.
func (s *spend) allowed(budget, cost float64, wanted, draining int, drain, visit time.Duration) int {
	left := max(budget-s.money, 0)
	n := int(left/(cost*(drain+spendGap).Hours())*(1-1e-9)) - draining
	n = max(min(n, int(left/(cost*(visit+2*drain+spendGap).Hours()))), 0)
	if s.wound {
		n = min(n, wanted)
	}
	if n < wanted {
		s.wound = true
	}
	return n
}
