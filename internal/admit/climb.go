package admit

import (
	"fmt"
	"math"
	"time"
)

// climb finds the concurrency limit without a setting.
//
// The law it uses: below the shop's capacity one more request in flight means
// proportionally more completions; beyond it, only more waiting. So it watches
// the elasticity of throughput, d ln X / d ln L, which is near 1 below and near
// 0 beyond capacity, and stands where it falls off. Elasticity compares two
// neighbouring windows in time, so a shop that becomes three times slower as a
// whole changes nothing: both windows are slower.
//
//  1. A window is the time at one level while the limit really binds (every
//     slot taken for at least bindingShare of it). It begins after the requests
//     of the previous level have drained and holds at least minCompletions.
//  2. Throughput counts work, not requests: a completion weighs what requests
//     of its class cost on average, so a change of the mix is no change of speed.
//     Failures weigh nothing: constant time-outs never look like health.
//  3. Start: two levels up at a time while the elasticity stays above
//     riseStart; a failed rise is measured again before it is believed.
//  4. Steady: now and then one level up or down is tried. Up is kept above
//     riseKeep; down is kept below fallKeep. In between, the lower latency wins
//     only if the present one is more than latencyCap times the unloaded one.
//  5. Failing shop: two levels down per window with more than failShare
//     failures, to the floor of 1; the first answers after a dead shop start
//     again at the start level, so its return is not its second collapse.
type climb struct {
	level  int
	start  int // level index of the configured start
	phase  phase
	epoch  uint32 // grows with each change of level
	gain   []gain
	cost   costTable
	baseln baseline

	win      window
	prev     measured
	turn     int // counts steady windows, to decide when to try a neighbour
	hold     int // windows to stay before the next trial
	best     int // level to return to after a trial
	dead     bool
	watching bool // nothing is held back: the limit is only estimated
	doubt    bool // latency and throughput contradict each other
	why      string
}

type phase uint8

const (
	starting phase = iota
	confirming
	steady
	tryingUp
	tryingDown
	probing
)

// levels are the limits tried: every integer up to 6, then steps of about a
// quarter, so that one step is large enough to be seen within some dozen
// completions.
var levels = [...]int{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 19, 24, 30, 37, 46, 58, 72, 90, 112, 140, 175, 220, 275, 340, 430, 540, 670, 840, 1050, 1300, 1600, 2000}

const (
	minCompletions    = 20   // per window while starting; the noise of one window is then about 8 %
	steadyCompletions = 40   // per window afterwards
	bindingShare      = 0.75 // of a window's time every slot must be taken
	riseStart         = 0.45 // elasticity above which the start goes on
	riseKeep          = 0.35
	fallKeep          = 0.15
	latencyCap        = 2.0  // times the unloaded latency beyond which the lower level wins
	unhurriedCap      = 1.35 // times the unloaded latency below which the shop is not full
	doubtCap          = 3.0  // times the unloaded latency beyond which that latency is learnt again
	failShare         = 0.2
	gainMemory        = 5.0 // windows that an elasticity is averaged over
	maxWindow         = 20 * time.Second
)

// gain is what is known of the elasticity between one level and the next.
type gain struct {
	mean   float64
	weight float64 // windows that speak for it, forgotten slowly
}

type window struct {
	began    time.Time
	seen     time.Time // last observation of the binding state
	bound    time.Duration
	binding  bool
	settled  bool
	work     float64 // sum of class costs completed, seconds
	ratio    float64 // sum of latency / class cost
	n        int
	failed   int
	failures int // in a row
}

type measured struct {
	level int
	x     float64
	ok    bool
}

func newClimb(start int, now time.Time) climb {
	c := climb{gain: make([]gain, len(levels)), why: "start"}
	for c.level = 0; c.level+1 < len(levels) && levels[c.level+1] <= start; c.level++ {
	}
	c.start, c.best = c.level, c.level
	c.win = window{began: now, seen: now}
	return c
}

func (c *climb) limit() int {
	if c.phase == probing {
		return min(2, levels[c.level])
	}
	return levels[c.level]
}

// growing reports that the limit is believed too low and is being raised: only
// demand that fills it can tell.
func (c *climb) growing() bool {
	return c.phase == starting || c.phase == confirming || c.phase == tryingUp
}

func (c *climb) base() time.Duration { return c.baseln.latency(&c.cost) }

// observe accounts the time since the last call as binding or not.
func (c *climb) observe(now time.Time, inFlight, limit int, queued bool) {
	d := now.Sub(c.win.seen)
	if d > 0 {
		if c.win.binding {
			c.win.bound += d
		}
		c.win.seen = now
	}
	c.win.binding = inFlight >= limit || queued
}

func (c *climb) restart(now time.Time) {
	c.win = window{began: now, seen: now, binding: c.win.binding}
}

func (c *climb) move(now time.Time, level int, why string) {
	level = min(max(level, 0), len(levels)-1)
	if level != c.level {
		c.epoch++
		c.why = fmt.Sprintf("%s: %d → %d in flight", why, levels[c.level], levels[level])
		c.level = level
	}
	c.restart(now)
}

// done takes one completion.
func (c *climb) done(now time.Time, r running, took time.Duration, how Outcome) {
	if how != Answered {
		c.fail(now)
		return
	}
	c.win.failures = 0
	sec := took.Seconds()
	if c.dead {
		c.dead = false
		c.phase, c.prev = starting, measured{}
		c.move(now, c.start, "the shop answers again")
	}
	cost := c.cost.add(r.class, sec)
	if r.beside <= 2 {
		c.baseln.add(now, sec/cost)
		if c.phase == probing {
			c.baseln.probed++
		}
	}
	if c.watching {
		c.watch(now, r, sec/cost)
		return
	}
	if !c.win.settled {
		if r.epoch != c.epoch {
			return // began at another level
		}
		// The first completion of a request begun at this level: the level has
		// reached the shop. From now on every completion counts, those of older
		// requests too, or the window would seem slower than it is.
		c.win.settled = true
		c.win.began, c.win.seen, c.win.bound = now, now, 0
		c.win.n, c.win.work, c.win.ratio, c.win.failed = 0, 0, 0, 0
		return
	}
	c.win.n++
	c.win.work += cost
	c.win.ratio += sec / cost
	c.decide(now)
}

// watch estimates the limit without being able to try any: a level is borne if
// requests that met about so many others are answered within latencyCap times
// the unloaded latency. It creeps by one level per window.
func (c *climb) watch(now time.Time, r running, ratio float64) {
	if r.beside < levels[c.level] {
		return
	}
	c.win.n++
	c.win.ratio += ratio / c.baseln.ratio()
	if c.win.n < minCompletions {
		return
	}
	switch slow := c.win.ratio / float64(c.win.n); {
	case slow < latencyCap*0.75:
		c.move(now, c.level+1, "still fast (watching)")
	case slow > latencyCap:
		c.move(now, c.level-1, "slow (watching)")
	default:
		c.restart(now)
	}
}

func (c *climb) fail(now time.Time) {
	c.win.failed++
	c.win.failures++
	if c.win.failures >= 5 && c.win.n == 0 || c.win.failures >= 20 {
		// Nothing but failures: the shop is gone. One request at a time asks
		// whether it is back.
		c.dead = true
		c.phase = steady
		c.move(now, 0, "the shop does not answer")
		return
	}
	c.decide(now)
}

// tick ends windows that time alone can end.
func (c *climb) tick(now time.Time) {
	if c.phase == probing && c.baseln.finished(now) {
		c.phase = steady
		c.epoch++
		c.why = "unloaded latency learnt again"
		c.restart(now)
		c.prev = measured{}
	}
	if now.Sub(c.win.began) > maxWindow {
		c.restart(now)
		c.prev.ok = false
	}
}

func (c *climb) decide(now time.Time) {
	need := minCompletions
	if c.phase == confirming || c.phase == steady || c.phase == tryingUp || c.phase == tryingDown {
		need = steadyCompletions
	}
	if c.phase == probing || c.win.n+c.win.failed < need {
		return
	}
	elapsed := now.Sub(c.win.began)
	if elapsed <= 0 {
		return
	}
	if c.win.failed > 2 && float64(c.win.failed) > failShare*float64(c.win.n+c.win.failed) {
		c.phase, c.prev = steady, measured{}
		c.best = max(c.level-2, 0)
		c.move(now, c.best, "the shop fails")
		return
	}
	if c.win.bound < time.Duration(bindingShare*float64(elapsed)) {
		// The limit did not bind: this window says nothing about it. A trial
		// that nobody uses ends.
		if c.phase == tryingUp || c.phase == tryingDown {
			c.phase = steady
			c.move(now, c.best, "no demand for the trial")
		} else {
			c.restart(now)
		}
		c.prev.ok = false
		return
	}
	x := c.win.work / elapsed.Seconds()
	ratio := c.win.ratio / float64(c.win.n)
	c.baseln.atMost(ratio)
	elasticity, known := c.compare(x)
	c.prev = measured{level: c.level, x: x, ok: true}
	c.step(now, elasticity, known, ratio)
}

// compare turns this window and the previous one at another level into a
// sample of the elasticity between them.
func (c *climb) compare(x float64) (float64, bool) {
	p := c.prev
	if !p.ok || p.level == c.level || p.x <= 0 || x <= 0 {
		return 0, false
	}
	lo, hi := min(p.level, c.level), max(p.level, c.level)
	e := math.Log(x/p.x) / math.Log(float64(levels[c.level])/float64(levels[p.level]))
	for i := lo; i < hi; i++ {
		g := &c.gain[i]
		g.weight = min(g.weight, gainMemory-1) + 1
		g.mean += (e - g.mean) / g.weight
	}
	return e, true
}

func (c *climb) step(now time.Time, e float64, known bool, ratio float64) {
	switch c.phase {
	case starting:
		switch {
		case !known || e >= riseStart || c.unhurried(ratio) && e > 0:
			c.best = c.level
			c.move(now, c.level+2, "throughput rises")
		default:
			c.phase = confirming
			c.restart(now)
			c.prev = measured{level: c.best, x: c.atBest(e), ok: true}
		}
	case confirming:
		// The same higher level once more: the mean of both samples decides.
		if c.gain[c.best].mean >= riseStart || c.unhurried(ratio) {
			c.phase, c.best = starting, c.level
			c.move(now, c.level+2, "throughput rises")
			return
		}
		c.phase, c.hold = steady, 2
		c.best = min(c.best+1, c.level)
		c.move(now, c.best, "throughput no longer rises")
	case steady:
		c.best = c.level
		slow := ratio / c.baseln.ratio()
		if c.baseln.stale(now) || c.doubt && c.baseln.age(now) > time.Minute {
			c.doubt = false
			c.phase = probing
			c.epoch++
			c.baseln.begin(now)
			c.restart(now)
			return
		}
		if c.hold--; c.hold > 0 {
			c.restart(now)
			return
		}
		c.turn++
		up, down := c.gain[c.level], gain{mean: 1, weight: 1}
		if c.level > 0 {
			down = c.gain[c.level-1]
		}
		switch {
		case slow > latencyCap && c.level > 0 && (down.mean < riseKeep || down.weight < 4):
			c.phase = tryingDown
			c.move(now, c.level-1, "latency says too many")
		case slow > doubtCap && !c.doubt:
			// Latency says too many, throughput says not: one of them is wrong.
			// The unloaded latency is the one that can be learnt again.
			c.doubt = true
			c.restart(now)
		case c.turn%2 == 0 && c.level > 0 && down.mean < 0.6 && !c.unhurried(ratio):
			c.phase = tryingDown
			c.move(now, c.level-1, "trying fewer")
		case up.weight < 4 || up.mean > 0.1 || c.turn%8 == 0:
			c.phase = tryingUp
			c.move(now, c.level+1, "trying more")
		default:
			c.hold = 2
			c.restart(now)
		}
	case tryingUp:
		c.phase, c.hold = steady, 1
		keep := riseKeep
		if c.unhurried(ratio) {
			keep = fallKeep
		}
		if known && c.gain[c.level-1].mean >= keep {
			c.best, c.hold, c.turn = c.level, 0, c.turn|1
			c.restart(now)
			c.why = fmt.Sprintf("throughput rises: %d in flight", levels[c.level])
			return
		}
		c.move(now, c.best, "more did not help")
	case tryingDown:
		c.phase, c.hold = steady, 1
		if known && c.gain[c.level].mean <= fallKeep {
			c.best = c.level
			c.restart(now)
			c.why = fmt.Sprintf("fewer suffice: %d in flight", levels[c.level])
			return
		}
		c.move(now, c.best, "fewer cost throughput")
	}
}

// unhurried reports that requests take about as long as in an unloaded shop:
// whatever throughput seems to say, the shop is not yet full.
func (c *climb) unhurried(ratio float64) bool { return ratio < unhurriedCap*c.baseln.ratio() }

// atBest is the throughput of the level before the rise, recovered from the
// last sample, so that the confirming window is compared with the same figure.
func (c *climb) atBest(e float64) float64 {
	return c.prev.x / math.Exp(e*math.Log(float64(levels[c.level])/float64(levels[c.best])))
}
