package admit

import "time"

// Expect says how many requests in flight the shop is known to bear, by Little's law: what it
// answers when it is full, times what a request takes when it is not; 0 = nothing is known. In
// a calm nobody finds that out, and the first crowd would stand before empty workers while it
// is sought. Say it as often as you like.
//
// When it is full requests take somewhat longer, so there are as many more (see climb.knee).
// It only raises what is tried while the limit has not been full yet. What is tried is
// believed if the shop is full with it and no slower than people bear. The first sign that it
// bears less (a few answers that take twice as long as in an unloaded shop, errors) takes it
// back: the start goes on where it was, and nothing is expected of this shop any more.
func (l *Limiter) Expect(now time.Time, n int) { l.climb.expect(l.clock.at(now), n) }

func (c *climb) expect(now time.Time, n int) {
	if c.phase != starting || c.resumed || c.refuted || c.watching || !c.baseln.known() {
		return
	}
	full := float64(n) * unhurriedCap
	level := c.level
	for level+1 < len(levels) && float64(levels[level+1]) <= full {
		level++
	}
	if level == c.level {
		return
	}
	c.prev = measured{} // it would be compared over many levels
	c.move(now, level, "as many as it took before")
	c.expected = level
}

// expecting reports that the limit stands where it was expected to be, and has yet to be
// filled.
func (c *climb) expecting() bool {
	return c.phase == starting && c.expected > 0 && c.level == c.expected && c.level > c.best
}

// belied reports that requests take too long for what is expected, whether or not that is
// filled: a limit that is far too high never is.
func (c *climb) belied() bool {
	return c.expecting() && c.win.n >= hurtNeed && c.baseln.known() && c.win.ratio > latencyCap*c.baseln.ratio()*float64(c.win.n)
}

// refute takes back what was expected, if it is that which is being tried.
func (c *climb) refute(now time.Time) bool {
	if !c.expecting() {
		return false
	}
	c.refuted, c.prev = true, measured{}
	c.move(now, c.best, "it bears less than before")
	return true
}

// confirm takes a full window with as many as were expected, which did not belie it: all
// workers have something to do, or there is more. The shop was full once, so it is sought a
// level at a time, as where a start is resumed.
func (c *climb) confirm(now time.Time, cur measured) {
	if c.resumed = true; c.baseln.known() && !c.unhurried(cur) {
		c.settle(now, c.level, cur, "as many as it took before")
		return
	}
	c.rise(now, cur, 1)
}
