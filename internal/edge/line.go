package edge

import (
	"encoding/hex"
	"time"

	"github.com/falochron/falochron/internal/room"
)

// What the gate does with the line as a whole: announced starts, and what must
// survive a restart.

// announce sets, moves or takes back a start.
func (g *gate) announce(now, start time.Time, seed [32]byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending, g.dirty = seed, true
	return g.room.Announce(now, start, seed)
}

// announced is the start that has not come yet.
func (g *gate) announced() (start time.Time, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room.Announced()
}

// startNow draws those in the pre-queue at once.
func (g *gate) startNow(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dirty = true
	_ = g.room.Announce(now, now, g.pending) // refused only if the start before it was, too
}

// draw is the commitment of the start to come, or of the draw that a place was
// in, and then the draw's seed.
func (g *gate) draw(seq uint64) (seed, commitment string, drawn bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending != ([32]byte{}) {
		if _, still := g.room.Announced(); still {
			return "", room.Commitment(g.pending), false
		}
	}
	for _, d := range g.room.Draws() {
		if seq >= d.First && seq-d.First < d.Count {
			return hex.EncodeToString(d.Seed[:]), room.Commitment(d.Seed), true
		}
	}
	return "", "", false
}

// next is the sequence the next newcomer gets.
func (g *gate) next() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room.Next()
}

// extend allows sequences below limit.
func (g *gate) extend(limit uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room.Extend(limit)
}

// snapshot is the line as it must survive; changed is false if nothing happened
// since the last one.
func (g *gate) snapshot() (b []byte, changed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.dirty {
		return nil, false
	}
	g.dirty = false
	return g.room.Snapshot(), true
}

// unsaved says that the last snapshot did not reach the disk.
func (g *gate) unsaved() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dirty = true
}
