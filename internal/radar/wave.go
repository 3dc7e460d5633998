package radar

import (
	"math"
	"time"
)

// wave is the state of a detector and what it remembers of the wave.
type wave struct {
	state  State
	since  time.Time // of state
	onset  time.Time
	cause  Cause
	peak   float64   // highest rate told
	height float64   // highest rate over half a minute
	top    time.Time // when that was
	quiet  time.Time // since when it is as usual again; zero: it is not
}

// When a state changes. docs/radar.md says why.
const (
	swellTimes  = 1.5 // of the usual, in the window that surprises
	stormTimes  = 3.0 // seen, and
	stormSurely = 2.0 // with stormNats of surprise even if so many times as many were usual
	stormNats   = 12.0
	stormLeast  = 20  // newcomers in the window
	spentShare  = 0.5 // of the height is an ebb,
	againShare  = 0.9 // of it is a storm again
	secondShare = 0.3 // of it a second rise reaches at least
	quietTimes  = 1.5 // of the usual counts as usual again, if chance may have made it
	heightOver  = 30 * time.Second
	quietOver   = 60 * time.Second // what is looked at,
	quietFor    = 30 * time.Second // and how long it must stay so
	secondOver  = 10 * time.Second // longest window of a second rise
	settleSwell = time.Hour        // a swell that stays is what is usual now,
	settleEbb   = 24 * time.Hour   // and so is an ebb
	settleAs    = 120.0            // seconds of counting that the new rate is believed like
)

// decide moves the state by at most one step and returns the surprise.
func (d *Detector) decide(now time.Time, rate float64) float64 {
	w := &d.wave
	nats, window := d.most(float64(d.cfg.MinArrivals), swellTimes, 1, d.ring.have())
	if w.state == Calm {
		d.add()
		d.wake(now, nats, window)
		return max(nats, d.sum.nats)
	}
	w.peak = max(w.peak, rate)
	if w.state == Swell {
		d.calm.peak = max(d.calm.peak, nats)
	}
	if h, whole := d.over(heightOver); whole && h > w.height {
		w.height, w.top = h, now
	}
	switch w.state {
	case Swell:
		d.grow(now)
	case Storm:
		d.spend(now)
	case Ebb:
		d.again(now)
	}
	d.end(now)
	return nats
}

// over is the rate in the last so long, and whether all of that was heard.
func (d *Detector) over(length time.Duration) (rate float64, whole bool) {
	w := d.ticks(length)
	return d.ring.last(w) / (float64(w) * d.tick.Seconds()), time.Duration(w)*d.tick >= length
}

// wake begins a wave if a window or the cumulative sum says so.
func (d *Detector) wake(now time.Time, nats float64, window int) {
	kind, alarm := CauseBurst, d.calm.alarm(d.cfg.Alarm)
	d.calm.hear(max(nats, d.sum.nats), d.tick)
	if nats < alarm {
		kind, nats, window = CauseClimb, d.sum.nats, min(d.ring.at-d.sum.since, d.ring.have())
		if nats < alarm || d.ring.last(window) < float64(d.cfg.MinArrivals) {
			return
		}
	}
	d.wave = wave{}
	d.wave.onset = d.onset(now, window, 1)
	d.turn(now, Swell, d.cause(kind, window, 1, nats))
}

// grow makes a swell a storm.
func (d *Detector) grow(now time.Time) {
	if nats, window := d.most(stormLeast, stormTimes/stormSurely, stormSurely, d.ring.have()); nats >= stormNats {
		d.calm.peak = 0 // it was none of calm's
		d.turn(now, Storm, d.cause(CauseStrong, window, 1, nats))
	}
}

// spend makes a storm an ebb.
func (d *Detector) spend(now time.Time) {
	w := &d.wave
	if h, whole := d.over(heightOver); whole && !w.top.IsZero() && now.Sub(w.top) >= heightOver && h <= spentShare*w.height {
		d.turn(now, Ebb, d.cause(CauseSpent, d.ticks(heightOver), 1, 0))
	}
}

// again makes an ebb a storm: it reaches its height again, or something rises from it
// as surprisingly as a first wave would.
func (d *Detector) again(now time.Time) {
	w := &d.wave
	h, whole := d.over(heightOver)
	back := whole && h >= max(againShare*w.height, stormTimes*d.reference)
	longest := d.ticks(secondOver)
	rest := d.ring.have() - longest
	if rest < longest {
		return
	}
	left := d.ring.between(d.ring.at-longest-rest, d.ring.at-longest) / (float64(rest) * d.tick.Seconds())
	factor := max(left/d.reference, 1)
	nats, window := d.most(stormLeast, cusumFactor, factor, longest)
	rises := nats >= d.calm.alarm(d.cfg.Alarm) && d.ring.last(window) >= secondShare*w.height*float64(window)*d.tick.Seconds()
	switch {
	case rises:
		w.onset = d.onset(now, window, factor)
	case back:
		window = d.ticks(heightOver)
	default:
		return
	}
	c := d.cause(CauseSecond, window, factor, nats)
	w.height, _ = d.over(secondOver)
	w.top, w.peak = now, d.rate()
	d.turn(now, Storm, c)
}

// end ends a wave that is as usual again, or that has stayed for so long that it is
// what is usual now.
func (d *Detector) end(now time.Time) {
	w := &d.wave
	window := d.ticks(max(quietOver, coarseTicks*d.tick))
	if time.Duration(window)*d.tick < quietOver {
		return // it was not heard for so long
	}
	n, c := d.ring.last(window), d.base.expect(d.reference, float64(window)*d.tick.Seconds())
	if n > max(quietTimes*c.mean, c.mean+2*math.Sqrt(c.mean*c.over)+1) {
		w.quiet = time.Time{}
	} else if w.quiet.IsZero() {
		w.quiet = now
	}
	usual := !w.quiet.IsZero() && now.Sub(w.quiet) >= max(quietFor, 2*d.tick)
	kind := CauseQuiet
	switch in := now.Sub(w.since); {
	case w.state == Storm && usual:
		d.turn(now, Ebb, d.cause(CauseSpent, d.ticks(heightOver), 1, 0))
		return
	case w.state == Storm:
		return
	case w.state == Swell && usual:
		kind = CauseNothing
		d.calm.end() // it was an excursion like others
	case usual:
	case w.state == Swell && in >= settleSwell, w.state == Ebb && in >= settleEbb:
		kind = CauseSettled
		d.base.anchor(n/(float64(window)*d.tick.Seconds())*settleAs, settleAs)
	default:
		return
	}
	d.turn(now, Calm, d.cause(kind, window, 1, 0))
	d.wave.onset, d.wave.peak = time.Time{}, 0
	d.sum = cusum{since: d.ring.at}
}

// settle takes what comes now as usual and forgets the wave, if there is one.
func (d *Detector) settle() {
	if !d.wave.state.Wave() {
		return
	}
	rate, _ := d.over(quietOver)
	c := d.cause(CauseSettled, d.ticks(quietOver), 1, 0)
	d.base.anchor(rate*settleAs, settleAs)
	d.wave, d.sum = wave{since: d.last, cause: c}, cusum{since: d.ring.at}
}

// turn changes the state.
func (d *Detector) turn(now time.Time, to State, c Cause) {
	d.wave.state, d.wave.since, d.wave.cause, d.wave.quiet = to, now, c, time.Time{}
	if to == Swell {
		d.wave.peak = d.rate()
	}
}

// cause is a reason with the numbers of a window.
func (d *Detector) cause(kind CauseKind, window int, factor, nats float64) Cause {
	length := time.Duration(window) * d.tick
	c := Cause{Kind: kind, Count: int(d.ring.last(window)), Window: length, Surprise: nats,
		Expected: d.reference * factor * length.Seconds(), Peak: d.wave.peak}
	if !d.wave.onset.IsZero() {
		c.Lasted = d.last.Sub(d.wave.onset)
	}
	return c
}

// onset is when a wave began that a window of ticks has shown: the moment from which
// on a rate of its own explains best what came where factor times the usual was to be
// expected (the likeliest change point), among all that the ring still holds.
func (d *Detector) onset(now time.Time, window int, factor float64) time.Time {
	best, at := 0.0, window
	for w := 1; w <= d.ring.have(); w++ {
		c := crowd{mean: d.reference * factor * float64(w) * d.tick.Seconds(), over: 1}
		if nats := c.chernoff(d.ring.last(w)); nats > best {
			best, at = nats, w
		}
	}
	return now.Add(-time.Duration(at) * d.tick)
}
