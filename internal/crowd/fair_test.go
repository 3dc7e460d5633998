package crowd

import (
	"math"
	"testing"
	"time"
)

func TestSpearman(t *testing.T) {
	for _, c := range []struct {
		x, y []float64
		want float64
	}{
		{[]float64{1, 2, 3, 4}, []float64{10, 20, 30, 40}, 1},
		{[]float64{1, 2, 3, 4}, []float64{4, 3, 2, 1}, -1},
		// The usual textbook example (IQ and hours of television): -29/165.
		{[]float64{106, 100, 86, 101, 99, 103, 97, 113, 112, 110}, []float64{7, 27, 2, 50, 28, 29, 20, 12, 6, 17}, -29.0 / 165},
		// Ties: ranks 1, 2.5, 2.5, 4 against 1..4.
		{[]float64{1, 2, 2, 3}, []float64{1, 2, 3, 4}, 4.5 / math.Sqrt(4.5*5)},
		{[]float64{1}, []float64{9}, 1},
		{[]float64{1, 2, 3}, []float64{5, 5, 5}, 1},
	} {
		if got := spearman(c.x, c.y); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("spearman(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

// The rule for leavers: they hold the place they were last told.
func TestFairnessCountsLeaversAtTheirPlace(t *testing.T) {
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	fair := []Trace{
		{Asked: s(1), Admitted: s(1), AdmitRank: 1},
		{Asked: s(2), Admitted: s(9), AdmitRank: 2},
		{Asked: s(3), ToldRank: 2, ToldAhead: 1, Ending: LineLeft}, // 1 was in, 1 ahead: third
		{Asked: s(4), ToldRank: 3, ToldAhead: 2},                   // still in line
		{},                                                         // never came
		{Arrived: s(5)},                                            // read what is the same for all, and asked for nothing
	}
	if got := (&Report{Traces: fair}).FairnessRankCorrelation(); got != 1 {
		t.Errorf("a fair line has %v", got)
	}
	unfair := append([]Trace{{Asked: s(0) + 1, Ending: Errored}}, fair...) // first came, turned away
	if got := (&Report{Traces: unfair}).FairnessRankCorrelation(); got >= 0.5 {
		t.Errorf("turning the first away still has %v", got)
	}
}

// The admitted alone are judged by themselves: a line that lets people in at
// random looks fair over all who asked as long as most of them still stand in it.
func TestAdmittedAloneAreRanked(t *testing.T) {
	line := func(rank func(i int) int32) *Report {
		r := &Report{}
		for i := range 1000 {
			tr := Trace{Asked: time.Duration(i+1) * time.Second, Ending: LineLeft, ToldRank: 51, ToldAhead: int32(i - 49)}
			if i < 50 {
				tr = Trace{Asked: tr.Asked, Admitted: time.Hour, AdmitRank: rank(i)}
			}
			r.Traces = append(r.Traces, tr)
		}
		return r
	}
	fair := line(func(i int) int32 { return int32(i + 1) })
	if got := fair.AdmittedRankCorrelation(); got != 1 {
		t.Errorf("first come, first served has %v", got)
	}
	shuffled := line(func(i int) int32 { return int32(i*27%50 + 1) }) // 27 and 50 share no factor: each rank once
	if got := shuffled.AdmittedRankCorrelation(); got > 0.5 {
		t.Errorf("a shuffled order has %v", got)
	}
	if got := shuffled.FairnessRankCorrelation(); got < 0.99 {
		t.Errorf("over all it has %v: this test shows nothing", got)
	}
}

func TestPromiseKept(t *testing.T) {
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	p := Trace{Joined: s(10), PromiseLow: s(60), PromiseHigh: s(120), Slack: s(5)}
	called := func(at int) Trace { q := p; q.Called = s(10 + at); q.Ended = s(500); return q }
	waiting := func(until int) Trace { q := p; q.Ended = s(10 + until); return q }
	for name, c := range map[string]struct {
		trace        Trace
		good, judged int
	}{
		"in range":           {called(90), 1, 1},
		"one poll too late":  {called(125), 1, 1},
		"too late":           {called(126), 0, 1},
		"too early":          {called(54), 0, 1},
		"still in range":     {waiting(100), 0, 0},
		"in line for longer": {waiting(130), 0, 1},
		"no promise":         {Trace{Joined: s(1), Called: s(2)}, 0, 0},
	} {
		share, judged := (&Report{Traces: []Trace{c.trace}}).PromiseKept()
		if judged != c.judged || share != float64(c.good) {
			t.Errorf("%s: kept %v of %d", name, share, judged)
		}
	}
}

func TestSecondsToProtect(t *testing.T) {
	quick, slow := Second{Offered: 50, P95: time.Second}, Second{Offered: 50, P95: 5 * time.Second}
	calm := Second{Offered: 5, P95: 9 * time.Second} // slow, but before the wave
	for name, c := range map[string]struct {
		seconds []Second
		refused []int
		want    int
	}{
		"never more than the shop takes": {[]Second{calm, calm}, nil, 0},
		"protected at once":              {[]Second{calm, quick, quick}, nil, 0},
		"two seconds":                    {[]Second{calm, slow, slow, quick}, nil, 2},
		"slow once more":                 {[]Second{calm, slow, quick, quick, slow, quick}, nil, 4},
		"the shop refused":               {[]Second{calm, quick, quick, quick}, []int{9, 0, 1}, 2},
	} {
		if got := (&Report{Seconds: c.seconds}).SecondsToProtect(20, 2*time.Second, c.refused); got != c.want {
			t.Errorf("%s: %d s, want %d", name, got, c.want)
		}
	}
	// Of one second, both ways of telling its p95.
	r := &Report{Seconds: []Second{{Offered: 50, P95: time.Second, P95Each: 5 * time.Second}, quick}}
	if pooled, each := r.SecondsToProtect(20, 2*time.Second, nil), r.SecondsToProtectEachSecond(20, 2*time.Second, nil); pooled != 0 || each != 1 {
		t.Errorf("pooled %d s, each second %d s", pooled, each)
	}
	long := make([]Second, 100)
	for i := range long {
		long[i] = quick
	}
	long[70] = slow
	if got := (&Report{Seconds: long}).SecondsToProtect(20, 2*time.Second, nil); got != 0 {
		t.Errorf("a slow second after the first 60 counts: %d", got)
	}
}
