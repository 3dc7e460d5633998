package algorithms

import (
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

// after feeds a limit n equal samples, one each 10 ms, and returns it.
func after(l Limit, n int, s Sample) int {
	for i := range n {
		s.Now = time.Duration(i+1) * 10 * ms
		l.Sample(s)
	}
	return l.Limit()
}

// AIMDLimit: one more for each answer that met half the limit, times the back-off for
// each failure or slow answer, never below the least nor above the most.
func TestAIMD(t *testing.T) {
	a := DefaultAIMD().start()
	if n := after(a, 5, Sample{Took: ms, Beside: 20}); n != 25 {
		t.Errorf("after five answers: %d, want 25", n)
	}
	if n := after(a, 3, Sample{Took: ms, Beside: 12}); n != 25 {
		t.Errorf("answers that met less than half: %d, want 25", n)
	}
	if n := after(a, 1, Sample{Took: ms, Beside: 20, Failed: true}); n != 22 {
		t.Errorf("after a failure: %d, want 22", n)
	}
	if n := after(a, 1, Sample{Took: 6 * time.Second, Beside: 20}); n != 20 {
		t.Errorf("after a slow answer: %d, want the least, 20 (19.8 otherwise)", n)
	}
	if n := after(a, 400, Sample{Took: ms, Beside: 300}); n != 200 {
		t.Errorf("most: %d, want 200", n)
	}
}

// VegasLimit: limit × (1 - fastest/took) of those in flight wait. At most one step of
// them: up by β steps; fewer than α: up by one; more than β: down by one.
func TestVegas(t *testing.T) {
	for _, c := range []struct {
		took   time.Duration
		beside int
		failed bool
		want   int
	}{
		{100 * ms, 20, false, 26}, // nobody waits: 20 + 6
		{110 * ms, 20, false, 21}, // 1.8 wait, rounded up 2: below 3
		{125 * ms, 20, false, 20}, // 4 wait: between
		{200 * ms, 20, false, 19}, // 10 wait
		{200 * ms, 9, false, 20},  // the limit did not bind
		{100 * ms, 20, true, 19},  // a failure is always too many
	} {
		v := DefaultVegas()
		v.Probe = math.Inf(1)
		l := v.start()
		l.Sample(Sample{Took: 100 * ms, Beside: 20}) // the fastest
		l.Sample(Sample{Took: c.took, Beside: c.beside, Failed: c.failed})
		if l.Limit() != c.want {
			t.Errorf("%+v: limit %d", c, l.Limit())
		}
	}
	// The fastest answer is forgotten after 15 to 30 times the limit: a shop that became
	// slower is then believed.
	v := DefaultVegas()
	l := v.start()
	l.Sample(Sample{Took: 100 * ms, Beside: 20})
	if low := after(l, 15, Sample{Took: 300 * ms, Beside: 20}); low != 9 {
		t.Errorf("a shop three times slower: limit %d after 15 answers, want 9: six of them wait", low)
	}
	if n := after(l, 300, Sample{Took: 300 * ms, Beside: 500}); n < 20 {
		t.Errorf("and after 300 more: %d, want more than before", n)
	}
}

// Gradient2Limit: limit × gradient + queue, smoothed by a fifth.
func TestGradient2(t *testing.T) {
	g := DefaultGradient2()
	g.Min, g.Tolerance = 1, 1
	l := g.start()
	for range longWarm {
		l.Sample(Sample{Took: 100 * ms, Beside: 5}) // below half: only the average learns
	}
	l.Sample(Sample{Took: 100 * ms, Beside: 20})
	want := 0.8*20 + 0.2*(20+4)
	if got := l.(*Gradient2).limit; math.Abs(got-want) > 1e-9 {
		t.Errorf("at the average: %v, want %v", got, want)
	}
	long := 0.1 + (0.4-0.1)*2/601
	l.Sample(Sample{Took: 400 * ms, Beside: 20})
	want = 0.8*want + 0.2*(want*max(0.5, long/0.4)+4)
	if got := l.(*Gradient2).limit; math.Abs(got-want) > 1e-9 {
		t.Errorf("four times slower: %v, want %v", got, want)
	}
	if n := after(DefaultGradient2().start(), 500, Sample{Took: time.Second, Beside: 300, Failed: true}); n != 200 {
		t.Errorf("constant time-outs: limit %d; the source takes them for an idle shop, up to 200", n)
	}
}

// WindowedLimit hands on one mean a second, of ten answers or more.
func TestWindowed(t *testing.T) {
	a := AIMD{Initial: 10, Min: 1, Max: 100, Backoff: 0.5, Timeout: time.Minute}
	w := &Windowed{Limiter: a.start()}
	for i := range 300 { // three seconds, one each 10 ms
		w.Sample(Sample{Now: time.Duration(i) * 10 * ms, Took: 100 * ms, Beside: 10})
	}
	if n := w.Limit(); n != 12 {
		t.Errorf("after three seconds: %d, want two windows' worth: 12", n)
	}
	w.Sample(Sample{Now: 3010 * ms, Took: ms, Beside: 10, Failed: true})
	w.Sample(Sample{Now: 5 * time.Second, Took: ms, Beside: 10})
	if n := w.Limit(); n != 6 {
		t.Errorf("a window with one failure: %d, want 6", n)
	}
	w.Sample(Sample{Now: 9 * time.Second, Took: ms, Beside: 10})
	if n := w.Limit(); n != 6 {
		t.Errorf("a window of one answer: %d, want 6", n)
	}
}

// Envoy: three at a time until 50 answers have told what an idle shop takes; then
// limit × (idle × 1.25 ÷ now) and the root of it, at most twice at a step; after five
// steps at the least, it measures again.
func TestEnvoy(t *testing.T) {
	e := DefaultEnvoy().start().(*Envoy)
	feed := func(at, took time.Duration, n int) {
		for range n {
			e.Sample(Sample{Now: at, Took: took, Beside: 3})
		}
	}
	feed(time.Second, 100*ms, 49)
	e.Tick(time.Second)
	if e.Limit() != 3 || !e.probing() {
		t.Errorf("still measuring: limit %d", e.Limit())
	}
	feed(time.Second, 100*ms, 1)
	if e.probing() {
		t.Error("50 answers, and it still measures")
	}
	feed(1050*ms, 100*ms, 5)
	e.Tick(1100 * ms)
	if want := int(3*1.25 + math.Sqrt(3*1.25)); e.Limit() != want {
		t.Errorf("first step: %d, want %d", e.Limit(), want)
	}
	feed(1150*ms, 20*ms, 5)
	e.Tick(1200 * ms)
	if want := int(10 + math.Sqrt(10)); e.Limit() != want {
		t.Errorf("five times faster is twice the limit at most: %d, want %d", e.Limit(), want)
	}
	// A shop four times slower than idle: half and the root of it, down to the least.
	at := 1200 * ms
	step := func() {
		at += 100 * ms
		e.Sample(Sample{Now: at - ms, Took: 400 * ms})
		e.Tick(at)
	}
	for _, want := range []int{9, 6, 4, 3} {
		if step(); e.Limit() != want {
			t.Errorf("slower: limit %d, want %d", e.Limit(), want)
		}
	}
	for range minAgain {
		if e.probing() {
			t.Error("it measures again too early")
		}
		step()
	}
	if !e.probing() {
		t.Error("it does not measure again")
	}
	feed(at+100*ms, 200*ms, 100) // begun before
	if !e.probing() {
		t.Error("answers to requests from before the measurement counted")
	}
	feed(at+100*ms, 90*ms, 50)
	if e.probing() || e.idle < 0.09 || e.idle > 0.091 {
		t.Errorf("measuring %v, an idle shop takes %v s", e.probing(), e.idle)
	}
}
