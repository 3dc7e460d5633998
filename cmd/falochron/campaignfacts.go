package main

import (
	"slices"
	"time"

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

// pastOf are the shop's posts before a campaign, as far as it is known what they brought.
func pastOf(b *plan.Book, now time.Time, k *plan.Campaign) []forecast.Past {
	all, err := b.Past(now, plan.Actor{Role: plan.Operator}, k.Shop)
	if err != nil {
		return nil
	}
	return pastToForecast(slices.DeleteFunc(all, func(p plan.PastPost) bool { return campaignOf(p.Post.ID) == k.ID }))
}

// pastToForecast makes of what was counted in the first hour what a post brought in all:
// without those who come anyway, and with those who come later, as its channel has it.
// What cannot be told of is left out.
func pastToForecast(all []plan.PastPost) (out []forecast.Past) {
	for i := range all {
		p, o := &all[i].Post, &all[i].Outcome
		share, known := forecast.Channel(p.Channel).FirstHour()
		if !known || o.Before < 0 || !all[i].Alone {
			continue
		}
		came := max(0, float64(o.FirstHour-o.Before))
		f := forecast.Past{
			Channel: forecast.Channel(p.Channel), Account: p.Account, Reach: p.Reach, Followers: p.Followers, Proof: p.Proof, Limited: p.Limited,
			Visitors: int(came/share + 0.5), Orders: -1,
		}
		if o.Orders >= 0 && o.FirstHour > 0 {
			f.Orders = int(float64(o.Orders)*came/float64(o.FirstHour)/share + 0.5)
		}
		out = append(out, f)
	}
	return out
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
