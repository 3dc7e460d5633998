package twins

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// Config says which shop is looked at, and how.
type Config struct {
	// Shop is the address under which visitors know the shop: scheme and host.
	Shop *url.URL
	// Fetch sends one request to the shop and returns its answer, without following
	// redirects and without cookies of its own. It reaches this shop whatever host the
	// request is for: shops know themselves by the name in their configuration.
	Fetch func(context.Context, *http.Request) (*http.Response, error)
	// Preset says what its pages are, and which kinds there are.
	Preset *preset.Classifier

	Key     string                     // what the platform's FormFields carry: Medusa's publishable key; empty = none
	Pages   []string                   // paths to look at, besides what is found; at most 20
	Kind    string                     // look at this kind only; empty = all
	Pause   time.Duration              // between two requests; 0 = one second
	Agent   string                     // what the visitors call themselves; empty = [Agent]
	Probe   bool                       // see [Report].Believes; two requests more
	Calm    func() bool                // asked before each request: false ends the check; nil = always calm
	Say     func(line string)          // told what is done, for people who wait; nil = nobody
	Differs func(falochron.SharedKind) // told at once of a kind that differs; nil = nobody
}

// Report is what a check found.
type Report struct {
	// Kinds are those of the preset, in its order. One of which no page was found
	// has no time of a check.
	Kinds []falochron.SharedKind
	Cart  string // whether there was a cart, and what became of it, in a sentence
	// Believes are header fields that the shop believes though any visitor can send
	// them; looked at only where [Config].Probe says so.
	Believes []string
	Requests int // that the shop was asked
}

// errSpent ends a check that has asked as often as it may. What was seen until then
// is reported.
var errSpent = errors.New("all requests of this check are spent")

// Bounds of what is looked at.
const (
	pagesEach = 3 // pages of one kind
	pagesOne  = 5 // of a platform's only kind, or only kind of pages: it stands for several
	pagesMost = 10
	forCart   = 7 // requests kept for emptying the cart
	forProbe  = 2 // and for asking whether the shop believes what anybody can say
)

// Check looks at a shop as three visitors and reports what of it is alike. It asks
// at most [MaxRequests] times, once a second, for at most [MaxTime].
//
// An error says why nothing could be compared, with a hint for the shop's owner:
// [falochron.Invalid] where the address is not the shop's own,
// [falochron.Unavailable] where the shop does not answer or is busy.
func Check(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.complete(); err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	c := &check{tour: tour{cfg: cfg}, known: map[string]bool{}, pictured: map[string]bool{}}
	for _, k := range cfg.Preset.Platform().Kinds {
		c.kinds = append(c.kinds, &kind{Kind: k, skipped: cfg.Kind != "" && cfg.Kind != k.Name})
	}
	err := c.run(ctx)
	return c.report(), err
}

// complete fills in what was left open, and refuses what cannot be asked.
func (cfg *Config) complete() error {
	if cfg.Shop == nil || cfg.Shop.Host == "" || cfg.Shop.Scheme != "http" && cfg.Shop.Scheme != "https" {
		return &falochron.Error{
			Kind: falochron.Invalid, Op: "look at a shop", Public: "the shop's address is missing or is none",
			Hint: "write it as https://shop.example",
		}
	}
	if cfg.Pause <= 0 {
		cfg.Pause = pauseLeast
	}
	if cfg.Agent == "" {
		cfg.Agent = Agent
	}
	return nil
}

// home fetches the front page, or says why there is none; the answer is there all
// the same, if there was one.
func (t *tour) home(ctx context.Context) (*answer, error) {
	home, err := t.get(ctx, stranger(), t.here(&url.URL{Path: "/"}))
	switch {
	case err != nil:
		return nil, err
	case home.made.Status != http.StatusOK:
		return home, t.fault(fmt.Sprintf("the front page answers %d", home.made.Status), "give the shop's own address; is it open to visitors?", nil)
	case !markup(home.made.Header):
		return home, &falochron.Error{
			Kind: falochron.Invalid, Op: t.op(), Public: "the answer is no HTML page, but " + orNothing(cut(home.made.Header.Get("Content-Type"))),
			Hint: "give the address at which visitors see the shop; of interfaces for programs only those are known that a preset describes",
		}
	}
	return home, nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing that says what it is"
	}
	return s
}

// check is one check.
type check struct {
	tour
	kinds    []*kind
	known    map[string]bool // addresses found already
	pictured map[string]bool // those that a link with a picture leads to
	shopper  *visitor        // has something in the cart; nil = there is none
	cart     string
	sites    []*site    // pages seen, to find the way to the cart
	products []*url.URL // on which something can be put into the cart
	believes []string   // what the shop believes that anybody can say
	unkind   []*url.URL // pages of no kind that a link with a picture leads to: perhaps such
	home     *url.URL   // where the front page is, redirects followed; nil = there is none
	again    []seen     // pages that show the cart, for a last look
	elsehost string     // another host that pages link to
}

// kind is a kind of page, and what is known of it so far.
type kind struct {
	preset.Kind
	waiting []*url.URL // to be looked at
	skipped bool       // only its links are of use
	named   int        // addresses that the owner has named: looked at besides those that are found
	looked  int        // compared
	missed  int        // were none of this kind
	forbade int        // of those that were compared, the shop forbids to store
	spans   []falochron.Span
	plain   bool   // a request for it may not name a cart
	again   bool   // a page of it was asked for once more, to see what is chosen anew
	differs string // why, of the first page that does
	harm    bool
	why     string // of the last page that is alike
	note    string // why a page was not compared
}

func (c *check) run(ctx context.Context) error {
	if c.interfaceOnly() {
		if err := c.locked(); err != nil {
			return err
		}
	} else if err := c.enter(ctx); err != nil {
		return err
	}
	for _, p := range c.cfg.Pages[:min(len(c.cfg.Pages), 20)] {
		u, err := c.cfg.Shop.Parse(p)
		if err != nil || !sameShop(u, c.cfg.Shop) {
			return &falochron.Error{Kind: falochron.Invalid, Op: c.op(), Public: fmt.Sprintf("%q is no path of this shop", cut(p)), Hint: "write it as /product/lipstick"}
		}
		c.first(c.here(u))
	}
	for _, k := range c.kinds { // of pages the patterns say too little: which product?
		for _, p := range k.Patterns {
			if k.Class == falochron.ClassFragment {
				c.findPattern(k, p)
			}
		}
	}
	if err := c.third(ctx); err != nil && !errors.Is(err, errSpent) {
		return err
	}
	err := c.compareAll(ctx)
	if errors.Is(err, errSpent) {
		err = nil // enough is kept for what follows
	}
	if err == nil {
		err = c.lastLook(ctx)
	}
	if err == nil && c.cfg.Probe && c.home != nil {
		err = c.probe(ctx)
	}
	if errors.Is(err, errSpent) {
		err = nil
	}
	if swept := c.sweep(ctx); err == nil {
		err = swept
	}
	if err == nil && !slices.ContainsFunc(c.kinds, func(k *kind) bool { return k.looked > 0 }) && len(c.kinds) > 0 {
		return c.nothing()
	}
	return err
}

// enter begins at the front page.
func (c *check) enter(ctx context.Context) error {
	c.say("looking at the front page")
	home, err := c.front(ctx)
	if err != nil {
		return err
	}
	c.home = home.url
	c.find(home.url)
	c.learn(home)
	return nil
}

// interfaceOnly reports that the shop is an interface for programs, whose front
// page, if it has one, tells nothing.
func (c *check) interfaceOnly() bool { return c.cfg.Preset.Platform().Ask != "" }

// locked is the error where an interface answers nobody without a key.
func (c *check) locked() error {
	fields := c.cfg.Preset.Platform().FormFields
	if len(fields) == 0 || c.cfg.Key != "" {
		return nil
	}
	return needsKey(c.cfg.Shop.Host, fields[0])
}

func needsKey(host, field string) error {
	return &falochron.Error{
		Kind: falochron.Denied, Op: "look at " + host, Public: "the interface answers only whoever sends " + field,
		Hint: "say --key with what the storefront sends there, to falochron check --shop; it is no secret, every browser has it",
	}
}

// nothing is the error when there was nothing to compare.
func (c *check) nothing() error {
	e := &falochron.Error{
		Kind: falochron.Unavailable, Op: c.op(), Public: "no page was found that could be compared",
		Hint: "name some with --page; the platform may have been taken for another one",
	}
	if c.interfaceOnly() {
		e.Hint = "is --key the one that the storefront sends? name paths with --page"
	}
	for _, k := range c.kinds {
		if k.note != "" && !k.skipped {
			e.Public += ": " + k.note
			break
		}
	}
	if c.elsehost != "" {
		e.Hint = "its pages link to " + cut(c.elsehost) + ": give that as the shop's address"
	}
	return e
}
