package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/falochron/falochron/bench/algorithms"
)

// contestPlot draws the orders of the plain wave: each algorithm alone, with our line
// before it as it comes, and at its best. It is empty when nothing was measured.
func contestPlot(rows []contestRow) string {
	if len(rows) == 0 {
		return ""
	}
	scene := algorithms.Scenes()[0]
	share := func(name string, which func(*contestRow) bool) float64 {
		for i := range rows {
			if r := &rows[i]; r.Scene == scene.Name && r.Algorithm == name && which(r) {
				return median(r.Orders)
			}
		}
		return math.NaN()
	}
	p := barTable{title: "What the shop sells in a rush with different algorithms before it",
		below:   "20 times too many buyers. Orders a minute, in percent of what the shop takes from a calm crowd",
		columns: []string{"alone, tuned", "with our line, untuned", "with our line, tuned"}}
	most := 0.0 // of all alone
	for _, a := range algorithms.Algorithms() {
		r := barRow{name: a.Name}
		alone := share(a.Name, func(r *contestRow) bool { return !r.InLine && (r.Best || r.Values == 1) })
		plain := share(a.Name, func(r *contestRow) bool { return r.InLine && r.Default })
		tuned := share(a.Name, func(r *contestRow) bool { return r.InLine && r.Best })
		if !math.IsNaN(alone) {
			most = max(most, alone)
		}
		r.cells = []bar{{share: alone, empty: ""}, {share: plain, empty: "needs a number"}, {share: tuned, empty: ""}}
		switch a.Name {
		case ours:
			r.name, r.own = "Falochron", true
			r.cells[0].empty, r.cells[2].empty = "never without its line", "nothing to tune"
		case "none":
			r.name = "nothing"
			r.cells[1].empty, r.cells[2].empty = "", ""
		}
		p.rows = append(p.rows, r)
	}
	others := p.rows[1:]
	slices.SortStableFunc(others, func(a, b barRow) int { return worse(a.cells[2].share, b.cells[2].share) })
	if own := p.rows[0].cells[1].share; most < 0.1 && own > 0.95 {
		p.title = "In a rush a limit alone sells next to nothing; a line before it sells all"
	}
	p.foot = []string{
		fmt.Sprintf("Medians of %d evenings, played in virtual time. Tuned: the best of all values tried, chosen on other evenings.", seedsOf(rows)),
		"Alone, an algorithm refuses whoever is too many: everybody gets a page now and then, hardly anybody a whole visit.",
		"More than 100 % is possible: who pays goes first, and whoever reloads asks nothing new of the shop.",
	}
	return p.String()
}

func seedsOf(rows []contestRow) (n int) {
	for _, r := range rows {
		n = max(n, len(r.Seeds))
	}
	return n
}
