package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/bench/nowcast"
	"github.com/falochron/falochron/internal/forecast"
)

// What a nowcast is to reach. The errors are medians.
const (
	nowcastWaves    = 2000
	nowcastMinute30 = 0.30 // of the busiest minute, from 30 s
	nowcastTwice30  = 0.90 // of posts, the busiest minute within a factor of two
	nowcastFew      = 5    // traces that a table needs at least
)

// Shares of intervals that hold: of past posts, which are few, and of made waves.
func nowcastHolds() (posts, waves [2]float64) { return [2]float64{0.72, 0.88}, [2]float64{0.78, 0.82} }

// nowcastTen are the errors of the total of ten minutes, by horizon.
func nowcastTen() map[int]float64 { return map[int]float64{30: 0.33, 60: 0.22, 120: 0.14} }

// nowcastRow is all of one run.
type nowcastRow struct {
	stamp
	Seed  uint64         `json:"seed"` // of made waves and the bootstrap
	Posts int            `json:"posts"`
	Cells []nowcast.Cell `json:"cells"`
	Waves []nowcast.Held `json:"waves"`
	// Nanoseconds of one nowcast: after 10 s, 2 and 50 minutes of counts.
	Cost []float64 `json:"cost_ns"`
}

func nowcastTakes(s settings) time.Duration { return 2 * time.Minute / time.Duration(s.requests) }

func runNowcast(ctx context.Context, b *bench) (out outcome, err error) {
	row := nowcastRow{stamp: b.stamp(), Seed: rand.Uint64() % 1e6}
	if b.chosen.seeds {
		row.Seed = b.seeds[0]
	}
	b.say("  seed %d", row.Seed)
	row.Waves = nowcast.MadeWaves(forecast.BuiltIn(), nowcastWaves/b.requests, row.Seed)
	row.Cost = nowcast.Cost()
	if b.traces == "" {
		out.open = append(out.open, "nowcast of past posts: TRACES= names no files")
	} else {
		traces, err := readNowcastTraces(b.traces)
		if err != nil {
			return out, err
		}
		row.Posts = len(traces)
		if row.Cells, err = nowcast.Judge(traces, row.Seed); err != nil {
			return out, err
		}
	}
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	rows := []nowcastRow{row}
	if err := saveRows(b, "nowcast", rows); err != nil {
		return out, err
	}
	var text strings.Builder
	text.WriteString(head(rows, func(r nowcastRow) stamp { return r.stamp }))
	nowcastPosts(&text, &row, &out)
	nowcastMade(&text, &row, &out)
	out.markdown = text.String()
	return out, nil
}

// readNowcastTraces reads the files of a pattern.
func readNowcastTraces(pattern string) ([]forecast.Trace, error) {
	bad := func(public string, err error) error {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read TRACES", Public: public, Err: err, Hint: "docs/nowcast.md says what a trace has; TRACES='folder/*.txt'"}
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < nowcastFew {
		return nil, bad(fmt.Sprintf("%s: %d files, at least %d are needed", pattern, len(files), nowcastFew), err)
	}
	slices.Sort(files)
	var out []forecast.Trace
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, bad(f, err)
		}
		t, err := forecast.ReadTrace(filepath.Base(f), text)
		if err != nil {
			return nil, bad(err.Error(), err)
		}
		out = append(out, t)
	}
	return out, nil
}
