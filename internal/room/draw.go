package room

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// The draw is a permutation of 0…n-1 that anybody can recompute from the seed,
// with a few bytes of memory. "falochron draw v1":
//
//  1. n is the number of tickets drawn, and i = 0…n-1 the index of a ticket by
//     arrival (its sequence number less the first one drawn).
//  2. w is the smallest number ≥ 1 with 4^w ≥ n.
//  3. For c = 0, 1: block_c = SHA-256("falochron draw v1" ‖ 0x00 ‖ seed ‖ n ‖ c),
//     where seed is 32 bytes, n is 8 bytes big-endian and c is one byte. The
//     keys k_0…k_7 are the eight-byte big-endian words of block_0 ‖ block_1.
//  4. E(x) on 2w bits: L is the upper half, R the lower. Eight rounds:
//     (L, R) = (R, L ⊕ (mix(R ⊕ k_j) mod 2^w)), j = 0…7. E(x) = L·2^w + R.
//     mix is the finaliser of SplitMix64 on 64 bits:
//     z ^= z>>30; z *= 0xbf58476d1ce4e5b9; z ^= z>>27; z *= 0x94d049bb133111eb; z ^= z>>31.
//  5. Position of i: x = E(i); while x ≥ n: x = E(x). Position 0 goes first.
//
// The seed's hash is published before the start, the seed after it. Nobody can
// steer a place, since n is not known before the start either.

const (
	drawLabel  = "falochron draw v1"
	drawRounds = 8
)

// Commitment returns what is published before the start: the SHA-256 of the
// seed's 32 bytes, in lowercase hex.
func Commitment(seed [32]byte) string {
	sum := sha256.Sum256(seed[:])
	return hex.EncodeToString(sum[:])
}

// DrawPosition returns the place (0 goes first) of the ticket with index i among
// n drawn tickets. Without such a ticket (i ≥ n) it returns n.
func DrawPosition(seed [32]byte, n, i uint64) uint64 {
	if i >= n {
		return n
	}
	p := newPermutation(seed, n)
	return p.at(i)
}

type permutation struct {
	n    uint64
	half uint
	keys [drawRounds]uint64
}

func newPermutation(seed [32]byte, n uint64) permutation {
	p := permutation{n: n, half: 1}
	if n > 4 {
		p.half = uint(bits.Len64(n-1)+1) / 2
	}
	msg := append([]byte(drawLabel), 0)
	msg = append(msg, seed[:]...)
	msg = binary.BigEndian.AppendUint64(msg, n)
	msg = append(msg, 0)
	for i := 0; i < drawRounds; i += 4 {
		msg[len(msg)-1] = byte(i / 4)
		block := sha256.Sum256(msg)
		for j := range 4 {
			p.keys[i+j] = binary.BigEndian.Uint64(block[8*j:])
		}
	}
	return p
}

// at returns the position of index i < n. E is a permutation of 4^w < 4n
// numbers, so walking on from a number ≥ n ends after fewer than four steps on
// average, and always ends: the cycle leads back to i itself, which is < n.
func (p *permutation) at(i uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	for {
		l, r := i>>p.half, i&mask
		for _, k := range p.keys {
			l, r = r, l^(mix(r^k)&mask)
		}
		if i = l<<p.half | r; i < p.n {
			return i
		}
	}
}

func mix(z uint64) uint64 {
	z ^= z >> 30
	z *= 0xbf58476d1ce4e5b9
	z ^= z >> 27
	z *= 0x94d049bb133111eb
	return z ^ z>>31
}
