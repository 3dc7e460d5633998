package main

// asGood is how near to the most orders a minute a crowd size must come for its
// p95 to be taken. A guess at what chance does: in the measured sweeps the two
// best sizes took the lead from each other by one to two percent, and their p95
// differed by half.
const asGood = 0.98

// idealResult is what the shop can do at its best.
type idealResult struct {
	edge, bare sweepPoint // the best of each
	points     []sweepPoint
	busy       float64 // machine, mean
}

// choose takes over a sweep.
func (r *idealResult) choose(points []sweepPoint) {
	r.points = points
	for _, p := range points {
		best := &r.bare
		if p.Edge {
			best = &r.edge
		}
		if p.OrdersPerMin > best.OrdersPerMin {
			*best = p
		}
	}
}

// best is the larger of the two ideals: what orders are compared with. Its p95 is
// the lowest among all sizes that take as many orders: near their most, orders a
// minute hardly change with the size of the crowd while pages become much slower,
// and chance must not choose the promise about pages.
func (r *idealResult) best() sweepPoint {
	best := r.edge
	if r.bare.OrdersPerMin > r.edge.OrdersPerMin {
		best = r.bare
	}
	for _, p := range r.points {
		if p.OrdersPerMin >= asGood*best.OrdersPerMin && p.P95MS > 0 && p.P95MS < best.P95MS {
			best.P95MS = p.P95MS
		}
	}
	return best
}
