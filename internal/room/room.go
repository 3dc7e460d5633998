package room

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/falochron/falochron"
)

// Room is the line before one shop. Make it with [New]. It has one owner: calls
// must not overlap.
//
// A sequence number says when a ticket was issued; a place says where it stands
// in the line. They are the same number, except for the tickets of a drawn
// start, whose places are a permutation of their numbers. Places below floor
// are forgotten, places in [floor, called) are called, places in [called, next)
// wait.
type Room struct {
	cfg Config

	wall    time.Time     // the owner's clock at the last call
	elapsed time.Duration // the room's own clock: never backwards, never in leaps

	floor, called, next uint64
	limit               uint64 // sequences from here on may not be issued yet; 0 = no limit
	waiting             int    // counted places in [called, next)
	ledger              ledger

	calls  []call  // the calls of the last claim window, oldest first
	door   door    // called people whom the owner had to turn away a moment ago
	pace   pace    // what the wait is told from
	offer  float64 // places a second, as last told
	soon   float64 // places that can be given away within a poll cycle, as last told
	growth growth  // see [Room.Faster]

	early uint64 // people who left the line, or missed their turn; since New

	announced *announcement // a start that has not come yet
	draws     []draw        // draws whose places may still be asked for, oldest first
}

// New returns an empty room. Sequence numbers start at 1.
func New(cfg Config, now time.Time) *Room {
	return &Room{
		cfg: cfg.withDefaults(), wall: now,
		floor: 1, called: 1, next: 1,
		calls: make([]call, 0, maxCalls),
	}
}

// Issue hands out the next sequence number: a place at the end of the line that
// counts as soon as its holder comes back. It is an [falochron.Error] of kind
// Unavailable when MaxOutstanding places are out, or when the numbers that
// [Room.Extend] allowed are used up.
func (r *Room) Issue(now time.Time) (seq uint64, err error) {
	r.Advance(now)
	if r.limit != 0 && r.next >= r.limit {
		return 0, &falochron.Error{
			Kind: falochron.Unavailable, Op: "issue a place",
			Public: "no place in line can be issued just now",
			Hint:   "the next block of numbers is not on disk yet: is the data folder full?",
		}
	}
	if r.outstanding() >= uint64(r.cfg.MaxOutstanding) {
		if r.waiting > 0 || r.announced != nil {
			return 0, r.full()
		}
		// Nobody in the line has come back: they are strangers who took a
		// number and went. Start their claim window, so that they make room.
		r.passOver()
		return 0, r.full()
	}
	seq = r.next
	r.next++
	r.ledger.extend(seq)
	r.pace.note(r.elapsed).issued++
	return seq, nil
}

func (r *Room) full() error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "issue a place",
		Public: "the line is full; please come back later",
		Hint:   fmt.Sprintf("%d places are outstanding, the most this room keeps", r.outstanding()),
	}
}

func (r *Room) outstanding() uint64 { return r.next - r.floor }

// Extend lets sequences below limit be issued. An owner who keeps numbers on
// disk calls it after each block has been reserved there; zero means no limit,
// for those who keep nothing.
func (r *Room) Extend(limit uint64) { r.limit = limit }

// Next returns the sequence number that [Room.Issue] would hand out.
func (r *Room) Next() uint64 { return r.next }

// Resume tells a restored room that sequences below next may have been handed
// out after its last snapshot. They keep their places; those whose holders had
// come back count again from their next return. Of a longer gap than half of
// MaxOutstanding the oldest are let go.
func (r *Room) Resume(next uint64) {
	if next <= r.next {
		return
	}
	r.next = next
	if most := uint64(r.cfg.MaxOutstanding / 2); r.outstanding() > most {
		r.forget(next - most)
	}
	r.ledger.extend(next - 1)
	r.waiting = r.ledger.count(r.called, r.next)
}

// Advance lets time pass: it ends claim windows and, at an announced start,
// draws. Every call that changes the room does so first, so the owner needs it
// only when nothing else happens.
func (r *Room) Advance(now time.Time) {
	step := now.Sub(r.wall)
	if step <= 0 && step > -disorder {
		step = 0 // and the clock stands: the way back would be added up
	} else {
		r.wall = now
	}
	if step > 0 {
		step = min(step, r.cfg.MaxStep)
		if (r.waiting > 0 || len(r.door.there) > 0) && r.announced == nil {
			r.pace.busy(r.elapsed, step)
		}
		r.elapsed += step
	}
	r.expire()
	if r.announced != nil && !now.Before(r.announced.start) {
		r.draw()
	}
}

// disorder is how far behind the last one an instant may be without the clock
// having been set back: callers read it before they wait for their turn here.
const disorder = time.Second

// expire forgets the places whose claim window is over.
func (r *Room) expire() {
	n := 0
	for n < len(r.calls) && r.elapsed-r.calls[n].last > r.cfg.ClaimWindow {
		n++
	}
	if n == 0 {
		return
	}
	for i := range n {
		if c := &r.calls[i]; c.counted > c.claimed {
			r.early += uint64(c.counted - c.claimed)
		}
	}
	floor := r.calls[n-1].upTo
	r.calls = r.calls[:copy(r.calls, r.calls[n:])]
	r.forget(floor)
}

// forget moves the floor up.
func (r *Room) forget(floor uint64) {
	if floor <= r.floor {
		return
	}
	r.floor = floor
	r.called = max(r.called, floor)
	if r.announced != nil {
		r.announced.first = max(r.announced.first, r.called)
	}
	r.ledger.release(floor)
}

// Waiting returns the number of people whose place counts and who are not
// called yet, those before an announced start among them.
func (r *Room) Waiting() int { return r.waiting }

// LeftEarly is how many people stood in line and did not go in, since the room was
// made: they left it, or had come back to it and did not come for their turn. Of
// those it is known only when their claim window is over.
func (r *Room) LeftEarly() uint64 { return r.early }

// Front returns the first place that is not called yet.
func (r *Room) Front() uint64 { return r.called }

// Outstanding returns the sequence numbers that are kept, and the most there may be.
func (r *Room) Outstanding() (kept uint64, most int) {
	return r.outstanding(), r.cfg.MaxOutstanding
}

// Bytes returns the memory the room holds.
func (r *Room) Bytes() int {
	n := int(unsafe.Sizeof(*r)) + r.ledger.bytes()
	n += cap(r.calls) * int(unsafe.Sizeof(call{}))
	n += cap(r.draws) * int(unsafe.Sizeof(draw{}))
	n += cap(r.door.there) * int(unsafe.Sizeof(knocker{}))
	return n
}
