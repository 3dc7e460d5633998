package admit

import "time"

// faults is what is known of a shop that answers 502, 503, 504, in time-outs or
// not at all.
type faults struct {
	inRow    int
	answered time.Time // last answer
	dead     bool
	accepted float64 // share of failures that fewer in flight did not cure
}

const (
	failShare  = 0.3         // of a window beyond which the shop is failing; chosen
	failAgain  = 0.3         // above what fewer in flight did not cure; chosen
	failMemory = 5.0         // windows that the accepted share is averaged over; chosen
	deadRow    = 20          // failures in a row that mean the shop is gone; chosen
	deadFew    = 5           // the same if nothing was answered for deadTime; chosen
	deadTime   = time.Second // a shop that refuses a third of all by chance is not gone
	deadGap    = time.Second // between two requests that ask whether it is back: each is a visitor who sees an error; three more for each that hangs, so that of those that hang for 30 s one ends every 10 s; chosen
)

// fail takes one failure.
func (c *climb) fail(now time.Time) {
	c.win.failed++
	c.faults.inRow++
	if c.faults.dead {
		return
	}
	if n := c.faults.inRow; n >= deadRow || n >= deadFew && now.Sub(c.faults.answered) > deadTime {
		// Nothing but failures: the shop is gone. One request every deadGap asks
		// whether it is back; several may hang at once, or one that hangs for
		// half a minute would hide the return.
		c.faults.dead = true
		c.phase, c.prev = steady, measured{}
		c.move(now, min(c.start, c.level), "the shop does not answer")
		return
	}
	c.decide(now)
}

// answer ends a row of failures. A dead shop that answers begins again at the
// start level, so that its return is not its second collapse.
func (c *climb) answer(now time.Time) {
	c.faults.inRow, c.faults.answered = 0, now
	if !c.faults.dead {
		return
	}
	c.faults.dead = false
	c.begin(now, "the shop answers again")
}

// begin starts again at the start level and believes nothing of what was
// learnt while the shop was failing.
func (c *climb) begin(now time.Time, why string) {
	clear(c.gain)
	c.baseln, c.cost = baseline{}, costTable{}
	c.idle, c.resumed, c.refuted = 0, false, true
	c.phase, c.prev, c.best = starting, measured{}, c.start
	c.epoch++
	c.reborn = c.epoch
	c.move(now, c.start, why)
}

// shopFails lowers the limit by two levels when too much of a window failed. If
// the floor does not cure it, it is not the load: a page or a replica that is
// simply broken must not hold the whole shop at one request.
func (c *climb) shopFails(now time.Time) bool {
	f := &c.faults
	share := float64(c.win.failed) / float64(c.win.n+c.win.failed)
	if share <= max(failShare, f.accepted+failAgain) {
		if f.accepted > 0 {
			f.accepted += (share - f.accepted) / failMemory
		}
		return false
	}
	if c.refute(now) {
		return true
	}
	if c.level == 0 {
		f.accepted = share
		c.begin(now, "it fails alone as well")
		return true
	}
	c.phase, c.prev = steady, measured{}
	c.best, c.quiet, c.hold = max(c.level-2, 0), 1, 1
	c.move(now, c.best, "the shop fails")
	return true
}
