package config

import (
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// Campaign is what falochron forecast can be told: what was announced, and what
// the shop can take.
type Campaign struct {
	// Name is for people. Default empty.
	Name string `yaml:"name"`
	// Posts are the announced posts. At least one is needed, at most 20.
	Posts []Post `yaml:"posts"`
	// Stock is how many articles the posts without a stock of their own sell from
	// together. Default 0, which means enough for all.
	Stock int `yaml:"stock"`
	// Uninvited is the share of all visitors whom no post has called: bots, link
	// previews, people who come by themselves. Default empty, which means 10 %, or
	// 30 % if an offer is limited. 0 means none.
	Uninvited *Share `yaml:"uninvited"`
	// Patience is how long a line may get before more workers are asked for.
	// Default 6m (a guess). Zero means the default.
	Patience time.Duration `yaml:"patience"`
	// Capacity is what the shop can take.
	Capacity Capacity `yaml:"capacity"`
}

// Post is one announced post.
type Post struct {
	// Name is for people. Default empty, which means the channel's.
	Name string `yaml:"name"`
	// Channel is where it is posted: "instagram-story", "tiktok" and others. It may
	// not be empty.
	Channel string `yaml:"channel"`
	// Account is whose it is, as in the history of past posts. Default empty, which
	// means nobody's that is known.
	Account string `yaml:"account"`
	// Link is how people get to the shop: "direct", "bio" or "spoken". Default
	// empty, which means what is usual on the channel.
	Link string `yaml:"link"`
	// At is when it is to go out. It may not be empty.
	At time.Time `yaml:"at"`
	// Slip is how much earlier or later it may go out. Default 0, which means that
	// it is on time.
	Slip time.Duration `yaml:"slip"`
	// Reach is how many people will see it: viewers, plays, people in the live, in
	// the chat or on the list. Default 0, which means that Followers are given.
	Reach int `yaml:"reach"`
	// Followers is the size of the account, for channels of which it is known how
	// many followers see a post. Default 0, which means that Reach is given.
	Followers int `yaml:"followers"`
	// Proof says that the numbers were shown, not told. Default false.
	Proof bool `yaml:"proof"`
	// Click is the share of those who see it and come. Default empty, which means
	// what is known of the channel. 0 is refused.
	Click *Share `yaml:"click"`
	// Buy is the share of those who come and want to buy. Default empty, which
	// means 1.5 %, or 10 % of a limited offer. 0 is refused.
	Buy *Share `yaml:"buy"`
	// Limited says that there is not enough for all, and people know it. Default
	// false.
	Limited bool `yaml:"limited"`
	// Coupon is the code in the link, for people. Default empty.
	Coupon string `yaml:"coupon"`
	// Price is what one order is worth, in the shop's currency. Default 0, which
	// means not said.
	Price Amount `yaml:"price"`
	// Stock is how many articles this post alone sells. Default 0, which means the
	// campaign's stock.
	Stock int `yaml:"stock"`
	// Boost is a second wave of the same post.
	Boost Boost `yaml:"boost"`
}

// Boost is a second wave of a post: paid, or shared by somebody large.
type Boost struct {
	// After is how long after the post it begins. Default 0, which means at once.
	After time.Duration `yaml:"after"`
	// Share is how many it brings, as a share of the post's own people. Default
	// empty, which means none, as does 0.
	Share *Share `yaml:"share"`
}

// Capacity is what the shop can take.
type Capacity struct {
	// OrdersPerMinute are those it finishes: measured on its live page, or in a
	// rehearsal. Default 0, which means not known.
	OrdersPerMinute Amount `yaml:"orders_per_minute"`
	// Replicas it has meanwhile; more are then asked for in replicas. Default 0,
	// which means that workers are asked for.
	Replicas int `yaml:"replicas"`
	// WorkerTime is how long one worker is busy with one order, cart and till
	// together. Default 4s (hosts report 4 to 12). Zero means the default.
	WorkerTime time.Duration `yaml:"worker_time"`
}

// History is what is remembered of posts that are over.
type History struct {
	// Posts are the past posts, at most 500.
	Posts []PastPost `yaml:"posts"`
}

// PastPost is a post that is over.
type PastPost struct {
	// Channel is where it was posted. It may not be empty.
	Channel string `yaml:"channel"`
	// Account is whose it was. Default empty, which means nobody's that is known.
	Account string `yaml:"account"`
	// Link is how people got to the shop. Default empty, which means what is usual
	// on the channel.
	Link string `yaml:"link"`
	// Reach is how many people saw it. Default 0, which means that Followers are
	// given.
	Reach int `yaml:"reach"`
	// Followers is the size the account had. Default 0, which means that Reach is
	// given.
	Followers int `yaml:"followers"`
	// Proof says that the numbers were shown, not told. Default false.
	Proof bool `yaml:"proof"`
	// Limited says that there was not enough for all. Default false.
	Limited bool `yaml:"limited"`
	// Visitors are the people who came because of it; 0 means that nobody did.
	Visitors int `yaml:"visitors"`
	// Orders they placed. Default empty, which means not known; 0 means none.
	Orders *int `yaml:"orders"`
}

// Share is a part of a whole, from 0 to 1.
type Share float64

// Amount is a number that may have a fraction.
type Amount float64

// Plain is the campaign with its past posts as the room that forecasts takes it.
func (c *Campaign) Plain(h *History) forecast.Campaign {
	out := forecast.Campaign{
		Name: c.Name, Uninvited: (*float64)(c.Uninvited), Stock: c.Stock, Patience: c.Patience,
		Capacity: forecast.Capacity{
			OrdersPerMinute: float64(c.Capacity.OrdersPerMinute), Replicas: c.Capacity.Replicas, WorkerSeconds: c.Capacity.WorkerTime.Seconds(),
		},
	}
	for _, p := range c.Posts {
		post := forecast.Post{
			Name: p.Name, Channel: forecast.Channel(p.Channel), Account: p.Account, Link: forecast.Link(p.Link), At: p.At, Slip: p.Slip,
			Reach: p.Reach, Followers: p.Followers, Proof: p.Proof, Click: (*float64)(p.Click), Buy: (*float64)(p.Buy), Limited: p.Limited,
			Coupon: p.Coupon, Price: float64(p.Price), Stock: p.Stock, Boost: forecast.Boost{After: p.Boost.After},
		}
		if p.Boost.Share != nil {
			post.Boost.Share = float64(*p.Boost.Share)
		}
		out.Posts = append(out.Posts, post)
	}
	for _, p := range h.Posts {
		past := forecast.Past{
			Channel: forecast.Channel(p.Channel), Account: p.Account, Link: forecast.Link(p.Link), Reach: p.Reach, Followers: p.Followers,
			Proof: p.Proof, Limited: p.Limited, Visitors: p.Visitors, Orders: -1,
		}
		if p.Orders != nil {
			past.Orders = *p.Orders
		}
		out.Past = append(out.Past, past)
	}
	return out
}
