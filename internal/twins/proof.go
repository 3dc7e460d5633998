package twins

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
	"github.com/falochron/falochron/internal/preset"
)

// third makes the visitor with a cart.
func (c *check) third(ctx context.Context) error {
	pages := slices.ContainsFunc(c.kinds, func(k *kind) bool { return k.Class == falochron.ClassPage })
	if !pages && !c.interfaceOnly() {
		return nil
	}
	tried := map[string]bool{}
	var asked error // what became of asking the shop's interface; once
	var next func() *url.URL
	next = func() *url.URL {
		for _, u := range c.towardsProducts() {
			if !tried[u.RequestURI()] {
				tried[u.RequestURI()] = true
				return u
			}
		}
		if tried[""] {
			return nil
		}
		tried[""] = true
		if asked = c.discover(ctx); asked != nil {
			return nil
		}
		return next()
	}
	v, at, said, err := c.fill(ctx, next, c.learn)
	c.shopper, c.cart = v, said
	if err == nil {
		err = asked
	}
	if err != nil {
		return err
	}
	c.look()
	if at == nil {
		return nil
	}
	if k := c.kindOf(at); k != nil { // where people buy, a page must work: it is compared first
		k.waiting = slices.DeleteFunc(k.waiting, func(u *url.URL) bool { return u.RequestURI() == at.RequestURI() })
		k.waiting = slices.Insert(k.waiting, 0, at)
		c.known[at.RequestURI()] = true
	}
	return nil
}

// discover asks the shop's interface for pages, where the preset knows how.
func (c *check) discover(ctx context.Context) error {
	find := c.cfg.Preset.Platform().Cart.Find
	if find.Path == "" {
		return nil
	}
	a, err := c.call(ctx, stranger(), find, "")
	if err != nil || a == nil {
		return err
	}
	c.learnWords(find.Takes, a)
	c.look()
	return nil
}

// look remembers the pages that the words known so far name.
func (c *check) look() {
	for _, path := range c.cfg.Preset.Platform().Cart.Look {
		if path, _, _, ok := (preset.Call{Path: path}).Request(c.words); ok {
			if u, err := c.cfg.Shop.Parse(path); err == nil && sameShop(u, c.cfg.Shop) {
				c.find(c.here(u))
			}
		}
	}
}

// towardsProducts lists the pages known so far, those first on which something can
// be put into the cart, or that are nearest to such.
func (c *check) towardsProducts() []*url.URL {
	pages := slices.Clone(c.products)
	for _, want := range []string{"product", "seo", "page", ""} {
		var near, others []*url.URL
		for _, k := range c.kinds {
			if k.Class != falochron.ClassPage || k.Name != want && want != "" {
				continue
			}
			for _, u := range k.waiting {
				if c.pictured[u.RequestURI()] || want == "product" {
					near = append(near, u)
				} else {
					others = append(others, u)
				}
			}
		}
		pages = slices.Concat(pages, near[:min(len(near), tryPages)], others[:min(len(others), 2)])
	}
	return slices.Insert(pages, min(len(pages), 1), c.unkind[:min(len(c.unkind), 2)]...)
}

// compareAll compares one page of each kind, then a second of each, and so on.
// Kinds that wait for the owner's word come first.
func (c *check) compareAll(ctx context.Context) error {
	order := slices.DeleteFunc(slices.Clone(c.kinds), func(k *kind) bool { return k.skipped })
	slices.SortStableFunc(order, func(a, b *kind) int { return rank(a) - rank(b) })
	alone := 0 // kinds of pages: the only one stands for several
	for _, k := range order {
		if k.Class == falochron.ClassPage {
			alone++
		}
	}
	pages := 0
	for again := true; again; {
		again = false
		for _, k := range order {
			each := pagesEach
			if len(order) == 1 || k.Class == falochron.ClassPage && alone == 1 {
				each = pagesOne
			}
			for done := k.looked >= each+k.named; !done && len(k.waiting) > 0 && pages < pagesMost; {
				u := k.waiting[0]
				k.waiting = k.waiting[1:]
				again = true
				var err error
				if done, err = c.compare(ctx, k, u); err != nil {
					return err
				}
				if done {
					pages++
				}
			}
		}
	}
	return nil
}

// asker is somebody who was answered; no answer = he did not ask.
type asker struct {
	who *visitor
	got *Visit
}

// timesAgain is how often at most a page is asked for once more. Of nine articles of
// thirty some stand in three answers in a row.
const timesAgain = 4

// askAgain has all of them ask for a page once more, to see whether what differs is chosen
// anew for each answer, until nothing is in doubt or too few requests are left. What
// cannot be proven stays as it was found.
func (c *check) askAgain(ctx context.Context, k *kind, u *url.URL, f Finding, rules Rules, all ...asker) (Finding, error) {
	k.again = true
	all = slices.DeleteFunc(all, func(one asker) bool { return one.got == nil })
	for range timesAgain {
		if !f.Doubt || c.left() < len(all)+forCart+forProbe {
			return f, nil
		}
		c.say("once more, since something differs: " + u.RequestURI())
		for _, one := range all {
			ask := func() (*answer, error) { return c.get(ctx, one.who, u) }
			if one.who == c.shopper {
				ask = func() (*answer, error) { return c.withCart(ctx, k, u) }
			}
			x, err := ask()
			if err != nil {
				return f, err
			}
			if x.made.Status != one.got.Status || !markup(x.made.Header) || stored(x.made.Header) {
				return f, nil
			}
			one.got.Again = append(one.got.Again, x.made.Body)
			one.got.Cookies = x.made.Cookies
		}
		var third *Visit
		if len(all) > strangers {
			third = all[strangers].got
		}
		f = Compare(u.RequestURI(), *all[0].got, *all[1].got, third, rules)
	}
	return f, nil
}

func rank(k *kind) int {
	if k.forbidden() {
		return 0
	}
	return 1
}

// compare looks at one page as all visitors. done is false if it was not worth it.
func (c *check) compare(ctx context.Context, k *kind, u *url.URL) (done bool, err error) {
	need := 3
	if k.again {
		need *= 1 + timesAgain // not to leave a page in doubt
	}
	if c.left() < need+forCart+forProbe {
		return false, errSpent
	}
	first, second := k.strangers()
	a, err := c.get(ctx, first, u)
	if err != nil {
		return false, err
	}
	c.shed(k, a.made)
	switch {
	case a.made.Status != http.StatusOK && !(k.Empty && a.made.Status == http.StatusNoContent):
		k.note = fmt.Sprintf("%s answers %d", cut(u.Path), a.made.Status)
		return false, nil
	case len(a.to) > 0 && c.kindOf(a.url) != k:
		k.note = cut(u.Path) + " leads to a page of another kind"
		return false, nil
	case c.cfg.Preset.Owned(a.made.Header), k.Check(a.made.Header, a.made.Body) != "":
		k.note = cut(u.Path) + " is no page of this kind"
		c.learn(a)
		k.miss(u)
		return false, nil
	case coded(a.made.Header):
		k.note = cut(u.Path) + " comes compressed, although it was asked for as it is"
		return false, nil
	case stored(a.made.Header):
		k.note = "a cache before the shop answers, so that two visitors prove nothing"
		return false, nil
	}
	c.learn(a)
	c.say(k.Name + ": " + a.url.RequestURI())
	var third *Visit
	if c.shopper != nil && !k.Empty {
		x, err := c.withCart(ctx, k, a.url)
		if err != nil {
			return false, err
		}
		c.shed(k, x.made)
		third = &x.made
	}
	from := a.url
	if k.Unproven {
		from = u // where it leads may hang on who asks
	}
	b, err := c.get(ctx, second, from)
	if err != nil {
		return false, err
	}
	c.shed(k, b.made)
	if stored(b.made.Header) {
		k.note = "a cache before the shop answers, so that two visitors prove nothing"
		return false, nil
	}
	if c.forbids(k, a.made.Header) || c.forbids(k, b.made.Header) {
		k.forbade++
	}
	rules := c.rules()
	rules.Own = third != nil && c.cfg.Preset.Platform().Cart.Param != "" && !k.plain
	f := Compare(a.url.RequestURI(), a.made, b.made, third, rules)
	if f.Doubt && (k.forbidden() || k.Unproven) {
		if f, err = c.askAgain(ctx, k, from, f, rules, asker{first, &a.made}, asker{second, &b.made}, asker{c.shopper, third}); err != nil {
			return false, err
		}
	}
	k.take(f)
	if third != nil && f.Cart && f.Alike && len(c.again) < lastLooks {
		c.again = append(c.again, seen{k, a.url, a.made, *third})
	}
	if !f.Alike {
		c.say(k.Name + " differs: " + f.Why)
		if c.cfg.Differs != nil {
			c.cfg.Differs(c.verdict(k))
		}
	}
	return true, nil
}

// shed takes out of a page what the edge takes out before it shares it.
func (c *check) shed(k *kind, v Visit) {
	if !k.Unproven {
		c.cfg.Preset.Shed(v.Header)
	}
}

// forbids reports whether nothing but the shop's own word keeps a page from being
// shared, as the cache itself would read it: no-store, private, no-cache, or a life
// that is over.
func (c *check) forbids(k *kind, h http.Header) bool {
	now := time.Now()
	x := fresh.Exchange{Method: http.MethodGet, Status: http.StatusOK, Response: h, Requested: now, Received: now}
	p := fresh.Policy{Micro: k.Life, Drop: c.cfg.Preset.Drops, Common: k.IsCommon}
	if fresh.Storable(x, p).Store {
		return false
	}
	p.Override = true
	return fresh.Storable(x, p).Store
}

// forbidden reports whether the shop forbids to store a kind, as its preset knows or
// as was seen.
func (k *kind) forbidden() bool { return k.Forbidden || k.forbade > 0 }

// withCart asks as the visitor with the cart, who names it where a request for this
// kind may.
func (c *check) withCart(ctx context.Context, k *kind, u *url.URL) (*answer, error) {
	param, ok := preset.Fill(c.cfg.Preset.Platform().Cart.Param, c.words, url.QueryEscape)
	if ok && param != "" && !k.plain {
		with := *u
		with.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+param, "&")
		x, err := c.get(ctx, c.shopper, &with)
		if err != nil || x.made.Status < 400 {
			return x, err
		}
		k.plain = true // it may not
	}
	return c.get(ctx, c.shopper, u)
}

// maxMissed is how many pages that are none of a kind are looked at for it.
const maxMissed = 6

// miss notes that a page is none of this kind: others that are built like it come
// last.
func (k *kind) miss(u *url.URL) {
	if k.missed++; k.missed >= maxMissed {
		k.waiting = nil
		return
	}
	slices.SortStableFunc(k.waiting, func(a, b *url.URL) int { return truth(shape(a) == shape(u)) - truth(shape(b) == shape(u)) })
}

func (k *kind) take(f Finding) {
	k.looked++
	k.harm = k.harm || f.Harm
	for _, s := range f.Spans { // of each sort the first page's
		if !slices.ContainsFunc(k.spans, func(have falochron.Span) bool {
			return have.Where == s.Where && have.Harmless == s.Harmless && have.WithCart == s.WithCart
		}) {
			k.spans = append(k.spans, s)
		}
	}
	if f.Alike {
		k.why = f.Why
	} else if k.differs == "" {
		k.differs = f.Why
	}
}

func (c *check) rules() Rules {
	p := c.cfg.Preset.Platform()
	return Rules{Drops: c.cfg.Preset.Drops, Session: p.Params, Known: excused[p.Name], Articles: p.Cart.Articles}
}

// excused are values that differ on a platform's pages and may, each with what a
// visitor cannot do because of it. OpenCart:
// catalog/controller/product/review.php: the token is of the session, and is asked
// for by the form for reviews only.
var excused = map[string]map[string]string{
	"opencart": {"review_token": "a review cannot be written from a shared page, since its token is another visitor's"},
}

// sweep empties the cart.
func (c *check) sweep(ctx context.Context) error {
	if c.shopper == nil {
		return nil
	}
	said, err := c.empty(ctx, c.shopper, c.sites)
	if err != nil {
		said = "the cart could not be emptied; it is the shop's to forget"
	}
	c.cart += "; " + said
	if errors.Is(err, errSpent) {
		return nil
	}
	return err
}

func (c *check) report() Report {
	r := Report{Cart: c.cart, Requests: c.requests, Believes: c.believes}
	for _, k := range c.kinds {
		if !k.skipped {
			r.Kinds = append(r.Kinds, c.verdict(k))
		}
	}
	return r
}

// verdict is what is known of a kind now.
func (c *check) verdict(k *kind) falochron.SharedKind {
	s := falochron.SharedKind{
		Name: k.Name, Forbidden: k.forbidden(), Seen: !k.Forbidden && k.forbade > 0, Exempt: k.Empty && !k.Forbidden, Unproven: k.Unproven,
		Harm: k.harm, Spans: worstFirst(k.spans),
	}
	if k.looked == 0 {
		s.Why = "no page of this kind was compared"
		if k.note != "" {
			s.Why += ": " + k.note
		}
		return s
	}
	s.Checked = time.Now().UTC().Truncate(time.Second)
	of := "1 page of this kind was compared"
	if k.looked > 1 {
		of = fmt.Sprintf("%d pages of this kind were compared", k.looked)
	}
	if s.Seen {
		of += fmt.Sprintf(" (%d of them the shop forbids to store)", k.forbade)
	}
	switch {
	case k.differs != "":
		s.Why = of + ": " + k.differs
	case (k.forbidden() || k.Unproven) && c.shopper == nil && !k.Empty:
		// What somebody with a cart gets is a part of the proof, above all at a shop that
		// nobody has described.
		s.Why = of + ": " + k.why + "; but " + orNoCart(c.cart)
	default:
		s.Passed = true
		s.Why = of + ": " + k.why
		if c.shopper == nil && !k.Empty {
			s.Why += "; " + orNoCart(c.cart)
		}
	}
	return s
}

func orNoCart(said string) string {
	if said == "" {
		return "nobody with a cart was asked"
	}
	return said
}

// worstFirst keeps of all pages' places those that are shown.
func worstFirst(spans []falochron.Span) []falochron.Span {
	out := slices.Clone(spans)
	slices.SortStableFunc(out, func(a, b falochron.Span) int { return truth(a.Harmless) - truth(b.Harmless) })
	return out[:min(len(out), MaxSpans)]
}
