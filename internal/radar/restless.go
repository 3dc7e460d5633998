package radar

import (
	"math"
	"time"
)

// restless is how high the surprise rises while nothing happens. If the beliefs about
// chance were right, one excursion in e would go a nat beyond those before it; robots,
// browsers that fetch a page's parts as if they were people, and families make it more.
// What is needed for an alarm is scaled by what was seen, and is more than any excursion
// of the last weeks, so that a shop where odd things happen every hour is not woken by
// them.
type restless struct {
	count, excess float64 // excursions, and by how many nats they went beyond, in sum; fading
	record        float64 // nats beyond, of the farthest; fading
	peak          float64 // of the excursion that goes on; 0: none does
	still         int     // ticks since it was last that high
}

// Figures of restlessness.
const (
	excursionNats   = 8.0  // from where on a surprise is an excursion
	excursionEnds   = 5    // seconds below it
	excursionMemory = 1000 // excursions
	usualExcess     = 1.0  // nats believed at first,
	usualExcessAs   = 20.0 // as if seen on so many excursions
	mostExcess      = 3.0
	recordSeconds   = 30 * 86400.0 // memory of the record
	mostRecord      = 24.0         // nats beyond that one excursion teaches
)

// mean is by how many nats excursions go beyond.
func (r *restless) mean() float64 {
	m := (r.excess + usualExcess*usualExcessAs) / (r.count + usualExcessAs)
	return min(max(m, usualExcess), mostExcess)
}

// alarm is the surprise that is as rare here as level is where all is chance, and that
// calm has not reached yet.
func (r *restless) alarm(level float64) float64 {
	return excursionNats + max((level-excursionNats)*r.mean(), r.record)
}

// hear takes the surprise of a tick in calm.
func (r *restless) hear(nats float64, tick time.Duration) {
	r.record *= 1 - tick.Seconds()/recordSeconds
	switch {
	case nats >= excursionNats:
		r.peak, r.still = max(r.peak, nats), 0
	case r.peak > 0:
		if r.still++; r.still >= max(int(excursionEnds*time.Second/tick), 1) {
			r.end()
		}
	}
}

// end closes the excursion that goes on.
func (r *restless) end() {
	if r.peak > 0 {
		beyond := math.Min(max(r.peak-excursionNats, 0), mostRecord) // a peak that was restored may be lower
		keep := 1 - 1.0/excursionMemory
		r.count, r.excess, r.record = r.count*keep+1, r.excess*keep+beyond, math.Max(r.record, beyond)
	}
	r.peak, r.still = 0, 0
}
