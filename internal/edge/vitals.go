package edge

import (
	"fmt"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/ticket"
)

// vitals gathers what flows back to control.
func (sh *shop) vitals(now time.Time) falochron.Vitals {
	set, snap := sh.set.Load(), sh.ordered.Load()
	v := falochron.Vitals{Time: now, Shop: sh.name, Mode: snap.Mode, Ceiling: snap.Ceiling}
	sh.gate.describe(now, &v)
	v.Replicas = set.Pool.Vitals()
	v.Opening, v.Posts = sh.opening(now), sh.links.Load().vitals(now)
	if set.Cache != nil {
		v.CacheBytes = set.Cache.Stats().Bytes
	}
	v.Cohorts = sh.cohortVitals()
	e := sh.eyes
	v.Arrivals, v.Orders = e.arrivals.Load(), e.orders.Load()
	v.Adopted = uint64(sh.adopted.Load())
	v.FillPauses = e.pauses.Load()
	v.OrdersKnown = v.Orders > 0
	for c := range e.requests {
		for a := range e.requests[c] {
			v.Requests[c][a] = e.requests[c][a].Load()
		}
	}
	v.Forged = make(map[string]uint64, ticket.NumFaults)
	for f := range e.forged {
		v.Forged[ticket.Fault(f).String()] = e.forged[f].Load()
	}
	e.mu.Lock()
	v.P95, _ = e.pages.At(now, 0.95)
	v.OrdersPerMin = int(e.ordered.Sum(now))
	e.mu.Unlock()
	return v
}

// describe fills in what the gate knows.
func (g *gate) describe(now time.Time, v *falochron.Vitals) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.lim.State()
	// Who was called and stands before a door that is full this moment waits as
	// those in line do, whatever the room calls it.
	v.InLine, v.Inside = g.outside(now), g.people.inside()
	v.InFlight, v.Queued, v.Limit = s.InFlight, s.Queued, s.Limit
	v.BaseLatency = s.Base
	v.PlacesPerSecond = g.places.PerSecond(s.Limit)
	work, requests := g.places.Visit()
	v.VisitWork, v.VisitRequests = time.Duration(work*float64(time.Second)), requests
	v.RoomBytes, v.LeftEarly = int64(g.room.Bytes()), g.room.LeftEarly()
	ok, p := g.places.Verdict()
	switch {
	case g.lim.Dead():
		v.Binding, v.Why = "shop-dead", "The shop does not answer; one request at a time asks whether it is back."
	case v.InLine == 0 && ok:
		v.Why = "Nothing binds: whoever comes may go in."
	case ok:
		v.Binding, v.Why = "line", "The line is being let in; whoever comes stands behind it."
	case p.Limit == "places":
		v.Binding = p.Limit
		v.Why = fmt.Sprintf("Those inside (%d) will need all %d slots of the shop within the next two minutes; last change: %s.", v.Inside, s.Limit, s.Why)
	case p.Limit == "visits":
		v.Binding = p.Limit
		v.Why = fmt.Sprintf("Those inside (%d) have yet to pay, and that costs the shop more than what they have done; last change: %s.", v.Inside, s.Why)
	default:
		v.Binding = p.Limit
		v.Why = fmt.Sprintf("All %d slots of the shop are taken; last change: %s.", s.Limit, s.Why)
	}
	if v.InLine > 0 && v.PlacesPerSecond > 0 {
		v.FrontWaitSecs = int(float64(v.InLine) / v.PlacesPerSecond)
	}
}
