package toyshop

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/falochron/falochron"
)

// InMemory as [Config.Data] keeps stock and orders in memory: they die with the
// shop. For tests.
const InMemory = ":memory:"

// Defaults of [Config], where its zero value says "the usual".
const (
	DefaultWorkers = 8       // pm.max_children of a small shared host
	DefaultBacklog = 511     // listen.backlog of PHP-FPM
	DefaultPace    = 1.0     // service times as listed in routes
	DefaultStock   = 100_000 // of each article: never sold out by accident
)

// Bounds of [Config]. They keep a slip of the finger from becoming a million
// goroutines; they are no promise of speed.
const (
	MaxWorkers = 1024
	MaxBacklog = 65_535
	MaxPace    = 100.0
	MaxStock   = 1_000_000_000
	MaxHops    = 8
	MaxCold    = time.Hour
)

// Config is everything that can be chosen about a shop.
type Config struct {
	// Workers is how many dynamic requests are worked at once, 1 to
	// [MaxWorkers]. Zero means [DefaultWorkers].
	Workers int
	// Backlog is how many dynamic requests may wait for a worker, up to
	// [MaxBacklog]; the next one gets 502 at once. Zero means
	// [DefaultBacklog], negative means none.
	Backlog int
	// Data is the folder of the database. It is made when it is not there, and
	// an empty one becomes a fresh shop. [InMemory] uses none.
	Data string
	// Seed makes service times and other chance repeatable. Any value.
	Seed uint64
	// PublicURL is where the payment provider reaches the shop, as the world
	// does: scheme and host, no path. Empty means the shop's own listener. The imitations of
	// OpenCart, PrestaShop, WooCommerce and Zen Cart write it into the links of every page, as
	// those write what is in their configuration. Without one, OpenCart's writes the address it is
	// asked at, and the others' links have none.
	PublicURL string
	// Dial opens the connections of the payment provider to there. Nil means TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Pace multiplies every service time, above 0 and up to [MaxPace]; 3 is a
	// shop three times slower. Zero means [DefaultPace].
	Pace float64
	// Stock is how many of each article a fresh shop has, up to [MaxStock].
	// Zero means [DefaultStock], negative means none. A database that is
	// already there keeps its own.
	Stock int
	// RaceStock plants a classic bug: stock is checked and written without a
	// transaction, so crowds buy what is not there and a double click books
	// twice.
	RaceStock bool
	// MixCarts plants another: a page cache that forgets about sessions, so
	// now and then a visitor is shown a page made for somebody else.
	MixCarts bool
	// As is the name of the shop software to imitate, one of [Guises]: its
	// addresses, cookies, header fields and habits, and what breaks in it when
	// pages are shared wrongly. Empty means the toy shop's own plain manner.
	As string
	// Gullible makes the shop believe what careless shops believe of a request
	// though it stands in no cache's key: another host (X-Forwarded-Host), another
	// address (X-Original-URL, X-Rewrite-URL), another method
	// (X-HTTP-Method-Override), a form in the body of a GET; and read paths as
	// PHP does behind a lax web server. For tests of poisoning.
	Gullible bool
	// Hops is how many proxies stand before the shop and write into
	// X-Forwarded-For, up to [MaxHops]. Zero means that the client is whoever
	// connects. Only shops that limit addresses themselves look at it.
	Hops int
	// Cold is how long a shop that has just been opened is [coldPace] times as slow: its
	// code is not compiled yet and its caches are empty. At most [MaxCold]. Zero means that
	// it is warm from the beginning.
	Cold time.Duration
	// Log hears of starts, stops and faults, never of people: no names, no
	// e-mail addresses. Nil means silence.
	Log *slog.Logger
}

// withDefaults fills in the zero values and checks the rest.
func (c Config) withDefaults() (Config, error) {
	if c.Workers == 0 {
		c.Workers = DefaultWorkers
	}
	if c.Backlog == 0 {
		c.Backlog = DefaultBacklog
	}
	if c.Pace == 0 {
		c.Pace = DefaultPace
	}
	if c.Stock == 0 {
		c.Stock = DefaultStock
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Backlog, c.Stock = max(c.Backlog, 0), max(c.Stock, 0)

	switch {
	case c.Workers < 1 || c.Workers > MaxWorkers:
		return c, invalid(fmt.Sprintf("workers: %d is out of bounds", c.Workers), fmt.Sprintf("write 1 to %d", MaxWorkers))
	case c.Backlog > MaxBacklog:
		return c, invalid(fmt.Sprintf("backlog: %d is out of bounds", c.Backlog), fmt.Sprintf("write at most %d", MaxBacklog))
	case !validPace(c.Pace):
		return c, invalid(fmt.Sprintf("pace: %v is out of bounds", c.Pace), fmt.Sprintf("write a number above 0, at most %v", MaxPace))
	case c.Stock > MaxStock:
		return c, invalid(fmt.Sprintf("stock: %d is out of bounds", c.Stock), fmt.Sprintf("write at most %d", MaxStock))
	case c.Hops < 0 || c.Hops > MaxHops:
		return c, invalid(fmt.Sprintf("hops: %d is out of bounds", c.Hops), fmt.Sprintf("write 0 to %d", MaxHops))
	case c.Cold < 0 || c.Cold > MaxCold:
		return c, invalid(fmt.Sprintf("cold: %v is out of bounds", c.Cold), fmt.Sprintf("write 0s to %v", MaxCold))
	case c.Data == "":
		return c, invalid("data: no folder named", "name a folder for the shop's database")
	}
	if c.As != "" {
		if _, err := inGuise(c.As); err != nil {
			return c, err
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
			return c, invalid("public URL: not an address of a shop", "write scheme and host, for example http://127.0.0.1:8080")
		}
		c.PublicURL = u.Scheme + "://" + u.Host
	}
	return c, nil
}

// validPace is false for NaN too: no comparison with it holds.
func validPace(x float64) bool { return x > 0 && x <= MaxPace }

func invalid(public, hint string) error {
	return &falochron.Error{Kind: falochron.Invalid, Op: "toy shop", Public: public, Hint: hint}
}
