package control

import (
	"time"

	"github.com/falochron/falochron"
)

// growthMoves is by how much what is expected has to move until the edge is told again:
// nobody is told a wait to the second.
const growthMoves = 2 * time.Second

// grow tells the edge what the replicas that are starting make of the shop, where that is
// news.
func (s *fleetShop) grow(g falochron.Growth) {
	if s.f.cfg.Grow == nil {
		return
	}
	switch {
	case g.Times <= 1:
		if s.growth == nil {
			return
		}
		s.growth = nil
	case s.growth != nil && s.growth.Times == g.Times && s.growth.At.Sub(g.At).Abs() <= growthMoves:
		return
	default:
		s.growth = &g
	}
	s.f.cfg.Grow(s.cfg.Name, s.growth)
}
