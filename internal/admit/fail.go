package admit

import "time"

// faults is what is known of a shop that answers 5xx, in time-outs or not at
// all.
type faults struct {
	inRow    int
	dead     bool
	accepted float64 // share of failures that fewer in flight did not cure
}

const (
	failShare = 0.2                    // of a window beyond which the shop is failing; chosen
	deadRow   = 20                     // failures in a row that mean it is gone; chosen
	deadFirst = 5                      // the same, if nothing at all was answered in this window
	deadGap   = 500 * time.Millisecond // between two requests that ask whether it is back
)

// fail takes one failure.
func (c *climb) fail(now time.Time) {
	c.win.failed++
	c.faults.inRow++
	if c.faults.dead {
		return
	}
	if c.faults.inRow >= deadFirst && c.win.n == 0 || c.faults.inRow >= deadRow {
		// Nothing but failures: the shop is gone. One request at a time asks
		// whether it is back.
		c.faults.dead = true
		c.phase, c.prev = steady, measured{}
		c.move(now, 0, "the shop does not answer")
		return
	}
	c.decide(now)
}

// answeredAgain ends a row of failures. A dead shop that answers begins again
// at the start level, so that its return is not its second collapse.
func (c *climb) answeredAgain(now time.Time) bool {
	c.faults.inRow = 0
	if !c.faults.dead {
		return false
	}
	c.faults.dead = false
	c.phase, c.prev = starting, measured{}
	c.best = c.start
	c.move(now, c.start, "the shop answers again")
	return true
}

// shopFails lowers the limit by two levels when too much of a window failed. If
// the floor does not cure it, it is not the load: a page that is simply broken
// must not hold the whole shop at one request.
func (c *climb) shopFails(now time.Time) bool {
	share := float64(c.win.failed) / float64(c.win.n+c.win.failed)
	if share < c.faults.accepted/2 {
		c.faults.accepted = 0 // it has been repaired
	}
	if share <= failShare || share < 1.5*c.faults.accepted {
		return false
	}
	if c.level == 0 {
		c.faults.accepted = share
		c.phase, c.prev, c.best = starting, measured{}, c.start
		c.move(now, c.start, "it fails alone as well")
		return true
	}
	c.phase, c.prev = steady, measured{}
	c.best = max(c.level-2, 0)
	c.move(now, c.best, "the shop fails")
	return true
}
