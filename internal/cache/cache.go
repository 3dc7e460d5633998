package cache

import (
	"context"
	"hash/maphash"
	"net/http"
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
	// MaxFills bounds fills at one time, those in the background included; beyond it
	// requests pass, or are given what is stale. Fills that nobody can join any more do
	// not count: each has somebody who reads it. Default 1024.
	MaxFills int
	// HeaderTimeout is how long a fill may wait for the header of the answer.
	// Default 30 s: no shop page that is worth sharing takes longer.
	HeaderTimeout time.Duration
	// HitForMiss is how long after an answer that could not be shared the requests
	// for its URL pass without trying a fill. Default 120 s, as in Magento's VCL; an
	// answer that can be shared, to somebody without cookies, ends it at once.
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
	// failedFor is how long after the shop's own failure the requests pass without
	// trying a fill, so that those who were held back by it do not come again as one.
	failedFor = 5 * time.Second
	// maxURL is the longest path, query and cookies that are looked up at all.
	maxURL = 4 << 10
)

// FillFunc fetches an answer from the shop for the cache. The request is the
// cache's own; it carries nothing of a visitor, and the function may change it. It
// may be conditional: then a 304 has to come back as it is. The function may wait
// for admission and must respect ctx. It runs apart from any visitor's request,
// which may end before it does: it must not touch one; nobody at all may be waiting
// for it. It may be called a second time, when a 304 was about something else. The
// answer's body is read and closed by the cache. An error is handed to all who
// wait, unless there is something stale for them.
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
	addresses map[address]*resource // the first of a list, see resource.after
	flights   map[flightID]*flight
	shelf     *shelf
	marks     marks
	sprawl    sprawl
	objects   int
	bytes     int64
	closed    bool
}

// New returns an empty cache.
func New(cfg Config) *Cache {
	cfg = cfg.withDefaults()
	c := &Cache{
		cfg: cfg, seed: maphash.MakeSeed(),
		resources: make(map[Key]*resource),
		addresses: make(map[address]*resource),
		flights:   make(map[flightID]*flight),
		// The fixed tables take less than 2 % of the room.
		marks:  newMarks(cfg.MaxBytes / 100),
		shelf:  newShelf(cfg.MaxBytes, cfg.MaxBytes/200),
		sprawl: newSprawl(cfg.MaxBytes / 500),
	}
	c.life, c.stop = context.WithCancelCause(context.Background())
	c.bytes = c.marks.bytes() + c.shelf.bytes() + c.sprawl.bytes()
	return c
}

// Lookup reports whether [Cache.Answer] would answer the request. It costs a map
// access and does not allocate.
func (c *Cache) Lookup(r *http.Request, k Key, p Policy) bool {
	if _, reason := unusable(r, k, p); reason != "" {
		return false
	}
	o, _ := c.pick(r, k, p, time.Now())
	if o == nil {
		return false
	}
	c.unpin(o)
	return true
}

// Answer writes the answer if what is in the store may go out at once, and nothing
// otherwise. It never asks the shop.
func (c *Cache) Answer(w http.ResponseWriter, r *http.Request, k Key, p Policy) (Outcome, bool) {
	if _, reason := unusable(r, k, p); reason != "" {
		return Outcome{}, false
	}
	return c.answer(w, r, k, p, nil)
}

// answer is Answer for a request that is usable. With a fill, what goes out stale
// is fetched anew meanwhile.
func (c *Cache) answer(w http.ResponseWriter, r *http.Request, k Key, p Policy, fill FillFunc) (Outcome, bool) {
	now := time.Now()
	o, reason := c.pick(r, k, p, now)
	if o == nil {
		return Outcome{}, false
	}
	defer c.unpin(o)
	o.touch()
	isFresh := o.freshAt(now)
	if !isFresh && fill != nil {
		c.refresh(o, r, k, p, now, fill)
	}
	says := fresh.CacheStatus{Hit: true}
	if reason != "fresh" {
		says.Detail = reason
	}
	status, n := o.writeStored(w, r, now, says)
	if !isFresh {
		c.stales.Add(1)
	}
	return c.count(Outcome{How: Hit, Reason: reason, Status: status, Bytes: n}), true
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
func (c *Cache) Serve(w http.ResponseWriter, r *http.Request, k Key, p Policy, fill FillFunc) Outcome {
	fwd, reason := unusable(r, k, p)
	if reason == "" {
		if out, ok := c.answer(w, r, k, p, fill); ok {
			return out
		}
		fwd, reason = unfillable(r)
	}
	if reason != "" {
		return c.count(passed(fwd, reason))
	}
	// A second turn is needed when the answer turned out to vary by fields that the
	// fill was not keyed by; a third only if it changed its mind meanwhile.
	for range 3 {
		if out, settled := c.share(w, r, k, p, fill); settled {
			return c.count(out)
		}
		if out, ok := c.answer(w, r, k, p, fill); ok {
			return out
		}
	}
	return c.count(passed(fresh.VaryMiss, "vary"))
}

// Observe shows the cache the header of an answer that a visitor's own request
// got. The answer itself is never kept; one that could be shared makes its URL
// worth a fill from now on.
func (c *Cache) Observe(k Key, x fresh.Exchange, p Policy) {
	if len(k.Path)+len(k.Query) > maxURL {
		return
	}
	if p.Reads && x.Method == http.MethodPost {
		x.Method = http.MethodGet
	}
	d := fresh.Storable(x, p.Policy)
	grants := p.Grants()
	hash, now := hashKey(c.seed, k, grants), time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	refused := c.marks.get(hash, now) == hitForMiss
	switch {
	case d.Store && d.Needs&fresh.GrantMicro != 0:
		// By its own words it would not be kept. Such a URL is filled at first sight
		// anyway.
	case d.Store && refused && len(x.Request["Cookie"]) > 0:
		// Somebody who has a cookie is given none, as a fill may be again. Were this
		// believed, a crowd would ask twice for everything.
	case d.Store:
		c.marks.set(hash, candidate, now.Add(candidateFor))
	case x.Method == http.MethodGet && x.Status == http.StatusOK && refused && d.Reason != fresh.Late:
		// Still not to be shared: no need to find out by another fill.
		c.marks.set(hash, hitForMiss, now.Add(c.cfg.HitForMiss))
	}
}

// Stats returns the counts.
func (c *Cache) Stats() Stats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return Stats{
		Hits: c.hits.Load(), Fills: c.fills.Load(), Follows: c.follows.Load(), Passes: c.passes.Load(),
		Failures: c.failures.Load(), Releases: c.releases.Load(), Cancels: c.cancels.Load(),
		Stores: c.stores.Load(), Evictions: c.evictions.Load(), Stales: c.stales.Load(), Confirms: c.confirms.Load(),
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
func unusable(r *http.Request, k Key, p Policy) (fresh.Forward, string) {
	reads := p.Reads && r.Method == http.MethodPost
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && !reads:
		return fresh.Method, "method"
	case len(r.Header["Authorization"]) > 0:
		return fresh.Request, "authorization"
	case fresh.ForOrigin(r.Header):
		return fresh.Request, "precondition"
	case !reads && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
		return fresh.Request, "body"
	case len(r.Header["Upgrade"]) > 0:
		return fresh.Request, "upgrade"
	case len(k.Path)+len(k.Query)+len(k.Cookies)+len(k.Fields) > maxURL:
		return fresh.Bypass, "long-url"
	}
	return "", ""
}

// unfillable says why a request that is not in the store may not begin or join a
// fill, or nothing.
func unfillable(r *http.Request) (fresh.Forward, string) {
	switch {
	case len(r.Header["Range"]) > 0 && r.Method == http.MethodGet:
		// The part asked for is needed now, not after the whole.
		return fresh.Request, "range"
	case len(r.Header["Cache-Control"]) > 0 && fresh.ParseCacheControl(r.Header["Cache-Control"]).NoStore:
		return fresh.Request, "request-no-store"
	}
	return "", ""
}
