package cache

import (
	"net/http"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// confirm takes the shop's word that what is stale is still good: it is stored
// anew, with the header brought up to date and the same body, and given to all who
// wait (RFC 9111 section 4.3.4). It returns false when the word is about something
// else, so that the shop has to be asked again; otherwise the flight is settled.
func (f *flight) confirm(req *http.Request, resp *http.Response, x fresh.Exchange) bool {
	c, old := f.cache, f.stale
	if !fresh.Confirms(old.header, resp.Header) {
		return false
	}
	x.Status, x.Response = old.status, fresh.Freshened(old.header, resp.Header)
	d := fresh.Storable(x, f.policy.Policy)
	switch {
	case f.policy.owned(resp.Header):
		f.release("personal-field", hitForMiss)
		return true
	case d.Reason == fresh.Late:
		f.release(d.Reason, candidate)
		return true
	case !d.Store:
		f.release(d.Reason, hitForMiss)
		return true
	}
	o := newObject(f.key, f.hash, req, x, d)
	if carries(o.header, secretsOf(resp.Header)) {
		f.release("session-in-header", hitForMiss)
		return true
	}
	o.body = old.body
	size := int64(len(o.body))
	if !c.reserve(o.size + size) {
		f.release("full", candidate)
		return true
	}
	f.settled = true
	f.made, f.length = o, size
	c.confirms.Add(1)
	c.mu.Lock()
	f.leaveTable()
	f.mu.Lock()
	f.held = o.size + size
	f.buf = o.body
	if f.outdated || c.closed {
		// Good for those who asked before it was invalidated, and for nobody else.
		c.marks.set(f.hash, candidate, time.Now().Add(candidateFor))
	} else {
		f.put(o, size)
	}
	f.mu.Unlock()
	c.mu.Unlock()
	f.announce()
	f.end(nil)
	return true
}
