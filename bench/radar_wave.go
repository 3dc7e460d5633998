package main

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/trace"
)

// radarWave is a wave of the measured shape on a sea of usual visitors. Its post goes
// out at zero.
type radarWave struct {
	base, people float64
	share        [60]float64
}

func newRadarWave(base, people float64) radarWave {
	w := radarWave{base: base, people: people, share: crowd.Shares()}
	all := 0.0
	for _, s := range w.share {
		all += s
	}
	for i := range w.share {
		w.share[i] /= all
	}
	return w
}

// fans is how many fans come in a second, so long after the post.
func (w *radarWave) fans(after time.Duration) float64 {
	i := int(after / (10 * time.Second))
	if after < 0 || i >= len(w.share) {
		return 0
	}
	return w.people * w.share[i] / 10
}

// passes is when the true rate passes three times the usual one; false: never.
func (w *radarWave) passes() (time.Duration, bool) {
	for after := time.Duration(0); after < 10*time.Minute; after += 10 * time.Second {
		if w.base+w.fans(after) >= 3*w.base {
			return after, true
		}
	}
	return 0, false
}

// radarZero is when posts go out in made-up time.
func radarZero() time.Time { return time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC) }

// playRadarWaves plays one cell.
func playRadarWaves(seed uint64, base, people float64, waves int) radarRow {
	row := radarRow{Part: "wave", Seed: seed, Base: base, People: people}
	w := newRadarWave(base, people)
	if at, ok := w.passes(); ok {
		row.Passes = new(at.Seconds())
	}
	threshold := w.idealThreshold(rand.New(rand.NewPCG(seed, math.MaxUint64)), 1)
	way := w.ofOneWay(radarWays)
	wayThreshold := way.idealThreshold(rand.New(rand.NewPCG(seed, math.MaxUint64)), radarWays)
	for i := range waves {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		shop, field, onset := w.play(r)
		switch {
		case math.IsInf(shop, 1):
			row.Missed++
		case shop <= 0:
			row.TooEarly++
		default:
			row.Shop, row.Onsets = append(row.Shop, shop), append(row.Onsets, onset)
			row.Field = append(row.Field, field)
		}
		row.Ideal = append(row.Ideal, w.idealTells(r, 1, threshold))
		row.IdealField = append(row.IdealField, way.idealTells(r, radarWays, wayThreshold))
	}
	for _, list := range [][]float64{row.Shop, row.Field, row.Ideal, row.IdealField, row.Onsets} {
		slices.Sort(list)
	}
	return row
}

// play hears one wave, as the control loop does: with ticks of a tenth of a second,
// looked at each quarter of a second. It returns when the shop's detector told of it,
// when the field did, and the onset that was estimated, all in seconds after the post.
func (w *radarWave) play(r *rand.Rand) (shop, field, onset float64) {
	shop, field = math.Inf(1), math.Inf(1)
	d := radar.NewDetector(radar.DetectorConfig{})
	f := radar.NewField[int](radar.DetectorConfig{}, 4*radarWays)
	const keep = 64 // ticks in a tally
	sums, ways := make([]uint32, 0, keep), make([][]uint32, radarWays)
	next := -radarLead + time.Duration(r.Float64()*float64(radarLoop))
	for after := -radarLead; after < 10*time.Minute; after += radarTick {
		n := uint32(trace.Scatter(r, w.fans(after)*radarTick.Seconds(), 1))
		sum := n
		for i := range ways {
			x := uint32(trace.Scatter(r, w.base/radarWays*radarTick.Seconds(), radarOver))
			sum += x
			if i == 0 {
				x += n
			}
			ways[i] = slide(ways[i], x, keep)
		}
		sums = slide(sums, sum, keep)
		until := after + radarTick
		if until < next {
			continue
		}
		next += radarLoop
		at := radarZero().Add(until)
		if math.IsInf(shop, 1) {
			if s := d.ObserveTicks(at, radarTick, sums); s.State.Wave() {
				shop, onset = next.Seconds()-radarLoop.Seconds(), s.Onset.Sub(radarZero()).Seconds()
			}
		}
		if math.IsInf(field, 1) {
			if s := f.Observe(at, radarTick, sums, eachWay(ways)); s.State.Wave() {
				field = next.Seconds() - radarLoop.Seconds()
			}
		}
		if !math.IsInf(shop, 1) && !math.IsInf(field, 1) {
			break
		}
	}
	return shop, field, onset
}

func slide(list []uint32, n uint32, keep int) []uint32 {
	if len(list) == keep {
		copy(list, list[1:])
		list = list[:keep-1]
	}
	return append(list, n)
}

func eachWay(ways [][]uint32) iter.Seq2[int, []uint32] {
	return func(yield func(int, []uint32) bool) {
		for i, w := range ways {
			if !yield(i, w) {
				return
			}
		}
	}
}
