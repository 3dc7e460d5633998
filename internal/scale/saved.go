package scale

import (
	"time"
)

// Saved is what a decider must not forget by a restart: what it has learnt, and what was
// spent. Save it at least once a minute: what was spent since is known only so far. It is a plain value for any encoding, of at most 2 KB in JSON.
type Saved struct {
	Version  int       `json:"version"` // 1; 0 = nothing is saved
	At       time.Time `json:"at"`
	Starts   []float64 `json:"starts,omitempty"`   // seconds, oldest first
	Capacity float64   `json:"capacity,omitempty"` // people a second by one replica; 0 = not known
	Requests float64   `json:"requests,omitempty"` // of a visit in it; 0 = not known
	Ceiling  int       `json:"ceiling,omitempty"`  // beyond it more do not help; 0 = none is known
	Seen     int       `json:"seen,omitempty"`     // replicas with which that was found,
	Served   float64   `json:"served,omitempty"`   // and the people a second that they served
	Try      time.Time `json:"try,omitzero"`       // when more may be tried again
	Campaign string    `json:"campaign,omitempty"`
	Spent    float64   `json:"spent,omitempty"`
	Beyond   float64   `json:"beyond,omitempty"` // replicas beyond the minimum then
	Wound    bool      `json:"wound,omitempty"`  // the campaign's budget has bound
}

// Save returns what the decider must not forget.
func (d *Decider) Save() Saved {
	s := Saved{Version: 1, At: d.last, Ceiling: d.ceiling.most, Seen: d.ceiling.seen, Served: d.ceiling.served, Try: d.ceiling.next,
		Campaign: d.spend.campaign, Spent: d.spend.money, Beyond: d.spend.beyond, Wound: d.spend.wound}
	if d.capacity.spoke > 0 {
		s.Capacity, s.Requests = d.capacity.each, d.visit
	}
	n := min(d.starts.n, startsKept)
	for i := d.starts.n - n; i < d.starts.n; i++ {
		s.Starts = append(s.Starts, d.starts.took[i%startsKept])
	}
	return s
}

// restore takes what is sound of a saved value.
func (d *Decider) restore(s Saved) {
	if s.Version != 1 {
		return
	}
	for _, took := range s.Starts[max(len(s.Starts)-startsKept, 0):] {
		if took >= 0 && took <= startMost.Seconds() {
			d.starts.took[d.starts.n] = took
			d.starts.n++
		}
	}
	d.starts.settle()
	d.starts.newest, d.starts.lost = s.At, s.At
	if each := sound(s.Capacity); each > 0 {
		d.capacity.each, d.capacity.spoke = each, capacityMemory/4 // another evening's crowd may be another
		d.visit = sound(s.Requests)
	}
	if s.Ceiling > 0 && s.Ceiling < s.Seen && s.Seen <= mostReplicas {
		d.ceiling.most, d.ceiling.seen, d.ceiling.served, d.ceiling.next = s.Ceiling, s.Seen, sound(s.Served), s.Try
	}
	d.spend.campaign, d.spend.money, d.spend.beyond, d.spend.wound = s.Campaign, sound(s.Spent), sound(s.Beyond), s.Wound
	d.last = s.At
}
