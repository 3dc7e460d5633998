package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// largestNamed costs are named of each answer.
const largestNamed = 3

// profilesOutcome turns rows into tables. Profiles have no goal.
func profilesOutcome(rows []profileRow) outcome {
	var out outcome
	for _, r := range rows {
		if r.Void {
			out.void = append(out.void, fmt.Sprintf("profile of %s: other programs burnt up to %s of the machine, or it was a trial", r.Case, percent(worst(r.Others))))
		}
	}
	cpu := func(c profileCosts) []float64 { return c.CPU }
	bytes := func(c profileCosts) []float64 { return c.Bytes }
	parts := []string{
		largest(rows, "CPU", cpu, inMicroseconds),
		largest(rows, "allocated", bytes, inBytes),
		"All of the CPU, µs for each answer:\n\n" + allSteps(rows, cpu, "%.1f"),
		"All of what is allocated, bytes for each answer:\n\n" + allSteps(rows, bytes, "%.0f"),
		"Who allocates most, by itself and whatever the step:\n\n" + allocators(rows),
		"What is counted to which step, by function, file and folder:\n\n" + meanings(),
	}
	out.markdown = head(rows, func(r profileRow) stamp { return r.stamp }) + strings.Join(parts, "\n")
	return out
}

func inMicroseconds(c profileCosts) string { return fmt.Sprintf("%.1f µs", median(c.CPU)) }

func inBytes(c profileCosts) string {
	return fmt.Sprintf("%.0f B in %.1f objects", median(c.Bytes), median(c.Objects))
}

// largest names the three largest costs of each answer.
func largest(rows []profileRow, what string, of func(profileCosts) []float64, say func(profileCosts) string) string {
	t := table{head: []string{"answer", what, "largest cost", "second", "third"}}
	for _, r := range rows {
		steps := slices.Clone(r.Steps)
		slices.SortStableFunc(steps, func(a, b profileStep) int {
			return cmp.Compare(median(of(b.profileCosts)), median(of(a.profileCosts)))
		})
		cells := []string{r.name(), say(r.profileCosts)}
		for _, s := range steps[:largestNamed] {
			cells = append(cells, fmt.Sprintf("%s: %s, %.0f %%", s.Step, say(s.profileCosts), 100*median(of(s.profileCosts))/median(of(r.profileCosts))))
		}
		t.add(cells...)
	}
	return t.String()
}

// name is the case, and whether it proves anything.
func (r profileRow) name() string {
	if r.Void {
		return r.Case + " (void)"
	}
	return r.Case
}

// allSteps has a line for each step that costs any answer anything to speak of.
func allSteps(rows []profileRow, of func(profileCosts) []float64, format string) string {
	t := table{head: []string{"step"}}
	for _, r := range rows {
		t.head = append(t.head, r.name())
	}
	line := func(name string, cost func(profileRow) profileCosts) {
		cells, much := []string{name}, false
		for _, r := range rows {
			x, whole := median(of(cost(r))), median(of(r.profileCosts))
			much = much || x >= whole/1000
			cells = append(cells, fmt.Sprintf(format, x)+fmt.Sprintf(" (%.0f %%)", 100*x/whole))
		}
		if much {
			t.add(cells...)
		}
	}
	for i, s := range costSteps() {
		line(s.name, func(r profileRow) profileCosts { return r.Steps[i].profileCosts })
	}
	line("all", func(r profileRow) profileCosts { return r.profileCosts })
	return t.String()
}

func allocators(rows []profileRow) string {
	t := table{head: []string{"answer", "function", "bytes", "objects"}}
	for _, r := range rows {
		for _, a := range r.Allocates {
			t.add(r.name(), "`"+strings.TrimPrefix(a.Function, ownModule)+"`", fmt.Sprintf("%.0f", a.Bytes), fmt.Sprintf("%.1f", a.Objects))
		}
	}
	return t.String()
}

// meanings says what is counted to which step.
func meanings() string {
	var b strings.Builder
	for _, s := range costSteps() {
		fmt.Fprintf(&b, "- **%s:** %s", s.name, s.what)
		for i, pattern := range s.is {
			fmt.Fprintf(&b, "%s`%s`", map[bool]string{true: ": ", false: ", "}[i == 0], pattern)
		}
		if s.under != "" {
			fmt.Fprintf(&b, ", below `%s`", s.under)
		}
		b.WriteString(".\n")
	}
	return b.String()
}
