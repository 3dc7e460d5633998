package control

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/scale"
)

// workMeter is what the shop has done in the last ten seconds. The zero value is ready.
type workMeter struct {
	seconds [10]struct {
		at      time.Time
		inUse   float64 // requests in flight
		allowed float64
		arrived uint64
	}
	next int
}

// add takes in one look.
func (m *workMeter) add(v falochron.Vitals) {
	s := &m.seconds[m.next%len(m.seconds)]
	s.at, s.inUse, s.allowed, s.arrived = v.Time, float64(v.InFlight), float64(v.Limit), v.Arrivals
	m.next++
}

// mean is how many requests were in flight, the share of the slots that this was, and how
// many people came a second.
func (m *workMeter) mean() (inFlight, busy, arrivals float64) {
	n := min(m.next, len(m.seconds))
	if n == 0 {
		return 0, 0, 0
	}
	var allowed float64
	newest := m.seconds[(m.next-1)%len(m.seconds)]
	oldest := m.seconds[(m.next-n)%len(m.seconds)]
	for i := range n {
		inFlight += m.seconds[i].inUse / float64(n)
		allowed += m.seconds[i].allowed / float64(n)
	}
	if allowed > 0 {
		busy = min(inFlight/allowed, 1)
	}
	if took := newest.at.Sub(oldest.at).Seconds(); took > 0 && newest.arrived >= oldest.arrived {
		arrivals = float64(newest.arrived-oldest.arrived) / took
	}
	return inFlight, busy, arrivals
}

// observed is what the decision is made of.
func (s *fleetShop) observed(now time.Time, v *falochron.Vitals, seen *fleetSeen) scale.Observed {
	there := &seen.state
	inFlight, busy, arrivals := s.work.mean()
	o := scale.Observed{
		Busy: busy, InLine: v.InLine, Inside: v.Inside, Arrivals: arrivals,
		Waves: s.waves, Campaign: s.name,
	}
	if work := v.VisitWork.Seconds(); work > 0 {
		// By Little's law: what is done in a second are as many seconds of work as requests are
		// in flight.
		o.Served, o.Requests = inFlight/work, v.VisitRequests
	}
	if v.PlacesPerSecond > 0 && v.InLine > 0 {
		o.Visit = min(time.Duration(float64(v.Inside)/v.PlacesPerSecond*float64(time.Second)), time.Hour)
	}
	o.Asked, o.Most, o.Startable = there.Wanted+s.cfg.Beside, there.Most, there.Startable
	if seen.ours && s.wanted > 0 {
		o.Asked = s.wanted
	}
	if o.Most > 0 {
		o.Most += s.cfg.Beside
	}
	for range s.cfg.Beside {
		o.Replicas = append(o.Replicas, scale.Replica{Phase: scale.Ready})
	}
	for _, r := range there.Replicas {
		o.Replicas = append(o.Replicas, scale.Replica{Phase: scale.Phase(r.Phase), Ordered: r.Ordered, Since: r.Since})
	}
	if s.f.cfg.Sight == nil {
		return o
	}
	if sight, ok := s.f.cfg.Sight(s.cfg.Name); ok {
		o.Sea = scale.Sea(sight.State)
		if sight.State != radar.Calm && sight.Nowcast.Known {
			o.Coming = coming(now, sight)
		}
	}
	return o
}

const (
	comingStep  = 10 * time.Second
	comingAhead = 10 * time.Minute
)

// coming is how many people come by the nowcast, those who come anyway included.
func coming(now time.Time, s *RadarSight) (out []scale.Coming) {
	var people, upper float64
	for at := comingStep; at <= comingAhead; at += comingStep {
		r := s.Nowcast.RateAt(now.Add(at - comingStep/2))
		people += (r.Mid + s.Base) * comingStep.Seconds()
		upper += (r.High + s.Base) * comingStep.Seconds()
		switch at { // the nearer, the finer
		case 30 * time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, comingAhead:
			out = append(out, scale.Coming{At: now.Add(at), People: people, Upper: upper})
		}
	}
	return out
}
