package sim

import (
	"math"
	"slices"
	"time"
)

// Second is what was in one second of the story.
type Second struct {
	Arrivals int `json:"arrivals"` // newcomers
	InLine   int `json:"in_line"`  // at its end
	Inside   int `json:"inside"`   // at its end
	Sent     int `json:"sent"`     // requests that went to the shop
	Served   int `json:"served"`   // that it answered well, whoever still waited
	Answers  int `json:"answers"`  // seen by people inside, and what they left for slowness
	Bad      int `json:"bad"`      // of these: errors, refusals, slower than 3 s
	Orders   int `json:"orders"`
	Ready    int `json:"ready"` // replicas, at its end
	There    int `json:"there"` // replicas on machines, those that drain among them
	Wanted   int `json:"wanted"`
	Limit    int `json:"limit"` // of requests in flight; 0 without the front
	Busy     int `json:"busy"`  // workers held, at its end
	InFlight int `json:"in_flight"`
}

// Overloaded says that people inside felt it: more than one answer in twenty was an error,
// a refusal, or slower than 3 s, from which on people press reload.
func (s *Second) Overloaded() bool { return s.Bad*20 > s.Answers }

// tally counts.
type tally struct {
	seconds []Second
	left    []int // by second, who ended a visit without an order

	arrivals, entered, done, leftLine, refused, letDown, broken, charged, orders int
	sent, served                                                                 int // in this second
	forNobody                                                                    int // answers that nobody waited for any more
	replicaSeconds                                                               int
	peak                                                                         int
	waits                                                                        waits
	promised, kept, early, late                                                  int
}

func (t *tally) init(seconds int) {
	t.seconds, t.left = make([]Second, seconds+1), make([]int, seconds+1)
}

func (t *tally) sec(now time.Duration) *Second {
	return &t.seconds[min(int(now/time.Second), len(t.seconds)-1)]
}

func (t *tally) came(now time.Duration, n int) {
	t.arrivals += n
	t.sec(now).Arrivals += n
}

func (t *tally) order(now time.Duration) {
	t.orders++
	t.sec(now).Orders++
}

func (t *tally) leftWithout(now time.Duration) { t.left[min(int(now/time.Second), len(t.left)-1)]++ }

func (t *tally) answer(now, took time.Duration, ok bool) {
	s := t.sec(now)
	s.Answers++
	if !ok || took > seconds(reloadAfter) {
		s.Bad++
	}
}

func (t *tally) wait(d time.Duration) { t.waits.add(d) }

// promise tolerance: a quarter beyond either end of the told range.
const tolerance = 0.25

// told is what somebody was told at first, and how long it was. Who was told nothing has
// no promise; who went in at once was told so by the open door.
func (t *tally) told(low, high, was time.Duration) {
	if high == 0 && was > 0 {
		return
	}
	t.promised++
	switch {
	case was.Seconds() > high.Seconds()*(1+tolerance):
		t.late++
	case was.Seconds() < low.Seconds()*(1-tolerance):
		t.early++
	default:
		t.kept++
	}
}

// waits counts waits by the second.
type waits struct {
	by  []int
	n   int
	sum time.Duration
}

func (w *waits) mean() time.Duration { return w.sum / time.Duration(max(w.n, 1)) }

func (w *waits) add(d time.Duration) {
	s := int(math.Ceil(d.Seconds()))
	if s >= len(w.by) {
		w.by = append(w.by, make([]int, s+60-len(w.by))...)
	}
	w.by[s]++
	w.n++
	w.sum += d
}

// quantile is the wait that the share p did not exceed, in whole seconds.
func (w *waits) quantile(p float64) time.Duration {
	left := int(math.Ceil(p * float64(w.n)))
	for s, n := range w.by {
		if left -= n; left <= 0 {
			return time.Duration(s) * time.Second
		}
	}
	return 0
}

// note writes down what is at the end of the given second.
func (w *world) note(second int) {
	s := &w.tally.seconds[second]
	s.InLine, s.Inside, s.Ready, s.Wanted = w.inLine(), w.inside, w.well, w.wanted
	s.There, s.Busy = 0, 0
	for _, r := range w.replicas {
		if r.phase != pending {
			s.There++
		}
		s.Busy += r.busy
	}
	s.Sent = w.tally.sent
	s.Served, s.InFlight = w.tally.served, s.Busy
	if w.front != nil {
		s.InFlight, s.Limit = w.front.lim.Use()
	}
	w.tally.sent, w.tally.served = 0, 0
}

// Step is one change of the wanted number.
type Step struct {
	At   time.Duration `json:"at_ns"`
	From int           `json:"from"`
	To   int           `json:"to"`
	Why  string        `json:"why"`
}

// Result is what came of a story. People are counted once: see [Result.Check].
type Result struct {
	Scenario string `json:"scenario"`
	Scaler   string `json:"scaler"`
	Front    bool   `json:"front"` // whether the front stood before the shop

	Arrivals int `json:"arrivals"`
	Entered  int `json:"entered"`   // let in
	Done     int `json:"done"`      // of these: visit over as meant
	LetDown  int `json:"let_down"`  // of these: gave up inside, for errors or slowness
	Inside   int `json:"inside"`    // of these: at the end
	LeftLine int `json:"left_line"` // lost patience in the line
	InLine   int `json:"in_line"`   // at the end
	Refused  int `json:"refused"`   // the line was full
	Charged  int `json:"charged"`   // left while the shop worked at their order
	Broken   int `json:"broken"`    // answers slower than 10 s
	Orders   int `json:"orders"`

	Overload       int           `json:"overload_s"`   // seconds, see [Second.Overloaded]
	MeanWait       time.Duration `json:"mean_wait_ns"` // of those let in
	P50Wait        time.Duration `json:"p50_wait_ns"`
	P95Wait        time.Duration `json:"p95_wait_ns"` // of those let in
	LongestLine    int           `json:"longest_line"`
	Promised       int           `json:"promised"` // who was told a range, or let in at once
	Kept           int           `json:"kept"`     // of these: it was so, to a quarter
	Early          int           `json:"early"`    // went in sooner
	Late           int           `json:"late"`     // went in later
	ReplicaHours   float64       `json:"replica_hours"`
	ReplicaSeconds int           `json:"replica_s"`
	Peak           int           `json:"peak"`           // most replicas there at once
	Needed         int           `json:"needed"`         // see [Scenario.Needed]
	NeededNoLine   int           `json:"needed_no_line"` // see [Scenario.NeededNoLine]
	NeededLate     int           `json:"needed_late"`    // see [Scenario.NeededLate]
	ForNobody      int           `json:"for_nobody"`

	Steps   []Step   `json:"steps"`
	Seconds []Second `json:"seconds"`
	Work    uint64   `json:"work"` // events played
}

// TurnedAway are people who came and went without what they came for: out of the line, at
// a full line, inside.
func (r *Result) TurnedAway() int { return r.LeftLine + r.Refused + r.LetDown }

// KeptShare is the share of promises that were kept; 1 if none was made.
func (r *Result) KeptShare() float64 {
	if r.Promised == 0 {
		return 1
	}
	return float64(r.Kept) / float64(r.Promised)
}

// PeakRatio is the most replicas there were as a multiple of the needed.
func (r *Result) PeakRatio() float64 { return float64(r.Peak) / float64(max(r.Needed, 1)) }

// Check says whether everybody is somewhere: "" if so.
func (r *Result) Check() string {
	if r.Arrivals != r.Entered+r.LeftLine+r.Refused+r.InLine {
		return "people have got lost before the door"
	}
	if r.Entered != r.Done+r.LetDown+r.Inside {
		return "people have got lost inside"
	}
	return ""
}

func (w *world) result(o Options) *Result {
	t := &w.tally
	r := &Result{
		Scenario: w.s.Name, Scaler: "none", Front: !o.Open,
		Arrivals: t.arrivals, Entered: t.entered, Done: t.done, LetDown: t.letDown, Inside: w.inside, LeftLine: t.leftLine, InLine: w.inLine(),
		Refused: t.refused, Charged: t.charged, Broken: t.broken, Orders: t.orders,
		MeanWait: t.waits.mean(), P50Wait: t.waits.quantile(0.5), P95Wait: t.waits.quantile(0.95), Promised: t.promised, Kept: t.kept, Early: t.early, Late: t.late,
		ReplicaSeconds: t.replicaSeconds, ReplicaHours: float64(t.replicaSeconds) / 3600, Peak: t.peak, Needed: w.s.Needed(), NeededNoLine: w.s.NeededNoLine(), NeededLate: w.s.NeededLate(), ForNobody: t.forNobody,
		Steps: w.steps, Seconds: slices.Clone(t.seconds[:len(t.seconds)-1]), Work: w.done,
	}
	if o.Scaler != nil {
		r.Scaler = o.Scaler.Name()
	}
	for i := range r.Seconds {
		if r.Seconds[i].Overloaded() {
			r.Overload++
		}
		r.LongestLine = max(r.LongestLine, r.Seconds[i].InLine)
	}
	return r
}
