package cache

import (
	"net/http"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// resource is what is known of one key: its stored answers and the fields that
// the latest answer varied by.
type resource struct {
	key     Key
	vary    fresh.Vary
	objects []*object
	pending int // fills under way that count on this entry

	before, after *resource // of the same address, in other forms
}

// holds reports whether there is an answer that may be had with these grants.
func (rs *resource) holds(grants fresh.Grants) bool {
	return rs != nil && slices.ContainsFunc(rs.objects, func(o *object) bool { return grants.Cover(o.needs) })
}

// variesBy are the request fields that the latest answer varied by, as far as they
// choose anything for this request that its key does not.
func (rs *resource) variesBy(p Policy) fresh.Vary {
	if rs == nil {
		return nil
	}
	vary := p.Chooses(rs.vary)
	if rs.key.Fields != "" && slices.ContainsFunc(vary, rs.key.has) {
		vary = slices.DeleteFunc(slices.Clone(vary), rs.key.has)
	}
	return vary
}

// address is what the forms of a URL have in common.
type address struct {
	secure            bool
	host, path, query string
}

func (k Key) address() address { return address{k.Secure, k.Host, k.Path, k.Query} }

// Invalidate drops all that is stored under the key's URL, in every form, and
// keeps fills under way from being stored. RFC 9111 section 4.4 asks for it
// after a non-error answer to an unsafe method; see [fresh.InvalidationTargets].
func (c *Cache) Invalidate(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for rs := c.addresses[k.address()]; rs != nil; rs = rs.after {
		for _, o := range slices.Clone(rs.objects) {
			c.shelf.remove(o)
			c.drop(o)
		}
	}
	for id, f := range c.flights {
		if f.key.address() == k.address() {
			f.outdated = true
			delete(c.flights, id)
		}
	}
}

// find returns the newest object that the request may have, fresh if there is one;
// one that varies goes before one that forgot to say so (RFC 9111 section 4.1). Its
// caller holds mu.
func (c *Cache) find(k Key, visitor http.Header, grants fresh.Grants, now time.Time) *object {
	rs := c.resources[k]
	if rs == nil {
		return nil
	}
	var best *object
	for _, o := range rs.objects {
		if grants.Cover(o.needs) && o.vary.Matches(o.values, visitor) && (best == nil || o.better(best, now)) {
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
		rs = &resource{key: id, after: c.addresses[id.address()]}
		if rs.after != nil {
			rs.after.before = rs
		}
		c.resources[id] = rs
		c.addresses[id.address()] = rs
	}
	return rs
}

// drop forgets an object that is off the shelf. Its bytes come back now, or when
// the last answer made from it has been written. Its caller holds mu.
func (c *Cache) drop(o *object) {
	rs := c.resources[o.key]
	rs.objects = slices.DeleteFunc(rs.objects, func(x *object) bool { return x == o })
	c.tidy(rs)
	c.objects--
	o.gone.Store(true)
	if o.pins.Load() == 0 && o.paid.CompareAndSwap(false, true) {
		c.bytes -= o.size
	}
}

// tidy removes an entry that says nothing. Its caller holds mu.
func (c *Cache) tidy(rs *resource) {
	if len(rs.objects) > 0 || rs.pending > 0 {
		return
	}
	delete(c.resources, rs.key)
	if rs.after != nil {
		rs.after.before = rs.before
	}
	switch at := rs.key.address(); {
	case rs.before != nil:
		rs.before.after = rs.after
	case rs.after != nil:
		c.addresses[at] = rs.after
	default:
		delete(c.addresses, at)
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
