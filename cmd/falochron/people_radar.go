package main

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/tale"
)

// crowdsShown is how many crowds the war room names: the rest is counted.
const crowdsShown = 4

// hidden reports whether the reader may know no more than shop, time and size of what the
// radar takes a wave for, as the plan has it.
func (v *visit) hidden(seen *control.RadarSight) bool {
	switch v.who.Role {
	case plan.Host, plan.Machine:
		return true
	case plan.Influencer:
		return seen.Post != nil && seen.Post.Party != "" && seen.Post.Party != v.who.Party
	}
	return false
}

// sight is what the radar sees at a shop of the plan while a wave is on; nil: nothing goes
// on, or nobody looks.
func (v *visit) sight(s *plan.Shop) *control.RadarSight {
	name := v.behindOf(s)
	if v.radar == nil || name == "" {
		return nil
	}
	seen, ok := v.radar(name)
	if !ok || seen.State == radar.Calm {
		return nil
	}
	return seen
}

// radarOf is that for a page; the crowds are for those who can do something about them.
func (v *visit) radarOf(seen *control.RadarSight, zone *time.Location, crowds bool) *console.Radar {
	if seen == nil {
		return nil
	}
	says := seen.Says(zone, v.hidden(seen))
	out := &console.Radar{State: seen.State.String(), Says: console.Text{EN: says.EN, PL: says.PL}}
	if !crowds {
		return out
	}
	for i := range seen.Verdicts {
		if i == crowdsShown {
			out.More = len(seen.Verdicts) - i
			break
		}
		out.Crowds = append(out.Crowds, crowdOf(&seen.Verdicts[i], seen.Shadow))
	}
	return out
}

// crowdOf is a crowd as a page shows it.
func crowdOf(c *falochron.CohortVerdict, shadow bool) console.Crowd {
	why := control.Why(*c)
	out := console.Crowd{Who: console.Text{EN: tale.Who(c.Key, "en"), PL: tale.Who(c.Key, "pl")}, Kind: c.Kind.String(), Sure: c.Confidence, Why: console.Text{EN: why.EN, PL: why.PL}, Shadow: shadow}
	if c.Treatment != falochron.TreatNone {
		out.Done = c.Treatment.String()
	}
	return out
}

// How much of a wave its chart shows, and in which steps.
const (
	liveBefore = time.Minute
	liveAfter  = 10 * time.Minute
	liveStep   = 5 * time.Second
)

// liveCurve is how many come a minute in a wave: what was measured, and what is to come.
func liveCurve(seen *control.RadarSight, marks []console.Mark, zone *time.Location) *console.Curve {
	out := &console.Curve{What: visitors, Marks: marks, Nowcast: true}
	first := seen.Onset.Add(-liveBefore).Truncate(liveStep)
	if first.Before(seen.From) {
		first = seen.From
	}
	now := seen.From.Add(time.Duration(len(seen.Counts)) * time.Second)
	last := seen.Onset.Add(liveAfter)
	if age := now.Sub(seen.Onset); age > liveAfter-2*time.Minute {
		last = now.Add(2 * time.Minute) // what is over is over; what comes is of interest
		first = last.Add(-liveAfter - liveBefore).Truncate(liveStep)
		if first.Before(seen.From) {
			first = seen.From
		}
	}
	for at := first; at.Before(last); at = at.Add(liveStep) {
		p := console.CurvePoint{At: at.In(zone), Low: console.Unknown, Mid: console.Unknown, High: console.Unknown}
		if end := at.Add(liveStep); !end.After(now) {
			sum, i := 0, int(at.Sub(seen.From)/time.Second)
			for _, n := range seen.Counts[i : i+int(liveStep/time.Second)] {
				sum += int(n)
			}
			p.Mid = float64(sum) * float64(time.Minute/liveStep)
		} else if seen.Nowcast.Known {
			band := seen.Nowcast.RateAt(at)
			p.Low, p.High = (band.Low+seen.Base)*60, (band.High+seen.Base)*60
		}
		out.Points = append(out.Points, p)
	}
	return out
}
