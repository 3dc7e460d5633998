package sim

import (
	"fmt"
	"math"
	"time"
)

// kpa is Knative's own autoscaler: «Additional autoscaling configuration for Knative Pod
// Autoscaler» and autoscaler.Scale of knative/serving. It is on concurrency:
// container-concurrency is the workers, container-concurrency-target-percentage 70;
// tick-interval 2 s, stable-window 60 s, panic-window-percentage 10 (6 s),
// panic-threshold-percentage 200, max-scale-up-rate 1000, max-scale-down-rate 2,
// scale-down-delay 0.
//
// It sees the requests that are at the pods, once a second, as queue-proxy tells it, or the
// activator. What waits at a front of another maker it does not see.
type kpa struct {
	next     time.Duration
	panicked bool
	since    time.Duration // panic: last second over the threshold
	most     int           // of this panic
	why      string
}

const (
	kpaTick      = 2 * time.Second
	kpaStable    = 60
	kpaPanic     = 6
	kpaThreshold = 2.0
	kpaUp        = 1000.0
	kpaDown      = 2.0
	kpaTarget    = 0.7
)

// NewKPA is Knative's autoscaler with its defaults.
func NewKPA() Scaler { return &kpa{} }

func (k *kpa) Name() string { return "kpa" }

func (k *kpa) Decide(s *Sight) (int, string) {
	if s.Now < k.next {
		return s.Wanted, k.why
	}
	k.next = s.Now + kpaTick
	stable, burst := 0.0, 0.0
	for _, r := range s.Replicas {
		if r.phase == ready || r.phase == draining {
			// Samples are summed over pods; who has been there for less than the window weighs by it.
			stable += r.mean(&r.here, kpaStable) * float64(min(r.samples, kpaStable)) / kpaStable
			burst += r.mean(&r.here, kpaPanic) * float64(min(r.samples, kpaPanic)) / kpaPanic
		}
	}
	n := k.scale(s.Now, float64(max(s.count(ready), 1)), stable, burst, kpaTarget*float64(s.Scenario.Shop.Workers))
	if k.panicked {
		k.why = fmt.Sprintf("panic: %.1f requests at once", burst)
	} else {
		k.why = fmt.Sprintf("%.1f requests at once", stable)
	}
	return n, k.why
}

// scale is autoscaler.Scale: both windows' numbers, held between half and a thousand times
// the ready pods; panic begins when the short window asks for twice the ready pods or
// more, and ends a stable window after that was so for the last time; in panic nothing
// goes down.
func (k *kpa) scale(now time.Duration, ready, stable, burst, target float64) int {
	up, down := math.Ceil(kpaUp*ready), math.Floor(ready/kpaDown)
	within := func(x float64) int { return int(min(max(x, down), up)) }
	byStable, byBurst := math.Ceil(stable/target), math.Ceil(burst/target)
	switch over := byBurst/ready >= kpaThreshold; {
	case over:
		k.panicked, k.since = true, now
	case k.panicked && k.since+kpaStable*time.Second < now:
		k.panicked, k.most = false, 0
	}
	want := within(byStable)
	if k.panicked {
		k.most = max(k.most, want, within(byBurst))
		want = k.most
	}
	return want
}
