package cache

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// firstRoom is the room for a body of unknown length to begin with; it doubles
// as needed. A guess: most files and pages of shops are 4 to 64 KiB.
const firstRoom = 16 << 10

// open reserves room for the body and, unless it is sealed, lets the readers
// begin. It returns false when there is no room.
func (f *flight) open(o *object, asked http.Header, length int64) bool {
	c := f.cache
	room := length
	if room < 0 {
		room = min(firstRoom, c.cfg.MaxObject)
	}
	if !c.reserve(o.size + room) {
		return false
	}
	f.made, f.length = o, length
	f.mu.Lock()
	f.held = o.size + room
	f.buf = make([]byte, 0, room)
	f.mu.Unlock()
	c.mu.Lock()
	rs := c.resource(o.key)
	rs.pending++
	rs.vary = o.vary // who comes now asks for the right form at once
	f.entered = true
	f.moved.Store(time.Now().UnixNano())
	f.usable = o.usable()
	f.rename(variant(o.vary, asked))
	c.mu.Unlock()
	if !f.sealed() {
		f.announce()
	}
	return true
}

// announce lets the readers begin.
func (f *flight) announce() {
	if f.object == nil {
		f.object = f.made
	}
	close(f.decided)
}

// copy reads the body into buf, for all readers and for the store.
func (f *flight) copy(ctx context.Context, body io.Reader) {
	// spill takes what comes after buf is full: mostly nothing but the end.
	var spill [512]byte
	f.mu.Lock()
	f.watch = time.AfterFunc(stallAfter, f.stalled)
	f.mu.Unlock()
	defer f.watch.Stop()
	arrived := 0 // since the body last got on
	for {
		room := f.buf[len(f.buf):cap(f.buf)]
		if len(room) == 0 {
			room = spill[:]
		}
		n, err := body.Read(room)
		if n > 0 && !f.take(ctx, room[:n], &room[0] == &spill[0]) {
			if f.sealed() {
				f.release("too-large", hitForMiss)
			} else {
				f.fail(context.Cause(ctx))
			}
			return
		}
		if arrived += n; arrived >= leastProgress {
			arrived = 0
			f.moved.Store(time.Now().UnixNano())
			f.watch.Reset(stallAfter)
		}
		switch {
		case err == io.EOF && f.length >= 0 && f.base+int64(len(f.buf)) != f.length:
			f.fail(io.ErrUnexpectedEOF)
			return
		case err == io.EOF:
			f.finish()
			return
		case err != nil:
			f.fail(brokeOff(ctx, err))
			return
		}
	}
}

// take publishes n new bytes. Bytes that did not fit are appended after making
// room. It returns false when nobody reads a windowed body any more, and when a
// sealed one has no room.
func (f *flight) take(ctx context.Context, p []byte, spilled bool) bool {
	if spilled && !f.grow(len(p)) && (f.sealed() || !f.drain(ctx)) {
		return false
	}
	f.mu.Lock()
	if spilled {
		// A window is never smaller than the spill, see drain.
		f.buf = append(f.buf, p...)
	} else {
		f.buf = f.buf[:len(f.buf)+len(p)]
	}
	f.publish()
	f.mu.Unlock()
	return true
}

// publish wakes the readers. Its caller holds mu.
func (f *flight) publish() {
	close(f.wake)
	f.wake = make(chan struct{})
}

// grow doubles the buffer within MaxObject and the budget.
func (f *flight) grow(need int) bool {
	c := f.cache
	size := min(max(2*int64(cap(f.buf)), int64(len(f.buf)+need)), c.cfg.MaxObject)
	if f.windowed || size < int64(len(f.buf)+need) || !c.reserve(size) {
		return false
	}
	bigger := append(make([]byte, 0, size), f.buf...)
	f.mu.Lock()
	// The old buffer stays counted until the end: a reader may be writing from it.
	f.held += size
	f.buf = bigger
	f.mu.Unlock()
	return true
}

// drain turns the buffer into a window: it waits until every reader has read it
// all, then empties it. From the first time on nobody may join, and nothing will
// be stored. The slowest reader sets the pace; the edge's write deadline bounds
// how slow that is. It returns false when there is no reader left.
func (f *flight) drain(ctx context.Context) bool {
	c := f.cache
	if !f.windowed {
		c.mu.Lock()
		f.leaveTable()
		c.marks.set(f.hash, hitForMiss, time.Now().Add(c.cfg.HitForMiss))
		f.outdate()
		c.mu.Unlock()
		f.mu.Lock()
		f.windowed = true
		f.mu.Unlock()
	}
	for {
		f.mu.Lock()
		waiting, at := len(f.readers), f.base+int64(len(f.buf))
		for rd := range f.readers {
			if rd.offset == at {
				waiting--
			}
		}
		if len(f.readers) == 0 {
			f.mu.Unlock()
			f.cancel(errNobody)
			return false
		}
		if waiting == 0 {
			f.base, f.buf = at, f.buf[:0]
			if cap(f.buf) < firstRoom {
				// Too small to be a window (a body longer than it said). Not counted in
				// the budget: at most MaxFills times 16 KiB of it.
				f.buf = make([]byte, 0, firstRoom)
			}
			f.mu.Unlock()
			return true
		}
		f.mu.Unlock()
		select {
		case <-f.drained:
		case <-ctx.Done():
			return false
		}
	}
}

// finish ends a complete body and stores the object, unless it was too large, is
// not what it should be, or the URL was invalidated meanwhile.
func (f *flight) finish() {
	refused := ""
	if !f.windowed {
		refused = f.inspect()
	}
	if refused != "" && f.sealed() {
		f.release(refused, hitForMiss)
		return
	}
	c := f.cache
	f.settled = true
	f.shrink()
	c.mu.Lock()
	f.leaveTable()
	f.land()
	switch {
	case refused != "":
		// Those who read along have what anybody without cookies gets; who comes now
		// goes by himself.
		c.marks.set(f.hash, hitForMiss, time.Now().Add(c.cfg.HitForMiss))
		f.outdate()
		c.releases.Add(1)
	case !f.windowed && !f.outdated && !c.closed:
		f.mu.Lock()
		f.made.body = f.buf[:len(f.buf):len(f.buf)]
		f.put(f.made, int64(cap(f.buf)))
		f.mu.Unlock()
	}
	c.mu.Unlock()
	if f.sealed() {
		f.announce()
	}
	f.end(nil)
}

// put stores an object that has its body, of which the flight has reserved size
// bytes. Its caller holds both locks.
func (f *flight) put(o *object, size int64) {
	c := f.cache
	o.size += size
	c.bytes -= f.held - o.size // older, smaller buffers
	f.held = 0
	if f.object == nil {
		f.object = o // before it is announced: who leaves now must find what was pinned
	}
	for rd := range f.readers {
		rd.pinned = true
		o.pins.Add(1)
	}
	f.outdate() // also if it varied by something else
	c.store(o)
	c.marks.set(f.hash, candidate, time.Now().Add(candidateFor))
}

// shrink moves a body that fills its buffer badly into one of its size.
func (f *flight) shrink() {
	size := int64(len(f.buf))
	if f.windowed || int64(cap(f.buf))-size <= size/8 || !f.cache.reserve(size) {
		return
	}
	exact := append(make([]byte, 0, size), f.buf...)
	f.mu.Lock()
	f.held += size
	f.buf = exact
	f.mu.Unlock()
}

// end lets the readers run out. What is still reserved comes back with the last
// of them.
func (f *flight) end(broken error) {
	f.mu.Lock()
	f.ended, f.broken = true, broken
	f.publish()
	held := int64(0)
	if len(f.readers) == 0 {
		held, f.held = f.held, 0
	}
	f.mu.Unlock()
	if held > 0 {
		f.cache.giveBack(held)
	}
}

// deliver answers one request from the flight while the body arrives.
func (f *flight) deliver(w http.ResponseWriter, r *http.Request, rd *reader, leader bool, fwd fresh.Forward) Outcome {
	o := f.object
	out := Outcome{How: Followed, Reason: "collapsed", Fwd: fwd, Status: o.status}
	if leader {
		out.How, out.Reason = Filled, "filled"
	}
	says := fresh.CacheStatus{Fwd: fwd, FwdStatus: f.status, Stored: true, Collapsed: !leader}
	if o.reason != "fresh" {
		says.Detail = o.reason
	}
	if o.notModified(r) {
		o.writeHeader(w.Header(), time.Now(), says, fresh.In304)
		out.Status = http.StatusNotModified
		w.WriteHeader(out.Status)
		return out
	}
	o.writeHeader(w.Header(), time.Now(), says, nil)
	if f.length >= 0 && out.Status != http.StatusNoContent {
		w.Header()["Content-Length"] = []string{strconv.FormatInt(f.length, 10)}
	}
	w.WriteHeader(out.Status)
	if r.Method == http.MethodHead {
		return out
	}
	out.Bytes = f.stream(w, r, rd)
	return out
}

// stream writes the body as it arrives and returns how much of it.
func (f *flight) stream(w http.ResponseWriter, r *http.Request, rd *reader) int64 {
	flush := http.NewResponseController(w)
	sent := int64(0)
	for {
		f.mu.Lock()
		rd.offset = sent
		if f.windowed {
			f.notify()
		}
		data, ended, broken, wake, cut := f.buf[sent-f.base:], f.ended, f.broken, f.wake, rd.cut
		f.mu.Unlock()
		switch {
		case len(data) > 0:
			n, err := w.Write(data)
			sent += int64(n)
			if err != nil {
				return sent
			}
			if !ended {
				_ = flush.Flush() // a writer that cannot flush sends when it is full
			}
		case broken != nil, cut:
			panic(http.ErrAbortHandler)
		case ended:
			return sent
		default:
			select {
			case <-wake:
			case <-r.Context().Done():
				return sent
			}
		}
	}
}
