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

// allowance is how much may be asked for at once, and how much a minute for long.
type allowance struct{ atOnce, perMinute float32 }

// allowances by kind. Chosen: several times what the crowd's measured visits do, where a
// whole visit has four pages on average; pages of shops without pages of their own ask for
// dozens of things each.
var allowances = [numSpent]allowance{
	spentPages: {60, 30}, spentReads: {600, 300}, spentCarts: {40, 20}, spentOrders: {20, 6},
}

// slowAllowances are those of a visit of which the radar says that all who are alike ask
// for more than people do: a whole purchase, and a page each ten seconds. Chosen: a person
// among them hardly notices. What leads to an order is what no such program does.
var slowAllowances = [numSpent]allowance{
	spentPages: {8, 6}, spentReads: {80, 60}, spentCarts: {8, 4}, spentOrders: {20, 6},
}

// purse is what is left to a visit.
type purse struct {
	left [numSpent]float32
	at   time.Time
}

// What is refused costs something, too, down to a debt: who does not stop asking gets
// nothing until he pauses.
const (
	debt         = 0.1                // of what may be asked for at once
	refusalCosts = float32(0.1)       // of what it would have cost; chosen
	slowRefusal  = float32(1.0 / 3.0) // the same in a slow visit; chosen: the debt is ten seconds, and who is refused is told to wait for so long
)

// spend takes from the purse of a visit; false if there was nothing left. A slow visit is
// allowed less, unless it has passed the test.
func (g *gate) spend(now time.Time, key sessionKey, kind spent, slow bool) (ok bool, of allowance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, known := g.people.by[key]
	if !known {
		return true, allowances[kind] // taken back in after a restart in this moment
	}
	s := e.Value.(*session)
	return s.purse.take(now, kind, slow && !s.proved)
}

// take takes one from the purse. Of a slow visit only the top of it can be had, as much as is
// allowed it: what was asked for before counts, and who has had more than that goes on at
// the pace of a slow one.
func (p *purse) take(now time.Time, kind spent, slow bool) (ok bool, of allowance) {
	passed := float32(0)
	if d := now.Sub(p.at); d > 0 {
		passed = float32(d.Minutes())
	}
	allowed := &allowances
	if slow {
		allowed = &slowAllowances
	}
	for k := range p.left {
		most := allowances[k].atOnce
		if p.at.IsZero() {
			p.left[k] = most
		}
		p.left[k] = min(p.left[k]+passed*allowed[k].perMinute, most)
	}
	p.at = now
	of = allowed[kind]
	floor, cost := allowances[kind].atOnce-of.atOnce, refusalCosts
	if slow {
		cost = slowRefusal
	}
	left, least := &p.left[kind], floor-debt*of.atOnce
	*left = max(*left, least)
	if *left < floor+1 {
		*left = max(*left-cost, least)
		return false, of
	}
	*left--
	return true, of
}
