package edge

import (
	"encoding/binary"
	"time"

	"github.com/falochron/falochron"
)

// The slow lane: those who look like an attack are let in from the line with a small share
// of the places, whoever is before or behind them. They stand at nobody's door, so that
// all others are let in as if they were not there.

// slowLane is how many of them may go in, and which tests were passed. Guarded by gate.mu.
type slowLane struct {
	level   float64 // people that may go in
	at      time.Time
	tests   float64 // tests that may be passed
	testsAt time.Time
	passed  *[passedKept]uint64 // tests that were, by a part of their nonce; nil = none yet
	files   float64             // files with parameters that may be fetched for those without a place
	filesAt time.Time
}

const (
	slowShare = 0.02     // of the places, by the second; chosen
	slowLeast = 1.0 / 30 // people a second, or nobody of them would ever get in where few do
	slowBurst = 1.0
	slowPoll  = 10 * time.Second

	// Shops add a version to the addresses of their files: a page has some dozens, which
	// are there soon. Who makes up versions asks for another each time.
	filesRate  = 0.5 // a second, while people stand in line; chosen
	filesBurst = 30.0

	testsRate  = 5.0 // a second: of real people among an attack there are fewer; chosen
	testsBurst = 50.0

	// passedKept is how many tests are known to be passed. A test is good for ten minutes,
	// in which 3,000 may be passed: of those known, one in six is overwritten before its end
	// and could be used again.
	passedKept = 1 << 14
)

// slowRate is how many people a second may go in from the slow lane.
func (g *gate) slowRate() float64 {
	limit, _ := g.lim.Limit()
	return max(slowShare*g.places.PerSecond(limit), slowLeast)
}

// slowMay reports whether one may now. It takes nothing.
func (g *gate) slowMay(now time.Time) bool {
	refill(&g.slow.level, &g.slow.at, now, g.slowRate(), slowBurst)
	return g.slow.level >= 1
}

func (g *gate) slowVerdict() verdict {
	return verdict{Action: falochron.Wait, Reason: "cohort-slow", Limit: "slow-lane", Bound: 60 * g.slowRate()}
}

// crammed reports that half of all places that can be kept are given out: then the rest
// is for those who have passed the test.
func (g *gate) crammed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept, most := g.room.Outstanding()
	return kept >= uint64(most)/2
}

// spareFile reports whether a file with parameters may be fetched for somebody without a
// place, while people stand in line.
func (g *gate) spareFile(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	refill(&g.slow.files, &g.slow.filesAt, now, filesRate, filesBurst)
	if g.slow.files < 1 {
		return false
	}
	g.slow.files--
	return true
}

// passTest reports whether a test may be passed now, and only once.
func (g *gate) passTest(now time.Time, nonce [8]byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	refill(&g.slow.tests, &g.slow.testsAt, now, testsRate, testsBurst)
	if g.slow.passed == nil {
		g.slow.passed = new([passedKept]uint64)
	}
	n := binary.LittleEndian.Uint64(nonce[:])
	p := &g.slow.passed[n%passedKept]
	if g.slow.tests < 1 || *p == n {
		return false
	}
	*p = n
	g.slow.tests--
	return true
}

// proved notes that somebody inside had passed the test in line.
func (g *gate) proved(key sessionKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people.prove(key)
}

// refill lets a bucket fill with time. A new one is full; a clock set back adds nothing.
func refill(level *float64, at *time.Time, now time.Time, rate, most float64) {
	if at.IsZero() {
		*level = most
	} else if d := now.Sub(*at).Seconds(); d > 0 {
		*level = min(*level+rate*d, most)
	}
	*at = now
}
