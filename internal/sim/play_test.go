package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// small is a surprise at two replicas: some three times too many come.
func small() Scenario {
	return Scenario{Name: "small", Lasts: 4 * time.Minute, Crowd: Crowd{Base: 0.3, Waves: []Wave{{At: 30 * time.Second, People: 12_000}}}}
}

func TestTheSameSeedIsTheSameStory(t *testing.T) {
	a, b := Play(small(), Options{Scaler: NewOurs(Announces)}), Play(small(), Options{Scaler: NewOurs(Announces)})
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	other := small()
	other.Seed = 2
	if c := Play(other, Options{Scaler: NewOurs(Announces)}); c.Arrivals == a.Arrivals && c.Orders == a.Orders {
		t.Error("another seed changed nothing")
	}
}

// The same people come whoever scales: only so can scalers be compared.
func TestTheSamePeopleComeToAll(t *testing.T) {
	short := small()
	short.Lasts = 2 * time.Minute
	want := Play(short, Options{})
	for _, s := range Scalers() {
		for _, open := range []bool{false, true} {
			r := Play(short, Options{Scaler: s(), Open: open})
			for i := range r.Seconds {
				if r.Seconds[i].Arrivals != want.Seconds[i].Arrivals {
					t.Fatalf("%s, open %v: second %d: %d came, and %d when nobody scales", r.Scaler, open, i, r.Seconds[i].Arrivals, want.Seconds[i].Arrivals)
				}
			}
			if lost := r.Check(); lost != "" {
				t.Errorf("%s, open %v: %s", r.Scaler, open, lost)
			}
		}
	}
}

func TestCheckFindsWhoIsLost(t *testing.T) {
	r := Play(small(), Options{})
	if r.LeftLine == 0 || r.InLine == 0 {
		t.Fatalf("nobody left the line or stands in it: %+v", r)
	}
	outside, inside := *r, *r
	outside.LeftLine--
	inside.Done++
	if outside.Check() == "" || inside.Check() == "" {
		t.Error("one person too few is not noticed")
	}
}

// wild asks for anything.
type wild struct{ dice }

func (wild) Name() string { return "wild" }

func (w wild) Decide(*Sight) (int, string) { return w.IntN(61) - 10, "chance" }

// The owner's bounds hold whatever a scaler says, at every second.
func TestTheOwnersBoundsHold(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 9))
		s := small()
		s.Seed, s.Lasts = seed+1, 2*time.Minute
		s.Replicas = Replicas{Least: 1 + rng.IntN(4), Start: time.Duration(1+rng.IntN(60)) * time.Second, Fails: 0.3 * rng.Float64(), PerNode: rng.IntN(4)}
		s.Replicas.Most = s.Replicas.Least + rng.IntN(20)
		r := Play(s, Options{Scaler: wild{newDice(seed, 5)}})
		for i, x := range r.Seconds[1:] {
			if x.Wanted < s.Replicas.Least || x.Wanted > s.Replicas.Most {
				t.Fatalf("seed %d, second %d: %d wanted, %d to %d allowed", seed, i+1, x.Wanted, s.Replicas.Least, s.Replicas.Most)
			}
		}
		if lost := r.Check(); lost != "" {
			t.Errorf("seed %d: %s", seed, lost)
		}
	}
}

// Whoever waits costs no event: with ten times as many fans before the same full shop hardly
// more happens, so ten million are as many as the memory of the line holds.
func TestWhoWaitsCostsNothing(t *testing.T) {
	work := func(people float64) (sum uint64) {
		for seed := range uint64(4) { // one evening has a third more events by chance
			s := small()
			s.Seed, s.Lasts, s.Crowd.Waves[0].People = seed+1, 4*time.Minute, people
			r := Play(s, Options{})
			if r.Arrivals < int(people/5) {
				t.Fatalf("%d came of %.0f", r.Arrivals, people)
			}
			sum += r.Work
		}
		return sum
	}
	few, many := work(30_000), work(300_000)
	if float64(many) > 1.2*float64(few) {
		t.Errorf("%d events with 30,000 fans, %d with 300,000", few, many)
	}
}

// People who wait are counted together by the tick in which they came. Played one by one,
// each with a patience of their own, it comes to the same.
func TestCountedTogetherIsAsOneByOne(t *testing.T) {
	var left, entered, wait [2]float64
	const seeds = 10
	for seed := range uint64(seeds) {
		for i, alone := range []bool{false, true} {
			s := small()
			s.Seed, s.Crowd.Waves[0].People = seed+1, 60_000
			w := begin(s, Options{})
			w.front.alone = alone
			w.play(Options{})
			r := w.result(Options{})
			if lost := r.Check(); lost != "" {
				t.Fatal(lost)
			}
			left[i] += float64(r.LeftLine) / seeds
			entered[i] += float64(r.Entered) / seeds
			wait[i] += r.P95Wait.Seconds() / seeds
		}
	}
	for _, c := range []struct {
		name string
		of   [2]float64
		most float64
	}{{"left the line", left, 0.04}, {"let in", entered, 0.03}, {"p95 wait", wait, 0.05}} {
		if d := math.Abs(c.of[0]/c.of[1] - 1); !(d < c.most) {
			t.Errorf("%s: %.0f counted together, %.0f one by one: %.1f %% apart", c.name, c.of[0], c.of[1], 100*d)
		}
	}
}

// A front before a full shop lets it finish more orders than it finishes without.
func TestWithoutTheFrontTheShopDrowns(t *testing.T) {
	s := small()
	s.Crowd.Waves[0].People = 40_000
	with, without := Play(s, Options{}), Play(s, Options{Open: true})
	if with.Orders < 2*without.Orders || with.Overload > 20 || without.Overload < 120 {
		t.Errorf("with the front %d orders and %d s of overload, without %d and %d", with.Orders, with.Overload, without.Orders, without.Overload)
	}
}

// A redirect is not seen, the page after it is: whoever buys is answered four times, for the
// page, the cart, the till and the order, however many requests that takes.
func TestARedirectIsNoAnswer(t *testing.T) {
	w := begin(Scenario{Name: "one", Crowd: Crowd{Base: 1}}, Options{Open: true})
	w.letIn(0)
	w.people[0].plan = buysAtOnce
	w.run(25 * time.Minute)
	seen := 0
	for _, s := range w.tally.seconds {
		seen += s.Answers
	}
	if seen != 4 || w.tally.orders != 1 || w.tally.sent != len(visits[buysAtOnce]) {
		t.Errorf("%d answers, %d orders, %d requests", seen, w.tally.orders, w.tally.sent)
	}
}
