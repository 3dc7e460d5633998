package console

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// told writes vessels as lines, to be read.
func told(all []drawn) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%s: %s %s; %s %s %s; level %.2f was %.2f; in %g out %g %s; %s; %s\n",
			d.Title, d.Number, d.Unit, d.Tone, d.State, d.Trend, d.Level, d.Before, d.In, d.Out, d.Gate, strings.Join(d.Notes, ", "), d.Pours)
	}
	return strings.ReplaceAll(b.String(), narrow, " ")
}

// What one pours in rises at the next: a wide pipe into the line and a narrow one
// out of it, so the line rises.
func TestVesselsOfAWave(t *testing.T) {
	en, _ := speakers()
	all, err := en.flow("f", waveFlow())
	if err != nil {
		t.Fatal(err)
	}
	const want = `Fans: 2,840 people a minute arrive; high many at once rising; level 0.92 was 0.61; in 0 out 26 ; ; 2,840 people a minute come to the door
Edge: 94% of all answers come from here, without the shop; calm answers at once ; level 0.94 was -1.00; in 26 out 21.1 ; ; 410 people a minute need a place
Line: 965 people hold a place in line; high held in line rising; level 0.69 was 0.44; in 21.1 out 15.6 open; someone coming now waits about 22 min, left early in 10 min: 84; 45 people a minute are let in
Shop: 100% busy; high full ; level 1.00 was 0.97; in 15.6 out 15.2 ; 41 people are inside; 38 orders a minute are written
Database: 72% busy; calm busy, but has room rising; level 0.72 was 0.66; in 15.2 out 0 ; ; 
`
	if got := told(all); got != want {
		t.Errorf("got\n%s", got)
	}
	for i := range all[:4] {
		if all[i].Out != all[i+1].In {
			t.Errorf("the pipes between %s and %s do not meet", all[i].Title, all[i+1].Title)
		}
	}
}

func TestVesselsSayWhatIsNotKnown(t *testing.T) {
	_, pl := speakers()
	all, err := pl.flow("f", unknownFlow())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Tone != unknownTone || d.State != "nie wiadomo" || d.Number != "–" || d.Pours != "" || d.RunsIn() || d.RunsOut() || d.Y() < glassBottom {
			t.Errorf("%+v", d)
		}
	}
}

func TestVesselsOfAHeldLineAndADeadShop(t *testing.T) {
	en, _ := speakers()
	held, err := en.flow("f", heldFlow())
	if err != nil {
		t.Fatal(err)
	}
	if d := held[2]; d.Gate != "held" || d.Out != 4 || d.Pours != "nobody is let in" || d.Tone != alarmTone || len(d.Notes) != 1 {
		t.Errorf("%+v", d)
	}
	down, err := en.flow("f", downFlow())
	if err != nil {
		t.Fatal(err)
	}
	if d := down[3]; d.Number != "down" || d.Tone != alarmTone || d.State != "the line keeps every place" {
		t.Errorf("%+v", d)
	}
	if d := down[2]; len(d.Notes) != 1 || strings.Contains(d.Notes[0], "waits") {
		t.Errorf("nobody is let in, but it says %v", d.Notes)
	}
	if d := down[4]; d.Tone != alarmTone || d.State != "full" {
		t.Errorf("%+v", d)
	}
}

// The water of people is what waits on them; what is late lies on top.
func TestVesselsOfPeople(t *testing.T) {
	en, _ := speakers()
	all, err := en.people("p", at(19, 10), partiesStory())
	if err != nil {
		t.Fatal(err)
	}
	const want = `Influencer: 1 step waits here; high open ; level 0.17 was -1.00; in 0 out 10 ; 3 steps done; it holds up: Host, Software house
Media house: 2 steps wait here; alarm 2 steps are late ; level 0.33 was -1.00; in 10 out 10 ; 2 steps done; it holds up: Host, Software house, Influencer
Software house: 1 step waits here; alarm 1 step is late ; level 0.17 was -1.00; in 10 out 10 ; 4 steps done; it holds up: Host
Host: 2 steps wait here; alarm 1 step is late ; level 0.33 was -1.00; in 10 out 0 ; 1 step done; it holds up: Media house, Influencer
`
	if got := told(all); got != want {
		t.Errorf("got\n%s", got)
	}
	if b := all[3].Blocks; len(b) != 2 || b[0].Late || !b[1].Late || b[1].Y >= b[0].Y {
		t.Errorf("%+v", b)
	}
	if b := blocks(40, 1); b[39].Y < glassTop || b[39].Height <= 0 {
		t.Errorf("forty steps do not fit: %+v", b[39])
	}
	if got, err := en.people("p", at(19, 10), []Party{{Role: "caterer", Name: "x"}}); err != nil || got[0].Title != "caterer" || got[0].State != "all done" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestWaterStaysInItsGlass(t *testing.T) {
	before := surface(0)
	for level := 0.01; level < 3; level += 0.01 {
		y := surface(level)
		if y > before || y < glassTop {
			t.Errorf("%.2f: %g", level, y)
		}
		before = y
	}
	if thick(0, 100) >= thick(1, 100) || thick(100, 100) > 26 || thick(5, 0) != thick(0, 0) {
		t.Error("a pipe that carries more is thicker, up to 26")
	}
}

func TestCurve(t *testing.T) {
	en, _ := speakers()
	c := forecastStory(-30, 180, nil)
	c.Limit = 1200
	c.Marks = append(c.Marks, Mark{At: at(3, 0)})
	p, err := en.curve(roomNow(), 940, 280, c)
	if err != nil {
		t.Fatal(err)
	}
	if p.Sum != "Highest at 20:00: 2,960 (from 1,332 to 6,216)." || len(p.Marks) != 1 || p.Marks[0].Text != "20:00" || len(p.Rows) > 24 {
		t.Errorf("%q %+v, %d rows", p.Sum, p.Marks, len(p.Rows))
	}
	if p.Rules[2].Text != "10,000" || p.Limit <= p.Top || p.Limit >= p.Bottom || !strings.HasSuffix(string(p.Band), `Z"`) {
		t.Errorf("%+v", p)
	}
	var times []string
	for _, l := range p.Times {
		times = append(times, l.Text)
	}
	if got := strings.Join(times, " "); got != "19:30 20:00 20:30 21:00 21:30 22:00 22:30" {
		t.Error(got)
	}
	// One point, one moment, nothing known: drawn without a fault.
	for _, points := range [][]CurvePoint{nil, {{At: roomNow(), Low: 1, Mid: 2, High: 3}}, {{roomNow(), Unknown, Unknown, Unknown}, {roomNow().Add(time.Hour), Unknown, Unknown, Unknown}}} {
		p, err := en.curve(roomNow(), 360, 230, &Curve{Points: points})
		if len(points) == 2 && p.Sum != "Nothing to draw yet." {
			t.Error(p.Sum)
		}
		if err != nil || strings.Contains(string(p.Band+p.Line+p.Fill), "NaN") || strings.Contains(string(p.Band+p.Line+p.Fill), "Inf") {
			t.Errorf("%v: %v %+v", points, err, p)
		}
	}
}

// What happened at a second is marked with it; a short time has ticks by the second.
func TestMarksAndTicksBySeconds(t *testing.T) {
	en, _ := speakers()
	c := &Curve{Marks: []Mark{{At: at(20, 0).Add(7 * time.Second)}, {At: at(20, 0)}}}
	for i := range 20 {
		c.Points = append(c.Points, CurvePoint{At: at(19, 59).Add(time.Duration(i) * 5 * time.Second), Low: Unknown, Mid: 1, High: Unknown})
	}
	p, err := en.curve(roomNow(), 940, 280, c)
	if err != nil {
		t.Fatal(err)
	}
	if p.Marks[0].Text != "20:00:07" || p.Marks[1].Text != "20:00" {
		t.Errorf("%+v", p.Marks)
	}
	var times []string
	for _, l := range p.Times {
		times = append(times, l.Text)
	}
	if got := strings.Join(times, " "); got != "19:59 19:59:10 19:59:20 19:59:30 19:59:40 19:59:50 20:00 20:00:10 20:00:20 20:00:30" {
		t.Error(got)
	}
	if got := string(en.exact(roomNow(), c.Marks[0].At)); !strings.Contains(got, "20:00:07") || !strings.Contains(got, "T") {
		t.Error(got)
	}
}

// Nobody asks the shop how busy its database is: it is not measured, and how to have it
// is said. An answer that failed is not known.
func TestVesselOfADatabaseThatNobodyAsks(t *testing.T) {
	en, pl := speakers()
	for s, want := range map[*speaker]string{en: "not measured", pl: "bez pomiaru"} {
		all, err := s.flow("f", unaskedFlow())
		if err != nil {
			t.Fatal(err)
		}
		if d := all[4]; d.State != want || d.Tone != unknownTone || d.Number != "–" || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "database.url") {
			t.Errorf("%+v", d)
		}
	}
}
