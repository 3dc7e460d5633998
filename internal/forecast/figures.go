package forecast

import (
	"math"
	"time"
)

// windows are the lengths of Answer.First, in seconds; the last one is all of it.
var windows = [4]float64{60, 600, 3600, math.MaxFloat64}

// figures are what is asked of one world. Moments are seconds from its beginning.
type figures struct {
	people, visitors, orders [len(windows)]float64
	peak, peakAfter          float64
	busiest, busiestOrders   float64 // people, not visitors

	posts, minutes                 []float64 // by post
	wait, inLine, ends, need, till float64
	gone, without                  []float64 // by pool
	sales                          float64
	buy                            float64 // share of the first minute's people
}

// count takes what comes, apart from what the shop makes of it.
func (w *Worlds) count(v *world, c *crowd) figures {
	f := figures{posts: make([]float64, len(w.campaign.Posts)), minutes: make([]float64, len(w.campaign.Posts))}
	begin := v.begins()
	came, wanted := summed(c.people), summed(c.wanted())
	all := 1 / (1 - v.uninvited) // visitors for each person who was called
	var people, visitors, orders, cameBefore, wantedBefore float64
	for i, length := range windows {
		came, wanted := c.before(came, begin+length), c.before(wanted, begin+length)
		people += scatter(came-cameBefore, v.noise[i])
		visitors += scatter((came-cameBefore)*all, v.noise[i])
		orders += scatter(wanted-wantedBefore, v.noise[i])
		f.people[i], f.visitors[i], f.orders[i] = people, visitors, orders
		if i == 0 && came > 0 {
			f.buy = wanted / came
		}
		cameBefore, wantedBefore = came, wanted
	}
	rate, at := c.peak()
	f.peak, f.peakAfter = rate*all, at-begin
	f.busiest, f.busiestOrders = c.busiest(came, 60), c.busiest(wanted, 60)
	for i, wave := range v.waves {
		f.posts[wave.post] += wave.people
		if i == wave.post { // the post itself, not its boost
			f.minutes[i] = scatter(wave.people*w.curves[i].by(60, wave.faster), v.noise[0])
		}
	}
	for p, people := range f.posts {
		f.posts[p] = scatter(people, v.noise[len(windows)-1])
	}
	return f
}

// begins is when the first post of a world goes out.
func (v *world) begins() float64 {
	first := math.Inf(1)
	for _, wave := range v.waves {
		first = min(first, wave.at)
	}
	return first
}

// stand lets the world's people stand in line before the shop, and sells to them.
func (w *Worlds) stand(v *world, c *crowd, f *figures) {
	stock, begin := make([]float64, len(w.pools)), v.begins()
	for p := range w.pools {
		stock[p] = w.pools[p].stock
	}
	rate := w.campaign.Capacity.OrdersPerMinute / 60
	if rate <= 0 { // not known: as if the shop could take all
		rate = math.MaxFloat64 / 1e12
	}
	l := c.run(rate, rate, stock)
	f.wait, f.inLine, f.ends = l.wait, l.people, max(0, l.ends-begin)
	for p, pool := range w.pools {
		total, first := 0.0, math.Inf(1)
		for k := range c.want[p] {
			total += c.want[p][k]
		}
		worth, orders := 0.0, 0.0
		for _, post := range pool.posts {
			first = min(first, v.waves[post].at)
			sold := v.waves[post].people * v.buy[post]
			orders += sold
			worth += sold * w.campaign.Posts[post].Price
		}
		f.gone, f.without = append(f.gone, l.gone[p]-first), append(f.without, max(0, total-l.served[p]))
		if orders > 0 {
			f.sales += l.served[p] * worth / orders
		}
	}
	if w.campaign.Capacity.OrdersPerMinute <= 0 {
		return
	}
	patience := w.patience().Seconds()
	f.need = c.rateFor(rate, patience, stock)
	if f.need > rate {
		f.till = max(0, c.run(f.need, rate, stock).eased-begin)
	}
}

func (w *Worlds) patience() time.Duration {
	if w.campaign.Patience > 0 {
		return w.campaign.Patience
	}
	return DefaultPatience
}
