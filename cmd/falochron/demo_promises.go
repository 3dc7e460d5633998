package main

import "fmt"

// What the demo promises. These are constants: a demo whose thresholds can be
// set proves nothing.
const (
	promiseRatio       = 0.95 // of what the shop can do at its best, up to promiseRatioUpTo times too many buyers
	promiseRatioFar    = 0.90 // beyond
	promiseRatioUpTo   = 20.0
	promiseProtectSecs = 2
	promiseBroken      = 0.01 // of the admitted
	promiseFairness    = 0.99
	promiseEdgeP99MS   = 250.0
	promiseShopP95     = 2.0  // times the p95 at ideal
	promiseSpared      = 0.95 // where pages are alike for all, from promiseSparedFrom times too many buyers on
	promiseSparedFrom  = 5.0  // chosen: a smaller crowd asks for many a page hardly twice while it is fresh
	promisePerPeriod   = 1    // requests to the shop for one thing while an answer is fresh

	// Beyond these the measurement says nothing about the shop or the edge.
	voidLatenessMS = 50.0
	voidBusy       = 0.85
)

// promise is one promise and whether it holds.
type promise struct {
	what, got, want string
	holds           bool
}

// judge holds a result against the promises.
func judge(r *demoResult) []promise {
	p := r.Protected
	ratio := promiseRatio
	if r.Overload > promiseRatioUpTo {
		ratio = promiseRatioFar
	}
	none := func(what string, n int) promise { return promise{what, fmt.Sprint(n), "0", n == 0} }
	atMost := func(what, format string, got, most float64) promise {
		return promise{what, fmt.Sprintf(format, got), "at most " + fmt.Sprintf(format, most), got <= most}
	}
	atLeast := func(what, format string, got, least float64) promise {
		return promise{what, fmt.Sprintf(format, got), "at least " + fmt.Sprintf(format, least), got >= least}
	}
	return []promise{
		atLeast("orders taken, share of what the shop can take", "%.3f", p.GoodputRatio, ratio),
		atMost("seconds until protected", "%.0f", float64(p.SecondsToProtect), promiseProtectSecs),
		atMost("let in, then let down", "%.4f", p.BrokenAdmittedShare, promiseBroken),
		none("failed checkouts", p.CheckoutFailed),
		none("oversold", p.Oversold),
		none("payments the shop never heard of", p.LostCallbacks),
		none("charged after leaving", p.ChargedAfterLeaving),
		none("saw somebody else's page", p.MixedVisitors),
		atLeast("first come, first served (rank correlation)", "%.4f", p.FairnessRankCorrelation, promiseFairness),
		atMost("Falochron's own answers, 99 of 100 within (ms)", "%.0f", float64(p.EdgeAnswerP99MS), promiseEdgeP99MS),
		atMost("pages from the shop, 19 of 20 within (ms)", "%.0f", p.ShopPageP95MS, promiseShopP95*p.ShopPageP95AtIdealMS),
		spared(r, atLeast("of what is alike for all, the shop was spared", "%.4f", p.SavedShare, promiseSpared)),
		atMost("asked for one such thing while it was fresh", "%.0f", float64(p.WorstPerPeriod), promisePerPeriod),
	}
}

// spared excuses the promise where it is not given: at a shop none of whose pages are
// alike for all, only its files are left, of which few are asked for while people
// stand in line. Where it is given, nothing asked for is nothing spared.
func spared(r *demoResult, p promise) promise {
	if len(r.Details.AlikePages) == 0 || r.Overload < promiseSparedFrom {
		p.holds, p.want = true, "not promised here"
	}
	return p
}
