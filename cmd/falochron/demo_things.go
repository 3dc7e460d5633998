package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// edgeOwn are the cookies of the edge's own by which it knows that somebody's pages
// are made for that person.
func edgeOwn() []string { return []string{"falo_personal"} }

// lifetimes are for how long pages may be used again that are the same for all who
// have no session, by their kind: home, category, product, search. A kind that is not
// in it is made for each.
type lifetimes map[string]time.Duration

// lookFor is how long a shop may take for one page while nobody else is there.
const lookFor = 10 * time.Second

// lifetimesAt asks the shop for one page of each kind, as a stranger, and the presets
// what they say of it. Of an unknown shop, and of a toy shop that imitates none, they
// know nothing: only its files are shared.
func (d *demo) lifetimesAt(ctx context.Context, base string) (lifetimes, error) {
	p, known := preset.Named(d.as)
	if !known {
		return nil, nil
	}
	c, err := preset.New(p, preset.Rules{})
	if err != nil {
		return nil, err
	}
	at, err := toyshop.Paths(d.as)
	if err != nil {
		return nil, err
	}
	life, words := lifetimes{}, at.Words(toyshop.Catalogue()[0].Slug, "")
	for _, call := range []toyshop.Call{at.Product, at.Category, at.Home, at.Search} {
		resp, body, err := call.Do(&http.Client{Timeout: lookFor}, base, words, func(r *http.Request) { r.Header.Set("Accept", "text/html") })
		if err != nil {
			return nil, fmt.Errorf("look at the shop's %s: %w", call.Name, err)
		}
		q := preset.Request{Method: http.MethodGet, Path: resp.Request.URL.EscapedPath(), Query: resp.Request.URL.RawQuery, Header: resp.Request.Header}
		if kind, ok := c.Kind(q, c.Class(q)); ok && resp.StatusCode == http.StatusOK && !c.Owned(resp.Header) && kind.Check(resp.Header, body) == "" {
			life[call.Name] = kind.Life
		}
	}
	return life, ctx.Err()
}

// counting is a list whose crowd counts what is alike for all at this shop: the same
// people at the same moments.
func (l lifetimes) counting(list *crowd.List, as string) (*crowd.List, error) {
	at, err := toyshop.Paths(as)
	if err != nil {
		return nil, err
	}
	plan, counts := *list.Plan, *list
	plan.Alike, plan.Own = slices.Sorted(maps.Keys(l)), append(edgeOwn(), at.Sessions...)
	counts.Plan = &plan
	return &counts, nil
}

// of is the life of a thing; 0 for one that nobody may share. A file's is what the
// shop itself says, or the edge's where it says nothing.
func (l lifetimes) of(t *toyshop.Thing) time.Duration {
	switch {
	case t.Kind != "file":
		return l[t.Kind]
	case t.FreshS > 0:
		return time.Duration(t.FreshS * float64(time.Second))
	}
	return edge.FileLife
}

// thingCount is how requests for files, or for pages, that are the same for all
// fared in one wave.
type thingCount struct {
	Asked   int `json:"asked"`   // by the crowd, without what the line answered
	Reached int `json:"reached"` // the shop, answered or not
	// Opened are front pages that were asked for to get a session, which only one
	// visitor is given (decision 18): see [toyshop.Thing]. They are not in Reached, as
	// nobody in the crowd asked for them.
	Opened int `json:"opened_sessions,omitempty"`
	// Worst is the largest number of them that the shop answered for one thing and
	// form within one period of freshness, and Thing is that thing.
	Worst int    `json:"worst_per_period"`
	Thing string `json:"worst_thing,omitempty"`
	// Nearest are the two that came nearest to each other, measured in periods; 0 when
	// nothing came twice.
	Nearest float64 `json:"nearest_periods"`
	Things  int     `json:"things"` // different ones that reached the shop
}

// wayJitter is how much sooner than after a whole period the next request for a thing
// may reach the shop. The edge counts an answer's age from when it sent for it, the
// shop from when a request arrives, and the way there is not always as long. Guessed
// from what else a busy machine does: where the run is not void the crowd is late by 50
// ms in one of a hundred cases, and here two requests are compared. Nothing is allowed
// for answers that go out stale while a new one is fetched: there is one fetch at a
// time, and it begins when the period is over. Nor for a request that waited in the
// edge for room at the shop.
const wayJitter = 2 * voidLatenessMS * time.Millisecond

// count sums up what the shop saw from a moment on.
func (l lifetimes) count(seen toyshop.Things, since time.Time) (files, pages thingCount) {
	from := since.UnixMilli()
	for i := range seen.Things {
		t := &seen.Things[i]
		period := l.of(t)
		if period == 0 {
			continue
		}
		c := &pages
		if t.Kind == "file" {
			c = &files
		}
		c.Opened += len(after(t.Opened, from))
		answered := after(t.Answered, from)
		n := len(answered) + len(after(t.Failed, from))
		if n == 0 {
			continue
		}
		c.Reached += n
		c.Things++
		if most := mostWithin(answered, period-min(wayJitter, period/10)); most > c.Worst {
			c.Worst, c.Thing = most, t.Path
			if t.Variant != "" {
				c.Thing += " (" + t.Variant + ")"
			}
		}
		if near := nearest(answered).Seconds() / period.Seconds(); near > 0 && (c.Nearest == 0 || near < c.Nearest) {
			c.Nearest = round(near, 4)
		}
	}
	return files, pages
}

// after are the instants from a moment on, of instants in order.
func after(at []int64, from int64) []int64 {
	for i, t := range at {
		if t >= from {
			return at[i:]
		}
	}
	return nil
}

// mostWithin is the largest number of instants (ms, in order) that lie within one
// period that begins with the first of them.
func mostWithin(at []int64, period time.Duration) (most int) {
	first := 0
	for i, t := range at {
		for first < i && t-at[first] >= period.Milliseconds() {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// nearest is the shortest time between two instants; 0 without two.
func nearest(at []int64) time.Duration {
	least := int64(0)
	for i := 1; i < len(at); i++ {
		if d := max(at[i]-at[i-1], 1); least == 0 || d < least {
			least = d
		}
	}
	return time.Duration(least) * time.Millisecond
}

// saved is the share of what was asked for that did not reach the shop.
func saved(counts ...thingCount) float64 {
	asked, reached := 0, 0
	for _, c := range counts {
		asked, reached = asked+c.Asked, reached+c.Reached
	}
	if asked == 0 {
		return 0
	}
	return max(0, 1-float64(reached)/float64(asked))
}

// things is what the shop saw of requests for what is the same for all.
func (s *shopProcess) things(ctx context.Context) (t toyshop.Things, err error) {
	return t, s.ask(ctx, "GET", "/things", &t)
}
