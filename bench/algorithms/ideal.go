package algorithms

import "time"

// Ideal is what a shop can do at its best: with a well-behaved crowd of the best
// size, a new fan coming when one has gone, and nothing before it.
type Ideal struct {
	Fans   int
	Orders float64 // a minute
	Work   float64 // base seconds a second
	P95    time.Duration
	Visit  time.Duration // of a buyer, median
}

const (
	idealWarm    = 60 * time.Second
	idealMeasure = 8 * time.Minute
)

// idealSizes are the crowds that are tried, in fans for each request that the shop can
// work on at once.
var idealSizes = [...]float64{5, 6, 7, 8, 9, 9.75, 10.5, 11.25, 12, 13}

// FindIdeal tries crowds of several sizes. The best of several is an optimistic
// estimate, which makes its share harder to reach.
func FindIdeal(seed uint64, sh Shop) (best Ideal) {
	bound := float64(sh.Workers)
	if sh.Database > 0 {
		bound = min(bound, float64(sh.Database)/databaseShare)
	}
	for _, size := range idealSizes {
		s := newStage(seed, sh, Setting{Bare: true}, Alone, idealWarm+idealMeasure)
		if i := s.closedLoop(seed, int(size*bound+0.5)); i.Orders > best.Orders {
			best = i
		}
	}
	return best
}

// closedLoop keeps n fans at a shop.
func (s *stage) closedLoop(seed uint64, n int) Ideal {
	const whole = idealWarm + idealMeasure
	var deck []uint8
	for j := range journeys {
		for range journeys[j].count {
			deck = append(deck, uint8(j))
		}
	}
	began := map[*fan]time.Duration{}
	var visits []time.Duration
	next := uint64(0)
	come := func() {
		next++
		// 7 has no divisor in common with 20: each journey has its share in any stretch.
		f := &fan{id: next, seed: mix(mix(seed) + next), journey: deck[next*7%uint64(len(deck))]}
		began[f] = s.now
		s.visit.begin(f, 0, 0)
	}
	s.visit.after = func(f *fan) {
		if f.ordered && s.now >= idealWarm {
			visits = append(visits, s.now-began[f])
		}
		delete(began, f)
		come()
	}
	for i := range n {
		s.world.after(between(0, thinkPage, chance(seed, chanceBegin, uint64(i))), come)
	}
	s.run(idealWarm)
	before := s.shop.worked
	s.run(whole)
	r := Result{Orders: s.tally.orders, Pages: s.tally.pages}
	return Ideal{
		Fans:   n,
		Orders: float64(r.Between(idealWarm, whole)) / idealMeasure.Minutes(),
		Work:   (s.shop.worked - before) / idealMeasure.Seconds(),
		P95:    r.P95(idealWarm, whole),
		Visit:  quantile(visits, 0.5),
	}
}
