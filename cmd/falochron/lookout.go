package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/lookout"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/twins"
)

// lookouts look at announced posts in the shops behind the edge, one after the other, and
// write what they find into the plan. They are safe for many at once.
type lookouts struct {
	plan   *control.Campaigns
	behind func(*plan.Shop) string // under which name the edge has a shop; empty: it has not
	// fetch sends a request to the shop's own replicas, whatever host it names: what
	// anybody wrote into a plan leads nowhere else.
	fetch    func(ctx context.Context, shop string, r *http.Request) (*http.Response, error)
	calm     func(shop string) bool
	classify func(shop string) (*preset.Classifier, error)
	pause    time.Duration // between two requests; 0 = a second
	now      func() time.Time
	log      *slog.Logger

	mu    sync.Mutex
	asked map[plan.ID]time.Time // campaigns that somebody wants to have looked at
	wake  chan struct{}         // holds one: somebody asked
}

// lookEvery is how often it is seen whether something is to be looked at. A post that
// was just announced is looked at within it.
const lookEvery = 15 * time.Second

// lookWithin bounds looking at one post, with a coupon at a slow shop.
const lookWithin = 3 * time.Minute

// openLookouts makes them, for the shops behind the edge.
func (h *service) openLookouts() *lookouts {
	return &lookouts{
		plan: h.plan, behind: h.pages.behindOf, fetch: h.edge.Fetch, classify: h.edge.Classifier, now: time.Now, log: h.log,
		calm: func(shop string) bool {
			snap, ok := h.edge.Snapshot(shop)
			return ok && snap.Mode != falochron.ModeOff && h.edge.Calm(shop)
		},
		asked: map[plan.ID]time.Time{}, wake: make(chan struct{}, 1),
	}
}

// ask has a campaign looked at as soon as its shop is calm, and returns how many posts
// that are.
func (l *lookouts) ask(campaign plan.ID) (posts int, err error) {
	reached := false
	for _, look := range l.looks() {
		if look.Campaign == campaign {
			posts++
			reached = l.behind(&plan.Shop{ID: look.Shop, Domains: look.Domains}) != ""
		}
	}
	switch {
	case posts == 0:
		return 0, &falochron.Error{
			Kind: falochron.Conflict, Op: "look at the posts", Public: "nothing of this campaign can be looked at",
			Hint: "a post is looked at while it is ahead and has a link",
		}
	case !reached:
		return 0, &falochron.Error{
			Kind: falochron.Conflict, Op: "look at the posts", Public: "this shop is not behind this Falochron, so it cannot be looked at here",
			Hint: "try link, price and coupon by hand, and say so: falochron campaign found",
		}
	}
	l.mu.Lock()
	l.asked[campaign] = l.now()
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return posts, nil
}

// looks are all posts that can be looked at.
func (l *lookouts) looks() (out []plan.Look) {
	l.plan.Read(func(b *plan.Book) { out = b.Looks(l.now()) })
	return out
}

// run looks whenever something is due, until ctx ends.
func (l *lookouts) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-l.wake:
		}
		l.round(ctx)
	}
}

// round looks at everything that is due now, where the shop is calm. While the plan is
// out of reach nothing is looked at: it could not be written down.
func (l *lookouts) round(ctx context.Context) {
	for _, look := range l.looks() {
		if ctx.Err() != nil || l.plan.Absent() != nil || l.plan.Trouble() != nil {
			return
		}
		if !l.due(&look) {
			continue
		}
		shop := l.behind(&plan.Shop{ID: look.Shop, Domains: look.Domains})
		if shop == "" || !l.calm(shop) {
			continue
		}
		if err := l.look(ctx, shop, look); err != nil && ctx.Err() == nil && falochron.KindOf(err) != falochron.Unavailable {
			l.log.Warn("a post was not looked at", "post", look.Post, "error", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, at := range l.asked {
		if l.now().Sub(at) > time.Hour { // of a shop that is never calm
			delete(l.asked, id)
		}
	}
}

// due reports whether a post is to be looked at now: it is time, or somebody asked since
// the last look.
func (l *lookouts) due(look *plan.Look) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked, any := l.asked[look.Campaign]
	return !look.Due.IsZero() && !look.Due.After(l.now()) || any && look.Last.Before(asked)
}

// look looks at one post and writes down what was found.
func (l *lookouts) look(ctx context.Context, shop string, post plan.Look) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	fetch := func(ctx context.Context, r *http.Request) (*http.Response, error) { return l.fetch(ctx, shop, r) }
	calm := func() bool { return l.calm(shop) }
	checks, err := lookout.Look(ctx, lookout.Config{
		Fetch: fetch, Calm: calm, Pause: l.pause,
		Coupon: func(ctx context.Context, page *url.URL, code string) (lookout.Tried, error) {
			classify, err := l.classify(shop)
			if err != nil {
				return lookout.Tried{}, err
			}
			tried, err := twins.TryCoupon(ctx, twins.Config{
				Shop: &url.URL{Scheme: page.Scheme, Host: page.Host}, Fetch: fetch, Preset: classify, Pause: l.pause, Calm: calm, Agent: lookout.Agent,
			}, page, code)
			return triedAs(tried), err
		},
	}, post)
	if err != nil {
		return err
	}
	// Who writes has the plan's turn: a database that does not answer would hold up everybody.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), actWithin)
	defer done()
	_, err = l.plan.Do(ctx, l.now(), plan.Actor{Role: plan.Machine}, plan.RecordChecks{Campaign: post.Campaign, Post: post.Post, Checks: checks})
	if _, refused := errors.AsType[*plan.Refusal](err); refused {
		return nil // moved, changed or called off meanwhile
	}
	return err
}

// triedAs says it in the plan's words.
func triedAs(t twins.Tried) lookout.Tried {
	out := lookout.Tried{Result: plan.Open, Total: t.Total}
	switch t.Answer {
	case twins.Taken:
		out.Result = plan.Right
	case twins.Refused:
		out.Result, out.Why = plan.Wrong, plan.FoundRefused
	case twins.NoCart:
		out.Why = plan.FoundNoCart
	case twins.Unknown:
		out.Why = plan.FoundNotKnown
	default:
		out.Why = plan.FoundNoWord
	}
	return out
}
