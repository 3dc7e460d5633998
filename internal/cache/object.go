package cache

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// object is one stored answer. Everything but the counters and the place on the
// shelf is fixed before others see it.
type object struct {
	key    Key
	hash   uint64
	vary   fresh.Vary
	values []string // of the fill's header, in the order of vary
	header http.Header
	body   []byte

	status     int
	reason     string       // by what it is kept, see fresh.Decision
	needs      fresh.Grants // what a request must be granted to have it
	date       time.Time    // the answer's Date: the newest of several that match is used
	received   time.Time
	age        time.Duration // when received
	life       time.Duration
	whileStale time.Duration // after life
	ifError    time.Duration // after life
	size       int64         // bytes counted for it, all told

	hits     atomic.Uint32 // up to maxHits; see shelf
	nextTry  atomic.Int64  // Unix nanoseconds: no fill in the background before
	failedAt atomic.Int64  // Unix nanoseconds: when a fill for it was last in vain; 0 = never
	// pins counts the answers that are being written from it. Its bytes stay
	// counted until it has left the shelf and the last of them is done.
	pins atomic.Int32
	gone atomic.Bool // left the shelf
	paid atomic.Bool // its bytes were given back

	queue         *queue // guarded by Cache.mu, like the next two
	before, after *object
}

// The cost of an object beside its strings and body, found by filling a heap
// with them (TestMemoryIsWhatIsCounted) and rounded up: the object itself, its
// resource, two map entries and what allocation rounds up to.
const (
	objectCost = 1024
	fieldCost  = 112
)

// newObject makes the object of a fill's answer, still without a body.
func newObject(k Key, hash uint64, fill *http.Request, x fresh.Exchange, d fresh.Decision) *object {
	o := &object{
		key: Key{
			Secure: k.Secure, Host: strings.Clone(k.Host), Path: strings.Clone(k.Path),
			Query: strings.Clone(k.Query), Cookies: strings.Clone(k.Cookies), Fields: strings.Clone(k.Fields), Wants: k.Wants,
		},
		hash: hash, vary: d.Vary, values: d.Vary.Values(fill.Header),
		header: fresh.Keep(x.Response),
		status: x.Status, reason: d.Reason, needs: d.Needs,
		received: x.Received, age: d.Age, life: d.Life, whileStale: d.WhileStale, ifError: d.IfError,
	}
	// RFC 9110 section 6.6.1: a recipient with a clock records the time and appends
	// a Date if the message is cached.
	if t, ok := fresh.ParseDate(o.header.Get("Date")); ok {
		o.date = t
	} else {
		o.date = x.Received
		o.header["Date"] = []string{x.Received.UTC().Format(http.TimeFormat)}
	}
	delete(o.header, "X-Request-Id") // of the fill; each visitor's answer has its own
	delete(o.header, "Content-Length")
	if len(o.header["Accept-Ranges"]) == 0 && o.status == http.StatusOK {
		o.header["Accept-Ranges"] = []string{"bytes"}
	}
	o.size = objectCost + int64(len(o.key.Host)+2*len(o.key.Path)+2*len(o.key.Query)+len(o.key.Cookies)+len(o.key.Fields))
	for name, values := range o.header {
		o.header[name] = slices.Clip(values)
		o.size += fieldCost + int64(len(name))
		for _, v := range values {
			o.size += int64(len(v)) + 16
		}
	}
	for _, v := range o.values {
		o.size += int64(len(v)) + 64
	}
	return o
}

func (o *object) ageAt(now time.Time) time.Duration { return o.age + max(0, now.Sub(o.received)) }

func (o *object) freshAt(now time.Time) bool { return o.ageAt(now) < o.life }

// usable is until when others may join the fill that brings it: as long as it might go
// out from the store without another reason.
func (o *object) usable() time.Time { return o.received.Add(o.life - o.age + o.whileStale) }

// useless reports that it can neither go out any more nor be confirmed.
func (o *object) useless(now time.Time) bool {
	return o.ageAt(now)-o.life >= max(o.whileStale, o.ifError) && len(o.header["Etag"]) == 0 && len(o.header["Last-Modified"]) == 0
}

// troubled reports that the latest fill for it was in vain, not long ago.
func (o *object) troubled(now time.Time) bool {
	at := o.failedAt.Load()
	return at != 0 && now.UnixNano()-at < int64(troubleFor)
}

// better reports whether o goes before a stale, less specific or older answer. Of
// two that are stale the latest counts, whatever it varies by.
func (o *object) better(other *object, now time.Time) bool {
	switch a, b := o.freshAt(now), other.freshAt(now); {
	case a != b:
		return a
	case !a:
		return o.received.After(other.received)
	}
	if a, b := len(o.vary) > 0, len(other.vary) > 0; a != b {
		return a
	}
	return !o.date.Before(other.date)
}

// touch counts a hit for the shelf.
func (o *object) touch() {
	if n := o.hits.Load(); n < maxHits {
		// Two hits at once may count as one; the shelf does not mind.
		o.hits.Store(n + 1)
	}
}

// writeHeader puts the stored header, Age and Cache-Status on an answer. only
// restricts the stored fields; nil means all.
func (o *object) writeHeader(h http.Header, now time.Time, status fresh.CacheStatus, only func(string) bool) {
	for name, values := range o.header {
		if only == nil || only(name) {
			h[name] = values
		}
	}
	age := o.ageAt(now)
	h["Age"] = []string{strconv.FormatInt(int64(age/time.Second), 10)}
	status.TTL = o.life - age
	line := status.String()
	if upstream := o.header["Cache-Status"]; len(upstream) > 0 {
		h["Cache-Status"] = append(slices.Clone(upstream), line)
	} else {
		h["Cache-Status"] = []string{line}
	}
}

// notModified reports whether the visitor's copy is as good. Preconditions count
// only for GET and HEAD, and only where the answer would be a success (RFC 9110
// section 13.2.1).
func (o *object) notModified(r *http.Request) bool {
	return o.status/100 == 2 && r.Method != http.MethodPost && fresh.NotModified(r.Header, o.header, o.received)
}

// writeStored answers a request from the complete object and returns the status
// and the bytes of body sent.
func (o *object) writeStored(w http.ResponseWriter, r *http.Request, now time.Time, says fresh.CacheStatus) (int, int64) {
	h := w.Header()
	if o.notModified(r) {
		o.writeHeader(h, now, says, fresh.In304)
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	body, status := o.body, o.status
	o.writeHeader(h, now, says, nil)
	if len(r.Header["Range"]) > 0 && r.Method == http.MethodGet && status == http.StatusOK {
		size := int64(len(o.body))
		part, extent := fresh.SelectRange(r.Header, o.header, size, o.received)
		switch extent {
		case fresh.Part:
			status = http.StatusPartialContent
			body = o.body[part.Start:part.End]
			h["Content-Range"] = []string{contentRange(part.Start, part.End-1, size)}
		case fresh.Unsatisfied:
			status = http.StatusRequestedRangeNotSatisfiable
			body = nil
			delete(h, "Content-Encoding")
			delete(h, "Content-Type")
			h["Content-Range"] = []string{"bytes */" + strconv.FormatInt(size, 10)}
		}
	}
	if status != http.StatusNoContent { // RFC 9110 section 8.6: not in a 204
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead || len(body) == 0 {
		return status, 0
	}
	n, _ := w.Write(body)
	return status, int64(n)
}

func contentRange(first, last, size int64) string {
	b := make([]byte, 0, 64)
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, first, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, last, 10)
	b = append(b, '/')
	b = strconv.AppendInt(b, size, 10)
	return string(b)
}
