package plan

import (
	"math"
	"time"
)

// What a line may be. All three are guesses; patience is that of the forecast.
const (
	patience    = 6 * time.Minute // how long a line may be that people bear; sets how many workers are asked for
	longestLine = time.Hour       // beyond it a line is no offer any more
	noLine      = time.Minute     // what comes in a minute and is finished in one is no line
)

// Load is the minute that matters against what the shop takes.
type Load struct {
	People, Buy, Orders float64 // Orders is People × Buy
	Busiest             bool    // the minute is the busiest one, not the first
	Served              float64 // Orders, or the stock if it is less
	OrdersPerMinute     float64 // the shop takes; 0 is not known
	// Queue is how long the line of Served is; QueueHigh that of the upper end of the
	// forecast.
	Queue, QueueHigh time.Duration
	// Have are the workers (or replicas) now, and Need how many do it within Within. 0
	// is not known.
	Have, Need int
	Replicas   bool
	Within     time.Duration
}

// load counts it: orders = people × share; queue = orders ÷ orders a minute; workers
// = orders ÷ patience ÷ orders a minute of one worker, rounded up.
func load(f *Facts, k Capacity, stock int) Load {
	l := Load{People: math.Round(f.FirstMinute.Mid), Buy: f.Buy, Busiest: f.Busiest, OrdersPerMinute: k.OrdersPerMinute, Have: k.Workers, Replicas: k.Replicas, Within: patience}
	l.Orders = l.People * l.Buy
	l.Served = l.Orders
	high := f.FirstMinute.High * l.Buy
	if stock > 0 {
		l.Served, high = min(l.Served, float64(stock)), min(high, float64(stock))
	}
	if k.OrdersPerMinute <= 0 {
		return l
	}
	l.Queue, l.QueueHigh = minutes(l.Served/k.OrdersPerMinute), minutes(high/k.OrdersPerMinute)
	if l.Have > 0 {
		each := k.OrdersPerMinute / float64(l.Have)
		// The tiny part keeps 34.000000001 from being 35.
		l.Need = int(min(math.Ceil(l.Served/patience.Minutes()/each-1e-9), 1e9))
	}
	return l
}

// minutes is a length of time that may be longer than can be said.
func minutes(m float64) time.Duration {
	return time.Duration(min(m, 1e7) * float64(time.Minute))
}

// Sentence says it: "30,000 people in the first minute, one in ten wants to buy: 3,000
// orders; your shop takes 120 a minute: an honest queue of 25 minutes, or 34 workers
// for 6 minutes."
func (l *Load) Sentence(in Language) string {
	minute := Words{"in the first minute", "w pierwszej minucie"}
	if l.Busiest {
		minute = Words{"in the busiest minute", "w najgorętszej minucie"}
	}
	s := in.count(whole(l.People), "people") + " " + minute.In(in) + ", " + oneIn(in, l.Buy) + ": "
	if l.Orders < 0.5 {
		s += Words{"hardly an order", "ledwie jedno zamówienie"}.In(in)
	} else {
		s += in.count(whole(l.Orders), "orders")
	}
	if l.Served < l.Orders {
		s += Words{"; there are ", "; jest "}.In(in) + in.count(l.Served, "pieces")
	}
	if l.OrdersPerMinute <= 0 {
		return s + Words{"; nobody knows how many orders your shop takes.", "; nie wiadomo, ile zamówień przyjmuje sklep."}.In(in)
	}
	s += Words{"; your shop takes ", "; sklep przyjmuje "}.In(in) + in.Number(l.OrdersPerMinute) + Words{" a minute: ", " na minutę: "}.In(in)
	if l.Queue <= noLine {
		return s + Words{"no line.", "bez kolejki."}.In(in)
	}
	s += Words{"an honest queue of ", "uczciwa kolejka na "}.In(in) + in.Span(l.Queue)
	if l.Need > l.Have {
		unit := "workers"
		if l.Replicas {
			unit = "replicas"
		}
		s += Words{", or ", " albo "}.In(in) + in.count(float64(l.Need), unit) + Words{" for ", " przez "}.In(in) + in.Span(l.Within)
	}
	return s + "."
}

// whole is an estimate of people or things, of which there are no parts; from a
// thousand on with two digits.
func whole(x float64) float64 {
	if x < 1000 {
		return math.Round(x)
	}
	return math.Round(round(x))
}

// oneIn says a share as people do: one in ten, one in 15, 1.5 %.
func oneIn(l Language, share float64) string {
	n := 0.0
	if share > 0 {
		n = math.Round(1 / share)
	}
	switch {
	case share >= 0.999:
		return Words{"all of whom want to buy", "wszyscy chcą kupić"}.In(l)
	case share > 0.4 || n == 0 || n > 20 && math.Mod(n, 10) != 0 || math.Abs(1/share-n) > 0.03*n:
		return l.Percent(share) + Words{" of them want to buy", " z nich chce kupić"}.In(l)
	case l != Polish && n == 10:
		return "one in ten wants to buy"
	}
	return Words{"one in ", "1 na "}.In(l) + l.Number(n) + Words{" wants to buy", " chce kupić"}.In(l)
}
