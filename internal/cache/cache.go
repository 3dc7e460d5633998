package cache

import (
	"context"
	"hash/maphash"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// Config bounds a cache. Zero means the default; negative values are not
// allowed and count as zero.
type Config struct {
	// MaxBytes bounds everything the cache keeps: bodies, headers, bookkeeping and
	// bodies under way. Default 256 MiB, at least 64 KiB. It does not count what the
	// runtime and the connections keep beside it.
	MaxBytes int64
	// MaxObject is the largest body that is stored, in bytes. Larger ones stream
	// through. Default 8 MiB, at most a quarter of MaxBytes.
	MaxObject int64
	// MaxFills bounds fills at one time; beyond it requests pass. Default 1024.
	MaxFills int
	// HeaderTimeout is how long a fill may wait for the header of the answer.
	// Default 30 s: no shop page that is worth sharing takes longer.
	HeaderTimeout time.Duration
	// HitForMiss is how long after an answer that could not be shared the requests
	// for its URL pass without trying a fill. Default 120 s, as in Magento's VCL; an
	// answer that can be shared ends it at once.
	HitForMiss time.Duration
}

func (cfg Config) withDefaults() Config {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 256 << 20
	}
	cfg.MaxBytes = max(cfg.MaxBytes, 64<<10)
	if cfg.MaxObject <= 0 {
		cfg.MaxObject = 8 << 20
	}
	cfg.MaxObject = min(cfg.MaxObject, cfg.MaxBytes/4)
	if cfg.MaxFills <= 0 {
		cfg.MaxFills = 1024
	}
	if cfg.HeaderTimeout <= 0 {
		cfg.HeaderTimeout = 30 * time.Second
	}
	if cfg.HitForMiss <= 0 {
		cfg.HitForMiss = 120 * time.Second
	}
	return cfg
}

const (
	// candidateFor is how long a URL seen to be public may be filled at first sight.
	candidateFor = time.Hour
	// maxVariants bounds the answers kept for one URL. A guess: shops vary by
	// coding and a few languages.
	maxVariants = 16
	// maxURL is the longest path and query that is looked up at all.
	maxURL = 4 << 10
)

// FillFunc fetches an answer from the shop for the cache. The request is the
// cache's own; it carries nothing of a visitor. The function may wait for
// admission and must respect ctx. It runs apart from any visitor's request,
// which may end before it does: it must not touch one. The answer's body is
// read and closed by the cache. An error is handed to all who wait.
type FillFunc func(ctx context.Context, req *http.Request) (*http.Response, error)

// Cache is the store of one shop. It is safe for concurrent use.
type Cache struct {
	cfg  Config
	seed maphash.Seed
	life context.Context // of all fills; ended by Close
	stop context.CancelCauseFunc
	counters
	flying sync.WaitGroup

	// mu guards the following fields. Hits take it for reading only; they pin the
	// object before they let go, so that its bytes stay counted.
	mu        sync.RWMutex
	resources map[Key]*resource
	flights   map[flightID]*flight
	shelf     *shelf
	marks     marks
	objects   int
	bytes     int64
	closed    bool
}

// resource is what is known of one URL: its stored answers and the fields that
// the latest answer varied by.
type resource struct {
	vary    fresh.Vary
	objects []*object
	pending int // fills under way that count on this entry
}

// New returns an empty cache.
func New(cfg Config) *Cache {
	cfg = cfg.withDefaults()
	c := &Cache{
		cfg: cfg, seed: maphash.MakeSeed(),
		resources: make(map[Key]*resource),
		flights:   make(map[flightID]*flight),
		// The fixed tables take less than 2 % of the room.
		marks: newMarks(cfg.MaxBytes / 100),
		shelf: newShelf(cfg.MaxBytes, cfg.MaxBytes/200),
	}
	c.life, c.stop = context.WithCancelCause(context.Background())
	c.bytes = c.marks.bytes() + c.shelf.bytes()
	return c
}

// Lookup reports whether the request can be answered from the store now. It
// costs a map access and does not allocate.
func (c *Cache) Lookup(r *http.Request, k Key) bool {
	if _, reason := unusable(r, k); reason != "" {
		return false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.find(k, r.Header, time.Now()) != nil
}

// Answer writes the answer if it is in the store, and nothing otherwise.
func (c *Cache) Answer(w http.ResponseWriter, r *http.Request, k Key) (Outcome, bool) {
	if _, reason := unusable(r, k); reason != "" {
		return Outcome{}, false
	}
	now := time.Now()
	c.mu.RLock()
	o := c.find(k, r.Header, now)
	if o != nil {
		o.pins.Add(1)
	}
	c.mu.RUnlock()
	if o == nil {
		return Outcome{}, false
	}
	defer c.unpin(o)
	o.touch()
	status, n := o.writeStored(w, r, now)
	return c.count(Outcome{How: Hit, Reason: "fresh", Status: status, Bytes: n}), true
}

// Serve answers the request from the store or from a fill shared with all who
// ask for the same, and says what it did. Unless the outcome is Answered,
// nothing was written and the edge goes on: it forwards the visitor's own
// request after a pass (and shows its answer's header to Observe), reports a
// failure, forgets a client that is gone.
//
// When the shop breaks off in the middle of a shared body, Serve panics with
// http.ErrAbortHandler, as httputil.ReverseProxy does: only a broken connection
// tells the client that its copy is not complete.
func (c *Cache) Serve(w http.ResponseWriter, r *http.Request, k Key, fill FillFunc) Outcome {
	if out, ok := c.Answer(w, r, k); ok {
		return out
	}
	fwd, reason := unusable(r, k)
	if reason == "" {
		fwd, reason = unfillable(r)
	}
	if reason != "" {
		return c.count(passed(fwd, reason))
	}
	// A second turn is needed when the answer turned out to vary by fields that the
	// fill was not keyed by; a third only if it changed its mind meanwhile.
	for range 3 {
		if out, settled := c.share(w, r, k, fill); settled {
			return c.count(out)
		}
		if out, ok := c.Answer(w, r, k); ok {
			return out
		}
	}
	return c.count(passed(fresh.VaryMiss, "vary"))
}

// Observe shows the cache the header of an answer that a visitor's own request
// got. The answer itself is never kept; one that could be shared makes its URL
// worth a fill from now on.
func (c *Cache) Observe(k Key, x fresh.Exchange) {
	if len(k.Path)+len(k.Query) > maxURL {
		return
	}
	x.Static = k.Static
	d := fresh.Storable(x)
	hash, now := hashKey(c.seed, k), time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case d.Store:
		c.marks.set(hash, candidate, now.Add(candidateFor))
	case x.Method == http.MethodGet && x.Status == http.StatusOK && c.marks.get(hash, now) == hitForMiss:
		// Still not to be shared: no need to find out by another fill.
		c.marks.set(hash, hitForMiss, now.Add(c.cfg.HitForMiss))
	}
}

// Invalidate drops all that is stored under the key's URL, in every form, and
// keeps fills under way from being stored. RFC 9111 section 4.4 asks for it
// after a non-error answer to an unsafe method.
func (c *Cache) Invalidate(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for form := range Wants(numWants) {
		k.Wants = form
		if rs := c.resources[k.id()]; rs != nil {
			for _, o := range slices.Clone(rs.objects) {
				c.shelf.remove(o)
				c.drop(o)
			}
		}
	}
	for id, f := range c.flights {
		if f.key.Host == k.Host && f.key.Path == k.Path && f.key.Query == k.Query && f.key.Secure == k.Secure {
			f.outdated = true
			delete(c.flights, id)
		}
	}
}

// Stats returns the counts.
func (c *Cache) Stats() Stats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return Stats{
		Hits: c.hits.Load(), Fills: c.fills.Load(), Follows: c.follows.Load(), Passes: c.passes.Load(),
		Failures: c.failures.Load(), Releases: c.releases.Load(), Cancels: c.cancels.Load(),
		Stores: c.stores.Load(), Evictions: c.evictions.Load(),
		Objects: c.objects, InFlight: len(c.flights), Bytes: c.bytes,
	}
}

// Close cancels the fills under way and waits until they have ended. Requests
// after it pass.
func (c *Cache) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop(errClosed)
	c.flying.Wait()
}

// unusable says why a request can never be answered from the store, or nothing.
func unusable(r *http.Request, k Key) (fresh.Forward, string) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return fresh.Method, "method"
	case len(r.Header["Authorization"]) > 0:
		return fresh.Request, "authorization"
	case fresh.ForOrigin(r.Header):
		return fresh.Request, "precondition"
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		return fresh.Request, "body"
	case len(r.Header["Upgrade"]) > 0:
		return fresh.Request, "upgrade"
	case len(k.Path)+len(k.Query) > maxURL:
		return fresh.Bypass, "long-url"
	}
	return "", ""
}

// unfillable says why a request that is not in the store may not begin or join a
// fill, or nothing.
func unfillable(r *http.Request) (fresh.Forward, string) {
	switch {
	case len(r.Header["Range"]) > 0:
		// The part asked for is needed now, not after the whole.
		return fresh.Request, "range"
	case len(r.Header["Cache-Control"]) > 0 && fresh.ParseCacheControl(r.Header["Cache-Control"]).NoStore:
		return fresh.Request, "request-no-store"
	}
	return "", ""
}

// find returns the newest fresh object that the request may have; one that
// varies goes before one that forgot to say so (RFC 9111 section 4.1). Its caller
// holds mu.
func (c *Cache) find(k Key, visitor http.Header, now time.Time) *object {
	rs := c.resources[k.id()]
	if rs == nil {
		return nil
	}
	var best *object
	for _, o := range rs.objects {
		if (best == nil || o.better(best)) && o.freshAt(now) && o.vary.Matches(o.values, visitor) {
			best = o
		}
	}
	return best
}

// store puts a complete object in its place; its bytes are reserved already. Its
// caller holds mu.
func (c *Cache) store(o *object) {
	rs := c.resource(o.key)
	for _, old := range slices.Clone(rs.objects) {
		if slices.Equal(old.vary, o.vary) && slices.Equal(old.values, o.values) || len(rs.objects) >= maxVariants {
			c.shelf.remove(old)
			c.drop(old)
		}
	}
	rs = c.resource(o.key) // dropping the last object removes an entry nobody waits for
	rs.vary = o.vary
	rs.objects = append(rs.objects, o)
	c.shelf.add(o)
	c.objects++
	c.stores.Add(1)
}

// resource returns the entry of a key, made if need be. Its caller holds mu and
// adds an object or a pending fill to it.
func (c *Cache) resource(id Key) *resource {
	rs := c.resources[id]
	if rs == nil {
		rs = &resource{}
		c.resources[id] = rs
	}
	return rs
}

// drop forgets an object that is off the shelf. Its bytes come back now, or when
// the last answer made from it has been written. Its caller holds mu.
func (c *Cache) drop(o *object) {
	rs := c.resources[o.key]
	rs.objects = slices.DeleteFunc(rs.objects, func(x *object) bool { return x == o })
	c.tidy(o.key, rs)
	c.objects--
	o.gone.Store(true)
	if o.pins.Load() == 0 && o.paid.CompareAndSwap(false, true) {
		c.bytes -= o.size
	}
}

// tidy removes an entry that says nothing. Its caller holds mu.
func (c *Cache) tidy(id Key, rs *resource) {
	if len(rs.objects) == 0 && rs.pending == 0 {
		delete(c.resources, id)
	}
}

// unpin ends one use of an object.
func (c *Cache) unpin(o *object) {
	// Either this sees gone, or drop sees no pins; paid lets only one of them act.
	if o.pins.Add(-1) == 0 && o.gone.Load() && o.paid.CompareAndSwap(false, true) {
		c.giveBack(o.size)
	}
}

// reserve takes n bytes of the budget, evicting as needed. It returns false,
// taking nothing, when even an empty shelf would not make room.
func (c *Cache) reserve(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes-c.shelf.small.size-c.shelf.main.size+n > c.cfg.MaxBytes {
		return false
	}
	for c.bytes+n > c.cfg.MaxBytes {
		o := c.shelf.victim()
		if o == nil {
			return false
		}
		c.drop(o)
		c.evictions.Add(1)
	}
	c.bytes += n
	return true
}

func (c *Cache) giveBack(n int64) {
	c.mu.Lock()
	c.bytes -= n
	c.mu.Unlock()
}
