package main

import "testing"

// Orders are the best of the sweep; the p95 is the lowest among the sizes that
// take as many, so that it is not chosen by an order more or less.
func TestBestIsNotPickedByNoise(t *testing.T) {
	for name, c := range map[string]struct {
		points      []sweepPoint
		orders, p95 float64
	}{
		"one stands out":                 {[]sweepPoint{{OrdersPerMin: 75, P95MS: 1600}, {OrdersPerMin: 88, P95MS: 4400}, {OrdersPerMin: 81, P95MS: 8300}}, 88, 4400},
		"a smaller one is as good":       {[]sweepPoint{{OrdersPerMin: 86.3, P95MS: 2200}, {OrdersPerMin: 88, P95MS: 4400}}, 88, 2200},
		"a smaller one is not as good":   {[]sweepPoint{{OrdersPerMin: 86.2, P95MS: 2200}, {OrdersPerMin: 88, P95MS: 4400}}, 88, 4400},
		"a slower one does not loosen":   {[]sweepPoint{{OrdersPerMin: 88, P95MS: 2200}, {OrdersPerMin: 87.9, P95MS: 4400}}, 88, 2200},
		"with and without the edge":      {[]sweepPoint{{OrdersPerMin: 88, P95MS: 2300}, {Edge: true, OrdersPerMin: 89, P95MS: 4400}}, 89, 2300},
		"nothing was told of this point": {[]sweepPoint{{OrdersPerMin: 88, P95MS: 2300}, {OrdersPerMin: 88}}, 88, 2300},
	} {
		var r idealResult
		r.choose(c.points)
		if best := r.best(); best.OrdersPerMin != c.orders || best.P95MS != c.p95 {
			t.Errorf("%s: %v orders a minute, p95 %v", name, best.OrdersPerMin, best.P95MS)
		}
	}
	// Nearly equal sweeps lead to the same promise, whichever size leads.
	var a, b idealResult
	a.choose([]sweepPoint{{OrdersPerMin: 83.7, P95MS: 2500}, {OrdersPerMin: 82.1, P95MS: 4500}})
	b.choose([]sweepPoint{{OrdersPerMin: 83.7, P95MS: 2500}, {OrdersPerMin: 83.8, P95MS: 4500}})
	if a.best().P95MS != b.best().P95MS {
		t.Errorf("%v and %v: an order more or less moves the promise", a.best().P95MS, b.best().P95MS)
	}
}
