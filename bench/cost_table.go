package main

import "fmt"

// costOutcome turns rows into a table and a judgement.
func costOutcome(rows []costRow) outcome {
	var out outcome
	t := table{head: []string{"answer", "body", "edge, ms CPU", "plain net/http, ms CPU", "ratio", "goal", ""}}
	for _, r := range rows {
		edge, plain := median(r.EdgeMS), median(r.PlainMS)
		goal, note := "", ""
		if r.GoalMS > 0 {
			goal, note = fmt.Sprintf("≤ %g ms", r.GoalMS), "reached"
			if edge > r.GoalMS {
				note = "MISSED"
			}
		}
		switch {
		case r.Void:
			note = "void"
			out.void = append(out.void, fmt.Sprintf("cost of %s: other programs burnt up to %s of the machine, or it was a trial", r.Case, percent(worst(r.Others))))
		case note == "MISSED":
			out.missed = append(out.missed, fmt.Sprintf("%s costs %.4f ms, goal %g ms", r.Case, edge, r.GoalMS))
		}
		ratio := "not known"
		if plain > 0 {
			ratio = fmt.Sprintf("%.2f", edge/plain)
		}
		t.add(r.Case, fmt.Sprintf("%d B", r.Bytes), fmt.Sprintf("%.4f", edge), fmt.Sprintf("%.4f", plain), ratio, goal, note)
	}
	out.markdown = head(rows, func(r costRow) stamp { return r.stamp }) + t.String()
	return out
}

func worst(xs []float64) float64 {
	most := 0.0
	for _, x := range xs {
		most = max(most, x)
	}
	return most
}

// head says of which build and from when a table's rows are.
func head[T any](rows []T, of func(T) stamp) string {
	if len(rows) == 0 {
		return "Nothing was measured.\n\n"
	}
	first := of(rows[0])
	last := first
	for _, r := range rows {
		if s := of(r); s.Measured.After(last.Measured) {
			last = s
		} else if s.Measured.Before(first.Measured) {
			first = s
		}
	}
	when := first.Measured.Format("2006-01-02")
	if d := last.Measured.Format("2006-01-02"); d != when {
		when += " to " + d
	}
	build := last.Build
	if last.Commit != "" {
		build += " (commit " + last.Commit + ")"
	}
	return fmt.Sprintf("Build %s, measured %s.\n\n", build, when)
}
