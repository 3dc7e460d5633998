package radar

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/falochron/falochron/internal/radar/trace"
)

// monday is when tests begin: three in the afternoon of a Monday.
var monday = time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)

// tenth is the tick the edge counts in.
const tenth = 100 * time.Millisecond

// measured is the share of all who come within ten minutes of a post, in percent, in
// each ten seconds of the first five minutes (docs/radar.md); then it falls to 0.87.
func measured() (share [60]float64, all float64) {
	copy(share[:], []float64{
		0.15, 1.35, 2.36, 2.91, 3.39, 3.19, 3.23, 3.26, 3.17, 3.19,
		3.21, 2.82, 2.61, 2.55, 2.51, 2.24, 2.22, 1.98, 1.94, 1.77,
		2.13, 1.75, 1.71, 1.72, 1.51, 1.44, 1.56, 1.71, 1.51, 1.52,
	})
	for i := range share {
		if i >= 30 {
			share[i] = share[29] + (0.87-share[29])*float64(i-29)/30
		}
		all += share[i]
	}
	return share, all
}

// sea is seeded traffic: scattered visitors, and on them a wave of the measured shape.
type sea struct {
	r          *rand.Rand
	base, over float64
	people     float64 // of the wave, in ten minutes; 0: none
	share      [60]float64
	all        float64
}

func newSea(seed uint64, base, over, people float64) *sea {
	s := &sea{r: rand.New(rand.NewPCG(seed, 7)), base: base, over: over, people: people}
	s.share, s.all = measured()
	return s
}

// wave is how many fans come in a second, so long after the post.
func (s *sea) wave(after time.Duration) float64 {
	i := int(after / (10 * time.Second))
	if after < 0 || i >= len(s.share) {
		return 0
	}
	return s.people * s.share[i] / s.all / 10
}

// tick is how many come in a tick that begins so long after the post.
func (s *sea) tick(after, tick time.Duration) int {
	return trace.Scatter(s.r, s.base*tick.Seconds(), s.over) + trace.Scatter(s.r, s.wave(after)*tick.Seconds(), 1)
}

// passes is when the true rate is first three times the base; false: never.
func (s *sea) passes() (time.Duration, bool) {
	for after := time.Duration(0); after < 10*time.Minute; after += 10 * time.Second {
		if s.base+s.wave(after) >= 3*s.base {
			return after, true
		}
	}
	return 0, false
}

// hear lets a detector hear the sea from one moment to another, both counted from the
// post, which is at zero, and hands on every sighting.
func (s *sea) hear(d *Detector, zero time.Time, from, to, tick time.Duration, each func(after time.Duration, s Sighting) bool) {
	for after := from; after < to; after += tick {
		if !each(after+tick, d.Observe(zero.Add(after+tick), tick, s.tick(after, tick))) {
			return
		}
	}
}

// cosine of so many turns.
func cosine(turns float64) float64 { return math.Cos(2 * math.Pi * turns) }
