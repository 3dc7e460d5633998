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

	date     time.Time // the answer's Date: the newest of several that match is used
	received time.Time
	age      time.Duration // when received
	life     time.Duration
	size     int64 // bytes counted for it, all told

	hits atomic.Uint32 // up to maxHits; see shelf
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
func newObject(k Key, hash uint64, fill *http.Request, resp *http.Response, d fresh.Decision, received time.Time) *object {
	o := &object{
		key: Key{
			Secure: k.Secure, Host: strings.Clone(k.Host), Path: strings.Clone(k.Path),
			Query: strings.Clone(k.Query), Wants: k.Wants,
		},
		hash: hash, vary: d.Vary, values: d.Vary.Values(fill.Header),
		header:   fresh.Keep(resp.Header),
		received: received, age: d.Age, life: d.Life,
	}
	// RFC 9110 section 6.6.1: a recipient with a clock records the time and appends
	// a Date if the message is cached.
	if t, ok := fresh.ParseDate(o.header.Get("Date")); ok {
		o.date = t
	} else {
		o.date = received
		o.header["Date"] = []string{received.UTC().Format(http.TimeFormat)}
	}
	delete(o.header, "X-Request-Id") // of the fill; each visitor's answer has its own
	delete(o.header, "Content-Length")
	if len(o.header["Accept-Ranges"]) == 0 {
		o.header["Accept-Ranges"] = []string{"bytes"}
	}
	o.size = objectCost + int64(len(o.key.Host)+2*len(o.key.Path)+2*len(o.key.Query))
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

// better reports whether o goes before an older or less specific answer.
func (o *object) better(other *object) bool {
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

// writeStored answers a request from the complete object and returns the status
// and the bytes of body sent.
func (o *object) writeStored(w http.ResponseWriter, r *http.Request, now time.Time) (int, int64) {
	h := w.Header()
	hit := fresh.CacheStatus{Hit: true}
	if fresh.NotModified(r.Header, o.header, o.received) {
		o.writeHeader(h, now, hit, fresh.In304)
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	body, status := o.body, http.StatusOK
	o.writeHeader(h, now, hit, nil)
	if len(r.Header["Range"]) > 0 && r.Method == http.MethodGet {
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
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
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
