package tally

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
)

// table holds counters by key. A key is in one of the slots of its set, or in none. What is
// asked of a whole set lies side by side, in a line of the processor's cache each; the
// counters of one slot begin with a line of their own, so that two processors which count
// different cohorts do not wait for each other.
type table struct {
	ids   []atomic.Uint64 // hash of the slot's key
	lasts []atomic.Int64  // when it came last, in Unix nanoseconds, to within touch
	heats []fading        // how often it asked lately
	slots []slot
}

// What an id is that is no hash.
const (
	free     = 0
	changing = 1
)

// slot are the counters of one cohort. Everything in it is atomic: it may become another
// cohort's at any time. The first line is what is counted of an address or a network, the next
// ones are of all.
type slot struct {
	net, rest atomic.Uint64 // the key, see words
	born      atomic.Int64  // Unix nanoseconds

	asked              atomic.Int64  // Unix milliseconds of the last request
	pauses             atomic.Uint64 // requests that were the first, or came after a pause
	gapSum, gapSquares atomic.Uint64 // of the times between all others, in ms and ms²
	posts, backs       fading

	counts                           [numCounts]atomic.Uint64
	paths, tickets, targets, sources sketch
}

func newTable(n int) table {
	return table{ids: make([]atomic.Uint64, n), lasts: make([]atomic.Int64, n), heats: make([]fading, n), slots: make([]slot, n)}
}

func (t *table) set(hash uint64) int { return int(hash>>20) % (len(t.ids) / ways) * ways }

// touch is how exactly it is known when a cohort came last: who asks a thousand times a
// second writes it a hundred times.
const touch = 10 * time.Millisecond

// find returns the counters of a key, or nil, and notes that it came; with often, that it
// asked.
func (t *table) find(w words, at int64, often bool) *slot {
	set := t.set(w.hash)
	for i := set; i < set+ways; i++ {
		if t.ids[i].Load() != w.hash {
			continue
		}
		if since := at - t.lasts[i].Load(); since >= int64(touch) || since <= -int64(touch) { // or the clock was set back
			t.lasts[i].Store(at)
		}
		if often {
			t.heats[i].add(at/int64(fadeEvery), 1)
		}
		return &t.slots[i]
	}
	return nil
}

// take returns the counters of a key, and makes room for them if there are none; heat is
// how often the key was seen lately. Nil if there is no room.
func (t *table) take(w words, at int64, heat uint32) *slot {
	if s := t.find(w, at, false); s != nil {
		return s
	}
	set, epoch := t.set(w.hash), at/int64(fadeEvery)
	victim, oldest, coldest := -1, int64(math.MaxInt64), uint32(math.MaxUint32)
	for i := set; i < set+ways; i++ {
		id := t.ids[i].Load()
		if id == free {
			victim = i
			break
		}
		if id == changing {
			continue
		}
		if last := t.lasts[i].Load(); at-last > int64(idle) && last < oldest {
			victim, oldest = i, last
		}
		if h := t.heats[i].at(epoch); oldest == math.MaxInt64 && h < coldest {
			coldest = h
			if h < heat {
				victim = i
			}
		}
	}
	if victim < 0 {
		return nil
	}
	id := t.ids[victim].Load()
	if id == changing || !t.ids[victim].CompareAndSwap(id, changing) {
		return nil // somebody else takes it
	}
	s := &t.slots[victim]
	s.reset()
	s.net.Store(w.net)
	s.rest.Store(w.rest)
	s.born.Store(at)
	t.lasts[victim].Store(at)
	t.heats[victim].v.Store(0)
	t.heats[victim].add(epoch, heat)
	t.ids[victim].Store(w.hash)
	return s
}

// idle is how long a cohort was quiet that makes room for any other.
const idle = time.Minute

// reset makes it new. Most counters of somebody who is forgotten never counted: to look is
// cheaper than to write.
func (s *slot) reset() {
	for i := range s.counts {
		cleared(&s.counts[i])
	}
	for _, f := range [...]*fading{&s.posts, &s.backs} {
		f.v.Store(0)
	}
	for _, v := range [...]*atomic.Uint64{&s.pauses, &s.gapSum, &s.gapSquares} {
		cleared(v)
	}
	s.asked.Store(0)
	for _, k := range [...]*sketch{&s.paths, &s.tickets, &s.targets, &s.sources} {
		k.reset()
	}
}

// cleared makes a counter zero.
func cleared(v *atomic.Uint64) {
	if v.Load() != 0 {
		v.Store(0)
	}
}

// pause is how long nothing came if that is no gap between two requests any more.
const pause = 10 * time.Second

// gap notes the time since the last request. Who comes in the same millisecond, or a little
// before who was counted last, came at once.
func (s *slot) gap(at int64) {
	ms, longest := at/int64(time.Millisecond), int64(pause/time.Millisecond)
	if early := s.asked.Load() - ms; early >= 0 && early <= longest {
		return
	}
	since := ms - s.asked.Swap(ms)
	if since < 0 || since > longest {
		s.pauses.Add(1) // or the clock was set back
		return
	}
	s.gapSum.Add(uint64(since))
	s.gapSquares.Add(uint64(since * since))
}

// tell is what a slot has counted; false if there is nothing to tell.
func (t *table) tell(i int, now time.Time) (v falochron.CohortTally, ok bool) {
	id, s, at, last := t.ids[i].Load(), &t.slots[i], now.UnixNano(), t.lasts[i].Load()
	if id <= changing || at-last > int64(quiet) {
		return v, false
	}
	v.Key = words{net: s.net.Load(), rest: s.rest.Load()}.key()
	v.Born, v.Last = time.Unix(0, s.born.Load()), time.Unix(0, last)
	ticketed := uint64(0)
	for c, to := range [numCounts]*uint64{
		Strange: &v.Strange, Ticketed: &ticketed, Files: &v.Files, Scripts: &v.Scripts, Shown: &v.Shown, Named: &v.Named, Bare: &v.Bare, Lines: &v.Lines, Told: &v.Told, Carts: &v.Carts, Missed: &v.Missed, Busts: &v.Busts,
		Hits: &v.Hits, Faults: &v.Faults, Forged: &v.Forged, In: &v.In, Loose: &v.Loose, Line: &v.Line, Back: &v.Back, Refused: &v.Refused,
	} {
		*to = s.counts[c].Load()
	}
	v.Asks = v.Strange + ticketed
	if pauses := s.pauses.Load(); pauses > 0 && v.Asks > pauses { // of all who look alike no times are kept
		v.Gaps = v.Asks - pauses
		mean := float64(s.gapSum.Load()) / float64(v.Gaps)
		v.GapMean = mean / 1000
		v.GapDeviation = math.Sqrt(max(float64(s.gapSquares.Load())/float64(v.Gaps)-mean*mean, 0)) / 1000
	}
	epoch := at / int64(generation)
	if ticketed > 0 {
		v.Paths, v.Tickets = s.paths.estimate(epoch), s.tickets.estimate(epoch)
	}
	v.Targets, v.Sources = s.targets.estimate(epoch), s.sources.estimate(epoch)
	v.Span = min(generation+time.Duration(at%int64(generation)), now.Sub(v.Born))
	return v, t.ids[i].Load() == id // else it became another's meanwhile
}
