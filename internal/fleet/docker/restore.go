package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron/internal/fleet"
)

// Restore implements [fleet.Driver]. It undoes what has expired for all shops of this
// owner: one that is no longer in the configuration has nobody else. Hosts that do not
// answer do not keep it from the others.
func (d *Driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.exit()
	u := d.underWay()
	var faults []error
	found := map[*host]kept{}
	ends := map[string]record{} // the latest order for each shop, on any host
	for _, h := range d.hosts {
		k, err := d.kept(ctx, h)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		found[h] = k
		for _, r := range k.records {
			if r.written.After(ends[r.shop].written) {
				ends[r.shop] = r
			}
		}
	}
	inForce := func(shop string) bool { return ends[shop].holds(now) }
	for _, j := range u.jobs {
		if !inForce(d.cfg.Shop) {
			j.callOff()
		}
	}
	var leaving []*leave
	undone := map[string]int{} // replicas, by shop
	for _, h := range d.hosts {
		for _, c := range found[h].replicas {
			over := !inForce(c.shop)
			if ends[c.shop].volume == "" { // no order is kept: as long as when it was made
				over = !now.Before(c.expires)
			}
			half := c.shop == d.cfg.Shop && !isJob(u.jobs, c.name) && u.leaves[c.id] == nil && (c.leaving || c.state == container.StateCreated)
			if over {
				undone[c.shop]++
			}
			if over || half {
				leaving = append(leaving, d.away(c.seen))
			}
		}
		for i, r := range found[h].records {
			before := slices.ContainsFunc(found[h].records[:i], func(o record) bool { return o.shop == r.shop })
			if inForce(r.shop) && !before {
				continue
			}
			if !inForce(r.shop) {
				undone[r.shop] += 0
			}
			if err := d.forget(ctx, h, r); err != nil {
				faults = append(faults, err)
			}
		}
		h.mu.Lock()
		h.known = false // it is read again
		h.writes++
		h.mu.Unlock()
	}
	faults = append(faults, d.gone(ctx, leaving))
	var notes []fleet.Note
	for shop, n := range undone {
		notes = append(notes, fleet.Note{Kind: "restored", Text: fmt.Sprintf("the order for %s is over and nobody has repeated it: %d replicas are stopped and removed", shop, n)})
	}
	slices.SortFunc(notes, func(a, b fleet.Note) int { return cmp.Compare(a.Text, b.Text) })
	return notes, errors.Join(faults...)
}

func isJob(jobs []*job, name string) bool {
	return slices.ContainsFunc(jobs, func(j *job) bool {
		is, _, _, _, _ := j.state()
		return is == name
	})
}

// away sends a replica away; those that have visitors are drained first, which only a
// program knows that has seen them answer.
func (d *Driver) away(s seen) *leave {
	d.mu.Lock()
	defer d.mu.Unlock()
	drain := time.Duration(0)
	if _, visited := d.answered[s.id]; visited {
		drain = d.cfg.Drain
	}
	return d.part(s, drain)
}

// kept is what a host has of this owner, of whatever shop.
type kept struct {
	records  []record
	replicas []replica
}

type replica struct {
	seen
	shop    string
	expires time.Time // of the order by which it was made
}

func (d *Driver) kept(ctx context.Context, h *host) (k kept, err error) {
	if k.records, err = d.records(ctx, h); err != nil {
		return k, err
	}
	err = h.read(ctx, "list this owner's replicas", func(ctx context.Context) error {
		found, err := h.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", labelOwner+"="+d.cfg.Owner)})
		if err != nil {
			return err
		}
		if found.Items == nil {
			return errors.New("there is no list in the answer")
		}
		k.replicas = nil
		for _, c := range found.Items {
			if c.ID == "" || !d.cfg.ours(c.Labels, nameOf(c)) {
				continue
			}
			s := seen{host: h, id: c.ID, own: true, state: c.State, status: c.Status, created: time.Unix(c.Created, 0)}
			s.name, s.leaving = splitName(nameOf(c))
			k.replicas = append(k.replicas, replica{seen: s, shop: c.Labels[labelOf], expires: read(c.Labels[labelExpires])})
		}
		return nil
	})
	return k, err
}

// gone waits until replicas are, or the caller gives up.
func (d *Driver) gone(ctx context.Context, leaving []*leave) error {
	for _, l := range leaving {
		if l.drain > 0 {
			continue // its visitors are let finish
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return l.host.fault("stop "+l.name, ctx.Err())
		case <-d.ctx.Done():
			return l.host.fault("stop "+l.name, d.ctx.Err())
		}
	}
	return nil
}
