package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// campaign holds a campaign against every bound.
func (d *decoder) campaign(c *Campaign) {
	switch n := len(c.Posts); {
	case n == 0:
		d.fault("posts", "", "needs at least one post", "each has at least channel, at and reach")
	case n > 20:
		d.fault("posts", strconv.Itoa(n), "must be at most 20", "a campaign of more is several")
	}
	for i := range c.Posts {
		d.post(fmt.Sprintf("posts[%d]", i), &c.Posts[i])
	}
	within(d, "stock", c.Stock, 0, mostPeople)
	d.share("uninvited", c.Uninvited, true, 0.95)
	d.upTo("patience", c.Patience, 24*time.Hour)
	d.amount("capacity.orders_per_minute", c.Capacity.OrdersPerMinute, 10_000_000)
	within(d, "capacity.replicas", c.Capacity.Replicas, 0, 10_000)
	d.upTo("capacity.worker_time", c.Capacity.WorkerTime, 10*time.Minute)
	if c.Capacity.Replicas > 0 && c.Capacity.OrdersPerMinute == 0 {
		d.fault("capacity.replicas", strconv.Itoa(c.Capacity.Replicas), "needs capacity.orders_per_minute", "how much do they finish together?")
	}
}

// mostPeople bounds counts: there are not more people.
const mostPeople = 2_000_000_000

func (d *decoder) post(key string, p *Post) {
	d.audience(key, p.Channel, p.Link, p.Reach, p.Followers, p.Click != nil)
	if p.At.IsZero() {
		d.fault(key+".at", "", "is missing", "when it is to go out, like 2026-12-01T20:00:00+01:00")
	}
	d.upTo(key+".slip", p.Slip, 14*24*time.Hour)
	d.share(key+".click", p.Click, false, 1)
	d.share(key+".buy", p.Buy, false, 1)
	d.amount(key+".price", p.Price, 10_000_000)
	within(d, key+".stock", p.Stock, 0, mostPeople)
	d.upTo(key+".boost.after", p.Boost.After, 28*24*time.Hour)
	d.share(key+".boost.share", p.Boost.Share, true, 100)
	if p.Boost.After > 0 && p.Boost.Share == nil {
		d.fault(key+".boost.share", "", "is missing", "how many it brings, as a share of the post's own people: 30%")
	}
}

// audience holds against what is known of channels how many see a post and come.
func (d *decoder) audience(key, channel, link string, reach, followers int, click bool) {
	c := forecast.Channel(channel)
	known := len(c.Links()) > 0
	if !known {
		d.channel(key+".channel", channel)
	}
	switch _, figure := c.Click(forecast.Link(link)); {
	case link != "" && link != string(forecast.Direct) && link != string(forecast.Bio) && link != string(forecast.Spoken):
		d.fault(key+".link", strconv.Quote(link), "must be direct, bio or spoken", "")
	case known && !figure && !click:
		d.fault(key+".link", strconv.Quote(link), "has no figure on "+channel, "say click, the share of those who see it and come")
	}
	within(d, key+".reach", reach, 0, mostPeople)
	within(d, key+".followers", followers, 0, mostPeople)
	_, seen := c.Seen()
	switch {
	case reach > 0 && followers > 0:
		d.fault(key+".followers", strconv.Itoa(followers), "together with reach", "give the one or the other; reach is surer")
	case reach == 0 && followers == 0:
		d.fault(key+".reach", "", "is missing", "how many people will see it, or followers of an account")
	case reach == 0 && known && !seen:
		d.fault(key+".followers", strconv.Itoa(followers), "is no figure for "+channel, "nobody knows how many followers see it; say reach")
	}
}

// channel says which channels there are to somebody who named none of them.
func (d *decoder) channel(key, channel string) {
	var names []string
	for _, c := range forecast.Channels() {
		names = append(names, string(c))
	}
	one := "one of " + strings.Join(names, ", ")
	if channel == "" {
		d.fault(key, "", "is missing", one)
		return
	}
	d.fault(key, strconv.Quote(channel), "is not known", one+"; take the one most like it, and say click")
}

func (d *decoder) history(h *History) {
	if n := len(h.Posts); n > 500 {
		d.fault("posts", strconv.Itoa(n), "must be at most 500", "the newest say most")
		return
	}
	for i := range h.Posts {
		p, key := &h.Posts[i], fmt.Sprintf("posts[%d]", i)
		d.audience(key, p.Channel, p.Link, p.Reach, p.Followers, false)
		within(d, key+".visitors", p.Visitors, 0, mostPeople)
		if p.Orders != nil {
			within(d, key+".orders", *p.Orders, 0, mostPeople)
			if *p.Orders > p.Visitors {
				d.fault(key+".orders", strconv.Itoa(*p.Orders), "is more than visitors", "only orders of people who came because of the post")
			}
		}
	}
}

func (d *decoder) share(key string, s *Share, zero bool, most float64) {
	switch {
	case s == nil:
	case !zero && *s == 0:
		d.fault(key, "0", "must be above 0", "remove the key to get what is known")
	case *s < 0 || float64(*s) > most:
		d.fault(key, strconv.FormatFloat(float64(*s), 'g', -1, 64), fmt.Sprintf("must be from 0 to %g%%", 100*most), "5% and 0.05 are the same")
	}
}

func (d *decoder) amount(key string, a Amount, most float64) {
	if !(a >= 0 && float64(a) <= most) {
		d.fault(key, strconv.FormatFloat(float64(a), 'g', -1, 64), fmt.Sprintf("must be from 0 to %.0f", most), "")
	}
}

func (d *decoder) upTo(key string, v, most time.Duration) { within(d, key, v, 0, most) }
