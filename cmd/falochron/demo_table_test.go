package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron/internal/crowd"
)

// What a marketing person sees at the end, word for word.
func TestTableForPeople(t *testing.T) {
	r := keptResult()
	r.Bare.P95MS, r.Bare.ChargedAfterLeaving, r.Bare.LostCallbacks = 6005, 2, 1
	r.Bare.demoShared = demoShared{ShopRequestsCacheable: 9000, CacheableAsked: 9000, WorstPerPeriod: 800}
	r.Protected.WaitingPeak, r.Protected.WaitPromiseKept = 5508, 0.983
	r.Details.Waves = map[string]waveLog{"bare": {LeftForSlow: 1204}, "protected": {ErrorShare: 0.001, LeftForSlow: 3}}
	const want = `  20 times too many buyers                          bare shop   with Falochron
  ──────────────────────────────────────────── ────────────── ────────────────
  orders a minute (from a calm crowd: 88.0)               3.0             86.0
  compared with a calm crowd                            0.0 %           97.0 %
  pages that came as an error                          90.0 %            0.1 %
  slowest pages (19 of 20 are faster)                   6.0 s            4.0 s
  people who left because it was slow                    1204                3
  let in, then let down                                           1.0 % of 300
  checkouts that failed                                               0 of 100
  charged though they had left                              2                0
  payments the shop never heard of                          1                0
  articles sold that were not there                         0                0
  saw somebody else's page                                  0                0
  alike for all (files, some pages): asked for           9000             1000
  of these, reached the shop                             9000               50
  most for one of them while it was fresh                 800                1
  most people in line                                 no line             5508
  told waits that came true                                             98.3 %
`
	if diff := cmp.Diff(want, table(r)); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{table(r), verdicts(judge(r)), costs(r)} {
		for _, word := range []string{"p95", "p99", "goodput", "ideal"} {
			if strings.Contains(text, word) {
				t.Errorf("%q is no word for everybody:\n%s", word, text)
			}
		}
	}
}

// The small bars carry their scale.
func TestSparksSayTheirScale(t *testing.T) {
	rep := &crowd.Report{To: 15 * time.Second, Seconds: make([]crowd.Second, 15)}
	rep.Seconds[6].Orders, rep.Seconds[12].Orders = 9, 4 // 108 and 48 a minute over 5 s
	text := sparks(keptResult(), &crowd.Report{}, rep)
	for _, words := range []string{"Falochron   █▃\n", "a column is 5 s; a full one is 110 orders a minute, and a calm crowd makes 88"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is missing in:\n%s", words, text)
		}
	}
}

// Overload is buyers arriving a minute, as many times as the shop's best.
func TestFansMakeTheOverload(t *testing.T) {
	for _, c := range []struct {
		overload, ideal float64
		length          time.Duration
		buyers          float64
		want            int
	}{
		{20, 87.6, 96 * time.Second, 0.45, 6229}, // 20 × 87.6 × 1.6 / 0.45 = 6229.3
		{1, 90, time.Minute, 1, 90},
		{1, 90, time.Minute, 0.5, 180},
		{100, 90, 2 * time.Minute, 0.45, 40000},
		{1, 1, 10 * time.Second, 1, 0}, // a sixth of a buyer
	} {
		if got := fansFor(c.overload, c.ideal, c.length, c.buyers); got != c.want {
			t.Errorf("%+v: %d fans", c, got)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 59400 * time.Millisecond: "59 s", 59600 * time.Millisecond: "1 min 0 s", 280 * time.Second: "4 min 40 s"} {
		if got := elapsed(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
