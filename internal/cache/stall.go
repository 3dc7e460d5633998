package cache

import (
	"context"
	"errors"
	"time"

	"github.com/falochron/falochron"
)

const (
	// stallAfter is how long a body may bring less than leastProgress before nobody
	// joins it any more and the next who asks begins anew. Chosen: a full shop that sends
	// the head of a page before it makes the rest needs some seconds, and each new fill
	// in that time would be one more page to make. Shorter than Config.HeaderTimeout.
	stallAfter = 10 * time.Second
	// leastProgress is how many bytes count as getting on: more than what a web server
	// sends to keep a connection open, less than the poorest line brings in stallAfter.
	leastProgress = 1 << 10
)

// stuck reports that the body has come to a halt, or nearly. Its caller holds Cache.mu.
func (f *flight) stuck(now time.Time) bool {
	return !f.usable.IsZero() && now.UnixNano()-f.moved.Load() >= int64(stallAfter)
}

// joinable returns the fill under way that answers for an id, if there is one and its
// answer is still of use to somebody who comes now. A fill whose answer is not, or has
// come to a halt, makes way for another: those who have some of it read on. Its caller
// holds Cache.mu.
//
// RFC 9111 section 4.2.4: "A cache MUST NOT generate a stale response unless it is
// disconnected or doing so is explicitly permitted by the client or origin server".
func (c *Cache) joinable(id flightID, now time.Time) *flight {
	f := c.flights[id]
	if f == nil || f.usable.IsZero() || now.Before(f.usable) && !f.stuck(now) {
		return f
	}
	f.leaveTable()
	f.outdated = true // stored later, it would push out what is newer
	f.mu.Lock()
	useless := len(f.readers) == 0 && !f.ended
	f.mu.Unlock()
	if useless {
		c.cancels.Add(1)
		f.cancel(errNobody)
	}
	return nil
}

// stalled is called when the body has not got on for a while. What is stale goes out
// to those who come now, as after a fill in vain. Nobody who reads is disturbed yet: a
// full shop may pause in the middle of a page. Whoever only joined is let go when a
// header would have been waited for no longer; the one for whom the shop was asked
// gets what the shop sends, for as long as he would get it without a cache.
func (f *flight) stalled() {
	c := f.cache
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.windowed {
		return // the slowest reader sets the pace of a window
	}
	f.trouble()
	if len(f.readers) == 0 {
		f.cancel(errStalled)
		return
	}
	if left := c.cfg.HeaderTimeout - time.Since(time.Unix(0, f.moved.Load())); left > 0 {
		f.watch.Reset(left)
		return
	}
	if f.sealed() {
		return // they have nothing of it, and it has its own end, see receive
	}
	for rd := range f.readers {
		rd.cut = rd.cut || !rd.asked
	}
	f.publish()
}

// brokeOff is the error of a body that ended too early: with why the fill was
// cancelled, if it was.
func brokeOff(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "fill", Err: errors.Join(cause, err)}
	}
	return err
}
