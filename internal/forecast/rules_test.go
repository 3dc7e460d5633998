package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// some campaigns of every sort, small and large.
func campaigns(seed uint64, n int) []Campaign {
	rnd := rand.New(rand.NewPCG(seed, 1))
	out := make([]Campaign, n)
	for i := range out {
		c := &out[i]
		c.Capacity.OrdersPerMinute = math.Exp(6 * rnd.Float64())
		if rnd.IntN(2) == 0 {
			c.Stock = 1 + rnd.IntN(2000)
		}
		for range 1 + rnd.IntN(3) {
			p := Post{
				Channel: Channels()[rnd.IntN(len(Channels()))], At: evening.Add(time.Duration(rnd.IntN(7200)) * time.Second),
				Slip: time.Duration(rnd.IntN(3)*rnd.IntN(1800)) * time.Second, Reach: int(math.Exp(3 + 12*rnd.Float64())),
				Limited: rnd.IntN(2) == 0, Proof: rnd.IntN(2) == 0, Price: 10,
			}
			if rnd.IntN(3) == 0 {
				p.Stock = 1 + rnd.IntN(500)
			}
			if rnd.IntN(3) == 0 {
				p.Boost = Boost{time.Duration(rnd.IntN(7200)) * time.Second, rnd.Float64()}
			}
			c.Posts = append(c.Posts, p)
		}
	}
	return out
}

// Nobody is lost and nobody is made up: what comes over time adds up to what the
// waves bring; who wants to buy is served or goes without; no more is sold than
// there is; later windows hold the earlier ones.
func TestNobodyIsLost(t *testing.T) {
	all := campaigns(1, 20)
	// Two at almost the same moment, of which one's last step is left out.
	tv := Post{Channel: "tv", At: evening, Reach: 10_000_000, Price: 10}
	again := tv
	again.At = evening.Add(300 * time.Millisecond)
	all = append(all, Campaign{Posts: []Post{tv, again}, Capacity: Capacity{OrdersPerMinute: 100}})
	for i, c := range all {
		w := Imagine(c, uint64(i), 40)
		shared := map[float64][]float64{}
		for k := range w.each {
			v := &w.each[k]
			crowd := w.crowd(v, shared)
			want, buyers := 0.0, 0.0
			for _, wave := range v.waves {
				want += wave.people
				buyers += wave.people * v.buy[wave.post]
			}
			came := summed(crowd.people)
			about(t, fmt.Sprint("campaign ", i, ": people over time"), came[len(came)-1], want, 1e-9)
			f := w.count(v, &crowd)
			w.stand(v, &crowd, &f)
			without, sold := 0.0, 0.0
			for p, pool := range w.pools {
				without += f.without[p]
				wanted := summed(crowd.want[p])
				served := wanted[len(wanted)-1] - f.without[p]
				if served > pool.stock*(1+1e-9)+1e-9 {
					t.Errorf("campaign %d: %g sold of %g", i, served, pool.stock)
				}
				sold += served
			}
			about(t, fmt.Sprint("campaign ", i, ": served and without"), sold+without, buyers, 1e-6)
			about(t, fmt.Sprint("campaign ", i, ": sales"), f.sales, 10*sold, 1e-6)
			for j := 1; j < len(windows); j++ {
				if f.people[j] < f.people[j-1] || f.visitors[j] < f.people[j]-1 {
					t.Fatalf("campaign %d: windows %v, visitors %v", i, f.people, f.visitors)
				}
			}
			if f.people[3] > 0 && f.need < c.Capacity.OrdersPerMinute/60 {
				t.Errorf("campaign %d: less than there is would do", i)
			}
		}
	}
}

// The line agrees with one in which every person stands: served in turn, one every
// so many seconds, told when the stock is gone.
func TestLineIsThatOfPeople(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 200 {
		rate := 0.2 + 3*rnd.Float64()
		c := crowd{at: []float64{0}, want: make([][]float64, 1)}
		stock := math.Inf(1)
		if i%2 == 0 {
			stock = float64(1 + rnd.IntN(400))
		}
		var arrivals []float64
		for range 1 + rnd.IntN(60) {
			start, long, n := c.at[len(c.at)-1], 1+9*rnd.Float64(), rnd.IntN(20)
			for k := range n {
				arrivals = append(arrivals, start+long*(float64(k)+0.5)/float64(n))
			}
			c.at, c.people, c.want[0] = append(c.at, start+long), append(c.people, float64(n)), append(c.want[0], float64(n))
		}
		// The people, one by one.
		free, wait, served, gone, end := 0.0, 0.0, 0.0, math.Inf(1), 0.0
		for _, at := range arrivals {
			if served == stock {
				wait = max(wait, gone-at)
				continue
			}
			done := max(free, at) + 1/rate
			wait, served, free, end = max(wait, done-at), served+1, done, done
			if served == stock {
				gone = done
			}
		}
		l := c.run(rate, rate, []float64{stock})
		slack := 2/rate + 12 // a person, and the length of a stretch
		if math.Abs(l.wait-wait) > slack || l.served[0] > served+1e-6 || math.Abs(l.served[0]-served) > 1e-6 {
			t.Errorf("%d: waits %.1f served %.1f, want %.1f and %.0f", i, l.wait, l.served[0], wait, served)
		}
		if math.IsInf(gone, 1) != math.IsInf(l.gone[0], 1) || !math.IsInf(gone, 1) && math.Abs(l.gone[0]-gone) > slack {
			t.Errorf("%d: gone %.1f, want %.1f", i, l.gone[0], gone)
		}
		if l.ends > 0 && math.Abs(l.ends-end) > slack && l.ends > end {
			t.Errorf("%d: ends %.1f, want %.1f", i, l.ends, end)
		}
	}
}

// More people bring more of everything; a shop that takes more has a shorter line; no
// line is longer with the workers that were asked for than people bear.
func TestMoreIsMore(t *testing.T) {
	for i, c := range campaigns(2, 8) {
		a := Imagine(c, 9, 100).Answer()
		more := c
		more.Posts = append([]Post(nil), c.Posts...)
		for p := range more.Posts {
			more.Posts[p].Reach *= 3
		}
		b := Imagine(more, 9, 100).Answer()
		for what, pair := range map[string][2]Range{
			"in all": {a.Total.People, b.Total.People}, "first minute": {a.First[0].People, b.First[0].People}, "peak": {a.Peak, b.Peak},
			"orders": {a.Total.Orders, b.Total.Orders}, "workers": {a.Line.Workers, b.Line.Workers}, "wait": {a.Line.Wait, b.Line.Wait},
		} {
			// With a stock a larger crowd is told sooner that all is gone.
			if what == "wait" && (c.Stock > 0 || len(a.Stocks) > 0) {
				continue
			}
			if pair[1].Low < pair[0].Low || pair[1].Mid < pair[0].Mid || pair[1].High < pair[0].High {
				t.Errorf("campaign %d, %s: %v with three times the reach, %v without", i, what, pair[1], pair[0])
			}
		}
		faster := c
		faster.Capacity.OrdersPerMinute *= 4
		if d := Imagine(faster, 9, 100).Answer(); d.Line.Wait.High > a.Line.Wait.High || d.Line.Ends.High > a.Line.Ends.High+1 {
			t.Errorf("campaign %d: %v with four times the capacity, %v without", i, d.Line.Wait, a.Line.Wait)
		}
		w := Imagine(c, 9, 20)
		shared := map[float64][]float64{}
		for k := range w.each {
			crowd := w.crowd(&w.each[k], shared)
			stock := make([]float64, len(w.pools))
			for p := range stock {
				stock[p] = w.pools[p].stock
			}
			rate := c.Capacity.OrdersPerMinute / 60
			need := crowd.rateFor(rate, 360, stock)
			if l := crowd.run(need, rate, stock); l.wait > 360 {
				t.Errorf("campaign %d: %v with %g orders a second", i, seconds(l.wait), need)
			}
			if need > rate && crowd.run(need/1.03, rate, stock).wait <= 360 {
				t.Errorf("campaign %d: fewer than %g a second would do", i, need)
			}
		}
	}
}

// A post that may slip has a wider and flatter curve: at the announced moment less
// is sure, half an hour before it something may come.
func TestSlipWidensTheCurve(t *testing.T) {
	c := Campaign{Posts: []Post{{Channel: "instagram-story", At: evening, Reach: 1_000_000, Proof: true}}}
	sharp := Imagine(c, 3, 400).Answer()
	c.Posts[0].Slip = 30 * time.Minute
	wide := Imagine(c, 3, 400).Answer()
	if !wide.Curve.From.Equal(evening.Add(-30 * time.Minute)) {
		t.Errorf("the curve begins at %v", wide.Curve.From)
	}
	at := func(a *Answer, d time.Duration) Range {
		return a.Curve.Rate[int(evening.Add(d).Sub(a.Curve.From)/a.Curve.Step)]
	}
	if r := at(wide, -15*time.Minute); r.High <= 0 {
		t.Error("nothing may come before the announced moment")
	}
	if r := at(wide, 5*time.Minute); r.Low > 0 || at(sharp, 5*time.Minute).Low <= 0 {
		t.Errorf("five minutes after it: %v, without slip %v", r, at(sharp, 5*time.Minute))
	}
	top := func(a *Answer) (high float64) {
		for _, r := range a.Curve.Rate {
			high = max(high, r.Mid)
		}
		return high
	}
	if top(wide) >= top(sharp) {
		t.Error("the curve is no flatter")
	}
	// What is counted from when it goes out does not change.
	about(t, "first minute", wide.First[0].People.Mid, sharp.First[0].People.Mid, 0.05)
}

// The past moves the middle and narrows the interval; a stated share stays.
func TestThePastNarrows(t *testing.T) {
	c := Campaign{Posts: []Post{{Channel: "instagram-story", Account: "ola", At: evening, Reach: 100_000, Proof: true}}}
	sizes := func(c Campaign) Range { r, _ := sizesOf(c, 1); return r }
	width := func(r Range) float64 { return math.Log(r.High / r.Low) }
	last := sizes(c)
	about(t, "width without a past", width(last), 2*1.2816*1.5, 0.02)
	for range 3 {
		for range 2 {
			c.Past = append(c.Past, Past{Channel: "instagram-story", Account: "ola", Reach: 100_000, Proof: true, Visitors: 9600, Orders: -1})
		}
		now := sizes(c)
		if width(now) >= width(last) || now.Mid < last.Mid {
			t.Errorf("%d posts that brought three times as many: %v, before %v", len(c.Past), now, last)
		}
		last = now
	}
	about(t, "after six posts", last.Mid, 9600, 0.1)
	if u := Imagine(c, 1, 2).used[0]; u != (Used{Same: 6}) {
		t.Errorf("used %+v", u)
	}

	// Somebody else's posts on another channel say less.
	other := c
	other.Past = append([]Past(nil), c.Past...)
	for i := range other.Past {
		other.Past[i].Account, other.Past[i].Channel = "ewa", "x-post"
		other.Past[i].Visitors = 3000
	}
	if r := sizes(other); width(r) <= 2*width(last) {
		t.Errorf("posts of others narrow as much: %v", r)
	}
	c.Posts[0].Click = new(0.05)
	if r := sizes(c); math.Abs(r.Mid-5000) > 250 || width(r) > 1.1*width(last) {
		t.Errorf("a stated share: %v", r)
	}
}

// What makes no sense does not break anything.
func TestNothingBreaks(t *testing.T) {
	for _, c := range []Campaign{
		{}, {Posts: []Post{{}}}, {Posts: []Post{{Channel: "pigeon", Reach: 5, At: evening}}},
		{Posts: []Post{{Channel: "tv", Reach: 1, At: evening}}, Stock: 1, Capacity: Capacity{OrdersPerMinute: 1e-6}},
		{Posts: []Post{{Channel: "chat", Reach: 2_000_000_000, At: evening, Limited: true}}, Stock: 1, Capacity: Capacity{OrdersPerMinute: 1}},
		{Posts: []Post{{Channel: "chat", Reach: 10, At: evening}}, Past: []Past{{}, {Channel: "chat", Reach: 5, Visitors: 0, Orders: 0}, {Channel: "chat", Reach: 5, Visitors: 50, Orders: 50}}},
	} {
		a := Imagine(c, 1, 50).Answer()
		for _, l := range []Language{English, Polish} {
			if len(a.Sentences(l)) == 0 {
				t.Errorf("%+v: nothing said", c)
			}
			a.Reasons(l)
			a.Table(l)
		}
		for _, r := range []Range{a.Total.People, a.Peak, a.Total.Orders, a.Sales} {
			if math.IsNaN(r.Low) || math.IsNaN(r.Mid) || math.IsInf(r.High, 0) || r.Low > r.Mid || r.Mid > r.High {
				t.Errorf("%+v: %v", c, r)
			}
		}
	}
}

func TestSameSeedSameAnswer(t *testing.T) {
	c := campaigns(5, 1)[0]
	one, two, other := Imagine(c, 1, 60).Answer(), Imagine(c, 1, 60).Answer(), Imagine(c, 2, 60).Answer()
	if fmt.Sprint(one.Sentences(English), one.Curve) != fmt.Sprint(two.Sentences(English), two.Curve) {
		t.Error("the same seed gives another answer")
	}
	if fmt.Sprint(one.Curve) == fmt.Sprint(other.Curve) {
		t.Error("another seed gives the same answer")
	}
}
