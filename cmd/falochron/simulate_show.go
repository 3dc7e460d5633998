package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/sim"
)

// simulateTable is the table of one story.
func simulateTable(of []*sim.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-15s%9s%9s%9s%9s%9s%9s%8s%8s\n", "", "overload", "turned", "wait", "promise", "replica-", "peak", "needed", "orders")
	fmt.Fprintf(&b, "%-15s%9s%9s%9s%9s%9s%9s%8s%8s\n", "", "seconds", "away", "p95", "kept", "hours", "", "", "")
	for _, r := range of {
		fmt.Fprintf(&b, "%-15s%9d%9d%9s%8.0f%%%9.2f%9d%8d%8d\n", r.Scaler, r.Overload, r.TurnedAway(), shortTime(r.P95Wait), 100*r.KeptShare(), r.ReplicaHours, r.Peak, r.Needed, r.Orders)
	}
	return b.String()
}

// shortTime writes a wait as 75 s or 12 min.
func shortTime(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f min", d.Minutes())
}

const (
	simulateColumns = 60
	simulateRows    = 5
)

// simulatePlot draws newcomers, the line and the replicas of one play.
func simulatePlot(r *sim.Result, plain bool) string {
	by := blocks
	if plain {
		by = letters
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Scaler)
	for _, c := range []struct {
		title string
		of    func(*sim.Second) float64
	}{
		{"newcomers a second", func(s *sim.Second) float64 { return float64(s.Arrivals) }},
		{"people in line", func(s *sim.Second) float64 { return float64(s.InLine) }},
		{"replicas ready", func(s *sim.Second) float64 { return float64(s.Ready) }},
	} {
		b.WriteString(bars(c.title, columns(r, simulateColumns, c.of), by))
	}
	total := time.Duration(len(r.Seconds)) * time.Second
	fmt.Fprintf(&b, "%*s0%*s\n", chartMark+1, "", simulateColumns-1, total)
	return b.String()
}

// columns are the means of a figure over equal stretches of the story.
func columns(r *sim.Result, n int, of func(*sim.Second) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		from, to := i*len(r.Seconds)/n, max((i+1)*len(r.Seconds)/n, i*len(r.Seconds)/n+1)
		for k := from; k < to; k++ {
			out[i] += of(&r.Seconds[k]) / float64(to-from)
		}
	}
	return out
}

// bars draws one row of columns with its scale.
func bars(title string, values []float64, by brush) string {
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	step := nice(top / simulateRows)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", title)
	for row := simulateRows - 1; row >= 0; row-- {
		label := ""
		if row == simulateRows-1 {
			label = thousands(int(step * simulateRows))
		}
		cells := make([]rune, len(values))
		for i, v := range values {
			in := (v - float64(row)*step) / step
			cells[i] = ' '
			if in > 0 {
				cells[i] = by.part[min(int(in*float64(len(by.part))), len(by.part)-1)]
			}
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%*s %s", chartMark, label, string(cells)), " "))
	}
	fmt.Fprintf(&b, "%*s%s%s\n", chartMark, "0", by.corner, strings.Repeat(by.line, len(values)))
	return b.String()
}

// The picture's measures, in pixels: a row for each scaler.
const (
	simW, simRow, simTop = 1040, 150, 120
	simLeft, simRight    = 90, 580
	simPanel, simHeight  = 400, 80
)

// simulatePicture draws the line and the replicas of each scaler below one another.
func simulatePicture(s *sim.Scenario, of []*sim.Result) []byte {
	height := simTop + simRow*len(of) + 30
	title := fmt.Sprintf("%s: who scales, and how long the line gets", s.Name)
	line, there := 1.0, 1.0
	var words strings.Builder
	for _, r := range of {
		for i := range r.Seconds {
			line, there = max(line, float64(r.Seconds[i].InLine)), max(there, float64(r.Seconds[i].There))
		}
		fmt.Fprintf(&words, "%s: %d seconds of overload, 95 in 100 waited at most %s, %.2f replica-hours. ", r.Scaler, r.Overload, shortTime(r.P95Wait), r.ReplicaHours)
	}
	var b svg
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" role="img" aria-labelledby="t d">`+"\n", simW, height, simW, height)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(title), html.EscapeString(words.String()))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", simW, height)
	b.text(30, 40, 21, "start", colourText, title)
	b.text(30, 66, 14, "start", colourGrey, s.Story)
	const columnsOf = 100
	for i, r := range of {
		bottom := simTop + simRow*(i+1) - 30
		b.text(30, bottom-simHeight-28, 15, "start", colourText, fmt.Sprintf("%s: %d s of overload, p95 wait %s, %.2f replica-hours, %s orders", r.Scaler, r.Overload, shortTime(r.P95Wait), r.ReplicaHours, thousands(r.Orders)))
		chart{title: "People in line", values: columns(r, columnsOf, func(x *sim.Second) float64 { return float64(x.InLine) }), top: line, colour: colourLine, empty: "no line"}.draw(&b, simLeft, bottom, simPanel, simHeight)
		chart{title: "Replicas", values: columns(r, columnsOf, func(x *sim.Second) float64 { return float64(x.There) }), top: there, colour: colourOrders,
			mark: float64(r.Needed), marked: fmt.Sprintf("needed: %d", r.Needed)}.draw(&b, simRight, bottom, simPanel, simHeight)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
