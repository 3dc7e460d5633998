package kubernetes

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// memoName is the ConfigMap in whose annotations an order in force is kept where no
// autoscaler is. It belongs to the manifests, so that we need no right to create any; and
// it is not the workload itself, since who may annotate a Deployment may change its image.
func (d *Driver) memoName() string { return "falochron-fleet-" + d.workload.name }

func (d *Driver) memoLabel() string { return "ConfigMap " + d.memoName() }

func (d *Driver) getMemo(ctx context.Context) (configMap, error) {
	var cm configMap
	err := d.get(ctx, &cm, configMaps, d.memoName())
	if falochron.KindOf(err) == falochron.NotFound {
		err = &falochron.Error{
			Kind: falochron.NotFound, Op: "read what to give back", Err: err, Public: d.memoLabel() + " is not there",
			Hint: "kubectl create configmap " + d.memoName() + d.in(call{}) + " (deploy/kubernetes/fleet.yaml has it): without it our end would leave the replicas raised",
		}
	}
	return cm, err
}

func (d *Driver) setMemo(ctx context.Context, cm configMap, r *record) (configMap, error) {
	var out configMap
	err := d.patch(ctx, &out, configMaps, d.memoName(), map[string]any{
		"metadata": map[string]any{"resourceVersion": cm.Metadata.ResourceVersion, "annotations": r.notes()},
	})
	return out, err
}

// holds says whether a number of replicas is one that we ordered by this record, now or by
// a call that broke.
func (r *record) holds(replicas int) bool { return replicas == r.ordered || replicas == r.previous }

// orderPlain is an order where nobody scales but us. What to give back is written before
// the number is changed; between the two, nothing is raised.
func (d *Driver) orderPlain(ctx context.Context, now time.Time, want fleet.Want, sc scaleObject) (fleet.Order, error) {
	order := fleet.Order{Before: sc.Spec.Replicas}
	cm, err := d.getMemo(ctx)
	if err != nil {
		return order, err
	}
	old, err := readRecord(d.memoLabel(), cm.Metadata.Annotations)
	if err != nil {
		return order, err
	}
	there := sc.Spec.Replicas
	next := record{before: there, previous: there, since: now, replicasBefore: there}
	reverted := false
	if old != nil {
		next.since, next.reverts = old.since, old.reverts
		if !now.Before(old.expires) {
			next.reverts = 0
		}
		if old.holds(there) {
			next.before = old.before
		}
		// What we ordered before may stand there because a call of ours broke, unless we
		// have seen the order done.
		seen := d.last != nil && d.last.autoscaler == nil && d.last.record != nil && there != d.last.accepted
		reverted = !old.holds(there) || seen || next.reverts >= mostReverts && there != old.ordered
		next.replicasBefore = next.before
	}
	next.ordered = max(want.Replicas, next.before)
	if want.Replicas < next.before {
		order.Bound = "owner"
	}
	raised := next.ordered > next.before
	if reverted && raised && there < next.ordered {
		text := fmt.Sprintf("somebody set %s back from %d to %d replicas", d.workload, old.ordered, there)
		if next.reverts >= mostReverts && !d.told {
			order.Accepted, order.Bound, d.last = there, "reverted", nil
			order.Notes = append(order.Notes, fleet.Note{Kind: "reverted", Text: text +
				" again and again; it stays so now. Let who does it ignore spec.replicas (docs/fleet-kubernetes.md says how), and order anew"})
			return order, nil
		}
		if !d.told { // a second try in the same call finds the same
			d.told = true
			next.reverts++
			order.Notes = append(order.Notes, fleet.Note{Kind: "reverted", Text: fmt.Sprintf("%s; it is set again (%d of %d times)", text, next.reverts, mostReverts)})
		}
	}
	next.expires, next.reason = want.Expires.Truncate(time.Second), cut(want.Reason, longestReason)
	g := &given{want: want, accepted: next.ordered, bound: order.Bound}
	if raised {
		g.record = &next
		if old == nil || old.ordered != next.ordered || old.before != next.before || old.reverts != next.reverts || old.stale(now, want.Expires) {
			if cm, err = d.setMemo(ctx, cm, &next); err != nil {
				return order, err
			}
			order.Changed = true
		}
	}
	if next.ordered < there {
		notes, err := d.mark(ctx, sc, want.Leave, there-next.ordered)
		order.Notes = append(order.Notes, notes...)
		if err != nil {
			return order, err
		}
	}
	if next.ordered != there {
		if _, err := d.setScale(ctx, sc, next.ordered); err != nil {
			return order, err
		}
		order.Changed = true
	}
	if !raised && old != nil {
		if _, err := d.setMemo(ctx, cm, nil); err != nil {
			return order, err
		}
		order.Changed = true
	}
	order.Accepted, d.last = next.ordered, g
	return order, nil
}
