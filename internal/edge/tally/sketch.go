package tally

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// sketch estimates how many distinct things were seen in the last 30 to 60 seconds
// (HyperLogLog: Flajolet, Fusy, Gandouet, Meunier 2007). It keeps one byte for each of 64
// registers, of two generations: the one that is filled, and the one before.
//
// The standard error is 1.04/√64 = 13 %; below 160 the registers that are still empty are
// counted instead, which is nearer (linear counting). Adding is one load and seldom one
// swap. What is added in the moment in which a generation is cleared may be lost.
type sketch struct {
	epoch atomic.Int64 // of the generation that is filled
	words [2][registers / 8]atomic.Uint64
}

const (
	registers  = 64
	generation = 30 * time.Second
)

// add notes a thing by its hash, all bits of which must be good.
func (s *sketch) add(epoch int64, hash uint64) {
	if have := s.epoch.Load(); have != epoch {
		if have > epoch || !s.epoch.CompareAndSwap(have, epoch) {
			epoch = s.epoch.Load() // another was quicker, or time was set back
		} else {
			s.clear(epoch)
			if epoch-have > 1 {
				s.clear(epoch - 1)
			}
		}
	}
	at := hash % registers
	rank := uint64(bits.LeadingZeros64(hash|registers-1) + 1)
	w, shift := &s.words[epoch&1][at/8], at%8*8
	for {
		old := w.Load()
		if old>>shift&0xff >= rank {
			return
		}
		if w.CompareAndSwap(old, old&^(0xff<<shift)|rank<<shift) {
			return
		}
	}
}

func (s *sketch) clear(epoch int64) {
	for i := range s.words[epoch&1] {
		cleared(&s.words[epoch&1][i])
	}
}

// estimate is how many distinct things were added in this generation and the one before.
func (s *sketch) estimate(epoch int64) uint32 {
	have := s.epoch.Load()
	if epoch-have > 1 {
		return 0
	}
	sum, empty := 0.0, 0
	for i := range registers {
		at, shift := i/8, i%8*8
		r := s.words[have&1][at].Load() >> shift & 0xff
		if have == epoch { // else what was before it is too old
			r = max(r, s.words[have&1^1][at].Load()>>shift&0xff)
		}
		if r == 0 {
			empty++
		}
		sum += math.Ldexp(1, -int(r))
	}
	const m = float64(registers)
	e := 0.709 * m * m / sum
	if e <= 2.5*m && empty > 0 {
		e = m * math.Log(m/float64(empty))
	}
	return uint32(math.Round(e))
}

// reset makes it new. Nobody may rely on what is added meanwhile.
func (s *sketch) reset() {
	if s.epoch.Load() == 0 {
		return // nothing was ever added
	}
	s.epoch.Store(0)
	s.clear(0)
	s.clear(1)
}

// fading counts what happens, and forgets half of it with each epoch of fadeEvery: the
// upper 16 bits are the epoch, the lower the count, at most 65,535.
type fading struct{ v atomic.Uint32 }

const fadeEvery = 15 * time.Second

// add counts n and returns the count.
func (f *fading) add(epoch int64, n uint32) uint32 {
	for {
		old := f.v.Load()
		count := min(faded(old, epoch)+n, math.MaxUint16)
		if f.v.CompareAndSwap(old, uint32(epoch)<<16|count) {
			return count
		}
	}
}

func (f *fading) at(epoch int64) uint32 { return faded(f.v.Load(), epoch) }

// faded is what is left of a count at an epoch.
func faded(v uint32, epoch int64) uint32 {
	age := uint16(epoch) - uint16(v>>16)
	if age > 16 {
		return 0 // or from before the clock was set back
	}
	return v & math.MaxUint16 >> age
}

// rare finds out who is seen often, of any number, in fixed memory (count-min sketch:
// Cormode and Muthukrishnan 2005): of two cells that belong to a hash the lower count is
// at least the true one. It is too high by more than 2·n/cells, with n counted in the last
// half minute, for at most one hash in four; n = 30,000 and 32,768 cells make that two.
// To be too high costs a place in the table, nothing else.
type rare struct{ rows [2][cells]fading }

const cells = 1 << 15

func (r *rare) add(epoch int64, hash uint64) uint32 {
	return min(r.rows[0][hash%cells].add(epoch, 1), r.rows[1][hash>>32%cells].add(epoch, 1))
}
