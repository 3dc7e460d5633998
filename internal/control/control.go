package control

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

// Source is what control sees of the edge. Both methods must be cheap and safe
// to call from any goroutine; they are called each second and by each scrape.
type Source interface {
	// Shops lists the configured shops by name, in the order of configuration.
	Shops() []string
	// Vitals are the shop's observations now; false if there is no such shop. Maps
	// and slices in them are the caller's own, no one writes them later.
	Vitals(shop string) (falochron.Vitals, bool)
}

// Config is what control is made of. Token, Journal, Source, Publish and
// Snapshot are needed; the rest may stay zero.
type Config struct {
	Token      string   // opens everything; at least MinToken bytes (see LoadOrCreateToken)
	StockToken string   // opens POST …/stock of every shop, for a webhook; empty = none
	Hosts      []string // host names besides loopback under which we may be asked; guards against DNS rebinding
	Version    string   // for falochron_build_info
	Faults     []string // every fault a ticket may be refused for; others are counted as "other"

	// StockTokens open POST …/stock of one shop each, by the shop's name: where
	// shops belong to different owners, one's webhook must not touch another's.
	StockTokens map[string]string

	Journal  *journal.Journal
	Source   Source
	Publish  func(shop string, s falochron.Snapshot)      // makes s the shop's orders
	Snapshot func(shop string) (falochron.Snapshot, bool) // the shop's orders now
	// Sharing is what is known of a shop's pages, false if there is no such shop;
	// SetSharing puts it in force and saves it, with an error if only the first was
	// done. Nil = nothing is known.
	Sharing    func(shop string) (falochron.Sharing, bool)
	SetSharing func(shop string, s falochron.Sharing) error

	// Plan is the campaign room's book; nil = none. PlanFacts are what other rooms know
	// of a campaign, for its readiness; nil = nothing.
	Plan      *Campaigns
	PlanFacts func(plan.CampaignView) plan.Facts
	// PlanLink is what a link of the plan opens; nil = nobody here can sign links. Hooks
	// takes the calls of schedulers; nil = none.
	PlanLink func(link plan.ID) LinkAddresses
	Hooks    *Hooks
	// PlanLook has the posts of a campaign looked at in the shop, and returns how many
	// that are; nil = nobody looks.
	PlanLook func(plan.ID) (posts int, err error)
	// Radar watches the arrivals of the shops; nil = nobody does.
	Radar *Radar
	// Fleet multiplies the replicas of the shops; nil = nobody does.
	Fleet *Fleet
	// Messenger tells people what the plan says; nil = nobody is told.
	Messenger *Messenger

	Draining func() bool  // true once we are shutting down; nil = never
	Console  http.Handler // the pages for people, at "/"; nil = none
	// Room are the pages of the campaign room, at "/plan/"; nil = none. It is told which
	// operator asks, "" if nobody has signed in: others come by signed links.
	Room func(w http.ResponseWriter, r *http.Request, operator string)
	Log  *slog.Logger // nil = silent
}

// Control is the admin side. It serves as soon as it is made; live events and
// history need [Control.Run].
type Control struct {
	cfg      Config
	log      *slog.Logger
	handler  http.Handler
	sessions sessions
	watch    *watch
	stock    atomic.Pointer[map[string]string] // stock tokens in force, by shop
	door     atomic.Pointer[func() Door]       // nil = not known

	// mu serialises changes of snapshots: read, change, publish.
	mu sync.Mutex
	// sharing serialises changes of what may be shared in the same way.
	sharing sync.Mutex
}

// New checks cfg and builds the handler.
func New(cfg Config) (*Control, error) {
	if len(cfg.Token) < MinToken {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "set up the admin listener",
			Public: "the admin token is too short",
			Hint:   "give at least 16 characters, or none to have one made in the data folder",
		}
	}
	for _, token := range append(slices.Collect(maps.Values(cfg.StockTokens)), cfg.StockToken) {
		if token != "" && len(token) < MinToken {
			return nil, &falochron.Error{
				Kind: falochron.Invalid, Op: "set up the admin listener",
				Public: "a stock webhook's token is too short",
				Hint:   "give at least 16 characters",
			}
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Control{cfg: cfg, log: cfg.Log}
	c.SetStockTokens(cfg.StockTokens)
	c.watch = newWatch(cfg.Source, cfg.Snapshot, cfg.Journal, cfg.Plan)
	c.watch.radar, c.watch.fleet = cfg.Radar, cfg.Fleet
	c.handler = c.routes()
	return c, nil
}

// SetStockTokens puts other tokens of the shops' stock webhooks in force, after
// a reload. They have been checked: the map must not change any more.
func (c *Control) SetStockTokens(byShop map[string]string) { c.stock.Store(&byShop) }

// Run watches the vitals once a second until ctx ends, then ends all event
// streams. It is called once.
func (c *Control) Run(ctx context.Context) { c.watch.run(ctx) }

// ServeHTTP answers the admin listener.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }
