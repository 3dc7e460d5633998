package fleettest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// driver keeps all rules, but for those that it is told to break.
type driver struct {
	e      *engine
	breaks string
	pause  fleet.Pause
	orders sync.Mutex   // one order after the other
	memory *note        // what a forgetful driver keeps here instead of there
	last   atomic.Int64 // what it ordered last, for those that believe it
	close  chan struct{}
	once   sync.Once
}

func (d *driver) Name() string { return "memory" }

// ask is one call of the engine, with its error as callers know it.
func (d *driver) ask(ctx context.Context, op string, call func(context.Context) error) error {
	if err := ctx.Err(); err != nil && d.breaks != "goes on though cancelled" {
		return kinded(op, err)
	}
	if d.breaks != "storms" {
		if err := d.pause.Enter(time.Now()); err != nil {
			return err
		}
	}
	if d.breaks == "waits for the engine" || d.breaks == "goes on though cancelled" {
		var cancel func()
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
	}
	err := call(ctx)
	switch {
	case err == nil:
	case d.breaks == "no kinds", d.breaks == "a refusal is no kind" && errors.Is(err, errRefused), d.breaks == "a conflict is no kind" && errors.Is(err, errStale):
	case d.breaks == "no hints":
		err = &falochron.Error{Kind: falochron.KindOf(kinded(op, err)), Op: op, Err: err}
	default:
		err = kinded(op, err)
	}
	d.pause.Leave(time.Now(), err)
	return err
}

func kinded(op string, err error) error {
	e := &falochron.Error{Kind: falochron.Unavailable, Op: op, Err: err, Hint: "look whether the engine runs"}
	switch {
	case errors.Is(err, errRefused):
		e.Kind, e.Hint = falochron.Denied, "give the role its right"
	case errors.Is(err, errStale):
		e.Kind, e.Hint = falochron.Conflict, "order again"
	}
	return e
}

func (d *driver) read(ctx context.Context) (p picture, err error) {
	err = d.ask(ctx, "look", func(ctx context.Context) (err error) { p, err = d.e.read(ctx); return err })
	if d.breaks == "rubbish is nothing" && errors.Is(err, errGarbled) {
		return picture{}, nil
	}
	if d.memory != nil {
		p.kept = *d.memory
	}
	return p, err
}

func (d *driver) Observe(ctx context.Context) (fleet.State, error) {
	p, err := d.read(ctx)
	if d.breaks == "gone is empty" && err != nil {
		return fleet.State{Time: time.Now(), Most: d.e.most}, nil
	}
	if err != nil {
		return fleet.State{}, err
	}
	if d.breaks == "looking changes" {
		_ = d.e.do(ctx, func() {})
	}
	st := fleet.State{Time: time.Now(), Wanted: p.wanted, Most: d.e.most, Startable: -1}
	for _, r := range p.replicas {
		out := fleet.Replica{ID: r.id, URL: "http://127.0.0.1:8080", Own: r.own && d.breaks != "nothing is its own", Ordered: r.ordered, Since: r.ordered}
		up, ready := r.ready()
		switch {
		case !r.leaves.IsZero():
			out.Phase, out.Since = fleet.Draining, r.leaves.Add(-leaveTime)
		case r.spoilt && d.breaks != "failing is ready":
			out.Phase, out.Why = fleet.Failed, "exit status 1, six times"
			if d.breaks == "nobody says why" {
				out.Why = ""
			}
		case ready || d.breaks == "starting is ready":
			out.Phase, out.Since = fleet.Ready, time.Now()
			if ready {
				out.Since = up
			}
		case d.breaks == "hides those that start":
			continue
		}
		st.Replicas = append(st.Replicas, out)
	}
	switch d.breaks {
	case "ids are not unique":
		for i := range st.Replicas {
			st.Replicas[i].ID = "web"
		}
	case "believes what it ordered":
		for i := len(st.Replicas); i < int(d.last.Load()); i++ {
			st.Replicas = append(st.Replicas, fleet.Replica{ID: fmt.Sprint("believed", i), Phase: fleet.Ready})
		}
	case "youngest first":
		slices.Reverse(st.Replicas)
	}
	return st, nil
}

func (d *driver) Scale(ctx context.Context, w fleet.Want) (fleet.Order, error) {
	if d.breaks != "takes any order" {
		if err := w.Check(time.Now()); err != nil {
			return fleet.Order{}, err
		}
	}
	if d.breaks != "adds what is missing" {
		d.orders.Lock()
		defer d.orders.Unlock()
	}
	var o fleet.Order
	var err error
	for range 3 {
		if o, err = d.scale(ctx, w); !errors.Is(err, errStale) || d.breaks == "a conflict is no kind" {
			break
		}
	}
	if err == nil && d.breaks == "waits until they are ready" {
		err = d.wait(ctx)
	}
	return o, err
}

// wait looks until all are ready.
func (d *driver) wait(ctx context.Context) error {
	for {
		st, err := d.Observe(ctx)
		if err != nil || st.Ready() == len(st.Replicas) {
			return err
		}
		select {
		case <-ctx.Done():
			return kinded("order", ctx.Err())
		case <-time.After(startTime / 10):
		}
	}
}

func (d *driver) scale(ctx context.Context, w fleet.Want) (fleet.Order, error) {
	p, err := d.read(ctx)
	if err != nil {
		return fleet.Order{}, err
	}
	if d.breaks == "reads twice" {
		_, _ = d.read(ctx)
	}
	n := w.Replicas
	o := fleet.Order{Before: p.wanted}
	if n > d.e.most && d.breaks != "knows no maximum" {
		n, o.Bound = d.e.most, "most"
	}
	if d.breaks == "says no bound" {
		o.Bound = ""
	}
	if d.breaks == "never fewer" {
		n = max(n, p.wanted)
	}
	o.Accepted, o.Changed = n, true
	d.last.Store(int64(n))
	now := time.Now()
	kept := note{before: p.kept.before, expires: w.Expires}
	if p.kept.expires.IsZero() || d.breaks == "undoes only the last" {
		kept.before = p.wanted
	}
	fresh := p.kept.expires.Sub(now) >= w.Expires.Sub(now)*3/4 || d.breaks == "keeps the first end" && !p.kept.expires.IsZero()
	if n == p.wanted && fresh && d.breaks != "writes always" {
		o.Changed = false
		return o, nil
	}
	leave := w.Leave
	switch d.breaks {
	case "keeps it in its memory":
		d.memory, kept = &kept, note{}
	case "chooses by itself":
		leave = nil
	case "stops whom it is told":
		n = min(n, p.wanted-len(leave))
	}
	return o, d.ask(ctx, "order", func(ctx context.Context) error {
		switch d.breaks {
		case "adds what is missing":
			time.Sleep(time.Millisecond)
			return d.e.add(ctx, n-p.wanted, kept)
		case "does it again":
			if err := d.e.add(ctx, n-p.wanted, kept); err != nil {
				return d.e.add(ctx, n-p.wanted, kept)
			}
			return nil
		case "writes the number first":
			if err := d.e.write(ctx, p.version, n, p.kept, leave); err != nil {
				return err
			}
			return d.e.write(ctx, -1, n, kept, nil)
		case "starts all anew":
			if err := d.e.write(ctx, p.version, p.wanted-own(p), kept, nil); err != nil {
				return err
			}
			return d.e.write(ctx, -1, n, kept, nil)
		case "stops one that works":
			_ = d.e.do(ctx, func() { d.mixUp() })
		}
		return d.e.write(ctx, p.version, n, kept, leave)
	})
}

// mixUp takes those that work for those that fail.
func (d *driver) mixUp() {
	for i := range d.e.replicas {
		if r := &d.e.replicas[i]; r.own {
			r.spoilt = !r.spoilt
		}
	}
}

func own(p picture) (n int) {
	for _, r := range p.replicas {
		if r.own && r.leaves.IsZero() {
			n++
		}
	}
	return n
}

func (d *driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	d.orders.Lock()
	defer d.orders.Unlock()
	p, err := d.read(ctx)
	switch {
	case err != nil && d.breaks == "a start that fails is none":
		return nil, nil
	case err != nil:
		return nil, err
	}
	switch d.breaks {
	case "never restores":
		return nil, nil
	case "restores at every start":
		now = now.Add(100 * time.Hour)
	case "asks the clock":
		now = time.Now()
	case "takes strangers for its own":
		_ = d.e.do(ctx, func() { d.e.strays-- })
	}
	if p.kept.expires.IsZero() || now.Before(p.kept.expires) {
		return nil, nil
	}
	clear := note{}
	if d.breaks == "restores for ever" {
		clear = p.kept
	}
	if err := d.ask(ctx, "restore", func(ctx context.Context) error { return d.e.write(ctx, p.version, p.kept.before, clear, nil) }); err != nil {
		return nil, err
	}
	d.memory = nil
	if d.breaks == "restores in silence" {
		return nil, nil
	}
	return []fleet.Note{{Kind: "restored", Text: fmt.Sprintf("from %d to %d replicas", p.wanted, p.kept.before)}}, nil
}

func (d *driver) Close() error {
	d.once.Do(func() {
		if d.breaks == "stops them at its end" {
			_ = d.e.write(context.Background(), -1, 0, note{}, nil)
		}
		if d.breaks != "goes on after its end" {
			close(d.close)
		}
	})
	return nil
}
