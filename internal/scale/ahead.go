package scale

import "time"

const (
	aheadMost  = 16
	aheadEvery = 30 * time.Second // ahead is made anew; what is ordered does not depend on it
)

// look makes the steps ahead anew where it is time, and says when the next wave's
// replicas are due.
func (d *Decider) look(now time.Time, o *Observed, start float64, changed bool) (wake time.Time) {
	again := changed || len(o.Waves) != d.waves || now.Sub(d.looked) >= aheadEvery || d.aheads > 0 && !now.Before(d.ahead[0].At)
	if !again {
		if d.aheads > 0 {
			return d.ahead[0].At
		}
		return time.Time{}
	}
	d.looked, d.waves, d.aheads = now, len(o.Waves), 0
	for i := range o.Waves {
		w := d.wave(&o.Waves[i])
		k, lead := 0, d.lead(start)
		people := w.most()
		if d.capacity.each > 0 {
			k, lead = d.waveNeed(&w, now, o, start)
		} else if people > 0 && w.Confidence >= waveLikely {
			k = 2 * d.wanted
		}
		from := w.from(lead)
		if !now.Before(from) || k == 0 {
			continue
		}
		most, by := d.most(o)
		to := max(min(k, most), d.cfg.Limits.Min)
		s := Step{At: from, From: d.wanted, To: max(to, d.wanted), Cause: CauseWave, Need: k, Wave: w.ID, Coming: people, Before: unknownWait, After: unknownWait}
		if to < k {
			s.Bound = by
		}
		s.Cost = float64(s.To-s.From) * d.cfg.Limits.CostPerHour
		d.insert(s)
	}
	if d.aheads > 0 {
		return d.ahead[0].At
	}
	return time.Time{}
}

// most is what is allowed of what does not depend on the moment, and by what.
func (d *Decider) most(o *Observed) (int, Bound) {
	n, by := d.cfg.Limits.Max, BoundMax
	lower := func(k int, why Bound) {
		if k < n {
			n, by = k, why
		}
	}
	if o.Most > 0 {
		lower(o.Most, BoundEngine)
	}
	if l := d.cfg.Limits; l.CostPerHour > 0 && l.BudgetPerHour > 0 {
		lower(l.perHour(), BoundHour)
	}
	if d.ceiling.most > 0 {
		lower(d.ceiling.most, BoundCeiling)
	}
	return n, by
}

// insert keeps the earliest, in order.
func (d *Decider) insert(s Step) {
	i := d.aheads
	for i > 0 && s.At.Before(d.ahead[i-1].At) {
		if i < aheadMost {
			d.ahead[i] = d.ahead[i-1]
		}
		i--
	}
	if i < aheadMost {
		d.ahead[i] = s
		d.aheads = min(d.aheads+1, aheadMost)
	}
}
