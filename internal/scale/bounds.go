package scale

import "time"

// allow bounds what is wanted and makes the step of it.
func (d *Decider) allow(now time.Time, o *Observed, c *counts, f followed, n needed, start float64) Step {
	l := &d.cfg.Limits
	s := Step{At: now, From: d.wanted, To: f.n, Cause: f.cause, Wave: f.wave, Need: max(n.n, n.keep), InLine: max(o.InLine, 0),
		Arrivals: sound(o.Arrivals), Coming: n.coming, Before: unknownWait, After: unknownWait}
	s.Foreign = d.foreign
	if d.foreign > 0 && s.To == s.From {
		s.Cause = CauseForeign
		if d.foreign < s.To && d.hold.over(now, holdFor) <= d.foreign && n.inside <= d.foreign {
			s.To = d.foreign // theirs will do
		}
	}
	d.experience(now, c, n, start, &s)
	bind := func(most int, by Bound) {
		if s.To > most {
			s.To, s.Bound = most, by
		}
	}
	bind(l.Max, BoundMax)
	if o.Most > 0 {
		bind(o.Most, BoundEngine)
	}
	if l.CostPerHour > 0 {
		if l.BudgetPerHour > 0 {
			bind(l.perHour()-c.draining, BoundHour)
		}
		if l.BudgetPerCampaign > 0 {
			visit := o.Visit
			if visit <= 0 {
				visit = usualVisit
			}
			bind(l.Min+d.spend.allowed(l.BudgetPerCampaign, l.CostPerHour, s.From-l.Min, c.draining, d.cfg.Drain, visit), BoundCampaign)
		}
	}
	if s.To < l.Min {
		s.To, s.Bound = l.Min, BoundMin
	}
	if s.Bound == BoundHour || s.Bound == BoundCampaign {
		if s.To < s.From {
			s.Cause = CauseBudget
		}
	}
	d.effect(o, c, n, &s)
	return s
}

// experience bounds by what was learnt: that replicas do not start, and that more do not
// help.
func (d *Decider) experience(now time.Time, c *counts, n needed, start float64, s *Step) {
	if most, try := d.ceiling.allowed(now, n.n, seconds(start)); most > 0 && s.To > most {
		s.Bound = BoundCeiling
		s.Cause, s.Count, s.Of = CauseCeiling, d.ceiling.seen, d.ceiling.most
		if try {
			s.Cause = CauseTry
		}
		if s.To = most; most < s.From {
			// Back to what helped, in steps as always.
			s.To = s.From
			if now.Sub(d.lowered) >= lowerEvery {
				s.To = max(most, s.From-step(s.From))
			}
		}
	} else if try && s.To > s.From {
		s.Cause, s.Count, s.Of = CauseTry, d.ceiling.seen, d.ceiling.most
	}
	if s.To > s.From && s.Cause != CauseTry && d.doubt.stands(now) {
		s.To, s.Bound, s.Cause = s.From, BoundCeiling, CauseDoubt
	}
	if s.To > s.From && c.failing() {
		s.To, s.Bound = s.From, BoundFailing
		s.Cause, s.Count, s.Of, s.Took = CauseFailing, c.stuck, c.starting+c.failed, c.oldest
	}
}

// doubts says that those that start are not known to help.
func (d *Decider) doubts(now time.Time, c *counts) bool {
	return d.doubt.stands(now) || d.ceiling.most > 0 && c.ready >= d.ceiling.most
}

const unknownWait = -1 * time.Second

// effect is what the step changes for those who wait, and its cost.
func (d *Decider) effect(o *Observed, c *counts, n needed, s *Step) {
	s.Cost = float64(s.To-s.From) * d.cfg.Limits.CostPerHour
	if !n.known {
		return
	}
	if s.To == s.From || s.Cause == CauseCeiling || s.Cause == CauseTry {
		if rate := max(sound(o.Served), d.ceiling.of(d.capacity.each*c.warm)); rate > 0 {
			s.Before = seconds(float64(max(o.InLine, 0)) / rate)
			s.After = s.Before
		}
		return
	}
	s.Before = seconds(n.out.wait(&n.in, float64(s.From)))
	s.After = seconds(n.out.wait(&n.in, float64(s.To)))
}

// perHour is how many replicas the budget per hour pays for. Both must be given.
func (l *Limits) perHour() int {
	return int(min(l.BudgetPerHour/l.CostPerHour*(1+1e-12), mostReplicas)) // what divides evenly is not to fail by rounding
}
