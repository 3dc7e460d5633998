package room

import (
	"fmt"
	"time"
)

// State says where a sequence number stands.
type State uint8

// The states.
const (
	// Unknown: the room has never issued this number.
	Unknown State = iota
	// Waiting: in line.
	Waiting
	// PreQueue: before an announced start; the order is not drawn yet.
	PreQueue
	// Called: may claim now, and goes before everybody who waits.
	Called
	// Claimed: the place was claimed. The holder, and whoever copied the ticket,
	// have one session inside.
	Claimed
	// Slid: called, and not claimed within the claim window. The owner issues a
	// new place at the end and says so.
	Slid
	// Left: the holder left the line. Coming back means a new place at the end.
	Left
)

var stateNames = [...]string{"unknown", "waiting", "prequeue", "called", "claimed", "slid", "left"}

// String returns the state's name as it appears in metrics and on the wire.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Standing is what a visitor is told.
type Standing struct {
	State State
	// Ahead is the number of people whose place counts and who wait before this
	// one. Zero unless Waiting.
	Ahead int
	// Called is the number of people before this one who were called and are not
	// in: they stand at the door, or are on their way to it.
	Called int
	// MayCome is the number of people before this one who do not wait in line and
	// will most likely go in first: the Called, and those who were told to wait a
	// moment ago and have not come back yet. These block nobody, but most of them
	// will count in a few seconds. Whoever is told a number is told the sum with
	// Ahead.
	MayCome int
	// WaitLow and WaitHigh bound the wait: about four in five are called within
	// the range. Both zero mean "not known yet"; otherwise WaitLow < WaitHigh,
	// in whole seconds.
	WaitLow, WaitHigh time.Duration
	// Poll is the time to the next poll, at least; the caller adds a random part
	// of Jitter from its own source. Zero when there is nothing to poll for.
	Poll, Jitter time.Duration
	// First says that it is the answer to the first return of the holder; see [Room.Return].
	First bool
	// Reason says why in a fixed vocabulary: "line", "not-counted" (has not come
	// back yet), "draw" (waits for the start), "called", "passed-over" (called
	// while away), "claimed", "window-over", "left", "never-issued".
	Reason string
}

// find returns the place and the state of a sequence number.
func (r *Room) find(seq uint64) (place uint64, s State) {
	if seq == 0 || seq >= r.next {
		return 0, Unknown
	}
	place = r.place(seq)
	if place < r.floor {
		return place, Slid
	}
	switch r.ledger.get(place) {
	case claimed:
		return place, Claimed
	case left:
		return place, Left
	}
	switch {
	case place < r.called:
		return place, Called
	case r.announced != nil && place >= r.announced.first:
		return place, PreQueue
	default:
		return place, Waiting
	}
}

// Peek returns where a sequence number stands and changes nothing. It judges by
// the room's last [Room.Advance]; now only serves the countdown to a start.
func (r *Room) Peek(now time.Time, seq uint64) Standing {
	place, state := r.find(seq)
	st := Standing{State: state}
	switch state {
	case Unknown:
		st.Reason = "never-issued"
	case Slid:
		st.Reason = "window-over"
	case Left:
		st.Reason = "left"
	case Claimed:
		st.Reason = "claimed"
	case Called:
		st.Poll, st.Jitter = r.pollAt(0)
		st.Reason = "called"
		if r.ledger.get(place) == issued {
			st.Reason = "passed-over"
		}
	case PreQueue:
		st.Poll, st.Jitter = r.pollBefore(r.announced.start.Sub(now))
		st.Reason = "draw"
	case Waiting:
		st.Ahead = r.ledger.count(r.called, place)
		st.Called = r.coming()
		fresh := r.fresh(place)
		st.MayCome = st.Called + fresh
		st.WaitLow, st.WaitHigh = r.wait(st.Ahead, st.Called, fresh)
		st.Poll, st.Jitter = r.pollAt(st.Ahead)
		st.Reason = "line"
	}
	if (state == Waiting || state == PreQueue) && r.ledger.get(place) == issued {
		st.Reason = "not-counted"
		st.Poll, st.Jitter = firstPoll(st.Poll, st.Jitter)
	}
	return st
}

// fresh is how many people before a place were told to wait a moment ago and have
// not come back yet, called or not: a place may be called before its holder has
// looked for the first time.
func (r *Room) fresh(place uint64) int {
	n := r.pace.fresh()
	from := max(r.floor, r.next-min(uint64(n), r.next))
	if d := len(r.draws); d > 0 && from < r.draws[d-1].first+r.draws[d-1].perm.n {
		// A drawn place does not say when it was issued.
		return min(r.ledger.absent(r.called, max(place, r.called)), n)
	}
	if place <= from {
		return 0
	}
	return r.ledger.absent(from, place)
}

// Return says that the holder of seq came back, and where they stand now. From
// the first return on the place counts.
func (r *Room) Return(now time.Time, seq uint64) Standing {
	r.Advance(now)
	first := r.count(seq)
	st := r.Peek(now, seq)
	st.First = first
	return st
}

// Back is [Room.Return] for an owner who tells the holder nothing of where they stand:
// with millions in line, to count those ahead is most of the work.
func (r *Room) Back(now time.Time, seq uint64) {
	r.Advance(now)
	r.count(seq)
}

// count makes a place count, if it is one that can and does not yet.
func (r *Room) count(seq uint64) (first bool) {
	place, state := r.find(seq)
	if state != Waiting && state != PreQueue && state != Called || r.ledger.get(place) != issued {
		return false
	}
	r.ledger.set(place, counted)
	if state == Called {
		r.callOf(place).counted++
	} else {
		r.waiting++
	}
	return true
}

// Leave takes the holder of seq out of the line. It changes nothing for places
// that are claimed, slid or unknown.
func (r *Room) Leave(now time.Time, seq uint64) {
	r.Advance(now)
	place, state := r.find(seq)
	if state != Waiting && state != PreQueue && state != Called {
		return
	}
	if r.ledger.get(place) == counted {
		r.early++
		if state == Called {
			if c := r.callOf(place); c.counted > 0 {
				c.counted--
			}
		} else {
			r.waiting--
			r.pace.note(r.elapsed).gone++ // the line got shorter by one
		}
	}
	r.ledger.set(place, left)
	r.door.clear(place)
}

// ClaimResult is the outcome of a claim.
type ClaimResult uint8

// The outcomes.
const (
	Granted        ClaimResult = iota // the place is claimed now; the owner spends its budget
	AlreadyClaimed                    // it was claimed before: same session, no new budget
	NotCalled                         // still waiting, or before the start
	Gone                              // slid or left: a new place at the end
	NeverIssued                       // no such number
)

var claimNames = [...]string{"granted", "already-claimed", "not-called", "gone", "never-issued"}

// String returns the outcome's name as it appears in metrics.
func (c ClaimResult) String() string {
	if int(c) < len(claimNames) {
		return claimNames[c]
	}
	return fmt.Sprintf("claim(%d)", uint8(c))
}

// Claim takes the place of seq for its holder. Only a called place can be
// claimed, and only once. The owner calls it when it has a place to give, and
// spends that place on Granted.
func (r *Room) Claim(now time.Time, seq uint64) ClaimResult {
	r.Advance(now)
	place, state := r.find(seq)
	switch state {
	case Called:
		c := r.callOf(place)
		if r.ledger.get(place) == issued {
			c.counted++
		}
		c.claimed++
		r.ledger.set(place, claimed)
		r.door.clear(place)
		r.pace.note(r.elapsed).gone++
		return Granted
	case Claimed:
		return AlreadyClaimed
	case Waiting, PreQueue:
		return NotCalled
	case Unknown:
		return NeverIssued
	default:
		return Gone
	}
}
