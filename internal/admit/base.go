package admit

import (
	"time"

	"github.com/falochron/falochron"
)

// kinds of requests are their classes and, apart from other requests of the till, what
// is sent there: an order costs twice what the till's page does, and comes half a minute
// later. In one mean, a shop that has begun to sell would seem to have become slow.
const (
	kindOrder = int(falochron.NumClasses)
	numKinds  = kindOrder + 1
)

func (r running) kind() int {
	switch {
	case r.lane == LaneOrder:
		return kindOrder
	case r.class >= falochron.NumClasses:
		return int(falochron.ClassPage)
	}
	return int(r.class)
}

// costTable is what one request of each kind costs in proportion to the
// others, so that a mixed stream of completions is comparable with itself. Only
// proportions are learnt: each latency is divided by how much slower everything
// is at the moment, or a loaded shop would seem to do more work than an idle
// one.
type costTable struct {
	mean  [numKinds]float64 // seconds, on the scale of the first completions
	n     [numKinds]float64
	slow  float64 // present latency as a multiple of the means
	total float64 // completions seen, up to slowMemory
	heavy bool    // something else than static files was answered
}

const (
	costMemory = 400 // completions of a class after which the mean forgets
	costFirst  = 8   // completions averaged evenly
	costSure   = 3   // of these, at least; the noise of so many is 20 %
	costAfter  = 150 // completions that each later one is weighed against, well above slowMemory
	slowMemory = 30  // completions over which the present slowness is averaged
)

// add takes one latency in seconds and returns the kind's cost, never zero. Of
// one that met others at the shop (loaded) a kind of which some are known learns
// little: when a wave begins, how slow everything is becomes known only after
// some answers, and until then the waiting would be taken for cost.
func (t *costTable) add(c int, sec float64, loaded bool) float64 {
	sec = max(sec, 1e-6)
	if t.slow == 0 {
		t.slow = 1
	}
	t.heavy = t.heavy || c != int(falochron.ClassStatic)
	if t.mean[c] > 0 && !t.light(c) {
		t.total = min(t.total+1, slowMemory)
		// One outlier of a kind barely known must not tell how slow everything is.
		t.slow += (min(sec/t.mean[c], 10*t.slow) - t.slow) / max(t.total, 4)
	}
	t.n[c] = min(t.n[c]+1, costMemory)
	rate := t.n[c]
	if rate > costFirst || loaded && rate > costSure {
		rate = max(rate, costAfter) // or the present slowness, known later, would become part of the mean
	}
	t.mean[c] += (sec/t.slow - t.mean[c]) / rate
	return t.mean[c]
}

// light reports that a kind says nothing of how slow the shop is: a static file takes
// a thousandth of a page, and what it took is mostly chance, or waiting for pages.
func (t *costTable) light(c int) bool { return t.heavy && c == int(falochron.ClassStatic) }

// baseline is the unloaded latency, as a ratio to the kind's cost. It is learnt
// whenever at most two requests are in flight, and by a short probe that lets
// the shop run down to two in flight when it is needed and too old, so that
// neither a long overload nor a shop that became slower leaves a wrong one.
type baseline struct {
	mean   float64
	n      float64
	at     time.Time     // last learnt
	since  time.Time     // begin of the last probe
	probed int           // completions of the probe under way
	before float64       // mean before the probe
	rest   time.Duration // before the next probe for doubt
	wrong  bool          // disproved, and only bounded from above since
}

const (
	probeNeed  = 6                // answers that end a probe; its noise is then 14 %
	probeMost  = 2 * time.Second  // or so long; people wait meanwhile
	probeRest  = time.Minute      // between two probes for doubt at the least; doubled each time nothing new was learnt
	probeSoon  = 10 * time.Second // after the last time it was learnt, if it was disproved
	baseMemory = 12               // answers that the mean is averaged over
	baseKnown  = 4                // answers that make it known; its noise is then 18 %
	baseLife   = 10 * time.Minute // after which it is too old; chosen
)

func (b *baseline) add(now time.Time, ratio float64) {
	b.n = min(b.n+1, baseMemory)
	b.mean += (ratio - b.mean) / b.n
	b.at = now
}

// atMost takes the mean ratio of a loaded window: the unloaded latency cannot be
// more. So a start in the middle of an overload leaves no wrong baseline.
func (b *baseline) atMost(ratio float64) {
	if b.n == 0 || ratio >= b.mean {
		return
	}
	if ratio < 0.8*b.mean { // more than a window's noise
		b.n, b.wrong = 1, true
	}
	b.mean = ratio
}

func (b *baseline) begin(now time.Time) {
	b.since, b.probed, b.n, b.before = now, 0, min(b.n, 1), b.mean
}

func (b *baseline) finished(now time.Time) bool {
	if b.probed < probeNeed && now.Sub(b.since) <= probeMost {
		return false
	}
	b.n, b.wrong = max(b.n, baseKnown), false
	if b.mean < 1.25*b.before {
		b.rest = min(2*max(b.rest, probeRest), baseLife)
	} else {
		b.rest = probeRest
	}
	return true
}

// due reports that it is time for a probe, of a shop in which requests take slow times as
// long as unloaded: the baseline is old and something depends on it, or it is disproved,
// or doubted (latency says too many in flight, throughput says not: one of them is wrong, and
// the unloaded latency is the one that can be learnt again). An old one that is too high
// is lowered by atMost, and one that is too low shows as latencyCap: between them there is
// nothing to learn for which people should wait.
func (b *baseline) due(now time.Time, slow float64) bool {
	if b.n == 0 {
		return false
	}
	last := b.at
	if b.since.After(last) {
		last = b.since
	}
	age := now.Sub(last)
	return slow >= latencyCap && age > baseLife || b.wrong && age > probeSoon || slow > doubtCap && age > max(b.rest, probeRest)
}

func (b *baseline) known() bool { return b.n >= baseKnown }

// ratio is the unloaded latency in costs of kinds; 1 while it is not known.
func (b *baseline) ratio() float64 {
	if b.n == 0 || b.mean <= 0 {
		return 1
	}
	return b.mean
}

// latency is the unloaded latency of the present mix of kinds; 0 = not known.
func (b *baseline) latency(t *costTable) time.Duration {
	if b.n == 0 {
		return 0
	}
	var sum, n float64
	for c := range t.mean {
		if c == int(falochron.ClassStatic) {
			continue
		}
		sum += t.mean[c] * t.n[c]
		n += t.n[c]
	}
	if n == 0 {
		return 0
	}
	return time.Duration(sum / n * b.mean * float64(time.Second))
}
