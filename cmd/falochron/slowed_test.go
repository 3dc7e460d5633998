package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// slowed is what a crowd of one size lives through at the toy shop that is three times
// slower from the start, without an edge.
type slowed struct {
	fans                      int
	ordersPerMin              float64
	p95                       time.Duration
	letDown, admitted         int
	failed, checkouts, charge int // charge: after the buyer had left
}

func slowedShop(t *testing.T, fans int) (s slowed) {
	synctest.Test(t, func(t *testing.T) {
		rep, stats := atToyshop(t, toyshop.Config{Workers: 8, Pace: 3}, func(plan crowd.Plan, target crowd.Target) (*crowd.Report, error) {
			return crowd.Steady{Plan: plan, Target: target, Size: fans, Warmup: time.Minute, Measure: 9 * time.Minute, Grace: time.Minute}.Run(t.Context())
		})
		all := rep.LetIn(0, time.Hour)
		s = slowed{fans, rep.OrdersPerMinute(rep.From, rep.To), rep.Pages.P95, all.Broken, all.Admitted,
			all.CheckoutFailed, all.Checkouts, rep.CompareCharges(chargesOf(stats)).AfterLeaving}
	})
	return s
}

// What a shop three times slower bears by itself, without a wave: three people a
// worker. When the demo's shop becomes so slow in mid-wave, eleven a worker are inside.
// docs/benchmarks.md has the figures; -v prints them.
func TestASlowedShopBearsThreePeopleAWorker(t *testing.T) {
	for _, fans := range []int{16, 24, 32, 40, 60, 90} {
		s := slowedShop(t, fans)
		t.Logf("%d people: %.1f orders/min, pages p95 %v, %d of %d let down, %d of %d checkouts failed, %d charged after leaving",
			s.fans, s.ordersPerMin, s.p95.Round(100*time.Millisecond), s.letDown, s.admitted, s.failed, s.checkouts, s.charge)
		switch share := float64(s.letDown) / float64(s.admitted); {
		case fans <= 24 && share > 0.02:
			t.Errorf("%d people: %.1f %% are let down", fans, 100*share)
		case fans >= 40 && share < 0.2:
			t.Errorf("%d people: only %.1f %% are let down; docs/benchmarks.md says why the demo does not promise more", fans, 100*share)
		}
	}
}
