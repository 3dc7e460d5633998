package main

import (
	"net/http"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
)

// linksOf gives the posts of a campaign their short links, with who came by each.
func (v *visit) linksOf(campaign plan.ID, posts []console.Post) {
	var links []plan.ShortLink
	var err error
	v.plan.Read(func(b *plan.Book) { links, err = b.ShortLinks(v.now, v.who, campaign) })
	if err != nil {
		return // the page says so where it matters
	}
	for i := range posts {
		p := &posts[i]
		for _, l := range links {
			if string(l.Post) != p.ID || l.URL == "" {
				continue
			}
			p.Short, p.QR = l.URL, console.Path("/plan/campaign/"+string(campaign)+"/qr/"+p.ID)
			p.By = v.cameBy(l.Post)
		}
	}
}

// cameBy is how many came by a post's short link.
func (v *visit) cameBy(post plan.ID) int {
	if v.pulse == nil {
		return 0
	}
	seen, _ := control.PostVitals(v.pulse.source, post)
	return int(seen.Arrivals)
}

// showQR answers with the QR code of a post's short link.
func (p *planPages) showQR(w http.ResponseWriter, r *http.Request) {
	v, err := p.enter(r)
	if err != nil {
		p.turnAway(w, r, err)
		return
	}
	var links []plan.ShortLink
	p.plan.Read(func(b *plan.Book) { links, err = b.ShortLinks(v.now, v.who, plan.ID(r.PathValue("campaign"))) })
	if err == nil {
		err = control.ShowQR(w, links, plan.ID(r.PathValue("post")))
	}
	if err != nil {
		http.Error(w, "there is no such picture", falochron.KindOf(err).Status())
	}
}
