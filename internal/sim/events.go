package sim

import "time"

// epoch is when every story begins; only distances from it matter.
var epoch = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

// happening is what a planned event does.
type happening uint8

const (
	nothing   happening = iota
	thinks              // a person has thought, and presses; arg is the person's serial
	reloads             // a person presses reload, if still waiting
	leaves              // a person goes, if still waiting
	looks               // somebody who was called looks whether there is a place
	worked              // a worker has done its part of a request
	queried             // the database has done its part
	timesOut            // a request has waited too long at a replica
	numHappen           // how many there are
)

// event is something planned. It holds no function, so that millions cost no memory.
type event struct {
	at   time.Duration
	n    uint64 // of two at one instant the one planned first
	what happening
	who  int32
	arg  uint32
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.n < o.n }

// agenda is virtual time with what is planned: a heap of four branches, earliest first.
type agenda struct {
	now  time.Duration // since the story's beginning
	next []event
	nth  uint64
	done uint64 // events that have happened, for bounding the work
}

func (a *agenda) clock() time.Time { return epoch.Add(a.now) }

func (a *agenda) plan(in time.Duration, what happening, who int32, arg uint32) {
	a.nth++
	h := append(a.next, event{at: a.now + max(in, 0), n: a.nth, what: what, who: who, arg: arg})
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 4
		if !h[i].before(&h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	a.next = h
}

func (a *agenda) pop() event {
	h := a.next
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		low := i
		for c := 4*i + 1; c <= min(4*i+4, last-1); c++ {
			if h[c].before(&h[low]) {
				low = c
			}
		}
		if low == i {
			break
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
	a.next = h
	a.done++
	return first
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
