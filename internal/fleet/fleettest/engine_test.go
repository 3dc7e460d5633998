package fleettest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// engine is one in memory, as honest as it is told to be. Replicas need two seconds to
// start and one to leave.
type engine struct {
	mu       sync.Mutex
	all      int // calls
	changes  int
	fault    Fault
	spoilt   bool
	held     bool
	serial   int
	version  int
	wanted   int
	most     int
	replicas []replica
	strays   int  // replicas of somebody else
	kept     note // what a driver wrote beside the replicas
}

type replica struct {
	id      string
	own     bool
	ordered time.Time
	begins  time.Time // zero: it is held back
	leaves  time.Time // zero: it stays
	spoilt  bool
}

// note is what has to be known to undo an order.
type note struct {
	before  int
	expires time.Time // zero: there is no order
}

var (
	errGone    = errors.New("connection refused")
	errGarbled = errors.New("invalid character '<' looking for beginning of value")
	errRefused = errors.New("403 Forbidden")
	errStale   = errors.New("409 Conflict")
)

const (
	startTime = 2 * time.Second
	leaveTime = time.Second
)

func newEngine(base int) *engine {
	e := &engine{wanted: base, most: base + 6, fault: None, strays: 2}
	for range base {
		e.start(false)
	}
	for i := range e.replicas {
		e.replicas[i].ordered = time.Now().Add(-time.Hour)
		e.replicas[i].begins = e.replicas[i].ordered
	}
	return e
}

// picture is what the engine says when it is asked.
type picture struct {
	version  int
	wanted   int
	replicas []replica
	kept     note
}

func (e *engine) read(ctx context.Context) (p picture, err error) {
	err = e.call(ctx, false, func() {
		p = picture{e.version, e.wanted, slices.Clone(e.replicas), e.kept}
	})
	return p, err
}

// write sets number and note at once if nobody was quicker. Version -1: in any case.
func (e *engine) write(ctx context.Context, version, n int, kept note, leave []string) error {
	stale := false
	err := e.call(ctx, true, func() {
		if stale = version >= 0 && version != e.version; !stale {
			e.set(n, leave)
			e.kept = kept
		}
	})
	if stale {
		return errStale
	}
	return err
}

// add starts n more, whatever there is. No sensible engine is so; careless drivers use
// others as if they were.
func (e *engine) add(ctx context.Context, n int, kept note) error {
	return e.call(ctx, true, func() { e.set(e.wanted+n, nil); e.kept = kept })
}

// do counts a call that changes something outside of the above.
func (e *engine) do(ctx context.Context, f func()) error { return e.call(ctx, true, f) }

func (e *engine) call(ctx context.Context, change bool, f func()) error {
	e.mu.Lock()
	e.all++
	if change {
		e.changes++
	}
	switch fault := e.fault; {
	case fault == Slow:
		e.mu.Unlock()
		<-ctx.Done()
		return ctx.Err()
	case fault == Gone:
		e.mu.Unlock()
		return errGone
	case fault == Garbled:
		e.mu.Unlock()
		return errGarbled
	case fault == Refusing && change:
		e.mu.Unlock()
		return errRefused
	case fault == Stale && change:
		e.fault = None
		e.mu.Unlock()
		return errStale
	}
	defer e.mu.Unlock()
	if e.fault == Deaf && change {
		return nil
	}
	e.sweep()
	f()
	if e.fault == Cut && change {
		return errGone
	}
	return nil
}

// set lets the number of those that stay become n.
func (e *engine) set(n int, leave []string) {
	e.version++
	e.wanted = n
	stay := 0
	for _, r := range e.replicas {
		if r.leaves.IsZero() {
			stay++
		}
	}
	for ; stay < n; stay++ {
		e.start(true)
	}
	// Those that fail first, then those that are named, then the youngest.
	for _, goes := range []func(replica) bool{
		func(r replica) bool { return r.spoilt },
		func(r replica) bool { return slices.Contains(leave, r.id) },
		func(replica) bool { return true },
	} {
		for i := len(e.replicas) - 1; i >= 0 && stay > n; i-- {
			if r := &e.replicas[i]; r.own && r.leaves.IsZero() && goes(*r) {
				r.leaves = time.Now().Add(leaveTime)
				stay--
			}
		}
	}
}

func (e *engine) start(own bool) {
	e.serial++
	r := replica{id: fmt.Sprintf("r%d", e.serial), own: own, ordered: time.Now(), spoilt: e.spoilt}
	if !e.held {
		r.begins = r.ordered
	}
	e.replicas = append(e.replicas, r)
}

// hold keeps those that are started from now on back, or lets all begin.
func (e *engine) hold(held bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held = held
	for i := range e.replicas {
		if r := &e.replicas[i]; !held && r.begins.IsZero() {
			r.begins = time.Now()
		}
	}
}

// ready says that a replica takes requests, and since when.
func (r replica) ready() (since time.Time, is bool) {
	since = r.begins.Add(startTime)
	return since, !r.begins.IsZero() && !time.Now().Before(since)
}

func (e *engine) sweep() {
	e.replicas = slices.DeleteFunc(e.replicas, func(r replica) bool {
		return !r.leaves.IsZero() && !time.Now().Before(r.leaves)
	})
}

func (e *engine) calls() (all, changes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all, e.changes
}

func (e *engine) misbehave(f Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = f
}

func (e *engine) spoil(spoilt bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spoilt = spoilt
}

func (e *engine) untouched() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.strays != 2 {
		return fmt.Errorf("of 2 replicas of somebody else %d are left", e.strays)
	}
	return nil
}
