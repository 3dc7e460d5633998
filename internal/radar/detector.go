package radar

import (
	"math"
	"time"
)

// DetectorConfig says what a detector knows before it has heard anything. The zero
// value knows nothing, and is ready for use.
type DetectorConfig struct {
	// Zone has the clock by which hours and weekdays count. Nil: UTC.
	Zone *time.Location
	// Base is how many newcomers a second were seen before, over Seen. Both zero:
	// nothing is known, and no wave is called in the first ten seconds.
	Base float64
	Seen time.Duration
	// Alarm is the surprise, in nats, from which a wave is called. 0: 16, once in
	// nine million looks.
	Alarm float64
	// MinArrivals is how many newcomers a wave begins with at least. 0: 6. It keeps a
	// family that comes to a sleeping shop from being called a wave.
	MinArrivals int
	// Dispersion bounds variance ÷ mean of a second's newcomers, which is learnt within
	// them. Zero: 1.25 to 2.3. {1, 1} is chance alone (Poisson).
	Dispersion [2]float64
}

// Defaults of DetectorConfig. docs/radar.md says where they come from.
const (
	DefaultAlarm       = 16.0
	DefaultMinArrivals = 6
	LeastDispersion    = 1.25
	MostDispersion     = 2.3
)

func (c DetectorConfig) withDefaults() DetectorConfig {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Alarm <= 0 {
		c.Alarm = DefaultAlarm
	}
	if c.MinArrivals <= 0 {
		c.MinArrivals = DefaultMinArrivals
	}
	if c.Dispersion == ([2]float64{}) {
		c.Dispersion = [2]float64{LeastDispersion, MostDispersion}
	}
	return c
}

// Sighting is what a detector holds after a tick.
type Sighting struct {
	State, Before State     // before the tick, or the ticks of one call
	Since         time.Time // of State; zero: since the start
	Onset         time.Time // when the wave began, as estimated; zero while calm
	Rate          float64   // newcomers a second now
	Base          float64   // newcomers a second without a wave; 0: not known yet
	Factor        float64   // Rate ÷ Base; 0: not known yet
	Peak          float64   // highest Rate of this wave; 0 while calm
	Surprise      float64   // nats, of the most surprising window: -ln of the chance that so many come without a wave
	Usual         float64   // newcomers a second at this time of the week; 0: not known yet
	Known         bool      // enough was seen to call a wave
	Cause         Cause     // of the last change
}

// Changed reports whether the state is another than before.
func (s Sighting) Changed() bool { return s.State != s.Before }

// Detector hears how many newcomers each tick brings and says when a wave begins,
// grows large, passes its peak and ends. Make one with [NewDetector]. It has one
// owner, and its memory is fixed (about 12 KB with ticks of 100 ms).
type Detector struct {
	cfg    DetectorConfig
	base   baseline
	season *season // nil: of a way into the shop, which has none
	calm   restless
	wave   wave
	held   bool // somebody else knows of a wave: nothing may be learnt

	tick    time.Duration // of the ring; 0: nothing heard yet
	ring    ring
	windows []int
	rates   []int // windows by which the rate is told
	learnt  int   // ticks of the ring that were learnt or dropped
	last    time.Time
	sum     cusum

	reference float64   // newcomers a second that a wave is measured against; 0: not known
	usually   float64   // at this time of the week; 0: not known
	asked     time.Time // when usually was looked up
}

// cusum adds up how much better a doubled rate explains each tick than the usual one,
// and starts anew whenever it explains it worse.
type cusum struct {
	nats  float64
	since int // tick of the ring at which it started
}

// cusumFactor is the rise it is tuned for. It drifts upwards from 1.44 times on.
const cusumFactor = 2.0

// NewDetector returns a detector that is calm.
func NewDetector(c DetectorConfig) *Detector {
	c = c.withDefaults()
	d := &Detector{cfg: c, base: newBaseline(c.Dispersion), season: newSeason()}
	if c.Seen > 0 && c.Base >= 0 {
		d.base.anchor(c.Base*c.Seen.Seconds(), c.Seen.Seconds())
	}
	return d
}

// Observe takes a tick of n newcomers that ended at until. Ticks follow each other;
// where some are missing they are taken as not seen, and a clock that is set back takes
// the wave's moments with it. A tick of another length than before forgets the last
// minute, not the baseline.
func (d *Detector) Observe(until time.Time, tick time.Duration, n int) Sighting {
	until = until.In(d.cfg.Zone)
	before := d.wave.state
	d.arrange(until, max(tick, leastTick))
	d.follow(until)
	d.ring.push(max(n, 0))
	d.refer(until)
	s := Sighting{Before: before, Base: d.reference, Known: d.reference > 0, Rate: d.rate(), Usual: d.usually}
	if s.Known {
		s.Factor = s.Rate / s.Base
		s.Surprise = d.decide(until, s.Rate)
	}
	d.learn(until)
	w := &d.wave
	s.State, s.Since, s.Onset, s.Peak, s.Cause = w.state, w.since, w.onset, w.peak, w.cause
	return s
}

// leastTick bounds the ring: shorter ticks count as this long.
const leastTick = 10 * time.Millisecond

// ObserveTicks takes those of the ticks, of which the last ended at until, that were
// not taken before. Of several changes the sighting has the first Before and the last
// State.
func (d *Detector) ObserveTicks(until time.Time, tick time.Duration, ticks []uint32) Sighting {
	fresh := len(ticks)
	if !d.last.IsZero() && tick > 0 {
		switch since := until.Sub(d.last); {
		case since >= -tick/2:
			fresh = min(fresh, int((since+tick/2)/tick))
		default: // the clock was set back; nobody knows how far
			fresh = min(fresh, 1)
		}
	}
	if fresh <= 0 {
		return d.present()
	}
	before := d.wave.state
	var s Sighting
	for i := len(ticks) - fresh; i < len(ticks); i++ {
		s = d.Observe(until.Add(-time.Duration(len(ticks)-1-i)*tick), tick, int(ticks[i]))
	}
	s.Before = before
	return s
}

// present is the sighting without a new tick.
func (d *Detector) present() Sighting {
	w := &d.wave
	s := Sighting{State: w.state, Before: w.state, Since: w.since, Onset: w.onset, Peak: w.peak, Cause: w.cause,
		Rate: d.rate(), Base: d.reference, Known: d.reference > 0, Usual: d.usually}
	if s.Known {
		s.Factor = s.Rate / s.Base
	}
	return s
}

// arrange makes the ring fit the tick, and notices gaps.
func (d *Detector) arrange(until time.Time, tick time.Duration) {
	if d.tick != tick {
		d.tick = tick
		d.windows = windowsOf(tick)
		d.ring = ring{total: make([]uint64, ringTicks(tick))}
		d.base.memory = max(memorySeconds, memoryTicks*tick.Seconds())
		d.rates = nil
		for _, w := range d.windows {
			if time.Duration(w)*tick >= time.Second || w == d.windows[len(d.windows)-1] {
				d.rates = append(d.rates, w)
			}
		}
		d.restart()
	}
	if !d.last.IsZero() {
		switch missed := until.Sub(d.last) - tick; {
		case missed > tick/2:
			d.base.gap(missed.Seconds())
			d.restart()
		case until.Before(d.last):
			d.shift(missed)
		}
	}
	d.last = until
}

// shift moves all moments by so much: the clock was set back.
func (d *Detector) shift(by time.Duration) {
	w := &d.wave
	moments := []*time.Time{&w.since, &w.onset, &w.top, &w.quiet}
	if d.season != nil {
		moments = append(moments, &d.season.moved)
	}
	for _, t := range moments {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
}

// restart forgets the last ticks.
func (d *Detector) restart() {
	d.ring.clear()
	d.learnt, d.sum = 0, cusum{}
}

// ticks is how many ticks make up a length, within what the ring holds now.
func (d *Detector) ticks(length time.Duration) int {
	return min(max(int((length+d.tick-1)/d.tick), 1), d.ring.have())
}

// rateArrivals is how many newcomers tell a rate within a fifth.
const rateArrivals = 25

// rate is the present rate: by the shortest window from a second on that holds 25
// newcomers, else by the longest.
func (d *Detector) rate() float64 {
	rate := 0.0
	for _, w := range d.rates {
		if w > d.ring.have() {
			break
		}
		n := d.ring.last(w)
		rate = n / (float64(w) * d.tick.Seconds())
		if n >= rateArrivals {
			break
		}
	}
	if rate == 0 && d.ring.have() > 0 && d.ring.have() < d.rates[0] {
		w := d.ring.have()
		rate = d.ring.last(w) / (float64(w) * d.tick.Seconds())
	}
	return rate
}

// most is the window that a crowd surprises most by, among those that hold enough and
// at least so many times as many as are usual, times factor.
func (d *Detector) most(least float64, times, factor float64, longest int) (nats float64, window int) {
	perTick := d.reference * d.tick.Seconds() * factor
	over, unsure := d.base.over1(), d.base.unsure()
	for _, w := range d.windows {
		if w > d.ring.have() || w > longest {
			break
		}
		n, mean := d.ring.last(w), perTick*float64(w)
		if n < least || n < times*mean {
			continue
		}
		c := crowd{mean: mean, over: over + unsure*mean}
		if s := c.surprise(n); s > nats {
			nats, window = s, w
		}
	}
	return nats, window
}

// add takes the last tick into the cumulative sum. It is that of a Poisson crowd,
// divided by the scatter of a whole minute: what it is for lasts about that long.
func (d *Detector) add() {
	over := d.base.expect(d.reference, float64(ticksOf(windowSeconds*time.Second, d.tick))*d.tick.Seconds()).over
	m := d.reference * d.tick.Seconds()
	d.sum.nats += (d.ring.last(1)*math.Log(cusumFactor) - (cusumFactor-1)*m) / over
	if d.sum.nats <= 0 {
		d.sum = cusum{since: d.ring.at}
	}
}

// refer sets what a wave is measured against: the last minutes, or most of what is usual
// at this hour, if that is more. A shop that comes back after an hour's failure brings
// what it always brings, and that is no wave.
func (d *Detector) refer(now time.Time) {
	if !d.base.known(d.tick) {
		d.reference = 0
		return
	}
	if d.season != nil && (d.asked.IsZero() || now.Sub(d.asked) >= moveEvery || now.Before(d.asked)) {
		d.usually, d.asked = d.season.usual(now), now
	}
	d.reference = max(d.base.rate(), usualShare*d.usually)
}

// usualShare is the share of what is usual at an hour that is no wave at any rate.
const usualShare = 0.8

// follow lets the time of the week move what is usual, while nothing is learnt: in calm
// the last minutes know better.
func (d *Detector) follow(until time.Time) {
	s := d.season
	if s == nil {
		return
	}
	switch {
	case s.moved.IsZero() || d.wave.state == Calm && !d.held && d.ring.at > 0:
		s.moved = until
	case until.Sub(s.moved) >= moveEvery:
		d.base.move(s.move(s.moved, until))
		s.moved = until
	}
}

// learn takes what is old enough to be known as calm into the baseline.
func (d *Detector) learn(until time.Time) {
	if d.wave.state.Wave() || d.held {
		d.learnt = d.ring.at // what came in a wave is never learnt
		return
	}
	chunk := max(int(time.Second/d.tick), 1)
	seconds := float64(chunk) * d.tick.Seconds()
	d.learnt = max(d.learnt, d.ring.at-d.ring.have())
	for d.ring.at-d.learnt-d.quarantine() >= chunk {
		n := d.ring.between(d.learnt, d.learnt+chunk)
		d.learnt += chunk
		if d.season != nil {
			d.season.learn(until.Add(-time.Duration(d.ring.at-d.learnt)*d.tick), n, seconds)
		}
		d.base.learn(n, seconds)
	}
}

// quarantine is how many of the last ticks are not learnt yet: they may be the
// beginning of a wave that nobody has noticed. A young detector, which has nothing
// else, waits for half of what it has learnt, which is a third of what it has heard.
func (d *Detector) quarantine() int {
	return min(ticksOf(windowSeconds*time.Second, d.tick), int(d.base.seconds/2/d.tick.Seconds()))
}
