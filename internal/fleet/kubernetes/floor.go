package kubernetes

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// orderFloor is an order where an autoscaler holds the number: its minimum is raised or
// lowered, and replicas are added at once instead of at its next turn.
func (d *Driver) orderFloor(ctx context.Context, now time.Time, want fleet.Want, a *autoscaler, sc scaleObject) (fleet.Order, error) {
	order := fleet.Order{Before: sc.Spec.Replicas}
	old, err := readRecord(a.label, a.metadata.Annotations)
	if err != nil {
		return order, err
	}
	mine := old
	if mine == nil && d.memory != nil && now.Before(d.memory.expires) {
		mine = d.memory // somebody has removed the annotations
	}

	// What is there and is not ours is the owner's: it is what we give back.
	next := record{previous: none, since: now, replicasBefore: sc.Spec.Replicas, before: a.min, maxBefore: a.max}
	if mine != nil {
		next.since, next.replicasBefore, next.reverts = mine.since, mine.replicasBefore, mine.reverts
		if !now.Before(mine.expires) {
			next.reverts = 0
		}
		if a.min == mine.ordered {
			next.before = mine.before
		}
		if mine.max > 0 && a.max == mine.max {
			next.maxBefore = mine.maxBefore
		}
	}
	reverted := mine != nil && a.min != mine.ordered
	own := a.value(next.before)

	// How many, by whom it is cut, and by what maximum.
	next.ordered = max(want.Replicas, own)
	if want.Replicas < own {
		order.Bound = "owner"
	}
	if next.ordered > next.maxBefore {
		if d.config.RaiseMaximum {
			next.max = next.ordered
		} else {
			next.ordered = next.maxBefore
			order.Bound = "hpa-max"
			order.Notes = append(order.Notes, fleet.Note{Kind: "at-maximum", Text: fmt.Sprintf(
				"%d pods are wanted, and %s allows %d at the most; raise its %s, or allow raise_maximum", want.Replicas, a.label, a.max, a.maxField)})
		}
	}
	raised := next.ordered > own || next.max > 0

	if reverted && raised && a.value(a.min) < next.ordered {
		if next.reverts >= mostReverts {
			order.Accepted, order.Bound = max(a.value(a.min), sc.Spec.Replicas), "reverted"
			order.Notes = append(order.Notes, resigned(a, mine.ordered))
			lost := *mine
			lost.expires, lost.reverts = want.Expires, next.reverts
			d.last, d.memory = nil, &lost
			return order, nil
		}
		next.reverts++
		order.Notes = append(order.Notes, setAgain(a, mine.ordered, next.reverts))
	}

	// Three steps at the most, each only if it changes something.
	next.expires, next.reason = want.Expires.Truncate(time.Second), cut(want.Reason, longestReason)
	g := &given{want: want, accepted: next.ordered, bound: order.Bound, autoscaler: a, min: a.min, max: a.max}
	if raised {
		g.record = &next
	}
	if next.ordered < sc.Spec.Replicas {
		notes, err := d.mark(ctx, sc, want.Leave, sc.Spec.Replicas-next.ordered)
		order.Notes = append(order.Notes, notes...)
		if err != nil {
			return order, err
		}
	}
	if !raised {
		if order.Changed, err = d.release(ctx, a, sc, mine, next); err != nil {
			return order, err
		}
	} else if due(old, &next, a, now, want.Expires) {
		b, err := d.setFloor(ctx, a, next)
		if err != nil {
			return order, err
		}
		order.Changed, g.min, g.max = true, b.min, b.max
		if a.byCPU && old == nil {
			order.Notes = append(order.Notes, fleet.Note{Kind: "autoscaler-lowers", Text: fmt.Sprintf(
				"%s measures CPU, which our own limit keeps low in a wave, so it may want fewer pods just then; its minimum of %d prevents that until %s",
				a.label, next.ordered, next.expires.UTC().Format(time.RFC3339))})
		}
		if got := a.value(b.min); got < next.ordered {
			g.accepted, g.bound, order.Bound = got, "admission", "admission"
			order.Notes = append(order.Notes, fleet.Note{Kind: "at-maximum", Text: fmt.Sprintf(
				"%s was to have a minimum of %d, and something in the cluster made it %d on the way; look for a mutating webhook", a.label, next.ordered, got)})
		}
	}
	order.Accepted, d.memory, d.last = g.accepted, g.record, nil
	if !raised && order.Changed {
		return order, nil // release has seen to the replicas
	}
	changed, err := d.follow(ctx, a, sc, g.accepted, next.replicasBefore)
	order.Changed = order.Changed || changed
	if err != nil {
		return order, err
	}
	d.last = g
	return order, nil
}

// due says whether minimum, maximum or record of an order have to be written.
func due(old, next *record, a *autoscaler, now, expires time.Time) bool {
	return old == nil || a.min != next.ordered || next.max > 0 && a.max != next.max || old.max > 0 && next.max == 0 ||
		old.reverts != next.reverts || old.before != next.before || old.stale(now, expires)
}

// setFloor writes an order in force.
func (d *Driver) setFloor(ctx context.Context, a *autoscaler, next record) (bounds, error) {
	maximum := next.max
	if maximum == 0 {
		maximum, next.maxBefore = next.maxBefore, 0 // in case that it was raised before
	}
	return d.setBounds(ctx, a, next.ordered, maximum, &next)
}

// ends says that an autoscaler's minimum has been given back, and not yet been seen that
// the replicas followed.
func (r *record) ends() bool { return r.previous != none }

// release gives minimum and maximum back and forgets the order, if there is one. Where the
// autoscaler is blind nobody else would take the replicas back: then that is done too.
// The order is forgotten only by a later call that finds them gone: a turn of the
// autoscaler that had begun by the old minimum raises them once more, and nothing tells
// when there is none. So whoever comes after a failure in between goes on with it too.
func (d *Driver) release(ctx context.Context, a *autoscaler, sc scaleObject, mine *record, back record) (changed bool, err error) {
	if mine == nil {
		return false, nil
	}
	n, raised := max(mine.replicasBefore, a.value(back.before)), max(mine.ordered, mine.previous)
	if !a.computes() && n < sc.Spec.Replicas && sc.Spec.Replicas <= raised {
		if keep := *mine; a.min != back.before || a.max != back.maxBefore || !mine.ends() {
			keep.ordered, keep.before, keep.previous, keep.max = back.before, back.before, raised, 0
			b, err := d.setBounds(ctx, a, back.before, back.maxBefore, &keep)
			if err != nil {
				return false, err
			}
			a.metadata, changed = b.metadata, true
		}
		if a.unsure { // it has not said yet whether it can compute
			return changed, nil
		}
		if follows, err := d.kedaFollows(ctx, a, n); err != nil || !follows {
			return changed, err
		}
		_, err := d.setScale(ctx, sc, n)
		return changed || err == nil, err
	}
	_, err = d.setBounds(ctx, a, back.before, back.maxBefore, nil)
	return changed || err == nil, err
}

// follow sets the number itself where the autoscaler would do it later, or not at all: up
// at once; down only if it is blind, and never below what ran before our first order.
func (d *Driver) follow(ctx context.Context, a *autoscaler, sc scaleObject, n, before int) (changed bool, err error) {
	switch {
	case sc.Spec.Replicas < n:
	case sc.Spec.Replicas > max(n, before) && a.blind != "":
		n = max(n, before)
		if follows, err := d.kedaFollows(ctx, a, n); err != nil || !follows {
			return false, err
		}
	default:
		return false, nil
	}
	_, err = d.setScale(ctx, sc, n)
	return err == nil, err
}

// kedaPatience is how long a call waits until KEDA's operator has copied a lower minimum to
// its HPA, which takes it some hundredths of a second. Until then that one would undo what
// we lower.
const kedaPatience = 2 * time.Second

// kedaFollows says whether the HPA lets the number fall to n, which with KEDA may take a
// moment. Here and in lower a call waits, and nowhere else.
func (d *Driver) kedaFollows(ctx context.Context, a *autoscaler, n int) (bool, error) {
	if a.resource != scaledObjects {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.keda)
	defer cancel()
	for {
		now, err := d.findAutoscaler(ctx)
		switch {
		case ctx.Err() == context.DeadlineExceeded:
			return false, nil
		case err != nil:
			return false, err
		case now == nil || now.acts <= max(n, 1):
			return true, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func setAgain(a *autoscaler, ours, times int) fleet.Note {
	return fleet.Note{Kind: "reverted", Text: fmt.Sprintf("%s set the minimum of %s back from %d to %d; it is set again (%d of %d times)",
		a.writer(), a.label, ours, a.value(a.min), times, mostReverts)}
}

func resigned(a *autoscaler, ours int) fleet.Note {
	return fleet.Note{Kind: "reverted", Text: fmt.Sprintf(
		"%s set the minimum of %s back from %d to %d again and again; it stays so now. Let it ignore spec.%s (docs/fleet-kubernetes.md says how), and order anew",
		a.writer(), a.label, ours, a.value(a.min), a.minField)}
}
