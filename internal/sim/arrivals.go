package sim

import "time"

// newcomers is how many people come within the tick that begins at from. It is asked for
// each tick once, in their order.
func newcomers(comes dice, sh *shapes, c *Crowd, from time.Duration) int {
	return comes.poisson(sh.expected(c, from.Seconds(), (from + tick).Seconds()))
}

// Arrivals are the moments at which people come, ascending, from the story's beginning:
// those that [Play] lets come, each tick's spread evenly over it. With them somebody else
// can send the same people to a real shop.
func (s Scenario) Arrivals() (at []time.Duration) {
	s = s.withDefaults()
	comes, sh := newDice(s.Seed, arrivalsStream), newShapes()
	for from := time.Duration(0); from+tick <= s.Lasts; from += tick {
		n := newcomers(comes, sh, &s.Crowd, from)
		for i := range n {
			at = append(at, from+tick*time.Duration(2*i+1)/time.Duration(2*n))
		}
	}
	return at
}
