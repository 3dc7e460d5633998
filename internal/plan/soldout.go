package plan

import "net/url"

// soldOut reports whether a post leads to an article that is sold out, by its path. Those
// who say so may write it with or without percent signs, as the edge reads it.
func (p *Post) soldOut(paths map[string]bool) bool {
	if len(paths) == 0 || p.Link == "" {
		return false
	}
	u, err := url.Parse(p.Link)
	return err == nil && (paths[u.EscapedPath()] || paths[u.Path])
}

// gone names a post that is to come and leads to what is sold out, with where that is
// known from: the edge is told at once, the page was looked at.
func (q *question) gone(p *Post, m moment) bool {
	if p.State == Out {
		return false
	}
	r := Reason{What: m.what, Ref: m.id}
	if p.soldOut(q.f.SoldOut) {
		r.Kind = "sold-out-edge"
		q.item(AboutStock, No, true, r)
		return true
	}
	c, _ := q.k.newest(p, LinkCheck, q.now)
	if c.Result != Wrong || c.Why != FoundSoldOut {
		return false
	}
	r.Kind, r.For = "sold-out-page", q.now.Sub(c.At)
	q.item(AboutStock, No, true, r)
	return true
}

// soldOut reports whether all that a campaign's posts lead to is sold out. Of an evening
// nobody knows what it sells.
func (c *campaign) soldOut(paths map[string]bool) bool {
	any := false
	for _, m := range c.moments() {
		p := c.post(m.id)
		if p == nil || !p.soldOut(paths) {
			return false
		}
		any = true
	}
	return any
}
