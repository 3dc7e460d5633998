package admit

import (
	"fmt"
	"math"
	"time"

	"github.com/falochron/falochron"
)

// climb finds the concurrency limit without a setting.
//
// The law it uses: below the shop's capacity one more request in flight means
// proportionally more completions; beyond it, only more waiting. So it watches
// the elasticity of throughput, d ln X / d ln N, which is near 1 below and near
// 0 beyond capacity, and stands where it falls off. Elasticity compares two
// neighbouring windows in time, so a shop that becomes three times slower as a
// whole changes nothing: both windows are slower.
//
//  1. A window is the time at one level while the limit is used (on average
//     usedShare of it in flight). It begins when the first request begun at
//     this level is answered. What was really in flight is measured, not taken
//     from the level, so a window that was only nearly full is no worse.
//  2. Throughput counts work, not requests: a completion weighs what requests
//     of its kind cost on average, so a change of the mix is no change of speed.
//     Failures weigh nothing: constant time-outs never look like health.
//  3. Start: two levels up at a time, three while requests take no longer than
//     unloaded, as long as the elasticity stays above riseStart; a failed rise
//     is measured again before it is believed. A start that is resumed later goes a
//     level at a time: the shop was full once, and what looks like more room may be
//     cheaper requests. So does one before a busy shop of which carts are asked for:
//     what comes after them is dearer.
//  4. Steady: now and then a level up or down is tried, the less often the
//     longer nothing came of it. Up is kept above riseKeep, down below fallKeep.
//  5. Failing shop: see fail.go.
type climb struct {
	level  int
	start  int // level index of the configured start
	phase  phase
	epoch  uint32 // grows with each change of level
	reborn uint32 // epoch in which the shop last came back
	gain   []gain
	cost   costTable
	baseln baseline
	faults faults

	win      window
	prev     measured  // the window before this one, or the one a trial is compared with
	quiet    int       // windows to stay between trials; grows while trials fail
	hold     int       // windows left to stay before the next trial
	turn     int       // counts trials, to alternate their direction
	best     int       // level to return to after a trial
	idle     int       // windows in a row that were answered as by an idle shop
	slow     float64   // latency of the last full window as a multiple of the unloaded one; 0: unknown
	resumed  bool      // the start ended once: from then on a level at a time
	moved    time.Time // last change of level
	heavy    time.Time // last completion of anything but a static file
	watching bool      // nothing is held back: the limit is only estimated
	sized    sized     // see resized
	expected int       // level that was expected, see expect; 0: none was
	refuted  bool      // what was expected was wrong
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
	startWindow  = 20   // completions, at least, while starting; the noise of one window is then about 8 % (service times spread by 0.35)
	steadyWindow = 40   // afterwards
	windowLaps   = 3    // and so many per request in flight, or a window of a large shop would be shorter than one request; chosen
	usedShare    = 0.75 // of the limit must be in flight on average for a window to count; chosen
	boundShare   = 0.85 // of the limit in flight from which it is the limit that binds; chosen: slots stand empty between two requests
	riseStart    = 0.45 // elasticity above which the start goes on; tuned in the survey
	riseDoubt    = 0.7  // the same, where latency says that the shop is full: two windows' noise above nothing gained
	riseKeep     = 0.22 // above which one level more is kept; tuned in the survey
	fallKeep     = 0.12 // below which one level fewer is kept: a step of a quarter then costs 3 % at most
	idleCap      = 1.2  // times the unloaded latency below which the start is resumed; a window's noise below unhurriedCap
	idleNeed     = 2    // such windows in a row: one may be people who ask for what is cheap of its class
	latencyCap   = 2.0  // times the unloaded latency beyond which fewer is tried first; what people may feel, chosen
	busyFrom     = 1.25 // times the unloaded latency from which a shop is busy: PHP with nine in ten workers held, of which a window's noise is a third; tuned in the survey
	unhurriedCap = 1.35 // times the unloaded latency below which the shop is not full: PHP with every worker busy takes 1.3 times as long
	doubtCap     = 3.0  // times the unloaded latency beyond which that latency is itself doubted; chosen
	patience     = 2.5  // seconds a page may take at the shop: nearly half the people reload one slower than 3 s, a third leave after 5 s
	patienceTie  = 0.2  // elasticity asked for beyond it: a step of a quarter may then cost 7 %
	hurtNeed     = 8    // answers by which a trial hurts; their mean's noise is 12 %
	gainMemory   = 5.0  // windows that an elasticity is averaged over; chosen
	quietMost    = 12   // windows between two trials at the longest; chosen
	maxWindow    = 20 * time.Second
)

// gain is what is known of the elasticity between one level and the next.
type gain struct {
	mean   float64
	weight float64 // windows that speak for it, forgotten slowly
}

type window struct {
	began    time.Time
	seen     time.Time // last observation of what is in flight
	inFlight int       // as of then
	area     float64   // request-seconds in flight since began
	settled  bool
	work     float64 // sum of class costs completed, seconds
	ratio    float64 // sum of latency / class cost
	took     float64 // sum of latency, seconds
	n        int
	buys     int // of these, for a cart or at the till
	failed   int
}

// measured is one window's result.
type measured struct {
	n    float64 // in flight on average
	x    float64 // work per second
	took float64 // mean latency in seconds
	slow float64 // latency as a multiple of the unloaded one
	ok   bool
}

func newClimb(start int, now time.Time) climb {
	c := climb{gain: make([]gain, len(levels)), quiet: 1, why: "start"}
	for c.level = 0; c.level+1 < len(levels) && levels[c.level+1] <= start; c.level++ {
	}
	c.start, c.best = c.level, c.level
	c.faults.answered = now
	c.win, c.moved = window{began: now, seen: now}, now
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

// observe accounts the time since the last call to what was in flight then.
func (c *climb) observe(now time.Time, inFlight int) {
	if d := now.Sub(c.win.seen); d > 0 {
		c.win.area += float64(c.win.inFlight) * d.Seconds()
		c.win.seen = now
	}
	c.win.inFlight = inFlight
}

func (c *climb) restart(now time.Time) {
	c.win = window{began: now, seen: now, inFlight: c.win.inFlight}
}

func (c *climb) move(now time.Time, level int, why string) {
	level = min(max(level, 0), len(levels)-1)
	if level == c.level {
		c.why = fmt.Sprintf("%s: %d in flight", why, levels[level])
	} else {
		c.epoch++
		c.why = fmt.Sprintf("%s: %d → %d in flight", why, levels[c.level], levels[level])
		c.level, c.moved = level, now
	}
	c.restart(now)
}

// done takes one completion.
func (c *climb) done(now time.Time, r running, took time.Duration, how Outcome) {
	if how != Answered && how != Refused {
		c.fail(now)
		return
	}
	c.answer(now)
	if how == Refused {
		return // no work was done: taken for an answer, it would seem that the shop has become twice as fast
	}
	if r.epoch < c.reborn {
		return // was stuck while the shop was; says nothing of how it is now
	}
	sec := took.Seconds()
	if r.class != falochron.ClassStatic && !c.cost.heavy {
		c.baseln = baseline{} // of files alone
	}
	cost := c.cost.add(r.kind(), sec, r.beside > 2)
	if r.beside <= 2 && !c.cost.light(r.kind()) {
		c.baseln.add(now, sec/cost)
		if c.phase == probing {
			c.baseln.probed++
		}
	}
	if c.watching {
		c.watch(now, r, sec/cost)
		return
	}
	if c.light(now, r.class) {
		return
	}
	if !c.win.settled {
		if r.epoch != c.epoch {
			return // began at another level
		}
		// The first completion of a request begun at this level: the level has
		// reached the shop. From now on every completion counts, those of older
		// requests too, or the window would seem slower than it is.
		c.restart(now)
		c.win.settled = true
		return
	}
	c.win.n++
	if r.class == falochron.ClassCart || r.class == falochron.ClassCheckout {
		c.win.buys++
	}
	c.win.work += cost
	c.win.ratio += sec / cost
	c.win.took += sec
	if c.belied() {
		c.refute(now)
		return
	}
	if c.hurts() {
		c.phase = steady
		c.settle(now, c.best, measured{}, "people wait too long for the trial")
		return
	}
	c.decide(now)
}

// hurts reports that more is being tried while requests take longer than people
// have patience: the shop became slower, and whether it answers more this way is
// no question for now.
func (c *climb) hurts() bool {
	if !c.growing() || c.level <= c.best || c.win.n < hurtNeed || !c.baseln.known() {
		return false
	}
	n := float64(c.win.n)
	return c.win.took/n > patience && c.win.ratio/n > latencyCap*c.baseln.ratio()
}

// light reports that a completion says nothing: next to pages, what a static
// file took is mostly waiting for them, and not its cost.
func (c *climb) light(now time.Time, class falochron.Class) bool {
	if class != falochron.ClassStatic {
		c.heavy = now
		return false
	}
	return now.Sub(c.heavy) < maxWindow
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
	if c.win.n < startWindow {
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

// need is how many answers make a window.
func (c *climb) need() int {
	n := steadyWindow
	if c.phase == starting || c.phase == confirming || c.win.failed > c.win.n/4 {
		n = startWindow
	}
	return max(n, windowLaps*levels[c.level])
}

// atEase reports that the start may go on after one lap: requests take about as long as in
// an unloaded shop. Three laps of a large shop are a second in which an announced crowd
// stands before empty workers.
func (c *climb) atEase() bool {
	return c.phase == starting && c.win.failed == 0 && c.win.n >= max(steadyWindow, levels[c.level]) &&
		c.baseln.known() && c.win.ratio < unhurriedCap*c.baseln.ratio()*float64(c.win.n)
}

func (c *climb) decide(now time.Time) {
	if c.phase == probing || c.win.n+c.win.failed < c.need() && !c.atEase() {
		return
	}
	elapsed := now.Sub(c.win.began).Seconds()
	if elapsed <= 0 || c.shopFails(now) {
		return
	}
	c.observe(now, c.win.inFlight)
	cur := measured{n: c.win.area / elapsed, x: c.win.work / elapsed, ok: true}
	if cur.n < usedShare*float64(levels[c.level]) {
		// The limit was not used: this window says nothing about it. A trial
		// that nobody uses ends.
		if c.phase == tryingUp || c.phase == tryingDown {
			c.phase = steady
			c.move(now, c.best, "no demand for the trial")
		} else {
			c.restart(now)
		}
		// People may come in at a measured pace and fill a new level only when the first
		// of them come back: the start can wait for that.
		if c.phase != starting && c.phase != confirming || now.Sub(c.moved) > maxWindow {
			c.prev.ok = false
		}
		return
	}
	ratio := c.win.ratio / float64(c.win.n)
	c.baseln.atMost(ratio)
	cur.slow, cur.took = ratio/c.baseln.ratio(), c.win.took/float64(c.win.n)
	c.slow = cur.slow
	c.step(now, cur)
}

// compare turns this window and the previous one into a sample of the
// elasticity between the levels lo and hi.
func (c *climb) compare(cur measured, lo, hi int) (known bool) {
	p := c.prev
	if !p.ok || p.x <= 0 || cur.x <= 0 || lo == hi {
		return false
	}
	apart := math.Log(cur.n / p.n)
	if math.Abs(apart) < minApart {
		return false
	}
	e := min(max(math.Log(cur.x/p.x)/apart, -1.5), 2.5) // beyond that it is noise
	for i := lo; i < hi; i++ {
		g := &c.gain[i]
		g.weight = min(g.weight, gainMemory-1) + 1
		g.mean += (e - g.mean) / g.weight
	}
	return true
}

// minApart is how far apart two windows must be to be compared, as the
// logarithm of in flight: half the smallest step.
const minApart = 0.09

// step decides what a full window means.
func (c *climb) step(now time.Time, cur measured) {
	switch c.phase {
	case starting:
		if c.expecting() {
			c.confirm(now, cur)
			return
		}
		known := c.compare(cur, c.best, c.level)
		switch {
		case !known && c.baseln.known() && cur.slow > latencyCap:
			// Nothing to compare with, but this is slow already.
			c.settle(now, c.level, cur, "slow from the first")
		case c.unhurried(cur):
			c.rise(now, cur, 3)
		case !known && c.level > c.best:
			// To rise on, knowing nothing, ends far above what the shop can do.
			c.prev = measured{}
			c.move(now, c.best, "nothing to compare with")
		case known && c.baseln.known() && cur.slow > latencyCap:
			// Latency says that the shop is full. One window of throughput, noisy as
			// it is, does not outweigh that; two may.
			c.phase = confirming
			c.restart(now)
		case !known || c.gain[c.best].mean >= riseStart:
			c.rise(now, cur, 2)
		default:
			c.phase = confirming
			c.restart(now)
		}
	case confirming:
		// The same higher level once more: the mean of both samples decides.
		c.compare(cur, c.best, c.level)
		need := riseStart
		if c.baseln.known() && cur.slow > latencyCap {
			need = riseDoubt
		}
		if c.gain[c.best].mean >= need || c.unhurried(cur) {
			c.phase = starting
			c.rise(now, cur, 2)
			return
		}
		c.settle(now, c.knee(cur.x), measured{}, "throughput no longer rises")
	case steady:
		c.stay(now, cur)
	case tryingUp:
		known := c.compare(cur, c.best, c.level)
		// Where no more were in flight than had been allowed before, it was demand that rose.
		known = known && cur.n > float64(levels[c.best])
		c.judge(now, cur, c.unhurried(cur) || known && c.gain[c.best].mean >= riseKeep+c.tie(cur), "throughput rises", "more did not help")
	case tryingDown:
		known := c.compare(cur, c.level, c.best)
		c.judge(now, cur, known && c.bound(cur) && c.gain[c.level].mean <= fallKeep+c.tie(c.prev), "fewer suffice", "fewer cost throughput")
	}
}

func (c *climb) rise(now time.Time, cur measured, by int) {
	if c.resumed || 2*c.win.buys > c.win.n && levels[c.level] >= spareSoon && c.busy() {
		by = 1
	}
	c.best, c.prev = c.level, cur
	c.move(now, c.level+by, "throughput rises")
}

// settle ends the start.
func (c *climb) settle(now time.Time, level int, cur measured, why string) {
	c.phase, c.prev, c.hold = steady, cur, 1
	c.best = level
	c.move(now, level, why)
}

// knee is the level between the last good one and this one at which a shop of
// throughput x would just be full: by Little's law so many are in flight when
// nobody waits.
func (c *climb) knee(x float64) int {
	if !c.baseln.known() {
		return min(c.best+1, c.level)
	}
	full := x * c.baseln.ratio() * unhurriedCap
	l := c.best
	for l < c.level && float64(levels[l]) < full {
		l++
	}
	return l
}

// stay is a steady window: what to try next, if anything.
func (c *climb) stay(now time.Time, cur measured) {
	c.best, c.prev = c.level, cur
	if c.baseln.due(now, cur.slow) {
		c.phase = probing
		c.epoch++
		c.baseln.begin(now)
		c.restart(now)
		return
	}
	if c.idle++; !c.baseln.known() || cur.slow >= idleCap {
		c.idle = 0
	}
	if c.idle >= idleNeed {
		// Demand fills the limit and nobody at the shop notices: too low.
		c.phase, c.resumed, c.idle = starting, true, 0
		c.rise(now, cur, 1)
		return
	}
	if c.hold--; c.hold > 0 {
		c.restart(now)
		return
	}
	c.turn++
	up := c.gain[c.level]
	down := gain{mean: 1}
	if c.level > 0 {
		down = c.gain[c.level-1]
	}
	mayDown := c.level > 0 && !c.unhurried(cur) && c.bound(cur)
	switch {
	case mayDown && (cur.slow > latencyCap || c.tie(cur) > 0) && (down.mean < riseKeep+c.tie(cur) || down.weight < 2):
		c.phase = tryingDown
		c.move(now, c.level-1, "latency says too many")
	case mayDown && c.turn%2 == 0 && down.mean < 0.6:
		c.phase = tryingDown
		c.move(now, c.level-1, "trying fewer")
	case up.weight < 2 || up.mean > fallKeep || c.turn%6 == 0 || c.unhurried(cur):
		c.phase = tryingUp
		c.move(now, c.level+1, "trying more")
	default:
		c.hold = c.quiet
		c.restart(now)
	}
}

// bound reports that it was the limit that held requests back. Where it was not, demand
// says how many are in flight and how many are answered: when it falls, fewer seem to
// suffice, step by step, until people wait before idle workers.
func (c *climb) bound(m measured) bool { return m.n >= boundShare*float64(levels[c.level]) }

// judge ends a trial.
func (c *climb) judge(now time.Time, cur measured, keep bool, good, bad string) {
	up := c.phase == tryingUp
	c.phase = steady
	if !keep {
		if c.quiet = min(c.quiet+1, quietMost); c.unhurried(cur) {
			c.quiet = 1 // there must be more
		}
		c.hold = c.quiet
		c.move(now, c.best, bad)
		return
	}
	c.best, c.prev = c.level, cur
	c.quiet, c.hold = 1, 0
	if up {
		c.turn |= 1 // and go on in this direction
	} else {
		c.turn &^= 1
	}
	c.why = fmt.Sprintf("%s: %d in flight", good, levels[c.level])
	c.restart(now)
	c.win.settled = true
}

// busy reports that requests take longer than in an unloaded shop: most of its workers have
// something to do.
func (c *climb) busy() bool { return c.baseln.known() && c.slow >= busyFrom }

// unhurried reports that requests take about as long as in an unloaded shop:
// whatever throughput seems to say, the shop is not yet full.
func (c *climb) unhurried(cur measured) bool {
	return c.baseln.known() && cur.slow < unhurriedCap
}

// tie is how much more a request in flight must bring where people wait longer
// for a page than they have patience, or at the shop for longer than the page
// takes: some throughput is then given for time. Waiting here costs no more than
// waiting at the shop, and here it can be kept in order.
func (c *climb) tie(m measured) float64 {
	if m.took > patience || c.baseln.known() && m.slow > latencyCap {
		return patienceTie
	}
	return 0
}
