package forecast

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// traceOf is a made wave as somebody would have recorded it, for an hour.
func traceOf(w *madeWave) Trace {
	t := Trace{Name: "made", Length: 3600, Base: w.base}
	for s, n := range w.counts[w.before:] {
		for i := range n {
			t.At = append(t.At, float64(s)+(float64(i)+0.5)/float64(n))
		}
	}
	return t
}

// A shop whose waves are ten times as large as the posts of the figures, and of which
// nothing is seen after an hour: what is learnt from a dozen of them is nearer to what
// they are than what it began with, and nowcasts of others get better.
func TestFitLearnsOwnPosts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(101, 102))
	old := BuiltIn()
	more := math.Log(10)
	var traces []Trace
	for range 12 {
		traces = append(traces, traceOf(makeWave(rnd, old, more, 0, 0.2)))
	}
	f, err := Fit(traces, old)
	if err != nil {
		t.Fatal(err)
	}
	want := 10 * old.Middle(10*time.Minute)
	if got := f.Middle(10 * time.Minute); math.Abs(math.Log(got/want)) > 0.7 {
		t.Errorf("the middle post brings %.0f people in ten minutes, those drawn from %.0f", got, want)
	}
	before, after := NewNowcaster(old), NewNowcaster(f)
	var wrong [2]float64
	for range 60 {
		w := makeWave(rnd, old, more, 0, 0.2)
		o := w.after(w.firstSeen() + 10)
		for i, maker := range []*Nowcaster{before, after} {
			n := maker.Nowcast(o)
			wrong[i] += math.Abs(math.Log(n.In10Min.Mid / w.truth[3]))
		}
	}
	if wrong[1] >= wrong[0] {
		t.Errorf("nowcasts are wrong by %.3f with what was learnt, by %.3f without", wrong[1]/60, wrong[0]/60)
	}
}

// What is learnt from nothing is what the traces were drawn from, about: the mean course
// and its scatter.
func TestFitFindsWhatWasDrawn(t *testing.T) {
	rnd := rand.New(rand.NewPCG(111, 112))
	old := BuiltIn()
	var traces []Trace
	for range 80 {
		traces = append(traces, traceOf(makeWave(rnd, old, 2, 0, 0)))
	}
	f, err := Fit(traces, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := range upToHour {
		sd := math.Sqrt(old.Spread[k][k])
		if off := math.Abs(f.Mean[k]-old.Mean[k]-2) / sd; off > 0.5 {
			t.Errorf("stretch %d: the mean is %.2f standard deviations off", k, off)
		}
		if ratio := f.Spread[k][k] / old.Spread[k][k]; ratio < 0.5 || ratio > 1.6 {
			t.Errorf("stretch %d: the variance is %.2f times that drawn from", k, ratio)
		}
	}
	if _, err := Fit(nil, nil); !errors.Is(err, ErrNoTrace) {
		t.Errorf("of nothing: %v", err)
	}
}

// Figures and traces are read as they were written.
func TestFiguresAndTracesAreReadAsWritten(t *testing.T) {
	text, err := BuiltIn().Write()
	if err != nil {
		t.Fatal(err)
	}
	f, err := ReadFigures(text)
	if err != nil {
		t.Fatal(err)
	}
	w := makeWave(rand.New(rand.NewPCG(121, 122)), f, 2, 0, 0.5)
	o := w.after(40)
	if a, b := NewNowcaster(f).Nowcast(o), Nowcast(o); math.Abs(math.Log(a.In10Min.Mid/b.In10Min.Mid)) > 0.01 {
		t.Errorf("written and read it says %v, before %v", a.In10Min, b.In10Min)
	}
	trace := traceOf(w)
	again, err := ReadTrace("made", trace.Write())
	if err != nil || len(again.At) != len(trace.At) || again.Base != 0.5 || again.Length != 3600 {
		t.Fatalf("%d newcomers, base %g, length %g, %v", len(again.At), again.Base, again.Length, err)
	}
	for i := range trace.At {
		if math.Floor(trace.At[i]) != math.Floor(again.At[i]) {
			t.Fatalf("newcomer %d came at %g, written and read at %g", i, trace.At[i], again.At[i])
		}
	}
	cascade, err := ReadTrace("published", []byte("3 0.5\n0 1000\n9 20\n9 7\n31 1\n"))
	if err != nil || fmt.Sprint(cascade.At) != "[9.5 9.5 31.5]" {
		t.Errorf("a published cascade (of whole seconds) is %v, %v", cascade.At, err)
	}
}

// What cannot be used is refused with a reason.
func TestFiguresAreRefused(t *testing.T) {
	good, err := BuiltIn().Write()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"figures 1", "figures 2", "kind is"},
		{`"scatter": 1.25`, `"scatter": 0`, "scatter is 0"},
		{"-6.815", "-681.5", "mean[0] is"},
		{"1.7211", "0.0001", "no covariance"},
		{"-6.815,", "", "mean and spread have 23"},
		{"{", "[", "no figures"},
	} {
		_, err := ReadFigures([]byte(strings.Replace(string(good), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v, wants %q", c.new, c.old, err, c.want)
		}
	}
}

func FuzzReadTrace(f *testing.F) {
	f.Add([]byte("# falochron trace\n# base 0.5\n12 3\n"))
	f.Add([]byte("2 0.5\n0 1000\n9 20\n31 1\n"))
	f.Add([]byte("# falochron trace\n# length -1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1000 {
			return
		}
		trace, err := ReadTrace("x", text)
		if err != nil {
			return
		}
		last := 0.0
		for _, at := range trace.At {
			if !(at >= last) {
				t.Fatalf("%g after %g", at, last)
			}
			last = at
		}
	})
}

func FuzzReadFigures(f *testing.F) {
	text, err := BuiltIn().Write()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		figures, err := ReadFigures(text)
		if err != nil {
			return
		}
		n := NewNowcaster(figures).Nowcast(Observed{Until: evening, Counts: []uint32{0, 1, 3}})
		if math.IsNaN(n.In10Min.Mid) || n.In10Min.Low > n.In10Min.High {
			t.Fatalf("%+v of %s", n, text)
		}
	})
}

// docs/nowcast.md says what the code holds.
func TestNowcastDocsSayWhatTheCodeHolds(t *testing.T) {
	raw, err := os.ReadFile("../../docs/nowcast.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(raw)), " ")
	tried, early := 0, 0
	for _, d := range delays {
		if d < 0 {
			early++
		} else {
			tried++
		}
	}
	words := map[int]string{3: "three", 12: "twelve", 15: "fifteen"}
	for _, s := range []string{
		fmt.Sprintf("divided into %d stretches", stretches), fmt.Sprintf("So %d moments", tried), words[early] + " after it, too",
		fmt.Sprintf("%d futures are drawn", futures), fmt.Sprintf("with %g times the variance", guessScatter),
		fmt.Sprintf("| measured | %.0f %% |", 100*weightMeasured), fmt.Sprintf("| any size | %.0f %% | %.0f times as large", 100*weightAnySize, math.Exp(anySizeMore)),
		fmt.Sprintf("| any speed | %.0f %% |", 100*weightAnySpeed), fmt.Sprintf("(%.0f %% if nobody says)", 100*surePost),
		"fewer than " + words[fewest] + " people", fmt.Sprintf("a factor of %.0f", widest), fmt.Sprintf("may lie %.0f %% off", 100*roughness),
		"as much as " + words[beginSpread] + " posts", words[rounds] + " times (EM)",
		fmt.Sprintf("logarithm %g), speed (%g), and a rest (%g)", guessSize, guessSpeed, guessRest), fmt.Sprintf("e-fold over %g", guessReach),
	} {
		if !strings.Contains(text, s) {
			t.Errorf("docs/nowcast.md does not say %q", s)
		}
	}
}
