package scale

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func decider(t testing.TB, cfg Config) *Decider {
	t.Helper()
	d, err := New(cfg, Saved{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Who comes once new replicas are there waits as long as is the target, if there are as
// many as are needed, and longer if there are fewer. Where they have to start first, it may
// be as long as a start more.
func TestNeedIsWhatTheWaitAsksFor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for range 3000 {
		o := outlook{each: 0.05 + r.Float64(), visit: float64(r.IntN(2)) * 300 * r.Float64(), line: 3000 * r.Float64(), start: 200 * r.Float64(),
			target: 5 + 200*r.Float64(), ready: float64(r.IntN(20))}
		if r.IntN(2) == 0 {
			o = o.atOnce()
		}
		o.inside = o.ready * o.each * o.visit * r.Float64()
		in := &inflow{now: lasting{40 * r.Float64(), 10 + 2000*r.Float64()}}
		n := o.need(in, all)
		if n == 0 {
			continue
		}
		tried++
		if w := o.wait(in, n*1.001); w > o.target+o.start+1 {
			t.Fatalf("%+v, %+v: with %v replicas one waits %v s", o, in, n, w)
		}
		if w := o.wait(in, n*0.9); w < o.target && o.start == 0 {
			t.Fatalf("%+v, %+v: %v replicas are needed, and with a tenth less one waits %v s only", o, in, n, w)
		}
	}
	if tried < 1000 {
		t.Errorf("only %d tried", tried)
	}
}

func TestFaultsAreAllNamed(t *testing.T) {
	_, err := New(Config{Limits: Limits{Min: -1, Max: 20_000, CostPerHour: math.NaN(), BudgetPerHour: -1}, TargetWait: -time.Second, ColdSpeed: 2, Headroom: math.Inf(1)}, Saved{})
	if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"Min is -1", "Max is 20000", "CostPerHour is NaN", "BudgetPerHour is -1", "TargetWait is -1s", "ColdSpeed is 2", "Headroom is +Inf"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if _, err := New(Config{Limits: Limits{Min: 3, CostPerHour: 1, BudgetPerHour: 2}}, Saved{}); err == nil {
		t.Error("a budget that does not pay for the minimum is taken")
	}
}

// What was learnt and spent is there after a restart, also by way of JSON.
func TestSaved(t *testing.T) {
	w := newWorld(evening)
	w.stand(2)
	w.arrivals = func(time.Duration) float64 { return 15 }
	w.most = 2
	cfg := Config{Limits: Limits{Min: 2, Max: 12, CostPerHour: 1, BudgetPerCampaign: 100}}
	d := decider(t, cfg)
	for range 600 {
		w.tick()
		w.scale(d.Decide(w.now, w.observed()).Wanted)
	}
	before := d.Save()
	b, err := json.Marshal(before)
	if err != nil || len(b) > 2000 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	var s Saved
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	again, err := New(cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	after := again.Save()
	if after.Ceiling != 4 || after.Capacity != before.Capacity || after.Spent != before.Spent || after.Spent == 0 || len(after.Starts) != len(before.Starts) {
		t.Errorf("before %+v\nafter  %+v", before, after)
	}
	// Ten minutes without a program are paid as well.
	spent := again.Decide(w.now.Add(10*time.Minute), w.observed()).Spent
	if want := before.Spent + before.Beyond/6; math.Abs(spent-want) > 1e-9 {
		t.Errorf("spent %v, want %v", spent, want)
	}
	bad, err := New(cfg, Saved{Version: 1, Starts: []float64{math.NaN(), -5, 1e12}, Capacity: math.Inf(1), Ceiling: 9, Seen: 3, Spent: math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	if s := bad.Save(); len(s.Starts) != 0 || s.Capacity != 0 || s.Ceiling != 0 || s.Spent != 0 {
		t.Errorf("nonsense was taken: %+v", s)
	}
}

// Where nearly as many come as the shop can take, and then a few more, a line of some dozens is
// no wave that is over when it is twice as old: what was usual goes on, and a replica is
// ordered at once.
func TestWhatIsUsualGoesOn(t *testing.T) {
	late := func(usual float64) time.Duration {
		d := decider(t, Config{Limits: Limits{Min: 2, Max: 40}, Capacity: 3.5, Start: 40 * time.Second})
		old := evening.Add(-time.Hour)
		o := Observed{Asked: 2, Startable: -1, Visit: 106 * time.Second, Replicas: []Replica{{Phase: Ready, Since: old}, {Phase: Ready, Since: old}}}
		now := evening
		for range 600 {
			now = now.Add(time.Second)
			o.Arrivals, o.Served, o.Inside = usual, usual, int(106*usual)
			if d.Decide(now, o).Wanted > 2 {
				t.Fatalf("%.1f a second come, two replicas take 7, and a third is ordered before there is a line", usual)
			}
		}
		o.Arrivals, o.Served, o.Inside, o.Busy, o.InLine = 7.2, 6.8, 700, 0.95, 30
		for since := range 300 {
			now = now.Add(time.Second)
			if d.Decide(now, o).Wanted > 2 {
				return time.Duration(since) * time.Second
			}
		}
		return 300 * time.Second
	}
	if got := late(6); got > 10*time.Second {
		t.Errorf("6 a second were usual and 7.2 come, two replicas take 7: a third is ordered after %v", got)
	}
	if got := late(0.5); got < 30*time.Second {
		t.Errorf("half a person a second was usual, 7.2 have come for a moment: a third is ordered after %v; this proves nothing", got)
	}
}

// What the replicas that start make of the shop, and when: those that never get ready are
// left out after a while, and where none is ready there is nothing to be larger than.
func TestGrowthIsOfThoseThatStart(t *testing.T) {
	d := decider(t, Config{Limits: Limits{Min: 2, Max: 40}, Start: 40 * time.Second, Warm: 10 * time.Second, ColdSpeed: 0.2})
	old := evening.Add(-time.Hour)
	o := Observed{Asked: 5, Startable: -1, Replicas: []Replica{
		{Phase: Ready, Ordered: old, Since: old}, {Phase: Ready, Ordered: old, Since: old},
		{Phase: Starting, Ordered: evening.Add(-10 * time.Second)}, {Phase: Starting, Ordered: evening.Add(-20 * time.Second)}, {Phase: Starting, Ordered: evening.Add(-30 * time.Second)},
	}}
	// 40 s after their orders they are ready, and eight more are lost while they are cold.
	if g := d.Decide(evening, o).Growth; g.Times != 2.5 || g.At.Sub(evening) != 28*time.Second {
		t.Errorf("%.2f times as large in %v, wants 2.5 in 28 s", g.Times, g.At.Sub(evening))
	}
	// Late, they are expected when they should have been there.
	if g := d.Decide(evening.Add(time.Minute), o).Growth; g.Times != 2.5 || g.At.Sub(evening) != 28*time.Second {
		t.Errorf("late: %.2f times as large in %v", g.Times, g.At.Sub(evening))
	}
	if g := d.Decide(evening.Add(10*time.Minute), o).Growth; g != (falochron.Growth{}) {
		t.Errorf("they are stuck, and %.2f times as large is expected", g.Times)
	}
	o.Replicas = o.Replicas[2:]
	if g := decider(t, Config{}).Decide(evening, o).Growth; g != (falochron.Growth{}) {
		t.Errorf("no replica is ready, and the shop is to be %.2f times as large", g.Times)
	}
}

// Of those that start as many are promised as came of the ones before: with three that came and
// three that failed four of seven, one more of each supposed to have come. One that has
// failed counts once, however often it is seen, and once more when it has failed again.
func TestGrowthIsOfThoseThatCome(t *testing.T) {
	d := decider(t, Config{Limits: Limits{Min: 1, Max: 40}, Start: 40 * time.Second})
	at := func(phase Phase, since time.Duration) Replica {
		return Replica{Phase: phase, Ordered: evening, Since: evening.Add(since)}
	}
	now := evening.Add(time.Minute)
	o := Observed{Asked: 8, Startable: -1, Replicas: []Replica{{Phase: Ready}, at(Starting, 0)}}
	if g := d.Decide(now, o).Growth; g.Times != 2 {
		t.Errorf("nothing has ended yet: %.2f times as large", g.Times)
	}
	o.Replicas = append(o.Replicas, at(Ready, 40*time.Second), at(Ready, 41*time.Second), at(Ready, 42*time.Second),
		at(Failed, 40*time.Second), at(Failed, 41*time.Second), at(Failed, 42*time.Second))
	for s := range time.Duration(3) {
		want := 1 + 4./7/4
		if g := d.Decide(now.Add(s*time.Second), o).Growth; math.Abs(g.Times-want) > 1e-9 {
			t.Errorf("after %d s: %.3f times as large, wants %.3f", s, g.Times, want)
		}
	}
	// One of them is tried again, and fails again.
	o.Replicas[5] = at(Failed, 62*time.Second)
	if g := d.Decide(now.Add(3*time.Second), o).Growth; math.Abs(g.Times-(1+4./8/4)) > 1e-9 {
		t.Errorf("a fourth has failed: %.3f times as large", g.Times)
	}
	// One that ended hours after it was ordered is no start, nor one of which nothing is known.
	old := decider(t, Config{Limits: Limits{Min: 1, Max: 40}, Start: 40 * time.Second})
	o.Replicas = append(o.Replicas[:2:2], Replica{Phase: Failed, Ordered: evening.Add(-3 * time.Hour), Since: evening}, Replica{Phase: Failed})
	if g := old.Decide(now, o).Growth; g.Times != 2 {
		t.Errorf("one that ran for hours has failed: %.2f times as large", g.Times)
	}
}

// In advice nothing is learnt from orders that nobody follows: the same is advised as
// long as the same is seen.
func TestAdviceOrdersNothing(t *testing.T) {
	w := newWorld(evening)
	w.stand(2)
	w.arrivals = func(time.Duration) float64 { return 3 }
	d := decider(t, Config{Limits: Limits{Min: 2, Max: 40}, Advise: true, Capacity: 0.5})
	for range 1200 {
		w.tick()
		p := d.Decide(w.now, w.observed())
		if !p.Advice {
			t.Fatal("no advice")
		}
		if p.Now.Cause == CauseFailing || p.Now.Cause == CauseForeign {
			t.Fatal(p.Now.Sentence("en"))
		}
	}
	if d.wanted < 6 {
		t.Errorf("only %d advised with three people a second and two replicas of a half", d.wanted)
	}
}

func TestSentences(t *testing.T) {
	s := Step{From: 7, To: 6, Cause: CauseCeiling, Count: 7, Of: 6, Bound: BoundCeiling, InLine: 900, Before: 6 * time.Minute, After: 6 * time.Minute, Need: 20}
	if got, want := s.Sentence("en"), "from 7 to 6 replicas: the 7th replica added nothing; your database is probably the limit; the line is 6 minutes"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got, want := s.Sentence("pl"), "z 7 na 6 replik: 7. replika nic nie dała; ogranicza prawdopodobnie baza danych; kolejka trwa 6 min"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for c := range numCauses {
		for b := range numBounds {
			for _, lang := range []string{"en", "pl", ""} {
				s := Step{From: 3, To: 2 + int(b), Cause: c, Bound: b, Need: 30, Wave: "x", Foreign: 1, Before: time.Hour, After: time.Second, Cost: -1}
				got := s.Sentence(lang)
				if strings.ContainsAny(got, "{}%") || got == "" {
					t.Errorf("%v, %v: %q", c, b, got)
				}
				if lang == "pl" && strings.Contains(got, "replicas") {
					t.Errorf("not Polish: %q", got)
				}
			}
		}
		if c.String() == "" {
			t.Errorf("cause %d has no name", c)
		}
	}
}

// What an announced wave is called may be anything.
func TestNamesAreNotFilledIn(t *testing.T) {
	s := Step{From: 2, To: 3, Cause: CauseWave, Wave: "{from} %d", Coming: 10}
	if got := s.Sentence("en"); !strings.Contains(got, "“{from} %d”") {
		t.Errorf("got %q", got)
	}
}

func FuzzDecide(f *testing.F) {
	f.Add([]byte("abcdefghijklmnopqrstuvwxyz0123456789"))
	f.Add(make([]byte, 400))
	f.Fuzz(func(t *testing.T, b []byte) {
		next := func() uint64 {
			var v [8]byte
			n := copy(v[:], b)
			b = b[n:]
			return binary.LittleEndian.Uint64(v[:])
		}
		number := func() float64 { return math.Float64frombits(next()) }
		moment := func() time.Time { return time.Unix(int64(next()), 0) }
		span := func() time.Duration { return time.Duration(next()) }
		cfg := Config{Limits: Limits{Min: int(int8(next())), Max: int(int16(next())), CostPerHour: number(), BudgetPerHour: number(), BudgetPerCampaign: number()},
			TargetWait: span(), Headroom: number(), Start: span(), Warm: span(), ColdSpeed: number(), Margin: span(), Drain: span(), Capacity: number()}
		if next()%2 == 0 {
			cfg = Config{Limits: Limits{Min: 2, Max: 30}, Capacity: 0.5}
		}
		d, err := New(cfg, Saved{Version: 1, At: moment(), Capacity: number(), Starts: []float64{number()}, Ceiling: int(next()), Seen: int(next()), Spent: number()})
		if err != nil {
			return
		}
		l := d.cfg.Limits
		for len(b) > 0 {
			o := Observed{Asked: int(next()), Most: int(next()), Startable: int(next()), Served: number(), Busy: number(), InLine: int(next()), Arrivals: number(),
				Inside: int(next()), Visit: span(), Sea: Sea(next()), Coming: []Coming{{moment(), number(), number()}, {moment(), number(), number()}},
				Waves: []Wave{{Start: moment(), Slip: span(), People: number(), Upper: number(), Lasts: span(), Peak: number(), PeakUpper: number(), Confidence: number()}}}
			for range next() % 5 {
				o.Replicas = append(o.Replicas, Replica{Phase(next()), moment(), moment()})
			}
			p := d.Decide(moment(), o)
			if p.Wanted < l.Min || p.Wanted > l.Max {
				t.Fatalf("%d wanted of %d to %d", p.Wanted, l.Min, l.Max)
			}
			if math.IsNaN(p.Spent) || math.IsNaN(p.Capacity) || math.IsInf(p.Capacity, 0) || p.Spent < 0 || p.Capacity < 0 || p.Start < 0 || p.Now.Before < unknownWait {
				t.Fatalf("%+v", p)
			}
			_ = p.Now.Sentence("pl")
			for _, a := range p.Ahead {
				if a.To < l.Min || a.To > l.Max {
					t.Fatalf("%d ahead of %d to %d", a.To, l.Min, l.Max)
				}
				_ = a.Sentence("en")
			}
		}
	})
}

// evenings for the benchmark: calm, a line, and a line with a nowcast and announced waves.
func busy(replicas, waves, coming int) (time.Time, Observed) {
	now := evening
	o := Observed{Asked: replicas, Startable: -1, Served: 5, Busy: 0.95, InLine: 400, Arrivals: 12, Inside: 900, Visit: 3 * time.Minute, Sea: Storm}
	for range replicas {
		o.Replicas = append(o.Replicas, Replica{Ready, now.Add(-2 * time.Hour), now.Add(-time.Hour)})
	}
	for i := range waves {
		o.Waves = append(o.Waves, Wave{ID: "w", Start: now.Add(time.Duration(i+1) * time.Hour), People: 5000, Upper: 9000, Lasts: time.Hour, Confidence: 1})
	}
	for i := range coming {
		o.Coming = append(o.Coming, Coming{now.Add(time.Duration(i+1) * time.Minute), 100 * float64(i+1), 150 * float64(i+1)})
	}
	return now, o
}

func BenchmarkDecide(b *testing.B) {
	for _, c := range []struct {
		name                    string
		replicas, waves, coming int
	}{{"10-replicas", 10, 0, 0}, {"10-replicas-nowcast", 10, 0, 24}, {"200-replicas-nowcast-5-waves", 200, 5, 24}} {
		b.Run(c.name, func(b *testing.B) {
			now, o := busy(c.replicas, c.waves, c.coming)
			d := decider(b, Config{Limits: Limits{Min: 2, Max: 400, CostPerHour: 0.1, BudgetPerCampaign: 1e6}, Capacity: 0.5})
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(10 * time.Millisecond)
				d.Decide(now, o)
			}
		})
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	now, o := busy(50, 5, 24)
	d := decider(t, Config{Limits: Limits{Min: 2, Max: 400}, Capacity: 0.5})
	if n := testing.AllocsPerRun(200, func() {
		now = now.Add(time.Second)
		d.Decide(now, o)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
