package edge

import (
	"net/http"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/radar"
)

// What the radar is told: who came, how, and what came before them. Nothing that happens
// to a request waits for any of it, or depends on it.

// arrive counts a newcomer by how he came. Who reads on, from one page of the shop to
// another, has come before.
func (x *exchange) arrive() {
	if x.r.Method != http.MethodGet || x.sent("Sec-Fetch-Site") == "same-origin" {
		return
	}
	referer := x.sent("Referer")
	if radar.FromHost(referer, x.host) {
		return
	}
	path := x.asked.Path
	n := tally.Newcomer{Path: path}
	if n.Post = x.shop.tally.Arrive(x.now, x.client, x.sent("User-Agent"), path); n.Post != "" {
		n.By = falochron.ByLink
		x.shop.tally.Add(x.now, n)
		return
	}
	sign := radar.Recognise(radar.Came{Agent: x.says(), App: x.sent("X-Requested-With"), Referer: referer, Query: x.asked.Query})
	n.Channel, n.By = sign.Channel, sign.By
	if n.Marks = radar.MarksOf(x.asked.Query); n.Marks != (radar.Marks{}) {
		n.By = falochron.ByCampaign
		n.Post = x.shop.links.Load().byMarks[n.Marks]
		if c := n.Marks.Channel(); c != falochron.ChannelUnknown {
			n.Channel = c // who made the link says so
		}
	}
	x.shop.tally.Add(x.now, n)
}

// fetchedAhead counts what is fetched to be shown beside a link to the page at a path, or
// before anybody has clicked.
func (x *exchange) fetchedAhead(path string) {
	switch {
	case x.r.Method != http.MethodGet:
	case x.class == falochron.ClassPrefetch:
		x.shop.tally.Prefetch(x.now, path)
	case x.class == falochron.ClassBot:
		if by := radar.PreviewerOf(x.r.Header.Get("User-Agent")); by != radar.NoPreviewer {
			x.shop.tally.Preview(x.now, path, by)
		}
	}
}
