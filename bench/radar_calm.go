package main

import (
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/trace"
)

// playRadarCalm hears a sea on which nothing happens: the detector, and one that
// believes in chance alone.
func playRadarCalm(seed uint64, base, over, weeks float64) []radarRow {
	r := rand.New(rand.NewPCG(seed, uint64(1000*base)+uint64(10*over)))
	ours := radar.NewDetector(radar.DetectorConfig{})
	poisson := radar.NewDetector(radar.DetectorConfig{Dispersion: [2]float64{1, 1}})
	rows := []radarRow{
		{Part: "calm", Who: "ours", Seed: seed, Base: base, Over: over, Weeks: weeks},
		{Part: "calm", Who: "chance alone (Poisson)", Seed: seed, Base: base, Over: over, Weeks: weeks},
	}
	at := radarZero()
	for range int(weeks * 7 * 24 * float64(time.Hour/radarTick)) {
		at = at.Add(radarTick)
		n := trace.Scatter(r, base*radarTick.Seconds(), over)
		for i, d := range []*radar.Detector{ours, poisson} {
			if s := d.Observe(at, radarTick, n); s.Changed() && s.State == radar.Swell {
				rows[i].Alarms++
			}
		}
	}
	return rows
}

// fieldOver is the scatter of the calm that a shop with its ways hears.
const fieldOver = 1.7

// playRadarFieldCalm hears a calm sea with its ways.
func playRadarFieldCalm(seed uint64, base, weeks float64) radarRow {
	row := radarRow{Part: "field", Who: "ours", Seed: seed, Base: base, Over: fieldOver, Weeks: weeks}
	r := rand.New(rand.NewPCG(seed, uint64(1000*base)))
	f := radar.NewField[int](radar.DetectorConfig{}, 4*radarWays)
	const look = 5 // ticks
	shop, ways := make([]uint32, look), make([][]uint32, radarWays)
	for i := range ways {
		ways[i] = make([]uint32, look)
	}
	at := radarZero()
	for range int(weeks * 7 * 24 * float64(time.Hour/(look*radarTick))) {
		clear(shop)
		for _, w := range ways {
			for j := range w {
				w[j] = uint32(trace.Scatter(r, base/radarWays*radarTick.Seconds(), fieldOver))
				shop[j] += w[j]
			}
		}
		at = at.Add(look * radarTick)
		if s := f.Observe(at, radarTick, shop, eachWay(ways)); s.Changed() && s.State == radar.Swell {
			row.Alarms++
		}
	}
	return row
}

// measureRadarCost measures what a tick costs: of a shop in calm, of a shop in a wave,
// and of a shop with 256 ways.
func measureRadarCost(seed uint64) radarRow {
	row := radarRow{Part: "cost", Seed: seed}
	row.CalmNS, row.Allocs = costOfTicks(seed, 0)
	wave, allocs := costOfTicks(seed, 300_000)
	row.WaveNS, row.Allocs = wave, max(row.Allocs, allocs)
	before := heap()
	all := make([]*radar.Detector, 100)
	for i := range all {
		all[i] = radar.NewDetector(radar.DetectorConfig{})
		all[i].Observe(radarZero(), radarTick, 1)
	}
	row.Bytes = (heap() - before) / len(all)
	runtime.KeepAlive(all)
	ways := make([][]uint32, 256)
	for i := range ways {
		ways[i] = make([]uint32, 3)
		ways[i][i%3] = 1
	}
	shop := []uint32{80, 90, 86}
	f := radar.NewField[int](radar.DetectorConfig{}, len(ways))
	at := radarZero()
	row.FieldNS, _ = costOf(4_000, func(int) {
		at = at.Add(3 * radarTick)
		f.Observe(at, radarTick, shop, eachWay(ways))
	})
	return row
}

// costOfTicks is what a tick costs, on a sea of 20 newcomers a second with a wave or
// without, and how much it allocates.
func costOfTicks(seed uint64, people float64) (ns, allocs float64) {
	w := newRadarWave(20, people)
	r := rand.New(rand.NewPCG(seed, 5))
	counts := make([]int, int(10*time.Minute/radarTick))
	for i := range counts {
		counts[i] = trace.Scatter(r, (w.base+w.fans(time.Duration(i)*radarTick))*radarTick.Seconds(), radarOver)
	}
	d := radar.NewDetector(radar.DetectorConfig{})
	at := radarZero().Add(-radarLead)
	for range int(radarLead / radarTick) { // what is usual
		at = at.Add(radarTick)
		d.Observe(at, radarTick, trace.Scatter(r, w.base*radarTick.Seconds(), radarOver))
	}
	return costOf(len(counts), func(i int) {
		at = at.Add(radarTick)
		d.Observe(at, radarTick, counts[i])
	})
}

// costOf is what one of so many calls takes, in nanoseconds, and how often it allocates.
func costOf(times int, f func(i int)) (ns, allocs float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	for i := range times {
		f(i)
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return float64(took.Nanoseconds()) / float64(times), float64(after.Mallocs-before.Mallocs) / float64(times)
}
