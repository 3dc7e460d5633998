package twins

import "strings"

// A shop, or a cache before it, that mixes its visitors up shows a stranger the
// cart of somebody else. That is more than a difference nobody understands: what
// the one stranger has and the other has not stands in the page of the visitor with
// the cart, and is about a cart.

// remember keeps what the visitor with the cart got.
func (c *comparison) remember(v Visit) {
	if len(v.Body) > MaxBody {
		return
	}
	c.held = string(v.Body)
	if !markup(v.Header) {
		return
	}
	if pieces, ok := cutUp(v.Body, c.seed); ok {
		c.third = make(map[uint64]bool, len(pieces))
		for i := range pieces {
			c.third[pieces[i].exact] = true
		}
	}
}

// shown changes the verdict on what two strangers differ in, if one of the pieces is
// of the cart of somebody else. Either may be nil.
func (j *judge) shown(v verdict, a, b *piece) verdict {
	if j.cart || v.harmless || a != nil && b != nil && j.third[a.exact] == j.third[b.exact] {
		return v
	}
	for _, p := range []*piece{a, b} {
		if p == nil || !j.third[p.exact] || p.at == nil {
			continue
		}
		if of, ok := j.cartPlace(p.at, p.whole()); ok && of.cart {
			return verdict{where: of.where, harm: true}
		}
	}
	return v
}

// lent reports that a stranger's piece of a script, which the other stranger's text
// does not have, is that of somebody with a cart.
func (j *judge) lent(piece, other string) bool {
	return len(piece) >= minSecret && strings.Contains(j.held, piece) && !strings.Contains(other, piece)
}
