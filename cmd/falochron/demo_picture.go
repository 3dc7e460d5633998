package main

import (
	"fmt"
	"html"
	"math"

	"github.com/falochron/falochron/internal/crowd"
)

// The picture's measures, in pixels.
const (
	picW, picH   = 960, 700
	panelW       = 370
	leftPanel    = 80
	rightPanel   = 560
	ordersBottom = 330
	ordersH      = 170
	lineBottom   = 460
	lineH        = 80
	errorsBottom = 590
	errorsH      = 80
	pictureStep  = 6 // seconds a column

	colourOrders = "#1b7f5c"
	colourLine   = "#3b6fb6"
	colourErrors = "#c8372d"
	colourText   = "#1d2733"
	colourGrey   = "#5c6773"
	colourGrid   = "#e3e7eb"
)

// picture draws both waves side by side: orders against what the shop can take,
// people in line, and error pages. It is for somebody who was never in a server
// room, and is understood without the table.
func picture(r *demoResult, bare, protected *crowd.Report) []byte {
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	top := tops{orders: 1.3 * best, line: 1, errors: 1}
	top.cover(bare)
	top.cover(protected)
	var s svg
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" role="img" aria-labelledby="t d">`+"\n", picW, picH, picW, picH)
	fmt.Fprintf(&s, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(headline(r)), html.EscapeString(inWords(r)))
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", picW, picH)
	s.text(30, 42, 23, "start", colourText, headline(r))
	s.text(30, 68, 14, "start", colourGrey, fmt.Sprintf("%s people in %.0f seconds: %g times more buyers than the shop can serve. From a calm crowd it takes %.0f orders a minute.",
		thousands(r.Details.Fans), r.Details.WaveS, r.Overload, best))
	panel(&s, leftPanel, "The shop alone", "bare", r, r.Bare.OrdersPerMin, r.Bare.GoodputRatio, bare, best, top)
	panel(&s, rightPanel, "With "+protector(r.Details.Front), "protected", r, r.Protected.OrdersPerMin, r.Protected.GoodputRatio, protected, best, top)
	s.text(30, picH-46, 12, "start", colourGrey, "What a calm crowd orders was measured first, with as many people at a time as the same shop serves best.")
	s.text(30, picH-30, 12, "start", colourGrey, fmt.Sprintf("Orders a minute are the mean from second %.0f, when the first people can have ordered, to second %.0f.", r.Details.WindowFromS, r.Details.WindowToS))
	s.text(30, picH-14, 12, "start", colourGrey, fmt.Sprintf("People arrive and think %g times as fast as in life; nothing else is sped up. Seed %d.", r.Compression, r.Seed))
	s.WriteString("</svg>\n")
	return []byte(s.String())
}

// headline is the result in a sentence.
func headline(r *demoResult) string {
	if !r.shows("bare") || !r.shows("protected") {
		return fmt.Sprintf("A shop with %g times more buyers than it can serve", r.Overload)
	}
	return fmt.Sprintf("Same shop, same rush: %.0f orders a minute alone, %.0f with %s", r.Bare.OrdersPerMin, r.Protected.OrdersPerMin, protector(r.Details.Front))
}

// inWords is the picture for those who do not see it.
func inWords(r *demoResult) string {
	best := max(r.Ideal.OrdersPerMin, r.IdealBare.OrdersPerMin)
	words := fmt.Sprintf("Bars over %.0f seconds show orders a minute, people in line and error pages a second. From a calm crowd the shop takes %.0f orders a minute.", r.Details.WaveS, best)
	if r.shows("bare") {
		words += fmt.Sprintf(" Alone it took %.0f, and %s of its pages were errors.", r.Bare.OrdersPerMin, percent(r.Bare.ErrorShare))
	}
	if r.shows("protected") {
		words += fmt.Sprintf(" With %s it took %.0f, up to %s people stood in line, and %s of the pages were errors.", protector(r.Details.Front), r.Protected.OrdersPerMin,
			people(r.Protected.WaitingPeak), percent(r.Details.Waves["protected"].ErrorShare))
	}
	return words
}

// people is a number of people that may not have been told: nobody then.
func people(t told) string {
	if math.IsNaN(float64(t)) {
		return "no"
	}
	return thousands(int(t))
}

// tops holds the largest values, over both waves.
type tops struct{ orders, line, errors float64 }

func (t *tops) cover(rep *crowd.Report) {
	for _, x := range ordersOver(rep, pictureStep) {
		t.orders = max(t.orders, x)
	}
	for _, x := range inLineOver(rep, pictureStep) {
		t.line = max(t.line, x)
	}
	for _, x := range errorsOver(rep, pictureStep) {
		t.errors = max(t.errors, x)
	}
}

// panel draws one wave.
func panel(s *svg, x int, title, wave string, r *demoResult, rate, ratio float64, rep *crowd.Report, best float64, top tops) {
	s.text(x, 106, 17, "start", colourText, title)
	if !r.shows(wave) {
		s.text(x, 128, 14, "start", colourGrey, "not part of this run")
		return
	}
	s.text(x, 128, 14, "start", colourText, fmt.Sprintf("%.0f orders a minute: %.0f %% of those of a calm crowd", rate, 100*ratio))
	chart{title: "Orders a minute", values: ordersOver(rep, pictureStep), top: top.orders, colour: colourOrders,
		mark: best, marked: fmt.Sprintf("with a calm crowd: %.0f", best), empty: "no orders"}.draw(s, x, ordersBottom, panelW, ordersH)
	chart{title: "People in line, told how long", values: inLineOver(rep, pictureStep), top: top.line, colour: colourLine,
		empty: "no line"}.draw(s, x, lineBottom, panelW, lineH)
	chart{title: "Error pages a second", values: errorsOver(rep, pictureStep), top: top.errors, colour: colourErrors,
		empty: "no error page"}.draw(s, x, errorsBottom, panelW, errorsH)
	whole := rep.To.Seconds()
	for at := 0.0; at <= whole && whole > 0; at += timeStep(whole) {
		s.text(x+int(at/whole*panelW), errorsBottom+18, 11, "middle", colourGrey, fmt.Sprintf("%.0f s", at))
	}
}

// timeStep is the distance of two marks on the time scale, in seconds.
func timeStep(whole float64) float64 {
	if whole > 40 {
		return 20
	}
	return 5
}

// inLineOver is the most people in line in each stretch of step seconds.
func inLineOver(rep *crowd.Report, step int) []float64 {
	return over(rep, step, func(sum, n float64) float64 { return max(sum, n) }, func(s *crowd.Second) int { return s.InLine })
}

// errorsOver is the mean of error pages a second in each stretch of step
// seconds.
func errorsOver(rep *crowd.Report, step int) []float64 {
	return over(rep, step, func(sum, n float64) float64 { return sum + n/float64(step) }, func(s *crowd.Second) int { return s.Errors })
}

// over folds the wave's seconds into stretches of step seconds.
func over(rep *crowd.Report, step int, fold func(sum, n float64) float64, of func(*crowd.Second) int) []float64 {
	out := make([]float64, int(rep.To.Seconds())/step)
	for i := range rep.Seconds {
		if at := i / step; at < len(out) {
			out[at] = fold(out[at], float64(of(&rep.Seconds[i])))
		}
	}
	return out
}
