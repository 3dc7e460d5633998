package cache

import "time"

// verdict is what was last learnt about a URL.
type verdict uint8

const (
	unknown    verdict = iota
	candidate          // answered with something that may be shared: worth a fill
	hitForMiss         // answered with something that may not: let everybody go by himself
)

// marks remembers verdicts in a table of fixed size, each slot for all the keys
// that fall into it: a newer mark pushes out an older one. Forgetting is safe:
// a forgotten candidate passes once more, a forgotten hit-for-miss costs one
// fill.
type marks struct {
	slots []slot
}

type slot struct {
	hash    uint64
	until   int64 // Unix nanoseconds
	verdict verdict
}

const slotBytes = 24

// newMarks takes at most budget bytes, in a power of two of slots.
func newMarks(budget int64) marks {
	n := int64(16)
	for n*2*slotBytes <= budget {
		n *= 2
	}
	return marks{slots: make([]slot, n)}
}

func (m marks) bytes() int64 { return int64(len(m.slots)) * slotBytes }

func (m marks) at(hash uint64) *slot { return &m.slots[hash&uint64(len(m.slots)-1)] }

func (m marks) get(hash uint64, now time.Time) verdict {
	if s := m.at(hash); s.hash == hash && now.UnixNano() < s.until {
		return s.verdict
	}
	return unknown
}

func (m marks) set(hash uint64, v verdict, until time.Time) {
	*m.at(hash) = slot{hash: hash, until: until.UnixNano(), verdict: v}
}
