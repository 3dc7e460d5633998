package falochron

import "time"

// Snapshot is what control orders the edge to do for one shop. It is immutable
// once published; the edge reads it through an atomic pointer and keeps serving
// on its last one when control is gone.
type Snapshot struct {
	Version uint64 // grows with each publication
	Mode    Mode
	// BeforeHold is the mode a release of [ModeHold] returns to; of no meaning in
	// other modes.
	BeforeHold Mode
	// Ceiling is the owner's upper bound for requests in flight at the shop.
	// Zero means none: the measured limit alone decides.
	Ceiling int
	// Start is the announced start of a sale. Zero means none. Before it, those
	// who come stand in the pre-queue; at it, they are drawn.
	Start time.Time
	// SoldOut holds the paths of articles known to be sold out.
	SoldOut map[string]bool
	// Plan is what the plan of campaigns announces; nil = nothing. What the other
	// fields order counts before it.
	Plan *Announced
	// Radar is what is done about cohorts that attack; nil = nothing. It is not kept on
	// disk.
	Radar *RadarOrders
	// Growth is what the replicas that are starting make of the shop; nil = none is. It is
	// not kept on disk.
	Growth *Growth
	// Bears is how many requests in flight the replicas that are there are known to bear, from
	// a time when they were full; 0 = not known. It is not kept on disk.
	Bears int
}

// Vitals is what the edge sees of one shop at one moment: the observations that
// flow back to control, metrics and the live page.
type Vitals struct {
	Time     time.Time `json:"time"`
	Shop     string    `json:"shop"`
	Mode     Mode      `json:"mode"`
	Ceiling  int       `json:"ceiling"`   // owner's ceiling, 0 = none
	InLine   int       `json:"in_line"`   // people in the waiting room whose place counts
	Inside   int       `json:"inside"`    // people with a place
	InFlight int       `json:"in_flight"` // requests at the shop now
	Queued   int       `json:"queued"`    // requests in the short queue at the limiter
	Limit    int       `json:"limit"`     // concurrency limit in force
	Binding  string    `json:"binding"`   // which limit binds now, empty = none
	Why      string    `json:"why"`       // one sentence: why it is what it is

	PlacesPerSecond float64       `json:"places_per_second"`
	VisitWork       time.Duration `json:"visit_work_ns"`   // at the shop for one visit from beginning to end, as measured; 0 = not known
	VisitRequests   float64       `json:"visit_requests"`  // in it, of the mean kind; 0 = not known
	BaseLatency     time.Duration `json:"base_latency_ns"` // unloaded latency as last learnt
	P95             time.Duration `json:"p95_ns"`          // pages from the shop, last 10 s

	Arrivals      uint64 `json:"arrivals"`        // new visitors since the start (no ticket of ours)
	Adopted       uint64 `json:"adopted"`         // people taken over who were there before the very first start
	OrdersKnown   bool   `json:"orders_known"`    // false = nothing recognised as an order yet
	Orders        uint64 `json:"orders"`          // since the start
	OrdersPerMin  int    `json:"orders_per_min"`  // in the last 60 s
	FrontWaitSecs int    `json:"front_wait_secs"` // what the next newcomer would be told, seconds
	LeftEarly     uint64 `json:"left_early"`      // people who left the line, or did not come for their turn within the claim window; over restarts

	Requests [NumClasses][NumActions]uint64 `json:"-"` // by class and action since the start
	Forged   map[string]uint64              `json:"-"` // refused tickets by kind of fault (fixed vocabulary)
	Cohorts  CohortVitals                   `json:"cohorts"`

	CacheBytes int64  `json:"cache_bytes"`
	FillPauses uint64 `json:"fill_pauses"` // times the cache asked nothing for a while, because the shop had answered 429, since the start
	RoomBytes  int64  `json:"room_bytes"`

	Opening OpeningVitals `json:"opening"` // the announced start that matters now
	Posts   []PostVitals  `json:"posts,omitempty"`

	Replicas []ReplicaVitals `json:"replicas"`
}

// OpeningVitals is the announced start that matters now.
type OpeningVitals struct {
	Start   time.Time `json:"start,omitzero"`    // zero: none is announced
	Evening string    `json:"evening,omitempty"` // of the plan, by its id; empty: by order of an operator or the configuration
	Open    bool      `json:"open,omitempty"`    // its waiting room is open
	Draw    bool      `json:"draw,omitempty"`    // those who are there before it are drawn
	// Overruled is an evening of the plan, by its id, that does not count since an
	// operator or the configuration ordered another start.
	Overruled string `json:"overruled,omitempty"`
}

// PostVitals is what one announced post brings, as the edge sees it.
type PostVitals struct {
	ID       string `json:"id"`
	Arrivals uint64 `json:"arrivals"` // new visitors by its short link
	// Warm says that its landing page was in the cache when last looked, some seconds
	// ago; Cold is why it was not. Neither: it is not time to look.
	Warm bool   `json:"warm,omitempty"`
	Cold string `json:"cold,omitempty"`
}

// The phases of a replica that the edge sends requests to.
const (
	ReplicaReady     = "ready"
	ReplicaSlowStart = "slow-start" // has just joined, and gets less than its share
	ReplicaDraining  = "draining"   // leaves, and keeps the visitors it has
)

// ReplicaVitals is one replica of the shop as the edge sees it.
type ReplicaVitals struct {
	URL      string `json:"url"`
	Healthy  bool   `json:"healthy"`
	Phase    string `json:"phase"` // [ReplicaReady], [ReplicaSlowStart] or [ReplicaDraining]
	InFlight int    `json:"in_flight"`
	Reason   string `json:"reason"` // why unhealthy, empty when healthy
}
