package tally

import (
	"hash/maphash"
	"math/bits"
	"strings"
	"sync/atomic"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// entryKey is what newcomers have in common who are counted together.
type entryKey struct {
	post    string
	marks   radar.Marks
	channel falochron.Channel
	by      string
	path    string
}

// entryTable has a counter for each of the entries that are used. Each key may be in one set
// only, chosen by a hash that nobody outside can foresee. The last places of a set are
// for entries that come a second time while few others have come in between; who finds
// none is counted otherwise. With each tally the full sets give one place back, that of
// the entry that brought fewest lately. So whatever is made up to fill the table, an
// entry that brings many gets its counter within a tally or two, and keeps it.
type entryTable struct {
	sets []entrySet
}

type entrySet struct {
	places [entriesInSet]atomic.Pointer[entrySlot]
	once   [onceInSet]atomic.Uint32 // hashes of those that came once, the newest over the oldest
	next   atomic.Uint32            // where the next goes
}

const (
	entriesInSet = 8  // entries in one set
	forTwice     = 3  // of them for those that come a second time
	onceInSet    = 16 // that are remembered to have come once
)

// twice reports whether an entry has come before, and else remembers it.
func (s *entrySet) twice(hash uint64) bool {
	mark := uint32(hash>>32) | 1
	for i := range s.once {
		if s.once[i].Load() == mark {
			return true
		}
	}
	s.once[s.next.Add(1)%onceInSet].Store(mark)
	return false
}

// entrySlot is one entry. But for its counter nothing of it changes.
type entrySlot struct {
	hash  uint64 // of the key
	key   entryKey
	entry falochron.Entry
	counter
}

func newEntryTable(sets int) entryTable {
	return entryTable{make([]entrySet, sets)}
}

// at is the counter of a key, or nil if there is no room for one.
func (t *entryTable) at(seed maphash.Seed, k *entryKey) *counter {
	hash := k.hash(seed)
	set := &t.sets[hash%uint64(len(t.sets))]
	var made *entrySlot
	for {
		var free *atomic.Pointer[entrySlot]
		left := 0
		for i := range set.places {
			s := set.places[i].Load()
			if s == nil {
				free = &set.places[i]
				left++
			} else if s.hash == hash && s.key == *k {
				return &s.counter
			}
		}
		if made == nil {
			if left == 0 || left <= forTwice && !set.twice(hash) {
				return nil
			}
			made = k.fresh(hash)
		}
		switch {
		case free == nil:
			return nil // others were quicker
		case free.CompareAndSwap(nil, made):
			return &made.counter
		}
	}
}

func (k *entryKey) hash(seed maphash.Seed) uint64 {
	h := uint64(k.channel)<<8 | uint64(wayOf(k.by))
	for _, s := range [...]string{k.post, k.path, k.marks.Source, k.marks.Medium, k.marks.Campaign, k.marks.Content} {
		h = bits.RotateLeft64(h, 13) * 0x9e3779b97f4a7c15
		if s != "" {
			h ^= maphash.String(seed, s)
		}
	}
	return h
}

// fresh is a slot for it. What was a part of the request is copied, so that nothing else of it
// is kept.
func (k *entryKey) fresh(hash uint64) *entrySlot {
	own := entryKey{post: strings.Clone(k.post), channel: k.channel, by: k.by, path: strings.Clone(k.path), marks: radar.Marks{
		Source: strings.Clone(k.marks.Source), Medium: strings.Clone(k.marks.Medium), Campaign: strings.Clone(k.marks.Campaign), Content: strings.Clone(k.marks.Content),
	}}
	return &entrySlot{hash: hash, key: own, entry: falochron.Entry{Post: own.post, Campaign: own.marks.Label(), Channel: own.channel, By: own.by, Path: own.path}}
}

// read reads all counters, and gives a place back in each set that is full. Its caller
// reads alone.
func (t *entryTable) read(e *entries) {
	for i := range t.sets {
		set := &t.sets[i].places
		least, fewest, full := 0, ^uint64(0), true
		for j := range set {
			s := set[j].Load()
			if s == nil {
				full = false
				continue
			}
			if lately := e.add(s.entry, &s.counter); lately < fewest {
				least, fewest = j, lately
			}
		}
		if full {
			// Who counts in it at this moment is in the sum of the shop, and nowhere else.
			set[least].Store(nil)
		}
	}
}
