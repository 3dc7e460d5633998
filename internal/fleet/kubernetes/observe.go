package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/falochron/falochron/internal/fleet"
)

// Observe reads who scales the workload, its number, its pods and what the Service says of
// them: four calls, five with KEDA or without an autoscaler, two more twice a minute for
// what could start.
func (d *Driver) Observe(ctx context.Context) (fleet.State, error) {
	now := time.Now()
	st := fleet.State{Time: now, Startable: unknown}
	if err := gaveUp(ctx); err != nil {
		return st, err
	}
	a, err := d.findAutoscaler(ctx)
	if err != nil {
		return st, err
	}
	sc, err := d.getScale(ctx)
	if err != nil {
		return st, err
	}
	st.Wanted = sc.Spec.Replicas
	r, err := d.orderInForce(ctx, a)
	if err != nil {
		return st, err
	}
	if a != nil {
		if !d.config.RaiseMaximum {
			st.Most = a.max
		}
		st.Notes = append(st.Notes, a.tell(r)...)
	} else if r != nil && !r.holds(sc.Spec.Replicas) {
		st.Notes = append(st.Notes, fleet.Note{Kind: "reverted", Text: fmt.Sprintf("somebody set %s from %d to %d replicas", d.workload, r.ordered, sc.Spec.Replicas)})
	}
	if slices.ContainsFunc(st.Notes, func(n fleet.Note) bool { return n.Kind == "reverted" }) {
		d.doubt.Store(true)
	}
	all, err := d.listPods(ctx, sc)
	if err != nil {
		return st, err
	}
	ends, err := d.endpoints(ctx)
	if err != nil {
		return st, err
	}
	for _, p := range all {
		if p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" {
			continue // evicted or ended: it has been replaced, and only its trace is left
		}
		st.Replicas = append(st.Replicas, d.replica(p, ends))
	}
	slices.SortFunc(st.Replicas, func(a, b fleet.Replica) int {
		return cmp.Or(a.Ordered.Compare(b.Ordered), a.Since.Compare(b.Since), strings.Compare(a.ID, b.ID))
	})
	own(st.Replicas, r)
	st.Notes = append(st.Notes, podNotes(all)...)
	if d.config.Startable {
		var note []fleet.Note
		st.Startable, note = d.startable(ctx, now)
		st.Notes = append(st.Notes, note...)
	}
	return st, nil
}

// orderInForce is what we have ordered, nil for nothing.
func (d *Driver) orderInForce(ctx context.Context, a *autoscaler) (*record, error) {
	if a != nil {
		return readRecord(a.label, a.metadata.Annotations)
	}
	cm, err := d.getMemo(ctx)
	if err != nil {
		return nil, err
	}
	return readRecord(d.memoLabel(), cm.Metadata.Annotations)
}

// tell says what an autoscaler does with our order.
func (a *autoscaler) tell(r *record) (notes []fleet.Note) {
	if r == nil {
		return nil
	}
	if a.min != r.ordered {
		notes = append(notes, fleet.Note{Kind: "reverted", Text: fmt.Sprintf("%s set the minimum of %s from %d to %d", a.writer(), a.label, r.ordered, a.value(a.min))})
	}
	if a.held && a.min == r.ordered && !r.ends() {
		why := ""
		if a.byCPU {
			why = ": it measures CPU, which our own limit keeps low"
		}
		notes = append(notes, fleet.Note{Kind: "autoscaler-lowers", Text: fmt.Sprintf("%s wants fewer than %d pods%s; its minimum holds them until %s", a.label, r.ordered, why, r.expires.UTC().Format(time.RFC3339))})
	}
	return notes
}

// own marks the replicas beyond those that ran before our first order: the youngest, and
// none that is older than it.
func own(all []fleet.Replica, r *record) {
	if r == nil {
		return
	}
	since := r.since.Truncate(time.Second)
	for i := max(r.replicasBefore, 0); i < len(all); i++ {
		all[i].Own = !all[i].Ordered.Before(since)
	}
}

// end is what EndpointSlices say of a pod.
type end struct {
	url                         string
	ready, serving, terminating bool
}

// endpoints reads the Service's EndpointSlices, by pod. nil: no Service is configured.
func (d *Driver) endpoints(ctx context.Context) (map[string]end, error) {
	if d.config.Service == "" {
		return nil, nil
	}
	slicesOf, err := list[endpointSlice](ctx, d, endpointSlices, false, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=" + d.config.Service})
	if err != nil {
		return nil, err
	}
	// A Service of both families has slices of both: IPv4 first, and the first counts.
	slices.SortStableFunc(slicesOf, func(a, b endpointSlice) int { return strings.Compare(a.AddressType, b.AddressType) })
	out := map[string]end{}
	for _, s := range slicesOf {
		port := d.portOf(s)
		for _, e := range s.Endpoints {
			if e.TargetRef == nil || e.TargetRef.Kind != "Pod" || len(e.Addresses) == 0 || s.AddressType == "FQDN" {
				continue
			}
			if _, seen := out[e.TargetRef.Name]; seen {
				continue
			}
			// Absent means yes for ready and serving, and no for terminating (API reference).
			out[e.TargetRef.Name] = end{
				url:   d.url(e.Addresses[0], port),
				ready: e.Conditions.Ready == nil || *e.Conditions.Ready, serving: e.Conditions.Serving == nil || *e.Conditions.Serving,
				terminating: e.Conditions.Terminating != nil && *e.Conditions.Terminating,
			}
		}
	}
	return out, nil
}

// portOf is the pods' port in a slice, 0 if it has none that was meant.
func (d *Driver) portOf(s endpointSlice) int {
	number, _ := strconv.Atoi(d.config.Port)
	for _, p := range s.Ports {
		if d.config.Port == "" || p.Name == d.config.Port || p.Port == number {
			return p.Port
		}
	}
	return 0
}

func (d *Driver) url(ip string, port int) string {
	if d.config.Reach == "service" || ip == "" || port == 0 {
		return ""
	}
	return cmp.Or(d.config.Scheme, "http") + "://" + net.JoinHostPort(ip, strconv.Itoa(port))
}

// replica is a pod as the edge needs it. ends is nil where no Service is configured.
func (d *Driver) replica(p pod, ends map[string]end) fleet.Replica {
	r := fleet.Replica{ID: p.Metadata.Name, Ordered: p.Metadata.CreationTimestamp}
	ready, _ := findCondition(p.Status.Conditions, "Ready")
	r.Since = cmp.Or(ready.LastTransitionTime, r.Ordered)
	e, listed := ends[p.Metadata.Name]
	r.URL = e.url
	if ends == nil {
		port, _ := strconv.Atoi(d.config.Port)
		r.URL = d.url(p.Status.PodIP, port)
	}
	deleted := p.Metadata.DeletionTimestamp
	switch {
	case deleted != nil:
		r.Phase = fleet.Draining
		r.Since = deleted.Add(-time.Duration(p.Metadata.DeletionGrace) * time.Second)
		if listed && !e.serving {
			r.Why = "it is being deleted and serves nobody any more"
		}
	case listed && e.terminating:
		r.Phase = fleet.Draining
	case ready.Status == "True" && (ends == nil || listed && e.ready):
		r.Phase = fleet.Ready
	default:
		r.Phase, r.Why = fleet.Starting, ""
		if why, hopeless := trouble(p); why != "" {
			r.Why = why
			if hopeless {
				r.Phase = fleet.Failed
			}
		} else if ready.Status == "True" && !listed {
			r.Why = "Service " + d.config.Service + " does not list it yet"
		}
	}
	if r.Since.Before(r.Ordered) {
		r.Since = r.Ordered
	}
	return r
}

// trouble is what the cluster says of a pod that does not get ready; hopeless, where it
// will not without somebody's help.
func trouble(p pod) (why string, hopeless bool) {
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		w := c.State.Waiting
		if w == nil || w.Reason == "ContainerCreating" || w.Reason == "PodInitializing" {
			continue
		}
		return cut(strings.TrimSpace(fmt.Sprintf("container %s: %s %s", c.Name, w.Reason, w.Message)), longestReason), true
	}
	if c, ok := findCondition(p.Status.Conditions, "PodScheduled"); ok && c.Status == "False" {
		return cut(strings.TrimSpace("no node takes it: "+c.Message), longestReason), false
	}
	return "", false
}

// podNotes counts what keeps pods from starting.
func podNotes(all []pod) (notes []fleet.Note) {
	var image, room int
	var imageWhy, roomWhy string
	for _, p := range all {
		switch why, hopeless := trouble(p); {
		case why == "" || p.Metadata.DeletionTimestamp != nil:
		case !hopeless:
			room, roomWhy = room+1, why
		case strings.Contains(why, "Image"):
			image, imageWhy = image+1, why
		}
	}
	if image > 0 {
		notes = append(notes, fleet.Note{Kind: "image-missing", Text: fmt.Sprintf("%d pods have no image: %s", image, imageWhy)})
	}
	if room > 0 {
		notes = append(notes, fleet.Note{Kind: "no-room", Text: fmt.Sprintf("%d pods wait for a node: %s", room, roomWhy)})
	}
	return notes
}
