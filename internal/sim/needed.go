package sim

// Needed is how many replicas would have done, had they been there from the start: the
// fewest with which a line in which nobody loses patience gets no longer than
// [Scenario.Patience]. It is computed from the mean crowd, without chance: each ten
// seconds' newcomers ask for work over the visit that follows, and what the replicas do
// not get done is owed. The owner's most and least and the database bound it.
func (s Scenario) Needed() int { return s.neededFor(&s.Crowd) }

func (s Scenario) neededFor(c *Crowd) int {
	s = s.withDefaults()
	sh, a := newShapes(), s.appetite()
	steps := int(s.Lasts.Seconds() / appetiteStep)
	come := make([]float64, steps)
	for i := range come {
		come[i] = sh.expected(c, float64(i)*appetiteStep, float64(i+1)*appetiteStep)
	}
	each := float64(s.Shop.Workers) / (1 + crowding) // worker seconds of an idle shop that a replica does in a second
	most := s.Replicas.Most
	if s.Shop.Connections > 0 {
		most = min(most, atLeast(float64(s.Shop.Connections)*(1+crowding)/s.Shop.Queries/each))
	}
	n := s.Replicas.Least
	for ; n < most; n++ {
		if s.longest(come, &a, each*float64(n)) <= s.Patience.Seconds() {
			break
		}
	}
	return n
}

// longest is how long the line gets, in seconds, where so much work is done in a second:
// people go in as fast as the work that those inside will ask for allows.
func (s *Scenario) longest(come []float64, a *appetite, done float64) float64 {
	line, worst := 0.0, 0.0
	work := make([]float64, len(come)+len(a.work))
	for i := range come {
		line += come[i]
		// So many go in that at no later moment more is asked than is done.
		in := line
		for k, one := range a.work {
			if one > 0 {
				in = min(in, max((done*appetiteStep-work[i+k])/one, 0))
			}
		}
		line -= in
		for k, one := range a.work {
			work[i+k] += in * one
		}
		if line > 0.5 {
			worst = max(worst, line*a.whole/done)
		}
	}
	return worst
}
