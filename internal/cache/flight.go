package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// flight is one fill under way. Its states:
//
//	waiting   for the header of the answer; requests join
//	released  the answer may not be shared, or there is none: all go by themselves
//	sharing   the body arrives into buf; requests join and read from its start
//	windowed  the body is too large: buf is filled anew each time all have read it;
//	          nobody joins, nothing will be stored
//	ended     the body is complete (stored), or broken off
//
// It leaves waiting once, when decided is closed. It is found in Cache.flights
// only while waiting or sharing.
type flight struct {
	cache  *Cache
	id     flightID
	key    Key
	hash   uint64
	known  bool // the URL has answered with something to share before
	cancel context.CancelCauseFunc

	outdated bool // guarded by Cache.mu: the URL was invalidated meanwhile
	settled  bool // of the fill's own goroutine: released, failed or finished

	decided chan struct{}
	// Set before decided is closed, then fixed.
	object *object // nil when released
	length int64   // Content-Length of the answer, -1 if not stated
	reason string  // why released
	err    error   // set when there is no answer

	mu       sync.Mutex // guards the following fields; taken after Cache.mu
	readers  map[*reader]struct{}
	base     int64  // how much of the body came before buf
	buf      []byte // what has arrived is never changed while somebody may read it
	held     int64  // bytes of the budget this flight has reserved
	windowed bool
	ended    bool
	broken   error
	wake     chan struct{} // closed and made anew when any of the above changes
	drained  chan struct{} // room for one: a reader has moved on or left
}

// reader is one request that takes its answer from a flight.
type reader struct {
	offset int64 // of the body, guarded by flight.mu
	pinned bool  // guarded by flight.mu: it counts in object.pins
}

// flightID separates fills: one for each key and form of answer.
type flightID struct {
	key     Key
	variant string
}

var (
	errClosed  = errors.New("the cache is closed")
	errNobody  = errors.New("nobody waits for it any more")
	errTimeout = errors.New("no answer in time")
)

// share joins the fill for the request's key, or begins it, and answers from it.
// settled is false when the answer varies by fields that the fill was not keyed
// by, and the request's are different.
func (c *Cache) share(w http.ResponseWriter, r *http.Request, k Key, fill FillFunc) (out Outcome, settled bool) {
	f, rd, leader, fwd, reason := c.join(r, k, fill)
	if reason != "" {
		return passed(fwd, reason), true
	}
	if f == nil {
		return Outcome{}, false // stored since we looked
	}
	defer f.leave(rd)
	select {
	case <-f.decided:
	case <-r.Context().Done():
		return Outcome{How: Gone, Reason: "client-gone", Fwd: fwd}, true
	}
	switch {
	case f.err != nil:
		return Outcome{How: Failed, Reason: f.reason, Fwd: fwd, Err: f.err}, true
	case f.object == nil:
		return passed(fwd, f.reason), true
	case !f.object.vary.Matches(f.object.values, r.Header):
		return Outcome{}, false
	}
	return f.deliver(w, r, rd, leader, fwd), true
}

// join finds or begins the flight and enters the request as a reader. A reason
// means that the request passes; neither reason nor flight, that the answer is
// stored by now.
func (c *Cache) join(r *http.Request, k Key, fill FillFunc) (f *flight, rd *reader, leader bool, fwd fresh.Forward, reason string) {
	now := time.Now()
	hash := hashKey(c.seed, k)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(k, r.Header, now) != nil {
		return nil, nil, false, "", ""
	}
	rs := c.resources[k.id()]
	var vary fresh.Vary
	fwd = fresh.URIMiss
	if rs != nil && len(rs.objects) > 0 {
		fwd = fresh.VaryMiss
		for _, o := range rs.objects {
			if o.vary.Matches(o.values, r.Header) {
				fwd = fresh.Stale
			}
		}
	}
	if rs != nil {
		vary = rs.vary
	}
	mark := c.marks.get(hash, now)
	known := mark == candidate || rs != nil
	id := flightID{k.id(), variant(vary, r.Header)}
	f = c.flights[id]
	switch {
	case f != nil:
	case c.closed:
		reason = "closed"
	case mark == hitForMiss:
		reason = "hit-for-miss"
	case !k.Static && !known:
		reason = "not-known-public"
	case !vary.Sendable(r.Header):
		reason = "vary"
	case len(c.flights) >= c.cfg.MaxFills:
		reason = "fills"
	default:
		req := fillRequest(k, vary, r.Header)
		if req == nil {
			reason = "path"
			break
		}
		leader = true
		f = c.takeOff(id, k, hash, known, req, fill)
	}
	if reason != "" {
		return nil, nil, false, fwd, reason
	}
	rd = &reader{}
	f.mu.Lock()
	f.readers[rd] = struct{}{}
	f.mu.Unlock()
	return f, rd, leader, fwd, ""
}

// variant names the form of answer that a fill asks for.
func variant(vary fresh.Vary, visitor http.Header) string {
	b := append(make([]byte, 0, 64), fresh.Coding(visitor["Accept-Encoding"])...)
	for i, v := range vary.Values(visitor) {
		b = append(b, 0)
		b = append(b, vary[i]...)
		b = append(b, '=')
		b = append(b, v...)
	}
	return string(b)
}

// takeOff begins a fill. Its caller holds Cache.mu and enters the first reader
// before letting go.
func (c *Cache) takeOff(id flightID, k Key, hash uint64, known bool, req *http.Request, fill FillFunc) *flight {
	// The fill belongs to nobody: it ends when nobody needs it, not when the request
	// that began it does.
	ctx, cancel := context.WithCancelCause(c.life)
	f := &flight{
		cache: c, id: id, key: k, hash: hash, known: known, cancel: cancel,
		decided: make(chan struct{}), readers: make(map[*reader]struct{}),
		wake: make(chan struct{}), drained: make(chan struct{}, 1),
	}
	c.flights[id] = f
	c.flying.Add(1)
	go f.fly(ctx, req.WithContext(ctx), fill)
	return f
}

// fly runs the fill to its end. Whatever happens, a panic in fill included,
// nobody is left waiting.
func (f *flight) fly(ctx context.Context, req *http.Request, fill FillFunc) {
	defer f.cache.flying.Done()
	defer f.cancel(nil)
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
	timer := time.AfterFunc(f.cache.cfg.HeaderTimeout, func() { f.cancel(errTimeout) })
	requested := time.Now()
	resp, err := fill(ctx, req)
	timer.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = &falochron.Error{Kind: falochron.Unavailable, Op: "fill", Err: errors.Join(cause, err)}
		}
		f.fail(err)
		return
	}
	defer resp.Body.Close()
	received := time.Now()
	d := fresh.Storable(fresh.Exchange{
		Method: req.Method, Request: req.Header, Static: f.key.Static,
		Status: resp.StatusCode, Response: resp.Header, Requested: requested, Received: received,
	})
	switch {
	case d.Reason == "not-public" && !f.key.Static:
		// Not known to be public any more; for files under this URL that says nothing.
		f.release(d.Reason, unknown)
	case !d.Store:
		f.release(d.Reason, hitForMiss)
	case !fresh.CodingOK(req.Header, resp.Header):
		f.release("coding", hitForMiss)
	case len(resp.Trailer) > 0:
		f.release("trailer", hitForMiss)
	case resp.ContentLength > f.cache.cfg.MaxObject:
		f.release("too-large", hitForMiss)
	default:
		o := newObject(f.key, f.hash, req, resp, d, received)
		if !f.open(o, resp.ContentLength) {
			f.release("full", candidate)
			return
		}
		f.copy(ctx, resp.Body)
	}
}

// release lets everybody go by himself, and notes the verdict for those who come
// later.
func (f *flight) release(reason string, v verdict) {
	c := f.cache
	f.settled = true
	c.releases.Add(1)
	c.mu.Lock()
	f.leaveTable()
	c.marks.set(f.hash, v, time.Now().Add(c.cfg.HitForMiss))
	c.mu.Unlock()
	f.reason = reason
	close(f.decided)
}

// fail ends a flight without a complete answer: before the header, everybody
// gets the error; after it, the bodies break off.
func (f *flight) fail(err error) {
	c := f.cache
	f.settled = true
	if !errors.Is(err, errNobody) {
		c.failures.Add(1)
	}
	c.mu.Lock()
	f.leaveTable()
	if f.object != nil {
		f.land()
	}
	c.mu.Unlock()
	if f.object == nil {
		f.reason, f.err = "fill-failed", err
		close(f.decided)
		return
	}
	f.end(err)
}

// leaveTable makes the flight unfindable. Its caller holds Cache.mu.
func (f *flight) leaveTable() {
	if f.cache.flights[f.id] == f {
		delete(f.cache.flights, f.id)
	}
}

// land takes back what open told the resource. Its caller holds Cache.mu.
func (f *flight) land() {
	c := f.cache
	if rs := c.resources[f.object.key]; rs != nil {
		rs.pending--
		c.tidy(f.object.key, rs)
	}
}

// leave ends a request's part in the flight. When it was the last and the fill
// is not known to be worth keeping, the fill is cancelled.
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
	undecided := false
	select {
	case <-f.decided:
	default:
		undecided = true
	}
	useless := last && !f.ended && (f.windowed || undecided && !f.known)
	if useless {
		f.leaveTable() // nobody may join a fill that is given up
	}
	pinned := rd.pinned
	f.notify()
	f.mu.Unlock()
	c.mu.Unlock()
	if useless {
		c.cancels.Add(1)
		f.cancel(errNobody)
	}
	if pinned {
		c.unpin(f.object)
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
