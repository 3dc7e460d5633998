package ticket

import (
	"encoding/binary"
	"time"
)

// Inside is the right to be in the shop.
type Inside struct {
	Session [16]byte  // names the session; see [Sealer.Session]
	Epoch   uint32    // set by SealInside
	Entered time.Time // when the place was claimed, to the millisecond
	Seen    time.Time // last request, to the millisecond; the ticket ends Idle later
	Replica uint16    // of the shop, where the visitor stays; 0 = at none, and not in the ticket
}

const insideBytes = 16 + 4 + 8 + 8 // and 2 for Replica

// Session returns the session that a waiting ticket leads to. Whoever copied
// the ticket comes to the same session, whatever page they wanted and whatever
// key signed their copy.
func (s *Sealer) Session(w Waiting) [16]byte {
	var msg [4 + 2 + 8 + 8]byte
	be := binary.BigEndian
	be.PutUint32(msg[0:], w.Epoch)
	be.PutUint16(msg[4:], w.Edge)
	be.PutUint64(msg[6:], w.Seq)
	copy(msg[14:], w.Nonce[:])
	return s.session.sum(msg[:])
}

// SealInside returns the ticket.
func (s *Sealer) SealInside(in Inside) string {
	be := binary.BigEndian
	b := make([]byte, 0, insideBytes+2)
	b = append(b, in.Session[:]...)
	b = be.AppendUint32(b, s.epoch)
	b = be.AppendUint64(b, uint64(in.Entered.UnixMilli()))
	b = be.AppendUint64(b, uint64(in.Seen.UnixMilli()))
	if in.Replica != 0 {
		b = be.AppendUint16(b, in.Replica)
	}
	return seal(s.inside, b)
}

// OpenInside verifies an inside ticket. The error is a [Fault].
func (s *Sealer) OpenInside(ticket string, now time.Time) (Inside, error) {
	buf := s.buffers.Get().(*buffer)
	defer s.buffers.Put(buf)
	b, err := open(s.inside, ticket, buf)
	if err != nil {
		return Inside{}, err
	}
	if len(b) != insideBytes && len(b) != insideBytes+2 {
		return Inside{}, Malformed
	}
	be := binary.BigEndian
	in := Inside{
		Session: [16]byte(b[:16]),
		Epoch:   be.Uint32(b[16:]),
		Entered: time.UnixMilli(int64(be.Uint64(b[20:]))),
		Seen:    time.UnixMilli(int64(be.Uint64(b[28:]))),
	}
	if len(b) > insideBytes {
		in.Replica = be.Uint16(b[insideBytes:])
	}
	if err := s.inTime(in.Epoch, in.Seen, in.Seen.Add(s.lives.Idle), now); err != nil {
		return Inside{}, err
	}
	return in, nil
}
