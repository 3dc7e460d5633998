package docker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// standing is what counts when an order is given.
type standing struct {
	view
	underWay
	coming []*job // those of the jobs that are not seen as containers yet
	here   []seen // ours, that take part or will
	broken []seen // ours, that have ended and are to be replaced
	owners int
	// away are replicas, ours and the owner's, on hosts that have not been gone for long
	// enough to be given up.
	away int
}

// total is how many there are or will be.
func (s standing) total() int { return s.owners + s.away + len(s.here) + len(s.coming) }

// Scale implements [fleet.Driver]:
//
//  1. see what there is, on all hosts, one call each;
//  2. compare it with the order: those that ended are replaced, those that vanished too;
//  3. keep on each host until when the order holds, before anything is made there;
//  4. hand what is to be made and what is to leave to goroutines, and return.
func (d *Driver) Scale(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	now := time.Now()
	if err := want.Check(now); err != nil {
		return fleet.Order{}, err
	}
	if err := d.enter(ctx); err != nil {
		return fleet.Order{}, err
	}
	defer d.exit()
	st, err := d.stand(ctx, now)
	if err != nil {
		return fleet.Order{}, err
	}
	o := fleet.Order{Before: d.wanted(st.owners+st.away, now)}
	o.Notes = append(o.Notes, d.vanished(st, now)...)
	o.Notes = append(o.Notes, lostNotes(st.lost)...)
	target := max(want.Replicas, st.owners)
	if target > want.Replicas {
		o.Bound = "owner"
		o.Notes = append(o.Notes, fleet.Note{Kind: "foreign", Text: fmt.Sprintf("%d containers are the owner's own and are not stopped; %d replicas were ordered", st.owners, want.Replicas)})
	}
	more := target - st.total()
	var placed []*host
	var t *template
	if more > 0 {
		var stay []*leave
		if stay = d.back(st, more); len(stay) > 0 {
			more -= len(stay)
			defer d.stay(stay)
		}
		if more > 0 {
			if t, err = d.template(ctx, st.view); err != nil {
				return fleet.Order{}, err
			}
			placed = d.place(ctx, st, t, more)
			if short := more - len(placed); short > 0 {
				target -= short
				o.Bound = "capacity"
				o.Notes = append(o.Notes, fleet.Note{Kind: "no-room", Text: fmt.Sprintf("%d replicas were ordered, and the hosts have room for %d", want.Replicas, target)})
			}
		}
	}
	o.Accepted = target
	keep := record{wanted: target, expires: want.Expires, reason: want.Reason}
	written, notes, err := d.write(ctx, st, keep, target > st.owners+st.away, now)
	if err != nil {
		return fleet.Order{}, err
	}
	o.Notes = append(o.Notes, notes...)
	placed = slices.DeleteFunc(placed, func(h *host) bool { return !written[h] })
	o.Changed = o.Before != o.Accepted || len(placed) > 0 || more < 0 || len(st.broken) > 0
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range st.broken {
		s.host.failed(now)
		d.part(s, 0)
	}
	d.start(st, t, placed, want, now)
	if more < 0 {
		d.fewer(st, -more, want.Leave)
	}
	return o, nil
}

// stand looks and sorts what is there.
func (d *Driver) stand(ctx context.Context, now time.Time) (standing, error) {
	u := d.underWay()
	v, err := d.look(ctx)
	if err != nil {
		return standing{}, d.hosts[0].fault("list the shop's containers", err)
	}
	if err := d.learnAll(ctx, v); err != nil {
		return standing{}, err
	}
	st := standing{view: v, underWay: u}
	names := map[string]bool{}
	for _, s := range v.own {
		names[s.name] = true
	}
	making := map[string]bool{}
	for _, j := range u.jobs {
		name, _, why, _, _ := j.state()
		making[name] = true
		switch {
		case names[name], j.calledOff():
		case v.lost[j.host] != nil && j.host.goneFor(now) >= d.cfg.Gone, why != "" && d.elsewhere(j.host, st):
			j.callOff() // it is made somewhere else
		default:
			st.coming = append(st.coming, j)
		}
	}
	for _, s := range v.own {
		switch {
		case u.leaves[s.id] != nil, u.off[s.name]:
		case s.leaving && !u.back[s.id]: // the program that sent it away is gone
			d.mu.Lock()
			d.part(s, 0)
			d.mu.Unlock()
		case s.dead() && !making[s.name] && !now.Before(s.host.retryAt()):
			st.broken = append(st.broken, s)
		default:
			st.here = append(st.here, s)
		}
	}
	for _, s := range v.owners {
		if s.counts() {
			st.owners++
		}
	}
	for h := range v.lost {
		if h.goneFor(now) >= d.cfg.Gone {
			continue
		}
		h.mu.Lock()
		for _, s := range h.had {
			if s.counts() || s.own && !s.leaving && !s.dead() && !u.going(s) {
				st.away++
			}
		}
		h.mu.Unlock()
	}
	return st, nil
}

// learnAll reads the orders of hosts where they are not known. It fails if that succeeds
// nowhere: a host that lists its containers and not its volumes does not hold up others.
func (d *Driver) learnAll(ctx context.Context, v view) error {
	var first error
	learnt := false
	for _, h := range d.hosts {
		if v.lost[h] != nil {
			continue
		}
		switch err := d.learn(ctx, h, false); {
		case err == nil:
			learnt = true
		case first == nil:
			first = err
		}
	}
	if learnt {
		return nil
	}
	return first
}

// elsewhere says that another host answers on which nothing has failed: a replica that
// cannot be made here is made there.
func (d *Driver) elsewhere(h *host, st standing) bool {
	return slices.ContainsFunc(d.hosts, func(o *host) bool {
		return o != h && st.lost[o] == nil && o.retryAt().IsZero() && (o.Most == 0 || o.Most > st.has(o))
	})
}

// has is how many replicas of the shop a host has.
func (st standing) has(h *host) (n int) {
	for _, s := range slices.Concat(st.own, st.view.owners) {
		if s.host == h && (s.own && !st.going(s) || s.counts()) {
			n++
		}
	}
	for _, j := range st.coming {
		if j.host == h {
			n++
		}
	}
	return n
}

// wanted is the number that is asked for at this moment.
func (d *Driver) wanted(without int, now time.Time) int {
	if r := d.order(); r.holds(now) {
		return max(r.wanted, without)
	}
	return without
}

// vanished says who is no longer there though nobody of ours has sent him away, and puts
// off replacing him: whoever removes replicas would otherwise be answered by as many.
func (d *Driver) vanished(st standing, now time.Time) []fleet.Note {
	there := map[string]bool{}
	for _, s := range st.own {
		there[s.name] = true
	}
	for _, j := range st.jobs { // made perhaps after the list was
		name, _, _, _, _ := j.state()
		there[name] = true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name, h := range d.made {
		if st.lost[h] == nil && !there[name] {
			names = append(names, name)
			delete(d.made, name)
			h.failed(now)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []fleet.Note{{Kind: "reverted", Text: fmt.Sprintf("%d replicas are gone that nobody here has stopped: %s; somebody has removed or renamed them (docker compose up does, where it counts fewer)", len(names), few(names))}}
}

// place chooses hosts for n more.
func (d *Driver) place(ctx context.Context, st standing, t *template, n int) []*host {
	var rooms []room
	for _, h := range d.hosts {
		if st.lost[h] != nil || h.size(ctx) != nil {
			continue
		}
		rooms = append(rooms, st.room(h, t))
	}
	return spread(rooms, n)
}

// room is what a host has left.
func (st standing) room(h *host, t *template) room {
	r := room{host: h, slots: -1, has: st.has(h), failing: !h.retryAt().IsZero()}
	h.mu.Lock()
	memory := h.memory
	r.cpus = h.cpus
	h.mu.Unlock()
	switch {
	case h.Most > 0:
		r.slots = h.Most
	case t != nil:
		r.slots = slotsFor(r.cpus, memory, t.engine.Memory, nano(t))
		for _, s := range st.own { // who leaves has his memory until he is gone
			if s.host == h && st.going(s) {
				r.has++
			}
		}
	}
	return r
}

// nano is a template's limit in billionths of a core; 0: none.
func nano(t *template) int64 {
	if t.engine.NanoCPUs > 0 {
		return t.engine.NanoCPUs
	}
	if t.engine.CPUQuota > 0 {
		period := t.engine.CPUPeriod
		if period <= 0 {
			period = 100_000 // the kernel's default, in microseconds
		}
		return int64(float64(t.engine.CPUQuota) / float64(period) * 1e9)
	}
	return 0
}

// write keeps the order on every host that answers, or removes it where nothing of ours
// is wanted. It fails if it succeeds nowhere.
func (d *Driver) write(ctx context.Context, st standing, r record, some bool, now time.Time) (written map[*host]bool, notes []fleet.Note, err error) {
	written = map[*host]bool{}
	var first error
	for _, h := range d.hosts {
		if st.lost[h] != nil {
			continue
		}
		var err error
		if some {
			err = d.keep(ctx, h, r, now)
		} else {
			err = d.drop(ctx, h)
		}
		if err == nil {
			written[h] = true
			continue
		}
		if first == nil {
			first = err
		}
		notes = append(notes, fleet.Note{Kind: "no-room", Text: "nothing is made on docker host " + h.Name + ", since it does not keep until when: " + err.Error()})
	}
	if len(written) == 0 {
		return nil, nil, first
	}
	return written, notes, nil
}

// back are replicas on their way out that can stay instead.
func (d *Driver) back(st standing, n int) []*leave {
	d.mu.Lock()
	defer d.mu.Unlock()
	var stay []*leave
	for _, l := range st.leaves {
		if len(stay) < n && l.marked && (l.drain > 0 || l.again != nil) && !l.stopping && st.lost[l.host] == nil {
			stay = append(stay, l)
		}
	}
	return stay
}

// stay takes replicas back. Who has begun to stop meanwhile is made anew by the next order.
func (d *Driver) stay(leaves []*leave) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range leaves {
		switch {
		case l.stopping:
		case l.staying:
			l.again = nil
		default:
			l.staying = true
			close(l.stay)
		}
	}
}

// start begins what is to be made. Called under d.mu.
func (d *Driver) start(st standing, t *template, placed []*host, want fleet.Want, now time.Time) {
	taken := map[int]bool{}
	for _, s := range slices.Concat(st.own, st.view.owners) {
		taken[s.number] = true
	}
	for _, j := range d.jobs {
		taken[j.number] = true
	}
	numbers := freeNumbers(taken, len(placed))
	for i, h := range placed {
		d.begin(&job{
			host: h, number: numbers[i], name: replicaName(t.base, numbers[i]), of: t, ordered: now, expires: want.Expires,
			reason: want.Reason, off: make(chan struct{}), next: h.retryAt(), since: now,
		})
	}
	for _, j := range d.jobs {
		j.renew(want.Expires)
	}
}

// fewer sends n of ours away. Called under d.mu.
func (d *Driver) fewer(st standing, n int, named []string) {
	var all []candidate
	for _, s := range st.here {
		_, ready := d.answered[s.id]
		all = append(all, candidate{name: s.name, seen: s, named: slices.Index(named, s.name), broken: s.dead() || s.state == "restarting", ready: ready && s.running()})
	}
	for _, j := range st.coming {
		name, _, why, _, _ := j.state()
		all = append(all, candidate{name: name, job: j, named: slices.Index(named, name), broken: why != ""})
	}
	for _, c := range leavers(all, n) {
		switch {
		case c.job != nil:
			c.job.callOff()
		case c.ready:
			d.part(c.seen, d.cfg.Drain)
		default:
			d.part(c.seen, 0) // it has no visitors
		}
	}
}

func lostNotes(lost map[*host]error) []fleet.Note {
	var notes []fleet.Note
	for h, err := range lost {
		notes = append(notes, fleet.Note{Kind: "no-room", Text: fmt.Sprintf("docker host %s does not answer: %v (%s)", h.Name, err, falochron.HintOf(err))})
	}
	slices.SortFunc(notes, func(a, b fleet.Note) int { return cmp.Compare(a.Text, b.Text) })
	return notes
}
