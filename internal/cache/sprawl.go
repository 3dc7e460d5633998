package cache

import (
	"hash/maphash"
	"time"
)

const (
	// sprawlMost is how many forms of one path, never heard of before, are filled
	// within sprawlEvery. Above the catalogue of a shop that has everything under one
	// path as far as it can make pages in that time (some 16 a second with eight
	// workers, measured with OpenCart, of which most are asked for more than once);
	// far below what somebody makes up who wants each of his requests at the shop.
	sprawlMost  = 256
	sprawlEvery = time.Minute
)

// sprawl counts, for each path, the fills for queries, cookies and other forms
// that nobody has asked for before. A fill stands in no line, so who makes up
// queries must not have as many as he likes: beyond the bound they pass, and are
// treated as any request that must reach the shop. What is stored already, however
// stale, or known to be public is not counted.
//
// The table has a fixed size; a newer path pushes out an older one in its slot,
// whose count then begins anew.
type sprawl struct {
	slots []sprawlSlot
}

type sprawlSlot struct {
	hash  uint64
	since int64 // Unix nanoseconds
	count int32
}

const sprawlSlotBytes = 24

func newSprawl(budget int64) sprawl {
	n := int64(16)
	for n*2*sprawlSlotBytes <= budget {
		n *= 2
	}
	return sprawl{slots: make([]sprawlSlot, n)}
}

func (s sprawl) bytes() int64 { return int64(len(s.slots)) * sprawlSlotBytes }

// take counts one more form of the path and reports whether it may be filled.
func (s sprawl) take(seed maphash.Seed, k Key, now time.Time) bool {
	hash := maphash.Comparable(seed, address{secure: k.Secure, host: k.Host, path: k.Path})
	at := &s.slots[hash&uint64(len(s.slots)-1)]
	if at.hash != hash || now.UnixNano()-at.since >= int64(sprawlEvery) {
		*at = sprawlSlot{hash: hash, since: now.UnixNano()}
	}
	if at.count >= sprawlMost {
		return false
	}
	at.count++
	return true
}
