package ticket

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"time"
)

const (
	formatVersion = 1
	headerBytes   = 3 // version, key id
	macBytes      = 16
	maxBody       = 1200
	// skew is how far ahead of our clock a ticket may be dated. Only our own
	// clocks date tickets, so this is no defence; but a clock set back by less
	// than an hour must not send the whole line away.
	skew = time.Hour
)

// Lives says how long tickets are valid. Zero means the default.
type Lives struct {
	// Waiting is the life of a waiting ticket from its arrival. Default 24 hours.
	Waiting time.Duration
	// Idle is how long an inside ticket is valid after it was last seen. Default
	// 15 minutes.
	Idle time.Duration
}

func (l Lives) withDefaults() Lives {
	if l.Waiting <= 0 {
		l.Waiting = 24 * time.Hour
	}
	if l.Idle <= 0 {
		l.Idle = 15 * time.Minute
	}
	return l
}

// Longest returns the life of the longest-lived ticket: what [Keyring.Rotate]
// must keep old keys for.
func (l Lives) Longest() time.Duration {
	l = l.withDefaults()
	return max(l.Waiting, l.Idle)
}

// Sealer seals and opens the tickets of one shop in one epoch. It is safe for
// concurrent use. After a rotation the owner makes another one.
type Sealer struct {
	epoch   uint32
	lives   Lives
	waiting []purposeKey // as the ring: oldest first
	inside  []purposeKey
	session purposeKey
	buffers sync.Pool // of *buffer
}

// buffer is what opening a ticket works in; nothing returned points into it.
type buffer [maxBody]byte

// purposeKey signs for one purpose at one shop with one key of the ring.
type purposeKey struct {
	id   uint16
	macs *sync.Pool // of *mac
}

// mac is a keyed hash and where its sum goes.
type mac struct {
	hash hash.Hash
	sum  [sha256.Size]byte
}

// Shop returns the sealer for a shop's tickets. The name is any text that tells
// the shops of this ring apart; epoch is the data folder's.
func (k *Keyring) Shop(name string, epoch uint32, lives Lives) *Sealer {
	s := &Sealer{epoch: epoch, lives: lives.withDefaults()}
	for i := range k.keys {
		one := &k.keys[i]
		s.waiting = append(s.waiting, derive(one.id, one.secret[:], "waiting", name))
		s.inside = append(s.inside, derive(one.id, one.secret[:], "inside", name))
	}
	s.session = derive(0, k.root[:], "session", name)
	s.buffers.New = func() any { return new(buffer) }
	return s
}

// derive is HKDF-SHA256 without salt; info is "falochron ticket v1", the purpose
// and the shop's name, separated by zero bytes. Purposes have none, and the name
// comes last, so no two infos are equal.
func derive(id uint16, secret []byte, purpose, shop string) purposeKey {
	derived, err := hkdf.Key(sha256.New, secret, nil, "falochron ticket v1\x00"+purpose+"\x00"+shop, sha256.Size)
	if err != nil {
		panic(err) // only for lengths that are constants here
	}
	return purposeKey{id: id, macs: &sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, derived)} }}}
}

// sum returns the 128-bit MAC of msg.
func (p *purposeKey) sum(msg []byte) (out [macBytes]byte) {
	m := p.macs.Get().(*mac)
	m.hash.Reset()
	m.hash.Write(msg)
	copy(out[:], m.hash.Sum(m.sum[:0]))
	p.macs.Put(m)
	return out
}

// seal signs header and body with the newest key.
func seal(keys []purposeKey, body []byte) string {
	k := &keys[len(keys)-1]
	msg := make([]byte, headerBytes, headerBytes+len(body)+macBytes)
	msg[0] = formatVersion
	binary.BigEndian.PutUint16(msg[1:], k.id)
	msg = append(msg, body...)
	sum := k.sum(msg)
	return base64.RawURLEncoding.EncodeToString(append(msg, sum[:]...))
}

var encoding = base64.RawURLEncoding.Strict()

// open decodes s into buf, verifies it and returns the body.
func open(keys []purposeKey, s string, buf *buffer) ([]byte, error) {
	if len(s) > len(buf)/3*4 {
		return nil, Malformed
	}
	// The decoder skips line breaks; we would not have written any.
	for i := range len(s) {
		if s[i] == '\n' || s[i] == '\r' {
			return nil, Malformed
		}
	}
	raw, err := encoding.AppendDecode(buf[:0], []byte(s))
	if err != nil {
		return nil, Malformed
	}
	if len(raw) < headerBytes+macBytes {
		return nil, Truncated
	}
	if raw[0] != formatVersion {
		return nil, Version
	}
	id := binary.BigEndian.Uint16(raw[1:])
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i].id != id {
			continue
		}
		signed, mac := raw[:len(raw)-macBytes], raw[len(raw)-macBytes:]
		if want := keys[i].sum(signed); !hmac.Equal(mac, want[:]) {
			return nil, BadMAC
		}
		return signed[headerBytes:], nil
	}
	return nil, UnknownKey
}
