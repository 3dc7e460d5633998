package room

import "math/bits"

// status is what the two bits of a place say. The low bit is "came back once",
// the high bit "will not be called again"; both together are a claimed place.
type status uint8

const (
	issued  status = 0b00 // handed out; the holder has not come back
	counted status = 0b01 // the holder came back: the place counts
	left    status = 0b10 // the holder left the line
	claimed status = 0b11 // the place was claimed
)

// perSegment is the number of places in one segment: 4096 × 2 bits are exactly
// 1 KiB, a size class of the allocator, so nothing is lost to rounding.
const (
	perSegment      = 4096
	perWord         = 32
	wordsPerSegment = perSegment / perWord
	segmentBytes    = wordsPerSegment * 8
	lowBits         = 0x5555_5555_5555_5555
)

// ledger holds two bits for each place in [base, base+len(segments)*perSegment).
//
// Invariants: base is a multiple of perSegment; a segment's counted is the
// number of its places whose status is counted; a segment without words holds
// issued places only.
type ledger struct {
	base     uint64
	segments []segment
}

type segment struct {
	words   *[wordsPerSegment]uint64
	counted uint16
}

// extend makes room for place p.
func (l *ledger) extend(p uint64) {
	need := int((p-l.base)/perSegment) + 1
	if need > cap(l.segments) {
		// Grow by a little, not by doubling: the slots are part of the promise
		// of 256 KB for a million places.
		grown := make([]segment, len(l.segments), need+16)
		copy(grown, l.segments)
		l.segments = grown
	}
	for len(l.segments) < need {
		l.segments = append(l.segments, segment{})
	}
}

// release frees the segments that lie wholly below floor.
func (l *ledger) release(floor uint64) {
	n := int((floor - l.base) / perSegment)
	if n <= 0 {
		return
	}
	n = min(n, len(l.segments))
	rest := copy(l.segments, l.segments[n:])
	clear(l.segments[rest:])
	l.segments = l.segments[:rest]
	l.base = floor - floor%perSegment
}

func (l *ledger) get(p uint64) status {
	seg := &l.segments[(p-l.base)/perSegment]
	if seg.words == nil {
		return issued
	}
	return status(seg.words[p%perSegment/perWord]>>(p%perWord*2)) & 0b11
}

func (l *ledger) set(p uint64, s status) {
	seg := &l.segments[(p-l.base)/perSegment]
	if seg.words == nil {
		if s == issued {
			return
		}
		seg.words = new([wordsPerSegment]uint64)
	}
	word, shift := &seg.words[p%perSegment/perWord], p%perWord*2
	if status(*word>>shift)&0b11 == counted {
		seg.counted--
	}
	if s == counted {
		seg.counted++
	}
	*word = *word&^(0b11<<shift) | uint64(s)<<shift
}

// countedIn returns one bit (the low one of each pair) for each counted place
// of the word that starts at place start, cut to [from, to).
func countedIn(word, start, from, to uint64) uint64 {
	m := word &^ (word >> 1) & lowBits
	if from > start {
		m &= ^uint64(0) << (2 * (from - start))
	}
	if to < start+perWord {
		m &= 1<<(2*(to-start)) - 1
	}
	return m
}

// count returns the number of counted places in [from, to). Whole segments cost
// one addition each, so a million places cost about 250.
func (l *ledger) count(from, to uint64) int {
	n := 0
	for p := from; p < to; {
		seg := &l.segments[(p-l.base)/perSegment]
		end := p - p%perSegment + perSegment
		switch {
		case seg.counted == 0:
			p = end
		case p%perSegment == 0 && end <= to:
			n += int(seg.counted)
			p = end
		default:
			start := p - p%perWord
			n += bits.OnesCount64(countedIn(seg.words[p%perSegment/perWord], start, p, to))
			p = start + perWord
		}
	}
	return n
}

// absent returns the number of places in [from, to) whose holder has not come back.
func (l *ledger) absent(from, to uint64) int {
	n := 0
	for p := from; p < to; {
		seg := &l.segments[(p-l.base)/perSegment]
		end := min(p-p%perSegment+perSegment, to)
		if seg.words == nil {
			n += int(end - p)
			p = end
			continue
		}
		start := p - p%perWord
		end = min(start+perWord, end)
		word := seg.words[p%perSegment/perWord]
		known := (word | word>>1) & lowBits & (^uint64(0) << (2 * (p - start)))
		if end < start+perWord {
			known &= 1<<(2*(end-start)) - 1
		}
		n += int(end-p) - bits.OnesCount64(known)
		p = end
	}
	return n
}

// after returns the place just behind the n-th counted place in [from, to), and
// how many were found. With fewer than n it is the place behind the last one;
// with none it is from. It never runs past trailing places that do not count.
func (l *ledger) after(from, to uint64, n int) (place uint64, found int) {
	place = from
	for p := from; p < to && found < n; {
		seg := &l.segments[(p-l.base)/perSegment]
		if seg.counted == 0 {
			p = p - p%perSegment + perSegment
			continue
		}
		start := p - p%perWord
		m := countedIn(seg.words[p%perSegment/perWord], start, p, to)
		for ; m != 0 && found < n; m &= m - 1 {
			place = start + uint64(bits.TrailingZeros64(m)/2) + 1
			found++
		}
		p = start + perWord
	}
	return place, found
}

func (l *ledger) bytes() int {
	n := cap(l.segments) * 16
	for i := range l.segments {
		if l.segments[i].words != nil {
			n += segmentBytes
		}
	}
	return n
}
