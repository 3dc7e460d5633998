package tally

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/falochron/falochron"
)

// Cohorts counts what cohorts do, in the path of every request: no lock, no allocation,
// and memory that does not grow whatever arrives. Make it with [NewCohorts]; any number of
// goroutines may use it.
//
// Steps:
//
//  1. All who look alike, wherever from, always have counters: there are few such cohorts.
//  2. An address, and its network, get counters once they have asked a few times within
//     half a minute; that is found out by [rare].
//  3. Where there is no room, who was quiet longest makes some, or else who asked least,
//     if the newcomer has asked more often (space-saving: Metwally, Agrawal, El Abbadi
//     2005). Thus ten million who ask once push nobody out who asks all the time.
//
// Counters are a little wrong where a cohort is forgotten in the moment in which it is
// counted, then the next one has the count; and where one is made in that moment, then nobody has it.
type Cohorts struct {
	wide, near table
	rare       rare
	seed       maphash.Seed
	salt       [2]uint64
	dropped    atomic.Uint64 // newcomers for whom there was no room
}

const (
	wideSlots = 1 << 9
	nearSlots = 1 << 13
	ways      = 8 // slots that a key may be in

	addressFrom = 3 // requests within half a minute from which an address has counters; chosen: what asks slowly is known soon
	networkFrom = 8 // the same of a network
)

// NewCohorts returns empty counters: some 6 MB, of which the system gives what is used.
func NewCohorts() *Cohorts {
	c := &Cohorts{wide: newTable(wideSlots), near: newTable(nearSlots), seed: maphash.MakeSeed()}
	for i := range c.salt {
		c.salt[i] = maphash.Comparable(c.seed, i) | 1
	}
	return c
}

// Keys are the three cohorts that somebody belongs to.
type Keys struct{ Address, Network, Wide falochron.CohortKey }

// KeysOf returns them; an address that is not known belongs to the wide one only.
func KeysOf(addr netip.Addr, c falochron.Client, s falochron.Shape, marked bool) (k Keys) {
	k.Wide = falochron.CohortKey{Client: c, Shape: s, Marked: marked}
	one, net := 32, 24
	if addr.Is6() {
		one, net = 64, 48
	}
	p, err := addr.Prefix(one)
	if err != nil {
		return k
	}
	k.Address = falochron.CohortKey{Net: p, Client: c, Shape: s}
	p, _ = addr.Prefix(net) // shorter than the one before
	k.Network = falochron.CohortKey{Net: p, Client: c, Shape: s}
	return k
}

// Count is what may be counted of a cohort.
type Count uint8

// The counts, in the words of [falochron.CohortTally].
// What most requests are counted by comes first and shares a line of the processor's cache.
const (
	Strange  Count = iota
	Ticketed       // the other requests: with a ticket
	Line
	Shown
	Named
	Files
	Lines
	Told
	Back
	In
	Loose
	Scripts
	Bare
	Carts
	Missed
	Busts
	Hits
	Faults
	Forged
	Refused
	numCounts
)

// Asker is somebody whose cohorts are found. The zero value is nobody: nothing is counted.
// It is for one request.
type Asker struct{ slots [3]*slot }

// Known reports whether there are counters of the address itself.
func (a Asker) Known() bool { return a.slots[0] != nil }

// Add counts something of all cohorts of somebody.
func (a Asker) Add(c Count) {
	for _, s := range a.slots {
		if s != nil {
			s.counts[c].Add(1)
		}
	}
}

// AddN counts so many.
func (a Asker) AddN(c Count, n uint64) {
	for _, s := range a.slots {
		if s != nil {
			s.counts[c].Add(n)
		}
	}
}

// Of finds the cohorts of somebody who asks for something. With often, that counts to
// whether an address has counters of its own.
func (c *Cohorts) Of(now time.Time, k Keys, often bool) (a Asker) {
	at := now.UnixNano()
	a.slots[2] = c.wide.take(c.words(k.Wide), at, 0) // only one that is quiet makes room: how often it asks is not asked
	if !k.Address.Net.IsValid() {
		return a
	}
	epoch := at / int64(fadeEvery)
	address, network := c.words(k.Address), c.words(k.Network)
	a.slots[0] = c.near.find(address, at, often)
	a.slots[1] = c.near.find(network, at, often)
	if !often {
		return a
	}
	if a.slots[0] == nil {
		if n := c.rare.add(epoch, address.hash); n >= addressFrom {
			if a.slots[0] = c.near.take(address, at, n); a.slots[0] == nil {
				c.dropped.Add(1)
			}
		}
	}
	if a.slots[1] == nil {
		if n := c.rare.add(epoch, network.hash); n >= networkFrom {
			if a.slots[1] = c.near.take(network, at, n); a.slots[1] == nil {
				c.dropped.Add(1)
			}
		}
	}
	return a
}

// Ask counts that somebody asks for a path, at now. ticket is what the request's ticket
// leads to, 0 for none.
func (c *Cohorts) Ask(a Asker, now time.Time, path string, ticket uint64) {
	at, hash := now.UnixNano(), uint64(0)
	if ticket != 0 {
		hash, ticket = maphash.String(c.seed, path), mixed(ticket^c.salt[0])
	}
	epoch := at / int64(generation)
	for i, s := range a.slots {
		if s == nil {
			continue
		}
		if ticket == 0 {
			s.counts[Strange].Add(1)
		} else {
			s.counts[Ticketed].Add(1)
			s.tickets.add(epoch, ticket)
			s.paths.add(epoch, hash)
		}
		if i < 2 { // many people together ask at random
			s.gap(at)
		}
	}
}

// Miss counts that a request without a ticket needed the shop, by its whole address. A
// file counts to what is asked for, and not as a miss: the first visitor after a start
// misses all there are.
func (c *Cohorts) Miss(a Asker, now time.Time, path, query string, file bool) {
	source := maphash.String(c.seed, path)
	target := source
	if query != "" {
		target = mixed(source ^ maphash.String(c.seed, query))
	}
	count := Missed
	if file {
		count = Busts
	}
	epoch := now.UnixNano() / int64(generation)
	for _, s := range a.slots {
		if s != nil {
			s.counts[count].Add(1)
			s.sources.add(epoch, source)
			s.targets.add(epoch, target)
		}
	}
}

// Post counts a cart's or an order's request of somebody without a ticket, and reports
// how many there were from the address lately, and how many came back from there.
func (c *Cohorts) Post(a Asker, now time.Time) (posts, backs int) {
	s := a.slots[0]
	if s == nil {
		return 0, 0
	}
	epoch := now.UnixNano() / int64(fadeEvery)
	return int(s.posts.add(epoch, 1)), int(s.backs.at(epoch))
}

// CameBack counts somebody who comes back with a ticket for the first time.
func (c *Cohorts) CameBack(a Asker, now time.Time) {
	a.Add(Back)
	if s := a.slots[0]; s != nil {
		s.backs.add(now.UnixNano()/int64(fadeEvery), 1)
	}
}

// Len is how many cohorts have counters.
func (c *Cohorts) Len() (n int) {
	for _, t := range []*table{&c.wide, &c.near} {
		for i := range t.ids {
			if t.ids[i].Load() > changing {
				n++
			}
		}
	}
	return n
}

// Dropped is how many newcomers found no room in the table, since the start.
func (c *Cohorts) Dropped() uint64 { return c.dropped.Load() }

// Bytes is the memory of all counters.
func (c *Cohorts) Bytes() int64 {
	slots := int64(len(c.wide.slots) + len(c.near.slots))
	return int64(unsafe.Sizeof(*c)) + slots*int64(unsafe.Sizeof(slot{})+unsafe.Sizeof(atomic.Uint64{})+unsafe.Sizeof(atomic.Int64{})+unsafe.Sizeof(fading{}))
}

// quiet is how long a cohort is told of that does nothing any more.
const quiet = 2 * time.Minute

// Tallies tells what all cohorts have done that did anything lately.
func (c *Cohorts) Tallies(now time.Time) (all []falochron.CohortTally) {
	for _, t := range []*table{&c.wide, &c.near} {
		for i := range t.slots {
			if v, ok := t.tell(i, now); ok {
				all = append(all, v)
			}
		}
	}
	return all
}

// words is a key as a slot keeps it. Of an IPv6 address no more than the first half is ever
// in one.
type words struct{ net, rest, hash uint64 }

// words of a key. The hash is salted: who chooses addresses chooses no slots by it.
func (c *Cohorts) words(k falochron.CohortKey) (w words) {
	if k.Net.IsValid() {
		w.rest = uint64(k.Net.Bits()+1) << 32
		if addr := k.Net.Addr(); addr.Is4() {
			b := addr.As4()
			w.net = uint64(binary.BigEndian.Uint32(b[:]))
			w.rest |= 1 << 48
		} else {
			b := addr.As16()
			w.net = binary.BigEndian.Uint64(b[:8])
		}
	}
	w.rest |= uint64(k.Client)<<16 | uint64(k.Shape)<<8
	if k.Marked {
		w.rest |= 1
	}
	w.hash = mixed(mixed(w.net^c.salt[0])^w.rest^c.salt[1]) | changing<<1 // neither free nor changing
	return w
}

// key is the reverse.
func (w words) key() (k falochron.CohortKey) {
	if bits := int(w.rest>>32&0xffff) - 1; bits >= 0 {
		var addr netip.Addr
		if w.rest>>48&1 != 0 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(w.net))
			addr = netip.AddrFrom4(b)
		} else {
			var b [16]byte
			binary.BigEndian.PutUint64(b[:8], w.net)
			addr = netip.AddrFrom16(b)
		}
		k.Net = netip.PrefixFrom(addr, bits)
	}
	k.Client, k.Shape, k.Marked = falochron.Client(w.rest>>16), falochron.Shape(w.rest>>8), w.rest&1 != 0
	return k
}

// mixed is the finaliser of SplitMix64.
func mixed(z uint64) uint64 {
	z ^= z >> 30
	z *= 0xbf58476d1ce4e5b9
	z ^= z >> 27
	z *= 0x94d049bb133111eb
	return z ^ z>>31
}
