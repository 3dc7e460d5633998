package crowd

import (
	"errors"
	"math"
	"time"
)

// What people bear. None of it is ever compressed: a crowd in a hurry would
// punish a slow shop more than people do, and a patient one less.
const (
	reloadAfter = 3 * time.Second // a page slower than this is reloaded ...
	reloadShare = 0.44            // ... by this share, who abort the first request
	leaveAfter  = 5 * time.Second // waiting for a page as long as this ...
	leaveShare  = 1.0 / 3         // ... is too much for this share
	giveUp      = 65 * time.Second

	maxReloads = 5 // per page; then a fan waits or leaves like anybody

	// After an error page the same share that reloads tries again, having looked
	// at it for a moment.
	retryShare = reloadShare
	retryMin   = 2 * time.Second
	retryMax   = 5 * time.Second
	maxRetries = 4

	brokenAfter = 10 * time.Second // a page slower than this counts as none

	// Patience in a line with a told wait: log-normal.
	lineMedian = 10 * time.Minute
	lineSigma  = 1.0
	// A told wait of at least this many times one's patience sends half away at
	// once.
	scaredBy    = 3
	scaredShare = 0.5
	// Most people who give up close the tab. This share presses "leave the line".
	goodbyeShare = 0.25
	// Told that the article is sold out, this share goes; the others stay for the rest.
	soldOutLeaves = 0.5
)

// Why a request ended without an answer.
var (
	errReload = errors.New("reloaded by the fan")
	errLeft   = errors.New("the fan has left")
	errSlow   = errors.New("no answer in time")
)

// bearing is how long one request may take before the fan does something.
type bearing struct {
	from    time.Time // when the fan pressed
	reloads bool      // will reload at reloadAfter
	leaves  bool      // will leave at leaveAfter
	cap     time.Duration
}

// next returns the deadline to set at now, or what the fan does instead.
func (b *bearing) next(now time.Time) (time.Time, error) {
	age := now.Sub(b.from)
	switch {
	case b.reloads && age >= reloadAfter:
		return time.Time{}, errReload
	case b.leaves && age >= leaveAfter:
		return time.Time{}, errLeft
	case age >= b.cap:
		return time.Time{}, errSlow
	case b.reloads:
		return b.from.Add(reloadAfter), nil
	case b.leaves:
		return b.from.Add(leaveAfter), nil
	}
	return b.from.Add(b.cap), nil
}

// bear returns how fan f bears the n-th press of step i. Nobody presses "pay" a
// second time while it runs: checkouts cover the page then. Leaving is still
// possible.
func bear(f *Fan, kind Kind, step, press int, from time.Time) *bearing {
	n := uint64(step)<<16 | uint64(press)
	return &bearing{
		from:    from,
		reloads: kind != Order && press < maxReloads && chance(f.Seed, chanceReload, n) < reloadShare,
		leaves:  chance(f.Seed, chanceLeave, n) < leaveShare,
		cap:     giveUp,
	}
}

// linePatience is how long fan f stays in a line.
func linePatience(f *Fan) time.Duration {
	z := normal(chance(f.Seed, chanceLinePatience, 0), chance(f.Seed, chanceLinePatience2, 0))
	return time.Duration(float64(lineMedian) * math.Exp(lineSigma*z))
}

// scared says whether a told wait sends fan f away at once.
func scared(f *Fan, told time.Duration) bool {
	return told > scaredBy*linePatience(f) && chance(f.Seed, chanceScared, 0) < scaredShare
}
