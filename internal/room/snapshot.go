package room

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/falochron/falochron"
)

// A snapshot is the room without its configuration and its wall clock, all
// numbers big-endian, times in nanoseconds of the room's own clock:
//
//	"FLRM" version(1)
//	elapsed floor called next early               8 bytes each; version 1 has no early
//	announced(1) [start(8, Unix ns) seed(32) first(8)]   1 to be drawn, 2 in order
//	draws(1) × { first(8) n(8) start(8) seed(32) }
//	calls(1) × { first(8) last(8) upTo(8) counted(4) claimed(4) }
//	pace: head(8), 24 × { calls(4) issued(4) busy(8) }
//	segments(4) × { 0 | 1 word(8) | 2 words(1024) }   nothing, one word repeated, all words
//	CRC-32C of everything before (4)
//
// A million waiting people are 250 KB at most, and 2 KB when all came back.
const (
	snapshotMagic   = "FLRM"
	snapshotVersion = 2
)

// farthest is beyond any number or time (in nanoseconds: 146 years) that a room
// comes to, and far enough from where the arithmetic would overflow.
const farthest = 1 << 62

const (
	segmentEmpty  = 0
	segmentRepeat = 1
	segmentFull   = 2
)

var errSnapshot = errors.New("damaged snapshot")

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Snapshot returns all that [Room.Restore] needs to go on from here. It is taken
// about once a second; what happens after it costs nobody a place (see
// [Room.Resume]).
func (r *Room) Snapshot() []byte {
	be := binary.BigEndian
	b := make([]byte, 0, 1024+len(r.ledger.segments)*64)
	b = append(append(b, snapshotMagic...), snapshotVersion)
	for _, v := range []uint64{uint64(r.elapsed), r.floor, r.called, r.next, r.early} {
		b = be.AppendUint64(b, v)
	}
	if a := r.announced; a == nil {
		b = append(b, 0)
	} else {
		sort := byte(1)
		if a.inOrder {
			sort = 2
		}
		b = be.AppendUint64(append(b, sort), uint64(a.start.UnixNano()))
		b = be.AppendUint64(append(b, a.seed[:]...), a.first)
	}
	b = append(b, byte(len(r.draws)))
	for i := range r.draws {
		d := &r.draws[i]
		b = be.AppendUint64(be.AppendUint64(b, d.first), d.perm.n)
		b = append(be.AppendUint64(b, uint64(d.start.UnixNano())), d.seed[:]...)
	}
	b = append(b, byte(len(r.calls)))
	for i := range r.calls {
		c := &r.calls[i]
		b = be.AppendUint64(be.AppendUint64(b, uint64(c.first)), uint64(c.last))
		b = be.AppendUint32(be.AppendUint32(be.AppendUint64(b, c.upTo), c.counted), c.claimed)
	}
	b = be.AppendUint64(b, uint64(r.pace.head))
	for _, p := range r.pace.buckets {
		b = be.AppendUint64(be.AppendUint32(be.AppendUint32(b, p.gone), p.issued), uint64(p.busy))
	}
	segments := r.ledger.segments[:segmentsFor(r.floor, r.next)]
	b = be.AppendUint32(b, uint32(len(segments)))
	for i := range segments {
		b = appendSegment(b, segments[i].words)
	}
	return be.AppendUint32(b, checksum(b))
}

// segmentsFor returns how many segments hold the places in [floor, next).
func segmentsFor(floor, next uint64) uint64 {
	if floor == next {
		return 0
	}
	return (next-1)/perSegment - floor/perSegment + 1
}

func appendSegment(b []byte, words *[wordsPerSegment]uint64) []byte {
	if words == nil {
		return append(b, segmentEmpty)
	}
	same := true
	for _, w := range words[1:] {
		same = same && w == words[0]
	}
	if same {
		return binary.BigEndian.AppendUint64(append(b, segmentRepeat), words[0])
	}
	b = append(b, segmentFull)
	for _, w := range words {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	return b
}

// Restore replaces the room's state by a snapshot. The room's own clock goes on
// from where it stood: the time in between ends nobody's claim window. Garbage,
// a damaged file and a version of the future are an [falochron.Error] of kind
// Invalid and leave the room as it was.
func (r *Room) Restore(data []byte) error {
	restored := &Room{cfg: r.cfg, wall: r.wall, limit: r.limit, calls: make([]call, 0, maxCalls)}
	if err := restored.decode(data); err != nil {
		return &falochron.Error{
			Kind: falochron.Invalid, Op: "restore the line",
			Public: "the saved line cannot be read", Err: err,
			Hint: "without it the line starts from the last reserved number: tickets keep their order, but everybody has to come back once to count",
		}
	}
	*r = *restored
	return nil
}

func (r *Room) decode(data []byte) error {
	head := len(snapshotMagic)
	if len(data) < head+5 || string(data[:head]) != snapshotMagic {
		return fmt.Errorf("%w: not a snapshot of a line", errSnapshot)
	}
	version := data[head]
	if version < 1 || version > snapshotVersion {
		return fmt.Errorf("%w: version %d, this program reads 1 to %d", errSnapshot, version, snapshotVersion)
	}
	body, sum := data[:len(data)-4], binary.BigEndian.Uint32(data[len(data)-4:])
	if checksum(body) != sum {
		return fmt.Errorf("%w: checksum does not match", errSnapshot)
	}
	in := &reader{b: body[head+1:]}
	r.elapsed = in.duration()
	r.floor, r.called, r.next = in.u64(), in.u64(), in.u64()
	if version > 1 {
		r.early = in.u64()
	}
	if r.elapsed < 0 || r.elapsed > farthest || r.next > farthest || r.early > r.next || r.floor < 1 || r.called < r.floor || r.next < r.called {
		return fmt.Errorf("%w: counters contradict each other", errSnapshot)
	}
	if err := errors.Join(r.decodeDraws(in), r.decodeCalls(in)); err != nil {
		return err
	}
	r.pace.head = int64(in.u64())
	for i := range r.pace.buckets {
		r.pace.buckets[i] = paceCount{gone: in.u32(), issued: in.u32(), busy: in.duration()}
	}
	if r.pace.head < 0 || r.pace.head > int64(r.elapsed/paceBucket) {
		return fmt.Errorf("%w: pace is from the future", errSnapshot)
	}
	if err := r.decodeLedger(in); err != nil {
		return err
	}
	if in.short || len(in.b) != 0 {
		return fmt.Errorf("%w: wrong length", errSnapshot)
	}
	r.waiting = r.ledger.count(r.called, r.next)
	return nil
}

func (r *Room) decodeDraws(in *reader) error {
	switch sort := in.u8(); sort {
	case 0:
	case 1, 2:
		a := &announcement{start: time.Unix(0, int64(in.u64())), inOrder: sort == 2}
		copy(a.seed[:], in.take(32))
		if a.first = in.u64(); a.first < r.called || a.first > r.next {
			return fmt.Errorf("%w: announcement outside the line", errSnapshot)
		}
		r.announced = a
	default:
		return fmt.Errorf("%w: announcement", errSnapshot)
	}
	n := int(in.u8())
	if n > maxDraws {
		return fmt.Errorf("%w: %d draws", errSnapshot, n)
	}
	end := uint64(1)
	for range n {
		d := draw{first: in.u64()}
		count := in.u64()
		d.start = time.Unix(0, int64(in.u64()))
		copy(d.seed[:], in.take(32))
		if d.first < end || d.first > r.next || count < 1 || count > r.next-d.first {
			return fmt.Errorf("%w: draw outside the line", errSnapshot)
		}
		end = d.first + count
		d.perm = newPermutation(d.seed, count)
		r.draws = append(r.draws, d)
	}
	return nil
}

func (r *Room) decodeCalls(in *reader) error {
	n := int(in.u8())
	if n > maxCalls {
		return fmt.Errorf("%w: %d calls", errSnapshot, n)
	}
	var last call
	for range n {
		c := call{first: in.duration(), last: in.duration(), upTo: in.u64(), counted: in.u32(), claimed: in.u32()}
		if c.first < last.last || c.last < c.first || c.last > r.elapsed || c.upTo < last.upTo || c.upTo > r.called {
			return fmt.Errorf("%w: calls out of order", errSnapshot)
		}
		r.calls = append(r.calls, c)
		last = c
	}
	if r.called > r.floor && last.upTo != r.called {
		return fmt.Errorf("%w: called places without a call", errSnapshot)
	}
	return nil
}

func (r *Room) decodeLedger(in *reader) error {
	n := in.u32()
	if uint64(n) != segmentsFor(r.floor, r.next) || int(n) > len(in.b) {
		return fmt.Errorf("%w: %d segments do not hold the line", errSnapshot, n)
	}
	r.ledger.base = r.floor - r.floor%perSegment
	if n > 0 {
		r.ledger.extend(r.next - 1)
	}
	for i := range r.ledger.segments {
		seg := &r.ledger.segments[i]
		kind := in.u8()
		if kind == segmentEmpty {
			continue
		}
		if kind > segmentFull {
			return fmt.Errorf("%w: segment of kind %d", errSnapshot, kind)
		}
		seg.words = new([wordsPerSegment]uint64)
		repeated := uint64(0)
		if kind == segmentRepeat {
			repeated = in.u64()
		}
		for w := range seg.words {
			word := repeated
			if kind == segmentFull {
				word = in.u64()
			}
			seg.words[w] = word
		}
		start := r.ledger.base + uint64(i)*perSegment
		seg.counted = uint16(seg.recount(start))
		if in.short {
			break
		}
	}
	return nil
}

func (s *segment) recount(start uint64) (n int) {
	for i, word := range s.words {
		from := start + uint64(i)*perWord
		for m := countedIn(word, from, from, from+perWord); m != 0; m &= m - 1 {
			n++
		}
	}
	return n
}

// reader takes big-endian numbers from the front of b; after the end it reads
// zeros and remembers that it was short.
type reader struct {
	b     []byte
	short bool
}

func (in *reader) take(n int) []byte {
	if len(in.b) < n {
		in.b, in.short = nil, true
		return make([]byte, n)
	}
	out := in.b[:n]
	in.b = in.b[n:]
	return out
}

func (in *reader) u8() byte                { return in.take(1)[0] }
func (in *reader) u32() uint32             { return binary.BigEndian.Uint32(in.take(4)) }
func (in *reader) u64() uint64             { return binary.BigEndian.Uint64(in.take(8)) }
func (in *reader) duration() time.Duration { return time.Duration(in.u64()) }
