package kubernetes

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// unknown is what fleet.State says of a number that nobody knows.
const unknown = -1

// countEvery is how long a count of what could start holds: it reads every pod of the
// cluster, and nodes come and go by the minute.
const countEvery = 30 * time.Second

type podSpec struct {
	NodeName      string            `json:"nodeName"`
	SchedulerName string            `json:"schedulerName"`
	HostNetwork   bool              `json:"hostNetwork"`
	NodeSelector  map[string]string `json:"nodeSelector"`
	Affinity      *affinity         `json:"affinity"`
	Tolerations   []toleration      `json:"tolerations"`
	Overhead      amounts           `json:"overhead"`
	Resources     *requests         `json:"resources"` // of the whole pod
	Containers    []container       `json:"containers"`
	InitContainer []container       `json:"initContainers"`
	Volumes       []struct {
		Claim *struct{} `json:"persistentVolumeClaim"`
		Own   *struct{} `json:"ephemeral"`
	} `json:"volumes"`
	Claims []struct{} `json:"resourceClaims"`
	Spread []struct {
		WhenUnsatisfiable string `json:"whenUnsatisfiable"`
	} `json:"topologySpreadConstraints"`
}

type affinity struct {
	Node *struct {
		Required *struct{} `json:"requiredDuringSchedulingIgnoredDuringExecution"`
	} `json:"nodeAffinity"`
	Pod *struct {
		Required []struct{} `json:"requiredDuringSchedulingIgnoredDuringExecution"`
	} `json:"podAffinity"`
	Anti *struct {
		Required []struct{} `json:"requiredDuringSchedulingIgnoredDuringExecution"`
	} `json:"podAntiAffinity"`
}

type toleration struct {
	Key      string `json:"key"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
	Effect   string `json:"effect"`
}

type container struct {
	RestartPolicy string   `json:"restartPolicy"`
	Resources     requests `json:"resources"`
	Ports         []struct {
		HostPort int `json:"hostPort"`
	} `json:"ports"`
}

type requests struct {
	Requests amounts `json:"requests"`
}

// amounts are quantities by resource, as the API writes them: "500m", "1Gi".
type amounts map[string]resource.Quantity

type node struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		Unschedulable bool    `json:"unschedulable"`
		Taints        []taint `json:"taints"`
	} `json:"spec"`
	Status struct {
		Allocatable amounts     `json:"allocatable"`
		Conditions  []condition `json:"conditions"`
	} `json:"status"`
}

type taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

type quota struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		Scopes   []string  `json:"scopes"`
		Selector *struct{} `json:"scopeSelector"`
	} `json:"spec"`
	Status struct {
		Hard amounts `json:"hard"`
		Used amounts `json:"used"`
	} `json:"status"`
}

type templated struct {
	Spec struct {
		Template struct {
			Spec podSpec `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

// startable counts how many more pods could start without a new node, at most once in
// [countEvery]. What it does not understand makes the answer unknown, not a guess.
func (d *Driver) startable(ctx context.Context, now time.Time) (int, []fleet.Note) {
	select {
	case d.looking <- struct{}{}:
		defer func() { <-d.looking }()
	case <-ctx.Done():
		return unknown, nil
	}
	if now.Sub(d.counted) < countEvery {
		return d.room, nil
	}
	n, why, err := d.count(ctx)
	d.room, d.counted = n, now
	switch {
	case err != nil:
		return unknown, []fleet.Note{{Kind: "no-room", Text: fmt.Sprintf("how many pods could start is not known: %v; %s", err, falochron.HintOf(err))}}
	case why != "":
		return unknown, []fleet.Note{{Kind: "no-room", Text: "how many pods could start is not known: the shop's pods " + why}}
	}
	return n, nil
}

func (d *Driver) count(ctx context.Context) (n int, why string, err error) {
	var w templated
	if err := d.get(ctx, &w, d.workload.gvr(), d.workload.name); err != nil {
		return unknown, "", err
	}
	spec := w.Spec.Template.Spec
	if why := spec.beyondUs(); why != "" {
		return unknown, why, nil
	}
	limits, err := list[quota](ctx, d, quotas, false, metav1.ListOptions{})
	if err != nil {
		return unknown, "", err
	}
	machines, err := list[node](ctx, d, nodes, true, metav1.ListOptions{})
	if err != nil {
		return unknown, "", err
	}
	running, err := list[pod](ctx, d, pods, true, metav1.ListOptions{FieldSelector: "status.phase!=Succeeded,status.phase!=Failed"})
	if err != nil {
		return unknown, "", err
	}
	used := map[string]load{}
	for _, p := range running {
		l := used[p.Spec.NodeName]
		l.add(p.Spec.needs())
		used[p.Spec.NodeName] = l
	}
	need := spec.needs()
	for _, m := range machines {
		if m.takes(spec) {
			n += m.fits(need, used[m.Metadata.Name])
		}
	}
	// Pods that wait for a node already will take their part of it first.
	n = max(0, n-used[""].pods)
	for _, q := range limits {
		n = min(n, q.allows(need))
	}
	return min(n, fleet.MaxReplicas), "", nil
}

// beyondUs names what the scheduler looks at and we do not; empty if there is nothing.
func (s podSpec) beyondUs() string {
	a := s.Affinity
	hostPort := slices.ContainsFunc(s.Containers, func(c container) bool {
		return slices.ContainsFunc(c.Ports, func(p struct {
			HostPort int `json:"hostPort"`
		}) bool {
			return p.HostPort > 0
		})
	})
	switch {
	case s.SchedulerName != "" && s.SchedulerName != "default-scheduler":
		return "have a scheduler of their own"
	case a != nil && a.Node != nil && a.Node.Required != nil:
		return "choose nodes by affinity"
	case a != nil && (a.Pod != nil && len(a.Pod.Required) > 0 || a.Anti != nil && len(a.Anti.Required) > 0):
		return "choose nodes by other pods there (podAffinity or podAntiAffinity)"
	case slices.ContainsFunc(s.Spread, func(c struct {
		WhenUnsatisfiable string `json:"whenUnsatisfiable"`
	}) bool {
		return c.WhenUnsatisfiable == "DoNotSchedule"
	}):
		return "have to be spread evenly (topologySpreadConstraints)"
	case hostPort || s.HostNetwork:
		return "take ports of the node"
	case len(s.Claims) > 0:
		return "claim devices (resourceClaims)"
	case s.Resources != nil:
		return "share requests among containers (resources of the pod)"
	}
	for _, v := range s.Volumes {
		if v.Claim != nil || v.Own != nil {
			return "have volumes that may exist on one node only (persistentVolumeClaim)"
		}
	}
	return ""
}

// load is what pods take of a node: requests in thousandths, and places for pods.
type load struct {
	milli map[string]int64
	pods  int
}

func (l *load) add(more map[string]int64) {
	if l.milli == nil {
		l.milli = map[string]int64{}
	}
	l.pods++
	for name, n := range more {
		l.milli[name] += n
	}
}

// needs is what the scheduler counts for a pod: its containers together, or the largest of
// its init containers if that is more; those that run beside (restartPolicy Always) count
// with both, and the runtime's overhead on top.
func (s podSpec) needs() map[string]int64 {
	sum, most := map[string]int64{}, map[string]int64{}
	add := func(to map[string]int64, a amounts) {
		for name, q := range a {
			to[name] += q.MilliValue()
		}
	}
	for _, c := range s.InitContainer {
		if c.RestartPolicy == "Always" {
			add(sum, c.Resources.Requests)
			continue
		}
		for name, q := range c.Resources.Requests {
			most[name] = max(most[name], sum[name]+q.MilliValue())
		}
	}
	for _, c := range s.Containers {
		add(sum, c.Resources.Requests)
	}
	if s.Resources != nil { // of the pod as a whole: it replaces the sum
		for name, q := range s.Resources.Requests {
			sum[name], most[name] = q.MilliValue(), 0
		}
	}
	for name, n := range most {
		sum[name] = max(sum[name], n)
	}
	add(sum, s.Overhead)
	return sum
}

// takes says whether the scheduler would think of this node at all.
func (n node) takes(s podSpec) bool {
	ready, ok := findCondition(n.Status.Conditions, "Ready")
	if n.Spec.Unschedulable || !ok || ready.Status != "True" {
		return false
	}
	for key, value := range s.NodeSelector {
		if n.Metadata.Labels[key] != value {
			return false
		}
	}
	for _, t := range n.Spec.Taints {
		if t.Effect != "PreferNoSchedule" && !slices.ContainsFunc(s.Tolerations, func(to toleration) bool { return to.bears(t) }) {
			return false
		}
	}
	return true
}

// bears is the rule of matching in the API reference of Toleration.
func (to toleration) bears(t taint) bool {
	if to.Effect != "" && to.Effect != t.Effect || to.Key != "" && to.Key != t.Key {
		return false
	}
	switch to.Operator {
	case "Exists":
		return true
	case "", "Equal":
		return to.Key != "" && to.Value == t.Value
	}
	// Gt and Lt compare numbers.
	a, errA := strconv.ParseInt(t.Value, 10, 64)
	b, errB := strconv.ParseInt(to.Value, 10, 64)
	return errA == nil && errB == nil && (to.Operator == "Gt" && a > b || to.Operator == "Lt" && a < b)
}

// fits is how many more pods with this need a node has room for.
func (n node) fits(need map[string]int64, used load) int {
	places := n.Status.Allocatable["pods"]
	most := places.Value() - int64(used.pods)
	for name, each := range need {
		if each > 0 {
			has := n.Status.Allocatable[name]
			most = min(most, (has.MilliValue()-used.milli[name])/each)
		}
	}
	return int(min(max(most, 0), fleet.MaxReplicas))
}

// allows is how many more pods with this need a quota lets in. One that is only for some
// pods is taken for one for all: rather too few than too many.
func (q quota) allows(need map[string]int64) int {
	most := int64(math.MaxInt32)
	for name, hard := range q.Status.Hard {
		used := q.Status.Used[name]
		left := hard.MilliValue() - used.MilliValue()
		each := int64(0)
		switch name {
		case "pods", "count/pods":
			each = 1000
		case "cpu", "memory":
			each = need[name]
		case "requests.cpu":
			each = need["cpu"]
		case "requests.memory":
			each = need["memory"]
		}
		if each > 0 {
			most = min(most, max(left, 0)/each)
		}
	}
	return int(most)
}
