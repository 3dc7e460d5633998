package kubernetes

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/falochron/falochron"
)

// autoscaler is who holds the workload's number, if anybody does: a
// HorizontalPodAutoscaler, or the KEDA ScaledObject that owns one and would set it back.
type autoscaler struct {
	resource schema.GroupVersionResource
	label    string // for people: "HPA shop"
	minField string
	maxField string

	metadata meta
	min      int // [none] where it is not set
	max      int

	// Of the HPA, in both cases:
	byCPU   bool   // it measures what our own limit keeps low
	blind   string // why it computes nothing, empty while it does
	unsure  bool   // it has not said yet whether it does: it is new
	acts    int    // the minimum that it acts by, which KEDA copies a moment later
	desired int
	held    bool // it would go lower, and its minimum does not let it
}

// value is the minimum as it acts: one pod without a minimum, none with KEDA.
func (a *autoscaler) value(min int) int {
	if min != none {
		return min
	}
	if a.resource == scaledObjects {
		return 0
	}
	return 1
}

// computes says that it lets replicas go by itself where its minimum allows.
func (a *autoscaler) computes() bool { return a.blind == "" && !a.unsure }

// findAutoscaler looks for who scales our workload. nil: nobody.
func (d *Driver) findAutoscaler(ctx context.Context) (*autoscaler, error) {
	all, err := list[hpa](ctx, d, hpas, false, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(h hpa) bool { return !d.isTarget(h.Spec.ScaleTargetRef) })
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, &falochron.Error{
			Kind: falochron.Conflict, Op: "find the autoscaler of " + d.workload.String(),
			Public: fmt.Sprintf("%d HorizontalPodAutoscalers scale it: %s and %s", len(all), all[0].Metadata.Name, all[1].Metadata.Name),
			Hint:   "delete all but one: they fight each other, with or without us",
		}
	}
	h := all[0]
	a := &autoscaler{
		resource: hpas, label: "HPA " + h.Metadata.Name, minField: "minReplicas", maxField: "maxReplicas",
		metadata: h.Metadata, min: none, max: h.Spec.MaxReplicas, desired: h.Status.DesiredReplicas,
	}
	if h.Spec.MinReplicas != nil {
		a.min = *h.Spec.MinReplicas
	}
	a.acts = a.value(a.min)
	for _, m := range h.Spec.Metrics {
		a.byCPU = a.byCPU || m.Type == "Resource" && m.Resource.Name == "cpu" || m.Type == "ContainerResource" && m.ContainerResource.Name == "cpu"
	}
	c, ok := findCondition(h.Status.Conditions, "ScalingActive")
	if a.unsure = !ok; ok && c.Status == "False" && c.Reason != "ScalingDisabled" {
		a.blind = cmp.Or(c.Reason, "it does not say why")
	}
	if c, ok := findCondition(h.Status.Conditions, "ScalingLimited"); ok && c.Status == "True" && c.Reason == "TooFewReplicas" {
		a.held = true
	}
	if i := slices.IndexFunc(h.Metadata.OwnerReferences, func(o owner) bool { return o.Kind == "ScaledObject" }); i >= 0 {
		if err := d.askKEDA(ctx, a, h.Metadata.OwnerReferences[i].Name); err != nil {
			return nil, err
		}
	}
	if a.max < 1 || a.value(a.min) > a.max || a.value(a.min) < 0 {
		return nil, lie(callOf("list", hpas, ""), fmt.Sprintf("%s has a minimum of %d and a maximum of %d", a.label, a.value(a.min), a.max))
	}
	return a, nil
}

// askKEDA makes a the ScaledObject called name, which owns the HPA that a was.
func (d *Driver) askKEDA(ctx context.Context, a *autoscaler, name string) error {
	var so scaledObject
	if err := d.get(ctx, &so, scaledObjects, name); err != nil {
		return err
	}
	a.resource, a.label, a.minField, a.maxField = scaledObjects, "ScaledObject "+name, "minReplicaCount", "maxReplicaCount"
	a.metadata, a.min, a.max = so.Metadata, none, 100 // KEDA's own default
	if so.Spec.MinReplicaCount != nil {
		a.min = *so.Spec.MinReplicaCount
	}
	if so.Spec.MaxReplicaCount != nil {
		a.max = *so.Spec.MaxReplicaCount
	}
	return nil
}

func (d *Driver) isTarget(t target) bool {
	group, _, _ := strings.Cut(t.APIVersion, "/")
	return t.Kind == d.workload.kind && t.Name == d.workload.name && (group == "apps" || t.APIVersion == "")
}

// bounds is an autoscaler's minimum and maximum, as read again after a change.
type bounds struct {
	min, max int
	metadata meta
}

// setBounds writes minimum, maximum and record in one call, unless somebody else has
// written meanwhile. A maximum of 0 leaves it alone.
func (d *Driver) setBounds(ctx context.Context, a *autoscaler, min, max int, r *record) (bounds, error) {
	spec := map[string]any{a.minField: min}
	if min == none {
		spec[a.minField] = nil
	}
	if max > 0 {
		spec[a.maxField] = max
	}
	change := map[string]any{
		"metadata": map[string]any{"resourceVersion": a.metadata.ResourceVersion, "annotations": r.notes()},
		"spec":     spec,
	}
	if a.resource == scaledObjects {
		var so scaledObject
		err := d.patch(ctx, &so, a.resource, a.metadata.Name, change)
		return a.boundsOf(so.Metadata, so.Spec.MinReplicaCount, so.Spec.MaxReplicaCount), err
	}
	var h hpa
	err := d.patch(ctx, &h, a.resource, a.metadata.Name, change)
	return a.boundsOf(h.Metadata, h.Spec.MinReplicas, &h.Spec.MaxReplicas), err
}

// getBounds reads them again by name.
func (d *Driver) getBounds(ctx context.Context, a *autoscaler) (bounds, error) {
	if a.resource == scaledObjects {
		var so scaledObject
		err := d.get(ctx, &so, a.resource, a.metadata.Name)
		return a.boundsOf(so.Metadata, so.Spec.MinReplicaCount, so.Spec.MaxReplicaCount), err
	}
	var h hpa
	err := d.get(ctx, &h, a.resource, a.metadata.Name)
	return a.boundsOf(h.Metadata, h.Spec.MinReplicas, &h.Spec.MaxReplicas), err
}

func (a *autoscaler) boundsOf(m meta, min, max *int) bounds {
	b := bounds{min: none, max: 100, metadata: m}
	if min != nil {
		b.min = *min
	}
	if max != nil {
		b.max = *max
	}
	return b
}

// writer is who wrote the minimum last, by the managedFields that the API server keeps.
func (a *autoscaler) writer() string {
	who, when := "somebody", time.Time{}
	for _, m := range a.metadata.ManagedFields {
		if m.Manager == manager || m.Subresource != "" || m.Time.Before(when) {
			continue
		}
		var fields map[string]map[string]json.RawMessage
		if json.Unmarshal(m.FieldsV1, &fields) != nil {
			continue
		}
		if _, wrote := fields["f:spec"]["f:"+a.minField]; wrote {
			who, when = m.Manager, m.Time
		}
	}
	return who
}
