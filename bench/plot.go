package main

import (
	"fmt"
	"html"
	"math"
	"path/filepath"
	"strings"
)

// barTable is a picture of shares of the same whole: a row for each who is compared,
// a column for each circumstance, a bar in each cell and a line at the whole. It is
// for somebody who has never read a table of measurements.
type barTable struct {
	title   string // what is seen, in a sentence
	below   string // what the bars are
	columns []string
	rows    []barRow
	foot    []string
}

// barRow is one who is compared.
type barRow struct {
	name  string
	own   bool // it is ours
	cells []bar
}

// bar is a share of the whole, 1 being all of it. NaN is not measured.
type bar struct {
	share float64
	empty string // what stands there instead of a bar that is not measured
}

// Measures of a picture in pixels, and its colours. The ground is white and opaque, so
// that the text can be read on pages of any colour.
const (
	plotNames  = 132
	plotColumn = 232
	plotGap    = 26
	plotLeast  = 760 // wide, so that the title fits
	plotRow    = 30
	plotTop    = 128
	plotMargin = 24

	colourOwn    = "#1b7f5c"
	colourOther  = "#8a97a5"
	colourText   = "#1d2733"
	colourGrey   = "#5c6773"
	colourGround = "#ffffff"
	colourEdge   = "#d5dbe1"
)

// svg is a picture being written.
type svg struct{ strings.Builder }

func (s *svg) text(x, y float64, size int, anchor, weight, colour, text string) {
	// The stroke keeps lines away from letters.
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" font-weight="%s" fill="%s" stroke="%s" stroke-width="4" paint-order="stroke">%s</text>`+"\n",
		x, y, size, anchor, weight, colour, colourGround, html.EscapeString(text))
}

func (s *svg) box(x, y, w, h float64, colour string) {
	fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="%s"/>`+"\n", x, y, w, h, colour)
}

func (s *svg) line(x1, y1, x2, y2 float64, colour, dash string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="%s"/>`+"\n", x1, y1, x2, y2, colour, dash)
}

// String draws it.
func (p barTable) String() string {
	wide := float64(max(2*plotMargin+plotNames+len(p.columns)*plotColumn, plotLeast))
	high := float64(plotTop + len(p.rows)*plotRow + 18 + len(p.foot)*17 + plotMargin)
	most := 1.0
	for _, r := range p.rows {
		for _, c := range r.cells {
			if !math.IsNaN(c.share) {
				most = max(most, c.share)
			}
		}
	}
	// The number stands right of the longest bar.
	scale := float64(plotColumn-plotGap-52) / most
	var s svg
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="system-ui, sans-serif" role="img" aria-labelledby="t d">`+"\n", wide, high, wide, high)
	fmt.Fprintf(&s, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(p.title), html.EscapeString(p.inWords()))
	fmt.Fprintf(&s, `<rect x="0.5" y="0.5" width="%.1f" height="%.1f" rx="8" fill="%s" stroke="%s"/>`+"\n", wide-1, high-1, colourGround, colourEdge)
	s.text(plotMargin, 40, 21, "start", "600", colourText, p.title)
	s.text(plotMargin, 64, 14, "start", "400", colourGrey, p.below)
	bottom := float64(plotTop + len(p.rows)*plotRow)
	for i, name := range p.columns {
		x := float64(plotMargin + plotNames + i*plotColumn)
		s.text(x, plotTop-28, 14, "start", "600", colourText, name)
		s.line(x, plotTop-10, x, bottom, colourEdge, "none")
		s.line(x+scale, plotTop-10, x+scale, bottom, colourGrey, "3 3")
		s.text(x+scale, plotTop-13, 11, "middle", "400", colourGrey, "100 %")
	}
	for j, r := range p.rows {
		y := float64(plotTop + j*plotRow)
		colour, weight := colourOther, "400"
		if r.own {
			colour, weight = colourOwn, "700"
		}
		s.text(plotMargin, y+19, 14, "start", weight, colourText, r.name)
		for i, c := range r.cells {
			x := float64(plotMargin + plotNames + i*plotColumn)
			if math.IsNaN(c.share) {
				s.text(x+5, y+19, 12, "start", "400", colourGrey, c.empty)
				continue
			}
			s.box(x, y+5, max(c.share*scale, 1.5), plotRow-10, colour)
			s.text(x+c.share*scale+6, y+19, 13, "start", weight, colourText, shareText(c.share))
		}
	}
	for i, f := range p.foot {
		s.text(plotMargin, bottom+28+float64(i*17), 12, "start", "400", colourGrey, f)
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// shareText is a share as people write it: below one percent there is none to tell.
func shareText(x float64) string {
	if x > 0 && x < 0.005 {
		return "< 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// inWords is the picture for those who do not see it.
func (p barTable) inWords() string {
	var b strings.Builder
	b.WriteString(p.below + ".")
	for i, name := range p.columns {
		fmt.Fprintf(&b, " %s:", name)
		for j, r := range p.rows {
			if j > 0 {
				b.WriteByte(',')
			}
			text := r.cells[i].empty
			if !math.IsNaN(r.cells[i].share) {
				text = shareText(r.cells[i].share)
			}
			fmt.Fprintf(&b, " %s %s", r.name, text)
		}
		b.WriteByte('.')
	}
	return b.String()
}

// plot writes a section's picture beside its numbers.
func (b *bench) plot(section, picture string) error {
	return replace(filepath.Join(b.out, "benchmarks", section+".svg"), []byte(picture))
}
