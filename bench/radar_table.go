package main

import (
	"fmt"
	"math"
	"strings"
)

// quantileOf is a quantile of a sorted list; what was never told stands behind it.
func quantileOf(sorted []float64, missed int, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)+missed))) - 1
	if i >= len(sorted) || len(sorted) == 0 {
		return math.Inf(1)
	}
	return sorted[max(i, 0)]
}

// delayOf is a quantile as a delay after the true rate has passed three times the usual
// one; what was told before that has no delay.
func (r *radarRow) delayOf(list []float64, q float64) float64 {
	return max(quantileOf(list, r.Missed, q)-*r.Passes, 0)
}

func secondsWord(x float64) string {
	if math.IsInf(x, 1) {
		return "never"
	}
	return fmt.Sprintf("%.1f s", x)
}

// radarOutcome turns rows into tables and a judgement.
func radarOutcome(rows []radarRow) (out outcome) {
	var b strings.Builder
	b.WriteString(head(rows, func(r radarRow) stamp { return r.stamp }))
	fmt.Fprintf(&b, "Seed %d.\n\n#### How soon a wave is told\n\n%s", seedOf(rows), wavesTable(rows, &out))
	fmt.Fprintf(&b, "\n#### When a wave began, as estimated\n\n%s", onsetTable(rows))
	fmt.Fprintf(&b, "\n#### Alarms while nothing happens\n\n%s", calmTable(rows, &out))
	for _, part := range []struct{ name, title, unit string }{
		{"nasa", "NASA's web server, July 1995, by the second", "s"},
		{"ontrace", "Made-up waves on NASA's seconds", "s"},
		{"worldcup", "The site of the World Cup 1998, by the minute", "min"},
	} {
		t := onTraceTable(rows)
		if part.name != "ontrace" {
			t = traceTable(rows, part.name, part.unit, &out)
		}
		if t != "" {
			fmt.Fprintf(&b, "\n#### %s\n\n%s", part.title, t)
		}
	}
	if t := nabTable(rows); t != "" {
		fmt.Fprintf(&b, "\n#### Mentions on Twitter and requests of a load balancer (NAB), by five minutes\n\n%s", t)
	}
	fmt.Fprintf(&b, "\n#### What it costs\n\n%s", radarCostTable(rows))
	out.markdown = b.String()
	return out
}

func seedOf(rows []radarRow) uint64 {
	for _, r := range rows {
		if r.Seed != 0 {
			return r.Seed
		}
	}
	return 0
}

func wavesTable(rows []radarRow, out *outcome) string {
	t := table{head: []string{"usual, a second", "wave in ten minutes", "passes 3 ×", "shop alone p50", "p95", "with its ways p50", "p95", "who knows all but when p95", "and hears the ways p95", "goal p95", ""}}
	for i := range rows {
		r := &rows[i]
		if r.Part != "wave" {
			continue
		}
		cells := []string{fmt.Sprint(r.Base), fmt.Sprintf("%.0f", r.People)}
		if r.Passes == nil {
			t.add(append(cells, "never", fmt.Sprintf("told %s after the post", secondsWord(quantileOf(r.Shop, r.Missed, 0.5))), secondsWord(quantileOf(r.Shop, r.Missed, 0.95)),
				secondsWord(quantileOf(r.Field, r.Missed, 0.5)), secondsWord(quantileOf(r.Field, r.Missed, 0.95)), "", "", "", "")...)
			continue
		}
		goal := goalRadarDelay
		if r.Base <= radarSlow {
			goal = goalRadarDelaySlow
		}
		word := "reached"
		best := r.delayOf(r.Field, 0.95)
		ideal, ways := r.delayOf(r.Ideal, 0.95), r.delayOf(r.IdealField, 0.95)
		if best > goal {
			word = "MISSED"
			if min(ideal, ways) > goal {
				word += ", as by everybody"
			}
			out.missed = append(out.missed, fmt.Sprintf("radar: a wave of %.0f on %g a second is told %s after it passes 3 × (p95), goal %s; who knows all but when tells it after %s, by its ways after %s",
				r.People, r.Base, secondsWord(best), secondsWord(goal), secondsWord(ideal), secondsWord(ways)))
		}
		t.add(append(cells, fmt.Sprintf("%.0f s", *r.Passes), secondsWord(r.delayOf(r.Shop, 0.5)), secondsWord(r.delayOf(r.Shop, 0.95)),
			secondsWord(r.delayOf(r.Field, 0.5)), secondsWord(r.delayOf(r.Field, 0.95)), secondsWord(ideal), secondsWord(ways), "≤ "+secondsWord(goal), word)...)
	}
	return t.String()
}

func onsetTable(rows []radarRow) string {
	t := table{head: []string{"usual, a second", "wave in ten minutes", "waves", "never told", "false alarm before it", "told p50", "onset p5", "p50", "p95"}}
	for i := range rows {
		r := &rows[i]
		if r.Part != "wave" {
			continue
		}
		t.add(fmt.Sprint(r.Base), fmt.Sprintf("%.0f", r.People), fmt.Sprint(len(r.Shop)+r.Missed+r.TooEarly), fmt.Sprint(r.Missed), fmt.Sprint(r.TooEarly), secondsWord(quantileOf(r.Shop, r.Missed, 0.5)),
			secondsWord(quantileOf(r.Onsets, 0, 0.05)), secondsWord(quantileOf(r.Onsets, 0, 0.5)), secondsWord(quantileOf(r.Onsets, 0, 0.95)))
	}
	return t.String()
}

// calmTable judges the weeks of all seas together, and a single sea where its alarms
// cannot be the luck of one week.
func calmTable(rows []radarRow, out *outcome) string {
	t := table{head: []string{"usual, a second", "variance ÷ mean", "weeks", "ours, alarms", "believing in chance alone", "goal", ""}}
	judge := func(what string, alarms int, weeks float64, whole bool) string {
		a := float64(alarms) / weeks
		switch {
		case a <= goalRadarFalse:
			return "reached"
		case !whole && !beyondLuck(alarms, goalRadarFalse*weeks):
			return "within luck"
		}
		out.missed = append(out.missed, fmt.Sprintf("radar: %.1f false alarms a week %s", a, what))
		return "MISSED"
	}
	row := func(name, over string, alarms int, weeks float64, other, word string) {
		t.add(name, over, fmt.Sprintf("%.1f", weeks), fmt.Sprint(alarms), other, "≤ 1 a week", word)
	}
	for _, part := range []struct{ part, name, of string }{{"calm", "", ""}, {"field", ", with its ways", " of a shop with its ways"}} {
		alarms, others, weeks := 0, 0, 0.0
		for i := range rows {
			r := &rows[i]
			if r.Part != part.part || r.Who != "ours" {
				continue
			}
			other := ""
			if part.part == "calm" && i+1 < len(rows) {
				other = fmt.Sprint(rows[i+1].Alarms)
				others += rows[i+1].Alarms
			}
			alarms, weeks = alarms+r.Alarms, weeks+r.Weeks
			word := judge(fmt.Sprintf("at %g a second%s, variance ÷ mean %g", r.Base, part.of, r.Over), r.Alarms, r.Weeks, false)
			row(fmt.Sprint(r.Base)+part.name, fmt.Sprint(r.Over), r.Alarms, r.Weeks, other, word)
		}
		if weeks == 0 {
			continue
		}
		other := ""
		if others > 0 {
			other = fmt.Sprint(others)
		}
		row("all"+part.name, "", alarms, weeks, other, judge("in calm"+part.of, alarms, weeks, true))
	}
	return t.String()
}

// beyondLuck reports whether so many come less often than one time in twenty where due
// are expected.
func beyondLuck(n int, due float64) bool {
	fewer, p := 0.0, math.Exp(-due)
	for k := range n {
		fewer += p
		p *= due / float64(k+1)
	}
	return 1-fewer < 0.05
}

func traceTable(rows []radarRow, part, unit string, out *outcome) string {
	t := table{head: []string{"who", "setting", "alarms", "a week outside surges of 2 ×", "of 3 ×", "surges of 3 × found", "after, p50"}}
	for _, r := range rows {
		if r.Part != part {
			continue
		}
		outside := float64(r.Outside) / r.Weeks
		if part == "nasa" && r.Who == "ours" && outside > goalRadarFalse {
			out.missed = append(out.missed, fmt.Sprintf("radar: %.2f false alarms a week on NASA's seconds outside surges, goal 1", outside))
		}
		delay := r.Delay
		if unit == "min" {
			delay /= 60
		}
		t.add(r.Who, r.Setting, fmt.Sprint(r.Alarms), fmt.Sprintf("%.2f", outside), fmt.Sprintf("%.2f", float64(r.Beyond)/r.Weeks), fmt.Sprintf("%d of %d", r.Found, r.Surges), fmt.Sprintf("%.0f %s", delay, unit))
	}
	if len(t.rows) == 0 {
		if part == "nasa" {
			out.open = append(out.open, "radar: false alarms on NASA's seconds; NASA=FILE gives them")
		}
		return ""
	}
	return t.String()
}

// onTraceTable has the waves that were put on a trace of seconds.
func onTraceTable(rows []radarRow) string {
	t := table{head: []string{"wave in ten minutes", "waves", "never told", "told of before the post", "told after it passes 3 ×, p50", "p95"}}
	for i := range rows {
		if r := &rows[i]; r.Part == "ontrace" {
			t.add(fmt.Sprintf("%.0f", r.People), fmt.Sprint(len(r.Shop)+r.Missed+r.TooEarly), fmt.Sprint(r.Missed), fmt.Sprint(r.TooEarly),
				secondsWord(r.delayOf(r.Shop, 0.5)), secondsWord(r.delayOf(r.Shop, 0.95)))
		}
	}
	if len(t.rows) == 0 {
		return ""
	}
	return t.String()
}

func nabTable(rows []radarRow) string {
	t := table{head: []string{"who", "setting", "NAB score, standard profile", "windows found", "alarms", "outside"}}
	for _, r := range rows {
		if r.Part == "nab" {
			t.add(r.Who, r.Setting, fmt.Sprintf("%.1f", r.Score), fmt.Sprintf("%d of %d", r.Found, r.Surges), fmt.Sprint(r.Alarms), fmt.Sprint(r.Outside))
		}
	}
	if len(t.rows) == 0 {
		return ""
	}
	return t.String()
}

func radarCostTable(rows []radarRow) string {
	t := table{head: []string{"a tick in calm", "a tick in a wave", "a shop and 256 ways, three ticks each", "allocations a tick", "memory of a detector"}}
	for _, r := range rows {
		if r.Part == "cost" {
			t.add(fmt.Sprintf("%.0f ns", r.CalmNS), fmt.Sprintf("%.0f ns", r.WaveNS), fmt.Sprintf("%.2f ms", r.FieldNS/1e6), fmt.Sprintf("%.1f", r.Allocs), fmt.Sprintf("%.1f KB", float64(r.Bytes)/1024))
		}
	}
	return t.String()
}
