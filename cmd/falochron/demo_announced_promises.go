package main

import (
	"fmt"
	"math"
	"time"

	"github.com/falochron/falochron/internal/crowd"
)

// What the second act promises. As in the first, these are constants.
const (
	promiseAnnounced = 1000.0 // ms from a tap to plan and edge
	promiseTold      = 5000.0 // ms from a tap to the host's chat
	promiseHeard     = 2000.0 // ms from the confirmation to its being shown
	promiseMarker    = 1000.0 // ms between the tap and the war room's mark
	promiseFew       = 3      // messages to the host in the minute after its first
)

// announcedResult is what the second act has shown. Its report is written from it.
type announcedResult struct {
	Seed     uint64 `json:"seed"`
	Workers  int    `json:"workers"`
	Fault    string `json:"planted_fault,omitempty"`
	Foretold int    `json:"foretold_first_minute"`
	Verdict  string `json:"readiness"`

	Call    tapped      `json:"call"`      // “In 10 minutes”
	Post    tapped      `json:"post"`      // “I'm posting now”
	Marker  told        `json:"marker_ms"` // between the tap and the mark; null: there is none
	Wave    waveSeen    `json:"wave"`
	Evening eveningSeen `json:"evening"`

	EveningWave waveSeen        `json:"evening_wave"`
	Messages    []chatMessage   `json:"messages"`          // that came to the four parties
	Twice       int             `json:"messages_twice"`    // of them: had come before
	Unsigned    int             `json:"messages_unsigned"` // that were refused, their signature being none
	BusyMean    float64         `json:"machine_busy_mean"`
	TookS       float64         `json:"took_s"`
	Story       []chapter       `json:"story"`
	Promises    []judgedPromise `json:"promises"`
	VoidBecause []string        `json:"void_because,omitempty"`
}

// tapped is how long after a tap what followed it; null is never.
type tapped struct {
	PlanMS             told `json:"plan_ms"`
	EdgeMS             told `json:"edge_ms"`
	ToldMS             told `json:"host_told_ms"`
	AcknowledgedMS     told `json:"acknowledged_ms"` // after the host's own confirmation
	Acknowledged       bool `json:"acknowledged"`    // in the plan, and by the host
	OpeningDoesNothing bool `json:"opening_does_nothing"`
}

// eveningSeen is what became of the sales evening.
type eveningSeen struct {
	EdgeMS     told   `json:"edge_ms"`
	CameEarly  int    `json:"came_before_start"`
	InEarly    int    `json:"let_in_before_start"`
	Recomputed bool   `json:"recomputed"`
	Verified   string `json:"verified"` // what falochron verify-draw said
}

// waveSeen is what became of a crowd.
type waveSeen struct {
	Came           int     `json:"came"`
	Counted        int     `json:"counted_by_short_link"`
	Admitted       int     `json:"admitted"`
	Broken         int     `json:"let_down"`
	CheckoutFailed int     `json:"checkouts_failed"`
	Mixed          int     `json:"saw_somebody_elses_page"`
	Errors         int     `json:"error_pages"`
	Orders         int     `json:"orders"`
	InLine         int     `json:"most_in_line"`
	LatenessP99MS  float64 `json:"lateness_p99_ms"`
}

func waveOf(rep *crowd.Report) waveSeen {
	t := &rep.Totals
	w := waveSeen{Came: t.Arrived, Admitted: t.Admitted, CheckoutFailed: t.CheckoutFailed, Mixed: t.Mixed, Errors: t.Errors,
		Orders: ordersOf(rep), InLine: t.WaitingPeak, LatenessP99MS: ms(rep.Late.P99)}
	for _, n := range t.Broken {
		w.Broken += n
	}
	return w
}

// brokenShare is the share of those let in who were let down, of both crowds.
func (r *announcedResult) brokenShare() float64 {
	in := r.Wave.Admitted + r.EveningWave.Admitted
	if in == 0 {
		return math.NaN() // nobody was let in: that is no kept promise
	}
	return float64(r.Wave.Broken+r.EveningWave.Broken) / float64(in)
}

// voids says why the run proves nothing of time.
func (r *announcedResult) voids() (why []string) {
	if r.BusyMean > voidBusy {
		why = append(why, fmt.Sprintf("the machine was %.0f %% busy", 100*r.BusyMean))
	}
	for _, w := range []struct {
		name string
		wave *waveSeen
	}{{"the wave", &r.Wave}, {"the evening", &r.EveningWave}} {
		if w.wave.LatenessP99MS > voidLatenessMS {
			why = append(why, fmt.Sprintf("%s: the crowd was late by %.0f ms (p99)", w.name, w.wave.LatenessP99MS))
		}
	}
	return why
}

// firstMinute is how many messages came to a party within a minute of its first.
func (r *announcedResult) firstMinute(party string) (n int) {
	var first time.Time
	for _, m := range r.Messages {
		if m.To == party && (first.IsZero() || m.At.Before(first)) {
			first = m.At
		}
	}
	for _, m := range r.Messages {
		if m.To == party && m.At.Sub(first) < time.Minute {
			n++
		}
	}
	return n
}

// judgeAnnounced holds the result against the promises.
func judgeAnnounced(r *announcedResult) []promise {
	within := func(what string, got told, most float64) promise {
		return promise{what + " (ms)", got.String(), fmt.Sprintf("at most %.0f", most), float64(got) <= most}
	}
	yes := func(what string, is bool) promise {
		return promise{what, map[bool]string{true: "yes", false: "no"}[is], "yes", is}
	}
	none := func(what string, n int) promise { return promise{what, fmt.Sprint(n), "0", n == 0} }
	share, few := r.brokenShare(), r.firstMinute("hosting")
	return []promise{
		within("“in 10 minutes” is in the plan", r.Call.PlanMS, promiseAnnounced),
		within("and at the edge", r.Call.EdgeMS, promiseAnnounced),
		within("the host is told", r.Call.ToldMS, promiseTold),
		{"messages that came twice, or with a bad signature", fmt.Sprint(r.Twice + r.Unsigned), "0", len(r.Messages) > 0 && r.Twice+r.Unsigned == 0},
		{"messages to the host in the first minute", fmt.Sprint(few), fmt.Sprintf("at most %d", promiseFew), few <= promiseFew},
		yes("opening the message's link confirms nothing", r.Call.OpeningDoesNothing),
		yes("the host's confirmation is in the plan", r.Call.Acknowledged),
		within("and on the page", r.Call.AcknowledgedMS, promiseHeard),
		within("“I'm posting now” is in the plan", r.Post.PlanMS, promiseAnnounced),
		within("and at the edge", r.Post.EdgeMS, promiseAnnounced),
		within("the war room's mark is off by", r.Marker, promiseMarker),
		{"came by the post's link, as the edge counted", fmt.Sprint(r.Wave.Counted), fmt.Sprint(r.Wave.Came), r.Wave.Came > 0 && r.Wave.Counted == r.Wave.Came},
		{"let in, then let down", fmt.Sprintf("%.4f", share), fmt.Sprintf("at most %.4f", promiseBroken), share <= promiseBroken},
		none("failed checkouts", r.Wave.CheckoutFailed+r.EveningWave.CheckoutFailed),
		none("saw somebody else's page", r.Wave.Mixed+r.EveningWave.Mixed),
		within("the evening is at the edge", r.Evening.EdgeMS, promiseAnnounced),
		{"let in before the start", fmt.Sprintf("%d of %d", r.Evening.InEarly, r.Evening.CameEarly), "0", r.Evening.CameEarly > 0 && r.Evening.InEarly == 0},
		yes("the draw, recomputed, gives the same place", r.Evening.Recomputed),
	}
}
