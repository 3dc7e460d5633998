package control

import (
	"net/url"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
)

// How far from now a post may lie to be what a wave comes from.
const (
	postsBefore = 12 * time.Hour // a story is seen for long
	postsAhead  = 6 * time.Hour  // nobody posts so much too early
)

// radarPost is an announced post, as the radar needs it and as people call it.
type radarPost struct {
	radar.Announced
	Campaign plan.ID
	Planned  plan.ID // the shop in the plan
	Kind     string  // its channel in the plan's words
	Account  string
	Party    plan.ID // of the influencer; empty: any of the campaign's
}

// readPosts reads what is announced around now for the shops of the edge.
func (r *Radar) readPosts(now time.Time) {
	by := make(map[string][]radarPost)
	op := plan.Actor{Role: plan.Operator}
	var shops []plan.ShopView
	r.cfg.Plan.Read(func(b *plan.Book) { shops, _ = b.Shops(now, op) }) // not open: nothing is announced
	names := make(map[plan.ID]string, len(shops))
	for i := range shops { // not while the plan is read: who answers reads it as well
		if name := r.cfg.Behind(&shops[i].Shop); name != "" {
			names[shops[i].Shop.ID] = name
			by[name] = append(by[name], radarPost{Planned: shops[i].Shop.ID}) // which shop it is, whether or not it has posts
		}
	}
	r.cfg.Plan.Read(func(b *plan.Book) {
		events, err := b.Calendar(now, op, now.Add(-postsBefore), now.Add(postsAhead))
		if err != nil {
			return
		}
		read := make(map[plan.ID]bool)
		for i := range events {
			e := &events[i]
			name := names[e.Shop]
			if name == "" || e.Kind != plan.PostEvent || read[e.Campaign] {
				continue
			}
			read[e.Campaign] = true
			k, err := b.Campaign(now, op, e.Campaign)
			if err != nil {
				continue
			}
			for j := range k.Campaign.Posts {
				p := &k.Campaign.Posts[j]
				if p.At.Before(now.Add(-postsBefore)) || p.At.After(now.Add(postsAhead)) {
					continue
				}
				by[name] = append(by[name], radarPost{
					Announced: radar.Announced{
						ID: string(p.ID), Channel: falochron.ChannelOf(p.Channel), At: p.At, Slip: p.Slip,
						Out: p.State == plan.Out, Off: p.State == plan.Cancelled || k.Campaign.Cancelled, Path: pathOf(p.Link),
					},
					Campaign: k.Campaign.ID, Planned: e.Shop, Kind: p.Channel, Account: p.Account, Party: p.Party,
				})
			}
		}
	})
	r.posts.Store(&by)
}

// planned is the shop of the plan that a shop of the edge is, and what is announced of
// it; empty: the plan has none.
func (r *Radar) planned(shop string) (id plan.ID, posts []radarPost) {
	for _, p := range (*r.posts.Load())[shop] {
		if id == "" {
			id = p.Planned
		}
		if p.ID != "" {
			posts = append(posts, p)
		}
	}
	return id, posts
}

// pathOf is the path of a link, "/" if it has none.
func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.EscapedPath()
}
