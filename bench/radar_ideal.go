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
// 1998): where even he is late, a goal is not of this world. He hears the shop's sum, or each of its
// ways.
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

// ofOneWay is the wave as the one way hears it by which it comes, of so many that are equally
// used.
func (w *radarWave) ofOneWay(ways int) *radarWave {
	one := *w
	one.base /= float64(ways)
	return &one
}

// idealTells is when he tells of a wave, in seconds after its post: at the control loop's next
// look, as of everybody. With several ways w is the
// wave as the one of them hears it by which it comes; he hears each by itself, and does not
// know which.
func (w *radarWave) idealTells(r *rand.Rand, ways int, threshold float64) float64 {
	each := make([]*radarIdeal, ways)
	for i := range each {
		each[i] = newRadarIdeal(w)
	}
	look := -2*time.Minute + time.Duration(r.Float64()*float64(radarLoop))
	for after := -2 * time.Minute; after < 10*time.Minute; after += radarTick {
		for look < after+radarTick {
			look += radarLoop
		}
		for i, d := range each {
			rate := w.base
			if i == 0 {
				rate += w.fans(after)
			}
			if d.hear(float64(trace.Scatter(r, rate*radarTick.Seconds(), 1))) >= threshold {
				return look.Seconds()
			}
		}
	}
	return math.Inf(1)
}

// idealThreshold is the sum that so many ways together reach once a week in calm: from how
// often one reaches lower ones in three hours, along the exponential by which that falls off.
func (w *radarWave) idealThreshold(r *rand.Rand, ways int) float64 {
	const low, high = 3.0, 6.0
	hours := 3 * ways // of one way; where less comes, more is heard
	d := newRadarIdeal(w)
	var times [2]float64
	armed := [2]bool{true, true}
	for range int(time.Duration(hours) * time.Hour / radarTick) {
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
	return low + math.Log(max(times[0], 1)*7*24*float64(ways)/float64(hours))/slope
}
