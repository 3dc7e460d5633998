package control

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/falochron/falochron/internal/fleet"
)

// Metrics of the replicas. Label values are our own words, or the shop's name.
var (
	fleetWanted   = desc("fleet_wanted_replicas", "Replicas wanted.")
	fleetReplicas = desc("fleet_replicas", "Replicas there are, by phase.", "phase")
	fleetCapacity = desc("fleet_replica_capacity_people_per_second", "People a second that one warm replica serves as measured; absent while it is not known.")
	fleetStart    = desc("fleet_replica_start_seconds", "From the order of a replica until it is ready, as measured.")
	fleetCost     = desc("fleet_cost_per_hour", "What the wanted replicas cost an hour, in the owner's money.")
	fleetSpent    = desc("fleet_campaign_spent", "What the replicas beyond the minimum have cost in this campaign, in the owner's money.")
	fleetCeiling  = desc("fleet_ceiling_replicas", "Replicas beyond which more were measured not to help; 0 = none is known.")
	fleetAdvice   = desc("fleet_advice", "1 if what is wanted is only said, not ordered.")
	fleetSteps    = desc("fleet_steps_total", "Changes of the wanted number.")
	fleetOrders   = desc("fleet_orders_total", "Orders that changed something at the engine.")
	fleetLooked   = desc("fleet_looks_total", "Times the engine was asked what there is.")
	fleetFaults   = desc("fleet_faults_total", "Times the engine did not do as asked.")
	fleetNotes    = desc("fleet_notes_total", "What the engine or somebody else did that people should know, by kind.", "kind")
	fleetPanics   = desc("fleet_panics_total", "Faults of what multiplies the replicas; the shop is protected without it.")
)

// fleetCounts are the counters of one shop.
type fleetCounts struct {
	steps, orders, looks, faults, panics atomic.Uint64

	mu    sync.Mutex
	notes map[string]uint64 // by kind, a fixed vocabulary of the drivers; guarded by mu
}

func (c *fleetCounts) note(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.notes == nil {
		c.notes = make(map[string]uint64)
	}
	c.notes[kind]++
}

// fleetCollector turns what is seen of the replicas into metrics when somebody scrapes.
type fleetCollector struct{ fleet *Fleet }

// Describe names all metrics.
func (c fleetCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		fleetWanted, fleetReplicas, fleetCapacity, fleetStart, fleetCost, fleetSpent, fleetCeiling, fleetAdvice, fleetSteps, fleetOrders, fleetLooked,
		fleetFaults, fleetNotes, fleetPanics,
	} {
		out <- d
	}
}

// Collect reads every shop once.
func (c fleetCollector) Collect(out chan<- prometheus.Metric) {
	for _, shop := range c.fleet.names() {
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, kind, value, append([]string{shop}, labels...)...)
		}
		c.fleet.mu.RLock()
		s := c.fleet.shops[shop]
		c.fleet.mu.RUnlock()
		if s == nil {
			continue // it has gone this moment
		}
		s.counts.collect(send)
		if sight, ok := c.fleet.Look(shop); ok {
			sight.collect(send)
		}
	}
}

func (c *fleetCounts) collect(send func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	send(fleetSteps, prometheus.CounterValue, float64(c.steps.Load()))
	send(fleetOrders, prometheus.CounterValue, float64(c.orders.Load()))
	send(fleetLooked, prometheus.CounterValue, float64(c.looks.Load()))
	send(fleetFaults, prometheus.CounterValue, float64(c.faults.Load()))
	send(fleetPanics, prometheus.CounterValue, float64(c.panics.Load()))
	c.mu.Lock()
	defer c.mu.Unlock()
	for kind, n := range c.notes {
		send(fleetNotes, prometheus.CounterValue, float64(n), kind)
	}
}

func (s *FleetSight) collect(send func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	by := make(map[fleet.Phase]int)
	for _, r := range s.State.Replicas {
		by[r.Phase]++
	}
	for _, phase := range []fleet.Phase{fleet.Starting, fleet.Ready, fleet.Draining, fleet.Failed} {
		send(fleetReplicas, prometheus.GaugeValue, float64(by[phase]), phase.String())
	}
	send(fleetWanted, prometheus.GaugeValue, float64(s.Plan.Wanted))
	if s.Plan.Capacity > 0 {
		send(fleetCapacity, prometheus.GaugeValue, s.Plan.Capacity)
	}
	send(fleetStart, prometheus.GaugeValue, s.Plan.Start.Seconds())
	send(fleetCost, prometheus.GaugeValue, s.Plan.CostPerHour)
	send(fleetSpent, prometheus.GaugeValue, s.Plan.Spent)
	send(fleetCeiling, prometheus.GaugeValue, float64(s.Plan.Ceiling))
	send(fleetAdvice, prometheus.GaugeValue, oneIf(s.Plan.Advice))
}
