package main

import (
	"math"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/radar/trace"
)

// surge is a stretch of a trace in which far more came than in the hour around it, told
// from the whole trace, the future included, and without any detector.
type surge struct {
	from, to int // ticks; to is behind the last
	times    float64
}

// How surges are found: in blocks of a sixth of a minute (or a tick, if that is longer),
// by the mean of six blocks, next to the median of such means within half an hour to
// either side.
const (
	surgeBlock = 10 * time.Second
	surgeMean  = 6
	surgeHour  = 30 * time.Minute
	surgeLeast = 1.0 // arrivals that the median is taken to have at least
)

// surgesOf finds where a trace has at least so many times what is around it.
func surgesOf(counts []uint32, tick time.Duration, times float64) []surge {
	block := max(int(surgeBlock/tick), 1)
	span := surgeMean
	around := int(surgeHour / (time.Duration(block) * tick))
	if tick > surgeBlock { // of minutes: the minute itself
		span = 1
	}
	if around < 12 { // of longer ticks: twelve to either side
		around = 12
	}
	blocks := make([]float64, len(counts)/block)
	for i := range blocks {
		for _, n := range counts[i*block : (i+1)*block] {
			blocks[i] += float64(n)
		}
	}
	if len(blocks) < span {
		return nil
	}
	sums := make([]float64, len(blocks)-span+1)
	for i := range sums {
		for _, n := range blocks[i : i+span] {
			sums[i] += n
		}
	}
	high := make([]float64, len(blocks))
	for i := 0; i < len(sums); i += 1 {
		usual := max(medianAround(sums, i, around), surgeLeast)
		if ratio := sums[i] / usual; ratio >= times {
			for j := i; j < i+span; j++ {
				high[j] = max(high[j], ratio)
			}
		}
	}
	var out []surge
	for i := 0; i < len(high); i++ {
		if high[i] == 0 {
			continue
		}
		j, most := i, 0.0
		for ; j < len(high) && high[j] > 0; j++ {
			most = max(most, high[j])
		}
		out = append(out, surge{i * block, j * block, most})
		i = j
	}
	return out
}

// withKnown adds a stretch that is known to be a surge from elsewhere, and joins what it
// touches.
func withKnown(surges []surge, from, to int) []surge {
	known := surge{from: from, to: to}
	var out []surge
	for _, s := range surges {
		if s.to < known.from || s.from > known.to {
			out = append(out, s)
			continue
		}
		known = surge{min(s.from, known.from), max(s.to, known.to), max(s.times, known.times)}
	}
	out = append(out, known)
	slices.SortFunc(out, func(a, b surge) int { return a.from - b.from })
	return out
}

// medianAround is the median of what lies within so many of i, every sixth of them:
// neighbouring sums share most of what they hold.
func medianAround(x []float64, i, around int) float64 {
	var some []float64
	step := max(around/30, 1)
	for j := max(i-around, 0); j <= min(i+around, len(x)-1); j += step {
		some = append(some, x[j])
	}
	slices.Sort(some)
	return some[len(some)/2]
}

// judged is what a detector's alarms were worth.
type judged struct {
	alarms, outside int
	found           int
	delays          []float64 // seconds from the surge's beginning to the first alarm in it, of those found
}

// judgeAlarms puts alarms, as ticks, beside surges. An alarm is in a surge if it falls into it
// or into the minute after it: an alarm looks back.
func judgeAlarms(alarms []int, surges []surge, tick time.Duration) judged {
	late := max(int(time.Minute/tick), 1)
	j := judged{alarms: len(alarms)}
	seen := map[int]bool{}
	for _, a := range alarms {
		i, _ := slices.BinarySearchFunc(surges, a, func(s surge, a int) int {
			if s.to+late <= a {
				return -1
			}
			if s.from > a {
				return 1
			}
			return 0
		})
		if i >= len(surges) || surges[i].from > a || surges[i].to+late <= a {
			j.outside++
			continue
		}
		if !seen[i] {
			seen[i] = true
			j.found++
			j.delays = append(j.delays, float64(a-surges[i].from+1)*tick.Seconds())
		}
	}
	return j
}

// countsOf lays a trace out without its gaps, which are short, as nobody: what the
// rivals hear, and what surges are found in.
func countsOf(t *trace.Trace) []uint32 {
	var all []uint32
	for i, s := range t.Stretches {
		if i > 0 {
			before := t.Stretches[i-1]
			end := before.Start.Add(time.Duration(len(before.Counts)) * t.Tick)
			missing := int(math.Round(float64(s.Start.Sub(end)) / float64(t.Tick)))
			all = append(all, make([]uint32, min(max(missing, 0), 100_000))...)
		}
		all = append(all, s.Counts...)
	}
	return all
}
