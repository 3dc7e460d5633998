package control

import (
	"net/http"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/scale"
)

// FleetSight is what was seen and decided of a shop's replicas in one second. Nobody
// writes to it any more.
type FleetSight struct {
	Shop   string
	At     time.Time
	Driver string
	State  fleet.State
	Known  bool // the engine has answered at least once
	Plan   scale.Plan
	// Fault is why the engine did not do as asked last time; empty: it did.
	Fault string
}

// show puts what was decided where it can be seen.
func (s *fleetShop) show(now time.Time, p *scale.Plan, there *fleetSeen) {
	sight := &FleetSight{Shop: s.cfg.Name, At: now, Driver: s.cfg.Driver.Name(), State: there.state, Known: there.known, Plan: *p, Fault: there.fault}
	sight.Plan.Ahead = append([]scale.Step(nil), p.Ahead...) // the next decision writes over it
	s.seen.Store(sight)
}

// FleetView is a shop's replicas, as the API shows them.
type FleetView struct {
	Driver string    `json:"driver"`
	Time   time.Time `json:"time"`
	Known  bool      `json:"known"` // the engine has answered
	Fault  string    `json:"fault,omitempty"`
	Advice bool      `json:"advice"` // nothing is ordered

	Wanted   int `json:"wanted"` // by us
	Ready    int `json:"ready"`
	Starting int `json:"starting"`
	Draining int `json:"draining"`
	Failed   int `json:"failed"`
	Most     int `json:"most"` // the engine's; 0 = no such bound

	Why         plan.Words     `json:"why"`
	Cause       string         `json:"cause"`
	Bound       string         `json:"bound,omitempty"`
	Capacity    float64        `json:"capacity_per_replica"` // people a second; 0 = not known
	Start       secs           `json:"start_seconds"`
	CostPerHour float64        `json:"cost_per_hour"`
	Spent       float64        `json:"spent"`
	Ceiling     int            `json:"ceiling"` // beyond which more were measured not to help; 0 = none known
	Ahead       []FleetStep    `json:"ahead"`
	Replicas    []FleetReplica `json:"replicas"`
}

// FleetStep is a step that is to come.
type FleetStep struct {
	At  time.Time  `json:"at"`
	To  int        `json:"to"`
	Why plan.Words `json:"why"`
}

// FleetReplica is one replica.
type FleetReplica struct {
	ID    string    `json:"id"`
	Phase string    `json:"phase"`
	Own   bool      `json:"own"` // started from here
	Since time.Time `json:"since,omitzero"`
	Why   string    `json:"why,omitempty"`
}

// view is a sight as the API shows it.
func (s *FleetSight) view() *FleetView {
	p := &s.Plan
	v := &FleetView{
		Driver: s.Driver, Time: s.At, Known: s.Known, Fault: s.Fault, Advice: p.Advice, Wanted: p.Wanted, Most: s.State.Most,
		Why: bothWords(p.Now), Cause: p.Now.Cause.String(), Bound: p.Now.Bound.String(), Capacity: p.Capacity, Start: secsOf(p.Start),
		CostPerHour: p.CostPerHour, Spent: p.Spent, Ceiling: p.Ceiling, Ahead: []FleetStep{}, Replicas: []FleetReplica{},
	}
	if p.Now.Bound == scale.BoundNone {
		v.Bound = ""
	}
	for _, r := range s.State.Replicas {
		switch r.Phase {
		case fleet.Starting:
			v.Starting++
		case fleet.Ready:
			v.Ready++
		case fleet.Draining:
			v.Draining++
		case fleet.Failed:
			v.Failed++
		}
		v.Replicas = append(v.Replicas, FleetReplica{ID: r.ID, Phase: r.Phase.String(), Own: r.Own, Since: r.Since, Why: r.Why})
	}
	for _, a := range p.Ahead {
		v.Ahead = append(v.Ahead, FleetStep{At: a.At, To: a.To, Why: bothWords(a)})
	}
	return v
}

func (c *Control) getFleet(w http.ResponseWriter, r *http.Request, _ actor) error {
	only := r.FormValue("shop")
	views := map[string]*FleetView{}
	found := only == ""
	for _, name := range c.cfg.Source.Shops() {
		if only != "" && name != only {
			continue
		}
		found = true
		if s, ok := c.cfg.Fleet.Look(name); ok {
			views[name] = s.view()
		}
	}
	if !found {
		return noShop(only)
	}
	return answer(w, http.StatusOK, map[string]any{"fleet": views})
}

// WantedView is how many replicas are wanted, for an autoscaler that asks.
type WantedView struct {
	Shop     string     `json:"shop"`
	Time     time.Time  `json:"time"`
	Replicas int        `json:"replicas"`
	Ready    int        `json:"ready"`
	Advice   bool       `json:"advice"` // nothing is ordered
	Why      plan.Words `json:"why"`
}

// getReplicas is the wanted number alone. What is not known is no number: who scales by
// it then leaves things as they are.
func (c *Control) getReplicas(w http.ResponseWriter, r *http.Request, _ actor) error {
	name := r.PathValue("shop")
	if !slices.Contains(c.cfg.Source.Shops(), name) {
		return noShop(name)
	}
	const op = "say how many replicas are wanted"
	if !slices.Contains(c.cfg.Fleet.names(), name) {
		return &falochron.Error{Kind: falochron.NotFound, Op: op, Public: "nobody multiplies the replicas of this shop", Hint: "choose a driver in its section fleet"}
	}
	s, ok := c.cfg.Fleet.Look(name)
	if !ok {
		return &falochron.Error{Kind: falochron.Unavailable, Op: op, Public: "it is not known at this moment", Hint: "leave the replicas as they are and ask again; the journal says what could not be seen"}
	}
	return answer(w, http.StatusOK, &WantedView{Shop: name, Time: s.At, Replicas: s.Plan.Wanted, Ready: s.State.Ready(), Advice: s.Plan.Advice, Why: bothWords(s.Plan.Now)})
}

func bothWords(s scale.Step) plan.Words {
	return plan.Words{EN: s.Sentence("en"), PL: s.Sentence("pl")}
}
