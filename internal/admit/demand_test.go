package admit

import "testing"

// at112 is a limit found at 112 whose unloaded latency is known, before a steady window.
func at112() *climb {
	c := newClimb(112, evening)
	c.phase, c.hold = steady, 0
	for range baseMemory {
		c.baseln.add(evening, 1)
	}
	return &c
}

// Where the limit does not hold requests back, it is demand that says how many are in
// flight and answered: an ebb is no sign that fewer suffice, nor a rise that more help.
func TestDemandIsNoTrial(t *testing.T) {
	for _, c := range []struct {
		name  string
		used  float64 // of the limit
		tries phase
	}{{"unused", 0.8, tryingUp}, {"used", 0.97, tryingDown}} {
		l := at112()
		l.turn = 1 // the next one goes down, if it may
		l.stay(evening, measured{n: c.used * 112, x: 100, slow: 1.6, ok: true})
		if l.phase != c.tries {
			t.Errorf("%s: phase %d after a window, wants %d", c.name, l.phase, c.tries)
		}
	}
	// The ebb: fewer in flight, as many answered.
	for used, want := range map[float64]int{0.8: 112, 0.97: 90} {
		l := at112()
		l.prev, l.phase, l.level = measured{n: 108, x: 100, slow: 1.6, ok: true}, tryingDown, l.best-1
		l.step(evening, measured{n: used * 90, x: 100, slow: 1.6, ok: true})
		if got := l.limit(); got != want {
			t.Errorf("%.0f %% of 90 in flight answer what 108 did: the limit is %d, wants %d", 100*used, got, want)
		}
	}
	// The flood: more in flight than before, as many more answered, and no more than were allowed.
	for n, want := range map[float64]int{107: 112, 135: 140} {
		l := at112()
		l.prev, l.phase, l.level = measured{n: 90, x: 90, slow: 1.6, ok: true}, tryingUp, l.best+1
		l.step(evening, measured{n: n, x: n, slow: 1.6, ok: true})
		if got := l.limit(); got != want {
			t.Errorf("%.0f in flight answer %.0f, 90 did 90: the limit is %d, wants %d", n, n, got, want)
		}
	}
}

// A large shop that answers as if it were empty need not be asked three times over.
func TestALargeShopAtEaseIsFilledFaster(t *testing.T) {
	for _, c := range []struct {
		level, answers int
		slow           float64
		want           bool
	}{{90, 90, 1.1, true}, {90, 89, 1.1, false}, {90, 90, 1.5, false}, {15, 39, 1.1, false}, {15, 40, 1.1, true}} {
		l := at112()
		l.phase = starting
		for l.level = 0; levels[l.level] < c.level; l.level++ {
		}
		l.win.n, l.win.ratio = c.answers, c.slow*float64(c.answers)
		if got := l.atEase(); got != c.want {
			t.Errorf("%d answers at a limit of %d, %.1f times the unloaded latency: %v", c.answers, c.level, c.slow, got)
		}
	}
}
