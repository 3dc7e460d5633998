package edge

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync"

	"github.com/falochron/falochron/internal/fresh"
	"github.com/falochron/falochron/internal/preset"
)

// altered knows the sessions of the shop with which something was changed before
// this edge's eyes. A mark in the browser can be missing: the answer that brought it
// was never read, the change was made at another name of the shop or over https, or
// in a mode in which nobody is marked. It holds hashes only, of the last alteredKept
// sessions; for older ones the marks must do.
type altered struct {
	seed maphash.Seed

	mu    sync.RWMutex // guards what follows
	known map[uint64]struct{}
	ring  []uint64
	next  int
}

const alteredKept = 1 << 16 // some 4 MB; more than a shop's buyers within a session's life

func newAltered() *altered {
	return &altered{seed: maphash.MakeSeed(), known: make(map[uint64]struct{})}
}

func (c *altered) hash(name, value string) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	_, _ = h.WriteString(name) // never fails, see hash/maphash
	_ = h.WriteByte('=')
	_, _ = h.WriteString(value)
	return h.Sum64()
}

// note remembers a session, by its cookie.
func (c *altered) note(name, value string) {
	if value == "" {
		return
	}
	sum := c.hash(name, value)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.known[sum]; known {
		return
	}
	c.known[sum] = struct{}{}
	if len(c.ring) < alteredKept {
		c.ring = append(c.ring, sum)
		return
	}
	delete(c.known, c.ring[c.next])
	c.ring[c.next] = sum
	c.next = (c.next + 1) % alteredKept
}

func (c *altered) has(name, value string) bool {
	sum := c.hash(name, value)
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, known := c.known[sum]
	return known
}

// opaqueCookies calls f with the sessions of the shop that a request brings, until
// f returns false.
func (x *exchange) opaqueCookies(f func(name, value string) bool) {
	for _, line := range x.r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if x.set.classify.Opaque(name) && !f(name, value) {
				return
			}
		}
	}
}

// noteChange remembers the sessions of a request that changes something, before the
// shop hears of it: who has them has pages of his own from now on.
func (x *exchange) noteChange() {
	if x.changes {
		x.opaqueCookies(func(name, value string) bool { x.shop.altered.note(name, value); return true })
	}
}

// noteNewSession does the same for the session that the answer gives.
func (x *exchange) noteNewSession(h http.Header) {
	if !x.changes {
		return
	}
	for _, line := range h["Set-Cookie"] {
		if name, value, ok := fresh.SetCookie(line); ok && x.set.classify.Opaque(name) {
			x.shop.altered.note(name, value)
		}
	}
}

// seenToChange takes somebody for personal whose session was seen to change
// something, whatever the marks say.
func (x *exchange) seenToChange() {
	if !x.standing.Anonymous || !x.standing.opaque {
		return
	}
	x.opaqueCookies(func(name, value string) bool {
		if x.shop.altered.has(name, value) {
			x.standing.Standing = preset.Standing{Reason: preset.StandingMarked}
		}
		return x.standing.Anonymous
	})
}
