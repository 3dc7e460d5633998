package nowcast

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/falochron/falochron/internal/forecast"
)

// What a post did is read off as it is meant.
func TestTruth(t *testing.T) {
	trace := forecast.Trace{Length: week}
	add := func(at float64, n int) {
		for range n {
			trace.At = append(trace.At, at)
		}
	}
	add(9.5, 1)
	add(35.5, 20) // the busiest ten seconds are those around
	add(38.5, 10)
	add(90.5, 15)
	add(599.5, 4)
	add(601, 5)
	add(5000, 46)
	got := arrivalsOf(&trace).truth()
	want := Truth{Peak: 3, PeakMinute: 45, PeakAfter: 34, In10Min: 50, InHour: 55, HalfLife: 602}
	for q := range quantities {
		// Among windows with as many the first one counts: it ends with second 38.
		if got[q] != want[q] {
			t.Errorf("%s: %g, wants %g", q, got[q], want[q])
		}
	}
}

// Each rival recovers what it is made for.
func TestRivalsKnowTheirOwn(t *testing.T) {
	var others []example
	for n := 2; n < 12; n++ {
		e := example{seen: seen{counts: make([]int, 30)}}
		for i := range e.seen.counts {
			e.seen.counts[i] = n
		}
		for q := range quantities {
			e.truth[q] = 7 * math.Pow(float64(30*n+1), 1.3)
		}
		e.excited = exciting(&e.seen)
		others = append(others, e)
	}
	asked := seen{counts: make([]int, 30)}
	for i := range asked.counts {
		asked.counts[i] = 20
	}
	want := 7 * math.Pow(601, 1.3)
	for _, r := range rivals() {
		v := r.learn(others)(&asked)
		switch r.name {
		case "persistence":
			if math.Abs(v[In10Min]-20*600) > 1e-6 || math.Abs(v[PeakMinute]-1200) > 1e-6 || !math.IsNaN(v[HalfLife]) {
				t.Errorf("persistence says %v", v)
			}
		case "log-linear":
			if math.Abs(v[In10Min]/want-1) > 1e-3 {
				t.Errorf("log-linear says %g, wants %g", v[In10Min], want)
			}
		default:
			for q := range quantities {
				if !(v[q] > 0) || math.IsInf(v[q], 0) {
					t.Errorf("%s says %g of %s", r.name, v[q], q)
				}
			}
		}
	}
}

// The bootstrap tells better from equal.
func TestBootstrap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	a, b := make([]float64, 60), make([]float64, 60)
	for i := range a {
		b[i] = rnd.Float64()
		a[i] = b[i] + 0.2
	}
	if low, high := bootstrap(a, b, 1); !(low > 0.1 && high < 0.3) {
		t.Errorf("0.2 worse is %.2f to %.2f", low, high)
	}
	if low, high := bootstrap(b, b, 1); low != 0 || high != 0 {
		t.Errorf("equal is %.2f to %.2f", low, high)
	}
}

// Of few made waves the whole judgement has a figure in each cell, and of two there is
// none.
func TestJudge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var traces []forecast.Trace
	for len(traces) < 6 {
		a, _ := Measured.make(rnd, forecast.BuiltIn())
		trace := forecast.Trace{Length: week}
		for s, n := range a.second {
			for range int(n) {
				trace.At = append(trace.At, float64(s)+0.5)
			}
		}
		for i, n := range a.later {
			for range int(n) {
				trace.At = append(trace.At, a.laterAt[i]-1)
			}
		}
		if first, ok := a.first(); ok && first < 60 {
			traces = append(traces, trace)
		}
	}
	cells, err := Judge(traces, 1)
	if err != nil || len(cells) != 2*len(Horizons())*int(quantities) {
		t.Fatalf("%d cells, %v", len(cells), err)
	}
	for _, c := range cells {
		if len(c.Nowcast.Said) != 6 || len(c.Rivals) != len(rivals()) || math.IsNaN(c.Nowcast.Error) || c.Holds < 0 || c.Holds > 1+1e-9 {
			t.Errorf("%d s, %s: %+v", c.Horizon, c.Quantity, c)
		}
	}
	if _, err := Judge(traces[:2], 1); err == nil {
		t.Error("two traces are judged")
	}
}
