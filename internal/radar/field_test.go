package radar

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/radar/trace"
)

// lane is a shop with ways of which the first brings the wave.
type lane struct {
	sea  *sea
	r    *rand.Rand
	ways [][]uint32
	shop []uint32
	now  time.Time
}

func newLane(seed uint64, ways int, base, people float64) *lane {
	return &lane{sea: newSea(seed, base, 1.25, people), r: rand.New(rand.NewPCG(seed, 2)), ways: make([][]uint32, ways), now: monday}
}

// step makes three ticks.
func (l *lane) step(after time.Duration) {
	for range 3 {
		sum := uint32(0)
		for i := range l.ways {
			n := uint32(trace.Scatter(l.r, l.sea.base/float64(len(l.ways))*tenth.Seconds(), 1.25))
			if i == 0 {
				n += uint32(trace.Scatter(l.r, l.sea.wave(after)*tenth.Seconds(), 1))
			}
			sum += n
			l.ways[i] = last(append(l.ways[i], n))
		}
		l.shop = last(append(l.shop, sum))
		l.now = l.now.Add(tenth)
		after += tenth
	}
}

func last(list []uint32) []uint32 { return list[max(len(list)-64, 0):] }

func (l *lane) all() iter.Seq2[int, []uint32] { return slices.All(l.ways) }

// A way that few come by is taken to scatter as the shop does, not as an unknown shop would.
func TestAWayScattersAsTheShop(t *testing.T) {
	l := newLane(3, 10, 5, 0)
	f := NewField[int](DetectorConfig{}, 16)
	for after := -15 * time.Minute; after < 0; after += 3 * tenth {
		l.step(after)
		f.Observe(l.now, tenth, l.shop, l.all())
	}
	shop := f.shop.base.over1()
	if shop > 1.4 {
		t.Fatalf("a sea of 1.25 scatters by %.2f", shop)
	}
	for k, w := range f.ways {
		if got := w.detector.base.believed; got < shop-0.05 || got > shop+0.05 {
			t.Errorf("way %d is believed to scatter by %.2f, the shop by %.2f", k, got, shop)
		}
	}
	if len(f.ways) != 10 {
		t.Errorf("%d ways", len(f.ways))
	}
}

// Where 100 newcomers a second are usual, a wave that begins with four is seen ten
// seconds sooner by the link it comes through.
func TestAWayTellsFirst(t *testing.T) {
	for seed := range uint64(5) {
		l := newLane(seed, 40, 100, 30_000)
		f := NewField[int](DetectorConfig{}, 64)
		d := NewDetector(DetectorConfig{})
		var byWay, byShop time.Duration
		for after := -5 * time.Minute; after < time.Minute && (byWay == 0 || byShop == 0); after += 3 * tenth {
			l.step(after)
			if s := f.Observe(l.now, tenth, l.shop, l.all()); s.State.Wave() && byWay == 0 {
				byWay = after + 3*tenth
				if !s.ByWay || s.Way != 0 || s.Cause.Kind != CauseWay || s.Onset.IsZero() {
					t.Errorf("seed %d: told by %d (%v): %+v", seed, s.Way, s.ByWay, s.Sighting)
				}
			}
			if s := d.ObserveTicks(l.now, tenth, l.shop); s.State.Wave() && byShop == 0 {
				byShop = after + 3*tenth
			}
		}
		if byWay <= 0 || byShop != 0 && byShop < byWay+3*time.Second {
			t.Errorf("seed %d: by the way after %v, by the shop after %v", seed, byWay, byShop)
		}
	}
}

// In calm no way tells of anything, and more ways than there is room for forget the
// oldest.
func TestWaysAreBounded(t *testing.T) {
	l := newLane(1, 40, 20, 0)
	f := NewField[int](DetectorConfig{}, 16)
	for range 6000 {
		l.step(-time.Hour)
		if s := f.Observe(l.now, tenth, l.shop, l.all()); s.Changed() {
			t.Fatalf("%v: %s", s.State, s.Cause.Sentence("en"))
		}
		if len(f.ways) > 16 {
			t.Fatalf("%d ways", len(f.ways))
		}
	}
}

// While a way tells of a wave, the shop learns nothing from it.
func TestAShopLearnsNothingFromAWaysWave(t *testing.T) {
	l := newLane(2, 40, 100, 15_000)
	f := NewField[int](DetectorConfig{}, 64)
	before := 0.0
	for after := -5 * time.Minute; after < 5*time.Minute; after += 3 * tenth {
		l.step(after)
		s := f.Observe(l.now, tenth, l.shop, l.all())
		if after < 0 {
			before = s.Base
		} else if s.Base > 1.1*before {
			t.Fatalf("%v after the post %g a second are held to be usual, before it %g", after, s.Base, before)
		}
	}
	if !f.now.State.Wave() {
		t.Error("the wave was not told")
	}
	back, err := RestoreField[int](DetectorConfig{}, 64, f.Save())
	if err != nil || back.shop.base.arrivals != f.shop.base.arrivals {
		t.Errorf("%v", err)
	}
}

// A wave that only a way has felt begins and ends with reasons of its own, and is told
// once.
func TestAWavesEndIsTheWays(t *testing.T) {
	l := newLane(3, 40, 100, 8_000)
	f := NewField[int](DetectorConfig{}, 64)
	var changes []FieldSighting[int]
	for after := -5 * time.Minute; after < 15*time.Minute; after += 3 * tenth {
		l.step(after)
		s := f.Observe(l.now, tenth, l.shop, l.all())
		if s.Changed() {
			changes = append(changes, s)
		}
		if s.State.Wave() == s.Onset.IsZero() || s.State.Wave() != s.ByWay {
			t.Fatalf("%v after the post: %v, onset %v, by a way %v", after, s.State, s.Onset, s.ByWay)
		}
	}
	if len(changes) != 2 || changes[0].State != Swell || changes[0].Cause.Kind != CauseWay || changes[1].State != Calm || changes[1].Cause.Kind == CauseWay || changes[1].Cause.Kind == CauseStart {
		for _, c := range changes {
			t.Errorf("%v → %v: %v", c.Before, c.State, c.Cause.Kind)
		}
	}
}

// A clock that is set back does not make a detector deaf.
func TestAClockThatIsSetBack(t *testing.T) {
	l, d := newLane(4, 1, 20, 300_000), NewDetector(DetectorConfig{})
	for range 1000 {
		l.step(-time.Hour)
		d.ObserveTicks(l.now, tenth, l.shop)
	}
	l.now = l.now.Add(-2 * time.Hour)
	for after := time.Duration(0); after < 5*time.Second; after += 3 * tenth {
		l.step(after)
		if s := d.ObserveTicks(l.now, tenth, l.shop); s.State.Wave() {
			if s.Onset.After(l.now) || l.now.Sub(s.Onset) > time.Minute {
				t.Errorf("at %v it began at %v", l.now, s.Onset)
			}
			return
		}
	}
	t.Error("a wave after the clock was set back was not told")
}
