package main

import (
	"math"
	"time"

	"github.com/falochron/falochron/internal/radar"
)

// rival is somebody else's way to hear a trace: it returns at which ticks it raises an
// alarm.
type rival struct {
	name, setting string
	hear          func(counts []uint32, tick time.Duration, start time.Time) []int
}

// oursHears is our detector. An alarm is a wave that is told, or a second rise of one.
func oursHears(c radar.DetectorConfig) func([]uint32, time.Duration, time.Time) []int {
	return func(counts []uint32, tick time.Duration, start time.Time) (alarms []int) {
		d := radar.NewDetector(c)
		at := start
		for i, n := range counts {
			at = at.Add(tick)
			if s := d.Observe(at, tick, int(n)); s.Changed() && (s.State == radar.Swell || s.Before == radar.Ebb && s.State == radar.Storm) {
				alarms = append(alarms, i)
			}
		}
		return alarms
	}
}

// ewmaHears is the alarm that is built first everywhere: an exponentially weighted mean
// and k times its root on top. While it is exceeded, an alarm lasts; it ends when
// nothing was exceeded for a minute (two ticks).
func ewmaHears(memory time.Duration, k, c float64) func([]uint32, time.Duration, time.Time) []int {
	return func(counts []uint32, tick time.Duration, _ time.Time) (alarms []int) {
		weight := 1 - math.Exp(-tick.Seconds()/memory.Seconds())
		rest := max(int(time.Minute/tick), 2)
		mean, last := -1.0, -rest-1
		for i, n := range counts {
			x := float64(n)
			switch {
			case mean < 0:
				mean = x
				continue
			case float64(i)*tick.Seconds() > memory.Seconds() && x > mean+k*math.Sqrt(mean)+c:
				if i-last > rest {
					alarms = append(alarms, i)
				}
				last = i
			}
			mean += weight * (x - mean)
		}
		return alarms
	}
}

// gaussHears is NAB's windowed Gaussian detector, as published: mean and deviation of
// the last 6,400 values, renewed each hundred, and how improbable a value is by them.
// Anything less probable than 1 - threshold is an alarm.
func gaussHears(threshold float64) func([]uint32, time.Duration, time.Time) []int {
	return func(counts []uint32, _ time.Duration, _ time.Time) (alarms []int) {
		const window, step = 6400, 100
		var held, fresh []float64
		mean, deviation := 0.0, 1.0
		renew := func() {
			mean, deviation = 0, 0
			for _, x := range held {
				mean += x / float64(len(held))
			}
			for _, x := range held {
				deviation += (x - mean) * (x - mean) / float64(len(held))
			}
			if deviation = math.Sqrt(deviation); deviation == 0 {
				deviation = 0.000001
			}
		}
		for i, n := range counts {
			x, score := float64(n), 0.0
			if len(held) > 0 {
				score = 1 - 0.5*math.Erfc(math.Abs(x-mean)/deviation/math.Sqrt2)
			}
			if len(held) < window {
				held = append(held, x)
				renew()
			} else if fresh = append(fresh, x); len(fresh) == step {
				held = append(held[step:], fresh...)
				fresh = nil
				renew()
			}
			if score >= threshold {
				alarms = append(alarms, i)
			}
		}
		return alarms
	}
}

// secondsRivals are those for seconds and minutes.
func secondsRivals() []rival {
	return []rival{
		{"ours", "as it comes", oursHears(radar.DetectorConfig{})},
		{"ours, believing in chance alone (Poisson)", "variance ÷ mean 1", oursHears(radar.DetectorConfig{Dispersion: [2]float64{1, 1}})},
		{"EWMA + k·√mean + c", "300 s, k 6, c 3", ewmaHears(300*time.Second, 6, 3)},
		{"EWMA + k·√mean + c", "300 s, k 8, c 4", ewmaHears(300*time.Second, 8, 4)},
		{"EWMA + k·√mean + c", "300 s, k 10, c 5", ewmaHears(300*time.Second, 10, 5)},
	}
}

// minuteRivals are those for minutes, where the rate itself wanders by more than any
// root of it: k must be large, and a second form allows for a share of the mean.
func minuteRivals() []rival {
	return []rival{
		{"ours", "as it comes", oursHears(radar.DetectorConfig{})},
		{"EWMA + k·√mean + c", "an hour, k 6, c 3", ewmaHears(time.Hour, 6, 3)},
		{"EWMA + k·√mean + c", "an hour, k 10, c 5", ewmaHears(time.Hour, 10, 5)},
		{"EWMA + k·√mean + c", "an hour, k 30, c 5", ewmaHears(time.Hour, 30, 5)},
		{"EWMA + k·√mean + c", "an hour, k 100, c 5", ewmaHears(time.Hour, 100, 5)},
		{"twice the minute before", "", doubleHears()},
	}
}

// doubleHears raises an alarm when a tick holds twice what the one before held.
func doubleHears() func([]uint32, time.Duration, time.Time) []int {
	return func(counts []uint32, tick time.Duration, _ time.Time) (alarms []int) {
		for i := 1; i < len(counts); i++ {
			if counts[i-1] > 0 && counts[i] >= 2*counts[i-1] && counts[i] >= 10 {
				alarms = append(alarms, i)
			}
		}
		return alarms
	}
}
