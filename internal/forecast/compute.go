package forecast

import (
	"math"
	"time"
)

// Answer computes everything that is asked of a campaign.
func (w *Worlds) Answer() *Answer {
	a := &Answer{Campaign: w.campaign, Begins: w.origin}
	if len(w.campaign.Posts) == 0 {
		return a
	}
	all := make([]figures, len(w.each))
	shared := map[float64][]float64{}
	band := w.newBand(shared)
	for i := range w.each {
		c := w.crowd(&w.each[i], shared)
		all[i] = w.count(&w.each[i], &c)
		w.stand(&w.each[i], &c, &all[i])
		band.add(&w.each[i], &c)
	}
	over := func(of func(f *figures) float64) Range {
		v := make([]float64, len(all))
		for i := range all {
			v[i] = of(&all[i])
		}
		return ranged(v)
	}
	for i := range windows {
		win := Window{
			People:   over(func(f *figures) float64 { return f.people[i] }),
			Visitors: over(func(f *figures) float64 { return f.visitors[i] }),
			Orders:   over(func(f *figures) float64 { return f.orders[i] }),
		}
		if i < len(a.First) {
			win.Length = seconds(windows[i])
			a.First[i] = win
		} else {
			a.Total = win
		}
	}
	a.Peak = over(func(f *figures) float64 { return f.peak })
	a.PeakAfter = over(func(f *figures) float64 { return f.peakAfter })
	a.BusiestMinute = over(func(f *figures) float64 { return f.busiest })
	a.OrdersPerMinute = over(func(f *figures) float64 { return f.busiestOrders })
	a.Sales = over(func(f *figures) float64 { return f.sales })
	a.Uninvited = w.drawn(func(v *world) float64 { return v.uninvited })
	a.Buy = over(func(f *figures) float64 { return f.buy })
	a.Minute = Minute{People: round(a.First[0].People.Mid), Buy: round(a.Buy.Mid)}
	if len(w.campaign.Posts) > 1 {
		a.Minute = Minute{Busiest: true, People: round(a.BusiestMinute.Mid)}
		if a.BusiestMinute.Mid > 0 {
			a.Minute.Buy = round(a.OrdersPerMinute.Mid / a.BusiestMinute.Mid)
		}
	}
	a.Minute.Orders = a.Minute.People * a.Minute.Buy
	for i := range w.campaign.Posts {
		p := w.post(i)
		p.People = over(func(f *figures) float64 { return f.posts[i] })
		p.Buy = w.drawn(func(v *world) float64 { return v.buy[i] })
		p.FirstMinute = over(func(f *figures) float64 { return f.minutes[i] })
		a.Posts = append(a.Posts, p)
	}
	for p := range w.pools {
		if !math.IsInf(w.pools[p].stock, 1) {
			s := w.soldOut(p, all)
			s.Without = over(func(f *figures) float64 { return f.without[p] })
			a.Stocks = append(a.Stocks, s)
		}
	}
	if w.campaign.Capacity.OrdersPerMinute > 0 {
		a.Line = w.line(a, over)
		for i := range all {
			if all[i].inLine >= 1 {
				a.Line.Chance++
			}
		}
		a.Line.Chance /= float64(len(all))
	}
	a.Curve = band.curve(w.origin)
	return a
}

func (w *Worlds) drawn(of func(v *world) float64) Range {
	out := make([]float64, len(w.each))
	for i := range w.each {
		out[i] = of(&w.each[i])
	}
	return ranged(out)
}

// post is what can be said of a post without its figures.
func (w *Worlds) post(i int) PostAnswer {
	p := w.campaign.Posts[i]
	a := PostAnswer{Name: p.Name, At: p.At, Slip: p.Slip, Proof: p.Proof, Used: w.used[i]}
	if a.Name == "" {
		a.Name = string(p.Channel)
	}
	a.Audience, a.Estimated = audience(p.Channel, p.Reach, p.Followers)
	if a.Click, _ = p.Channel.Click(p.Link); p.Click != nil {
		a.Click, a.Stated = *p.Click, true
	}
	return a
}

// soldOut says how often and when a pool is sold out.
func (w *Worlds) soldOut(p int, all []figures) StockAnswer {
	var after []float64
	for i := range all {
		if !math.IsInf(all[i].gone[p], 1) {
			after = append(after, all[i].gone[p])
		}
	}
	s := StockAnswer{Posts: w.pools[p].posts, Stock: int(w.pools[p].stock), Chance: float64(len(after)) / float64(len(all))}
	if len(after) > 0 {
		s.After = ranged(after)
	}
	return s
}

// line says what happens before the shop.
func (w *Worlds) line(a *Answer, over func(func(*figures) float64) Range) *Line {
	c := w.campaign.Capacity
	l := &Line{
		Wait:     over(func(f *figures) float64 { return f.wait }),
		People:   over(func(f *figures) float64 { return f.inLine }),
		Ends:     over(func(f *figures) float64 { return f.ends }),
		Workers:  over(func(f *figures) float64 { return float64(c.units(f.need * 60)) }),
		Until:    over(func(f *figures) float64 { return f.till }),
		Have:     c.units(c.OrdersPerMinute),
		Replicas: c.Replicas > 0,
		Patience: w.patience(),
	}
	stock := 0.0
	for _, p := range w.pools {
		stock += p.stock
	}
	l.Served = min(a.Minute.Orders, stock)
	l.WorkedOff = time.Duration(l.Served / c.OrdersPerMinute * float64(time.Minute))
	l.Enough = c.units(l.Served / l.Patience.Minutes())
	return l
}

// units are the workers, or replicas, that finish so many orders a minute.
func (c Capacity) units(orders float64) int {
	each := 60.0 / DefaultWorkerSeconds
	switch {
	case c.Replicas > 0:
		each = c.OrdersPerMinute / float64(c.Replicas)
	case c.WorkerSeconds > 0:
		each = 60 / c.WorkerSeconds
	}
	return int(math.Ceil(orders/each - 1e-6))
}
