package edge

import "time"

// What one visit may ask of the shop. People look at some ten pages a minute at most for
// long, and at more for a moment; whoever goes beyond that is a program, or many with one
// ticket. What the cache answers costs nothing of it.

// spent is what it is asked for.
type spent uint8

const (
	spentPages  spent = iota // pages that are shown
	spentReads               // whatever a page's scripts ask for, and carts that are only looked at
	spentCarts               // changes of a cart
	spentOrders              // what leads to an order
	numSpent
)

// allowances by kind: how much at once, and how much a minute for long. Chosen: several
// times what the crowd's measured visits do, where a whole visit has four pages on average;
// pages of shops without pages of their own ask for dozens of things each.
var allowances = [numSpent]struct {
	atOnce, perMinute float64
}{
	spentPages: {60, 30}, spentReads: {600, 300}, spentCarts: {40, 20}, spentOrders: {20, 6},
}

// purse is what is left to a visit.
type purse struct {
	left [numSpent]float32
	at   time.Time
}

// debt is how far below zero a purse goes with what is refused, as a share of what it may
// hold: who does not stop asking gets nothing until he pauses.
const debt = 0.1

// spend takes from the purse of a visit; false if there was nothing left.
func (g *gate) spend(now time.Time, key sessionKey, kind spent) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.people.by[key]
	if !ok {
		return true // taken back in after a restart in this moment
	}
	return e.Value.(*session).purse.take(now, kind)
}

func (p *purse) take(now time.Time, kind spent) bool {
	passed := float32(0)
	if d := now.Sub(p.at); d > 0 {
		passed = float32(d.Minutes())
	}
	for k := range p.left {
		a := &allowances[k]
		if p.at.IsZero() {
			p.left[k] = float32(a.atOnce)
		}
		p.left[k] = min(p.left[k]+passed*float32(a.perMinute), float32(a.atOnce))
	}
	p.at = now
	if p.left[kind] < 1 {
		p.left[kind] = max(p.left[kind]-0.1, -debt*float32(allowances[kind].atOnce))
		return false
	}
	p.left[kind]--
	return true
}
