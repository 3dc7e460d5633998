package toyshop

import (
	"math"
	"math/rand/v2"
	"time"
)

// A route is a kind of work with its own usual duration.
type route int

// The routes that hold a worker.
const (
	home route = iota
	category
	product
	search
	cartAdd
	cartView
	checkout
	placeOrder
	callback
	thanks
	account
	notFound // as WordPress, the shop boots to say that there is nothing

	// Only a shop in a guise has these. Added at the end: the number of a route is
	// its stream of chance.
	fragment // a piece of a page, the cart's mostly: costs as much as an add to cart
	apiRead  // catalogue for scripts
	signIn   // signing in and out
	numRoutes

	firstOfGuise = fragment
)

// routes names the routes (for people and [Stats]) and gives the mean duration
// on an idle shop. The durations are those of a small WooCommerce on a shared
// host: a page 0.1 to 0.4 s, an order a few pages' worth.
var routes = [numRoutes]struct {
	name string
	base time.Duration
}{
	home:       {"home", 300 * time.Millisecond},
	category:   {"category", 400 * time.Millisecond},
	product:    {"product", 350 * time.Millisecond},
	search:     {"search", 450 * time.Millisecond},
	cartAdd:    {"cart_add", 300 * time.Millisecond},
	cartView:   {"cart", 350 * time.Millisecond},
	checkout:   {"checkout", 450 * time.Millisecond},
	placeOrder: {"order", 900 * time.Millisecond},
	callback:   {"callback", 100 * time.Millisecond},
	thanks:     {"thanks", 200 * time.Millisecond},
	account:    {"account", 300 * time.Millisecond},
	notFound:   {"not_found", 300 * time.Millisecond},
	fragment:   {"fragment", 300 * time.Millisecond},
	apiRead:    {"api_read", 250 * time.Millisecond},
	signIn:     {"sign_in", 350 * time.Millisecond},
}

func (r route) String() string { return routes[r].name }

// spread is σ of the lognormal service times: the longest of twenty takes about
// twice the shortest, as measured on shops whose code is warm.
const spread = 0.35

// load is how busy the shop is at the moment a worker takes a request up.
type load struct {
	busy, workers   int // workers held, this one included
	queued, backlog int // requests waiting behind it
}

// stretch is how much longer everything takes under that load: 1 when idle,
// 1.3 when all workers are busy (they share cores and locks), 1.8 when the
// backlog is full as well (sockets, memory, swapping).
func (l load) stretch() float64 {
	busy := float64(l.busy) / float64(l.workers)
	s := 1 + 0.3*busy*busy
	if l.backlog > 0 {
		s += 0.5 * float64(l.queued) / float64(l.backlog)
	}
	return s
}

// serviceTime is how long the nth request of a route (from 0) holds its worker.
// It depends on its arguments alone: the same seed gives the same shop.
func serviceTime(seed uint64, r route, n uint64, pace float64, l load) time.Duration {
	return time.Duration(float64(routes[r].base) * luck(seed, uint64(r), n) * pace * l.stretch())
}

// luck is lognormal with mean 1.
func luck(seed, stream, n uint64) float64 {
	z := dice(seed, stream, n).NormFloat64()
	return math.Exp(spread*z - spread*spread/2)
}

// dice returns the chance of the nth event of a stream. Streams below numRoutes
// are service times.
func dice(seed, stream, n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream<<56^n))
}

// Streams of chance besides the routes.
const (
	streamLock uint64 = 100 + iota
	streamCallback
)
