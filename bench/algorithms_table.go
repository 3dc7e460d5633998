package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/falochron/falochron/bench/algorithms"
)

// contestColumn is one number that algorithms are compared by. Less is better, but
// for orders.
type contestColumn struct {
	head string
	of   func(*contestRow) []float64
	more bool
	show func(float64) string
	// near says whether a is as good as b or within 1 % of it: of the value itself, of
	// shares one percentage point, of whole seconds one.
	near func(a, b float64) bool
}

func contestColumns() []contestColumn {
	point := func(a, b float64) bool { return a <= b+0.01 }
	return []contestColumn{
		{"orders/min ÷ ideal", func(r *contestRow) []float64 { return r.Orders }, true,
			func(x float64) string { return fmt.Sprintf("%.3f", x) }, func(a, b float64) bool { return a >= 0.99*b }},
		{"broken sessions", func(r *contestRow) []float64 { return r.Broken }, false, percent, point},
		{"failed checkouts", func(r *contestRow) []float64 { return orWorst(r.Failed) }, false, percent, point},
		{"pages p95", func(r *contestRow) []float64 { return r.P95 }, false,
			func(x float64) string { return fmt.Sprintf("%.2f s", x) }, func(a, b float64) bool { return a <= 1.01*b }},
		{"charged after leaving", func(r *contestRow) []float64 { return r.Charged }, false,
			func(x float64) string { return fmt.Sprintf("%.0f", x) }, func(a, b float64) bool { return a <= b }},
		{"limit found", func(r *contestRow) []float64 { return orWorst(r.Found) }, false,
			func(x float64) string { return fmt.Sprintf("%.0f s", x) }, func(a, b float64) bool { return a <= b+1 }},
	}
}

// orWorst puts what never happened behind all that did.
func orWorst(x []float64) []float64 {
	x = slices.Clone(x)
	for i := range x {
		if x[i] == algorithms.Never {
			x[i] = math.Inf(1)
		}
	}
	return x
}

// word is a value as tables show it.
func (c contestColumn) word(x float64) string {
	if math.IsInf(x, 1) {
		return "never"
	}
	return c.show(x)
}

// middleOf is the median of a column; of an even number with never in the middle it
// is never.
func (c contestColumn) middleOf(r *contestRow) float64 {
	x := slices.Sorted(slices.Values(c.of(r)))
	if len(x) == 0 {
		return math.NaN()
	}
	if m := x[len(x)/2]; math.IsInf(m, 1) {
		return m
	}
	return median(x)
}

// cell is a median with half the distance between the least and the most.
func (c contestColumn) cell(r *contestRow) string {
	x := c.of(r)
	text := c.word(c.middleOf(r))
	spread := (slices.Max(x) - slices.Min(x)) / 2
	if text == "never" || math.IsInf(spread, 1) || math.IsNaN(spread) || spread == 0 {
		return text
	}
	number, unit, _ := strings.Cut(text, " ")
	half, _, _ := strings.Cut(c.show(spread), " ")
	return strings.TrimSpace(number + " ± " + half + " " + unit)
}

// better says whether a is better than b.
func (c contestColumn) better(a, b float64) bool {
	if c.more {
		return a > b
	}
	return a < b
}

// contestOutcome turns rows into tables and a judgement.
func contestOutcome(rows []contestRow) (out outcome) {
	var b strings.Builder
	b.WriteString(head(rows, func(r contestRow) stamp { return r.stamp }))
	b.WriteString("#### Ours beside the others with our line before each\n\n" + contestSummary(rows, &out) + "\n" + contestBeaten(rows))
	for _, sc := range algorithms.Scenes() {
		of := func(inLine bool) (some []contestRow) {
			for _, r := range rows {
				if r.Scene == sc.Name && (r.InLine == inLine || r.Algorithm == ours) {
					some = append(some, r)
				}
			}
			return some
		}
		lined := of(true)
		if len(lined) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n#### %s\n\nIdeal: %.1f orders a minute, pages p95 %.2f s.\n\n", strings.ToUpper(sc.What[:1])+sc.What[1:], lined[0].Ideal, lined[0].IdealP95)
		b.WriteString(contestTable("with our line before it", lined) + "\n" + contestTable("alone, as its source has it", of(false)))
	}
	out.markdown = b.String()
	return out
}

// contestTable has a row for each setting. The best of each column is bold.
func contestTable(title string, rows []contestRow) string {
	columns := contestColumns()
	t := table{head: []string{title, "settings"}}
	for _, c := range columns {
		t.head = append(t.head, c.head)
	}
	for i := range rows {
		r := &rows[i]
		set := r.Setting
		switch {
		case r.Best && r.Default:
			set += fmt.Sprintf(" (best of %d, too)", r.Values)
		case r.Best:
			set += fmt.Sprintf(" (best of %d)", r.Values)
		}
		cells := []string{r.Algorithm, set}
		for _, c := range columns {
			cell := c.cell(r)
			if !slices.ContainsFunc(rows, func(o contestRow) bool { return c.better(c.middleOf(&o), c.middleOf(r)) }) {
				cell = "**" + cell + "**"
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	return t.String()
}

// contestSummary says, scene by scene and column by column, who is best and whether
// ours is, with what needs no sweep and with all. A column in which somebody else is
// better by more than 1 % is a goal that was missed.
func contestSummary(rows []contestRow, out *outcome) string {
	t := table{head: []string{"scene", "column", "ours", "best of those with nothing to choose", "best after the sweep", ""}}
	for _, sc := range algorithms.Scenes() {
		own, others := contestSides(rows, sc.Name)
		if own == nil {
			continue
		}
		for _, c := range contestColumns() {
			mine := c.middleOf(own)
			best := func(which func(*contestRow) bool) (*contestRow, string) {
				var top *contestRow
				for _, r := range others {
					if which(r) && (top == nil || c.better(c.middleOf(r), c.middleOf(top))) {
						top = r
					}
				}
				if top == nil {
					return nil, ""
				}
				return top, fmt.Sprintf("%s, %s", c.word(c.middleOf(top)), top.Algorithm)
			}
			_, plain := best(func(r *contestRow) bool { return r.Default })
			top, swept := best(func(*contestRow) bool { return true })
			word := "best"
			switch {
			case top != nil && !c.near(mine, c.middleOf(top)):
				word = top.Algorithm + " is better"
				out.missed = append(out.missed, fmt.Sprintf("%s, %s: ours %s, %s (%s) %s", sc.What, c.head, c.word(mine), top.Algorithm, top.Setting, c.word(c.middleOf(top))))
			case top != nil && c.better(c.middleOf(top), mine):
				word = "within 1 %"
			}
			t.add(sc.What, c.head, c.word(mine), plain, swept, word)
		}
	}
	return t.String()
}

// contestSides are ours and the others of a scene, all with our line before them.
func contestSides(rows []contestRow, scene string) (own *contestRow, others []*contestRow) {
	for i := range rows {
		switch r := &rows[i]; {
		case r.Scene != scene || !r.InLine:
		case r.Algorithm == ours:
			own = r
		default:
			others = append(others, r)
		}
	}
	return own, others
}

// contestBeaten says of each scene who is as good as ours or within 1 % in every
// column, and better in one: columns pull against each other, and the best of each may
// be somebody who is bad in the others.
func contestBeaten(rows []contestRow) string {
	t := table{head: []string{"scene", "as good as ours in every column, and better in one"}}
	for _, sc := range algorithms.Scenes() {
		own, others := contestSides(rows, sc.Name)
		if own == nil {
			continue
		}
		var names []string
		for _, r := range others {
			as, better := true, false
			for _, c := range contestColumns() {
				mine, theirs := c.middleOf(own), c.middleOf(r)
				as = as && c.near(theirs, mine)
				better = better || !c.near(mine, theirs)
			}
			if as && better {
				names = append(names, fmt.Sprintf("%s (%s)", r.Algorithm, r.Setting))
			}
		}
		if names == nil {
			names = []string{"nobody"}
		}
		t.add(sc.What, strings.Join(names, ", "))
	}
	return t.String()
}
