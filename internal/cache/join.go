package cache

import (
	"context"
	"net/http"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// share joins the fill for the request's key, or begins it, and answers from it.
// settled is false when the answer varies by fields that the fill was not keyed
// by, and the request's are different.
func (c *Cache) share(w http.ResponseWriter, r *http.Request, k Key, p Policy, fill FillFunc) (out Outcome, settled bool) {
	f, rd, leader, fwd, reason := c.join(r, k, p, fill)
	if reason == "fills" {
		// The edge itself is at its limit.
		if out, ok := c.rescue(w, r, k, p, fwd, 0); ok {
			return out, true
		}
	}
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
	case f.failed:
		if out, ok := c.rescue(w, r, k, p, fwd, f.status); ok {
			return out, true
		}
	case f.object != nil && !f.object.vary.Matches(f.object.values, r.Header):
		return Outcome{}, false
	case f.object != nil:
		return f.deliver(w, r, rd, leader, fwd), true
	}
	if f.err != nil {
		return Outcome{How: Failed, Reason: f.reason, Fwd: fwd, Err: f.err}, true
	}
	return passed(fwd, f.reason), true
}

// join finds or begins the flight and enters the request as a reader. A reason
// means that the request passes; neither reason nor flight, that the answer is
// stored by now.
func (c *Cache) join(r *http.Request, k Key, p Policy, fill FillFunc) (f *flight, rd *reader, leader bool, fwd fresh.Forward, reason string) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	stale := c.find(k, r.Header, p.Grants(), now)
	if stale != nil && stale.freshAt(now) {
		return nil, nil, false, "", ""
	}
	rs := c.resources[k]
	vary := rs.variesBy(p)
	t := c.trip(k, p, vary, r.Header)
	mark := c.marks.get(t.hash, now)
	held := rs.holds(t.id.grants)
	t.known = held || mark == candidate
	switch {
	case stale != nil:
		fwd = fresh.Stale
		if t.stale = stale; stale.useless(now) {
			t.stale = nil
			c.shelf.remove(stale)
			c.drop(stale)
		}
	case held:
		fwd = fresh.VaryMiss
	default:
		fwd = fresh.URIMiss
	}
	f = c.joinable(t.id, now)
	switch {
	case f != nil:
	case c.closed:
		reason = "closed"
	case mark == hitForMiss:
		reason = "hit-for-miss"
	case !p.firstSight() && !t.known:
		reason = "not-known-public"
	case !vary.Sendable(r.Header):
		reason = "vary"
	case len(c.flights) >= c.cfg.MaxFills:
		reason = "fills"
	case newForm(k, fwd, t.known) && !c.sprawl.take(c.seed, k, now):
		reason = "many-forms"
	default:
		leader = true
		if f = c.takeOff(t, vary, r.Header, fill); f == nil {
			reason = "path"
		}
	}
	if reason != "" {
		return nil, nil, false, fwd, reason
	}
	rd = &reader{asked: leader}
	f.mu.Lock()
	f.readers[rd] = struct{}{}
	f.mu.Unlock()
	return f, rd, leader, fwd, ""
}

// newForm reports whether a fill is for a query, cookies or other fields that
// nothing is known of.
func newForm(k Key, fwd fresh.Forward, known bool) bool {
	return fwd == fresh.VaryMiss || !known && (k.Query != "" || k.Cookies != "" || k.Fields != "")
}

// trip is what a fill for the request would be begun with.
func (c *Cache) trip(k Key, p Policy, vary fresh.Vary, visitor http.Header) trip {
	grants := p.Grants()
	return trip{id: flightID{k, variant(vary, visitor), grants}, key: k, policy: p, hash: hashKey(c.seed, k, grants)}
}

// variant names the form of answer that a fill asks for. The coding is always part
// of it, as it is of every fill.
func variant(vary fresh.Vary, asked http.Header) string {
	b := append(make([]byte, 0, 64), fresh.Coding(asked["Accept-Encoding"])...)
	for i, v := range vary.Values(asked) {
		if vary[i] == "Accept-Encoding" {
			continue
		}
		b = append(b, 0)
		b = append(b, vary[i]...)
		b = append(b, '=')
		b = append(b, v...)
	}
	return string(b)
}

// takeOff begins a fill, or returns nil if the URL cannot be asked for. Its caller
// holds Cache.mu and enters the first reader, if any, before letting go.
func (c *Cache) takeOff(t trip, vary fresh.Vary, visitor http.Header, fill FillFunc) *flight {
	req := fillRequest(t.key, vary, visitor)
	if req == nil {
		return nil
	}
	if t.stale != nil {
		t.stale.pins.Add(1)
	}
	// The fill belongs to nobody: it ends when nobody needs it, not when the request
	// that began it does.
	ctx, cancel := context.WithCancelCause(c.life)
	f := &flight{
		trip: t, cache: c, cancel: cancel,
		decided: make(chan struct{}), readers: make(map[*reader]struct{}),
		wake: make(chan struct{}), drained: make(chan struct{}, 1),
	}
	c.flights[t.id] = f
	c.flying.Add(1)
	go f.fly(ctx, req, fill)
	return f
}
