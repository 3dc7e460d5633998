package memnet

import (
	"sync"
	"time"
)

// deadline is a point in time that wakes those who wait when it passes, and
// when it is moved: a waiter then looks again.
type deadline struct {
	mu    sync.Mutex // guards the following fields
	timer *time.Timer
	done  chan struct{}
	past  bool // done is closed because the time has come
}

func newDeadline() *deadline { return &deadline{done: make(chan struct{})} }

// changed returns a channel that is closed when the deadline passes or moves.
func (d *deadline) changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done
}

// isPast reports whether the deadline has passed. Ask it after changed, never
// before: then no move between the two goes unseen.
func (d *deadline) isPast() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.past
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	old := d.done
	wasPast := d.past
	d.done, d.past = make(chan struct{}), false
	if !wasPast {
		close(old) // wakes waiters; they look again
	}
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		close(d.done)
		d.past = true
		return
	}
	done := d.done
	d.timer = time.AfterFunc(left, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.done == done && !d.past {
			close(done)
			d.past = true
		}
	})
}
