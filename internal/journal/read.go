package journal

import (
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// readChunk is how many slots a reader looks at before it lets appends through:
// about 10 µs.
const readChunk = 1024

// Filter narrows [Journal.Since]. The zero value lets everything through.
type Filter struct {
	Shop  string // only this shop; empty = all
	Notes bool   // only audit records and events: what people did, what happened
	Limit int    // at most so many, the newest; 0 means 1000
}

// Find returns the newest record with this request id. Of plain answers only a
// sample is kept, so a request may be missing that the ring's reach covers.
func (j *Journal) Find(id string) (falochron.Record, bool) {
	if id == "" {
		return falochron.Record{}, false
	}
	var found falochron.Record
	ok := false
	j.backwards(func(s *slot) bool {
		if string(s.part(0)) == cut(id, maxID) {
			found, ok = s.record(), true
		}
		return !ok
	})
	if !ok {
		found, ok = j.audit.find(id)
	}
	return found, ok
}

// Since returns the records from t on that the filter lets through, oldest
// first, audit records in their place in time. A zero t means all there is.
func (j *Journal) Since(t time.Time, f Filter) []falochron.Record {
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	from := int64(0)
	if !t.IsZero() {
		from = t.UnixNano()
	}
	out := j.audit.since(from, f)
	audits := len(out)
	j.backwards(func(s *slot) bool {
		// Requests end in another order than they began: one old record does not
		// mean that all before it are older. A minute is the longest a request takes.
		if s.at < from {
			return s.at > from-int64(time.Minute)
		}
		if f.Shop != "" && s.shop != f.Shop || f.Notes && s.note == "" {
			return true
		}
		out = append(out, s.record())
		return len(out)-audits < f.Limit
	})
	slices.SortStableFunc(out, func(a, b falochron.Record) int { return a.Time.Compare(b.Time) })
	if len(out) > f.Limit {
		out = slices.Delete(out, 0, len(out)-f.Limit)
	}
	return out
}

// backwards shows the ring's slots to see, newest first, until it says false.
// It lets go of the mutex every readChunk slots; slots overwritten meanwhile
// are not shown.
func (j *Journal) backwards(see func(*slot) bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := uint64(len(j.ring))
	for at := j.next; at > 0; at-- {
		if at+size <= j.next { // overwritten, here or while we let go
			return
		}
		if !see(&j.ring[(at-1)%size]) {
			return
		}
		if at%readChunk == 0 {
			j.mu.Unlock()
			j.mu.Lock()
		}
	}
}
