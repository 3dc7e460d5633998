package scale

import "time"

// needed is how many would be wanted if nothing bound, and what asks for them.
type needed struct {
	n      int // that have to be ordered, if they are not there or ordered
	keep   int // fewer than that will not do, once they are there
	cause  Cause
	wave   string
	coming float64 // people expected, by nowcast or plan
	inside int     // that those inside need
	soon   int     // that a wave needs whose replicas are ordered in a few minutes
	out    outlook
	in     inflow
	known  bool // what a replica takes is, and so are in and out
}

// unknownFor is how long it takes to measure what a replica takes: until what was served
// is of this number, and some seconds of that; chosen.
const unknownFor = 2*servedOver + 5*time.Second

// In a wave's first minute a nowcast can be wrong by ten times, where it is of a kind that
// it knows no examples of. It counts for no more than so many times what would come if
// what has come went on.
const (
	youngFor  = 60.0 // seconds
	youngMost = 2.0  // tuned in the simulation
)

// again is for how many seconds after start the nowcast's upper figures are provided for:
// what comes later is known better when it has to be ordered; chosen.
const again = 20.0

// soonWithin is how long before its time replicas of a wave are kept if they are there
// anyway; chosen: as long as going down takes.
const soonWithin = 5 * time.Minute

// outlook is what the need is computed from at this moment.
func (d *Decider) outlook(o *Observed, c *counts, start float64) outlook {
	return outlook{each: d.capacity.each, visit: max(o.Visit, 0).Seconds(), line: float64(max(o.InLine, 0)), inside: float64(max(o.Inside, 0)),
		start: d.useful(start), target: d.target(), ready: c.warm, pending: c.pending, ahead: c.ahead}
}

// need is the largest of what asks for replicas.
func (d *Decider) need(now time.Time, o *Observed, c *counts, start float64) needed {
	n := needed{n: d.cfg.Limits.Min, keep: d.cfg.Limits.Min, cause: CauseMin, out: d.outlook(o, c, start)}
	at := n.out.atOnce()
	if d.capacity.each <= 0 {
		d.unknown(now, o, c, start, &n)
		return n
	}
	cast := len(o.Coming) > 0 && o.Sea != Calm
	if cast {
		d.nowcast.set(now.Add(-d.clock.skew), o.Coming)
		cast = d.nowcast.narrow()
	}
	n.known, n.in = true, d.present(now, o, cast)
	n.raise(d.rounded(n.out.need(&n.in, all)), CauseLine)
	n.keep = max(n.keep, d.kept(at.need(&n.in, all)))
	if cast {
		part := 1.0
		if now.Sub(d.onset).Seconds() < youngFor {
			if people := d.nowcast.people[d.nowcast.n-1]; people > 0 {
				part = min(youngMost*n.in.now.all()/people, 1)
			}
		}
		middle, upper := inflow{cast: &d.nowcast, part: part}, inflow{cast: &d.nowcast, part: part, upper: true}
		n.coming = part * d.nowcast.upper[d.nowcast.n-1]
		if n.raise(max(d.rounded(n.out.need(&middle, all)), replicas(n.out.need(&upper, again))), CauseNowcast) {
			n.in = middle
		}
		n.keep = max(n.keep, d.kept(at.need(&middle, all)))
	}
	d.planned(now, o, c, start, &n)
	visit := max(o.Visit, 0)
	if visit == 0 {
		visit = usualVisit
	}
	load := max(sound(o.Served), float64(max(o.Inside, 0))/visit.Seconds())
	n.inside = min(replicas(load/d.capacity.each*spareInside), d.wanted)
	return n
}

// present is the inflow by those who come now: as many as are usual go on, and what is
// beyond that goes on for about as long as it has come. Where there is a nowcast it is that
// which says how it goes on.
func (d *Decider) present(now time.Time, o *Observed, cast bool) inflow {
	if d.onset.IsZero() {
		return inflow{usual: d.minute}
	}
	age, rate := now.Sub(d.onset).Seconds(), d.rate
	usual := min(d.usual, rate)
	if cast {
		return inflow{usual: usual, now: lasting{rate - usual, castFades}}
	}
	if age < growFor && d.lately > 0 && rate*growOver >= growPeople {
		rate *= min(max(rate/d.lately, 1), growMost)
	}
	return inflow{usual: usual, now: lasting{rate - usual, min(max(age, shortFades), longFades)}}
}

// In a wave's first seconds a rate that grows is taken for one that goes on growing, as
// much as it did.
const (
	growFor    = 20.0 // seconds after the onset; chosen
	growOver   = 10.0 // seconds that the rate before is a mean over, as the rate itself is; chosen
	growPeople = 30.0 // in as many seconds; with fewer chance alone grows by a fifth; chosen
	growMost   = 1.2  // times; tuned in the simulation
)

// planned adds the announced waves.
func (d *Decider) planned(now time.Time, o *Observed, c *counts, start float64, n *needed) {
	d.waving = false
	for i := range o.Waves {
		w := d.wave(&o.Waves[i])
		if !now.Before(w.ends()) || now.Before(w.from(d.lead(start)+d.cfg.Machine+soonWithin)) {
			continue
		}
		k, lead := d.waveNeed(&w, now, o, start)
		if from := w.from(lead); now.Before(from) {
			if !now.Before(from.Add(-soonWithin)) {
				n.soon = max(n.soon, k)
			}
			continue
		}
		d.waving = d.waving || !now.Before(w.Start.Add(-w.slip()-waveGrace))
		if n.raise(k, CauseWave) {
			n.wave = w.ID
			n.coming = w.most()
		}
	}
}

// wave is w with its moments in our time.
func (d *Decider) wave(w *Wave) Wave {
	v := *w
	v.Start = d.clock.of(w.Start)
	return v
}

// waveNeed is how many replicas wave w asks for, and how long before it they have to be
// ordered. In half of all cases nobody is to wait. In one of ten it is more: as long as
// what is then ordered takes to be of use, nobody is to wait longer than the target.
func (d *Decider) waveNeed(w *Wave, now time.Time, o *Observed, start float64) (int, time.Duration) {
	lead := d.lead(start)
	visit := max(o.Visit, 0).Seconds()
	out := outlook{each: d.capacity.each, visit: visit, inside: d.usual * visit, target: waveTarget}
	middle, upper := inflow{usual: d.usual}, inflow{usual: d.usual}
	if d.course.set(w.Start.Add(-d.clock.skew), w.Course); d.course.n > 0 && w.Confidence >= waveLikely {
		middle.cast, middle.part = &d.course, 1
		if upper = middle; w.Confidence >= waveSure {
			upper.upper = true
		}
	} else if middle.plan, upper.plan = w.middle(), w.upper(); middle.plan.rate == 0 {
		return 0, lead
	}
	k := d.rounded(out.need(&middle, all))
	alone := d.useful(start)
	if o.Startable >= 0 && k > d.wanted+o.Startable {
		lead += d.cfg.Machine
	}
	if o.Startable >= 0 {
		alone += d.cfg.Machine.Seconds()
	}
	out.target = d.target()
	return max(k, replicas(out.need(&upper, alone))), lead
}

// unknown is the need while nobody knows what a replica takes.
func (d *Decider) unknown(now time.Time, o *Observed, c *counts, start float64, n *needed) {
	n.inside = d.wanted
	asks := o.InLine > 0 || o.Sea == Storm
	for i := range o.Waves {
		w := d.wave(&o.Waves[i])
		if people := w.most(); people > 0 && w.Confidence >= waveLikely && !now.Before(w.from(d.lead(start))) && now.Before(w.ends()) {
			asks, n.wave, n.coming = true, w.ID, people
		}
	}
	// What is there is to be warm, and is measured before there are more again.
	wait := d.cfg.Warm
	if !d.raised.IsZero() {
		wait += unknownFor
	}
	if asks && now.Sub(d.stood) >= wait {
		n.raise(2*max(c.ready, d.cfg.Limits.Min), CauseUnknown)
	}
}

// lead is how long before a wave its replicas have to be ordered.
func (d *Decider) lead(start float64) time.Duration {
	return seconds(d.useful(start)) + d.cfg.Margin
}

// raise takes k if it is more.
func (n *needed) raise(k int, why Cause) bool {
	n.keep = max(n.keep, k)
	if k <= n.n {
		return false
	}
	n.n, n.cause = k, why
	return true
}

// rounded is a need with headroom, in whole replicas.
func (d *Decider) rounded(need float64) int { return replicas(need * (1 + d.cfg.Headroom)) }

// kept is the same for what is there already: more is left, since who has come together
// comes to the till together, where a request costs several pages.
func (d *Decider) kept(need float64) int {
	return replicas(need * (1 + max(d.cfg.Headroom, keepHeadroom)))
}

const (
	keepHeadroom = 0.25 // tuned in the simulation: at 0.15 those inside waited for seconds while replicas went
	spareInside  = 1.1  // the same, where it is known what they use; chosen
)

// target is the wait that is planned for, in seconds: half of what may be, since what comes
// is not known exactly.
func (d *Decider) target() float64 { return d.cfg.TargetWait.Seconds() * targetPart }

const targetPart = 0.2 // tuned in the simulation
