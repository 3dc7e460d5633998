package sim

import (
	"fmt"
	"time"
)

// trend is an autoscaler that goes on in a straight line: «Predictive Horizontal Pod
// Autoscaler», model Linear (perSyncPeriod 1, lookAhead, historySize 6), decisionType
// maximum. What it goes on from is the number of replicas that an HPA on CPU calculated
// at its last six syncs; it looks ahead by as long as a replica takes to be ready and
// warm, and takes the larger of both. Stabilization is as of the HPA.
type trend struct {
	hpa
	history []recommended
}

const trendHistory = 6

// NewTrend is the trend-predictive one.
func NewTrend() Scaler {
	t := &trend{hpa: hpa{name: "trend"}}
	t.metrics = []hpaMetric{func(h *hpa, s *Sight) (int, string) {
		n, why := cpuMetric(h, s)
		t.history = append(t.history, recommended{s.Now, n})
		if len(t.history) > trendHistory {
			t.history = t.history[1:]
		}
		ahead := s.Scenario.Replicas.Start + s.Scenario.Replicas.Cold
		if p := t.at(s.Now + ahead); p > n {
			return p, fmt.Sprintf("%s, %d in %.0f s by the trend", why, p, ahead.Seconds())
		}
		return n, why
	}}
	return t
}

// at is the straight line of least squares through the history, at a moment.
func (t *trend) at(at time.Duration) int {
	n := float64(len(t.history))
	if n < 2 {
		return 0
	}
	var sx, sy, sxx, sxy float64
	for _, h := range t.history {
		x, y := h.at.Seconds(), float64(h.n)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	return atLeast((sy-slope*sx)/n + slope*at.Seconds())
}
