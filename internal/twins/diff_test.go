package twins

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever the two sequences are, the hunks lead from the one to the other, and
// with as few pieces as the longest common subsequence leaves over.
func TestAlign(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func() []uint64 {
		out := make([]uint64, r.IntN(14))
		for i := range out {
			out[i] = uint64(r.IntN(4))
		}
		return out
	}
	for range 20_000 {
		a, b := random(), random()
		hunks, ok := align(a, b)
		if !ok {
			t.Fatal(a, b)
		}
		var made []uint64
		at, changed := 0, 0
		for _, h := range hunks {
			made = append(append(made, a[at:h.a0]...), b[h.b0:h.b1]...)
			at = h.a1
			changed += h.a1 - h.a0 + h.b1 - h.b0
		}
		made = append(made, a[at:]...)
		if !slices.Equal(made, b) {
			t.Fatalf("%v to %v by %v makes %v", a, b, hunks, made)
		}
		if want := len(a) + len(b) - 2*common(a, b); changed != want {
			t.Fatalf("%v to %v by %v: %d pieces, %d would do", a, b, hunks, changed, want)
		}
	}
}

func TestAlignGivesUp(t *testing.T) {
	a, b := make([]uint64, most), make([]uint64, most)
	for i := range a {
		a[i], b[i] = 1, 2
	}
	if _, ok := align(a, b); ok {
		t.Error("3,000 differences")
	}
	if _, ok := align(a[:most/2], b[:most/2]); !ok {
		t.Error("1,500 differences")
	}
}

// common is the length of the longest common subsequence, by the table that every
// book has.
func common(a, b []uint64) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
