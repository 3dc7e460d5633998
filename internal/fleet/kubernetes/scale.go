package kubernetes

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// mostTries is how often an order is tried on what somebody else has made of the objects
// meanwhile. An autoscaler's controller writes the status of its HPA every 15 s, a
// Deployment's one with every pod: four conflicts in a row are no coincidence.
const mostTries = 5

// mostReverts is how often a number that somebody has set back is set again, in one order:
// often enough for a tool that was in the middle of its own work, too few for a fight.
const mostReverts = 3

// given is an order in force, as we remember it.
type given struct {
	want       fleet.Want
	accepted   int
	bound      string
	autoscaler *autoscaler // nil: nobody scales but us
	min, max   int         // of the autoscaler, after our change
	record     *record     // nil: the owner's own number is enough
}

// Scale orders a number of pods:
//
//  1. the same as before costs one look at what it rests on, and is done if that stands;
//  2. otherwise read who scales the workload, its number, and what we wrote there before;
//  3. raise or lower the minimum (or write down what to give back, where nobody else scales);
//  4. then set the number itself, up at once, down only where no autoscaler would do it.
//
// Where somebody else was quicker it begins again at 2.
func (d *Driver) Scale(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	now := time.Now()
	if err := want.Check(now); err != nil {
		return fleet.Order{}, err
	}
	give, err := d.take(ctx)
	if err != nil {
		return fleet.Order{}, err
	}
	defer give()
	if d.stands(now, want) {
		ok, err := d.glance(ctx)
		if err != nil {
			return fleet.Order{}, err
		}
		if ok {
			return fleet.Order{Accepted: d.last.accepted, Before: d.last.accepted, Bound: d.last.bound}, nil
		}
	}
	order := fleet.Order{}
	d.told = false
	for try := 1; ; try++ {
		next, tried := d.order(ctx, now, want)
		if try > 1 {
			next.Before = order.Before // what it was before we began
		}
		if order.Changed { // half of it was done, and is to be told
			next.Changed, next.Notes = true, append(order.Notes, next.Notes...)
		}
		order, err = next, tried
		if !apierrors.IsConflict(err) || try == mostTries {
			break
		}
	}
	return order, err
}

// stands says whether the order is the one in force, so that one look is enough.
func (d *Driver) stands(now time.Time, want fleet.Want) bool {
	if d.doubt.Swap(false) || d.last == nil || d.last.want.Replicas != want.Replicas {
		return false
	}
	return d.last.record == nil || !d.last.record.stale(now, want.Expires)
}

// glance looks at one of the two things that the order in force rests on, by turns.
func (d *Driver) glance(ctx context.Context) (ok bool, err error) {
	d.glances++
	g := d.last
	if d.glances%2 == 0 {
		sc, err := d.getScale(ctx)
		if err != nil {
			return false, err
		}
		return sc.Spec.Replicas == g.accepted || g.autoscaler != nil && sc.Spec.Replicas > g.accepted && !g.undone(sc), nil
	}
	if g.autoscaler == nil {
		if g.record == nil {
			sc, err := d.getScale(ctx)
			return err == nil && sc.Spec.Replicas == g.accepted, err
		}
		cm, err := d.getMemo(ctx)
		if err != nil {
			return false, err
		}
		r, err := readRecord(d.memoLabel(), cm.Metadata.Annotations)
		return err == nil && r != nil && r.ordered == g.record.ordered, err
	}
	b, err := d.getBounds(ctx, g.autoscaler)
	if falochron.KindOf(err) == falochron.NotFound {
		return false, nil // it was taken away: look again for who scales
	}
	if err != nil {
		return false, err
	}
	kept := g.record == nil || b.metadata.Annotations[noteOrdered] != ""
	return kept && b.min == g.min && b.max == g.max, nil
}

// undone says that more run than were ordered and nobody else will see to it: a turn of a
// blind autoscaler that had begun by the minimum of before has raised the number once more,
// or it is so new that it had not said yet whether it can compute.
func (g *given) undone(sc scaleObject) bool {
	return !g.autoscaler.computes() && g.record != nil && sc.Spec.Replicas > max(g.accepted, g.record.replicasBefore)
}

// order does steps 2 to 4 once.
func (d *Driver) order(ctx context.Context, now time.Time, want fleet.Want) (fleet.Order, error) {
	a, err := d.findAutoscaler(ctx)
	if err != nil {
		return fleet.Order{}, err
	}
	sc, err := d.getScale(ctx)
	if err != nil {
		return fleet.Order{}, err
	}
	if a != nil {
		return d.orderFloor(ctx, now, want, a, sc)
	}
	return d.orderPlain(ctx, now, want, sc)
}

func (d *Driver) getScale(ctx context.Context) (scaleObject, error) {
	var sc scaleObject
	if err := d.get(ctx, &sc, d.workload.gvr(), d.workload.name, "scale"); err != nil {
		return sc, err
	}
	return sc, d.believable(sc)
}

// believable refuses numbers of replicas that nobody can have ordered.
func (d *Driver) believable(sc scaleObject) error {
	if n := sc.Spec.Replicas; n < 0 || n > fleet.MaxReplicas {
		return lie(callOf("get", d.workload.gvr(), d.workload.name, "scale"), fmt.Sprintf("%s has %d replicas", d.workload, n))
	}
	return nil
}

// setScale sets the number of replicas, unless somebody else has set it meanwhile.
func (d *Driver) setScale(ctx context.Context, sc scaleObject, n int) (scaleObject, error) {
	change := map[string]any{
		"metadata": map[string]any{"resourceVersion": sc.Metadata.ResourceVersion},
		"spec":     map[string]any{"replicas": n},
	}
	var out scaleObject
	err := d.patch(ctx, &out, d.workload.gvr(), d.workload.name, change, "scale")
	return out, err
}
