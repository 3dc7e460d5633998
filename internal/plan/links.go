package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// longestLink is how long a link may open a door.
const longestLink = 400 * day

func (GiveLink) kind() string   { return "link-given" }
func (GiveLink) action() Action { return GiveLinks }
func (c GiveLink) scope() scope { return scope{party: c.Grant.Party} }

// decide lets a party hand on its own part, a media house that of an influencer with
// whom it serves a shop, and never more than the giver has.
func (c GiveLink) decide(b *Book, now time.Time, who Actor) (Command, error) {
	g := &c.Grant
	p := b.party(g.Party)
	mine := own(who, g)
	ofInfluencer := who.Role == MediaHouse && g.Role == Influencer
	switch {
	case !g.Role.ofChain() && g.Role != Machine:
		return nil, invalid(Reason{Kind: "bad-role"})
	case who.Role != Operator && !mine && !ofInfluencer, p == nil:
		return nil, unknown("party", g.Party)
	}
	g.Expires = utc(g.Expires)
	if !g.Expires.After(now) || g.Expires.After(now.Add(longestLink)) {
		return nil, invalid(Reason{Kind: "bad-expiry", For: longestLink})
	}
	if by := b.grants[who.Grant]; by != nil {
		// Who came by a link hands on no more than it, and no longer.
		if g.Expires.After(by.Expires) {
			return nil, denied(Reason{Kind: "longer-than-own", Was: by.Expires})
		}
		if mine && len(g.Shops) == 0 {
			g.Shops = slices.Clone(by.Shops)
		}
	}
	if ofInfluencer && !mine && len(g.Shops) == 0 {
		// A media house speaks for its own shops only.
		for _, id := range sorted(b.shops) {
			if s := b.shops[id]; b.serves(who, s) && s.servedBy(Service{g.Party, g.Role}) {
				g.Shops = append(g.Shops, id)
			}
		}
		if len(g.Shops) == 0 {
			return nil, unknown("party", g.Party)
		}
	}
	if err := count("shops", len(g.Shops), maxServices); err != nil {
		return nil, err
	}
	for _, id := range g.Shops {
		s, err := b.shopOf(who, id)
		if err != nil {
			return nil, err
		}
		if !s.servedBy(Service{g.Party, g.Role}) {
			return nil, unknown("party", g.Party)
		}
	}
	open := 0
	for _, id := range p.grants {
		if b.grants[id].Expires.After(now) && !b.grants[id].Revoked {
			open++
		}
	}
	g.ID, g.Revoked = ID(fmt.Sprintf("%s-link-%d", p.ID, p.grantsN+1)), false
	return c, count("links", open+1, maxGrants)
}

func (c GiveLink) tell(b *Book) Reason {
	return Reason{Kind: "link-given", Who: b.nameOf(c.Grant.Party), Role: c.Grant.Role, At: c.Grant.Expires, Ref: c.Grant.ID}
}

// apply also forgets links that are over, which can do nothing any more.
func (c GiveLink) apply(b *Book, a *Act) {
	p := b.party(c.Grant.Party)
	if p == nil || b.grants[c.Grant.ID] != nil {
		return
	}
	p.grants = slices.DeleteFunc(p.grants, func(id ID) bool {
		g := b.grants[id]
		gone := g.Revoked || !g.Expires.After(a.At)
		if gone {
			delete(b.grants, id)
		}
		return gone
	})
	p.grantsN++
	p.grants = append(p.grants, c.Grant.ID)
	b.grants[c.Grant.ID] = &c.Grant
}

func (RevokeLink) kind() string   { return "link-revoked" }
func (RevokeLink) action() Action { return GiveLinks }
func (c RevokeLink) scope() scope { return scope{party: c.Party} }

func (c RevokeLink) decide(b *Book, _ time.Time, who Actor) (Command, error) {
	g := b.grants[c.Grant]
	if g == nil || !b.keeps(who, g) {
		return nil, unknown("link", c.Grant)
	}
	if g.Revoked {
		return nil, conflicts(Reason{Kind: "link-over"})
	}
	c.Party = g.Party
	return c, nil
}

// own reports whether the link is to the actor's own part, or for a machine of his
// party.
func own(who Actor, g *Grant) bool {
	return who.Party == g.Party && who.Role.ofChain() && (who.Role == g.Role || g.Role == Machine)
}

// keeps reports whether the actor may see and end a link: the party's own, an
// influencer's for the media house that could have given it, all for an operator.
func (b *Book) keeps(who Actor, g *Grant) bool {
	switch {
	case who.Role == Operator:
		return true
	case own(who, g):
		mine := b.grants[who.Grant]
		return mine == nil || len(mine.Shops) == 0 || within(g.Shops, mine.Shops)
	case who.Role != MediaHouse || g.Role != Influencer || len(g.Shops) == 0:
		return false
	}
	for _, id := range g.Shops {
		if !b.serves(who, b.shops[id]) {
			return false
		}
	}
	return true
}

// within reports whether the link opens no more than the shops.
func within(of, shops []ID) bool {
	return len(of) > 0 && !slices.ContainsFunc(of, func(id ID) bool { return !slices.Contains(shops, id) })
}

func (c RevokeLink) tell(b *Book) Reason {
	return Reason{Kind: "link-revoked", Who: b.nameOf(c.Party), Ref: c.Grant}
}

func (c RevokeLink) apply(b *Book, _ *Act) {
	if g := b.grants[c.Grant]; g != nil {
		g.Revoked = true
	}
}

// Links are the links that the actor may end, by party and number.
func (b *Book) Links(now time.Time, who Actor) ([]Grant, error) {
	if err := b.admit(now, who); err != nil {
		return nil, err
	}
	var out []Grant
	for _, id := range sorted(b.parties) {
		for _, g := range b.parties[id].grants {
			if Can(who.Role, GiveLinks) && b.keeps(who, b.grants[g]) {
				grant := *b.grants[g]
				grant.Shops = slices.Clone(grant.Shops)
				out = append(out, grant)
			}
		}
	}
	return out, nil
}

// sorted are the keys of a map in order: maps have none, and everybody who folds the
// same acts must get the same.
func sorted[T any](m map[ID]T) []ID { return slices.Sorted(maps.Keys(m)) }
