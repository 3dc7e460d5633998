package admit

import "time"

// Lane is a priority at the limiter. Lower numbers go first.
type Lane uint8

// The lanes in order of priority.
const (
	LaneCallback Lane = iota // payment notifications: their own slot beside the limit
	LaneOrder                // people who order: who leaves now is charged for what she never saw
	LaneCheckout             // people at the till who have not ordered, or have
	LaneCart                 // people who fill a cart
	LaneInside               // people with a place who look around
	LaneNew                  // people let in whose first request this is
	LaneFragment             // what the scripts of their pages ask for by themselves
	LaneOutside              // nobody with a place: files, crawlers, machines
	NumLanes                 // how many there are; not a lane
)

var laneNames = [NumLanes]string{"callback", "order", "checkout", "cart", "inside", "new", "fragment", "outside"}

// String returns the lane's name as it appears in metrics and journals.
func (l Lane) String() string {
	if l < NumLanes {
		return laneNames[l]
	}
	return "none"
}

// maxShare is the largest part of the limit one lane may hold while another
// lane has somebody waiting. Chosen, not measured: the till goes first, yet a
// burst of order submissions cannot freeze everybody who still chooses; people
// who are new never take more than half from people who are inside, and whoever
// has no place a quarter. Orders and the rest of the till hold one share together.
var maxShare = [NumLanes]float64{
	LaneCallback: 1,
	LaneOrder:    0.75,
	LaneCheckout: 0.75,
	LaneCart:     0.75,
	LaneInside:   0.9,
	LaneNew:      0.5,
	LaneFragment: 0.5,
	LaneOutside:  0.25,
}

// share is how many requests a lane may hold of a limit.
func share(lane Lane, limit int) float64 { return max(1, maxShare[lane]*float64(limit)) }

// fullShare reports that a lane holds its maximum share of the limit.
func (l *Limiter) fullShare(lane Lane, limit int) bool {
	n := l.byLane[lane]
	switch lane {
	case LaneOrder:
		n += l.byLane[LaneCheckout]
	case LaneCheckout:
		n += l.byLane[LaneOrder]
	}
	return float64(n) >= share(lane, limit)
}

// handicap is how much later than it is a request counts as come, when the next
// one is chosen: a better lane passes a worse one by so much and no more, so
// that priority never becomes starvation of somebody who is already in. A third of
// the people leave a page that takes 5 s, and whoever leaves an order is charged for
// something never seen: the till is nearly half a second ahead of all others, an order
// more than that ahead of the till, and more when it is bad, see press. Tuned in the
// survey.
var handicap = [NumLanes]time.Duration{
	LaneCallback: 0,
	LaneOrder:    -600 * time.Millisecond,
	LaneCheckout: 0,
	LaneCart:     400 * time.Millisecond,
	LaneInside:   500 * time.Millisecond,
	LaneNew:      600 * time.Millisecond,
	LaneFragment: 600 * time.Millisecond, // and more when it is bad, see yield
	LaneOutside:  time.Second,
}
