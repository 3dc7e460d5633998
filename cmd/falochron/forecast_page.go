package main

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron/internal/forecast"
)

// The measures of what forecast prints, in characters: no line is longer than
// pageWidth.
const (
	pageWidth  = 80
	chartWidth = 60 // half the steps of a curve
	chartMark  = 10 // of the scale on the left
)

// words are a text in both languages.
type words [2]string

// forecastPage is the answer for people.
func forecastPage(a *forecast.Answer, l forecast.Language, plain bool) string {
	var b strings.Builder
	if a.Campaign.Name != "" {
		fmt.Fprintf(&b, "%s\n\n", a.Campaign.Name)
	}
	for _, s := range a.Sentences(l) {
		b.WriteString(wrap(s, "", pageWidth))
	}
	draw := blocks
	if plain {
		draw = letters
	}
	b.WriteString("\n")
	b.WriteString(strip(a, l, words{"visitors a second", "wejścia na sekundę"}[l], a.Curve.Rate, 0, 10, draw))
	b.WriteString("\n")
	takes := words{"people a minute who want to buy", "osoby na minutę, które chcą kupić"}[l]
	if c := a.Campaign.Capacity.OrdersPerMinute; c > 0 {
		takes += fmt.Sprintf(words{"; the line is what the shop takes: %s", "; linia to tyle, ile przyjmuje sklep: %s"}[l], l.Number(c))
	}
	b.WriteString(strip(a, l, takes, a.Curve.Orders, a.Campaign.Capacity.OrdersPerMinute, 6, draw))
	b.WriteString(legend(a, l, draw))
	fmt.Fprintf(&b, "\n%-35s%15s%15s%15s\n", "", words{"1 in 10 below", "1/10 poniżej"}[l], words{"middle", "środek"}[l], words{"1 in 10 above", "1/10 powyżej"}[l])
	for _, r := range a.Table(l) {
		fmt.Fprintf(&b, "%-35s%15s%15s%15s\n", r.Name, r.Low, r.Mid, r.High)
	}
	b.WriteString(words{"\nWhere this comes from:\n", "\nSkąd to się bierze:\n"}[l])
	for _, r := range a.Reasons(l) {
		b.WriteString(wrap(r, "- ", pageWidth))
	}
	return strings.ReplaceAll(b.String(), "\u00a0", " ") // lines are broken now
}

// wrap breaks a text into lines; the first begins with mark, the others below it.
func wrap(text, mark string, width int) string {
	var b strings.Builder
	b.WriteString(mark)
	at := utf8.RuneCountInString(mark)
	indent := strings.Repeat(" ", at)
	for i, word := range strings.Split(text, " ") { // an unbreakable space stays inside its word
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n" + indent)
			at = len(indent)
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteString("\n")
	return b.String()
}

// brush says how a band is drawn. part are the heights of a cell, from a little to
// all of it.
type brush struct {
	low, middle, high  rune
	part               []rune
	line, corner, mark string
}

var (
	blocks  = brush{'▓', '█', '░', []rune("▁▂▃▄▅▆▇█"), "─", "└", "▲"}
	letters = brush{'=', '#', '.', []rune(".#"), "-", "+", "^"}
)

// strip draws a curve with its band, and below it when the posts go out. A line
// marks the value mark, if it is above 0 and on the scale.
func strip(a *forecast.Answer, l forecast.Language, title string, curve []forecast.Range, mark float64, rows int, by brush) string {
	columns := make([]forecast.Range, chartWidth)
	top := 0.0
	for i := range columns {
		x, y := curve[2*i], curve[2*i+1]
		columns[i] = forecast.Range{Low: (x.Low + y.Low) / 2, Mid: (x.Mid + y.Mid) / 2, High: (x.High + y.High) / 2}
		top = max(top, columns[i].High)
	}
	if mark > 0 && mark < 3*top { // further up it would flatten the curve
		top = max(top, mark)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", title)
	step := nice(top / float64(rows))
	for r := rows - 1; r >= 0; r-- {
		label := ""
		if r%2 == 1 || r == rows-1 {
			label = l.About(float64(r+1) * step)
		}
		cells := make([]rune, chartWidth)
		for i, c := range columns {
			cells[i] = by.cell(c, float64(r)*step, step)
			if cells[i] == ' ' && mark > float64(r)*step && mark <= float64(r+1)*step {
				cells[i] = []rune(by.line)[0]
			}
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%*s %s", chartMark, label, string(cells)), " "))
	}
	fmt.Fprintf(&b, "%*s%s%s\n", chartMark, "0", by.corner, strings.Repeat(by.line, chartWidth))
	b.WriteString(clocks(a))
	return b.String()
}

// nice is the next round number from x up.
func nice(x float64) float64 {
	if !(x > 0) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, n := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if n*p >= x {
			return n * p
		}
	}
	return 10 * p
}

// cell is one character: of the column with the band c, from bottom up.
func (by *brush) cell(c forecast.Range, bottom, step float64) rune {
	inside := (c.Mid - bottom) / step // how much of the cell the middle case fills
	switch {
	case step <= 0 || c.High < bottom+step/4:
		return ' '
	case c.Low >= bottom+step/2:
		return by.low
	case inside >= 1:
		return by.middle
	case inside > 0.06:
		return by.part[min(int(inside*float64(len(by.part))), len(by.part)-1)]
	}
	return by.high
}

// clocks is the line below a chart: four moments.
func clocks(a *forecast.Answer) string {
	line := strings.Repeat(" ", chartMark+1)
	format := "15:04"
	if long := a.Curve.Step * time.Duration(len(a.Curve.Rate)); long > 48*time.Hour {
		format = "2 Jan"
	} else if long < 20*time.Minute {
		format = "15:04:05"
	}
	for i := range 4 {
		at := a.Curve.From.Add(a.Curve.Step * time.Duration(len(a.Curve.Rate)/4*i)).In(a.Begins.Location())
		line += fmt.Sprintf("%-*s", chartWidth/4, at.Format(format))
	}
	return strings.TrimRight(line, " ") + "\n"
}

// legend says what the shades mean, and marks the posts.
func legend(a *forecast.Answer, l forecast.Language, by brush) string {
	var b strings.Builder
	marks := []rune(strings.Repeat(" ", chartWidth))
	for _, p := range a.Posts {
		x := int(float64(p.At.Sub(a.Curve.From)) / float64(a.Curve.Step) / 2)
		if x >= 0 && x < chartWidth {
			marks[x] = []rune(by.mark)[0]
		}
	}
	fmt.Fprintf(&b, "%*s%s\n", chartMark+1, "", strings.TrimRight(string(marks), " "))
	for _, p := range a.Posts {
		slip := ""
		if p.Slip > 0 {
			slip = " ±" + l.Span(p.Slip.Seconds())
		}
		b.WriteString(wrap(fmt.Sprintf("%s %s%s %s", by.mark, l.Clock(p.At, a.Begins), slip, p.Name), strings.Repeat(" ", chartMark+1), pageWidth))
	}
	b.WriteString(wrap(fmt.Sprintf(words{"%c nine in ten reach this, %c the middle case, %c one in ten goes above",
		"%c tyle jest w dziewięciu na dziesięć, %c środek, %c jeden na dziesięć jest wyżej"}[l], by.low, by.middle, by.high), strings.Repeat(" ", chartMark+1), pageWidth))
	return b.String()
}

// forecastPicture is the same curve as a picture.
func forecastPicture(a *forecast.Answer, l forecast.Language) []byte {
	const width, height, left, right, panel = 960, 620, 90, 930, 210
	var s svg
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" role="img">`+"\n", width, height)
	title := a.Campaign.Name
	if title == "" {
		title = words{"Forecast", "Prognoza"}[l]
	}
	fmt.Fprintf(&s, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	s.text(left, 30, 18, "start", colourText, title)
	draw := func(name string, curve []forecast.Range, bottom int, colour string, mark float64) {
		top := 0.0
		for _, r := range curve {
			top = max(top, r.High)
		}
		if mark < 3*top {
			top = max(top, mark)
		}
		step := tick(top)
		top = step * math.Max(1, math.Ceil(top/step))
		x := func(i int) float64 { return left + (right-left)*float64(i)/float64(len(curve)-1) }
		y := func(v float64) float64 { return float64(bottom) - panel*v/top }
		s.text(left, bottom-panel-10, 13, "start", colourText, name)
		for v := 0.0; v <= top*1.0001; v += step {
			s.line(left, right, y(v), colourGrid, "")
			s.text(left-8, int(y(v))+4, 11, "end", colourGrey, l.Number(v))
		}
		s.WriteString(`<polygon fill="` + colour + `" fill-opacity="0.22" points="`)
		for i, r := range curve {
			fmt.Fprintf(&s, "%.1f,%.1f ", x(i), y(r.High))
		}
		for i := len(curve) - 1; i >= 0; i-- {
			fmt.Fprintf(&s, "%.1f,%.1f ", x(i), y(curve[i].Low))
		}
		s.WriteString(`"/>` + "\n" + `<polyline fill="none" stroke-width="2" stroke="` + colour + `" points="`)
		for i, r := range curve {
			fmt.Fprintf(&s, "%.1f,%.1f ", x(i), y(r.Mid))
		}
		s.WriteString(`"/>` + "\n")
		if mark > 0 && mark <= top {
			s.line(left, right, y(mark), colourText, ` stroke-width="1.5" stroke-dasharray="6 4"`)
			s.text(right, int(y(mark))-6, 12, "end", colourText, fmt.Sprintf(words{"the shop takes %s", "sklep przyjmuje %s"}[l], l.Number(mark)))
		}
		for i := range 5 {
			at := a.Curve.From.Add(a.Curve.Step * time.Duration(len(curve)*i/4))
			s.text(left+(right-left)*i/4, bottom+18, 11, "middle", colourGrey, l.Clock(at, a.Begins))
		}
		for _, p := range a.Posts {
			if i := float64(p.At.Sub(a.Curve.From)) / float64(a.Curve.Step); i >= 0 && i < float64(len(curve)) {
				px := left + (right-left)*i/float64(len(curve)-1)
				fmt.Fprintf(&s, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s" stroke-dasharray="2 3"/>`+"\n", px, px, bottom-panel, bottom, colourGrey)
				s.text(int(px)+4, bottom-panel+12, 11, "start", colourGrey, p.Name)
			}
		}
	}
	draw(words{"visitors a second (line: the middle case; band: four of five)", "wejścia na sekundę (linia: środek; pas: cztery na pięć)"}[l], a.Curve.Rate, 290, colourLine, 0)
	draw(words{"people a minute who want to buy", "osoby na minutę, które chcą kupić"}[l], a.Curve.Orders, 570, colourOrders, a.Campaign.Capacity.OrdersPerMinute)
	s.WriteString("</svg>\n")
	return []byte(s.String())
}
