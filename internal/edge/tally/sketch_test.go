package tally

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// The standard error of a sketch is what its comment says: over 400 sketches of each size
// the errors' root mean square is within 16 %.
func TestSketchError(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	for _, n := range []int{1, 5, 20, 100, 1000, 20_000} {
		sum := 0.0
		const runs = 400
		for range runs {
			var s sketch
			for range n {
				s.add(1, dice.Uint64())
			}
			e := float64(s.estimate(1))/float64(n) - 1
			sum += e * e
		}
		if rms := math.Sqrt(sum / runs); rms > 0.16 {
			t.Errorf("of %d: the error is %.1f %%", n, 100*rms)
		}
	}
}

// What was seen more than a minute ago is forgotten, and of the generation before nothing
// is lost.
func TestSketchForgets(t *testing.T) {
	var s sketch
	for i := range uint64(50) {
		s.add(10, mixed(i+1))
	}
	both := s.estimate(10)
	if both < 35 || both > 65 {
		t.Fatalf("%d of 50", both)
	}
	s.add(11, mixed(1))
	if n := s.estimate(11); n != both {
		t.Errorf("with the next generation %d, want %d", n, both)
	}
	s.add(12, mixed(1))
	if n := s.estimate(12); n != 1 {
		t.Errorf("after it %d, want 1", n)
	}
	if n := s.estimate(15); n != 0 {
		t.Errorf("long after it %d", n)
	}
	s.add(3, mixed(7)) // the clock was set back
	if n := s.estimate(12); n != 2 {
		t.Errorf("after a clock set back %d, want 2", n)
	}
}

func TestFading(t *testing.T) {
	var f fading
	for range 100 {
		f.add(7, 1)
	}
	for epoch, want := range map[int64]uint32{7: 100, 8: 50, 9: 25, 40: 0, 6: 0} {
		if got := f.at(epoch); got != want {
			t.Errorf("at %d: %d, want %d", epoch, got, want)
		}
	}
	f.add(8, math.MaxUint16)
	if got := f.at(8); got != math.MaxUint16 {
		t.Errorf("full at %d", got)
	}
}

// Of the count of any hash, three in four are too high by no more than the comment says,
// and none is too low.
func TestRareError(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	r := new(rare)
	const n = 300_000
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = dice.Uint64()
		r.add(1, hashes[i])
	}
	far, bound := 0, uint32(2*n/cells)
	for _, h := range hashes[:20_000] {
		got := min(r.rows[0][h%cells].at(1), r.rows[1][h>>32%cells].at(1))
		if got < 1 {
			t.Fatal("too low")
		}
		if got-1 > bound {
			far++
		}
	}
	if far > 20_000/4 {
		t.Errorf("%d of 20000 are too high by more than %d", far, bound)
	}
}

func TestAddingAtOnce(t *testing.T) {
	var s sketch
	var f fading
	var all sync.WaitGroup
	for g := range uint64(8) {
		all.Go(func() {
			for i := range uint64(1000) {
				s.add(1, mixed(i+1))
				f.add(1, 1)
				_ = g
			}
		})
	}
	all.Wait()
	if n := s.estimate(1); n < 600 || n > 1400 {
		t.Errorf("%d of 1000", n)
	}
	if n := f.at(1); n != 8000 {
		t.Errorf("%d of 8000", n)
	}
}
