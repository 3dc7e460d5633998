package admit

import (
	"math"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// TestPurchases: where a visit begins with a cart and its dear part comes half a minute
// later, people come in no faster than they can be served at the till. In the survey (24
// waves) nobody was charged after leaving; with the bound taken out, in nearly each wave
// about ten.
func TestPurchases(t *testing.T) {
	const waves = 3
	bestLate := best{orders: 170.8, visit: 30}
	run := func(at map[float64]func(*wave)) (orders, p95 float64, charged int) {
		var took []float64
		for seed := range uint64(waves) {
			w := play(story{seed: seed, shop: late(php(8)), fans: flat(fanRate(bestLate, 20)), length: 150, at: at})
			orders += w.ordersPerMin(bestLate.visit, 150) / bestLate.orders / waves
			for _, a := range w.answers {
				took = append(took, a...)
			}
			charged += w.charged
		}
		return orders, quantile(took, 0.95), charged
	}
	orders, p95, charged := run(nil)
	t.Logf("orders %.3f of the best, p95 %.1f s, %d charged after leaving", orders, p95, charged)
	if orders < 0.9 || p95 > 5 || charged > 1 {
		t.Errorf("orders %.2f of the best (≥ 0.9), p95 %.1f s (≤ 5), %d charged after leaving (≤ 1)", orders, p95, charged)
	}
	_, p95, charged = run(everySecond(0, 150, func(w *wave) { w.places.visits = visits{} }))
	if p95 < 5 || charged < 5 {
		t.Errorf("without the bound p95 is %.1f s and %d are charged: this proves nothing", p95, charged)
	}
}

// A shop where a whole visit takes longer than the seconds that are let in ahead still
// gets one buyer after the other.
func TestVisitsLetSomebodyIn(t *testing.T) {
	var v visits
	for range 20 {
		v.answer(time.Second, falochron.ClassCart, 3, 1)
	}
	if !v.purchases() || math.Abs(v.presumed()-3*purchase) > 1e-9 {
		t.Fatalf("a visit that begins with a cart of 3 s is taken for %v s (%v), is a purchase: %v", v.presumed(), 3*purchase, v.purchases())
	}
	if n := v.room(0.1, 1, 3, purchase, ahead, overrate); n != 1 {
		t.Errorf("%v may come into an empty shop, not 1", n)
	}
	v.enter()
	if n := v.room(0.1, 1, 3, purchase, ahead, overrate); n >= 1 {
		t.Errorf("%v more may come in at once", n)
	}
	if n := v.room(1/v.rate, 1, 3, purchase, ahead, overrate); n != 1 {
		t.Errorf("%v may come in when the one before is paid off", n)
	}
	for range 40 {
		v.answer(time.Second, falochron.ClassPage, 0.3, 1)
	}
	if v.purchases() {
		t.Error("most visits begin with a page, and purchases are presumed")
	}
}
