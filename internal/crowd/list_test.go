package crowd

import (
	"math"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// The measured shares, as published, one by one: a sum would let two of them
// change places.
func TestSharesAreTheMeasuredOnes(t *testing.T) {
	want := []float64{
		0.15, 1.35, 2.36, 2.91, 3.39, 3.19, 3.23, 3.26, 3.17, 3.19, 3.21, 2.82, 2.61, 2.55, 2.51,
		2.24, 2.22, 1.98, 1.94, 1.77, 2.13, 1.75, 1.71, 1.72, 1.51, 1.44, 1.56, 1.71, 1.51, 1.52,
	}
	got := Shares()
	for i, w := range want {
		if got[i] != w {
			t.Errorf("share %d is %v, measured was %v", i, got[i], w)
		}
	}
	for i := len(want); i < shapeSteps; i++ {
		if got[i] >= got[i-1] {
			t.Errorf("share %d is %v: it does not fall", i, got[i])
		}
	}
}

func TestSharesSumUp(t *testing.T) {
	measured, all := 0.0, 0.0
	for i, s := range Shares() {
		all += s
		if i < 30 {
			measured += s
		}
	}
	if math.Abs(measured-66.61) > 1e-9 {
		t.Errorf("the measured five minutes hold %v %%, want 66.61", measured)
	}
	if all < 100 || all > 105 {
		t.Errorf("ten minutes hold %v %%", all)
	}
	if last := Shares()[shapeSteps-1]; math.Abs(last-0.87) > 1e-9 {
		t.Errorf("the last share is %v", last)
	}
}

// The list's arrivals follow the shape: 26.2 % of the ten minutes' weight in its
// first 100 s, and the same compressed.
func TestArrivalsFollowTheShape(t *testing.T) {
	sum := 0.0
	for _, s := range Shares() {
		sum += s
	}
	for _, c := range []float64{1, 2.5, 5} {
		p := buyerPlan()
		p.Compression = c
		l, err := Draw(p, 20000, time.Duration(600/c*float64(time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i, f := range l.Fans {
			if i > 0 && f.At < l.Fans[i-1].At {
				t.Fatal("not sorted by arrival")
			}
			if float64(f.At) < 100/c*float64(time.Second) {
				n++
			}
		}
		if got, want := float64(n)/20000, 26.20/sum; math.Abs(got-want) > 0.002 {
			t.Errorf("compression %v: share of the first 100 s is %v, want %v", c, got, want)
		}
		if last := l.Fans[len(l.Fans)-1].At; last > l.Length {
			t.Errorf("the last fan comes at %v of %v", last, l.Length)
		}
	}
}

func TestCompressionIsBounded(t *testing.T) {
	for _, c := range []float64{0, 0.9, 5.01, 100, -1, math.NaN(), math.Inf(1)} {
		p := buyerPlan()
		p.Compression = c
		if _, err := Draw(p, 10, time.Second); falochron.KindOf(err) != falochron.Invalid || err == nil {
			t.Errorf("compression %v: %v", c, err)
		}
	}
	p := buyerPlan()
	if _, err := Draw(p, 10, 121*time.Second); err == nil {
		t.Error("a wave beyond the shape's ten minutes was drawn")
	}
}

// The hash is what says that two runs met the same crowd: it must not change
// with the machine or the day. When this fails because fans are drawn
// differently, earlier results can no longer be compared; write the new hash.
func TestListIsReproducible(t *testing.T) {
	const want = "1d28edd57864c4989b5f70360054e50375a9c6bbe49e021b89b72634dbfb5790"
	draw := func(seed uint64) *List {
		p := buyerPlan()
		p.Seed = seed
		l, err := Draw(p, 1000, 100*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if got := draw(7).Hash; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if draw(8).Hash == draw(7).Hash {
		t.Error("the seed does not matter")
	}
}

// Every stretch of the list holds the same share of buyers.
func TestBuyersAreStratified(t *testing.T) {
	p := buyerPlan()
	p.Journeys[0].Count, p.Journeys[1].Count = 9, 11
	l, err := Draw(p, 1000, 100*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if l.Buyers != 450 || p.BuyerShare() != 0.45 {
		t.Errorf("%d buyers of 1000 at %v", l.Buyers, p.BuyerShare())
	}
	orders := map[uint32]bool{}
	for from := 0; from < 1000; from += 20 {
		n, pattern := 0, uint32(0)
		for i := range 20 {
			if l.Fans[from+i].Journey == 0 {
				n++
				pattern |= 1 << i
			}
		}
		if n != 9 {
			t.Fatalf("block at %d holds %d buyers", from, n)
		}
		orders[pattern] = true
	}
	if len(orders) < 40 {
		t.Errorf("only %d different blocks of 50: not shuffled", len(orders))
	}
}

// Compression divides think time and nothing else, and the mean is as planned.
func TestThinkTime(t *testing.T) {
	p := buyerPlan()
	l, err := Draw(p, 20000, 100*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	slow := p
	slow.Compression = 1
	var sum time.Duration
	n := 0
	for i := range l.Fans {
		f := &l.Fans[i]
		if f.Journey != 0 {
			continue
		}
		fast, real := p.think(f, 1), slow.think(f, 1)
		if d := real - 5*fast; d < -10 || d > 10 {
			t.Fatalf("thinks %v compressed and %v in truth", fast, real)
		}
		sum += real
		n++
		patience := linePatience(f)
		if patience <= 0 {
			t.Fatalf("patience %v", patience)
		}
	}
	if mean := sum / time.Duration(n); mean < 9700*time.Millisecond || mean > 10300*time.Millisecond {
		t.Errorf("thinks %v on average, planned 10 s", mean)
	}
}

func TestWindow(t *testing.T) {
	l, err := Draw(buyerPlan(), 3000, 100*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	// 1,500 buyers in 100 s are 900 a minute on average.
	if from, to := l.Window(40*time.Second, 100); from != 40*time.Second || to != l.Length {
		t.Errorf("window %v to %v, want until the end", from, to)
	}
	if _, to := l.Window(40*time.Second, 850); to >= l.Length || to < 40*time.Second {
		t.Errorf("window ends at %v though fewer than 850 buyers a minute come at last", to)
	}
}

// Somebody else may say when people come; all else is as drawn.
func TestDrawAtGivenMoments(t *testing.T) {
	at := []time.Duration{0, time.Second, time.Second, 40 * time.Second}
	p := buyerPlan()
	p.Compression = 2
	l, err := DrawAt(p, at, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	same, err := Draw(p, len(at), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range l.Fans {
		other := same.Fans[i]
		other.At = at[i]
		if f != other {
			t.Errorf("fan %d is %+v, wants %+v", i, f, other)
		}
	}
	if l.Buyers != same.Buyers || l.Length != time.Minute || l.Hash == same.Hash {
		t.Errorf("%d buyers in %v, hash %s", l.Buyers, l.Length, l.Hash)
	}
	for _, bad := range [][]time.Duration{nil, {2, 1}, {-1}, {time.Minute + 1}} {
		if _, err := DrawAt(p, bad, time.Minute); falochron.KindOf(err) != falochron.Invalid || err == nil {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
