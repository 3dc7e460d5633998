package admit

import "time"

// Lane is a priority at the limiter. Lower numbers go first.
type Lane uint8

// The lanes in order of priority.
const (
	LaneCallback Lane = iota // payment notifications: their own slot beside the limit
	LaneCheckout             // people at the till
	LaneCart                 // people who fill a cart
	LaneInside               // people with a place who look around
	LaneNew                  // people let in whose first request this is
	LaneFragment             // what the scripts of their pages ask for by themselves
	LaneOutside              // nobody with a place: files, crawlers, machines
	NumLanes                 // how many there are; not a lane
)

var laneNames = [NumLanes]string{"callback", "checkout", "cart", "inside", "new", "fragment", "outside"}

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
// has no place a quarter.
var maxShare = [NumLanes]float64{
	LaneCallback: 1,
	LaneCheckout: 0.75,
	LaneCart:     0.75,
	LaneInside:   0.9,
	LaneNew:      0.5,
	LaneFragment: 0.5,
	LaneOutside:  0.25,
}

// handicap is how much later than it is a request counts as come, when the next
// one is chosen: a better lane passes a worse one by so much and no more, so
// that priority never becomes starvation of somebody who is already in. A third of
// the people leave a page that takes 5 s, and whoever leaves an order is charged for
// something never seen: the till is nearly half a second ahead of all others, and
// more when it is bad, see press. Tuned in the survey.
var handicap = [NumLanes]time.Duration{
	LaneCallback: 0,
	LaneCheckout: 0,
	LaneCart:     400 * time.Millisecond,
	LaneInside:   500 * time.Millisecond,
	LaneNew:      600 * time.Millisecond,
	LaneFragment: 600 * time.Millisecond, // and more when it is bad, see yield
	LaneOutside:  time.Second,
}
