package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// trip is what a fill is begun with.
type trip struct {
	id     flightID
	key    Key
	policy Policy  // of whoever began it
	hash   uint64  // of the key and what is granted
	known  bool    // something to share was there before: worth going on for nobody
	stale  *object // what is stored and would be replaced, pinned; nil = nothing
}

// flight is one fill under way. Its states:
//
//	waiting   for the header of the answer; requests join
//	sealed    the body is read whole before anybody gets any of it; requests join
//	released  the answer may not be shared, or there is none: all go by themselves
//	sharing   the body arrives into buf; requests join and read from its start, as
//	          long as it gets on and what it brings may still be used
//	windowed  the body is too large: buf is filled anew each time all have read it;
//	          nobody joins, nothing will be stored
//	ended     the body is complete (stored), or broken off
//
// It leaves waiting and sealed once, when decided is closed. It is found in
// Cache.flights only while waiting, sealed or sharing.
type flight struct {
	trip
	cache  *Cache
	cancel context.CancelCauseFunc

	// Guarded by Cache.mu.
	outdated bool      // not to be stored: the URL was invalidated, or another fill has taken its place
	usable   time.Time // nobody may join after it; zero until the header is here and good

	moved atomic.Int64 // Unix nanoseconds: when the body last got on

	// Of the fill's own goroutine.
	settled bool     // released, failed or finished
	entered bool     // the resource was told of it
	secrets []string // values of cookies dropped; the body must have none of them
	made    *object  // without its body yet

	decided chan struct{}
	// Set before decided is closed, then fixed.
	object *object // nil when released
	length int64   // Content-Length of the answer, -1 if not stated
	status int     // the shop answered with, 0 for nothing
	reason string  // why released
	failed bool    // the shop fails: what is stale may go out
	err    error   // set when there is no answer

	mu       sync.Mutex // guards the following fields; taken after Cache.mu
	readers  map[*reader]struct{}
	base     int64  // how much of the body came before buf
	buf      []byte // what has arrived is never changed while somebody may read it
	held     int64  // bytes of the budget this flight has reserved
	windowed bool
	ended    bool
	alone    *time.Timer // ends the wait for somebody to come back
	watch    *time.Timer // while the body arrives, see stalled
	broken   error
	wake     chan struct{} // closed and made anew when any of the above changes
	drained  chan struct{} // room for one: a reader has moved on or left
}

// sealed reports whether nobody gets any of the body before it is looked through.
func (f *flight) sealed() bool { return len(f.secrets) > 0 }

// reader is one request that takes its answer from a flight.
type reader struct {
	offset int64 // of the body, guarded by flight.mu
	pinned bool  // guarded by flight.mu: it counts in object.pins
	asked  bool  // the shop was asked for its sake
	cut    bool  // guarded by flight.mu: what it waits for has not come
}

// flightID separates fills: one for each key, form of answer and what is granted.
type flightID struct {
	key     Key
	variant string
	grants  fresh.Grants
}

var (
	errClosed  = errors.New("the cache is closed")
	errNobody  = errors.New("nobody waits for it any more")
	errTimeout = errors.New("no answer in time")
	errStalled = errors.New("the answer has come to a halt")
)

// fly runs the fill to its end. Whatever happens, a panic in fill included,
// nobody is left waiting.
func (f *flight) fly(ctx context.Context, req *http.Request, fill FillFunc) {
	defer f.cache.flying.Done()
	defer f.cancel(nil)
	if f.stale != nil {
		defer f.cache.unpin(f.stale)
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		// A panic, or runtime.Goexit.
		reason := recover()
		if !f.settled {
			f.fail(&falochron.Error{
				Kind: falochron.Internal, Op: "fill",
				Err: fmt.Errorf("panic: %v\n%s", reason, debug.Stack()),
			})
		}
	}()
	f.run(ctx, req, fill)
	returned = true
}

func (f *flight) run(ctx context.Context, req *http.Request, fill FillFunc) {
	if f.stale != nil {
		fresh.Condition(req.Header, f.stale.header)
	}
	if f.once(ctx, req, fill) {
		return
	}
	// It said not modified of something that is not here: ask for the whole.
	fresh.Unconditional(req.Header)
	if !f.once(ctx, req, fill) {
		f.release("not-modified", hitForMiss)
	}
}

// once asks the shop and settles the flight by its answer. It returns false for a
// 304 that does not speak of what is stored.
func (f *flight) once(ctx context.Context, req *http.Request, fill FillFunc) bool {
	resp, x, err := f.ask(ctx, req, fill)
	if err != nil {
		f.fail(err)
		return true
	}
	defer resp.Body.Close()
	f.status = resp.StatusCode
	if resp.StatusCode == http.StatusNotModified && f.stale != nil {
		return f.confirm(req, resp, x)
	}
	f.receive(ctx, req, resp, x)
	return true
}

// ask lets the edge fetch the answer.
func (f *flight) ask(ctx context.Context, req *http.Request, fill FillFunc) (*http.Response, fresh.Exchange, error) {
	timer := time.AfterFunc(f.cache.cfg.HeaderTimeout, func() { f.cancel(errTimeout) })
	defer timer.Stop()
	requested := time.Now()
	// A copy, since the edge may ask the shop in another way than it was asked: for a
	// page that it will compress itself.
	resp, err := fill(ctx, req.Clone(ctx))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = &falochron.Error{Kind: falochron.Unavailable, Op: "fill", Err: errors.Join(cause, err)}
		}
		return nil, fresh.Exchange{}, err
	}
	return resp, fresh.Exchange{
		Method: req.Method, Request: req.Header, Status: resp.StatusCode, Response: resp.Header,
		Requested: requested, Received: time.Now(),
	}, nil
}

// receive judges the answer, and lets the body in if it may be shared.
func (f *flight) receive(ctx context.Context, req *http.Request, resp *http.Response, x fresh.Exchange) {
	d := fresh.Storable(x, f.policy.Policy)
	f.secrets = secretsOf(resp.Header)
	switch {
	case failing(resp.StatusCode):
		f.release("status", hitForMiss)
	case f.policy.owned(resp.Header):
		f.release("personal-field", hitForMiss)
	case d.Reason == "not-public" && !f.policy.firstSight():
		// Not known to be public any more; for files under this URL that says nothing.
		f.release(d.Reason, unknown)
	case d.Reason == fresh.Late:
		f.release(d.Reason, candidate)
	case !d.Store:
		f.release(d.Reason, hitForMiss)
	case d.Needs&(fresh.GrantMicro|fresh.GrantMissing) != 0 && leadsOn(resp, f.key.Query):
		f.release("redirect-query", hitForMiss)
	case !fresh.CodingOK(req.Header, resp.Header):
		f.release("coding", hitForMiss)
	case len(resp.Trailer) > 0:
		f.release("trailer", hitForMiss)
	case resp.ContentLength > f.cache.cfg.MaxObject:
		f.release("too-large", hitForMiss)
	default:
		o := newObject(f.key, f.hash, req, x, d)
		switch {
		case carries(o.header, f.secrets):
			f.release("session-in-header", hitForMiss)
		case !f.open(o, req.Header, resp.ContentLength):
			f.release("full", candidate)
		default:
			if f.sealed() {
				// Nobody has anything before the end: it may take as long as a header.
				timer := time.AfterFunc(f.cache.cfg.HeaderTimeout, func() { f.cancel(errTimeout) })
				defer timer.Stop()
			}
			f.copy(ctx, resp.Body)
		}
	}
}

// leadsOn reports whether an answer leads to an address with another query than was
// asked for: shops put a session there for visitors without cookies, and a fill is one.
func leadsOn(resp *http.Response, query string) bool {
	if resp.StatusCode/100 != 3 {
		return false
	}
	to, _, _ := strings.Cut(resp.Header.Get("Location"), "#")
	path, to, _ := strings.Cut(to, "?")
	return to != "" && to != query || strings.Contains(path, ";") // as ;jsessionid=
}

// failing are the statuses that speak of the shop's state rather than of what was
// asked for: those that RFC 5861 section 4 calls errors, and the shop's word that
// it is asked too often.
func failing(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
		http.StatusTooManyRequests:
		return true
	}
	return false
}

// release lets everybody go by himself, and notes the verdict for those who come
// later. What is stored gives way, unless the shop only failed, or we did.
func (f *flight) release(reason string, v verdict) {
	c := f.cache
	f.settled, f.failed = true, failing(f.status)
	c.releases.Add(1)
	rest := c.cfg.HitForMiss
	if f.failed {
		rest = failedFor
		f.trouble()
	}
	c.mu.Lock()
	f.leaveTable()
	f.land()
	c.marks.set(f.hash, v, time.Now().Add(rest))
	if !f.failed && v != candidate {
		f.outdate()
	}
	c.mu.Unlock()
	f.reason = reason
	close(f.decided)
	f.end(nil)
}

// fail ends a flight without a complete answer: before anybody has any of it,
// everybody gets the error; after it, the bodies break off.
func (f *flight) fail(err error) {
	c := f.cache
	f.settled = true
	if !errors.Is(err, errNobody) {
		c.failures.Add(1)
		f.trouble()
	}
	c.mu.Lock()
	f.leaveTable()
	f.land()
	c.mu.Unlock()
	if f.object == nil {
		f.reason, f.err, f.failed, f.status = "fill-failed", err, true, 0
		close(f.decided)
	}
	f.end(err)
}

// outdate drops what is stale: the shop has another answer, which may not be kept.
// Its caller holds Cache.mu.
func (f *flight) outdate() {
	if f.stale != nil && !f.stale.gone.Load() {
		f.cache.shelf.remove(f.stale)
		f.cache.drop(f.stale)
	}
}

// trouble notes that a fill for what is stale was in vain.
func (f *flight) trouble() {
	if f.stale != nil {
		f.stale.failedAt.Store(time.Now().UnixNano())
	}
}

// rename makes the flight findable as what it turned out to be: whoever comes now
// knows what the answer varies by, and would not find it under what was known when
// it began. Its caller holds Cache.mu.
func (f *flight) rename(variant string) {
	c := f.cache
	id := f.id
	id.variant = variant
	if id == f.id || c.flights[f.id] != f {
		return
	}
	delete(c.flights, f.id)
	if c.flights[id] == nil {
		c.flights[id] = f
		f.id = id
	}
}

// leaveTable makes the flight unfindable. Its caller holds Cache.mu.
func (f *flight) leaveTable() {
	if f.cache.flights[f.id] == f {
		delete(f.cache.flights, f.id)
	}
}

// land takes back what open told the resource. Its caller holds Cache.mu.
func (f *flight) land() {
	if !f.entered {
		return
	}
	f.entered = false
	c := f.cache
	if rs := c.resources[f.key]; rs != nil {
		rs.pending--
		c.tidy(rs)
	}
}

// leave ends a request's part in the flight. When it was the last and the fill is not
// known to be worth keeping, the fill is cancelled; while nobody has seen anything of the
// answer, only if nobody comes back within returnsWithin.
func (f *flight) leave(rd *reader) {
	c := f.cache
	c.mu.Lock()
	f.mu.Lock()
	delete(f.readers, rd)
	last := len(f.readers) == 0
	if last && f.ended && f.held > 0 {
		c.bytes -= f.held
		f.held = 0
	}
	useless := last && !f.ended && (f.windowed || f.outdated && !f.usable.IsZero() || f.stuck(time.Now()))
	if useless {
		f.leaveTable() // nobody may join a fill that is given up
	}
	if f.abandoned() {
		if f.alone != nil {
			f.alone.Stop()
		}
		f.alone = time.AfterFunc(returnsWithin, f.giveUp)
	}
	var pinned *object
	if rd.pinned {
		pinned = f.object
	}
	f.notify()
	f.mu.Unlock()
	c.mu.Unlock()
	if useless {
		c.cancels.Add(1)
		f.cancel(errNobody)
	}
	if pinned != nil {
		c.unpin(pinned)
	}
}

// returnsWithin is how long a fill that nobody waits for any more is kept for who
// presses reload: browsers end the first request and send the next at once. The shop
// goes on working on what it was asked, so to ask again would be to ask twice.
const returnsWithin = time.Second

// abandoned reports whether nobody waits for a fill of which nothing is known. Its
// caller holds flight.mu.
func (f *flight) abandoned() bool {
	select {
	case <-f.decided:
		return false
	default:
		return len(f.readers) == 0 && !f.ended && !f.known
	}
}

// giveUp cancels the fill if it is still abandoned.
func (f *flight) giveUp() {
	c := f.cache
	c.mu.Lock()
	f.mu.Lock()
	useless := f.abandoned()
	if useless {
		f.leaveTable()
	}
	f.mu.Unlock()
	c.mu.Unlock()
	if useless {
		c.cancels.Add(1)
		f.cancel(errNobody)
	}
}

// notify tells a windowed flight that readers have moved. Its caller holds
// flight.mu.
func (f *flight) notify() {
	select {
	case f.drained <- struct{}{}:
	default:
	}
}
