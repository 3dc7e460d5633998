package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/trace"
)

// radarTraces are the files that are given by the environment; empty ones are left out.
type radarTraces struct {
	nasa     string // counts a second, of July 1995
	worldcup string // counts a minute, with times
	nab      string // folder of the Numenta Anomaly Benchmark's files, with labels.json
}

// nasaStart is when the log of July 1995 begins, in the east of the United States.
func nasaStart() time.Time {
	return time.Date(1995, 7, 1, 0, 0, 0, 0, time.FixedZone("EDT", -4*3600))
}

// playRadarTraces hears the traces that were given.
func playRadarTraces(b *bench, seed uint64) (rows []radarRow, err error) {
	if file := b.radar.nasa; file != "" {
		t, err := readTrace(file, trace.Options{Tick: time.Second, Start: nasaStart()})
		if err != nil {
			return nil, err
		}
		b.say("  %s: %d ticks of %v", file, t.Ticks, t.Tick)
		rows = append(rows, heardBy("nasa", t, secondsRivals(), launchOf(t))...)
		for _, people := range radarPeople() {
			rows = append(rows, playOnTrace(seed, t, people))
		}
	}
	if file := b.radar.worldcup; file != "" {
		t, err := readTrace(file, trace.Options{})
		if err != nil {
			return nil, err
		}
		b.say("  %s: %d ticks of %v", file, t.Ticks, t.Tick)
		rows = append(rows, heardBy("worldcup", t, minuteRivals(), nil)...)
	}
	if folder := b.radar.nab; folder != "" {
		files, err := readNAB(folder)
		if err != nil {
			return nil, err
		}
		b.say("  %s: %d files", folder, len(files))
		rows = append(rows, nabRows(files)...)
	}
	return rows, nil
}

// launchOf is the one surge of July 1995 that is known from elsewhere: the five hours
// around the launch of STS-70 on the 13th at 9:41, a slow crowd of five times what is
// usual. It is nil for a trace that ends before.
func launchOf(t *trace.Trace) *surge {
	from := int(time.Date(1995, 7, 13, 7, 0, 0, 0, nasaStart().Location()).Sub(t.Start()) / t.Tick)
	to := from + int(5*time.Hour/t.Tick)
	if to > t.Ticks {
		return nil
	}
	return &surge{from: from, to: to}
}

// heardBy lets everybody hear a trace. A known surge counts as one, by any measure.
func heardBy(part string, t *trace.Trace, all []rival, known *surge) (rows []radarRow) {
	counts := countsOf(t)
	doubled, tripled := surgesOf(counts, t.Tick, 2), surgesOf(counts, t.Tick, 3)
	if known != nil {
		doubled, tripled = withKnown(doubled, known.from, known.to), withKnown(tripled, known.from, known.to)
	}
	weeks := float64(len(counts)) * t.Tick.Hours() / (7 * 24)
	for _, r := range all {
		alarms := r.hear(counts, t.Tick, t.Start())
		at2, at3 := judgeAlarms(alarms, doubled, t.Tick), judgeAlarms(alarms, tripled, t.Tick)
		row := radarRow{Part: part, Who: r.name, Setting: r.setting, Weeks: rounded(weeks, 2),
			Alarms: len(alarms), Outside: at2.outside, Beyond: at3.outside, Surges: len(tripled), Found: at3.found}
		if len(at3.delays) > 0 {
			slices.Sort(at3.delays)
			row.Delay = median(at3.delays)
		}
		rows = append(rows, row)
	}
	return rows
}

// Waves on a trace of seconds: one in twelve hours, at a moment drawn from its middle six,
// from the second day on.
const (
	onTraceEvery = 12 * 3600
	onTraceFrom  = 24 * 3600
	onTraceLasts = 20 * 60 // the wave's ten minutes, and ten in which its last rate runs off
)

// playOnTrace puts made-up waves on a trace of seconds and says how long after the true
// rate has passed three times what is usual there (the median minute of the hour before)
// each was told. A wave that was told within the ten minutes before its post, when there
// was none, counts as told too early.
func playOnTrace(seed uint64, t *trace.Trace, people float64) radarRow {
	counts := slices.Clone(countsOf(t))
	row := radarRow{Part: "ontrace", Seed: seed, People: people, Passes: new(0.0)}
	r := rand.New(rand.NewPCG(seed, uint64(people)))
	type post struct {
		at, passes int
		told       bool
	}
	var posts []post
	for from := onTraceFrom; from+onTraceEvery <= len(counts); from += onTraceEvery {
		at := from + onTraceEvery/4 + r.IntN(onTraceEvery/2)
		usual := medianMinute(counts[at-3600:at]) / 60
		w := newRadarWave(max(usual, 1.0/60), people)
		passes, ok := w.passes()
		for i := range onTraceLasts {
			after := time.Duration(i) * time.Second
			rate := w.fans(after)
			if after >= 10*time.Minute { // runs off to nothing within ten minutes
				rate = w.fans(10*time.Minute-1) * (1 - (after-10*time.Minute).Minutes()/10)
			}
			counts[at+i] += uint32(trace.Scatter(r, rate, 1))
		}
		if ok {
			posts = append(posts, post{at: at, passes: at + int(passes/time.Second)})
		}
	}
	d := radar.NewDetector(radar.DetectorConfig{Zone: t.Start().Location()})
	next := 0
	at := t.Start()
	for i, n := range counts {
		at = at.Add(t.Tick)
		s := d.Observe(at, t.Tick, int(n))
		for next < len(posts) && i >= posts[next].at+onTraceLasts {
			if !posts[next].told {
				row.Missed++
			}
			next++
		}
		if next == len(posts) {
			break
		}
		p := &posts[next]
		if p.told || !s.State.Wave() || i < p.at-600 {
			continue
		}
		p.told = true
		if i < p.at {
			row.TooEarly++
			continue
		}
		row.Shop = append(row.Shop, float64(max(i+1-p.passes, 0)))
	}
	slices.Sort(row.Shop)
	return row
}

// medianMinute is the median of a stretch's minutes.
func medianMinute(seconds []uint32) float64 {
	var minutes []float64
	for i := 0; i+60 <= len(seconds); i += 60 {
		sum := 0.0
		for _, n := range seconds[i : i+60] {
			sum += float64(n)
		}
		minutes = append(minutes, sum)
	}
	return median(minutes)
}
