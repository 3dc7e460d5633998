package edge

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/room"
)

// What the gate does with the line as a whole: announced starts and their draws,
// which of two places is the better one, and what must survive a restart.

// announce sets or moves a start that is drawn.
func (g *gate) announce(now, start time.Time, seed [32]byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending, g.dirty = seed, true
	return g.room.Announce(now, start, seed)
}

// await sets or moves a start at which people go in as they came.
func (g *gate) await(now, start time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending, g.dirty = [32]byte{}, true
	g.room.Await(now, start)
}

// callOff takes a start back: those in the pre-queue are in line as they came.
func (g *gate) callOff(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending, g.dirty = [32]byte{}, true
	_ = g.room.Announce(now, time.Time{}, g.pending) // never refused
}

// drawnAtStart reports whether the start that is announced will be drawn.
func (g *gate) drawnAtStart() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room.Drawn()
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
	if !g.room.Drawn() {
		g.room.Await(now, now)
		return
	}
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

// drawAlgorithm is what is published beside a seed, see [room.DrawPosition].
const drawAlgorithm = "falochron draw v1"

// published is a draw as everybody may read it: before the start what fixes it,
// after the start all that is needed to recompute it.
type published struct {
	Start      time.Time `json:"start"`
	Commitment string    `json:"commitment"`
	Seed       string    `json:"seed,omitempty"`
	First      uint64    `json:"first,omitempty"` // number of the first place drawn
	Count      uint64    `json:"count,omitempty"` // how many were drawn, from First on
}

// draws lists the draws still known, oldest first, and last the one to come. A
// seed is among them only once its draw is done.
func (g *gate) draws(now time.Time) []published {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room.Advance(now) // a start that has come is drawn before anybody reads of it
	all := []published{}
	for _, d := range g.room.Draws() {
		all = append(all, published{
			Start: d.Start.UTC(), Commitment: room.Commitment(d.Seed), Seed: hex.EncodeToString(d.Seed[:]),
			First: d.First, Count: d.Count,
		})
	}
	if start, open := g.room.Announced(); open && g.pending != ([32]byte{}) {
		all = append(all, published{Start: start.UTC(), Commitment: room.Commitment(g.pending)})
	}
	return all
}

// drawOf is the draw that gave a place its number in the order, and that number,
// from 1; nil if the place was not drawn.
func (g *gate) drawOf(seq uint64) (d *room.Draw, at uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.room.Draws() {
		if seq >= d.First && seq-d.First < d.Count {
			return &d, room.DrawPosition(d.Seed, d.Count, seq-d.First) + 1
		}
	}
	return nil, 0
}

// publishDraws answers /.falochron/draw: for everybody, also for a page of
// somebody else that recomputes the order.
func (x *exchange) publishDraws() {
	b, err := json.Marshal(struct {
		Algorithm string      `json:"algorithm"`
		Draws     []published `json:"draws"`
	}{drawAlgorithm, x.shop.gate.draws(x.now)})
	if err != nil { // a date beyond the year 9999
		x.fail(page.ErrorView{Status: http.StatusInternalServerError})
		return
	}
	h := x.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set(page.StateHeader, string(page.None)) // ours, not the shop's
	_, _ = x.w.Write(append(b, '\n'))          // the visitor has gone: nobody to tell
}

// showDraw puts into a waiting page what it needs for an announced start, and its
// reader to trust the draw.
func (x *exchange) showDraw(v *page.View) {
	if v.State == page.Prequeue {
		v.Spread, v.InOrder = x.shop.gate.spread(), !x.shop.gate.drawnAtStart()
	}
	v.DrawSeed, v.DrawCommitment, _ = x.shop.gate.draw(x.who.seq)
	if v.DrawSeed == "" {
		return
	}
	if d, at := x.shop.gate.drawOf(x.who.seq); d != nil {
		v.DrawFirst, v.DrawCount, v.DrawPlace = d.First, d.Count, at
	}
}

// At an announced start everybody's countdown ends in the same second. The first
// questions after it are spread so that all of them together come no more often
// than a line asks at any other time (room.Config.PollBudget), and over at least
// the time in which a few people do not notice.
const (
	startPolls  = 400.0 // a second
	leastSpread = 5 * time.Second
)

// spread is what the questions right after an announced start are spread over.
func (g *gate) spread() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(leastSpread, time.Duration(float64(g.room.Waiting())/startPolls*float64(time.Second)))
}

// before reports whether the place mine is worth keeping when its holder is
// brought the place other, of the session key: it stands in line, and not behind
// the other.
func (g *gate) before(now time.Time, mine, other uint64, key sessionKey) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room.Advance(now)
	a, b := g.room.Peek(now, mine), g.room.Peek(now, other)
	if turn(a.State) == 0 {
		return false
	}
	if b.State == room.Claimed {
		// It leads inside, as long as the visit lasts.
		_, inside := g.people.entered(key)
		return !inside
	}
	if turn(a.State) != turn(b.State) {
		return turn(a.State) > turn(b.State)
	}
	if a.State == room.Waiting && a.Ahead != b.Ahead {
		return a.Ahead < b.Ahead
	}
	return mine < other // came first; before a draw nobody stands better than that
}

// turn is how near to the door a state is; zero for a place that is over.
func turn(s room.State) int {
	switch s {
	case room.Called:
		return 3
	case room.Waiting:
		return 2
	case room.PreQueue:
		return 1
	}
	return 0
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
