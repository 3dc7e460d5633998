package room

import (
	"slices"
	"time"
)

// door is the called people who came within the last poll cycle and were turned
// away, because there was no place at that moment. Each knocks about once per
// cycle; whoever does not has gone and counts no more.
//
// Invariant: there is sorted by place, each place at most once.
type door struct{ there []knocker }

type knocker struct {
	place uint64
	seen  time.Duration // on the room's own clock
}

// doorMost bounds who is kept: with more at the door the last of them are not
// counted, and so neither go before others nor keep others from being called.
// An owner who calls as many as he has places for has a tenth of it there.
const doorMost = 200

// note enters somebody who was turned away now.
func (d *door) note(place uint64, now, cycle time.Duration) {
	d.sweep(now, cycle)
	i, known := d.find(place)
	switch {
	case known:
		d.there[i].seen = now
		return
	case len(d.there) == doorMost && i == doorMost:
		return
	case len(d.there) == doorMost:
		d.there = d.there[:doorMost-1]
	}
	d.there = slices.Insert(d.there, i, knocker{place, now})
}

// clear forgets somebody who went in, or away.
func (d *door) clear(place uint64) {
	if i, known := d.find(place); known {
		d.there = slices.Delete(d.there, i, i+1)
	}
}

func (d *door) sweep(now, cycle time.Duration) {
	d.there = slices.DeleteFunc(d.there, func(k knocker) bool { return now-k.seen >= cycle })
}

// count is how many are there, without forgetting who is not.
func (d *door) count(now, cycle time.Duration) (n int) {
	for _, k := range d.there {
		if now-k.seen < cycle {
			n++
		}
	}
	return n
}

func (d *door) find(place uint64) (int, bool) {
	return slices.BinarySearchFunc(d.there, place, func(k knocker, p uint64) int {
		switch {
		case k.place < p:
			return -1
		case k.place > p:
			return 1
		}
		return 0
	})
}

// Defer tells the room that a called visitor came and the owner had no place at
// that moment. The visitor stays called and stands at the door; the room calls
// fewer others until the door is clear. Without it a budget that was announced
// and not kept would let the crowd at the door grow.
func (r *Room) Defer(now time.Time, seq uint64) {
	r.Advance(now)
	if place, state := r.find(seq); state == Called {
		r.door.note(place, r.elapsed, r.cfg.pollCycle())
	}
}

// AtDoor is how many called people came within the last poll cycle and were
// turned away. They are neither in line nor inside, but they wait.
func (r *Room) AtDoor(now time.Time) int {
	r.Advance(now)
	r.door.sweep(r.elapsed, r.cfg.pollCycle())
	return len(r.door.there)
}

// Turn reports whether a called visitor who came now may take one of so many
// free places, or leaves them to people who stand at the door before them.
// Called people look at moments of their own, so without it whoever happens to
// look first goes in.
//
//  1. Whoever has fewer people before them than there are free places may.
//  2. So may as many of the first as will find a place before one of them looks
//     again: a third of what the last [Room.Call] said for a whole poll cycle.
//     To keep those places for the very first would leave them empty meanwhile.
//
// People who are absent, called or not, stand before nobody.
func (r *Room) Turn(now time.Time, seq uint64, places float64) bool {
	r.AtDoor(now)
	place, state := r.find(seq)
	if state != Called {
		return false
	}
	before, _ := r.door.find(place)
	return float64(before) < max(places, r.soon/3)
}
