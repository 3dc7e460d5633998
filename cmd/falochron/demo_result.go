package main

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
)

// demoResult is what `falochron demo --json` writes. Its keys are read by other
// programs: they do not change.
type demoResult struct {
	Seed        uint64         `json:"seed"`
	Overload    float64        `json:"overload"`
	FansHash    string         `json:"fans_hash"`
	Compression float64        `json:"compression"`
	Void        bool           `json:"void"`
	Ideal       demoIdeal      `json:"ideal"`      // through the edge, admission and line off
	IdealBare   demoIdeal      `json:"ideal_bare"` // the shop alone
	Bare        *demoBare      `json:"bare"`       // null in the file if that wave was not run: not run is not 0
	Protected   *demoProtected `json:"protected"`  // the same
	Details     demoDetails    `json:"details"`    // for people; may change
}

type demoIdeal struct {
	OrdersPerMin float64 `json:"orders_per_min"`
}

type demoBare struct {
	OrdersPerMin        float64 `json:"orders_per_min"`
	GoodputRatio        float64 `json:"goodput_ratio"`
	ErrorShare          float64 `json:"error_share"`
	P95MS               float64 `json:"p95_ms"`
	Oversold            int     `json:"oversold"`
	LostCallbacks       int     `json:"lost_callbacks"`
	ChargedAfterLeaving int     `json:"charged_after_leaving"`
	MixedVisitors       int     `json:"mixed_visitors"`
	demoShared
}

type demoProtected struct {
	OrdersPerMin            float64 `json:"orders_per_min"`
	GoodputRatio            float64 `json:"goodput_ratio"`
	SecondsToProtect        int     `json:"seconds_to_protect"`
	AdmittedSessions        int     `json:"admitted_sessions"`
	BrokenAdmittedShare     float64 `json:"broken_admitted_share"`
	CheckoutFailed          int     `json:"checkout_failed"`
	Checkouts               int     `json:"checkouts"`
	Oversold                int     `json:"oversold"`
	LostCallbacks           int     `json:"lost_callbacks"`
	ChargedAfterLeaving     int     `json:"charged_after_leaving"`
	MixedVisitors           int     `json:"mixed_visitors"`
	FairnessRankCorrelation float64 `json:"fairness_rank_correlation"`
	EdgeAnswerP99MS         told    `json:"edge_answer_p99_ms"`
	ShopPageP95MS           float64 `json:"shop_page_p95_ms"`
	ShopPageP95AtIdealMS    float64 `json:"shop_page_p95_at_ideal_ms"`
	WaitingPeak             told    `json:"waiting_peak"`
	WaitPromiseKept         told    `json:"wait_promise_kept"`
	EdgeRSSMB               float64 `json:"edge_rss_mb"`
	EdgeCPUS                float64 `json:"edge_cpu_s"`
	demoShared
}

// told is a number that only a front tells which says who waits, and for how long; NaN,
// null in JSON, is that nothing was told. That is not 0.
type told float64

func (t told) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(t)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(t))
}

func (t *told) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = told(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(t))
}

// toldIf is x if it was told, by as many answers as n.
func toldIf(n int64, x float64) told {
	if n == 0 {
		return told(math.NaN())
	}
	return told(x)
}

// String is for people.
func (t told) String() string {
	if math.IsNaN(float64(t)) {
		return "not told"
	}
	return strconv.FormatFloat(float64(t), 'f', -1, 64)
}

// demoShared is about what is the same for all who ask without a session: files,
// and those pages that a preset lists.
type demoShared struct {
	ShopRequestsCacheable int     `json:"shop_requests_cacheable"` // how many requests for it reached the shop
	CacheableAsked        int     `json:"cacheable_asked"`         // how many the crowd sent, without what the line answered
	SavedShare            float64 `json:"saved_share"`             // of these, the share that did not reach the shop
	WorstPerPeriod        int     `json:"worst_per_period"`        // most that the shop answered for one thing while an answer was fresh
}

// demoDetails is what the table does not show and a benchmark wants.
type demoDetails struct {
	Workers     int                `json:"workers"`
	Fans        int                `json:"fans"`
	Buyers      int                `json:"buyers"`
	WaveS       float64            `json:"wave_s"`
	WindowFromS float64            `json:"window_from_s"`
	WindowToS   float64            `json:"window_to_s"`
	SessionS    float64            `json:"median_session_s"`
	Counted     []countedPart      `json:"counted"` // the window without what the scenario takes away
	Sweep       []sweepPoint       `json:"sweep"`
	AlikePages  []string           `json:"alike_pages,omitempty"` // kinds of pages that are the same for all who have no session
	VoidBecause []string           `json:"void_because,omitempty"`
	Promises    []judgedPromise    `json:"promises"`
	Scenario    string             `json:"scenario,omitempty"`
	Fault       string             `json:"planted_fault,omitempty"`
	Front       string             `json:"front,omitempty"`      // command of what stood before the shop in place of Falochron
	IdealFile   string             `json:"ideal_file,omitempty"` // measured before, not in this run
	Waves       map[string]waveLog `json:"waves"`
}

// judgedPromise is a promise, as the run has kept it or not.
type judgedPromise struct {
	What  string `json:"what"`
	Got   string `json:"got"`
	Want  string `json:"want"`
	Holds bool   `json:"holds"`
}

// countedPart is a stretch of the protected wave in which orders were counted.
type countedPart struct {
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	Can   float64 `json:"can"` // share of its ideal that the shop could do
}

// waveLog is one wave beyond the promised numbers.
type waveLog struct {
	LatenessP99MS  float64        `json:"lateness_p99_ms"`
	BusyMean       float64        `json:"machine_busy_mean"`
	BusyPeak       float64        `json:"machine_busy_peak_10s"`
	CrowdCPUS      float64        `json:"crowd_cpu_s"`
	CrowdRSSMB     float64        `json:"crowd_peak_rss_mb"` // so far
	EdgeCPUS       float64        `json:"edge_cpu_s"`
	ShopCPUS       float64        `json:"shop_cpu_s"`
	Requests       int            `json:"requests"`
	Orders         int            `json:"orders"`
	Admitted       int            `json:"admitted"`
	Checkouts      int            `json:"checkouts"`
	CheckoutFailed int            `json:"checkout_failed"`
	Endings        map[string]int `json:"endings"`
	Broken         map[string]int `json:"broken,omitempty"`
	ErrorShare     float64        `json:"error_share"`
	LeftForSlow    int            `json:"left_for_slowness"`
	Reloads        int            `json:"reloads"`
	PollErrors     int            `json:"poll_errors"`
	FansErred      int            `json:"fans_with_an_error"`
	PlacesLost     int            `json:"places_lost"`
	WentBack       int            `json:"told_more_ahead_than_before"`
	ChargedTwice   int            `json:"charged_twice"`
	OrdersMissing  int            `json:"orders_without_charge"`
	Refused502     int            `json:"shop_refused_502"`
	Timeouts504    int            `json:"shop_timeouts_504"`
	Notices        notices        `json:"payment_notices"`
	PromisesJudged int            `json:"wait_promises_judged"`
	OrdersPer10S   []int          `json:"orders_per_10s"`
	InLinePer10S   []int          `json:"in_line_per_10s"`
	Statuses       map[int]int    `json:"statuses"`
	Attention      []string       `json:"attention,omitempty"` // what the scenario should have done and did not: voids the run
	RankAdmitted   float64        `json:"rank_correlation_admitted"`
	RankAll        float64        `json:"rank_correlation"`
	LetInSlower    *cohort        `json:"let_in_after_slower,omitempty"` // of a scenario that makes the shop slower
	SharedFiles    *thingCount    `json:"shared_files,omitempty"`
	SharedPages    *thingCount    `json:"shared_pages,omitempty"`
	Attack         *attackLog     `json:"attack,omitempty"`
	ProtectEach    *int           `json:"seconds_to_protect_each_second,omitempty"` // with the p95 of each second's pages alone
}

// cohort is what became of the people who were let in ten seconds after the shop
// became slower, or later: those before were promised to be served by the shop
// as it was.
type cohort struct {
	Admitted       int `json:"admitted"`
	Broken         int `json:"broken"`
	Checkouts      int `json:"checkouts"`
	CheckoutFailed int `json:"checkout_failed"`
}

// shows says whether a wave, bare or protected, was part of the run.
func (r *demoResult) shows(wave string) bool {
	_, shown := r.Details.Waves[wave]
	return shown
}

// write writes down the waves that were run.
func (r *demoResult) write(file string) error {
	run := *r
	if !r.shows("bare") {
		run.Bare = nil
	}
	if !r.shows("protected") {
		run.Protected = nil
	}
	b, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// round keeps n decimals: more would be noise dressed as knowledge.
func round(x float64, n int) float64 {
	p := math.Pow(10, float64(n))
	return math.Round(x*p) / p
}
