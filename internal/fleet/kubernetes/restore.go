package kubernetes

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Restore gives back what was there before an order that has expired by now: the
// autoscaler's minimum and maximum, or the replicas where there is none. What somebody
// else has changed since is his, and stays.
func (d *Driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	give, err := d.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	var notes []fleet.Note
	for try := 1; ; try++ {
		var more []fleet.Note
		more, err = d.restore(ctx, now)
		if len(notes) == 0 { // a second try finds half of it done, and would tell another story
			notes = more
		}
		if !apierrors.IsConflict(err) || try == mostTries {
			return notes, err
		}
	}
}

func (d *Driver) restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	a, err := d.findAutoscaler(ctx)
	if err != nil {
		return nil, err
	}
	var notes []fleet.Note
	if a != nil {
		if notes, err = d.restoreFloor(ctx, now, a); err != nil {
			return notes, err
		}
	}
	more, err := d.restorePlain(ctx, now, a)
	return append(notes, more...), err
}

func (d *Driver) restoreFloor(ctx context.Context, now time.Time, a *autoscaler) ([]fleet.Note, error) {
	r, err := readRecord(a.label, a.metadata.Annotations)
	if err != nil || r == nil || now.Before(r.expires) {
		return nil, err
	}
	sc, err := d.getScale(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.unmark(ctx, sc); err != nil {
		return nil, err
	}
	back := record{before: a.min, maxBefore: a.max}
	if a.min == r.ordered {
		back.before = r.before
	}
	if r.max > 0 && a.max == r.max {
		back.maxBefore = max(r.maxBefore, a.value(back.before))
	}
	note := fleet.Note{Kind: "restored", Text: fmt.Sprintf("the minimum of %s is %d again; %d had been ordered until %s", a.label, a.value(back.before), r.ordered, r.expires.UTC().Format(time.RFC3339))}
	if a.min != r.ordered {
		note = fleet.Note{Kind: "reverted", Text: fmt.Sprintf("the minimum of %s is %d, which %s has set since; our %d is forgotten", a.label, a.value(a.min), a.writer(), r.ordered)}
	}
	d.last, d.memory = nil, nil
	changed, err := d.release(ctx, a, sc, r, back)
	if err != nil && !changed || r.ends() { // that was told when it was given back
		return nil, err
	}
	return []fleet.Note{note}, err
}

func (d *Driver) restorePlain(ctx context.Context, now time.Time, a *autoscaler) ([]fleet.Note, error) {
	cm, err := d.getMemo(ctx)
	if kind := falochron.KindOf(err); err != nil && (kind == falochron.NotFound || a != nil && kind == falochron.Denied) {
		return nil, nil // nothing was ever kept there
	}
	if err != nil {
		return nil, err
	}
	r, err := readRecord(d.memoLabel(), cm.Metadata.Annotations)
	if err != nil || r == nil || now.Before(r.expires) {
		return nil, err
	}
	sc, err := d.getScale(ctx)
	if err != nil {
		return nil, err
	}
	note := fleet.Note{Kind: "foreign", Text: fmt.Sprintf("%s has %d replicas by somebody else; our %d are forgotten", d.workload, sc.Spec.Replicas, r.ordered)}
	switch {
	case a != nil:
		note.Text = fmt.Sprintf("%s is scaled by %s now; our %d are forgotten", d.workload, a.label, r.ordered)
	case r.holds(sc.Spec.Replicas):
		if err := d.unmark(ctx, sc); err != nil {
			return nil, err
		}
		if r.before != sc.Spec.Replicas {
			if _, err := d.setScale(ctx, sc, r.before); err != nil {
				return nil, err
			}
		}
		note = fleet.Note{Kind: "restored", Text: fmt.Sprintf("%s has %d replicas again; %d had been ordered until %s", d.workload, r.before, r.ordered, r.expires.UTC().Format(time.RFC3339))}
	}
	// Last: as long as this fails, the next call does all of it again.
	if _, err := d.setMemo(ctx, cm, nil); err != nil {
		return []fleet.Note{note}, err
	}
	d.last = nil
	return []fleet.Note{note}, nil
}

// unmark takes all marks of ours from pods.
func (d *Driver) unmark(ctx context.Context, sc scaleObject) error {
	_, err := d.mark(ctx, sc, nil, 0)
	return err
}
