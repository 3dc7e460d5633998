package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

const (
	// deletionCost is how a ReplicaSet is told which pods to delete first: those that cost
	// least; without it a pod costs 0.
	deletionCost = "controller.kubernetes.io/pod-deletion-cost"
	// leaving marks pods whose cost is ours. An owner's own cost is left alone.
	leaving = "falochron/leaving"
)

// mostMarks bounds the pods that one order marks: each is a call of its own.
const mostMarks = 50

// listPods returns the workload's own pods. Its selector may select more: pods of somebody
// else with the same labels are not the shop's.
func (d *Driver) listPods(ctx context.Context, sc scaleObject) ([]pod, error) {
	if sc.Status.Selector == "" {
		return nil, lie(callOf("get", d.workload.gvr(), d.workload.name, "scale"), "the workload selects no pods")
	}
	all, err := list[pod](ctx, d, pods, false, metav1.ListOptions{LabelSelector: sc.Status.Selector})
	return slices.DeleteFunc(all, func(p pod) bool { return !d.isOurs(p) }), err
}

func (d *Driver) isOurs(p pod) bool {
	return slices.ContainsFunc(p.Metadata.OwnerReferences, func(o owner) bool {
		if !o.Controller {
			return false
		}
		if d.workload.kind == "StatefulSet" {
			return o.Kind == "StatefulSet" && o.Name == d.workload.name
		}
		// A Deployment calls its ReplicaSets by its own name and the hash of the template,
		// which their pods carry as a label: so no right to read ReplicaSets is needed.
		hash := p.Metadata.Labels["pod-template-hash"]
		return o.Kind == "ReplicaSet" && hash != "" && o.Name == d.workload.name+"-"+hash
	})
}

// mark tells the ReplicaSet which pods are to go first, up to n of those named, and takes
// marks of ours from all others. It is done before the number falls. What it may not do is
// a note and no error: other pods go then.
func (d *Driver) mark(ctx context.Context, sc scaleObject, leave []string, n int) ([]fleet.Note, error) {
	if d.workload.kind == "StatefulSet" {
		if len(leave) == 0 {
			return nil, nil
		}
		return []fleet.Note{{Kind: "foreign", Text: "a StatefulSet takes away its youngest pods, whoever is inside; with a Deployment those with the fewest visitors could go"}}, nil
	}
	all, err := d.listPods(ctx, sc)
	if err != nil {
		return nil, err
	}
	cost := map[string]int{} // of those that are to go
	for _, name := range leave {
		known := slices.ContainsFunc(all, func(p pod) bool { return p.Metadata.Name == name && p.Metadata.DeletionTimestamp == nil })
		if known && len(cost) < min(n, mostMarks) && cost[name] == 0 {
			cost[name] = len(cost) - 10*mostMarks // the first named is the cheapest
		}
	}
	marked := 0
	for _, p := range all {
		is := p.Metadata.Annotations[deletionCost]
		own := p.Metadata.Annotations[leaving] != ""
		var notes map[string]any
		switch c, goes := cost[p.Metadata.Name]; {
		case p.Metadata.DeletionTimestamp != nil, is != "" && !own:
			continue
		case goes && is != strconv.Itoa(c):
			notes = map[string]any{deletionCost: strconv.Itoa(c), leaving: "true"}
		case !goes && own:
			notes = map[string]any{deletionCost: nil, leaving: nil}
		default:
			continue
		}
		if marked++; marked > 2*mostMarks {
			break
		}
		err := d.patch(ctx, &pod{}, pods, p.Metadata.Name, map[string]any{"metadata": map[string]any{"annotations": notes}})
		switch falochron.KindOf(err) {
		case falochron.NotFound: // it has gone meanwhile
		case falochron.Denied:
			return []fleet.Note{{Kind: "foreign", Text: fmt.Sprintf(
				"which pods go first is left to the cluster, since our account may not patch pods; %s", falochron.HintOf(err))}}, nil
		default:
			if err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}
