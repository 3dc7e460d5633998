package nowcast

import (
	"math/rand/v2"
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// Cost is what one nowcast takes, in nanoseconds, after 10 s, 2 and 50 minutes of a
// shop's wave.
func Cost() (ns []float64) {
	f := forecast.BuiltIn()
	maker := forecast.NewNowcaster(f)
	a, base := OfShops.make(rand.New(rand.NewPCG(1, 0)), f)
	for _, seconds := range []int{10, 120, 3000} {
		s := see(a, FirstSeen, seconds)
		s.base = base
		o := s.observed()
		times := make([]float64, 300)
		for i := range times {
			began := time.Now()
			maker.Nowcast(o)
			times[i] = float64(time.Since(began))
		}
		ns = append(ns, median(times)) // the machine may be taken away in the middle of some
	}
	return ns
}
