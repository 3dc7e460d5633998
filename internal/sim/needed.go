package sim

import "time"

// Needed is how many replicas would have done, had they been there from the start: the
// fewest with which a line in which nobody loses patience gets no longer than
// [Scenario.Patience]. It is computed from the mean crowd, without chance: each ten
// seconds' newcomers ask for work over the visit that follows, and what the replicas do
// not get done is owed. The owner's most and least and the database bound it.
func (s Scenario) Needed() int {
	return s.needed(func(int, time.Duration) (bool, float64) { return true, s.withDefaults().Patience.Seconds() })
}

// NeededNoLine is the same for whoever is asked that nobody waits longer than a page takes:
// two seconds.
func (s Scenario) NeededNoLine() int {
	return s.needed(func(int, time.Duration) (bool, float64) { return true, noLine })
}

// NeededLate is the same for whoever can order only when the first wave's post goes out: the
// fewest with which those who come when the ordered ones are of use wait [Scenario.Patience]
// and a start at most, and those who come a start later no longer than that patience. What
// came meanwhile waits for as long as it has to.
func (s Scenario) NeededLate() int {
	d := s.withDefaults()
	from := time.Duration(0)
	if len(d.Crowd.Waves) > 0 {
		from = d.Crowd.Waves[0].At
	}
	useful := d.Replicas.Start + seconds(d.Replicas.Cold.Seconds()*(1-coldSpeed))
	return s.needed(func(n int, at time.Duration) (bool, float64) {
		start := useful
		if per := d.Replicas.PerNode; per > 0 && n > per*d.Replicas.Nodes {
			start += d.Replicas.Node
		}
		there := at - from - start
		return there >= 0, d.Patience.Seconds() + max(start-there, 0).Seconds()
	})
}

const noLine = 2.0 // seconds

// needed is the fewest replicas with which nobody who comes at a moment waits longer than
// allowed. With n of them ordered allowed says whether they are of use then, and how many
// seconds somebody may wait who comes then; before that the first ones are there.
func (s Scenario) needed(allowed func(n int, at time.Duration) (bool, float64)) int {
	s = s.withDefaults()
	sh, a := newShapes(), s.appetite()
	steps := int(s.Lasts.Seconds() / appetiteStep)
	come := make([]float64, steps)
	for i := range come {
		come[i] = sh.expected(&s.Crowd, float64(i)*appetiteStep, float64(i+1)*appetiteStep)
	}
	most := s.Replicas.Most
	if s.Shop.Connections > 0 {
		most = min(most, atLeast(float64(s.Shop.Connections)*(1+crowding)/s.Shop.Queries/s.each()))
	}
	n := s.Replicas.Least
	for n < most && !s.enough(n, come, &a, allowed) {
		n++
	}
	return n
}

// each is the worker seconds of an idle shop that a replica does in a second.
func (s *Scenario) each() float64 { return float64(s.Shop.Workers) / (1 + crowding) }

// enough says whether n replicas are: people go in as fast as the work that those inside will
// ask for allows.
func (s *Scenario) enough(n int, come []float64, a *appetite, allowed func(int, time.Duration) (bool, float64)) bool {
	line := 0.0
	work := make([]float64, len(come)+len(a.work))
	for i := range come {
		there, most := allowed(n, seconds(float64(i)*appetiteStep))
		done := s.each() * float64(n)
		if !there {
			done = s.each() * float64(min(s.Replicas.Have, n))
		}
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
		if there && line > 0.5 && line*a.whole/done > most {
			return false
		}
	}
	return true
}
