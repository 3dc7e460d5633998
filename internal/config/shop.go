package config

import (
	"net/url"
	"time"

	"github.com/falochron/falochron"
)

// Auto as [Shop.Platform] means that the edge finds it out, as [Shop.Sticky] that it goes
// by what was found.
const Auto = "auto"

// The other values of [Shop.Sticky].
const (
	StickyAlways = "always"
	StickyNever  = "never"
)

// Shop is one shop: its names, its replicas, and how it is protected. Nothing
// of one shop (limit, line, cache, keys) is shared with another.
type Shop struct {
	// Name is the shop's name in metrics, logs and the data folder: 1 to 32 of
	// a-z, 0-9 and "-". Default "shop". No two shops may share it.
	Name string `yaml:"name"`
	// Hosts are the host names it answers to, without port. Default: none,
	// which means every host no other shop names; only the first shop may have
	// none.
	Hosts []string `yaml:"hosts"`
	// Plan is the shop's id in the plan of campaigns. Default empty: the shop of the
	// plan whose id is Name, or which has one of Hosts among its domains; or, of a
	// single shop without hosts, the only one planned.
	Plan string `yaml:"plan"`
	// Origins are the replicas, "http://host:port" or "https://host". At least
	// one is needed. No two shops may share one, or the machine behind it would
	// be given two limits.
	Origins []*url.URL `yaml:"origins"`
	// Platform is whose software the shop runs: woocommerce, prestashop... or
	// generic. Default auto: it is found out from the shop's own front page, and
	// the live page says what was found.
	Platform string `yaml:"platform"`
	// Sticky says whether visitors stay at one replica: auto, always or never. Default
	// auto: they do unless the software is known to have its sessions where all replicas
	// find them. Never is for who has put them there himself (Redis, a shared folder).
	Sticky string `yaml:"sticky"`
	// Mode says how far Falochron may go: auto, watch, shop, hold or off.
	// Default auto. The one-step bypass is off. In no mode do these need a place:
	// payment notifications, the pages people reach after paying, back office,
	// integrations, and OPTIONS.
	Mode falochron.Mode `yaml:"mode"`
	// Ceiling is your own upper bound for requests in flight at the shop.
	// Default 0, which means none: the measured limit alone decides.
	Ceiling int `yaml:"ceiling"`
	// ReplicaCeiling is the same for each replica: times the replicas that are
	// well it bounds the total, and a replica that has so many gives visitors who
	// belong to it to another that has fewer. Default 0, which means none.
	ReplicaCeiling int `yaml:"replica_ceiling"`
	// Start is the announced start of a sale, RFC 3339 with zone. Default empty,
	// which means none. Those who come before it are drawn at it.
	Start time.Time `yaml:"start"`
	// Status is the HTTP status of the waiting page: 503, 200, 202 or 429.
	// Default 503, which caches and crawlers understand best; some CDNs put their
	// own page in place of a 503 and need 200 or 202.
	Status int `yaml:"status"`
	// ScriptStatus is the same for the refusal of a script's request. Default
	// 503; 200 would look like success to the shop's own scripts.
	ScriptStatus int `yaml:"script_status"`
	// Health says how replicas are asked whether they live.
	Health Health `yaml:"health"`
	// Timeouts bound how long we wait for the shop.
	Timeouts Timeouts `yaml:"timeouts"`
	// Room is the waiting room.
	Room Room `yaml:"room"`
	// Admission is the limiter before the shop.
	Admission Admission `yaml:"admission"`
	// Cache is the memory of answers.
	Cache Cache `yaml:"cache"`
	// Page is how the waiting page looks.
	Page Page `yaml:"page"`
	// Orders says how an order is known.
	Orders Orders `yaml:"orders"`
	// Paths says what the edge cannot know about paths.
	Paths Paths `yaml:"paths"`
	// Stock says how the edge learns that something is sold out.
	Stock Stock `yaml:"stock"`
	// Radar says what is done about what looks like an attack.
	Radar Radar `yaml:"radar"`
	// Database says how it is known how busy the shop's database is.
	Database Database `yaml:"database"`
	// Fleet is what starts and stops replicas.
	Fleet Fleet `yaml:"fleet"`
	// GateScript puts a script of at most 2 KB into HTML answers that turns our
	// refusal of a script's request into the waiting page. Default true. False
	// prevents any change to the shop's HTML; then a dead button is possible
	// until the visitor's next navigation.
	GateScript bool `yaml:"gate_script"`
}

// Room is the waiting room of one shop.
type Room struct {
	// ClaimWindow is how long a called place waits for its owner. Default 15m.
	// From 1m; zero is refused. Shorter makes people who locked their phone
	// lose their turn.
	ClaimWindow time.Duration `yaml:"claim_window"`
	// InsideIdle is how long a person inside may do nothing before the place is
	// free. Default 15m. From 1m; zero is refused. Longer keeps places for
	// people who left.
	InsideIdle time.Duration `yaml:"inside_idle"`
	// WaitingLife is how long a waiting ticket is good. Default 24h. From 1h;
	// zero is refused. Bounds how long counters must be kept.
	WaitingLife time.Duration `yaml:"waiting_life"`
	// PollBudget is how many status questions a second all waiting pages
	// together may ask; the server spreads them by telling each when to come
	// back. Default 400 (about 2 % of one core at 0.05 ms each). From 1;
	// zero is refused. Prevents the line from becoming the load.
	PollBudget int `yaml:"poll_budget"`
	// MaxOutstanding bounds the places given out and not yet used up. Default
	// 4000000 (2 bits each, about 1 MB). From 1000; zero is refused. Beyond it
	// newcomers are told to come back later. Prevents unbounded memory.
	MaxOutstanding int `yaml:"max_outstanding"`
}

// Admission is the limiter before one shop.
type Admission struct {
	// QueueDeadline is how long a request may stand in the short queue.
	QueueDeadline QueueDeadline `yaml:"queue_deadline"`
	// Queue bounds the requests that stand in one lane's short queue, callbacks
	// apart. Default 1024. From 1; zero is refused. Prevents a queue nobody's
	// patience survives.
	Queue int `yaml:"queue"`
	// VisitorParallel bounds one visitor's requests at the shop at once; four times
	// so many may wait. Default 4. From 1; zero is refused. Prevents one open page
	// from taking all workers.
	VisitorParallel int `yaml:"visitor_parallel"`
	// CallbackQueue bounds the payment notifications that wait for their own
	// lane. Default 64. From 1; zero is refused. Beyond it the answer is 503 with
	// Retry-After: payment providers send again.
	CallbackQueue int `yaml:"callback_queue"`
}

// QueueDeadline is how long a request may stand in the short queue before it is
// refused, by lane. Each from 100ms to 5m; zero is refused. The defaults follow
// from how long the sender waits: a provider 10 to 30 s, a buyer about 10 s.
type QueueDeadline struct {
	// Callback is for payment notifications. Default 20s.
	Callback time.Duration `yaml:"callback"`
	// Checkout is for whatever leads to an order. Default 9s.
	Checkout time.Duration `yaml:"checkout"`
	// Cart is for showing and changing carts. Default 9s.
	Cart time.Duration `yaml:"cart"`
	// Inside is for pages of people who are in. Default 9s.
	Inside time.Duration `yaml:"inside"`
	// New is for the first request of people let in a moment ago, and for
	// requests of nobody with a place. Default 9s.
	New time.Duration `yaml:"new"`
}

// Cache is the memory of answers of one shop.
type Cache struct {
	// Memory bounds all stored answers together. Default 128MiB. Zero means no
	// cache.
	Memory Size `yaml:"memory"`
	// MaxObject bounds one stored answer; larger ones pass through. Default
	// 4MiB. Zero means nothing is stored. It may not exceed Memory.
	MaxObject Size `yaml:"max_object"`
	// PageLife is how long a page that is the same for everybody is used before
	// the shop is asked again, where the shop says nothing about it. Default 0,
	// which means as long as the platform's preset says, some ten seconds. At most
	// 1h.
	PageLife time.Duration `yaml:"page_life"`
	// WhileStale is how long after that such a page is still shown while a fresh
	// one is being fetched. Default 1m. Zero means never. At most 24h. What the
	// shop itself says (stale-while-revalidate) goes first.
	WhileStale time.Duration `yaml:"while_stale"`
	// IfError is the same while the shop fails or is at its limit. Default 72h.
	// Zero means never. At most 720h.
	IfError time.Duration `yaml:"if_error"`
}

// Page is how one shop's waiting page looks.
type Page struct {
	// Name is the shop's name as visitors know it, at most 60 characters.
	// Default empty, which means that the pages say "the shop".
	Name string `yaml:"name"`
	// Logo is a picture: a path of the shop, at most 200 characters; it should
	// be a file the edge can keep. Default empty, which means none. Another host
	// is refused: it would see every waiting fan, and be the next to break.
	Logo string `yaml:"logo"`
	// Colour is the page's accent, "#rrggbb". Default empty, which means sea
	// blue. It is made darker or lighter where it could not be read.
	Colour Colour `yaml:"colour"`
	// Language is "pl" or "en": what visitors get whose browser asks for
	// neither. Default "pl".
	Language string `yaml:"language"`
	// TimeZone is where the announced start is told, "Europe/Warsaw". Default
	// empty, which means that of the plan, or the machine's own without one.
	TimeZone string `yaml:"time_zone"`
	// Support is a line of plain text at the foot of each page: how to reach
	// the shop.
	Support Support `yaml:"support"`
}

// Support is one line of plain text in each language.
type Support struct {
	// Polish is shown on Polish pages, at most 200 characters. Default empty,
	// which means no such line.
	Polish string `yaml:"pl"`
	// English is shown on English pages, at most 200 characters. Default empty,
	// which means no such line.
	English string `yaml:"en"`
}

// Orders says how an order is known.
type Orders struct {
	// Paths are patterns of the page shown after an order, as in [Paths].
	// Default: none, which means the built-in words; if they match nothing,
	// orders are "not known".
	Paths []string `yaml:"paths"`
}

// Paths are patterns by which requests are sorted before the built-in words
// are asked: /koszyk, /shop/*/add with a star for one segment, /invoices/** for
// everything below. Upper case and Polish diacritics do not matter. When several
// lists match, the first in this order wins.
type Paths struct {
	// Callback is where payment providers report. Default: none beyond the
	// built-in words. A callback missed here would stand in line like a fan.
	Callback []string `yaml:"callback"`
	// Return is where people arrive after paying by GET, or sent there by the bank. Default: none beyond the
	// built-in words.
	Return []string `yaml:"return"`
	// Admin is the shop's back office. Default: none beyond the built-in words.
	Admin []string `yaml:"admin"`
	// Integration is where ERP, couriers and marketplaces call. Default: none
	// beyond the built-in words.
	Integration []string `yaml:"integration"`
	// Checkout leads to an order. Default: none beyond the built-in words.
	Checkout []string `yaml:"checkout"`
	// Cart shows or changes the cart. Default: none beyond the built-in words.
	Cart []string `yaml:"cart"`
	// Fragment are pieces of pages that scripts fetch (GET). Default: none
	// beyond the built-in words.
	Fragment []string `yaml:"fragment"`
	// Static are files that need no worker (GET). Default: none beyond the
	// built-in endings.
	Static []string `yaml:"static"`
	// Page are pages that the words take for something else (GET). Default:
	// none.
	Page []string `yaml:"page"`
}

// Stock says how the edge learns that something is sold out.
type Stock struct {
	// URL answers with JSON, path to pieces left. Default empty, which means
	// nothing is asked.
	URL *url.URL `yaml:"url"`
	// Interval is the time between two questions. Default 5s. From 1s; zero is
	// refused.
	Interval time.Duration `yaml:"interval"`
	// Token is the secret of the webhook that reports stock. Default empty,
	// which means the webhook is closed. At least 16 characters.
	Token string `yaml:"token"`
}

// Database says how it is known how busy the shop's database is, for the pages: from
// outside it cannot be measured.
type Database struct {
	// URL answers with JSON, {"busy": 0 to 1} or {"used": N, "most": M}. Default empty,
	// which means that nothing is asked.
	URL *url.URL `yaml:"url"`
	// Interval is the time between two questions. Default 5s. From 1s; zero is
	// refused.
	Interval time.Duration `yaml:"interval"`
}
