package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
)

// What the third act promises. As in the first, these are constants.
const (
	promiseLine    = 20    // people in line who are a line; fewer are nobody's trouble
	promiseCome    = 25.0  // seconds from the first fan until the second replica is ready: ten of its start; the wave is seen after five
	promiseMelted  = 120.0 // seconds from the first fan until the line is gone: a minute after the last one has come
	promiseOrdered = 0.95  // of the buyers, in either wave, by its end
)

// replicasResult is what the third act has shown.
type replicasResult struct {
	Seed     uint64 `json:"seed"`
	Workers  int    `json:"workers_per_replica"`
	Fault    string `json:"planted_fault,omitempty"`
	Fans     int    `json:"fans"`
	Buyers   int    `json:"buyers"`
	Foretold int    `json:"foretold_first_minute"`
	Most     int    `json:"owners_maximum"`

	Unannounced *replicasWaveSeen `json:"unannounced"`
	Announced   *replicasWaveSeen `json:"announced"`

	BusyMean    float64         `json:"machine_busy_mean"`
	TookS       float64         `json:"took_s"`
	Promises    []judgedPromise `json:"promises"`
	VoidBecause []string        `json:"void_because,omitempty"`
}

// replicasWaveSeen is what became of one wave.
type replicasWaveSeen struct {
	waveSeen
	Seconds []replicasSecond `json:"seconds"`
}

// replicasSecond is one look; At is in seconds after the first fan.
type replicasSecond struct {
	At     float64 `json:"at"`
	InLine int     `json:"in_line"`
	Inside int     `json:"inside"`
	Wanted int     `json:"wanted"`
	Ready  int     `json:"ready"`
}

// of takes in what the crowd saw. That its last people were cut off in mid-visit at the
// end is nobody's fault.
func (w *replicasWaveSeen) of(rep *crowd.Report) { w.waveSeen = waveOf(rep) }

// most is the highest number of replicas that were ready.
func (w *replicasWaveSeen) most() (n int) {
	for _, s := range w.Seconds {
		n = max(n, s.Ready)
	}
	return n
}

// wantedMost is the highest number that was wanted.
func (w *replicasWaveSeen) wantedMost() (n int) {
	for _, s := range w.Seconds {
		n = max(n, s.Wanted)
	}
	return n
}

// inLineMost is the most people in line.
func (w *replicasWaveSeen) inLineMost() (n int) {
	for _, s := range w.Seconds {
		n = max(n, s.InLine)
	}
	return n
}

// first is the first second in which something holds; never if it does not.
func (w *replicasWaveSeen) first(holds func(replicasSecond) bool) float64 {
	for _, s := range w.Seconds {
		if holds(s) {
			return s.At
		}
	}
	return math.Inf(1)
}

// melted is when the line was gone for good, after there was one.
func (w *replicasWaveSeen) melted() float64 {
	at := math.Inf(1)
	for i := len(w.Seconds) - 1; i >= 0 && w.Seconds[i].InLine < promiseLine; i-- {
		at = w.Seconds[i].At
	}
	return at
}

// lineInWords is what became of the line.
func (w *replicasWaveSeen) lineInWords() string {
	n := w.inLineMost()
	if n < promiseLine {
		return fmt.Sprintf("no line, %d people waited at most", n)
	}
	return fmt.Sprintf("%d in line at most, gone after %s", n, inSeconds(w.melted()))
}

// readyBefore is how many replicas were ready at the announced moment.
func (w *replicasWaveSeen) readyBefore() (n int) {
	for _, s := range w.Seconds {
		if s.At <= 0 {
			n = s.Ready
		}
	}
	return n
}

// voids says why the run proves nothing of time.
func (r *replicasResult) voids() (why []string) {
	if r.BusyMean > voidBusy {
		why = append(why, fmt.Sprintf("the machine was %.0f %% busy", 100*r.BusyMean))
	}
	for name, w := range map[string]*replicasWaveSeen{"first": r.Unannounced, "second": r.Announced} {
		if w.LatenessP99MS > voidLatenessMS {
			why = append(why, fmt.Sprintf("the %s wave's fans were %.0f ms late", name, w.LatenessP99MS))
		}
	}
	return why
}

// judgeReplicas holds a result against the promises.
func judgeReplicas(r *replicasResult) []promise {
	a, b := r.Unannounced, r.Announced
	none := func(what string, n int) promise { return promise{what, fmt.Sprint(n), "0", n == 0} }
	within := func(what string, got, most float64) promise {
		return promise{what, fmt.Sprintf("%.0f", got), fmt.Sprintf("at most %.0f", most), got <= most}
	}
	line, needed := a.inLineMost(), a.wantedMost()
	ordered := func(what string, w *replicasWaveSeen) promise {
		share := float64(w.Orders) / float64(max(r.Buyers, 1))
		return promise{what, fmt.Sprintf("%.3f", share), fmt.Sprintf("at least %.2f", promiseOrdered), share >= promiseOrdered}
	}
	return []promise{
		{"without warning, a line stands", fmt.Sprintf("%d people", line), fmt.Sprintf("at least %d", promiseLine), line >= promiseLine},
		within("a second replica is ready after (s)", a.first(func(s replicasSecond) bool { return s.Ready > 1 }), promiseCome),
		within("the line has melted after (s)", a.melted(), promiseMelted),
		{"announced, replicas ready at the first fan", fmt.Sprint(b.readyBefore()), "more than one, and all that were wanted", b.readyBefore() > 1 && b.readyBefore() >= wantedAt(b)},
		{"announced, no line stands", fmt.Sprintf("%d people", b.inLineMost()), fmt.Sprintf("fewer than %d", promiseLine), b.inLineMost() < promiseLine},
		ordered("without warning, orders of those who want to buy", a),
		ordered("announced, orders of those who want to buy", b),
		{"replicas at most", fmt.Sprint(max(needed, b.wantedMost(), a.most(), b.most())), fmt.Sprintf("the owner's %d", r.Most), max(needed, b.wantedMost(), a.most(), b.most()) <= r.Most},
		none("error pages, both waves", a.Errors+b.Errors),
		none("failed checkouts, both waves", a.CheckoutFailed+b.CheckoutFailed),
		none("saw somebody else's page, both waves", a.Mixed+b.Mixed),
	}
}

// wantedAt is how many replicas were wanted at the announced moment.
func wantedAt(w *replicasWaveSeen) (n int) {
	for _, s := range w.Seconds {
		if s.At <= 0 {
			n = s.Wanted
		}
	}
	return n
}

// exitOf is a demo's exit code as an error.
func exitOf(promises []promise, void []string, hint string) error {
	var broken []string
	for _, p := range promises {
		if !p.holds {
			broken = append(broken, fmt.Sprintf("%s: %s, promised %s", p.what, p.got, p.want))
		}
	}
	switch {
	case len(broken) == 0:
		return nil
	case len(void) > 0: // what holds on a busy machine holds; what does not may be the machine's fault
		return &falochron.Error{Kind: falochron.Unavailable, Op: "demo", Err: &voidError{strings.Join(append(void, broken...), "; ")}, Hint: hint}
	}
	return brokenPromises(broken)
}
