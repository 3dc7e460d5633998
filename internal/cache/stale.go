package cache

import (
	"net/http"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

const (
	// tryEvery is the shortest time between two fills in the background for one
	// stale object, whatever becomes of them.
	tryEvery = time.Second
	// troubleFor is how long after a fill in vain for it an object goes out stale at
	// once, instead of after the next fill in vain. Longer than a fill may take
	// (Config.HeaderTimeout), or a shop that hangs would be waited for in between.
	troubleFor = time.Minute
)

// hold finds an object, fresh or stale, and pins it.
func (c *Cache) hold(r *http.Request, k Key, p Policy, now time.Time) *object {
	c.mu.RLock()
	defer c.mu.RUnlock()
	o := c.find(k, r.Header, p.Grants(), now)
	if o != nil {
		o.pins.Add(1)
	}
	return o
}

// pick returns, pinned, the object that may answer the request at once, and by
// what: by its own words or the policy's, or although it is stale. nil means none.
func (c *Cache) pick(r *http.Request, k Key, p Policy, now time.Time) (o *object, reason string) {
	if o = c.hold(r, k, p, now); o == nil {
		return nil, ""
	}
	late := o.ageAt(now) - o.life
	switch {
	case late < 0:
		return o, o.reason
	case late < o.whileStale:
		return o, "stale-while-revalidate"
	case late < o.ifError && (o.troubled(now) || p.Full != nil && p.Full()):
		return o, "stale-if-error"
	}
	c.unpin(o)
	return nil, ""
}

// rescue answers a request whose fill was in vain from what is stored, if that may
// go out while the shop fails: stale beats an error. status is what the shop
// answered, 0 for nothing.
func (c *Cache) rescue(w http.ResponseWriter, r *http.Request, k Key, p Policy, fwd fresh.Forward, status int) (Outcome, bool) {
	now := time.Now()
	o := c.hold(r, k, p, now)
	if o == nil {
		return Outcome{}, false
	}
	defer c.unpin(o)
	if o.ageAt(now)-o.life >= o.ifError {
		return Outcome{}, false
	}
	o.touch()
	says := fresh.CacheStatus{Fwd: fwd, FwdStatus: status, InVain: true, Detail: "stale-if-error"}
	sent, n := o.writeStored(w, r, now, says)
	c.stales.Add(1)
	return Outcome{How: Hit, Reason: says.Detail, Fwd: fwd, Status: sent, Bytes: n}, true
}

// refresh begins a fill for what just goes out stale, unless one is under way or
// was begun a moment ago. Nobody waits for it, and it depends on nobody: it ends
// with the cache, if not before.
//
// At a shop that is at its limit it takes a buyer's turn, so it begins only when half
// the time is over for which the stale answer may go out; the other half is left for it
// to come. Of a shop that says a day itself it is half of the policy's time: it does not
// know of the crowd.
func (c *Cache) refresh(o *object, r *http.Request, k Key, p Policy, now time.Time, fill FillFunc) {
	if late := o.ageAt(now) - o.life; p.Full != nil && late < min(o.whileStale, p.WhileStale)/2 && p.Full() {
		return
	}
	next := o.nextTry.Load()
	if now.UnixNano() < next || !o.nextTry.CompareAndSwap(next, now.Add(tryEvery).UnixNano()) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	vary := c.resources[k].variesBy(p)
	if o.gone.Load() || c.closed || len(c.flights) >= c.cfg.MaxFills || !vary.Sendable(r.Header) {
		return
	}
	t := c.trip(k, p, vary, r.Header)
	if c.joinable(t.id, now) == nil {
		t.known, t.stale = true, o
		c.takeOff(t, vary, r.Header, fill)
	}
}
