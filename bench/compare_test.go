package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestChanceLarger(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 1.0 / 20},
		{[]float64{1, 2, 4}, []float64{3, 5, 6}, 2.0 / 20},
		{[]float64{4, 5, 6}, []float64{1, 2, 3}, 1},
		{[]float64{1, 1}, []float64{1, 1}, 1},
		{[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 1.0 / 252},
	} {
		if got := chanceLarger(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v against %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	// Beyond what can be counted: 30 and 30, as clearly apart as can be, and not at all.
	var low, high, mixed []float64
	for i := range 30 {
		low, high, mixed = append(low, float64(i)), append(high, float64(100+i)), append(mixed, float64(i)+0.5)
	}
	if p := chanceLarger(low, high); p > 1e-9 {
		t.Errorf("apart: %v", p)
	}
	if p := chanceLarger(low, mixed); p < 0.3 || p > 0.6 {
		t.Errorf("the same: %v", p)
	}
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		old, now    []float64
		more, exact bool
		floor       float64
		want        string
	}{
		"the same":                   {old: []float64{10, 11, 12}, now: []float64{10, 11, 12}},
		"less by a tenth is none":    {old: []float64{100, 101, 102}, now: []float64{108, 109, 110}},
		"slower, apart":              {old: []float64{10, 11, 12}, now: []float64{14, 15, 16}, want: wordWorse},
		"slower, mixed":              {old: []float64{10, 11, 16}, now: []float64{12, 14, 15}, want: wordUnsure},
		"faster, apart":              {old: []float64{14, 15, 16}, now: []float64{10, 11, 12}, want: wordBetter},
		"faster, mixed":              {old: []float64{12, 14, 15}, now: []float64{10, 11, 16}},
		"fewer orders":               {old: []float64{1, 1.02, 1.04}, now: []float64{0.8, 0.85, 0.9}, more: true, want: wordWorse},
		"more orders":                {old: []float64{0.8, 0.85, 0.9}, now: []float64{1, 1.02, 1.04}, more: true, want: wordBetter},
		"one each, by a fifth":       {old: []float64{10}, now: []float64{12}, want: wordUnsure},
		"one each, by a half":        {old: []float64{10}, now: []float64{15}, want: wordWorse},
		"one each, exact":            {old: []float64{10}, now: []float64{12}, exact: true, want: wordWorse},
		"below the floor":            {old: []float64{1, 1, 1}, now: []float64{3, 3, 3}, floor: 2},
		"a promised zero is none":    {old: []float64{0, 0, 0}, now: []float64{2, 1, 3}, want: wordWorse},
		"from zero, one of three":    {old: []float64{0, 0, 0}, now: []float64{0, 0, 9}},
		"to zero":                    {old: []float64{2, 1, 3}, now: []float64{0, 0, 0}, want: wordBetter},
		"from zero, below the floor": {old: []float64{0, 0, 0}, now: []float64{0.001, 0.002, 0.003}, floor: 0.005},
	} {
		got := judge(measure{values: c.old, more: c.more, exact: c.exact, floor: c.floor}, measure{values: c.now, more: c.more, exact: c.exact, floor: c.floor})
		if got.word != c.want {
			t.Errorf("%s: %q, want %q (%+v)", name, got.word, c.want, got)
		}
	}
}

// Two folders of results: what became worse is named, and the exit code tells.
func TestCompareFolders(t *testing.T) {
	write := func(t *testing.T, cpu, orders float64, m machine) string {
		b := testBench(t)
		b.machine = m
		st := stamp{Build: "b", Measured: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)}
		if err := saveRows(b, "cost", []costRow{{stamp: st, Case: "waiting status", EdgeMS: []float64{cpu, cpu * 1.01, cpu * 1.02}}, {stamp: st, Case: "void", EdgeMS: []float64{cpu}, Void: true}}); err != nil {
			t.Fatal(err)
		}
		r := contestRow{stamp: st, Scene: "wave", Algorithm: ours}
		for i := range 5 {
			x := float64(i) / 100
			r.Orders, r.Broken, r.Failed = append(r.Orders, orders+x), append(r.Broken, 0), append(r.Failed, 0)
			r.P95, r.Charged, r.Found = append(r.P95, 2+x), append(r.Charged, 0), append(r.Found, 3)
		}
		other := r
		other.Algorithm = "Vegas"
		other.P95 = []float64{cpu * 1000, cpu * 1000, cpu * 1000}
		if err := saveRows(b, "algorithms", []contestRow{r, other}); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(b.out, "benchmarks")
	}
	here, there := machine{Processor: "p", Cores: 2}, machine{Processor: "q", Cores: 2}
	old := write(t, 0.025, 1.05, here)
	for name, c := range map[string]struct {
		now  string
		code int
		want []string
	}{
		"the same":        {write(t, 0.025, 1.05, here), exitOK, []string{"7 numbers compared: 0 worse"}},
		"dearer":          {write(t, 0.030, 1.05, here), exitBroken, []string{"waiting status (p, 2 cores)", "+20 %", wordWorse, "1 worse"}},
		"fewer orders":    {write(t, 0.025, 0.80, here), exitBroken, []string{"orders/min", "-23 %", wordWorse}},
		"cheaper":         {write(t, 0.020, 1.05, here), exitOK, []string{"-20 %", wordBetter}},
		"another machine": {write(t, 0.050, 1.05, there), exitOK, []string{wordMissing, "6 numbers compared: 0 worse"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if code := compareFolders([]string{old, c.now}, &out); code != c.code {
				t.Errorf("exit %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
		})
	}
	for _, args := range [][]string{nil, {old}, {old, t.TempDir()}} {
		var out strings.Builder
		if code := compareFolders(args, &out); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	var out strings.Builder
	if code := compareFolders([]string{old, filepath.Join(old, "gone")}, &out); code == exitOK {
		t.Error("a folder that is not there was compared")
	}
}

// What is measured today can be read as it lies in the tree.
func TestCompareReadsWhatLiesThere(t *testing.T) {
	all, err := readMeasures(filepath.Join("..", "docs", "benchmarks"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]int{}
	for _, m := range all {
		sections[m.section]++
		if len(m.values) == 0 {
			t.Errorf("%s, %s, %s: no values", m.section, m.row, m.column)
		}
	}
	for _, s := range []string{"cost", "room", "orders", "imitations"} {
		if sections[s] == 0 {
			t.Errorf("nothing of %s", s)
		}
	}
	for _, c := range compareMeasures(all, all) {
		if c.word != "" {
			t.Errorf("compared with itself: %+v", c)
		}
	}
}
