package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// table is a table for Markdown.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String writes it, columns aligned so that it can be read as text too. The
// first column holds words, the others numbers.
func (t *table) String() string {
	width := make([]int, len(t.head))
	for _, r := range append([][]string{t.head}, t.rows...) {
		for i, c := range r {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			pad := strings.Repeat(" ", width[i]-len([]rune(c)))
			if i == 0 {
				c += pad
			} else {
				c = pad + c
			}
			fmt.Fprintf(&b, "| %s ", c)
		}
		b.WriteString("|\n")
	}
	line(t.head)
	for i, w := range width {
		if i == 0 {
			fmt.Fprintf(&b, "|:%s-", strings.Repeat("-", w))
		} else {
			fmt.Fprintf(&b, "|-%s:", strings.Repeat("-", w))
		}
	}
	b.WriteString("|\n")
	for _, r := range t.rows {
		line(r)
	}
	return b.String()
}

// median of an even number is the mean of the two in the middle; NaN of none.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(xs))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// rounded keeps n decimals: more would be noise dressed as knowledge.
func rounded(x float64, n int) float64 {
	p := math.Pow(10, float64(n))
	return math.Round(x*p) / p
}

// percent with one decimal, as people write it.
func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
