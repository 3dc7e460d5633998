package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/falochron/falochron/internal/radar/trace"
)

// radarIdeal is somebody who knows the usual rate, that it scatters by nothing but
// chance, and how the wave runs: everything but when the post goes out. He adds up, for
// each second at which it may have gone out, how much better the wave explains what
// came than calm does, and tells of it when one of these sums is high enough. At the
// same rate of false alarms nobody is much faster (Lorden 1971, Moustakides 1986, Lai
// 1998): where even he is late, a goal is not of this world.
type radarIdeal struct {
	wave *radarWave
	gain [idealSeconds / 10]float64 // of one arrival, in each ten seconds of the wave
	sums [idealSeconds]float64      // by the second at which the post went out, modulo
	tick int
}

// idealSeconds is how long ago the post may have gone out: ways beyond the moment at
// which any of these waves is told.
const idealSeconds = 60

func newRadarIdeal(w *radarWave) *radarIdeal {
	d := &radarIdeal{wave: w}
	for i := range d.gain {
		d.gain[i] = math.Log(1 + w.fans(time.Duration(i)*10*time.Second)/w.base)
	}
	return d
}

// hear takes a tick and returns the highest sum.
func (d *radarIdeal) hear(n float64) float64 {
	const perSecond = int(time.Second / radarTick)
	second := d.tick / perSecond
	if d.tick%perSecond == 0 {
		d.sums[second%idealSeconds] = 0 // the post goes out now
	}
	d.tick++
	best := 0.0
	for i := range d.sums {
		age := (second - i%idealSeconds + idealSeconds*(second/idealSeconds+2)) % idealSeconds
		if age > second {
			continue
		}
		after := time.Duration(age) * time.Second
		d.sums[i] += n*d.gain[age/10] - d.wave.fans(after)*radarTick.Seconds()
		best = max(best, d.sums[i])
	}
	return best
}

// idealTells is when he tells of a wave, in seconds after its post.
func (w *radarWave) idealTells(r *rand.Rand, threshold float64) float64 {
	d := newRadarIdeal(w)
	for after := -2 * time.Minute; after < 10*time.Minute; after += radarTick {
		n := trace.Scatter(r, (w.base+w.fans(after))*radarTick.Seconds(), 1)
		if d.hear(float64(n)) >= threshold {
			return (after + radarTick).Seconds()
		}
	}
	return math.Inf(1)
}

// idealThreshold is the sum that calm reaches once a week: from how often it reaches
// lower ones in three hours, along the exponential by which that falls off.
func (w *radarWave) idealThreshold(r *rand.Rand) float64 {
	const low, high, hours = 3.0, 6.0, 3
	d := newRadarIdeal(w)
	var times [2]float64
	armed := [2]bool{true, true}
	for range int(hours * time.Hour / radarTick) {
		sum := d.hear(float64(trace.Scatter(r, w.base*radarTick.Seconds(), 1)))
		for i, level := range []float64{low, high} {
			if sum >= level && armed[i] {
				times[i]++
				armed[i] = false
			} else if sum < low/3 {
				armed[i] = true
			}
		}
	}
	slope := 1.0 // at least: by chance alone e to the sum is as rare as that (Lorden)
	if times[1] >= 10 {
		slope = max(math.Log(times[0]/times[1])/(high-low), slope)
	}
	return low + math.Log(max(times[0], 1)*7*24/hours)/slope
}
