package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// What must be: of ideal, by overload; and ours the best of all there, of both numbers.
func peersGoals() map[float64]float64 { return map[float64]float64{5: 0.95, 20: 0.95, 100: 0.90} }

// peersColumn is one number of the tables. Of most less is better.
type peersColumn struct {
	head, format string
	scale        float64
	most         bool // the most is best
	front        bool // the bare shop has none
	of           func(frontSeen) float64
}

func peersColumns() []peersColumn {
	return []peersColumn{
		{head: "ratio", format: "%.3f", scale: 1, most: true, of: func(s frontSeen) float64 { return s.ratio }},
		{head: "orders/min", format: "%.1f", scale: 1, most: true, of: func(s frontSeen) float64 { return s.orders }},
		{head: "error pages", format: "%.2f %%", scale: 100, of: func(s frontSeen) float64 { return s.errors }},
		{head: "fans with an error", format: "%.0f", scale: 1, of: func(s frontSeen) float64 { return s.erred }},
		{head: "broken", format: "%.2f %%", scale: 100, of: func(s frontSeen) float64 { return s.broken }},
		{head: "p95", format: "%.0f ms", scale: 1, of: func(s frontSeen) float64 { return s.p95 }},
		{head: "rank", format: "%.3f", scale: 1, most: true, of: func(s frontSeen) float64 { return s.rank }},
		{head: "rank, admitted", format: "%.3f", scale: 1, most: true, of: func(s frontSeen) float64 { return s.rankIn }},
		{head: "oversold", format: "%.0f", scale: 1, of: func(s frontSeen) float64 { return s.oversold }},
		{head: "charged after leaving", format: "%.0f", scale: 1, of: func(s frontSeen) float64 { return s.charged }},
		{head: "lost callbacks", format: "%.0f", scale: 1, of: func(s frontSeen) float64 { return s.lost }},
		{head: "mixed", format: "%.0f", scale: 1, of: func(s frontSeen) float64 { return s.mixed }},
		{head: "MB", format: "%.0f", scale: 1, front: true, of: func(s frontSeen) float64 { return s.memory }},
		{head: "CPU s", format: "%.1f", scale: 1, front: true, of: func(s frontSeen) float64 { return s.cpu }},
	}
}

// show is a value as the table shows it.
func (c peersColumn) show(x float64) string { return fmt.Sprintf(c.format, c.scale*x) }

// better says whether x is better than y to whoever reads the table.
func (c peersColumn) better(x, y float64) bool {
	if c.show(x) == c.show(y) {
		return false
	}
	return c.most == (x > y)
}

// standing is one contender at one overload: its waves that count.
type standing struct {
	contender
	seen []frontSeen
	void int // and those that do not
}

func (s standing) values(c peersColumn) (xs []float64) {
	for _, seen := range s.seen {
		xs = append(xs, c.of(seen))
	}
	return xs
}

func (s standing) median(c peersColumn) float64 { return median(s.values(c)) }

// spread is half of the distance between the least and the most.
func (s standing) spread(c peersColumn) float64 {
	xs := s.values(c)
	if len(xs) == 0 {
		return math.NaN()
	}
	return (slices.Max(xs) - slices.Min(xs)) / 2
}

// has says whether it has a number in a column.
func (s standing) has(c peersColumn) bool { return len(s.seen) > 0 && !(c.front && s.name == bareName) }

// standings are all contenders at a shop and an overload.
func (f *peersField) standings(program string, shop peersShop, overload float64) (all []standing) {
	for _, c := range f.contenders(shop) {
		s := standing{contender: c}
		for _, seed := range f.set.seeds {
			if seen, ok := f.one(c.run(program, overload, seed)); ok {
				s.seen = append(s.seen, seen)
			} else {
				s.void++
			}
		}
		all = append(all, s)
	}
	return all
}

// outcome makes tables and judges.
func (f *peersField) outcome(program string) (out outcome) {
	var b strings.Builder
	b.WriteString(head(f.book.rows, func(r ordersRow) stamp { return r.stamp }))
	if len(f.missing) > 0 {
		fmt.Fprintf(&b, "Not installed, so not in the tables: %s.\n\n", strings.Join(f.missing, ", "))
	}
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(f.versions)) {
		versions = append(versions, name+" "+f.versions[name])
	}
	fmt.Fprintf(&b, "%s.\n", strings.Join(versions, ", "))
	for i := range f.book.rows {
		r := &f.book.rows[i]
		switch {
		case r.Failed != "":
			out.missed = append(out.missed, r.Key+": "+r.Failed)
		case r.Void:
			out.void = append(out.void, r.Key+": "+strings.Join(r.Why, "; "))
		}
	}
	for _, shop := range f.shops {
		fmt.Fprintf(&b, "\n#### %s\n", shop.title)
		for _, overload := range f.set.overloads {
			all := f.standings(program, shop, overload)
			fmt.Fprintf(&b, "\n%g times too many buyers; %s\n\n%s", overload, seedsInWords(len(f.set.seeds)), peersTable(all))
			fmt.Fprintf(&b, "\n%s\n", peersVerdict(all))
			missed, open := peersMissed(shop, overload, all)
			out.missed, out.open = append(out.missed, missed...), append(out.open, open...)
		}
	}
	b.WriteString("\n#### The limits that were tried\n\n" + f.sweepTable())
	for overload := range peersGoals() {
		if !slices.Contains(f.set.overloads, overload) {
			out.open = append(out.open, fmt.Sprintf("peers at %g times too many buyers", overload))
		}
	}
	out.markdown = b.String()
	return out
}

func seedsInWords(n int) string {
	if n == 1 {
		return "one seed:"
	}
	return fmt.Sprintf("medians of %d seeds, ± half of the distance between the least and the most:", n)
}

// peersTable has a row for each contender; the best of each column is bold.
func peersTable(all []standing) string {
	columns := peersColumns()
	t := table{head: []string{"before the shop"}}
	for _, c := range columns {
		t.head = append(t.head, c.head)
	}
	t.head = append(t.head, "")
	for _, s := range all {
		cells := []string{s.name}
		for i, c := range columns {
			if !s.has(c) {
				cells = append(cells, "")
				continue
			}
			cell := c.show(s.median(c))
			if isBest(c, s, all) {
				cell = "**" + cell + "**"
			}
			if i == 0 && len(s.seen) > 1 {
				cell += fmt.Sprintf(" ± %.3f", s.spread(c))
			}
			cells = append(cells, cell)
		}
		note := ""
		if s.void > 0 {
			note = fmt.Sprintf("%d do not count", s.void)
		}
		t.add(append(cells, note)...)
	}
	return t.String()
}

// isBest says whether nobody is better in a column. Where nobody is worse, nobody is best.
func isBest(c peersColumn, s standing, all []standing) bool {
	worse := false
	for _, o := range all {
		if !o.has(c) {
			continue
		}
		if c.better(o.median(c), s.median(c)) {
			return false
		}
		worse = worse || c.better(s.median(c), o.median(c))
	}
	return worse
}

// ours and the others of a table; false when ours has nothing that counts.
func parted(all []standing) (ours standing, others []standing, ok bool) {
	for _, s := range all {
		switch {
		case s.name == oursName:
			ours, ok = s, len(s.seen) > 0
		case len(s.seen) > 0:
			others = append(others, s)
		}
	}
	return ours, others, ok
}

// bestOf is whoever is best in a column.
func bestOf(c peersColumn, all []standing) (best standing) {
	for i, s := range all {
		if i == 0 || c.better(s.median(c), best.median(c)) {
			best = s
		}
	}
	return best
}

// peersVerdict says in words who is ahead in what.
func peersVerdict(all []standing) string {
	ours, others, ok := parted(all)
	if !ok || len(others) == 0 {
		return "Nothing to compare."
	}
	ratio := peersColumns()[0]
	best := bestOf(ratio, others)
	words := fmt.Sprintf("Orders: %s %.3f ± %.3f, the best of the others (%s) %.3f ± %.3f; margin %+.3f.", ours.name, ours.median(ratio), ours.spread(ratio),
		best.name, best.median(ratio), best.spread(ratio), ours.median(ratio)-best.median(ratio))
	var behind []string
	for _, c := range peersColumns() {
		var who []string
		for _, o := range others {
			if o.has(c) && c.better(o.median(c), ours.median(c)) {
				who = append(who, o.name)
			}
		}
		if len(who) > 0 {
			behind = append(behind, fmt.Sprintf("%s (%s)", c.head, strings.Join(who, ", ")))
		}
	}
	if len(behind) == 0 {
		return words + " Nobody is ahead of ours in any column."
	}
	return words + " Ahead of ours: " + strings.Join(behind, "; ") + "."
}

// peersMissed are the goals that were missed, and those of which nothing is known.
func peersMissed(shop peersShop, overload float64, all []standing) (missed, open []string) {
	goal, judged := peersGoals()[overload]
	if !judged {
		return nil, nil
	}
	where := fmt.Sprintf("%s at %g times too many buyers", shop.name, overload)
	ours, others, ok := parted(all)
	if !ok {
		return nil, []string{where}
	}
	// The bare shop lets nobody down whom it never let in.
	others = slices.DeleteFunc(others, func(s standing) bool { return s.name == bareName })
	columns := peersColumns()
	ratio, broken := columns[0], columns[slices.IndexFunc(columns, func(c peersColumn) bool { return c.head == "broken" })]
	if m := ours.median(ratio); m < goal {
		missed = append(missed, fmt.Sprintf("%s: orders ÷ ideal %.3f, goal %.2f", where, m, goal))
	}
	for _, c := range []peersColumn{ratio, broken} {
		if len(others) == 0 {
			continue
		}
		if best := bestOf(c, others); c.better(best.median(c), ours.median(c)) {
			missed = append(missed, fmt.Sprintf("%s: %s: %s has %s, ours %s", where, c.head, best.name, c.show(best.median(c)), c.show(ours.median(c))))
		}
	}
	return missed, nil
}

// sweepTable shows every value that was tried, the one that was taken bold.
func (f *peersField) sweepTable() string {
	t := table{head: []string{"peer: limit", "shop", "value: ratio (broken sessions, if any)", "tried", ""}}
	for _, u := range f.tunings {
		when := "in this run"
		if u.known() {
			when = fmt.Sprintf("%s, build %s", u.kept.Measured.Format("2006-01-02"), u.kept.Build)
		}
		for _, l := range u.peer.limits {
			var values []string
			known := false
			for _, v := range u.shown {
				if v.Limit != l.name {
					continue
				}
				words := fmt.Sprintf("%d: ", v.Value)
				if v.Counts {
					known = true
					words += fmt.Sprintf("%.3f", v.Ratio)
					if v.Broken > 0 {
						words += " (" + percent(v.Broken) + ")"
					}
				} else {
					words += "–"
				}
				if v.Value == u.best[l.name] {
					words = "**" + words + "**"
				}
				values = append(values, words)
			}
			note := ""
			switch {
			case !known:
				note = "none counts, so the middle stands"
			case u.atEnd(l):
				note = "the best may lie beyond"
			}
			t.add(u.peer.name+": "+l.what, strings.TrimPrefix(u.shop.name, "peers-"), strings.Join(values, ", "), when, note)
		}
	}
	return t.String()
}
