package scale

import (
	"math"
	"time"
)

// Decider decides for one shop. It is a state machine with a single owner.
type Decider struct {
	cfg      Config
	clock    clock
	begun    bool
	unseen   time.Duration // that has passed unseen and has to be paid
	last     time.Time
	starts   starts
	capacity capacity
	ceiling  ceiling
	doubt    doubt
	spend    spend
	hold     most
	nowcast  curve
	course   curve // of the wave that is looked at

	wanted  int
	before  int       // what was wanted before it was changed last
	changed time.Time // then
	lowered time.Time // the last step down
	raised  time.Time // and up
	below   time.Time // since when fewer would do
	asked   int       // by the engine's account, at the last look
	foreign int       // number that somebody else set and that is not followed; 0 = none
	rate    float64   // newcomers a second, over a part of the time that the wave has lasted
	lately  float64   // newcomers a second, as they came some seconds ago
	minute  float64   // newcomers a second over a minute
	usual   float64   // the same, as it was before what comes now
	waving  bool      // an announced wave may have begun
	full    time.Time // since when the slots have been taken; zero: they are not
	lined   time.Time // since when people have stood in line; zero: nobody does
	onset   time.Time // since when more come than is usual, or a line stands
	ready   int       // replicas ready at the last look
	stood   time.Time // since when they are as many,
	above   int       // and how many they were before
	visit   float64   // requests that a visit is taken to have; 0 = nobody has said
	visited time.Time // since when it was said; of an earlier evening: zero
	moved   time.Time // since when they are about as many

	ahead  [aheadMost]Step
	aheads int
	looked time.Time // when ahead was made
	waves  int       // of how many waves
}

const (
	usualVisit    = 3 * time.Minute  // while nobody knows how long a visit is: as of the crowd of docs/benchmarks.md
	slowOver      = 60.0             // seconds that newcomers are averaged over in calm: chance moves ten seconds by a third
	longFades     = 1800.0           // seconds: what is beyond the usual fades as quickly at least
	shortFades    = 60.0             // what has come for less goes on for as long: half of a story's first quarter of an hour comes later; tuned in the survey
	servedOver    = 10 * time.Second // see Observed.Served
	ratePart      = 0.25             // of the wave's age; chosen
	rateMost      = 60.0             // seconds
	castFades     = 60.0             // the same where a nowcast says what comes; chosen
	suspicious    = 0.7              // of what was served by each until now: less may be a ceiling, and is not learnt as what a replica serves; chosen
	suspiciousFor = 3 * time.Minute  // unless it stays so and no ceiling is found; chosen
	tickMost      = 5.0              // seconds that one look may speak for
	orderLag      = 15 * time.Second // until the engine shows what was ordered; chosen: HPA looks every 15 s
)

// New returns a decider; the error names every fault of the configuration. saved is what
// an earlier one kept by [Decider.Save]; the zero value starts anew.
func New(cfg Config, saved Saved) (*Decider, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	d := &Decider{cfg: cfg}
	d.capacity.each = cfg.Capacity
	d.restore(saved)
	return d, nil
}

// Decide says how many replicas are wanted now. Call it once a second, and at the latest
// at [Plan.Wake]. It formats nothing and allocates nothing.
//
//  1. What can be learnt is learnt: start times, what a replica takes, whether more help.
//  2. The need is the largest of what the line, the nowcast and the announced waves ask for.
//  3. Up at once; down in steps, once it has been less for a while, never below what those
//     inside need.
//  4. What the owner, the engine and experience allow bounds it.
func (d *Decider) Decide(now time.Time, o Observed) Plan {
	skew, callers := d.clock.skew, now
	now = d.clock.at(now)
	if d.clock.skew != skew {
		d.unseen += spendGap // the clock was set back: nobody knows how long ago the last look was
	}
	first := !d.begun
	dt := 0.0
	if !first {
		dt = now.Sub(d.last).Seconds()
	}
	d.starts.see(&d.clock, o.Replicas)
	start := d.starts.or(d.cfg.Start.Seconds())
	c := d.count(now, &o, start)
	if first {
		if !d.last.IsZero() {
			d.unseen = max(now.Sub(d.last), 0) // since it was saved
		}
		d.wanted = c.ready + c.starting + c.failed
		if o.Asked >= 0 {
			d.wanted = o.Asked
		}
		d.wanted = min(max(d.wanted, d.cfg.Limits.Min), d.cfg.Limits.Max)
		d.before, d.asked, d.ready, d.moved = d.wanted, o.Asked, c.ready, now.Add(-time.Hour)
		d.capacity.mean = c.warm
		d.minute = sound(o.Arrivals)
		d.lately, d.rate = d.minute, d.minute
		if o.Sea == Calm && o.InLine <= 0 {
			d.usual = d.minute
		}
	}
	d.begun, d.last = true, now
	d.measure(now, dt, &o)
	d.learn(now, dt, &o, &c)
	d.charge(now, dt, &o, &c)
	d.others(now, &o)

	n := d.need(now, &o, &c, start)
	s := d.allow(now, &o, &c, d.follow(now, &o, n), n, start)
	plan := Plan{At: now, Wanted: s.To, Advice: d.cfg.Advise, Now: s, Changed: s.To != s.From,
		Capacity: d.capacity.each, Answers: d.capacity.each * d.visit * c.warm, Start: seconds(start), Ceiling: d.ceiling.most, Doubt: d.doubts(now, &c),
		CostPerHour: float64(s.To) * d.cfg.Limits.CostPerHour, Spent: d.spend.money}
	if !plan.Doubt {
		plan.Growth = c.growth(callers, d.starts.share())
	}
	if plan.Changed {
		d.before, d.wanted, d.changed = d.wanted, s.To, now
		if s.To < s.From {
			d.lowered = now
		} else {
			d.raised = now
		}
	}
	plan.Wake = d.look(now, &o, start, plan.Changed)
	plan.Ahead = d.ahead[:d.aheads]
	return plan
}

// measure turns what was learnt in people a second into people of so many requests as a visit
// is taken to have now. What an earlier evening has taught is left slowly.
func (d *Decider) measure(now time.Time, dt float64, o *Observed) {
	requests := sound(o.Requests)
	if requests == 0 {
		return
	}
	if d.visit == 0 {
		d.visit, d.visited = requests, now
		return
	}
	takes := rateMost
	if !d.visited.IsZero() {
		takes = min(max(now.Sub(d.visited).Seconds()*ratePart, 0.1), rateMost)
	}
	was := d.visit
	d.visit += (requests - d.visit) * (1 - math.Exp(-dt/takes))
	o.Served *= requests / d.visit
	d.capacity.scale(was / d.visit)
	d.ceiling.scale(was / d.visit)
}

// learn takes in what the shop has done since the last look.
func (d *Decider) learn(now time.Time, dt float64, o *Observed, c *counts) {
	if c.ready != d.ready {
		d.above, d.ready, d.stood = d.ready, c.ready, now
	}
	if !d.capacity.steady(float64(c.ready)) {
		d.moved = now
	}
	dt = min(dt, tickMost)
	arrivals := sound(o.Arrivals)
	// How they come is looked at for as long as it matters: in the first seconds of a wave
	// as it is, later over a part of the time that it has lasted.
	age := 0.0
	if !d.onset.IsZero() {
		age = now.Sub(d.onset).Seconds()
	}
	d.rate += (arrivals - d.rate) * (1 - math.Exp(-dt/min(max(age*ratePart, 0.1), rateMost)))
	d.lately += (arrivals - d.lately) * (1 - math.Exp(-dt/growOver))
	d.minute += (arrivals - d.minute) * (1 - math.Exp(-dt/slowOver))
	if o.InLine > 0 || o.Sea != Calm {
		if d.onset.IsZero() {
			d.onset = now
		}
	} else {
		d.onset = time.Time{}
		if !d.waving {
			d.usual = d.minute
		}
	}
	served := sound(o.Served)
	switch full := o.Busy >= fullFrom && o.InLine > 0; {
	case !full:
		d.full = time.Time{}
	case d.full.IsZero():
		d.full = now
	}
	switch {
	case o.InLine <= 0:
		d.lined = time.Time{}
	case d.lined.IsZero():
		d.lined = now
	}
	var fewer *level
	if !d.full.IsZero() {
		fewer = d.ceiling.best(now, c.ready)
	}
	d.doubt.see(now, min(c.warm, d.capacity.mean), served, fewer)
	// What is served is a mean of some seconds: it says what could be after as many.
	full := !d.full.IsZero() && now.Sub(d.full) >= servedOver
	settled := c.ready > 0 && now.Sub(d.moved) >= d.cfg.Warm+levelSettles
	if full && served > 0 && c.ready > 0 && (settled || c.warm == float64(c.ready) && d.capacity.steady(c.warm)) {
		d.ceiling.measure(now, dt, c.ready, served, settled)
		if c.ready < d.above && now.Sub(d.stood) >= servedOver {
			d.ceiling.short(c.ready, d.above, served)
		}
	}
	// Where more replicas than help share what there is, each serves less than it can.
	fair := served >= suspicious*d.capacity.each*c.warm || now.Sub(d.moved) >= suspiciousFor
	lower := d.capacity.spoke == 0 || settled && fair && (d.ceiling.most == 0 || c.ready <= d.ceiling.most)
	d.capacity.see(dt, c.warm, served, full || d.guessed(now, o), lower)
}

// guessed says that what is served is to be taken for what can be, since nothing better is
// known yet: people have stood in line for some seconds and are not let in faster, and the
// shop has work. It may do more; that is then learnt from what it serves, and a replica too
// many costs less than a minute of not knowing.
func (d *Decider) guessed(now time.Time, o *Observed) bool {
	return d.cfg.Capacity == 0 && d.capacity.spoke < servedOver.Seconds() && !d.lined.IsZero() && now.Sub(d.lined) >= linedFor && o.Busy >= busyFrom
}

const (
	linedFor = 5 * time.Second // chosen: half of what served is a mean over, and the wave is older than the line
	busyFrom = 0.5             // of the slots taken: below it the line stands for another reason than the shop; chosen
)

// charge books what the replicas cost.
func (d *Decider) charge(now time.Time, dt float64, o *Observed, c *counts) {
	l := &d.cfg.Limits
	there := c.all()
	if !d.cfg.Advise {
		there = max(there, d.wanted+c.draining)
	}
	d.spend.charge(now, seconds(dt)+d.unseen, o.Campaign, float64(max(there-l.Min, 0)), l.CostPerHour)
	d.unseen = 0
}

// others notices that somebody else has set the number.
func (d *Decider) others(now time.Time, o *Observed) {
	asked := o.Asked
	if asked < 0 || d.cfg.Advise {
		return
	}
	switch {
	case asked == d.wanted:
		d.foreign = 0
	case now.Sub(d.changed) < orderLag && asked == d.before:
		// Our order has not arrived yet.
	case asked != d.asked:
		d.foreign = asked
		if asked > d.wanted {
			// It is there, so it goes as ours do: in steps.
			d.before, d.wanted, d.changed = d.wanted, min(asked, d.cfg.Limits.Max), now
			d.hold.add(now, d.wanted)
		}
	}
	d.asked = asked
}

func seconds(s float64) time.Duration {
	return time.Duration(min(s, 1e9) * float64(time.Second))
}
