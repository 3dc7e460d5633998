package main

import (
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// campaignToForecast are the posts and evenings of which it can be said how many come,
// with their ids.
func campaignToForecast(k *plan.Campaign) (c forecast.Campaign, ids []plan.ID) {
	if k.Cancelled {
		return c, nil
	}
	c.Stock = k.Stock
	add := func(id plan.ID, p forecast.Post) {
		c.Posts, ids = append(c.Posts, p), append(ids, id)
	}
	for i := range k.Posts {
		p := &k.Posts[i]
		channel := forecast.Channel(p.Channel)
		_, seen := channel.Seen()
		_, clicks := channel.Click("")
		if p.State == plan.Cancelled || !clicks || p.Reach == 0 && (p.Followers == 0 || !seen) {
			continue
		}
		f := forecast.Post{
			Name: p.Name, Channel: channel, Account: p.Account, At: p.At, Slip: p.Slip, Reach: p.Reach, Followers: p.Followers,
			Proof: p.Proof, Limited: p.Limited, Coupon: p.Coupon, Price: p.Price, Stock: p.Stock,
		}
		if p.State != plan.Planned {
			f.Slip = 0 // it is certain now
		}
		if p.Click > 0 {
			f.Click = &p.Click
		}
		if p.Buy > 0 {
			f.Buy = &p.Buy
		}
		add(p.ID, f)
	}
	for i := range k.Evenings {
		if e := &k.Evenings[i]; e.State != plan.Cancelled && e.Reach > 0 {
			add(e.ID, forecast.Post{Name: e.Name, Channel: "timed-drop", At: e.Start, Reach: e.Reach})
		}
	}
	return c, ids
}

// forecastFacts are what readiness needs of a forecast: the minute that matters.
func forecastFacts(a *forecast.Answer) plan.Facts {
	of := a.First[0].People
	if a.Minute.Busiest {
		of = a.BusiestMinute
	}
	return plan.Facts{
		FirstMinute: plan.Interval{Low: of.Low, Mid: a.Minute.People, High: of.High},
		Busiest:     a.Minute.Busiest, Buy: a.Minute.Buy,
	}
}
