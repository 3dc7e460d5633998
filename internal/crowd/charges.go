package crowd

import "time"

// Charge is one charge as the shop's payment provider lists it.
type Charge struct {
	Email, Order string
	At           time.Time
}

// Money is what the comparison of a run with the provider's charges shows.
type Money struct {
	Charges      int // to fans of this list
	AfterLeaving int // made after the fan had closed the page
	Twice        int // fans charged for more than one order
	Missing      int // fans who were told that their order is booked, without a charge
	Unknown      int // charges to nobody on the list
}

// CompareCharges compares what fans lived through with what they were charged.
func (r *Report) CompareCharges(charges []Charge) Money {
	byEmail := make(map[string]int32, len(r.List.Fans))
	for i := range r.List.Fans {
		if r.Traces[i].Arrived != 0 && r.Traces[i].Buys {
			byEmail[email(&r.List.Fans[i])] = int32(i)
		}
	}
	var m Money
	orders := map[int32]string{}
	twice := map[int32]bool{}
	for _, c := range charges {
		i, ok := byEmail[c.Email]
		if !ok {
			m.Unknown++
			continue
		}
		m.Charges++
		if first, again := orders[i]; again && first != c.Order {
			twice[i] = true
		}
		orders[i] = c.Order
		if gone := r.Traces[i].LeftAt; gone != 0 && c.At.Sub(r.Start) > gone+clockGrain {
			m.AfterLeaving++
		}
	}
	m.Twice = len(twice)
	for i := range r.Traces {
		if _, charged := orders[int32(i)]; r.Traces[i].Ordered != 0 && !charged {
			m.Missing++
		}
	}
	return m
}

// clockGrain is how coarse the provider's list is: a charge in the same
// millisecond was not made after leaving.
const clockGrain = time.Millisecond
