package console

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// Curve is something over time: a forecast with its band, or what was measured,
// or both.
type Curve struct {
	What   Text // what is counted, as "people a minute"
	Points []CurvePoint
	Limit  float64 // drawn as a dashed line: what the shop takes; 0 = none
	Marks  []Mark  // moments to be seen, as posts
	// Nowcast says that the band is of what has been seen of a wave, not of the forecast.
	Nowcast bool
}

// CurvePoint is a moment. Each number may be [Unknown].
type CurvePoint struct {
	At             time.Time
	Low, Mid, High float64
}

// Mark is a moment with a name.
type Mark struct {
	At   time.Time
	What Text
	By   int // people who came by it, as far as that is known; none is not told
}

// plot is a curve as it is drawn, in a box of its own size.
type plot struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64 // the field's edges
	Band, Line, Fill         template.HTMLAttr
	Rules                    []rule
	Times                    []label
	Marks                    []label
	Limit                    float64 // its height; 0 = none
	Peak                     CurvePoint
	Rows                     []CurvePoint // the table's, at most twenty-four
	Sum                      string       // in one sentence
}

type rule struct {
	Y    float64
	Text string
}

type label struct {
	X    float64
	Text string
	Of   Text
	By   int
	At   time.Time
	End  bool // its text stands before the line
}

// curve lays a curve out. It is called for a phone and for a desk.
func (s *speaker) curve(zone time.Time, width, height float64, c *Curve) (*plot, error) {
	p := &plot{Width: width, Height: height, Left: 54, Right: width - 10, Top: 26, Bottom: height - 26}
	if len(c.Points) == 0 {
		return p, nil
	}
	first, last := c.Points[0].At, c.Points[len(c.Points)-1].At
	most := c.Limit
	var crest CurvePoint // of the band
	for _, q := range c.Points {
		most = max(most, q.High, q.Mid)
		if q.Mid >= 0 && q.Mid >= p.Peak.Mid {
			p.Peak = q
		}
		if q.Low >= 0 && q.High > crest.High {
			crest = q
		}
	}
	top := roundUp(most)
	span := max(last.Sub(first), time.Second)
	x := func(t time.Time) float64 {
		return round1(p.Left + (p.Right-p.Left)*float64(t.Sub(first))/float64(span))
	}
	y := func(n float64) float64 { return round1(p.Bottom - (p.Bottom-p.Top)*min(n/top, 1)) }
	for _, n := range []float64{0, top / 2, top} {
		p.Rules = append(p.Rules, rule{y(n), s.number(n)})
	}
	if c.Limit > 0 {
		p.Limit = y(c.Limit)
	}
	p.draw(c.Points, x, y)
	p.times(zone, first, last, x)
	for _, m := range c.Marks {
		if !m.At.Before(first) && !m.At.After(last) {
			p.Marks = append(p.Marks, label{X: x(m.At), Text: m.At.In(zone.Location()).Format(clockOf(m.At)), Of: m.What, By: m.By, At: m.At, End: x(m.At) > width*0.7})
		}
	}
	step := (len(c.Points) + 23) / 24
	for i := 0; i < len(c.Points); i += step {
		p.Rows = append(p.Rows, c.Points[i])
	}
	var err error
	switch {
	case p.Peak.At.IsZero() && !crest.At.IsZero(): // nothing is measured yet
		p.Sum, err = s.say("curve.sum.band", "time", crest.At.In(zone.Location()).Format("15:04"), "low", s.number(crest.Low), "high", s.number(crest.High))
		return p, err
	case p.Peak.At.IsZero():
		p.Sum, err = s.say("curve.empty")
		return p, err
	case p.Peak.Low < 0 || p.Peak.High < 0:
		p.Sum, err = s.say("curve.sum.bare", "most", s.number(p.Peak.Mid), "time", p.Peak.At.In(zone.Location()).Format("15:04"))
		return p, err
	}
	p.Sum, err = s.say("curve.sum", "most", s.number(p.Peak.Mid), "time", p.Peak.At.In(zone.Location()).Format("15:04"),
		"low", s.number(p.Peak.Low), "high", s.number(p.Peak.High))
	return p, err
}

// draw makes the paths: the band there and back, the line where it is known.
func (p *plot) draw(points []CurvePoint, x func(time.Time) float64, y func(float64) float64) {
	var line, fill, there strings.Builder
	var back []string
	begun := false
	end := 0.0
	for _, q := range points {
		at := x(q.At)
		if q.Low >= 0 && q.High >= 0 {
			fmt.Fprintf(&there, "%s%g %g", step(there.Len() == 0), at, y(q.High))
			back = append(back, fmt.Sprintf("L%g %g", at, y(q.Low)))
		}
		if q.Mid < 0 {
			continue // known curves begin somewhere and end somewhere, without holes
		}
		if !begun {
			fmt.Fprintf(&fill, "M%g %gL%g %g", at, p.Bottom, at, y(q.Mid))
		} else {
			fmt.Fprintf(&fill, "L%g %g", at, y(q.Mid))
		}
		fmt.Fprintf(&line, "%s%g %g", step(!begun), at, y(q.Mid))
		begun, end = true, at
	}
	if begun {
		fmt.Fprintf(&fill, "L%g %gZ", end, p.Bottom)
	}
	if len(back) > 0 {
		for i := len(back) - 1; i >= 0; i-- {
			there.WriteString(back[i])
		}
		there.WriteString("Z")
	}
	attr := func(d string) template.HTMLAttr { return template.HTMLAttr(`d="` + d + `"`) }
	p.Band, p.Line, p.Fill = attr(there.String()), attr(line.String()), attr(fill.String())
}

func step(first bool) string {
	if first {
		return "M"
	}
	return "L"
}

// times puts readable times under the field, on whole steps of the clock.
func (p *plot) times(zone, first, last time.Time, x func(time.Time) float64) {
	wanted := max(math.Floor(p.Width/85), 2)
	gap := 7 * 24 * time.Hour
	for _, g := range []time.Duration{
		10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour, 48 * time.Hour,
	} {
		if last.Sub(first) <= time.Duration(wanted)*g {
			gap = g
			break
		}
	}
	_, east := first.In(zone.Location()).Zone()
	shift := time.Duration(east) * time.Second
	for t := first.Add(shift).Truncate(gap).Add(-shift); !t.After(last); t = t.Add(gap) {
		if at := x(t); at >= p.Left && at <= p.Right-16 {
			p.Times = append(p.Times, label{X: at, Text: t.In(zone.Location()).Format(clockOf(t))})
		}
	}
}

// clockOf writes a moment with its seconds where it has some.
func clockOf(t time.Time) string {
	if t.Second() != 0 {
		return "15:04:05"
	}
	return "15:04"
}

// exact is clock, with seconds where there are some.
func (s *speaker) exact(zone, t time.Time) template.HTML {
	return stamp(t, t.In(zone.Location()).Format(clockOf(t)))
}

// roundUp is the next number that makes a readable axis, as in assets/chart.js.
func roundUp(n float64) float64 {
	if n <= 4 {
		return 4
	}
	power := math.Pow(10, math.Floor(math.Log10(n)))
	for _, m := range []float64{1, 2, 4, 6, 10} {
		if m*power >= n {
			return m * power
		}
	}
	return 10 * power
}
