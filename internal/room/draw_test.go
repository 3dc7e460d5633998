package room

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// vector is one line of testdata/draw.json, which is published: whoever writes
// another implementation checks it against these.
type vector struct {
	Seed       string   `json:"seed"`
	Commitment string   `json:"commitment"`
	Count      uint64   `json:"count"`
	Index      []uint64 `json:"index"`    // indices of tickets by arrival
	Position   []uint64 `json:"position"` // their places; 0 goes first
}

func TestDrawVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/draw.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 5 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		var seed [32]byte
		if n, err := hex.Decode(seed[:], []byte(v.Seed)); n != 32 || err != nil {
			t.Fatal(v.Seed, err)
		}
		if got := Commitment(seed); got != v.Commitment {
			t.Errorf("commitment of %s: %s, want %s", v.Seed, got, v.Commitment)
		}
		for k, i := range v.Index {
			if got := DrawPosition(seed, v.Count, i); got != v.Position[k] {
				t.Errorf("seed %.8s…, %d drawn, index %d: position %d, want %d", v.Seed, v.Count, i, got, v.Position[k])
			}
			if got := recomputed(seed, v.Count, i); got != v.Position[k] {
				t.Errorf("seed %.8s…, %d drawn, index %d: recomputed %d, want %d", v.Seed, v.Count, i, got, v.Position[k])
			}
		}
	}
}

// recomputed follows the five steps of the description to the letter, so that
// description and code cannot drift apart.
func recomputed(seed [32]byte, n, i uint64) uint64 {
	w := uint(1)
	for w < 32 && uint64(1)<<(2*w) < n {
		w++
	}
	var keys []uint64
	for c := range byte(2) {
		h := sha256.New()
		h.Write([]byte("falochron draw v1\x00"))
		h.Write(seed[:])
		binary.Write(h, binary.BigEndian, n)
		h.Write([]byte{c})
		block := h.Sum(nil)
		for j := 0; j < 32; j += 8 {
			keys = append(keys, binary.BigEndian.Uint64(block[j:]))
		}
	}
	half := uint64(1) << w
	x := i
	for first := true; first || x >= n; first = false {
		l, r := x/half, x%half
		for _, k := range keys {
			z := r ^ k
			z ^= z >> 30
			z *= 0xbf58476d1ce4e5b9
			z ^= z >> 27
			z *= 0x94d049bb133111eb
			z ^= z >> 31
			l, r = r, l^z%half
		}
		x = l*half + r
	}
	return x
}

func TestDrawIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 3000).Draw(t, "n")
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], rapid.Uint64().Draw(t, "seed"))
		seen := make([]bool, n)
		for i := range n {
			p := DrawPosition(seed, n, i)
			if p >= n || seen[p] {
				t.Fatalf("n=%d: index %d got position %d (taken: %v)", n, i, p, p < n && seen[p])
			}
			seen[p] = true
		}
		if DrawPosition(seed, n, n) != n {
			t.Fatal("an index outside the draw got a position")
		}
	})
}

// TestDrawIsFair draws many times and counts how often each ticket gets each
// place. Chi-square with k degrees of freedom has mean k and deviation √(2k);
// five deviations above would be a bias, not bad luck (the seeds are fixed).
func TestDrawIsFair(t *testing.T) {
	const draws = 20_000
	for _, n := range []uint64{2, 3, 5, 7, 16, 17, 50} {
		count := make([]float64, n*n)
		for d := range uint64(draws) {
			seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("fair"), d))
			p := newPermutation(seed, n)
			for i := range n {
				count[i*n+p.at(i)]++
			}
		}
		chi, want := 0.0, float64(draws)/float64(n)
		for _, c := range count {
			chi += (c - want) * (c - want) / want
		}
		k := float64((n - 1) * (n - 1))
		if limit := k + 5*sqrt(2*k) + 5; chi > limit {
			t.Errorf("n=%d: chi-square %.1f over %.0f degrees, at most %.1f", n, chi, k, limit)
		}
	}
}

func sqrt(x float64) float64 {
	y := x
	for range 60 {
		y = (y + x/y) / 2
	}
	return y
}
