package forecast

import (
	"math"
	"testing"
	"time"
)

// about fails unless got is within the given part of want.
func about(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*want {
		t.Errorf("%s: %.4g, want %.4g to %g %%", what, got, want, 100*part)
	}
}

// A modest story, counted by hand: 150,000 viewers × 5 % = 7,500 people; 15 % of them
// in five minutes = 1,125, which is 3.8 a second; 3 % in the first minute = 225, of
// which the busiest seconds have some twice the mean of that minute: 7.5 a second. An
// answer of the middle case is checked, in which nothing is better or worse than
// expected.
func TestModestStoryByHand(t *testing.T) {
	w := Imagine(Campaign{Posts: []Post{{Channel: "instagram-story", At: evening, Reach: 150_000, Proof: true, Click: new(0.05)}}, Uninvited: new(0.0)}, 1, 2)
	c := w.crowd(&w.middle, map[float64][]float64{})
	sum := summed(c.people)
	about(t, "in all", sum[len(sum)-1], 7500, 1e-9)
	about(t, "in five minutes", c.before(sum, 300), 1125, 1e-6)
	about(t, "in a minute", c.before(sum, 60), 225, 1e-6)
	about(t, "in an hour", c.before(sum, 3600), 0.58*7500, 1e-6)
	rate, at := c.peak()
	if rate < 5 || rate > 7.5 || at < 30 || at > 120 {
		t.Errorf("peak %.2f a second after %.0f s", rate, at)
	}
}

// What the modest story asks of a shop, counted by hand: 7.5 visitors a second × 70 files =
// 525; × 1.5 to 2.5 pages × (1 + 1 to 3 calls) = 22.5 to 75 pages and calls. Eight workers
// (120 orders a minute ÷ 60 × 4 s) of 0.3 s make 26.7: at or past the edge.
func TestModestStoryWithoutACacheByHand(t *testing.T) {
	a := Imagine(Campaign{
		Posts:    []Post{{Channel: "instagram-story", At: evening, Reach: 150_000, Proof: true, Click: new(0.05)}},
		Capacity: Capacity{OrdersPerMinute: 120}, Uninvited: new(0.0),
	}, 1, 2).Answer()
	a.Peak = Range{Low: 7.5, Mid: 7.5, High: 7.5}
	files, made := a.Uncached()
	about(t, "files", files.Mid, 525, 1e-9)
	about(t, "fewest pages", made.Low, 22.5, 1e-9)
	about(t, "pages", made.Mid, 45, 1e-9)
	about(t, "most pages", made.High, 75, 1e-9)
	about(t, "made by eight workers", a.Makes(), 8/0.3, 1e-9)
	rows := map[string]Row{}
	for _, r := range a.Table(English) {
		rows[r.Name] = r
	}
	if r := rows["  of these its workers make"]; r.Mid != "27" {
		t.Errorf("the table says %+v", r)
	}
	if r := rows["  without a cache: pages a second"]; r.High != "75" {
		t.Errorf("the table says %+v", r)
	}
	a.Line.Replicas = true // how many workers a replica has is not known
	if a.Makes() != 0 {
		t.Error("makes", a.Makes())
	}
}

// A timed drop, counted by hand: of 100,000 who wait 30,000 come in the first minute,
// 500 a second; one in ten wants to buy. Two orders a second take 25 minutes for
// these 3,000; in six minutes 500 a minute are needed: 33.3 workers of four seconds.
func TestTimedDropByHand(t *testing.T) {
	w := Imagine(Campaign{
		Posts:     []Post{{Channel: "timed-drop", At: evening, Reach: 100_000, Proof: true, Buy: new(0.1), Limited: true}},
		Uninvited: new(0.0), Capacity: Capacity{OrdersPerMinute: 120},
	}, 1, 0)
	c := w.crowd(&w.middle, map[float64][]float64{})
	about(t, "in a minute", c.before(summed(c.people), 60), 30_000, 1e-6)
	// All 10,000 in one line, at two a second: gone after 83 minutes, if nobody came
	// late; the last tenth comes over the rest of a day.
	l := c.run(2, 2, []float64{math.Inf(1)})
	if l.ends < 75*60 || l.ends > 83.4*60 || l.wait < 55*60 || l.wait > l.ends {
		t.Errorf("line of %v: ends after %v", seconds(l.wait), seconds(l.ends))
	}
	a := w.Answer()
	about(t, "orders of the first minute", a.Minute.Orders, 3000, 1e-9)
	about(t, "minutes of line", a.Line.WorkedOff.Minutes(), 25, 1e-9)
	if a.Line.Enough != 34 || a.Line.Have != 8 || a.Line.Patience != 6*time.Minute {
		t.Errorf("%d workers instead of %d within %v", a.Line.Enough, a.Line.Have, a.Line.Patience)
	}
}

// A rectangle: 600 people in 60 s, all of whom buy, at 5 a second. The line grows by 5
// a second to 300; the last one waits 60 s; it is gone after 120 s. With stock for
// 400 it is over after 80 s, for all.
func TestLineByHand(t *testing.T) {
	c := crowd{at: []float64{0}}
	c.want = make([][]float64, 1)
	for i := range 600 {
		c.at = append(c.at, float64(i+1)/10)
		c.people = append(c.people, 1)
		c.want[0] = append(c.want[0], 1)
	}
	l := c.run(5, 5, []float64{math.Inf(1)})
	about(t, "wait", l.wait, 60, 0.01)
	about(t, "most", l.people, 300, 0.01)
	about(t, "end", l.ends, 120, 0.01)
	about(t, "served", l.served[0], 600, 1e-6)
	// Served at 8 a second the last waits 15 s.
	about(t, "rate for 15 s", c.rateFor(5, 15, []float64{math.Inf(1)}), 8, 0.02)

	l = c.run(5, 5, []float64{400})
	about(t, "sold out", l.gone[0], 80, 0.01)
	about(t, "end", l.ends, 80, 0.01)
	about(t, "served", l.served[0], 400, 1e-6)
	about(t, "wait", l.wait, 40, 0.02) // of those who were told after 80 s and had come after 40
}

// Who wants what is sold out leaves, and the others move up.
func TestTwoStocksInOneLine(t *testing.T) {
	c := crowd{at: []float64{0, 10}, people: []float64{200}, want: [][]float64{{100}, {100}}}
	l := c.run(10, 10, []float64{10, math.Inf(1)})
	// Half of who is served wants the first: its 10 are gone after 2 s. The other 90
	// of the second then take 9 s.
	about(t, "first sold out", l.gone[0], 2, 1e-6)
	about(t, "end", l.ends, 11, 1e-6)
	about(t, "first served", l.served[0], 10, 1e-6)
	about(t, "second served", l.served[1], 100, 1e-6)
	if !math.IsInf(l.gone[1], 1) {
		t.Error("the second has no end")
	}
}

func TestProfilesGoThroughTheirTable(t *testing.T) {
	for name, p := range map[string]*profile{"moment": &moment, "screen": &screen, "story": &story, "feed": &feed, "video": &video, "x": &xPost} {
		c := p.curve()
		for i, minutes := range []float64{1, 5, 15, 60} {
			about(t, name, c.by(60*minutes, 0), p.share[i], 1e-9)
		}
		before := 0.0
		for s := 1.0; s < p.end*60; s *= 1.01 {
			now := c.by(s, 0)
			if now < before || now > 1 {
				t.Fatalf("%s: %g after %g s, %g before", name, now, s, before)
			}
			before = now
		}
		if c.by(0, 0) != 0 || c.by(p.end*60, 0) != 1 || c.by(-5, 1) != 0 {
			t.Errorf("%s: nobody comes before the post, and all by the end", name)
		}
	}
}

// The first minute is the measured one: of what comes within 60 s, 27 % come by 30 s
// and 11 % by 20 s (medians of 60 cascades, at their 2.3 % by 60 s).
func TestFirstMinuteIsMeasured(t *testing.T) {
	p := profile{[4]float64{0.023, 0.127, 0.215, 0.375}, 7 * 24 * 60}
	c := p.curve()
	about(t, "by 30 s", c.by(30, 0)/c.by(60, 0), 0.27, 0.05)
	about(t, "by 20 s", c.by(20, 0)/c.by(60, 0), 0.11, 0.05)
	// The half minute after it has 1.5 times its mean (shares 2.3 and 4.0 %).
	about(t, "the next half minute", 2*(c.by(90, 0)-c.by(60, 0))/c.by(60, 0), 1.49, 0.05)
}

func TestNumbersInWords(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Polish.count(1, persons), "1 osoba"}, {Polish.count(2, persons), "2 osoby"}, {Polish.count(5, persons), "5 osób"},
		{Polish.count(12, persons), "12 osób"}, {Polish.count(22, persons), "22 osoby"}, {Polish.count(25, persons), "25 osób"},
		{Polish.count(112, persons), "112 osób"}, {Polish.count(0, persons), "0 osób"}, {Polish.count(1.5, hour), "1,5 godziny"},
		{Polish.count(101, persons), "101 osób"}, {English.count(1, persons), "1 person"}, {English.count(0, persons), "0 people"},
		{Polish.Number(12345), "12 345"}, {English.Number(1234567), "1,234,567"}, {English.Number(999), "999"},
		{English.About(0.01234), "0.01"}, {English.About(38_412), "38,000"}, {Polish.About(7.46), "7,5"}, {English.About(0.1), "0.1"},
		{English.Span(45), "45 seconds"}, {English.Span(60*25 + 10), "25 minutes"}, {English.Span(5000), "83 minutes"}, {English.Span(2 * 3600), "2 hours"},
		{Polish.Span(60), "60 sekund"}, {Polish.Span(86400 * 3), "3 dni"}, {English.short(0), "0"}, {English.short(90), "2 min"},
		{English.Percent(0.015), "1.5 %"}, {Polish.Percent(0.35), "35 %"},
		{English.Clock(evening.Add(24*time.Hour), evening), "2026-12-02 20:00"}, {English.Clock(evening, evening), "20:00"},
		{oneIn(English, 0.1), "one in ten wants to buy"}, {oneIn(English, 0.5), "50 % of them want to buy"},
		{oneIn(Polish, 0.1), "1 na 10 chce kupić"}, {oneIn(English, 1), "all of whom want to buy"}, {oneIn(English, 0.15), "15 % of them want to buy"},
	} {
		if got := spaces(tc.got); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func spaces(s string) string {
	var b []rune
	for _, r := range s {
		if r == '\u00a0' {
			r = ' '
		}
		b = append(b, r)
	}
	return string(b)
}
