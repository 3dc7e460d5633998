package admit

import "time"

// What is being tried with the limit, for those who let people in by it.

// Growing reports that the limit is being raised to see whether the shop can
// take more; only demand that fills it can tell.
func (l *Limiter) Growing() bool { return l.climb.growing() }

// Starting reports that the limit is being raised for the first time, or anew because
// it was found to be far too low.
func (l *Limiter) Starting() bool { return l.climb.phase == starting || l.climb.phase == confirming }

// Busy reports that, when the limit was last full, requests took noticeably longer than in an
// unloaded shop: it is not far from what the shop can take.
func (l *Limiter) Busy() bool { return l.climb.busy() }

// Filled is the limit below the one that is tried while it is raised: requests have filled
// that one, and it was worth it.
func (l *Limiter) Filled() int { return levels[min(l.climb.best, l.climb.level)] }

// Fresh reports that the limit was raised a moment ago and is yet to be filled.
// A small shop answers too little in that time to say anything; to let people in
// for as long as it takes would be to let in a crowd.
func (l *Limiter) Fresh(now time.Time) bool {
	return l.climb.growing() && l.clock.at(now).Sub(l.climb.moved) < freshFor
}

const freshFor = 2 * time.Second // chosen: a large shop measures a level in less

// Dead reports that the shop answers nothing at all. Until it does, one request
// a second asks whether it is back.
func (l *Limiter) Dead() bool { return l.climb.faults.dead }

// Probing reports that the limit is held down for a moment to learn the
// unloaded latency; waits during it say nothing about the load.
func (l *Limiter) Probing() bool { return l.climb.phase == probing }
