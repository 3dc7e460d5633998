package control

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/radar"
)

// Metrics of the radar. Label values are our own words: nothing a visitor chooses is one.
var (
	radarState    = desc("radar_state", "1 for the state that the radar sees, 0 for the others.", "state")
	radarChanges  = desc("radar_state_changes_total", "Changes of that state.", "from", "to")
	radarRate     = desc("radar_arrivals_per_second", "Newcomers a second as the radar sees them now.")
	radarBase     = desc("radar_base_arrivals_per_second", "Newcomers a second without the wave.")
	radarSurprise = desc("radar_surprise_nats", "How surprising the most surprising window is: minus the logarithm of the chance that so many come without a wave.")
	radarWaves    = desc("radar_waves_total", "Waves that became a storm.")
	radarAsked    = desc("radar_questions_total", "Times somebody was asked whose post a wave is.")
	radarSure     = desc("radar_attribution_confidence", "How sure it is whose post the wave is; absent in calm.")
	radarPeople   = desc("radar_nowcast_people", "People of the wave in its first ten minutes or hour: low, middle and high of eight in ten cases; absent while it is not known.", "window", "bound")
	radarPeak     = desc("radar_nowcast_peak_per_second", "People a second at the wave's peak, in the same way.", "bound")
	radarCrowds   = desc("radar_crowds", "Crowds under judgement that are told, by what they were found to be.", "kind")
	radarTreated  = desc("radar_treated_crowds", "Of those, what is done to them, or would be.", "treatment")
	radarShadow   = desc("radar_shadow", "1 if that is only written down.")
	radarAttacks  = desc("radar_attacks_total", "Attacks that were told.")
	radarWarnings = desc("radar_preview_warnings_total", "Pages that programs looked at as they do before a wave.")
	radarWarmed   = desc("radar_preview_warmed_total", "Of those, pages fetched ahead.")
	radarLead     = desc("radar_preview_lead_seconds", "From the first preview of a page to the first newcomer on it.")
	radarMissed   = desc("radar_missed_ticks_total", "Ticks that the radar was too late for; how many came in them is known all the same.")
	radarBehind   = desc("radar_behind_seconds", "How old the newest tick was when it was taken in.")
	radarPanics   = desc("radar_panics_total", "Faults of the radar; the shop is protected without it.")
)

// radarCollector turns what the radar sees into metrics when somebody scrapes.
type radarCollector struct{ radar *Radar }

// Describe names all metrics.
func (c radarCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		radarState, radarChanges, radarRate, radarBase, radarSurprise, radarWaves, radarAsked, radarSure, radarPeople, radarPeak, radarCrowds, radarTreated,
		radarShadow, radarAttacks, radarWarnings, radarWarmed, radarLead, radarMissed, radarBehind, radarPanics,
	} {
		out <- d
	}
}

// Collect reads every shop once.
func (c radarCollector) Collect(out chan<- prometheus.Metric) {
	if c.radar == nil {
		return
	}
	for _, shop := range c.radar.watchedShops() {
		n := c.radar.counts(shop)
		if n == nil {
			continue // it has gone this moment
		}
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, kind, value, append([]string{shop}, labels...)...)
		}
		n.collect(send)
		if s, ok := c.radar.Look(shop); ok {
			s.collect(send)
			out <- leadsOf(s.Leads, shop)
		}
	}
}

type sender func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string)

func (n *radarCounts) collect(send sender) {
	for from := radar.Calm; from <= radar.Ebb; from++ {
		for to := radar.Calm; to <= radar.Ebb; to++ {
			if from != to {
				send(radarChanges, prometheus.CounterValue, float64(n.changes[from][to].Load()), from.String(), to.String())
			}
		}
	}
	send(radarWaves, prometheus.CounterValue, float64(n.waves.Load()))
	send(radarAsked, prometheus.CounterValue, float64(n.asked.Load()))
	send(radarAttacks, prometheus.CounterValue, float64(n.attacks.Load()))
	send(radarWarnings, prometheus.CounterValue, float64(n.warnings.Load()))
	send(radarWarmed, prometheus.CounterValue, float64(n.warmed.Load()))
	send(radarMissed, prometheus.CounterValue, float64(n.missed.Load()))
	send(radarPanics, prometheus.CounterValue, float64(n.panics.Load()))
	send(radarBehind, prometheus.GaugeValue, time.Duration(n.behind.Load()).Seconds())
}

func (s *RadarSight) collect(send sender) {
	for state := radar.Calm; state <= radar.Ebb; state++ {
		send(radarState, prometheus.GaugeValue, oneIf(s.State == state), state.String())
	}
	send(radarRate, prometheus.GaugeValue, s.Rate)
	send(radarBase, prometheus.GaugeValue, s.Base)
	send(radarSurprise, prometheus.GaugeValue, s.Surprise)
	if len(s.Suspects) > 0 {
		send(radarSure, prometheus.GaugeValue, s.Suspects[0].Confidence)
	}
	if n := &s.Nowcast; n.Known {
		bounds := func(r forecast.Range, tell func(bound string, value float64)) {
			tell("low", r.Low)
			tell("mid", r.Mid)
			tell("high", r.High)
		}
		bounds(n.In10Min, func(b string, x float64) { send(radarPeople, prometheus.GaugeValue, x, "10m", b) })
		bounds(n.InHour, func(b string, x float64) { send(radarPeople, prometheus.GaugeValue, x, "1h", b) })
		bounds(n.Peak, func(b string, x float64) { send(radarPeak, prometheus.GaugeValue, x, b) })
	}
	var kinds [falochron.CohortAttack + 1]int
	var treated [falochron.TreatRefuse + 1]int
	for i := range s.Verdicts {
		if v := &s.Verdicts[i]; int(v.Kind) < len(kinds) && int(v.Treatment) < len(treated) {
			kinds[v.Kind]++
			treated[v.Treatment]++
		}
	}
	for kind, n := range kinds {
		send(radarCrowds, prometheus.GaugeValue, float64(n), falochron.CohortKind(kind).String())
	}
	for treatment, n := range treated {
		if t := falochron.Treatment(treatment); t != falochron.TreatNone {
			send(radarTreated, prometheus.GaugeValue, float64(n), t.String())
		}
	}
	send(radarShadow, prometheus.GaugeValue, oneIf(s.Shadow))
}

// leadsOf is the histogram of leads.
func leadsOf(l falochron.Leads, shop string) prometheus.Metric {
	buckets, sum := make(map[float64]uint64, len(l.Bounds)), uint64(0)
	for i, b := range l.Bounds {
		if i < len(l.Counts) {
			sum += l.Counts[i]
		}
		buckets[b.Seconds()] = sum
	}
	return prometheus.MustNewConstHistogram(radarLead, l.N, l.Sum.Seconds(), buckets, shop)
}
