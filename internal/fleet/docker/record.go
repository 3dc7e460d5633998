package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/client"
)

// record is the order in force, kept on each host that has replicas of ours: in the
// labels of a volume in which there is nothing. Labels of containers would stand nearer,
// but no engine changes them, and an order is renewed.
type record struct {
	volume  string // its name; empty: there is none
	shop    string
	wanted  int // replicas in all
	expires time.Time
	written time.Time
	reason  string
}

// holds says that the order is in force.
func (r record) holds(now time.Time) bool { return r.volume != "" && now.Before(r.expires) }

// readRecord is the record in a volume; false where it is not one of this owner's.
func (c Config) readRecord(v volume.Volume) (record, bool) {
	r := record{volume: v.Name, shop: v.Labels[labelOf], expires: read(v.Labels[labelExpires]), written: read(v.Labels[labelOrdered]), reason: v.Labels[labelReason]}
	r.wanted, _ = strconv.Atoi(v.Labels[labelWanted])
	whole := v.Labels[labelOwner] == c.Owner && v.Labels[labelName] == v.Name && !r.expires.IsZero() && !r.written.IsZero()
	return r, whole
}

// records lists those of this owner on a host, latest first, of all shops.
func (d *Driver) records(ctx context.Context, h *host) ([]record, error) {
	var all []record
	err := h.read(ctx, "read until when orders hold", func(ctx context.Context) error {
		found, err := h.cli.VolumeList(ctx, client.VolumeListOptions{Filters: client.Filters{}.Add("label", labelOwner+"="+d.cfg.Owner, labelWanted)})
		if err != nil {
			return err
		}
		all = nil
		for _, v := range found.Items {
			if r, ok := d.cfg.readRecord(v); ok {
				all = append(all, r)
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b record) int { return b.written.Compare(a.written) })
	return all, err
}

// learn reads the order that a host keeps, once, and drops those that a later one has
// replaced.
func (d *Driver) learn(ctx context.Context, h *host, tidy bool) error {
	h.mu.Lock()
	known, writes := h.known, h.writes
	h.mu.Unlock()
	if known {
		return nil
	}
	all, err := d.records(ctx, h)
	if err != nil {
		return err
	}
	var latest record
	left := false
	for _, r := range all {
		switch {
		case r.shop != d.cfg.Shop:
		case latest.volume == "":
			latest = r
		case tidy:
			if err := d.forget(ctx, h, r); err != nil {
				return err
			}
		default:
			left = true
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.writes == writes { // or it was written meanwhile
		h.record, h.known = latest, !left
	}
	return nil
}

// order is the latest that any host keeps.
func (d *Driver) order() record {
	var latest record
	for _, h := range d.hosts {
		h.mu.Lock()
		if h.record.volume != "" && h.record.written.After(latest.written) {
			latest = h.record
		}
		h.mu.Unlock()
	}
	return latest
}

// keep writes an order on a host, unless it is there with nearly as late an end: while
// three quarters of the time are left, renewing is put off.
func (d *Driver) keep(ctx context.Context, h *host, want record, now time.Time) error {
	if err := d.learn(ctx, h, true); err != nil {
		return err
	}
	h.mu.Lock()
	is := h.record
	h.mu.Unlock()
	if is.holds(now) && is.wanted == want.wanted && !is.expires.After(want.expires) && is.expires.Sub(now) >= want.expires.Sub(now)*3/4 {
		return nil
	}
	want.shop, want.written = d.cfg.Shop, time.Now()
	shop := strings.Trim(notInNames.ReplaceAllString(d.cfg.Shop, "-"), "-_.")
	want.volume = "falochron-order-" + shop + "-" + d.cfg.Owner + "-" + strings.ToLower(rand.Text()[:8])
	labels := map[string]string{
		labelOwner: d.cfg.Owner, labelOf: d.cfg.Shop, labelName: want.volume, labelWanted: strconv.Itoa(want.wanted),
		labelExpires: stamp(want.expires), labelOrdered: stamp(want.written), labelReason: shorten(want.reason),
	}
	err := h.change(ctx, "keep until when the order holds", 0, func(ctx context.Context) error {
		made, err := h.cli.VolumeCreate(ctx, client.VolumeCreateOptions{Name: want.volume, Driver: "local", Labels: labels})
		if err == nil && (made.Volume.Name != want.volume || made.Volume.Labels[labelExpires] != labels[labelExpires]) {
			err = errors.New("the volume that was made is not the one that was asked for")
		}
		return err
	})
	h.mu.Lock()
	h.writes++
	if err != nil {
		h.known = false // it may be there all the same
	} else {
		h.record = want
	}
	h.mu.Unlock()
	if err == nil && is.volume != "" {
		if d.forget(ctx, h, is) != nil {
			h.mu.Lock()
			h.known = false // two are there; the next order tidies up
			h.mu.Unlock()
		}
	}
	return err
}

// drop removes the order that a host keeps.
func (d *Driver) drop(ctx context.Context, h *host) error {
	if err := d.learn(ctx, h, true); err != nil {
		return err
	}
	h.mu.Lock()
	is := h.record
	h.mu.Unlock()
	if is.volume == "" {
		return nil
	}
	if err := d.forget(ctx, h, is); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.record = record{}
	h.writes++
	return nil
}

// forget removes a record; that it is gone already is as good.
func (d *Driver) forget(ctx context.Context, h *host, r record) error {
	err := h.change(ctx, "remove an order that is over", 0, func(ctx context.Context) error {
		_, err := h.cli.VolumeRemove(ctx, r.volume, client.VolumeRemoveOptions{})
		if errdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
	return err
}
