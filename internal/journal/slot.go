package journal

import (
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// slotText is how many bytes of visitor-chosen text one slot holds. A request
// id, a shortened address, a method, a session tag and a path of 100 bytes fit;
// longer paths lose their end. Guessed: shop paths in our test data have a
// median of 31 bytes.
const slotText = 184

// Longest texts kept of each kind, in bytes; together they may exceed slotText,
// then the path, packed last, gets what is left.
const (
	maxID      = 48
	maxClient  = 48
	maxMethod  = 16
	maxSession = 24
	maxNote    = 240
)

// A slot is a record packed so that writing one allocates nothing. Texts from a
// fixed vocabulary or from configuration stay strings: they live anyway.
type slot struct {
	at      int64 // Unix nanoseconds
	shop    string
	lane    string
	origin  string
	reason  string
	limit   string
	note    string // only events have one; copied
	bound   float64
	place   uint64
	waited  time.Duration
	took    time.Duration
	ahead   int32
	inUse   int32
	allowed int32
	status  int16
	class   falochron.Class
	action  falochron.Action
	would   bool

	// text holds id, client, method, session and path in this order; ends are
	// their end offsets.
	ends [5]uint8
	text [slotText]byte
}

func (s *slot) pack(r *falochron.Record) {
	s.at = r.Time.UnixNano()
	s.shop, s.lane, s.origin = r.Shop, r.Lane, r.Origin
	s.reason, s.limit, s.bound = r.Verdict.Reason, r.Verdict.Limit, r.Verdict.Bound
	s.class, s.action, s.would = r.Class, r.Verdict.Action, r.Verdict.Would
	s.place, s.waited, s.took = r.Place, r.Waited, r.Took
	s.ahead, s.inUse, s.allowed = int32(r.Ahead), int32(r.InUse), int32(r.Allowed)
	s.status = int16(r.Status)
	s.note = ""
	if r.Note != "" {
		s.note = strings.Clone(cut(r.Note, maxNote))
	}
	n := copy(s.text[:], cut(r.ID, maxID))
	s.ends[0] = uint8(n)
	n += copy(s.text[n:], cut(r.Client, maxClient))
	s.ends[1] = uint8(n)
	n += copy(s.text[n:], cut(r.Method, maxMethod))
	s.ends[2] = uint8(n)
	n += copy(s.text[n:], cut(r.Session, maxSession))
	s.ends[3] = uint8(n)
	n += copy(s.text[n:], withoutQuery(r.Path))
	s.ends[4] = uint8(n)
}

func (s *slot) part(i int) []byte {
	from := uint8(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.text[from:s.ends[i]]
}

func (s *slot) record() falochron.Record {
	return falochron.Record{
		Time: time.Unix(0, s.at), ID: string(s.part(0)), Shop: s.shop, Client: string(s.part(1)),
		Class: s.class, Lane: s.lane, Method: string(s.part(2)), Path: string(s.part(4)), Status: int(s.status),
		Verdict: falochron.Verdict{Action: s.action, Reason: s.reason, Limit: s.limit, Bound: s.bound, Would: s.would},
		Session: string(s.part(3)), Place: s.place, Ahead: int(s.ahead), Waited: s.waited, Took: s.took,
		Origin: s.origin, InUse: int(s.inUse), Allowed: int(s.allowed), Note: s.note,
	}
}

// cut shortens s to at most n bytes.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// withoutQuery drops what may carry a secret: everything from the first '?',
// '#' or ';' on.
func withoutQuery(path string) string {
	if i := strings.IndexAny(path, "?#;"); i >= 0 {
		return path[:i]
	}
	return path
}
