package control

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/falochron/falochron"
)

// collector turns vitals into metrics when somebody scrapes. Label values come
// from the configuration (shop, replica), from our own vocabularies (class,
// action, mode) or from a list given at the start (fault): nothing a visitor
// chooses becomes a label, so the number of series is known beforehand.
type collector struct {
	source Source
	faults []string
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("falochron_"+name, help, append([]string{"shop"}, labels...), nil)
}

// gauge and counter metrics with no label but the shop, each with how to read it.
var perShop = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(falochron.Vitals) (float64, bool)
}{
	{desc("arrivals_total", "New visitors, without a ticket of ours."), prometheus.CounterValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Arrivals), true }},
	{desc("adopted_people_total", "People taken over who were in the shop before the very first start."), prometheus.CounterValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Adopted), true }},
	{desc("waiting_people", "People in the waiting room whose place counts."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.InLine), true }},
	{desc("inside_people", "People with a place in the shop."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Inside), true }},
	{desc("inflight_requests", "Requests at the shop now."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.InFlight), true }},
	{desc("queued_requests", "Requests waiting for the concurrency limit."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Queued), true }},
	{desc("concurrency_limit", "Requests allowed at the shop at once."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Limit), true }},
	{desc("concurrency_ceiling", "The owner's upper bound for the limit, 0 = none."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Ceiling), true }},
	{desc("places_per_second", "People let in a second."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return v.PlacesPerSecond, true }},
	{desc("newcomer_wait_seconds", "Wait a newcomer would be told."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.FrontWaitSecs), true }},
	{desc("page_p95_seconds", "95th percentile of pages from the shop, last 10 s."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return v.P95.Seconds(), true }},
	{desc("base_latency_seconds", "Unloaded latency of the shop as last learnt."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return v.BaseLatency.Seconds(), true }},
	// Absent, not zero, while nothing is recognised as an order.
	{desc("orders_total", "Orders recognised at the shop."), prometheus.CounterValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.Orders), v.OrdersKnown }},
	{desc("cache_bytes", "Memory held by the cache."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.CacheBytes), true }},
	{desc("left_early_total", "People who left the line, or did not come for their turn."), prometheus.CounterValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.LeftEarly), true }},
	{desc("fill_pauses_total", "Times the cache asked the shop nothing for a while because it answered 429."), prometheus.CounterValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.FillPauses), true }},
	{desc("room_bytes", "Memory held by the waiting room."), prometheus.GaugeValue,
		func(v falochron.Vitals) (float64, bool) { return float64(v.RoomBytes), true }},
}

var (
	requests        = desc("requests_total", "Requests by what they are for and what happened to them.", "class", "action")
	ticketsRefused  = desc("tickets_refused_total", "Tickets not accepted, by fault.", "fault")
	mode            = desc("mode", "1 for the mode in force, 0 for the others.", "mode")
	replicaHealthy  = desc("replica_healthy", "1 if the replica of the shop is healthy.", "replica")
	postArrivals    = desc("post_arrivals_total", "New visitors by the short link of an announced post; of those nearest to now.", "post")
	replicaInFlight = desc("replica_inflight_requests", "Requests at the replica now.", "replica")
)

// Describe names all metrics.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range perShop {
		out <- m.desc
	}
	for _, d := range []*prometheus.Desc{requests, ticketsRefused, mode, postArrivals, replicaHealthy, replicaInFlight} {
		out <- d
	}
}

// Collect reads every shop's vitals once.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, shop := range c.source.Shops() {
		v, ok := c.source.Vitals(shop)
		if !ok {
			continue
		}
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, kind, value, append([]string{shop}, labels...)...)
		}
		for _, m := range perShop {
			if value, ok := m.read(v); ok {
				send(m.desc, m.kind, value)
			}
		}
		for class := range falochron.NumClasses {
			for action := range falochron.NumActions {
				send(requests, prometheus.CounterValue, float64(v.Requests[class][action]), class.String(), action.String())
			}
		}
		for fault, n := range c.refused(v) {
			send(ticketsRefused, prometheus.CounterValue, float64(n), fault)
		}
		for _, m := range modes() {
			send(mode, prometheus.GaugeValue, oneIf(v.Mode == m), m.String())
		}
		for _, p := range v.Posts { // ids of the plan, as many as the edge tells of at most
			send(postArrivals, prometheus.CounterValue, float64(p.Arrivals), p.ID)
		}
		for name, r := range byReplica(v.Replicas) {
			send(replicaHealthy, prometheus.GaugeValue, oneIf(r.Healthy), name)
			send(replicaInFlight, prometheus.GaugeValue, float64(r.InFlight), name)
		}
	}
}

// refused counts refused tickets by the faults of the given list; what is not
// in it is "other".
func (c collector) refused(v falochron.Vitals) map[string]uint64 {
	by := map[string]uint64{"other": 0}
	for _, fault := range c.faults {
		by[fault] = 0
	}
	for fault, n := range v.Forged {
		if !slices.Contains(c.faults, fault) {
			fault = "other"
		}
		by[fault] += n
	}
	return by
}

// byReplica joins replicas whose addresses differ only in what is secret or a
// path: two series must not have the same labels.
func byReplica(replicas []falochron.ReplicaVitals) map[string]falochron.ReplicaVitals {
	by := make(map[string]falochron.ReplicaVitals, len(replicas))
	for _, r := range replicas {
		name := replicaName(r.URL)
		if had, ok := by[name]; ok {
			r.Healthy, r.InFlight = r.Healthy && had.Healthy, r.InFlight+had.InFlight
		}
		by[name] = r
	}
	return by
}

func modes() []falochron.Mode {
	return []falochron.Mode{falochron.ModeAuto, falochron.ModeWatch, falochron.ModeShop, falochron.ModeHold, falochron.ModeOff}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// metrics serves our own metrics and those of process and runtime from a
// registry of its own.
func (c *Control) metrics() handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{c.cfg.Source, c.cfg.Faults}, radarCollector{c.cfg.Radar}, fleetCollector{c.cfg.Fleet}, doorCollector{c.door.Load, c.watch.hub.counts}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "falochron_build_info", Help: "Always 1; the version is the label.",
		ConstLabels: prometheus.Labels{"version": c.cfg.Version},
	})
	info.Set(1)
	registry.MustRegister(info)
	return plain(promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
}
