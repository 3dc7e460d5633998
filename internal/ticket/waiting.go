package ticket

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

// MaxPage bounds Page and Article, in bytes. A ticket is a third longer than what it
// holds, and the first waiting page, which sets it, must fit with all its header
// fields into what a server may send at once.
const MaxPage = 400

// Waiting is a place in line.
type Waiting struct {
	Arrived time.Time // to the millisecond
	Edge    uint16    // the edge that issued Seq, below [Proved], which may be added
	Seq     uint64    // sequence number at that edge
	Epoch   uint32    // set by SealWaiting
	Page    string    // the page wanted: path and query on this host; see [SafePage]
	Article string    // what the visitor came for, if known: path of an article, or ""
	Nonce   [8]byte   // makes the ticket its own even where numbers repeat
}

// Proved is added to [Waiting.Edge] where the holder has passed the test that is given to
// newcomers of a cohort that attacks.
const Proved = 1 << 15

// Proved reports whether the holder has passed the test.
func (w Waiting) Proved() bool { return w.Edge&Proved != 0 }

// NewNonce returns a random nonce.
func NewNonce() (n [8]byte) {
	rand.Read(n[:]) // never fails; ends the program where there is no randomness
	return n
}

// waitingBytes is the length of the fixed part: epoch, arrived, edge, seq, nonce.
const waitingBytes = 4 + 8 + 2 + 8 + 8

// SealWaiting returns the ticket. Page and Article are made safe first.
func (s *Sealer) SealWaiting(w Waiting) string {
	page, article := SafePage(w.Page), ""
	if w.Article != "" {
		article = SafePage(w.Article)
	}
	be := binary.BigEndian
	b := make([]byte, 0, waitingBytes+2+len(page)+2+len(article))
	b = be.AppendUint32(b, s.epoch)
	b = be.AppendUint64(b, uint64(w.Arrived.UnixMilli()))
	b = be.AppendUint16(b, w.Edge)
	b = be.AppendUint64(b, w.Seq)
	b = append(b, w.Nonce[:]...)
	b = append(be.AppendUint16(b, uint16(len(page))), page...)
	b = append(be.AppendUint16(b, uint16(len(article))), article...)
	return seal(s.waiting, b)
}

// SealBare returns the ticket without the page wanted, for addresses that name the
// page themselves; of articles it keeps "/" alone. It has at most 74 characters, and
// leads to the same session.
func (s *Sealer) SealBare(w Waiting) string {
	w.Page = ""
	if len(w.Article) > 1 {
		w.Article = ""
	}
	return s.SealWaiting(w)
}

// OpenWaiting verifies a waiting ticket. The error is a [Fault].
func (s *Sealer) OpenWaiting(ticket string, now time.Time) (Waiting, error) {
	buf := s.buffers.Get().(*buffer)
	defer s.buffers.Put(buf)
	b, err := open(s.waiting, ticket, buf)
	if err != nil {
		return Waiting{}, err
	}
	if len(b) < waitingBytes {
		return Waiting{}, Malformed
	}
	be := binary.BigEndian
	w := Waiting{
		Epoch:   be.Uint32(b),
		Arrived: time.UnixMilli(int64(be.Uint64(b[4:]))),
		Edge:    be.Uint16(b[12:]),
		Seq:     be.Uint64(b[14:]),
		Nonce:   [8]byte(b[22:30]),
	}
	rest := b[waitingBytes:]
	var ok1, ok2 bool
	w.Page, rest, ok1 = text(rest)
	w.Article, rest, ok2 = text(rest)
	if !ok1 || !ok2 || len(rest) != 0 {
		return Waiting{}, Malformed
	}
	if w.Page = SafePage(w.Page); w.Article != "" {
		w.Article = SafePage(w.Article)
	}
	if err := s.inTime(w.Epoch, w.Arrived, w.Arrived.Add(s.lives.Waiting), now); err != nil {
		return Waiting{}, err
	}
	return w, nil
}

// text takes a length-prefixed text from the front of b.
func text(b []byte) (string, []byte, bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

// inTime returns the fault of a ticket made at made that ends at end, or nil.
func (s *Sealer) inTime(epoch uint32, made, end, now time.Time) error {
	switch {
	case epoch != s.epoch:
		return Epoch
	case made.After(now.Add(skew)):
		return Future
	case now.After(end):
		return Expired
	}
	return nil
}

// SafePage returns page if it is a path, with or without a query, on this host,
// and "/" if it could lead anywhere else: it must begin with a single slash, and
// hold neither backslash, nor control character, nor space, nor anything but
// ASCII. Browsers drop tabs and line breaks from addresses and read "/\host" and
// "//host" as another host. An address longer than [MaxPage] bytes loses its last
// parameters, if the rest fits: they are the click ids of a long link, which are
// worth less than the page.
func SafePage(page string) string {
	if query := strings.IndexByte(page, '?'); len(page) > MaxPage && query >= 0 && query <= MaxPage {
		page = page[:max(query, strings.LastIndexByte(page[:MaxPage+1], '&'))]
	}
	if page == "" || len(page) > MaxPage || page[0] != '/' || strings.HasPrefix(page, "//") {
		return "/"
	}
	for i := range len(page) {
		if c := page[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return "/"
		}
	}
	return page
}
