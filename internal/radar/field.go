package radar

import (
	"iter"
	"math"
	"time"
)

// Field hears a shop and each way into it: links, campaigns, channels. A wave comes by
// one way or two; where a way is otherwise hardly used, a handful of arrivals is a
// surprise there long before the sum of all ways shows it.
//
// K names a way. A Field has one owner, and holds so many ways as it was made for; if
// more are in use, those that come later are not heard by themselves.
type Field[K comparable] struct {
	shop  *Detector
	cfg   DetectorConfig
	ways  map[K]*way
	most  int
	first time.Time // tick heard
	now   FieldSighting[K]
}

// way is one way into the shop.
type way struct {
	detector *Detector
	came     time.Time // last time anybody did
}

// FieldSighting is what a Field holds: of the shop, and of the way that told it first.
type FieldSighting[K comparable] struct {
	// Sighting is the shop's. While only a way has told of a wave, State is Swell and
	// Onset, Since and Cause are the way's.
	Sighting
	Way   K    // that told first of the wave
	ByWay bool // Way is set
}

// oldWay is how much of the time before a way was first seen is taken as looked at in
// vain.
const oldWay = time.Hour

// When a way counts.
const (
	wayShare = 0.02             // of what is usual at the shop: fewer are no wave of it
	wayHolds = 10 * time.Minute // without the shop's own detector
)

// NewField returns a Field that knows nothing and holds most ways, at least one.
func NewField[K comparable](c DetectorConfig, most int) *Field[K] {
	return fieldOf[K](c, most, NewDetector(c))
}

// RestoreField returns a Field whose shop goes on where the saved one was.
func RestoreField[K comparable](c DetectorConfig, most int, s Saved) (*Field[K], error) {
	d, err := Restore(c, s)
	if err != nil {
		return nil, err
	}
	f := fieldOf[K](c, most, d)
	f.now.Sighting = d.present()
	return f, nil
}

func fieldOf[K comparable](c DetectorConfig, most int, shop *Detector) *Field[K] {
	return &Field[K]{shop: shop, cfg: c.withDefaults(), ways: map[K]*way{}, most: max(most, 1)}
}

// Save returns what the shop's detector must not forget. What is usual of each way is
// learnt again within the hour.
func (f *Field[K]) Save() Saved { return f.shop.Save() }

// Observe takes a tally: the shop's last ticks, of which the last ended at until, and
// those of each way. What was taken before is not taken again. The sighting's Before is
// what the call before held.
func (f *Field[K]) Observe(until time.Time, tick time.Duration, shop []uint32, ways iter.Seq2[K, []uint32]) FieldSighting[K] {
	if f.first.IsZero() {
		f.first = until.Add(-time.Duration(len(shop)) * tick)
	}
	var told *way // of those in a wave the one that surprised most
	var by K
	for k, ticks := range ways {
		w := f.way(k, until, ticks)
		if w == nil {
			continue
		}
		if f.tells(w, until, tick, ticks) && (told == nil || w.detector.wave.cause.Surprise > told.detector.wave.cause.Surprise) {
			told, by = w, k
		}
	}
	f.shop.held = told != nil
	was := f.shop.wave.state
	s := FieldSighting[K]{Sighting: f.shop.ObserveTicks(until, tick, shop)}
	shopTurned := f.shop.wave.state != was
	s.Before, s.Way, s.ByWay = f.now.State, f.now.Way, f.now.ByWay
	if told != nil {
		w := &told.detector.wave
		s.Surprise = math.Max(s.Surprise, w.cause.Surprise)
		if !s.State.Wave() && s.Before.Wave() {
			s.State, s.Peak = s.Before, f.now.Peak // the shop no longer feels it, but it goes on
		}
		if !s.Before.Wave() {
			s.Way, s.ByWay = by, true
			if !s.State.Wave() {
				s.State, s.Peak, s.Since, s.Onset, s.Cause = Swell, s.Rate, w.since, w.onset, w.cause
				s.Cause.Kind = CauseWay
			}
		}
	}
	f.attribute(&s, shopTurned)
	f.now = s
	return s
}

// attribute gives a sighting the moments and the reason that belong to its state: those of
// the last change, whoever made it.
func (f *Field[K]) attribute(s *FieldSighting[K], shopTurned bool) {
	switch {
	case s.State == s.Before:
		s.Since, s.Cause = f.now.Since, f.now.Cause
	case !s.State.Wave() && !shopTurned: // the way's wave is over, and the shop had none
		if w := f.ways[f.now.Way]; w != nil {
			s.Since, s.Cause = w.detector.wave.since, w.detector.wave.cause
		}
	}
	switch {
	case !s.State.Wave():
		var none K
		s.Way, s.ByWay, s.Onset = none, false, time.Time{}
	case s.Before.Wave() && s.Cause.Kind != CauseSecond && !f.now.Onset.IsZero() && (s.Onset.IsZero() || f.now.Onset.Before(s.Onset)):
		s.Onset = f.now.Onset // who told first knows it best
	}
}

// tells lets a way hear its ticks and reports whether it tells of a wave: of one that
// matters to the shop, and that has not run for so long that the shop would have noticed
// if it did.
func (f *Field[K]) tells(w *way, until time.Time, tick time.Duration, ticks []uint32) bool {
	d := w.detector
	d.held = f.now.State.Wave()
	// Of a way that few come by it is not known for hours how much it scatters, and of the
	// shop, which is made of its ways, it is.
	d.base.believed = f.shop.base.over1()
	d.ObserveTicks(until, tick, ticks)
	if !d.wave.state.Wave() {
		return false
	}
	if until.Sub(d.wave.onset) > wayHolds && !f.shop.wave.state.Wave() {
		d.settle()
		return false
	}
	return d.rate() >= wayShare*f.shop.reference
}

// way is the detector of a way; nil for one that nobody comes by and that is not known.
func (f *Field[K]) way(k K, until time.Time, ticks []uint32) *way {
	came := false
	for _, n := range ticks {
		came = came || n > 0
	}
	w := f.ways[k]
	switch {
	case w == nil && !came:
		return nil
	case w == nil && !f.makeRoom(until):
		return nil
	case w == nil:
		w = &way{detector: f.newWay(until)}
		f.ways[k] = w
	}
	if came {
		w.came = until
	}
	return w
}

// newWay is a detector of a way that nobody came by so far.
func (f *Field[K]) newWay(until time.Time) *Detector {
	c := f.cfg
	c.Base, c.Seen = 0, min(until.Sub(f.first), oldWay)
	// With so many looking, one of them is surprised so many times as often.
	c.Alarm += math.Log(float64(f.most))
	d := NewDetector(c)
	d.season = nil
	return d
}

// makeRoom forgets the way by which nobody has come for longest, if that is long. Ways
// that come and go would all look as if they were never used.
func (f *Field[K]) makeRoom(until time.Time) bool {
	if len(f.ways) < f.most {
		return true
	}
	var oldest K
	var at time.Time
	for k, w := range f.ways {
		if at.IsZero() || w.came.Before(at) {
			oldest, at = k, w.came
		}
	}
	if until.Sub(at) < wayHolds {
		return false
	}
	delete(f.ways, oldest)
	return true
}
