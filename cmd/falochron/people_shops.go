package main

import (
	"slices"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// campaignsAtOnce is how many campaigns of a shop the list of shops leads to: the
// nearest. The calendar has all.
const campaignsAtOnce = 5

// shopsPage lists the reader's shops with the pages of each.
func shopsPage(v *visit) (console.View, error) {
	view := &console.ShopsView{Frame: v.frame(v.zone())}
	all := v.toCome()
	for i := range v.shops {
		s := &v.shops[i]
		id := string(s.Shop.ID)
		row := console.ShopPages{Name: s.Shop.Name}
		if e := v.next(s.Shop.ID); e != nil {
			row.Next = e.From.In(e.Zone)
		}
		add := func(page, name, href string) {
			if v.opens(page) {
				row.Pages = append(row.Pages, console.Link{Page: page, Name: name, Href: console.Path(href)})
			}
		}
		add("influencer", "", "/plan/next/"+id)
		var seen []plan.ID
		for _, e := range all {
			if e.Shop != s.Shop.ID || slices.Contains(seen, e.Campaign) || len(seen) == campaignsAtOnce {
				continue
			}
			seen = append(seen, e.Campaign)
			name := e.Name
			if name == "" {
				name = string(e.Campaign)
			}
			add("campaign", name, "/plan/campaign/"+string(e.Campaign))
		}
		add("vessels", "", "/plan/vessels/"+id)
		if e := v.pressing(s.Shop.ID, ""); e != nil {
			add("war-room", "", "/plan/war-room/"+string(e.Campaign))
		}
		add("history", "", "/plan/history/"+id)
		view.Shops = append(view.Shops, row)
	}
	return view, nil
}
