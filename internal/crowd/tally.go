package crowd

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Second is one second of a run, as the crowd saw it.
type Second struct {
	Arrived int           // fans
	Offered int           // page requests meant for the shop, new ones and reloads
	Orders  int           // accepted
	Errors  int           // page loads that ended in an error
	Refused int           // of these: connection refused or reset, 502, 503 without a line
	Waiting int           // waiting pages and statuses
	Pages   int           // pages served by the shop whose loading began in this second
	P95     time.Duration // of these and, if they are fewer than 20, of the seconds before; abandoned ones included with their age
	P95Each time.Duration // of these alone, however few
	InLine  int           // people in line at its end
	Inside  int           // people admitted and not gone at its end
}

// tally counts while a run goes on. One mutex is enough: a few thousand short
// critical sections a second.
type tally struct {
	start time.Time

	inLine, inside, admitted atomic.Int64

	mu      sync.Mutex // guards what follows
	seconds []secondTally
	late    *hdrhistogram.Histogram // µs
	pages   *hdrhistogram.Histogram // µs, pages from the shop to the admitted
	edge    *hdrhistogram.Histogram // µs, what the edge answered itself
	all     *hdrhistogram.Histogram // µs, every page load
	waited  *hdrhistogram.Histogram // µs, of these those that a person has waited for: no waiting pages, no instant errors
	count   counts
	tags    map[string]int32 // visitor tag → first fan that saw it
}

// counts are the totals that nothing else keeps.
type counts struct {
	requests, loads, errors, reloads, given, polls, pollErrors, assets, assetErrors, bytes int
	alikeFiles, alikePages                                                                 int
	statuses                                                                               map[int]int
}

type secondTally struct {
	Second
	took []uint32 // ms
}

// hist holds 1 µs to 2 minutes to three digits: half a megabyte.
func hist() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, (2 * time.Minute).Microseconds(), 3)
}

func newTally(start time.Time) *tally {
	return &tally{start: start, late: hist(), pages: hist(), edge: hist(), all: hist(), waited: hist(),
		count: counts{statuses: map[int]int{}}, tags: map[string]int32{}}
}

// at returns the second of a moment. mu is held.
func (t *tally) at(when time.Time) *secondTally {
	i := max(0, int(when.Sub(t.start)/time.Second))
	for len(t.seconds) <= i {
		t.seconds = append(t.seconds, secondTally{})
	}
	return &t.seconds[i]
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	h.RecordValue(min(max(d.Microseconds(), 1), h.HighestTrackableValue())) // in range: no error
}

// acted notes how late an intended action started.
func (t *tally) acted(intended, now time.Time) {
	t.mu.Lock()
	record(t.late, now.Sub(intended))
	t.mu.Unlock()
}

// in runs f on the second of a moment under the lock.
func (t *tally) in(when time.Time, f func(*secondTally, *counts)) {
	t.mu.Lock()
	f(t.at(when), &t.count)
	t.mu.Unlock()
}

// answered notes one answer's status and who gave it.
func (t *tally) answered(a *answer, took time.Duration, own bool) {
	t.mu.Lock()
	t.count.requests++
	t.count.statuses[a.status]++
	t.count.bytes += len(a.body)
	if own {
		record(t.edge, took)
	}
	t.mu.Unlock()
}

// claim notes that fan i saw tag, and says whether it is the first who did.
func (t *tally) claim(tag string, i int32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	owner, taken := t.tags[tag]
	if !taken {
		t.tags[tag] = i
	}
	return !taken || owner == i
}

// sample notes the levels at the end of a second.
func (t *tally) sample(now time.Time) {
	t.in(now.Add(-time.Second/2), func(s *secondTally, _ *counts) {
		s.InLine, s.Inside = int(t.inLine.Load()), int(t.inside.Load())
	})
}

// series returns the seconds with their quantiles.
func (t *tally) series() []Second {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Second, len(t.seconds))
	for i := range t.seconds {
		out[i] = t.seconds[i].Second
		out[i].Pages = len(t.seconds[i].took)
		out[i].P95 = time.Duration(nearestRank(t.upTo(i), 0.95)) * time.Millisecond
		out[i].P95Each = time.Duration(nearestRank(slices.Clone(t.seconds[i].took), 0.95)) * time.Millisecond
	}
	return out
}

// p95Needs is how many pages a p95 is told from: of fewer than twenty the
// nearest rank is simply the slowest page.
const p95Needs = 20

// upTo returns how long the pages of a second took, with those of as many
// seconds before as are needed to make p95Needs.
func (t *tally) upTo(i int) []uint32 {
	var took []uint32
	for ; i >= 0 && len(took) < p95Needs; i-- {
		took = append(took, t.seconds[i].took...)
	}
	return took
}

// nearestRank returns the q-quantile by the nearest-rank rule; 0 of nothing.
// It sorts xs.
func nearestRank(xs []uint32, q float64) uint32 {
	if len(xs) == 0 {
		return 0
	}
	sort.Slice(xs, func(i, j int) bool { return xs[i] < xs[j] })
	i := int(q*float64(len(xs))+0.9999999) - 1
	return xs[min(max(i, 0), len(xs)-1)]
}

// restart forgets latencies and counts, not seconds: what follows is measured.
func (t *tally) restart(time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late, t.pages, t.edge, t.all, t.waited = hist(), hist(), hist(), hist(), hist()
	t.count = counts{statuses: map[int]int{}}
}
