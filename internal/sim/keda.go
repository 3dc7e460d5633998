package sim

import (
	"fmt"
	"time"
)

// NewKEDA is a ScaledObject («ScaledObject specification») with two prometheus triggers,
// metricType AverageValue: people in line, one replica for as many as it serves within
// [Scenario.Patience], and requests a second over a minute, 70 % of what a replica was
// found to answer. KEDA hands both to an HPA, which does all scaling above zero;
// pollingInterval (30 s) and cooldownPeriod (300 s) only matter between zero and one, and
// the owner's least is never zero. useCachedMetrics is off, its default: the HPA
// gets fresh numbers.
//
// Without a front there is no line to see, and the second trigger does all.
func NewKEDA() Scaler {
	line, rate := 0.0, 0.0
	targets := func(s *Sight) {
		if line == 0 {
			rate = s.Scenario.replicaRate()
			line = rate / s.Scenario.appetite().requests * s.Scenario.Patience.Seconds()
			rate *= hpaTarget
		}
	}
	return &hpa{name: "keda", metrics: []hpaMetric{
		func(_ *hpa, s *Sight) (int, string) {
			targets(s)
			return external(s, float64(s.InLine), line), fmt.Sprintf("%d people in line", s.InLine)
		},
		func(_ *hpa, s *Sight) (int, string) {
			targets(s)
			v := s.over(60, func(x *Second) float64 { return float64(x.Sent) })
			return external(s, v, rate), fmt.Sprintf("%.0f requests a second", v)
		},
	}}
}

const (
	cronBefore = 10 * time.Minute
	cronAfter  = time.Hour
)

// NewScheduled is a ScaledObject with a cron trigger («Cron» scaler: start, end,
// desiredReplicas) for each announced wave, from ten minutes before to an hour after it,
// with as many replicas as the announced wave needs, and a cpu trigger of 70 % beside
// it. Whoever wrote it knew the shop's capacity exactly.
func NewScheduled() Scaler {
	var desired []int
	return &hpa{name: "scheduled", metrics: []hpaMetric{cpuMetric, func(_ *hpa, s *Sight) (int, string) {
		if desired == nil {
			for _, a := range s.Scenario.Announced {
				as := *s.Scenario
				as.Crowd.Waves = []Wave{{At: a.At, People: a.People, Shape: a.Shape, Over: 15 * time.Minute}}
				desired = append(desired, as.Needed())
			}
		}
		n := 0
		for i, a := range s.Scenario.Announced {
			if s.Now >= a.At-cronBefore && s.Now < a.At+cronAfter {
				n = max(n, desired[i])
			}
		}
		if n == 0 {
			return s.Scenario.Replicas.Least, "outside the hours"
		}
		return external(s, float64(n), 1), "within the hours"
	}}}
}
