package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// svg writes a picture. It knows lines, bars and words; what they say is decided
// in picture.
type svg struct{ strings.Builder }

// text places words; anchor is start, middle or end.
func (s *svg) text(x, y, size int, anchor, colour, words string) {
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="%d" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, size, anchor, colour, html.EscapeString(words))
}

func (s *svg) line(x1, x2, y float64, colour, more string) {
	fmt.Fprintf(s, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n", x1, x2, y, y, colour, more)
}

// chart is one row of bars over time with its scale.
type chart struct {
	title  string
	values []float64 // one a column
	top    float64   // the largest value of both waves: both have the same scale
	colour string
	mark   float64 // a dashed line at this value; 0 is none
	marked string  // what it is
	empty  string  // said instead of bars when all values are 0
}

// draw draws the chart with its lower edge at bottom.
func (c chart) draw(s *svg, x, bottom, width, height int) {
	step := tick(c.top)
	top := step * math.Max(1, math.Ceil(c.top/step))
	y := func(v float64) float64 { return float64(bottom) - float64(height)*v/top }
	s.text(x, bottom-height-10, 13, "start", colourText, c.title)
	for v := 0.0; v <= top; v += step {
		s.line(float64(x), float64(x+width), y(v), colourGrid, "")
		s.text(x-8, int(y(v))+4, 11, "end", colourGrey, thousands(int(v)))
	}
	any := false
	w := float64(width) / float64(max(len(c.values), 1))
	for i, v := range c.values {
		if v > 0 {
			any = true
			fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", float64(x)+float64(i)*w+1, y(v), w-2, float64(bottom)-y(v), c.colour)
		}
	}
	if !any && c.empty != "" {
		s.text(x+width/2, bottom-height/5, 13, "middle", colourGrey, c.empty)
	}
	if c.mark > 0 {
		s.line(float64(x), float64(x+width), y(c.mark), colourText, ` stroke-width="1.5" stroke-dasharray="6 4"`)
		// On the left, where no wave has brought an order yet.
		s.WriteString(`<g stroke="#ffffff" stroke-width="4" paint-order="stroke">` + "\n") // readable above bars
		s.text(x+4, int(y(c.mark))-6, 12, "start", colourText, c.marked)
		s.WriteString("</g>\n")
	}
}

// tick is a round distance between the lines of a scale up to top, of which
// there are two to five.
func tick(top float64) float64 {
	if !(top > 1) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(top/2)))
	for _, n := range []float64{5, 2} {
		if top/(n*p) >= 2 {
			return n * p
		}
	}
	return p
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
