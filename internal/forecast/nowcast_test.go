package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// sure makes intervals narrower than they are: the planted mistake that the test of
// their coverage must find.
func (r Range) sure(factor float64) Range {
	return Range{r.Mid * math.Pow(r.Low/r.Mid, factor), r.Mid, r.Mid * math.Pow(r.High/r.Mid, factor)}
}

// Of 2,000 waves of the measured shape, of all sizes and speeds that are believed in,
// seen for 10, 30, 60 or 120 s after the first newcomer, four in five lie in each
// interval. An overconfident nowcast, whose intervals are a quarter narrower, does
// not pass.
func TestNowcastsHold(t *testing.T) {
	f := BuiltIn()
	maker := NewNowcaster(f)
	rnd := rand.New(rand.NewPCG(31, 32))
	var right, overconfident [6]held
	for i := range draws {
		size, faster := 0.0, 0.0
		switch u := rnd.Float64(); {
		case u > weightMeasured+weightAnySize:
			size, faster = anySizeMore+anySizeSD*rnd.NormFloat64(), anySpeedSD*rnd.NormFloat64()
		case u > weightMeasured:
			size = anySizeMore + anySizeSD*rnd.NormFloat64()
		}
		w := makeWave(rnd, f, size, faster, 0)
		if w.truth[3] == 0 {
			continue // nobody came
		}
		n := maker.Nowcast(w.after(w.firstSeen() + [...]int{10, 30, 60, 120}[i%4]))
		for q, r := range rangesOf(&n) {
			right[q].add(r, w.truth[q])
			overconfident[q].add(r.sure(0.75), w.truth[q])
		}
	}
	for q := range asks {
		h := right[q]
		if share := float64(h.in) / float64(h.n); share < 0.78 || share > 0.82 {
			t.Errorf("%s: the interval holds in %.1f %% of %d", asks[q], 100*share, h.n)
		}
		// Of a peak that is over the middle is what was seen, and nothing lies below it.
		if share := float64(h.lower) / float64(h.n); q > 2 && (share < 0.46 || share > 0.54) {
			t.Errorf("%s: %.1f %% lie below the middle", asks[q], 100*share)
		}
		if share := float64(overconfident[q].in) / float64(overconfident[q].n); share >= 0.78 {
			t.Errorf("%s: the overconfident nowcast passes with %.1f %%", asks[q], 100*share)
		}
	}
}

// A wave of a shop, of thirty thousand in ten minutes, is seventy times that of the
// posts the figures are of, and half a visitor a second comes anyway. The size of
// those posts must not pull it down.
func TestNowcastsOfLargeWaves(t *testing.T) {
	f := BuiltIn()
	maker := NewNowcaster(f)
	rnd := rand.New(rand.NewPCG(41, 42))
	var all [6]held
	known := 0
	for i := range 400 {
		w := makeWave(rnd, f, math.Log(30_000/f.Middle(10*time.Minute)), 0, 0.5)
		n := maker.Nowcast(w.after(w.firstSeen() + [...]int{10, 30, 60, 120}[i%4]))
		for q, r := range rangesOf(&n) {
			all[q].add(r, w.truth[q])
		}
		if n.Known {
			known++
		}
	}
	if known < 380 {
		t.Errorf("of 400 waves it knows %d", known)
	}
	for q, h := range all {
		if share := float64(h.in) / float64(h.n); share < 0.74 {
			t.Errorf("%s: the interval holds in %.1f %%", asks[q], 100*share)
		}
		if share := float64(h.lower) / float64(h.n); q > 2 && (share < 0.4 || share > 0.6) { // a peak that is over is exact
			t.Errorf("%s: %.1f %% lie below the middle", asks[q], 100*share)
		}
	}
}

// Whatever is counted, every figure is a number, ordered, and no less than what has
// been seen already.
func TestNowcastsAreNumbers(t *testing.T) {
	maker := NewNowcaster(BuiltIn())
	rnd := rand.New(rand.NewPCG(51, 52))
	for range 300 {
		o := Observed{Until: evening, Tick: []time.Duration{0, 100 * time.Millisecond, time.Second, 10 * time.Second}[rnd.IntN(4)],
			Counts: make([]uint32, 1+rnd.IntN(2000)), Base: []float64{0, 0.5, 100, 1e6}[rnd.IntN(4)]}
		rate := math.Exp(12*rnd.Float64() - 6)
		for i := range o.Counts {
			switch rnd.IntN(8) {
			case 0:
				rate *= math.Exp(2 * rnd.NormFloat64())
			case 1:
				o.Counts[i] = math.MaxUint32
			default:
				o.Counts[i] = uint32(min(counted(rnd, rate), math.MaxUint32))
			}
		}
		if rnd.IntN(2) == 0 {
			for i := range o.Counts {
				o.Counts[i] %= 3
			}
		}
		if rnd.IntN(3) == 0 {
			o.Onset = evening.Add(time.Duration(rnd.IntN(7200)-5400) * time.Second)
		}
		if rnd.IntN(3) == 0 {
			o.Posted = evening.Add(time.Duration(rnd.IntN(7200)-5400) * time.Second)
		}
		if rnd.IntN(3) == 0 {
			o.Announced = &Announced{Channel: Channels()[rnd.IntN(len(Channels()))], At: evening.Add(time.Duration(rnd.IntN(600)-300) * time.Second),
				People: Range{Low: 10, Mid: math.Exp(20 * rnd.Float64()), High: 1e10}, Sure: rnd.Float64()}
		}
		n := maker.Nowcast(o)
		for q, r := range rangesOf(&n) {
			for _, v := range []float64{r.Low, r.Mid, r.High} {
				if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
					t.Fatalf("%s: %v of %+v", asks[q], r, o)
				}
			}
			if r.Low > r.Mid || r.Mid > r.High {
				t.Fatalf("%s: %v is not in order", asks[q], r)
			}
		}
		for at := range 70 {
			if r := n.RateAt(n.Began.Add(time.Duration(at) * time.Minute)); !(r.Low >= 0 && r.Low <= r.Mid && r.Mid <= r.High) || math.IsInf(r.High, 0) || at >= 60 && r.High > 0 {
				t.Fatalf("%d min after it began: %v a second", at, r)
			}
		}
		if n.Began.After(o.Until.Add(20 * time.Second)) {
			t.Fatalf("began %s, counted until %s", n.Began, o.Until)
		}
	}
}

// Twice as many in every second are not fewer in the end.
func TestNowcastsGrowWithCounts(t *testing.T) {
	f := BuiltIn()
	maker := NewNowcaster(f)
	rnd := rand.New(rand.NewPCG(61, 62))
	for i := range 100 {
		base := []float64{0, 0.5, 5}[i%3]
		w := makeWave(rnd, f, 3*rnd.NormFloat64(), 0, base)
		o := w.after(w.firstSeen() + 5 + rnd.IntN(150))
		before := maker.Nowcast(o)
		more := o
		more.Counts = make([]uint32, len(o.Counts))
		for s, n := range o.Counts {
			more.Counts[s] = 2 * n
		}
		more.Base *= 2
		after := maker.Nowcast(more)
		for q, r := range rangesOf(&before) {
			if q == 2 || q == 5 { // moments: more people say nothing of them
				continue
			}
			if b := rangesOf(&after)[q]; b.Mid < 0.95*r.Mid { // the moment that is taken for its beginning may move
				t.Errorf("wave %d, %s: %.4g for %d s of counts, %.4g for twice as many", i, asks[q], r.Mid, len(o.Counts)-w.before, b.Mid)
			}
		}
	}
}

// It says that it does not know when it cannot.
func TestNowcastsDoNotKnow(t *testing.T) {
	maker := NewNowcaster(BuiltIn())
	rnd := rand.New(rand.NewPCG(71, 72))
	quiet := make([]uint32, 300)
	for i := range quiet {
		quiet[i] = uint32(counted(rnd, 2))
	}
	one := make([]uint32, 130)
	one[125] = 1
	machine := make([]uint32, 460)
	for i := 60; i < len(machine); i++ {
		machine[i] = 1000 * uint32(i/10%2) // comes and goes each ten seconds
	}
	for _, c := range []struct {
		what string
		o    Observed
		why  Unknown
	}{
		{"nothing counted", Observed{Until: evening}, BadInput},
		{"no moment", Observed{Counts: quiet}, BadInput},
		{"base not a number", Observed{Until: evening, Counts: quiet, Base: math.NaN()}, BadInput},
		{"a day's tick", Observed{Until: evening, Counts: quiet, Tick: 24 * time.Hour}, BadInput},
		{"the base alone", Observed{Until: evening, Counts: quiet, Base: 2}, NoRise},
		{"one visitor", Observed{Until: evening, Counts: one}, TooFew},
		{"half of it", Observed{Until: evening, Counts: quiet, Onset: evening.Add(-10 * time.Minute)}, TooOld},
		{"a machine", Observed{Until: evening, Counts: machine}, Strange},
	} {
		if n := maker.Nowcast(c.o); n.Why != c.why || n.Known {
			t.Errorf("%s: %s, known %v; wants %s", c.what, n.Why, n.Known, c.why)
		}
	}
}

// What a forecast said moves the first seconds' answer, and gives way to counts.
func TestNowcastsMergeWhatWasAnnounced(t *testing.T) {
	f := BuiltIn()
	maker := NewNowcaster(f)
	rnd := rand.New(rand.NewPCG(81, 82))
	w := makeWave(rnd, f, math.Log(30_000/f.Middle(10*time.Minute)), 0, 0.5)
	announced := func(people float64, seconds int) Nowcasted {
		o := w.after(w.firstSeen() + seconds)
		o.Announced = &Announced{Channel: "x-post", People: Range{people / 7, people, people * 7}}
		return maker.Nowcast(o)
	}
	without := func(seconds int) Nowcasted { return maker.Nowcast(w.after(w.firstSeen() + seconds)) }
	width := func(r Range) float64 { return math.Log(r.High / r.Low) }
	right := w.truth[4] / 0.6 // 60 % of an x-post's people come in an hour
	if a, b := width(announced(right, 5).InHour), width(without(5).InHour); a >= b {
		t.Errorf("5 s: a forecast that is right leaves ln(high/low) %.2f, without one %.2f", a, b)
	}
	early, late := announced(right/50, 5).InHour.Mid/w.truth[4], announced(right/50, 300).InHour.Mid/w.truth[4]
	if math.Abs(math.Log(late)) > 0.5 {
		t.Errorf("a forecast that is wrong fifty times still makes %.2f of the truth after five minutes; %.2f after five seconds", late, early)
	}
}

func BenchmarkNowcast(b *testing.B) {
	f := BuiltIn()
	maker := NewNowcaster(f)
	w := makeWave(rand.New(rand.NewPCG(91, 92)), f, 4, 0, 0.5)
	for _, seconds := range []int{10, 120, 3000} {
		o := w.after(seconds)
		b.Run(time.Duration(seconds*int(time.Second)).String(), func(b *testing.B) {
			for b.Loop() {
				maker.Nowcast(o)
			}
		})
	}
}

// The band over time holds as many people as the figures say.
func TestNowcastsBandHoldsItsPeople(t *testing.T) {
	f := BuiltIn()
	w := makeWave(rand.New(rand.NewPCG(131, 132)), f, 4, 0, 0)
	n := NewNowcaster(f).Nowcast(w.after(w.firstSeen() + 120))
	people := 0.0
	for s := range 600 {
		people += n.RateAt(n.Began.Add(time.Duration(s) * time.Second)).Mid
	}
	if ratio := people / n.In10Min.Mid; ratio < 0.85 || ratio > 1.15 {
		t.Errorf("the middle of the band holds %.0f people in ten minutes, the figure is %.0f", people, n.In10Min.Mid)
	}
	if r := n.RateAt(n.Began.Add(-time.Second)); r != (Range{}) {
		t.Errorf("before it began %v come a second", r)
	}
}
