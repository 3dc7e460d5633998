package tally

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

// A short link leads on to a page, and it is on the page that somebody is counted. What
// joins the two is kept for some seconds, here and nowhere else: no cookie is set, and
// nothing stands in the address. It is a number made of address and browser with a seed
// of this process that nobody knows; many people may have the same, so they are counted.

// onTheWay is how long somebody may take from a short link to its page: a redirect on a
// slow mobile network takes some seconds.
const onTheWay = 15 * time.Second

// going are those on the way.
type going struct {
	until atomic.Int64 // when the last of them must have arrived, in nanoseconds since the beginning
	sets  [goingSets][goingInSet]atomic.Pointer[trip]
}

// Ten thousand clicks of a second or two each find room.
const (
	goingSets  = 2048
	goingInSet = 4
)

// trip is the way of all who have one number from one link to its page.
type trip struct {
	who   uint64
	post  string
	path  string
	until atomic.Int64 // nanoseconds since the beginning
	n     atomic.Int64 // people under way
}

// who is the number of a sender.
func (a *Arrivals) who(client netip.Addr, userAgent string) uint64 {
	b := client.As16()
	return maphash.Bytes(a.seed, b[:]) ^ maphash.String(a.seed, userAgent)*0x9e3779b97f4a7c15
}

// Follow notes that somebody follows the short link of a post to the page at a path.
func (a *Arrivals) Follow(now time.Time, client netip.Addr, userAgent, post, path string) {
	since := now.Sub(a.began)
	who := a.who(client, userAgent)
	a.going.until.Store(int64(since + onTheWay))
	set := &a.going.sets[who%goingSets]
	var place *atomic.Pointer[trip]
	var old *trip
	for i := range set {
		t := set[i].Load()
		if t != nil && t.who == who && t.post == post && t.path == path {
			if t.until.Load() < int64(since) {
				t.n.Store(0) // those never arrived
			}
			t.until.Store(int64(since + onTheWay))
			t.n.Add(1)
			return
		}
		if place == nil || old != nil && (t == nil || t.until.Load() < old.until.Load()) {
			place, old = &set[i], t
		}
	}
	made := &trip{who: who, post: post, path: strings.Clone(path)}
	made.until.Store(int64(since + onTheWay))
	made.n.Store(1)
	place.CompareAndSwap(old, made) // else somebody else was quicker: this one is told by other signs
}

// Arrive is the post by whose short link a sender came to the page at a path; empty: by
// none. Each that follows arrives once.
func (a *Arrivals) Arrive(now time.Time, client netip.Addr, userAgent, path string) (post string) {
	since := int64(now.Sub(a.began))
	if a.going.until.Load() < since {
		return "" // nobody is on the way
	}
	who := a.who(client, userAgent)
	set := &a.going.sets[who%goingSets]
	for i := range set {
		t := set[i].Load()
		if t == nil || t.who != who || t.path != path || t.until.Load() < since {
			continue
		}
		if t.n.Add(-1) >= 0 {
			return t.post
		}
		t.n.Add(1)
	}
	return ""
}

// sweep forgets whoever never arrived.
func (g *going) sweep(since time.Duration) {
	for i := range g.sets {
		for j := range g.sets[i] {
			if t := g.sets[i][j].Load(); t != nil && t.until.Load() < int64(since) {
				g.sets[i][j].CompareAndSwap(t, nil)
			}
		}
	}
}
