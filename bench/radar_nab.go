package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/trace"
)

// nabFile is one file of the Numenta Anomaly Benchmark with its windows, as ticks.
type nabFile struct {
	name    string
	counts  []uint32
	tick    time.Duration
	start   time.Time
	windows [][2]int // first and last tick
}

// The weights of NAB's standard profile, and its probation: what is found in the first
// 15 % of a file, of 5,000 values at most, counts neither way.
const (
	nabFalse     = 0.11
	nabProbation = 0.15
	nabMost      = 5000
)

// readNAB reads the files that labels.json names, in a folder.
func readNAB(folder string) ([]nabFile, error) {
	file := filepath.Join(folder, "labels.json")
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read NAB", Err: err, Hint: "NAB= is a folder with labels.json and the files it names"}
	}
	var labels map[string]struct{ Windows [][2]string }
	if err := json.Unmarshal(raw, &labels); err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Err: err, Hint: `{"file.csv": {"windows": [["from", "to"]]}}`}
	}
	var out []nabFile
	for name, l := range labels {
		t, err := readTrace(filepath.Join(folder, name), trace.Options{Zeros: true})
		if err != nil {
			return nil, err
		}
		f := nabFile{name: name, counts: countsOf(t), tick: t.Tick, start: t.Start()}
		for _, w := range l.Windows {
			var ticks [2]int
			for i, text := range w {
				at, err := time.Parse("2006-01-02 15:04:05.000000", text)
				if err != nil {
					return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Err: err, Hint: "times as 2015-03-03 04:37:53.000000"}
				}
				ticks[i] = int(at.Sub(f.start) / f.tick)
			}
			f.windows = append(f.windows, ticks)
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b nabFile) int { return cmpStrings(a.name, b.name) })
	return out, nil
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// readTrace reads a trace from a file.
func readTrace(file string, o trace.Options) (*trace.Trace, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read trace", Err: err, Hint: "say where it is, or leave it out"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := trace.Read(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// nabScore is NAB's score of alarms over all files, standard profile: 0 is a detector
// that says nothing, 100 one that tells of each window at its first value and of
// nothing else.
func nabScore(files []nabFile, hear func([]uint32, time.Duration, time.Time) []int) (score float64, alarms, found, outside int) {
	sum, windows := 0.0, 0
	for _, f := range files {
		s, a, n, o := f.score(hear(f.counts, f.tick, f.start))
		sum, alarms, found, outside = sum+s, alarms+a, found+n, outside+o
		windows += len(f.windows)
	}
	null := -float64(windows)
	return 100 * (sum - null) / (float64(windows) - null), alarms, found, outside
}

// score is that of one file.
func (f *nabFile) score(alarms []int) (score float64, counted, found, outside int) {
	probation := int(nabProbation * math.Min(float64(len(f.counts)), nabMost))
	first := make([]int, len(f.windows)) // alarm in each window; -1: none
	for i := range first {
		first[i] = -1
	}
	for _, a := range alarms {
		if a < probation {
			continue
		}
		counted++
		in, before := -1, -1
		for i, w := range f.windows {
			if a >= w[0] && a <= w[1] {
				in = i
			}
			if w[1] < a {
				before = i
			}
		}
		switch {
		case in >= 0 && first[in] < 0:
			first[in] = a
			w := f.windows[in]
			// Early in the window is better.
			y := -float64(w[1]-a+1) / float64(w[1]-w[0]+1)
			score += nabSigmoid(y) / nabSigmoid(-1)
			found++
		case in >= 0: // told already
		default:
			outside++
			loss := -1.0
			if before >= 0 { // shortly after a window is less bad
				w := f.windows[before]
				loss = nabSigmoid(float64(a-w[1]) / float64(max(w[1]-w[0], 1)))
			}
			score += nabFalse * loss
		}
	}
	for i, a := range first {
		if a < 0 && f.windows[i][1] >= probation {
			score--
		}
	}
	return score, counted, found, outside
}

// nabSigmoid is 1 far before a window's end and -1 far behind it.
func nabSigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

// nabRivals are ours as it comes, and all, ours too, with the setting that scores best
// on these very files: that is how NAB has it, and it flatters everybody alike.
func nabRows(files []nabFile) []radarRow {
	row := func(who, setting string, hear func([]uint32, time.Duration, time.Time) []int) radarRow {
		s, alarms, found, outside := nabScore(files, hear)
		r := radarRow{Part: "nab", Who: who, Setting: setting, Score: rounded(s, 1), Alarms: alarms, Found: found, Outside: outside}
		for _, f := range files {
			r.Surges += len(f.windows)
		}
		return r
	}
	best := func(rows []radarRow) radarRow {
		return slices.MaxFunc(rows, func(a, b radarRow) int {
			return int(math.Copysign(1, a.Score-b.Score))
		})
	}
	out := []radarRow{row("ours", "as it comes", oursHears(radar.DetectorConfig{}))}
	var some []radarRow
	for _, alarm := range []float64{10, 12, 14, 16, 20, 24, 30, 40, 60, 100} {
		some = append(some, row("ours", fmt.Sprintf("best of 10: alarm at %g nats", alarm), oursHears(radar.DetectorConfig{Alarm: alarm})))
	}
	out, some = append(out, best(some)), nil
	for _, k := range []float64{3, 4, 6, 8, 10, 14, 20, 30, 50, 80} {
		some = append(some, row("EWMA + k·√mean", fmt.Sprintf("best of 10: an hour, k %g", k), ewmaHears(time.Hour, k, 0)))
	}
	out, some = append(out, best(some)), nil
	for _, nines := range []float64{2, 3, 4, 5, 6, 7, 8, 10, 12, 14} {
		some = append(some, row("windowed Gaussian of NAB", fmt.Sprintf("best of 10: 1 − 10^−%g", nines), gaussHears(1-math.Pow(10, -nines))))
	}
	return append(out, best(some))
}
