package main

import (
	"net/url"
	"slices"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// furtherMost is how many further posts stand on the page for a phone. A guess.
const furtherMost = 8

// pageOf is the page of one post, whatever else is more pressing.
func pageOf(e *plan.Event) console.Path {
	return console.Path("/plan/next/" + string(e.Shop) + "?" + url.Values{"post": {string(e.Ref)}}.Encode())
}

// chosen is the post that the address names, if the reader sees one of that name on this
// page; nil: it names none, or one that is long over.
func (v *visit) chosen() *plan.Event {
	id := plan.ID(v.query.Get("post"))
	i := slices.IndexFunc(v.events, func(e plan.Event) bool {
		return id != "" && e.Ref == id && e.Campaign != "" && (v.shop == "" || e.Shop == v.shop)
	})
	if i < 0 {
		return nil
	}
	return &v.events[i]
}

// further are the posts to come beside the one that the page shows, the next first, and
// how many more there are. An influencer's are those of all her shops: she has one phone.
func (v *visit) further(shown *plan.Event) (out []console.FurtherPost, later int, err error) {
	seen := map[plan.ID]plan.CampaignView{}
	for _, e := range v.toCome() {
		if e == shown || v.shop != "" && e.Shop != v.shop && v.who.Role != plan.Influencer {
			continue
		}
		if len(out) == furtherMost {
			later++
			continue
		}
		k, found := seen[e.Campaign]
		if !found {
			if k, err = v.campaignView(e.Campaign); err != nil {
				return nil, 0, err
			}
			seen[e.Campaign] = k
		}
		s, _ := v.shopView(e.Shop)
		posts := postsOf(&k.Campaign, v.now, v.came(v.look(&s.Shop)))
		i := slices.IndexFunc(posts, func(p console.Post) bool { return p.ID == string(e.Ref) })
		if i < 0 {
			continue
		}
		posts[i].At = posts[i].At.In(e.Zone)
		p := console.FurtherPost{Post: posts[i], Href: pageOf(e), May: v.mayDo(&posts[i]), Near: stageOf(e, v.now) <= near}
		if len(v.shops) > 1 {
			p.Shop = e.ShopName
		}
		out = append(out, p)
	}
	return out, later, nil
}

// toCome are the waves that go on or lie ahead, by their time.
func (v *visit) toCome() (out []*plan.Event) {
	for i := range v.events {
		if e := &v.events[i]; e.Campaign != "" && toCome(e, v.now) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *plan.Event) int { return a.From.Compare(b.From) })
	return out
}

// next is the wave of a shop that has not begun and begins first; nil: none is announced.
func (v *visit) next(shop plan.ID) *plan.Event {
	for _, e := range v.toCome() {
		if e.Shop == shop && stageOf(e, v.now) != goingOn {
			return e
		}
	}
	return nil
}
