package algorithms

import (
	"time"

	"github.com/falochron/falochron/internal/admit"
)

// line is our waiting room, as internal/edge uses it, without its tickets: first
// come, first served; those at the front look every 2 to 2.6 seconds whether there
// is a place, and take it a round trip later. How many places there are is counted by
// internal/admit.
type line struct {
	*world
	seed    uint64
	gate    gate
	places  *admit.Places
	enter   func(*fan)
	waiting []*fan
	called  int           // called, and looking
	turned  time.Duration // when somebody called was last turned away
	updated time.Duration
	looks   uint64
}

func newLine(w *world, seed uint64, g gate, enter func(*fan)) *line {
	return &line{world: w, seed: seed, gate: g, places: admit.NewPlaces(epoch), enter: enter, turned: -time.Hour, updated: -time.Hour}
}

const (
	updateEvery = 20 * time.Millisecond // as internal/edge
	atTheDoor   = 3 * time.Second       // somebody turned away a moment ago looks again before others pass
)

func (l *line) within(lo, hi time.Duration) time.Duration {
	l.looks++
	return between(lo, hi, chance(l.seed, chanceLook, l.looks))
}

func (l *line) update() {
	if l.now-l.updated < updateEvery {
		return
	}
	l.updated = l.now
	load := l.gate.load(l.now)
	load.Outside = len(l.waiting)
	if load.Outside == 0 && l.now-l.turned < atTheDoor {
		load.Outside = 1
	}
	l.gate.crowded(load.Outside > 0)
	l.places.Update(l.clock(), load)
}

// knock is a newcomer; nobody passes those who wait.
func (l *line) knock(f *fan) {
	l.update()
	if ok, _ := l.places.Verdict(); ok && len(l.waiting) == 0 && l.now-l.turned > atTheDoor {
		l.let(f)
		return
	}
	l.waiting = append(l.waiting, f)
}

func (l *line) let(f *fan) {
	l.places.Enter(l.clock())
	f.entered = l.now
	l.enter(f)
}

// look is somebody called asking whether there is a place.
func (l *line) look(f *fan) {
	if !l.free(f) {
		return
	}
	l.after(l.within(50*time.Millisecond, 200*time.Millisecond), func() {
		if l.free(f) {
			l.called--
			l.let(f)
		}
	})
}

// free says whether there is a place; if there is none, f looks again later.
func (l *line) free(f *fan) bool {
	l.update()
	if ok, _ := l.places.Verdict(); ok {
		return true
	}
	l.turned = l.now
	l.after(l.within(2*time.Second, 2600*time.Millisecond), func() { l.look(f) })
	return false
}

// tick calls whoever is next.
func (l *line) tick() {
	l.update()
	for want := l.places.Standby(l.gate.limit()); len(l.waiting) > 0 && float64(l.called) < want; {
		f := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.called++
		l.after(l.within(0, 2300*time.Millisecond), func() { l.look(f) })
	}
}
