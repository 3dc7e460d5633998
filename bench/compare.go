package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/falochron/falochron"
)

// compareArgument makes this program compare the numbers of two folders:
//
//	bin/falochron-bench compare docs/benchmarks /tmp/new/benchmarks
const compareArgument = "compare"

// What counts as worse, after benchstat's manner. Chosen: issue and habit say ten
// percent; chance is excluded by the exact test of Mann and Whitney, one-sided, which
// three against three rounds can just pass. Where there are fewer nothing excludes
// chance, so it takes more, unless the number is exact.
const (
	worseBy     = 0.10
	worseByFew  = 0.25
	worseChance = 0.05
)

// measure is one number of one row, with all its rounds or seeds.
type measure struct {
	section, row, column string
	values               []float64
	more                 bool    // more is better
	floor                float64 // a difference of so much is none, however many percent it is
	exact                bool    // the same every time: one value tells
}

func (m measure) key() string { return m.section + "\x00" + m.row + "\x00" + m.column }

// change is a measure before and after.
type change struct {
	old, new measure
	by       float64 // the new median ÷ the old one - 1; worse is positive; infinite from 0
	word     string
}

// The words of changes.
const (
	wordWorse   = "WORSE"
	wordBetter  = "better"
	wordUnsure  = "perhaps worse" // by more than a tenth, but it may be chance
	wordMissing = "not measured any more"
)

// compareFolders prints what has changed and returns an exit code: exitBroken if
// anything is worse, exitUsage if a folder cannot be read.
func compareFolders(args []string, out io.Writer) int {
	if len(args) != 2 {
		return failed(&falochron.Error{Kind: falochron.Invalid, Op: "compare", Public: "two folders of results are wanted",
			Hint: "falochron-bench compare OLD NEW, for example docs/benchmarks /tmp/new/benchmarks"})
	}
	old, err := readMeasures(args[0])
	if err != nil {
		return failed(err)
	}
	now, err := readMeasures(args[1])
	if err != nil {
		return failed(err)
	}
	changes := compareMeasures(old, now)
	t := table{head: []string{"section", "row", "column", "before", "after", "change", ""}}
	counts := map[string]int{}
	for _, c := range changes {
		counts[c.word]++
		if c.word != "" && c.word != wordMissing {
			t.add(c.old.section, c.old.row, c.old.column, plusMinus(c.old.values), plusMinus(c.new.values), percentBy(c), c.word)
		}
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(out, t.String())
	}
	for _, row := range missingRows(changes) {
		fmt.Fprintf(out, "%s: %s\n", wordMissing, row)
	}
	fmt.Fprintf(out, "%d numbers compared: %d worse by more than %.0f %%, %d perhaps, %d better, %d not measured any more\n",
		len(changes)-counts[wordMissing], counts[wordWorse], 100*worseBy, counts[wordUnsure], counts[wordBetter], counts[wordMissing])
	switch {
	case counts[wordWorse] > 0:
		return exitBroken
	case len(changes) == counts[wordMissing]:
		return failed(&falochron.Error{Kind: falochron.Invalid, Op: "compare", Public: "the folders have no number in common",
			Hint: "numbers of CPU and memory are compared on the same machine only"})
	}
	return exitOK
}

// missingRows are the rows of which nothing is measured any more, or some columns are
// not; a section that is gone altogether is one line.
func missingRows(changes []change) (rows []string) {
	there := map[string]bool{}
	for _, c := range changes {
		if c.word != wordMissing {
			there[c.old.section] = true
		}
	}
	for _, c := range changes {
		if c.word != wordMissing {
			continue
		}
		row := c.old.section
		if there[row] {
			row += ", " + c.old.row
		}
		if !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// compareMeasures pairs measures and judges each.
func compareMeasures(old, now []measure) (out []change) {
	after := map[string]measure{}
	for _, m := range now {
		after[m.key()] = m
	}
	for _, m := range old {
		n, ok := after[m.key()]
		if !ok {
			out = append(out, change{old: m, word: wordMissing})
			continue
		}
		out = append(out, judge(m, n))
	}
	return out
}

func judge(old, now measure) change {
	c := change{old: old, new: now}
	a, b := median(old.values), median(now.values)
	gap := b - a
	if old.more {
		gap = -gap
	}
	switch {
	case gap == 0:
		return c
	case a == 0:
		c.by = math.Inf(1)
		if gap < 0 {
			c.by = math.Inf(-1)
		}
	default:
		c.by = gap / math.Abs(a)
	}
	if math.Abs(gap) <= old.floor || math.Abs(c.by) <= worseBy {
		return c
	}
	small, large := old.values, now.values
	if b < a {
		small, large = large, small
	}
	sure := old.exact || math.Abs(c.by) > worseByFew
	if enough(len(small), len(large)) {
		sure = old.exact || chanceLarger(small, large) <= worseChance
	}
	switch {
	case gap < 0 && sure:
		c.word = wordBetter
	case gap > 0 && sure:
		c.word = wordWorse
	case gap > 0:
		c.word = wordUnsure
	}
	return c
}

// enough says whether the test could exclude chance at all.
func enough(n, m int) bool { return 1/choose(n+m, n) <= worseChance }

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// chanceLarger is how likely, if nothing had changed, the values of b would exceed
// those of a at least as clearly as they do: the one-sided p of Mann and Whitney, by
// counting all ways to deal the values out. Equal ones count half. Beyond what can be
// counted quickly it is the normal approximation.
func chanceLarger(a, b []float64) float64 {
	u := exceeds(a, b)
	all := append(slices.Clone(a), b...)
	n, m := len(a), len(b)
	if choose(n+m, n) > 200_000 {
		mean, sd := float64(n*m)/2, math.Sqrt(float64(n*m*(n+m+1))/12)
		return 0.5 * math.Erfc((u-mean)/sd/math.Sqrt2)
	}
	total, asClear := 0, 0
	pick := make([]bool, n+m)
	var deal func(from, left int)
	deal = func(from, left int) {
		if left == 0 {
			var x, y []float64
			for i, v := range all {
				if pick[i] {
					y = append(y, v)
				} else {
					x = append(x, v)
				}
			}
			total++
			if exceeds(x, y) >= u-1e-9 {
				asClear++
			}
			return
		}
		for i := from; i <= len(all)-left; i++ {
			pick[i] = true
			deal(i+1, left-1)
			pick[i] = false
		}
	}
	deal(0, m)
	return float64(asClear) / float64(total)
}

// exceeds counts the pairs in which b's value is the larger.
func exceeds(a, b []float64) (u float64) {
	for _, x := range a {
		for _, y := range b {
			switch {
			case y > x:
				u++
			case y == x:
				u += 0.5
			}
		}
	}
	return u
}

// plusMinus is a median with half the distance between the least and the most.
func plusMinus(x []float64) string {
	text := fmt.Sprintf("%.4g", median(x))
	if len(x) > 1 {
		text += fmt.Sprintf(" ± %.2g", (slices.Max(x)-slices.Min(x))/2)
	}
	return text
}

func percentBy(c change) string {
	by := c.by
	if c.old.more {
		by = -by // as the number went, not as it is judged
	}
	if math.IsInf(by, 0) {
		return "from 0"
	}
	return fmt.Sprintf("%+.0f %%", 100*by)
}
