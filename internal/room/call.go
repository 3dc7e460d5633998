package room

import (
	"math"
	"sort"
	"time"
)

// maxCalls bounds the call history. Old calls are merged, so that 15 minutes
// fit in it whatever the rate.
const maxCalls = 96

// call is a stretch of calling: the places from the previous call's upTo to
// this one's. Its times are on the room's own clock.
type call struct {
	first, last time.Duration
	upTo        uint64
	counted     uint32 // people called: counted then, or come back since
	claimed     uint32 // of those, how many have claimed
}

// Call tells the room how many places the owner can give away about now, and
// how many more per second, and moves the front of the line so that about as
// many people come to claim them. It returns how many people it called.
//
// A called visitor learns of it at the next poll, and some never do. So the
// room calls (Steps):
//
//  1. wanted = places + perSecond × the mean time until a called visitor comes;
//  2. less the people already called who are still expected: each call's
//     unclaimed people, weighted by the chance that somebody who has not come by
//     that age comes at all;
//  3. less the people who came and were turned away a moment ago ([Room.Defer]);
//  4. divided by the measured share of called people who claim, bounded below
//     by 1/5, so that a line of ghosts is run through at most five times as fast.
//
// A negative places means that more were claimed than there were; a negative
// perSecond leaves it as it was last told. Places that do not count are passed
// over. The budget itself is not spent
// here: only the owner knows it, and a claim spends it.
func (r *Room) Call(now time.Time, places, perSecond float64) int {
	r.Advance(now)
	if perSecond >= 0 {
		r.offer = finite(perSecond)
		r.soon = max(finite(places), 0) + r.offer*r.cfg.pollCycle().Seconds()
	}
	wanted := finite(places) + r.offer*r.meanDelay().Seconds()
	wanted -= r.expected() + float64(r.AtDoor(now))
	n := int(min(wanted/r.showUp(), math.MaxInt32))
	if n < 1 {
		return 0
	}
	end := r.next
	if r.announced != nil {
		end = r.announced.first // nobody of the pre-queue before the start
	}
	if r.called >= end {
		return 0
	}
	upTo, found := r.ledger.after(r.called, end, n)
	if found == 0 {
		return 0
	}
	r.called = upTo
	r.waiting -= found
	r.record(uint32(found))
	return found
}

// finite keeps an owner's slip (a division by zero) from becoming ours.
func finite(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, -1e9), 1e9)
}

// passOver calls everybody without expecting anybody.
func (r *Room) passOver() {
	r.called = r.next
	r.record(0)
}

// record enters a call up to r.called into the history. Young calls are kept
// apart by a sixth of the poll cycle, since their age matters; old ones are
// merged up to a fortieth of the claim window, under the later one's time: a
// window is never shorter than promised.
func (r *Room) record(counted uint32) {
	fine := r.cfg.pollCycle() / 6
	if n := len(r.calls); n > 0 && r.elapsed-r.calls[n-1].first < fine {
		c := &r.calls[n-1]
		c.last, c.upTo, c.counted = r.elapsed, r.called, c.counted+counted
		return
	}
	if len(r.calls) > 1 {
		r.mergeOld()
	}
	r.calls = append(r.calls, call{first: r.elapsed, last: r.elapsed, upTo: r.called, counted: counted})
}

func (r *Room) mergeOld() {
	old := r.elapsed - 2*r.cfg.pollCycle()
	coarse := r.cfg.ClaimWindow / 40
	kept := r.calls[:1]
	for _, c := range r.calls[1:] {
		if p := &kept[len(kept)-1]; c.last < old && c.last-p.first <= coarse {
			p.absorb(c)
		} else {
			kept = append(kept, c)
		}
	}
	if len(kept) == maxCalls { // only with a poll cycle out of proportion to the window
		kept[0].absorb(kept[1])
		kept = append(kept[:1], kept[2:]...)
	}
	r.calls = kept
}

func (c *call) absorb(later call) {
	c.last, c.upTo = later.last, later.upTo
	c.counted += later.counted
	c.claimed += later.claimed
}

// callOf returns the call that called place p, which must be in [floor, called).
func (r *Room) callOf(p uint64) *call {
	i := sort.Search(len(r.calls), func(i int) bool { return r.calls[i].upTo > p })
	if i == len(r.calls) {
		return &call{} // let go by Resume; nothing to attribute
	}
	return &r.calls[i]
}

// meanDelay is the mean time from a call to the visitor's coming: half of a
// poll cycle.
func (r *Room) meanDelay() time.Duration { return r.cfg.pollCycle() / 2 }

// expected returns how many of the people called lately are still to come. A
// visitor's next poll is equally likely at any moment of the cycle, so by age a
// the share F = a/cycle of those who will come has come; of somebody still
// missing the chance is s(1-F)/(1-sF).
func (r *Room) expected() float64 {
	s, cycle := r.showUp(), float64(r.cfg.pollCycle())
	sum := 0.0
	for i := len(r.calls) - 1; i >= 0; i-- {
		c := &r.calls[i]
		f := float64(r.elapsed-(c.first+c.last)/2) / cycle
		if f >= 1 {
			break
		}
		if missing := float64(c.counted) - float64(c.claimed); missing > 0 {
			sum += missing * s * (1 - f) / (1 - s*f)
		}
	}
	return sum
}

// coming is how many of the people called are still to go in: who stands at the
// door, and who is on the way to it. A shop of which little is known calls very
// many at once; whoever comes to the line after that stands behind all of them.
func (r *Room) coming() int {
	unclaimed := 0.0
	for i := range r.calls {
		unclaimed += max(float64(r.calls[i].counted)-float64(r.calls[i].claimed), 0)
	}
	// Of those who have just been called some stand at the door already, and count
	// twice for a poll cycle; there are never more than have not claimed.
	there := float64(r.door.count(r.elapsed, r.cfg.pollCycle()))
	return int(min(there+r.expected(), unclaimed) + 0.5)
}

// Coming is how many of the people called are still to go in, about: who stands at the
// door, and, for a poll cycle, who is on the way to it. A free place is theirs before
// it is a newcomer's.
func (r *Room) Coming(now time.Time) int {
	r.Advance(now)
	return r.coming()
}

// showUp returns the share of called people who claim, in [0.2, 1]: measured
// over the calls of the last window that are old enough to be judged (ten poll
// cycles), starting from a guess of 0.9 that weighs as much as four people.
func (r *Room) showUp() float64 {
	const guess, weight, least = 0.9, 4, 0.2
	called, came := float64(weight), float64(weight*guess)
	for i := range r.calls {
		c := &r.calls[i]
		if r.elapsed-c.last < 10*r.cfg.pollCycle() {
			break
		}
		called += float64(c.counted)
		came += float64(c.claimed)
	}
	return min(max(came/called, least), 1)
}
