package admit

import (
	"slices"
	"time"
)

// best is what a shop yields with a well-behaved crowd of the best size and
// nothing before it.
type best struct {
	orders float64 // per minute
	work   float64 // base seconds per second
	p95    float64 // seconds
	visit  float64 // median seconds of a buyer's visit
	crowd  int
}

// findBest sweeps crowd sizes until the yield falls.
func findBest(make func(*world) shop) (b best) {
	for n := 6; n < 2000; n += max(n/3, 1) {
		got := closedLoop(make, n)
		if got.work > b.work {
			b = got
		}
		if got.work < 0.9*b.work {
			break
		}
		if got.p95 > 10 {
			break
		}
	}
	return b
}

// closedLoop keeps n visitors in the shop at all times.
func closedLoop(make func(*world) shop, n int) best {
	warm, measured := 60**thinking, 480**thinking
	w := newWorld(7)
	s := make(w)
	var lat, visits []float64
	orders := 0
	began := w.now
	k := 0
	var visit func()
	visit = func() {
		k++
		buyer := w.buys(k)
		steps, entered, mood := w.visit(buyer), w.now, w.temper()
		var next func(i int)
		var at time.Time // when the page asked for was pressed; it may take two requests
		next = func(i int) {
			if i == len(steps) {
				if buyer && w.now.Sub(began).Seconds() > warm {
					orders++
					visits = append(visits, w.now.Sub(entered).Seconds())
				}
				visit()
				return
			}
			w.after(steps[i].think, func() {
				if steps[i].think > 0 || i == 0 {
					at = w.now
				}
				w.patiently(mood.at(steps[i]), func(done func(bool)) func() {
					s.ask(steps[i].base, func(Outcome) { done(true) })
					return func() {}
				}, func(ok, left bool) {
					follows := i+1 < len(steps) && steps[i+1].think == 0
					if w.now.Sub(began).Seconds() > warm && (left || !follows) {
						lat = append(lat, w.now.Sub(at).Seconds())
					}
					if left {
						visit()
						return
					}
					next(i + 1)
				})
			})
		}
		next(0)
	}
	for range n {
		w.after(w.within(0, 30/compress**thinking), visit)
	}
	w.run(began.Add(seconds(warm)))
	before := s.worked()
	w.run(began.Add(seconds(warm + measured)))
	return best{
		orders: float64(orders) / measured * 60,
		work:   (s.worked() - before) / measured,
		p95:    quantile(lat, 0.95),
		visit:  quantile(visits, 0.5),
		crowd:  n,
	}
}

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}
