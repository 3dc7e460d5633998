package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/internal/crowd"
)

// The picture's measures, in pixels.
const (
	picW, picH   = 960, 490
	panelW       = 400
	ordersTop    = 120
	ordersH      = 190
	errorsTop    = 345
	errorsH      = 60
	leftPanel    = 60
	rightPanel   = 520
	pictureStep  = 6 // seconds a column
	colourOrders = "#1b7f5c"
	colourErrors = "#c8372d"
	colourText   = "#1d2733"
	colourGrey   = "#6b7785"
)

// picture draws both waves side by side: orders against what the shop can take,
// and error pages. It is for somebody who was never in a server room.
func picture(r *demoResult, bare, protected *crowd.Report) []byte {
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	tops := 1.0
	worst := 1.0
	for _, rep := range []*crowd.Report{bare, protected} {
		for _, x := range ordersOver(rep, pictureStep) {
			tops = max(tops, x)
		}
		for _, x := range errorsOver(rep, pictureStep) {
			worst = max(worst, x)
		}
	}
	tops = max(tops, 1.3*best)
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" fill="%s" role="img">`+"\n", picW, picH, picW, picH, colourText)
	fmt.Fprintf(&s, "<title>Orders a minute with %g times too many buyers: %.0f without Falochron, %.0f with it, %.0f possible</title>\n", r.Overload, r.Bare.OrdersPerMin, r.Protected.OrdersPerMin, best)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", picW, picH)
	write(&s, leftPanel, 40, 22, "start", colourText, fmt.Sprintf("The same wave twice: %g times more buyers than the shop can serve", r.Overload))
	write(&s, leftPanel, 64, 14, "start", colourGrey, fmt.Sprintf("%s fans in %.0f seconds at a shop that can take %.0f orders a minute", thousands(r.Details.Fans), r.Details.WaveS, best))
	panel(&s, leftPanel, "The shop alone", fmt.Sprintf("%.0f orders a minute", r.Bare.OrdersPerMin), r.Bare.GoodputRatio, bare, best, tops, worst)
	panel(&s, rightPanel, "With Falochron", fmt.Sprintf("%.0f orders a minute", r.Protected.OrdersPerMin), r.Protected.GoodputRatio, protected, best, tops, worst)
	write(&s, leftPanel, picH-30, 12, "start", colourGrey, fmt.Sprintf("Orders a minute are those from second %.0f, when the first visitors can have ordered, to second %.0f.", r.Details.WindowFromS, r.Details.WindowToS))
	write(&s, leftPanel, picH-13, 12, "start", colourGrey, fmt.Sprintf("People arrive and think %g times as fast as in life; nothing else is sped up. Seed %d.", r.Compression, r.Seed))
	s.WriteString("</svg>\n")
	return []byte(s.String())
}

// panel draws one wave.
func panel(s *strings.Builder, x int, title, rate string, ratio float64, rep *crowd.Report, best, tops, worst float64) {
	write(s, x, 104, 17, "start", colourText, title+": "+rate+fmt.Sprintf(" (%.0f %%)", 100*ratio))
	y := func(v float64) float64 { return ordersTop + ordersH*(1-v/tops) }
	orders := ordersOver(rep, pictureStep)
	bars(s, x, orders, ordersTop+ordersH, ordersH/tops, colourOrders)
	fmt.Fprintf(s, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="%s" stroke-width="1.5" stroke-dasharray="6 4"/>`+"\n", x, x+panelW, y(best), y(best), colourText)
	// On the left, where no wave has brought an order yet.
	write(s, x, int(y(best))-6, 12, "start", colourText, fmt.Sprintf("what the shop can take: %.0f a minute", best))
	axis(s, x, ordersTop+ordersH)
	write(s, x, ordersTop+ordersH+16, 12, "start", colourGrey, "orders over time")
	bars(s, x, errorsOver(rep, pictureStep), errorsTop+errorsH, errorsH/worst, colourErrors)
	axis(s, x, errorsTop+errorsH)
	total := 0
	for _, sec := range rep.Seconds {
		total += sec.Errors
	}
	write(s, x, errorsTop+errorsH+16, 12, "start", colourGrey, fmt.Sprintf("error pages: %s", thousands(total)))
	write(s, x+panelW, errorsTop+errorsH+16, 12, "end", colourGrey, fmt.Sprintf("%.0f s", rep.To.Seconds()))
	if peak := rep.Totals.WaitingPeak; peak > 0 {
		write(s, x+panelW, ordersTop+ordersH+16, 12, "end", colourGrey, fmt.Sprintf("up to %s people in line, told how long", thousands(peak)))
	}
}

func bars(s *strings.Builder, x int, values []float64, bottom int, scale float64, colour string) {
	if len(values) == 0 {
		return
	}
	w := float64(panelW) / float64(len(values))
	for i, v := range values {
		if v > 0 {
			fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", float64(x)+float64(i)*w+1, float64(bottom)-v*scale, w-2, v*scale, colour)
		}
	}
}

func axis(s *strings.Builder, x, y int) {
	fmt.Fprintf(s, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s"/>`+"\n", x, x+panelW, y, y, colourGrey)
}

// write places a text. No text here comes from outside: there is nothing to escape.
func write(s *strings.Builder, x, y, size int, anchor, colour, text string) {
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="%d" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, size, anchor, colour, text)
}

// errorsOver is the number of error pages in each stretch of step seconds.
func errorsOver(rep *crowd.Report, step int) []float64 {
	out := make([]float64, int(rep.To.Seconds())/step)
	for i, s := range rep.Seconds {
		if i/step < len(out) {
			out[i/step] += float64(s.Errors)
		}
	}
	return out
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
