package control

import (
	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/scale"
)

// bearsMoves is by which part what the shop bears has to move until the edge is told again:
// less than a step of its limit; chosen.
const bearsMoves = 0.15

// bears is how many requests in flight the replicas that are ready are known to bear, by
// Little's law: as many as they answer in the time that one takes. That time is the one of an
// unloaded shop only in a calm; in a wave nobody needs to be told.
func bears(p *scale.Plan, v *falochron.Vitals) (n int, calm bool) {
	if v.InLine > 0 || v.InFlight >= v.Limit {
		return 0, false
	}
	if v.VisitRequests > 0 {
		n = int(p.Answers * v.VisitWork.Seconds() / v.VisitRequests)
	}
	return n, true
}

// bear tells the edge what the shop is known to bear, where that is news.
func (s *fleetShop) bear(n int) {
	moved := float64(max(n, s.bears) - min(n, s.bears))
	if s.f.cfg.Bear == nil || n == s.bears || n > 0 && moved <= bearsMoves*float64(s.bears) {
		return
	}
	s.bears = n
	s.f.cfg.Bear(s.cfg.Name, n)
}
