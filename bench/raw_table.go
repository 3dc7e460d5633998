package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// rawOutcome turns rows into tables. Raw speed has no goal; what others do better
// is in the last column, by name.
func rawOutcome(rows []rawRow) (out outcome) {
	out.markdown = head(rows, func(r rawRow) stamp { return r.stamp })
	if len(rows) == 0 {
		return out
	}
	out.markdown += "Measured against " + rawVersions(rows[0]) + ".\n\n"
	cpu := table{head: []string{"CPU of the server for each request, µs"}}
	memory := table{head: []string{"memory of the server for each idle connection, KB"}}
	speed := table{head: []string{"answers a second (share of its core the server burnt)"}}
	for _, c := range rows[0].Cells {
		for _, t := range []*table{&cpu, &memory, &speed} {
			t.head = append(t.head, c.Server)
		}
	}
	for _, t := range []*table{&cpu, &memory} {
		t.head = append(t.head, "ours ÷ nginx", "ours ÷ best", "best")
	}
	missing := map[string]bool{}
	for _, r := range rows {
		name := r.Case + "; " + r.Wire
		if r.Void {
			out.void = append(out.void, fmt.Sprintf("raw speed of %s: other programs burnt up to %s of the machine, or it was a trial", name, percent(worst(r.Others))))
			name += " (void)"
		}
		costs, speeds := []string{name}, []string{name}
		for _, c := range r.Cells {
			if c.Without == "not installed" {
				missing[c.Server] = true
			}
			costs, speeds = append(costs, c.costCell(r.Unit)), append(speeds, c.speedCell())
		}
		costs = append(costs, r.ratios()...)
		if r.Unit == unitMemory {
			memory.add(costs...)
			continue
		}
		cpu.add(costs...)
		speed.add(speeds...)
	}
	for _, c := range rows[0].Cells {
		if missing[c.Server] {
			out.open = append(out.open, "raw speed of "+c.Server+": it is not installed")
		}
	}
	for _, t := range []table{cpu, speed, memory} {
		if len(t.rows) > 0 {
			out.markdown += t.String() + "\n"
		}
	}
	return out
}

func rawVersions(r rawRow) string {
	var names []string
	for _, c := range r.Cells[1:] {
		name := c.Server + " " + c.Version
		if c.Without == "not installed" {
			name = c.Server + " (not installed)"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// costCell is a cost with the half of the distance between its least and its most,
// or why there is none.
func (c rawCell) costCell(unit string) string {
	if len(c.Cost) == 0 {
		return c.Without
	}
	scale := 1.0
	if unit == unitMemory {
		scale = 1024
	}
	spread := (slices.Max(c.Cost) - slices.Min(c.Cost)) / 2
	return fmt.Sprintf("%.1f ± %.1f", median(c.Cost)/scale, spread/scale)
}

func (c rawCell) speedCell() string {
	if len(c.PerSecond) == 0 {
		return c.Without
	}
	return fmt.Sprintf("%.0f (%.0f %%)", median(c.PerSecond), 100*median(c.Core))
}

// ratios are ours to nginx's and to the least of all, and whose that is. 1 is as
// good, more is dearer.
func (r rawRow) ratios() []string {
	ours, nginx, best, whose := math.NaN(), math.NaN(), math.Inf(1), ""
	for i, c := range r.Cells {
		if len(c.Cost) == 0 {
			continue
		}
		m := median(c.Cost)
		if i == 0 {
			ours = m
		}
		if c.Server == "nginx" {
			nginx = m
		}
		if m < best {
			best, whose = m, c.Server
		}
	}
	return []string{ratio(ours, nginx), ratio(ours, best), whose}
}

// ratio is "not known" where something was not measured, or was too little to be
// seen.
func ratio(a, b float64) string {
	if math.IsNaN(a) || math.IsNaN(b) || math.IsInf(b, 0) || b <= 0 {
		return "not known"
	}
	return fmt.Sprintf("%.2f", a/b)
}
