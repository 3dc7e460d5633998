package main

import (
	"fmt"
	"html"
	"math"
)

// replicasPicture draws both waves side by side: people in line, and the replicas that were
// wanted and that were there.
func replicasPicture(r *replicasResult) []byte {
	line, replicas := 1.0, 1.0
	for _, w := range []*replicasWaveSeen{r.Unannounced, r.Announced} {
		line = max(line, float64(w.inLineMost()))
		replicas = max(replicas, float64(w.wantedMost()), float64(w.most()))
	}
	says := fmt.Sprintf("The same %d fans: %d in line without warning, %d announced", r.Fans, r.Unannounced.inLineMost(), r.Announced.inLineMost())
	const height = 520
	var s svg
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" role="img" aria-labelledby="t d">`+"\n", picW, height, picW, height)
	fmt.Fprintf(&s, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(says), html.EscapeString(replicasInWords(r)))
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", picW, height)
	s.text(30, 42, 23, "start", colourText, says)
	s.text(30, 68, 14, "start", colourGrey, fmt.Sprintf("One replica has %d workers and takes %.0f seconds to start. The owner allows %d.", r.Workers, replicasBoot.Seconds(), r.Most))
	replicasPanel(&s, leftPanel, "Nobody had announced it", r.Unannounced, line, replicas)
	replicasPanel(&s, rightPanel, "Announced a minute and a half ahead", r.Announced, line, replicas)
	s.text(30, height-30, 12, "start", colourGrey, "Bars: replicas that take requests; the dark line: how many were wanted. Seconds from the first fan.")
	s.text(30, height-14, 12, "start", colourGrey, fmt.Sprintf("People arrive and think %g times as fast as in life; nothing else is sped up. Seed %d.", demoCompression, r.Seed))
	s.WriteString("</svg>\n")
	return []byte(s.String())
}

// replicasInWords is the picture for those who do not see it.
func replicasInWords(r *replicasResult) string {
	return fmt.Sprintf("Without warning up to %d people stood in line, %d replicas came, the first of them after %s, and the line was gone after %s. Announced, %d replicas were ready when the first fan came, and at most %d people stood in line.",
		r.Unannounced.inLineMost(), r.Unannounced.most(), inSeconds(r.Unannounced.first(func(s replicasSecond) bool { return s.Ready > 1 })),
		inSeconds(r.Unannounced.melted()), r.Announced.readyBefore(), r.Announced.inLineMost())
}

// inSeconds is a time as people say it.
func inSeconds(s float64) string {
	if math.IsInf(s, 0) {
		return "never"
	}
	return fmt.Sprintf("%.0f seconds", s)
}

// From when to when a panel shows a wave, in seconds after the first fan.
const (
	replicasFrom = -75.0
	replicasTo   = 165.0
	replicasStep = 3.0
)

func replicasPanel(s *svg, x int, title string, w *replicasWaveSeen, line, replicas float64) {
	s.text(x, 106, 17, "start", colourText, title)
	n := int((replicasTo - replicasFrom) / replicasStep)
	inLine, ready, wanted := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, sec := range w.Seconds {
		if i := int((sec.At - replicasFrom) / replicasStep); sec.At >= replicasFrom && i < n {
			inLine[i], ready[i], wanted[i] = max(inLine[i], float64(sec.InLine)), float64(sec.Ready), float64(sec.Wanted)
		}
	}
	chart{title: "People in line", values: inLine, top: line, colour: colourLine, empty: "no line"}.draw(s, x, 270, panelW, 120)
	chart{title: "Replicas of the shop", values: ready, top: replicas, colour: colourOrders, empty: "none"}.draw(s, x, 420, panelW, 90)
	step := tick(replicas)
	top := step * math.Max(1, math.Ceil(replicas/step))
	width := panelW / float64(n)
	for i, v := range wanted {
		if v > 0 {
			s.line(float64(x)+float64(i)*width, float64(x)+float64(i+1)*width, 420-90*v/top, colourText, ` stroke-width="1.5"`)
		}
	}
	for at := -60.0; at <= 150; at += 30 {
		s.text(x+int((at-replicasFrom)/(replicasTo-replicasFrom)*panelW), 438, 11, "middle", colourGrey, fmt.Sprintf("%.0f s", at))
	}
	zero := float64(x) + -replicasFrom/(replicasTo-replicasFrom)*panelW
	fmt.Fprintf(s, `<line x1="%.1f" x2="%.1f" y1="140" y2="420" stroke="%s" stroke-dasharray="2 3"/>`+"\n", zero, zero, colourGrey)
}
