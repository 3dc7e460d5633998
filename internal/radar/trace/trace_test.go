package trace

import (
	"bytes"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func mustRead(t *testing.T, text string, o Options) *Trace {
	t.Helper()
	tr, err := Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestCounts(t *testing.T) {
	start := time.Date(1995, 7, 1, 0, 0, 1, 0, time.UTC)
	tr := mustRead(t, "# a remark\n3\n0\n\n12.0\n", Options{Start: start})
	if tr.Form != Counts || tr.Tick != time.Second || !tr.Dated || tr.Arrivals != 15 || tr.Ticks != 3 || !tr.End().Equal(start.Add(3*time.Second)) {
		t.Errorf("%+v", tr)
	}
	var at []time.Time
	tr.Each(func(until time.Time, n int) bool {
		at = append(at, until)
		return n != 0
	})
	if len(at) != 2 || !at[0].Equal(start.Add(time.Second)) {
		t.Errorf("told of %v", at)
	}
	if tr := mustRead(t, "1\n", Options{}); tr.Dated || tr.Start().Weekday() != time.Monday {
		t.Errorf("without a date: %+v", tr)
	}
}

func TestPackedIsAsUnpacked(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte("1\n2\n"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if tr := mustRead(t, b.String(), Options{}); tr.Arrivals != 3 {
		t.Errorf("%+v", tr)
	}
	if _, err := Read(bytes.NewReader(b.Bytes()[:b.Len()-6]), Options{}); err == nil || !strings.Contains(err.Error(), "ends or breaks here") {
		t.Errorf("cut off: %v", err)
	}
}

func TestTable(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	tr := mustRead(t, "minute,requests\n2026-11-27 20:00,5\n2026-11-27 20:01,7\n2026-11-27 20:01,1\n2026-11-27 20:04,2\n2026-11-27 20:05,3\n", Options{Zone: warsaw})
	if tr.Form != Table || tr.Tick != time.Minute || len(tr.Stretches) != 2 || !slices.Equal(tr.Stretches[0].Counts, []uint32{5, 8}) || !slices.Equal(tr.Stretches[1].Counts, []uint32{2, 3}) {
		t.Errorf("%+v", tr)
	}
	if at := tr.Start(); at.Hour() != 20 || at.UTC().Hour() != 19 {
		t.Errorf("it begins at %v", at)
	}
	tr = mustRead(t, "2026-11-27T20:00:00Z;5;x\n2026-11-27T20:01:00Z;7;y\n2026-11-27T20:03:00Z;2;z\n", Options{Zeros: true})
	if len(tr.Stretches) != 1 || !slices.Equal(tr.Stretches[0].Counts, []uint32{5, 7, 0, 2}) {
		t.Errorf("with nobody between: %+v", tr)
	}
	tr = mustRead(t, "1700000000.0\t4\n1700000000.1\t5\n", Options{})
	if tr.Tick.Round(time.Millisecond) != 100*time.Millisecond || tr.Ticks != 2 {
		t.Errorf("tenths of seconds: %+v", tr)
	}
	// A clock that is a little off its minute is on it; several times in a tick add up.
	tr = mustRead(t, "2026-11-27 20:00:00,1\n2026-11-27 20:00:59,2\n2026-11-27 20:02:01,4\n2026-11-27 20:02:10,1\n", Options{Tick: time.Minute})
	if !slices.Equal(tr.Stretches[0].Counts, []uint32{1, 2, 5}) {
		t.Errorf("off the grid: %+v", tr)
	}
}

func TestCascade(t *testing.T) {
	tr := mustRead(t, "3 2.5\n0 1000\n8 12\n8 7\n30 1\n", Options{})
	if tr.Form != Cascade || tr.Ticks != 31 || tr.Arrivals != 3 || tr.Stretches[0].Counts[8] != 2 || tr.Post.IsZero() {
		t.Errorf("%+v", tr)
	}
}

// Every fault names its line and says what would be right.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                "it holds nothing",
		"# only this\n":   "it holds nothing",
		"1\n-2\n":         `line 2: "-2" is no count`,
		"1\n2.5\n":        "line 2",
		"1\n4294967296\n": "line 2",
		"t,n\nx,1\n":      `line 2: "x" is no time`,
		"t,n\n":           "a heading and nothing below",
		"2026-11-27 20:00,1\n2026-11-27 19:59,1\n": "line 2: its time is before that of the line above",
		"2026-11-27 20:00,1\nnothing\n":            `line 2: no "," in it`,
		"2026-11-27 20:00,x\n":                     `line 1: "x" is no count`,
		"1000-01-01 00:00,1\n1000-01-01 00:01,1\n": "the year 1000",
		"2026-11-27 20:00,1\n2036-11-27 20:00,1\n": "the step between times is",
		"5 2\n0 7\nx 1\n":                          `line 3: "x 1" is no reaction`,
		"5 2\n0 7\n9999999999 1\n":                 "line 3",
		"5 2\n0 7\n":                               "a post without reactions",
		"\x1f\x8bnot packed":                       "it begins as gzip does, and is none",
		strings.Repeat("1", MaxLine+1):             "longer than",
	} {
		_, err := Read(strings.NewReader(text), Options{})
		if err == nil || !strings.Contains(err.Error(), want) || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%.40q: %v, want %q with a hint", text, err, want)
		}
	}
	if _, err := Read(strings.NewReader("1\n"), Options{Tick: time.Microsecond}); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("a tick of a microsecond: %v", err)
	}
	if _, err := Read(strings.NewReader("0.0,1\n1e9,1\n"), Options{Tick: time.Second, Zeros: true}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("thirty years of nobody: %v", err)
	}
}

// A small file that unpacks to a huge one is stopped.
func TestBombsEnd(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(bytes.Repeat([]byte("# a remark that nobody will ever read\n"), 100_000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed := b.Len()
	if _, err := read(&b, Options{}, 1<<20); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes unpacked") {
		t.Errorf("%d bytes packed: %v", packed, err)
	}
}

// What is drawn has the mean and the variance that were asked for.
func TestScatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ mean, over float64 }{{0.05, 1.25}, {2, 1}, {5, 2.3}, {100, 1.7}, {0.5, 1.25}} {
		const n = 200_000
		sum, squares := 0.0, 0.0
		for range n {
			x := float64(Scatter(r, c.mean, c.over))
			sum += x
			squares += x * x
		}
		mean := sum / n
		if over := (squares/n - mean*mean) / mean; math.Abs(mean/c.mean-1) > 0.03 || math.Abs(over/c.over-1) > 0.03 {
			t.Errorf("asked for %+v: mean %g, variance ÷ mean %g", c, mean, over)
		}
	}
	if Scatter(r, 0, 2) != 0 || Scatter(r, -1, 1) != 0 {
		t.Error("somebody came where nobody is expected")
	}
}

func TestBackground(t *testing.T) {
	tr := mustRead(t, "3 2.5\n0 1000\n8 12\n", Options{})
	tr.Background(rand.New(rand.NewPCG(1, 1)), 5, 1.25, 600)
	if tr.Ticks != 609 || len(tr.Stretches[0].Counts) != 609 || tr.Post.Sub(tr.Start()) != 10*time.Minute || tr.Arrivals < 2500 || tr.Arrivals > 3600 {
		t.Errorf("%d ticks from %v on, %d arrivals", tr.Ticks, tr.Start(), tr.Arrivals)
	}
	sum := uint64(0)
	tr.Each(func(_ time.Time, n int) bool { sum += uint64(n); return true })
	if sum != tr.Arrivals {
		t.Errorf("%d arrivals told, %d counted", sum, tr.Arrivals)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"1\n2\n", "t,n\n2026-11-27 20:00,1\n2026-11-27 20:01,2\n", "2 1.5\n0 9\n8 1\n", "1;2\n", "\x1f\x8b", "1e9,1\n2e9,2\n", "0,1\n0.01,2\n3,3\n"} {
		f.Add(s, true, int64(0))
		f.Add(s, false, int64(time.Minute))
	}
	f.Fuzz(func(t *testing.T, text string, zeros bool, tick int64) {
		tr, err := Read(strings.NewReader(text), Options{Zeros: zeros, Tick: time.Duration(tick)})
		if err != nil {
			if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(tr.Stretches) == 0 || tr.Tick < MinTick || tr.Tick > MaxTick || tr.Ticks > MaxTicks {
			t.Fatalf("%+v", tr)
		}
		ticks, last := 0, tr.Start()
		for _, s := range tr.Stretches {
			if len(s.Counts) == 0 || s.Start.Before(last) && ticks > 0 {
				t.Fatalf("a stretch of %d ticks from %v on, after %v", len(s.Counts), s.Start, last)
			}
			ticks, last = ticks+len(s.Counts), s.Start
		}
		if ticks != tr.Ticks {
			t.Fatalf("%d ticks, counted %d", ticks, tr.Ticks)
		}
	})
}
