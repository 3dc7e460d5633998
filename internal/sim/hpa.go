package sim

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// hpa is Kubernetes' HorizontalPodAutoscaler, autoscaling/v2, with the defaults of
// kube-controller-manager: «Horizontal Pod Autoscaling», "Algorithm details" and
// "Configurable scaling behavior"; horizontal-pod-autoscaler-sync-period 15 s, tolerance
// 0.1, cpu-initialization-period 5 min; behavior.scaleUp: no stabilization, the larger of 4
// pods and 100 % in 15 s; behavior.scaleDown: stabilizationWindowSeconds 300, 100 % in 15 s.
//
// Of several metrics the one that asks for most counts. What it sees is late: metrics-server
// scrapes every 15 s and shows the mean since the last scrape.
type hpa struct {
	name    string
	metrics []hpaMetric
	begun   bool
	sync    time.Duration // next
	scrape  time.Duration // next
	pods    map[int]podSample
	recs    []recommended
	ups     []scaled
	downs   []scaled
	why     string
}

// hpaMetric is one entry of spec.metrics: how many replicas it asks for.
type hpaMetric func(h *hpa, s *Sight) (replicas int, why string)

// podSample is what metrics-server, or a scraping Prometheus, knows of one pod.
type podSample struct {
	cpu  float64 // share of the request
	rate float64 // requests a second over the last minute
	at   time.Duration
}

type recommended struct {
	at time.Duration
	n  int
}

type scaled struct {
	at time.Duration
	by int
}

const (
	hpaSync      = 15 * time.Second
	hpaScrape    = 15 * time.Second // metrics-server's metric-resolution
	hpaTolerance = 0.1
	hpaInitial   = 5 * time.Minute // cpu-initialization-period
	hpaDown      = 5 * time.Minute // behavior.scaleDown.stabilizationWindowSeconds
	hpaPeriod    = 15 * time.Second
	hpaPods      = 4
	hpaPercent   = 100
	hpaTarget    = 0.7 // of the CPU request, and of what a pod was found to take; what guides suggest
)

// NewHPA is an HPA on CPU utilization, averageUtilization 70.
func NewHPA() Scaler { return &hpa{name: "hpa-cpu", metrics: []hpaMetric{cpuMetric}} }

// NewHPARate is an HPA on requests a second of each pod (type Pods, by way of
// Prometheus: rate over a minute, scraped every 15 s), averageValue 70 % of what a pod
// was found to answer.
func NewHPARate() Scaler { return &hpa{name: "hpa-rate", metrics: []hpaMetric{rateMetric()}} }

func (h *hpa) Name() string { return h.name }

func (h *hpa) Decide(s *Sight) (int, string) {
	if !h.begun {
		h.begun, h.pods = true, map[int]podSample{}
		h.scrape, h.sync = s.Now+7*time.Second, s.Now+hpaSync // the two know nothing of each other
	}
	if s.Now >= h.scrape {
		h.scrape += hpaScrape
		h.look(s)
	}
	if s.Now < h.sync {
		return s.Wanted, h.why
	}
	h.sync += hpaSync
	want, why := 0, ""
	for _, m := range h.metrics {
		if n, w := m(h, s); n > want || why == "" {
			want, why = n, w
		}
	}
	n := h.stabilized(s.Now, s.Wanted, want)
	n = min(max(n, s.Scenario.Replicas.Least), s.Scenario.Replicas.Most)
	n = h.limited(s.Now, s.Wanted, n)
	switch {
	case n > s.Wanted:
		h.ups = append(h.ups, scaled{s.Now, n - s.Wanted})
	case n < s.Wanted:
		h.downs = append(h.downs, scaled{s.Now, s.Wanted - n})
	}
	h.why = why
	return n, why
}

// look scrapes. A container shows nothing until it has run from one scrape to the next.
func (h *hpa) look(s *Sight) {
	clear(h.pods)
	for _, r := range s.Replicas {
		if r.phase == pending || r.phase == gone || r.phase == draining || s.Now-r.begun < hpaScrape {
			continue
		}
		h.pods[r.id] = podSample{cpu: r.mean(&r.cpu, int(hpaScrape/time.Second)), rate: r.mean(&r.served, min(60, max(int((s.Now-r.begun)/time.Second), 1))), at: s.Now}
	}
}

// cpuMetric is type Resource, averageUtilization: GetResourceReplicas of the replica
// calculator.
func cpuMetric(h *hpa, s *Sight) (int, string) {
	n, ratio := h.perPod(s, true, func(p podSample) float64 { return p.cpu / hpaTarget })
	return n, fmt.Sprintf("CPU at %.0f %% of its target", 100*ratio)
}

// rateMetric is type Pods, averageValue.
func rateMetric() hpaMetric {
	target := 0.0
	return func(h *hpa, s *Sight) (int, string) {
		if target == 0 {
			target = hpaTarget * s.Scenario.replicaRate()
		}
		n, ratio := h.perPod(s, false, func(p podSample) float64 { return p.rate / target })
		return n, fmt.Sprintf("requests at %.0f %% of their target", 100*ratio)
	}
}

// perPod is the rule for metrics of pods. The usage ratio is the mean over the pods that
// count; pods that are not ready, or of which the sample is from before they were (CPU
// only, in their first five minutes), are put aside; pods without a sample are missing.
// To scale up, both count as idle; to scale down, the missing count as at their target
// (CPU: as at their request). If that turns the direction, nothing happens.
func (h *hpa) perPod(s *Sight, cpu bool, ratioOf func(podSample) float64) (int, float64) {
	sum, counted, aside, missing := 0.0, 0, 0, 0
	for _, r := range s.Replicas {
		if r.phase >= draining {
			continue
		}
		if r.phase == pending {
			aside++
			continue
		}
		p, seen := h.pods[r.id]
		switch {
		case !seen:
			missing++
		case cpu && r.phase != ready:
			aside++
		case cpu && s.Now-r.begun < hpaInitial && p.at < r.readyAt+hpaScrape:
			aside++
		default:
			sum += ratioOf(p)
			counted++
		}
	}
	if counted == 0 {
		return s.Wanted, 1 // "did not receive metrics for any ready pods"
	}
	ratio := sum / float64(counted)
	rebalance := aside > 0 && ratio > 1
	if !rebalance && missing == 0 {
		if math.Abs(1-ratio) <= hpaTolerance {
			return s.Wanted, ratio
		}
		return atLeast(ratio * float64(counted)), ratio
	}
	n := counted + missing
	if ratio < 1 {
		full := 1.0
		if cpu {
			full = 1 / hpaTarget
		}
		sum += float64(missing) * full
	}
	if rebalance {
		n += aside
	}
	again := sum / float64(n)
	if math.Abs(1-again) <= hpaTolerance || ratio < 1 && again > 1 || ratio > 1 && again < 1 {
		return s.Wanted, again
	}
	want := atLeast(again * float64(n))
	if again < 1 && want > s.Wanted || again > 1 && want < s.Wanted {
		return s.Wanted, again
	}
	return want, again
}

// external is type External, averageValue: so much of something for each replica,
// whoever has it; GetExternalPerPodMetricReplicas.
func external(s *Sight, value, target float64) int {
	if math.Abs(1-value/(target*float64(s.Wanted))) <= hpaTolerance {
		return s.Wanted
	}
	return atLeast(value / target)
}

// stabilized is the highest number recommended in the last five minutes, if it is below
// what there is.
func (h *hpa) stabilized(now time.Duration, current, want int) int {
	h.recs = slices.DeleteFunc(h.recs, func(r recommended) bool { return now-r.at > hpaDown })
	h.recs = append(h.recs, recommended{now, want})
	if want >= current {
		return want
	}
	most := want
	for _, r := range h.recs {
		most = max(most, r.n)
	}
	return min(current, most)
}

// limited is behavior's policies.
func (h *hpa) limited(now time.Duration, current, want int) int {
	recent := func(events []scaled) (sum int) {
		for _, e := range events {
			if now-e.at < hpaPeriod {
				sum += e.by
			}
		}
		return sum
	}
	if want <= current {
		return want // 100 % may go in a period
	}
	began := current - recent(h.ups) + recent(h.downs)
	limit := max(began+hpaPods, atLeast(float64(began)*(1+hpaPercent/100.0)))
	return min(want, max(limit, current))
}
