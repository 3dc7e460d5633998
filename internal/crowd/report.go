package crowd

import (
	"sort"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a run has shown.
type Report struct {
	Start    time.Time
	From, To time.Duration // the part that was measured, after Start
	List     *List
	Traces   []Trace // by fan; those who never came have Arrived 0
	Seconds  []Second
	Totals   Totals

	Late  Latency // of the crowd itself: intended against real start of every action
	Pages Latency // pages from the shop, by those admitted, from the moment they pressed
	Edge  Latency // what the edge answered itself: waiting pages, statuses, hits
	All   Latency // every page load
	// Waited is of the page loads that a person has waited for: those that came
	// from the shop, those abandoned, with their age, and those that ended in an
	// error page after a second or more. Waiting pages and instant errors are not
	// among them.
	Waited Latency
}

// Latency is a distribution. Its fields are zero when it is empty.
type Latency struct {
	Count              int64
	P50, P95, P99, Max time.Duration
}

func latency(h *hdrhistogram.Histogram) Latency {
	q := func(p float64) time.Duration { return time.Duration(h.ValueAtQuantile(p)) * time.Microsecond }
	return Latency{Count: h.TotalCount(), P50: q(50), P95: q(95), P99: q(99), Max: time.Duration(h.Max()) * time.Microsecond}
}

// Totals are sums over the whole run.
type Totals struct {
	Requests    int // answered, of every sort
	Loads       int // page loads that ended: page, waiting page, error, or the fan left
	Errors      int // of these: in an error
	GivenUp     int // of these: the fan left for slowness
	Reloads     int // presses beyond the first
	Polls       int // of the waiting status
	PollErrors  int
	Assets      int
	AssetErrors int
	// Requests for what is the same for all, repeated ones and those without an
	// answer included; without those that the line answered. Pages are those of the
	// steps in [Plan].Alike.
	AlikeFiles, AlikePages int
	Bytes                  int // of bodies read
	Statuses               map[int]int

	Arrived, Admitted, Buyers int
	Endings                   map[Ending]int
	Broken                    map[Fault]int // admitted people by their first fault
	Checkouts, CheckoutFailed int
	Erred                     int // fans who met an error page, or none, at least once
	Mixed                     int // fans who saw what is somebody else's
	PlacesLost, WentBack      int
	Suspected                 int // fans who were taken for none at least once
	WaitingPeak               int
}

// report sums up. It is called after every visit has ended.
func (r *run) report(from, to time.Duration) *Report {
	rep := &Report{Start: r.start, From: from, To: to, List: r.list, Traces: r.traces, Seconds: r.tally.series()}
	t := r.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	rep.Late, rep.Pages, rep.Edge, rep.All, rep.Waited = latency(t.late), latency(t.pages), latency(t.edge), latency(t.all), latency(t.waited)
	c := t.count
	rep.Totals = Totals{Requests: c.requests, Loads: c.loads, Errors: c.errors, GivenUp: c.given, Reloads: c.reloads,
		Polls: c.polls, PollErrors: c.pollErrors, Assets: c.assets, AssetErrors: c.assetErrors,
		AlikeFiles: c.alikeFiles, AlikePages: c.alikePages, Bytes: c.bytes,
		Statuses: c.statuses, Endings: map[Ending]int{}, Broken: map[Fault]int{}}
	rep.Totals.addTraces(r.traces)
	for _, s := range rep.Seconds {
		rep.Totals.WaitingPeak = max(rep.Totals.WaitingPeak, s.InLine)
	}
	return rep
}

func (t *Totals) addTraces(traces []Trace) {
	yes := func(b bool, n *int) {
		if b {
			*n++
		}
	}
	for i := range traces {
		tr := &traces[i]
		if tr.Arrived == 0 {
			continue
		}
		t.Arrived++
		t.Endings[tr.Ending]++
		if tr.Broken != NoFault {
			t.Broken[tr.Broken]++
		}
		yes(tr.Buys, &t.Buyers)
		yes(tr.Admitted != 0, &t.Admitted)
		yes(tr.Checkouts && tr.Admitted != 0, &t.Checkouts)
		yes(tr.CheckFail, &t.CheckoutFailed)
		yes(tr.Erred, &t.Erred)
		yes(tr.Mixed, &t.Mixed)
		yes(tr.PlaceLost, &t.PlacesLost)
		yes(tr.WentBack, &t.WentBack)
		yes(tr.Suspected != "", &t.Suspected)
	}
}

// Cohort is what became of the fans who were let in during a part of a run.
type Cohort struct {
	Admitted, Broken, Checkouts, CheckoutFailed int
}

// LetIn sums up the fans who were let in at from or later, and before to.
func (r *Report) LetIn(from, to time.Duration) (c Cohort) {
	for i := range r.Traces {
		t := &r.Traces[i]
		if t.Admitted == 0 || t.Admitted < from || t.Admitted >= to {
			continue
		}
		c.Admitted++
		if t.Broken != NoFault {
			c.Broken++
		}
		if t.Checkouts {
			c.Checkouts++
		}
		if t.CheckFail {
			c.CheckoutFailed++
		}
	}
	return c
}

// BrokenShare is the share of the admitted who met a fault. Nobody admitted is
// no fault at all.
func (r *Report) BrokenShare() float64 {
	n := 0
	for _, k := range r.Totals.Broken {
		n += k
	}
	return share(n, r.Totals.Admitted)
}

// ErrorShare is the share of page loads that ended in an error. Leaving for
// slowness is not among them.
func (r *Report) ErrorShare() float64 { return share(r.Totals.Errors, r.Totals.Loads) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// SuspectedShare is the share of all fans who came that were taken for none: slowed,
// challenged or refused, at least once.
func (r *Report) SuspectedShare() float64 { return share(r.Totals.Suspected, r.Totals.Arrived) }

// OrdersPerMinute is the rate of accepted orders between two moments.
func (r *Report) OrdersPerMinute(from, to time.Duration) float64 {
	n := 0
	for i := range r.Traces {
		if o := r.Traces[i].Ordered; o > from && o <= to {
			n++
		}
	}
	if to <= from {
		return 0
	}
	return float64(n) / (to - from).Minutes()
}

// LoadsPerSecond is how many page loads a second the measured part offered.
func (r *Report) LoadsPerSecond() float64 {
	n, secs := 0, 0
	for i := int(r.From / time.Second); i < int(r.To/time.Second) && i < len(r.Seconds); i++ {
		n += r.Seconds[i].Offered
		secs++
	}
	return float64(n) / float64(max(secs, 1))
}

// MedianSession is the median time from arrival to the accepted order, of
// orders accepted in the measured part. Zero without orders.
func (r *Report) MedianSession() time.Duration {
	var all []time.Duration
	for i := range r.Traces {
		if t := &r.Traces[i]; t.Ordered > r.From && t.Ordered <= r.To {
			all = append(all, t.Ordered-t.Arrived)
		}
	}
	if len(all) == 0 {
		return 0
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all[len(all)/2]
}

// PromiseKept judges the first promise of a wait given to each fan whose wait
// can be judged, and returns the kept share and how many were judged. Kept means
// that the real wait lies within the promised range, give or take the longest
// interval at which the fan was told to ask: nobody can learn of a turn sooner.
// Those still in line are judged only when their promise is already broken.
func (r *Report) PromiseKept() (kept float64, judged int) {
	good := 0
	for i := range r.Traces {
		t := &r.Traces[i]
		if t.PromiseHigh == 0 {
			continue
		}
		end := t.Called
		if end == 0 {
			if end = t.Ended; end-t.Joined <= t.PromiseHigh+t.Slack {
				continue
			}
		}
		judged++
		if wait := end - t.Joined; wait >= t.PromiseLow-t.Slack && wait <= t.PromiseHigh+t.Slack {
			good++
		}
	}
	return share(good, judged), judged
}
