package scale

import "time"

// doubt is that more replicas may not help, before it can be measured: for a while those that
// are there have served far less, with all slots taken, than fewer did for each of them. To
// measure it takes a number that stands for a minute (see ceiling), and in a wave's first
// minutes each look asks for more. While it is doubted no more are ordered, and nobody is
// promised those that start. It ends with what they serve, or with a ceiling.
type doubt struct {
	since time.Time // zero: there is none
}

const (
	doubtShare = 0.6        // of what fewer served, each; tuned in the simulation
	doubtAfter = servedOver // chosen: what is served is a mean over as long
)

// see takes what n replicas, as warm ones, serve, and the most efficient level of fewer; nil:
// there is none.
func (t *doubt) see(now time.Time, n, served float64, best *level) {
	switch {
	case best == nil || served >= doubtShare*n*best.served/float64(best.n):
		t.since = time.Time{}
	case t.since.IsZero():
		t.since = now
	}
}

func (t *doubt) stands(now time.Time) bool {
	return !t.since.IsZero() && now.Sub(t.since) >= doubtAfter
}
