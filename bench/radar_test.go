package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar/trace"
)

// A stretch that triples its minute is found where it is, and nothing else.
func TestSurgesAreFound(t *testing.T) {
	counts := make([]uint32, 3*3600)
	for i := range counts {
		counts[i] = uint32(i % 2) // half a second
	}
	for i := 5000; i < 5120; i++ {
		counts[i] += 2
	}
	got := surgesOf(counts, time.Second, 3)
	if len(got) != 1 || got[0].from < 4940 || got[0].from > 5000 || got[0].to < 5120 || got[0].to > 5180 {
		t.Errorf("%+v", got)
	}
	if got := surgesOf(counts, time.Second, 6); got != nil {
		t.Errorf("six times: %+v", got)
	}
	j := judgeAlarms([]int{100, 5003, 5100, 9000}, got, time.Second)
	if j.outside != 2 || j.found != 1 || len(j.delays) != 1 || j.delays[0] != float64(5003-got[0].from+1) {
		t.Errorf("%+v", j)
	}
	joined := withKnown(got, 5100, 7000)
	if len(joined) != 1 || joined[0].from != got[0].from || joined[0].to != 7000 {
		t.Errorf("joined: %+v", joined)
	}
}

// NAB's scale: nothing said is 0, each window told of at its first value and nothing else
// is 100; a false alarm takes 0.11 windows away.
func TestNABScale(t *testing.T) {
	files := []nabFile{{name: "a", counts: make([]uint32, 4000), tick: 5 * time.Minute, windows: [][2]int{{1000, 1200}, {3000, 3200}}}}
	score := func(alarms ...int) float64 {
		s, _, _, _ := nabScore(files, func([]uint32, time.Duration, time.Time) []int { return alarms })
		return s
	}
	if s := score(); s != 0 {
		t.Errorf("silence scores %g", s)
	}
	if s := score(1000, 1001, 3000); math.Abs(s-100) > 1e-9 {
		t.Errorf("perfect scores %g", s)
	}
	if s := score(1000, 3000, 700); math.Abs(s-(100-100*0.11/4)) > 1e-9 {
		t.Errorf("with a false alarm: %g", s)
	}
	if s := score(100); s != 0 {
		t.Errorf("an alarm in the probation scores %g", s)
	}
	if late, early := score(1190), score(1010); late >= early || late <= 0 {
		t.Errorf("late %g, early %g", late, early)
	}
}

// He who knows all but when is told of a clear wave at once, and his threshold is higher
// than what an hour of calm brings.
func TestIdeal(t *testing.T) {
	w := newRadarWave(5, 300_000)
	threshold := w.idealThreshold(rand.New(rand.NewPCG(1, 1)), 1)
	if threshold < 8 || threshold > 25 {
		t.Errorf("threshold %g", threshold)
	}
	for seed := range uint64(20) {
		if at := w.idealTells(rand.New(rand.NewPCG(seed, 2)), 1, threshold); at < 0.1 || at > 1.5 {
			t.Errorf("told %g s after the post", at)
		}
	}
}

// Judgements can fail: a late wave, a false alarm, and NASA's seconds not heard are said.
func TestRadarJudgements(t *testing.T) {
	late := slices.Repeat([]float64{9}, 20)
	soon := slices.Repeat([]float64{0.4}, 20)
	rows := []radarRow{
		{Part: "wave", Base: 5, People: 30_000, Passes: new(0.0), Shop: late, Field: late, Ideal: soon, IdealField: soon, Onsets: soon},
		{Part: "wave", Base: 20, People: 30_000, Passes: new(0.0), Shop: late, Field: soon, Ideal: soon, IdealField: soon, Onsets: soon},
		{Part: "calm", Who: "ours", Base: 5, Over: 1.25, Weeks: 1, Alarms: 4}, {Part: "calm", Who: "chance", Base: 5, Over: 1.25, Weeks: 1, Alarms: 50},
		{Part: "field", Who: "ours", Base: 5, Over: 1.7, Weeks: 0.5, Alarms: 1},
	}
	out := radarOutcome(rows)
	if len(out.missed) != 4 || len(out.open) != 1 {
		t.Errorf("missed %q, open %q", out.missed, out.open)
	}
	for _, want := range []string{"a wave of 30000 on 5 a second is told 9.0 s", "4.0 false alarms a week at 5 a second", "4.0 false alarms a week in calm", "2.0 false alarms a week in calm of a shop with its ways"} {
		if !strings.Contains(strings.Join(out.missed, "\n"), want) {
			t.Errorf("not said: %q", want)
		}
	}
	if beyondLuck(3, 1) || !beyondLuck(4, 1) || beyondLuck(0, 1) {
		t.Error("of one that is due, three are luck and four are not")
	}
	rows = []radarRow{{Part: "nasa", Who: "ours", Weeks: 4, Outside: 5}}
	if out := radarOutcome(rows); len(out.missed) != 1 || len(out.open) != 0 {
		t.Errorf("five in four weeks: %+v", out)
	}
	rows[0].Outside = 4
	if out := radarOutcome(rows); len(out.missed) != 0 {
		t.Errorf("four in four weeks: %q", out.missed)
	}
}

// Traces are read from where the environment says; what is not there is the user's fault.
func TestRadarTraces(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for range 3000 {
		b.WriteString(strings.Repeat("1", min(trace.Scatter(r, 1, 1), 1)) + "0\n") // 0 or 10
	}
	file := filepath.Join(dir, "seconds.txt")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	bench := testBench(t)
	bench.radar.nasa = file
	rows, err := playRadarTraces(bench, 1)
	if err != nil || len(rows) != len(secondsRivals())+len(radarPeople()) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	bench.radar = radarTraces{worldcup: filepath.Join(dir, "none")}
	if _, err := playRadarTraces(bench, 1); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("a file that is not there: %v", err)
	}
	bench.radar = radarTraces{nab: dir}
	if _, err := playRadarTraces(bench, 1); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("a folder without labels: %v", err)
	}
}
