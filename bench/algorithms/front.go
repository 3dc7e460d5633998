package algorithms

import (
	"time"

	"github.com/falochron/falochron/internal/admit"
)

// front is what stands before the shop: a gate, and perhaps a line before it.
type front struct {
	*world
	shop *shop
	gate gate
	line *line // nil: whoever comes may ask
	last uint64
}

// roundTrip is how long it takes to be refused.
const roundTrip = time.Millisecond

func (f *front) ask(r *request) {
	f.last++
	r.id = f.last
	switch f.gate.arrive(f.now, r) {
	case start:
		f.begin(r)
	case refuse:
		f.after(roundTrip, r.refused)
	}
}

func (f *front) begin(r *request) {
	r.began = f.now
	f.shop.ask(r.route, func(how admit.Outcome) {
		starts, refusals := f.gate.done(f.now, r, how)
		if f.line != nil && how == admit.Answered && r.visitor != 0 {
			f.line.places.Spent(f.clock(), epoch.Add(r.entered), f.now-r.began, routes[r.route].class)
		}
		r.answered(how)
		f.wake(starts, refusals)
	}, r.worked)
}

func (f *front) wake(starts, refusals []*request) {
	for _, r := range starts {
		f.begin(r)
	}
	for _, r := range refusals {
		r.refused()
	}
}

// giveUp takes a request back that still waits. One at the shop is worked on: its
// slot is free when the shop has answered.
func (f *front) giveUp(r *request) { f.gate.cancel(f.now, r) }

func (f *front) tick() {
	f.wake(f.gate.tick(f.now))
	if f.line != nil {
		f.line.tick()
	}
}
