package twins

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/preset"
)

// Answer is what a shop says to a coupon.
type Answer int

// The answers.
const (
	NoWord  Answer = iota // neither yes nor no
	Unknown               // nobody has described how this shop is asked; nothing was sent
	NoCart                // nothing could be put into a cart
	Taken
	Refused
)

// Tried is what came of a coupon.
type Tried struct {
	Answer   Answer
	Total    float64 // of the cart with one article; 0 is not known
	Cart     string  // what became of the cart, in a sentence
	Requests int
}

// emptyWithin bounds emptying the cart: six requests, a second apart.
const emptyWithin = 30 * time.Second

// TryCoupon puts the article of a page into a cart of its own, tries a code on it as the
// platform's script does, and empties the cart again: no order is made, and no address
// given. It asks as [Check] does, once a second and within its bounds. The error says why
// the shop could not be asked.
func TryCoupon(ctx context.Context, cfg Config, page *url.URL, code string) (out Tried, err error) {
	if err := cfg.complete(); err != nil {
		return out, err
	}
	how := cfg.Preset.Platform().Coupon
	if !how.Known() {
		out.Answer = Unknown
		return out, nil
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	t := &tour{cfg: cfg}
	var seen []*site
	once := t.here(page)
	v, _, said, err := t.fill(ctx, func() *url.URL { u := once; once = nil; return u }, func(a *answer) { seen = append(seen, readSite(a.made.Body, a.url)) })
	if v == nil || err != nil && said == "" {
		out.Answer, out.Cart, out.Requests = NoCart, said, t.requests
		return out, err
	}
	if err == nil {
		out, err = t.tryCode(ctx, v, how, seen, code)
	}
	out.Cart = said
	// Also when somebody has called the look off: a cart holds what others want to buy.
	last, end := context.WithTimeout(context.WithoutCancel(ctx), emptyWithin)
	defer end()
	if emptied, failed := t.empty(last, v, seen); failed == nil {
		out.Cart += "; " + emptied
	} else if err == nil {
		err = failed
	}
	out.Requests = t.requests
	return out, err
}

// tryCode tries it on the cart of a visitor.
func (t *tour) tryCode(ctx context.Context, v *visitor, how preset.Coupon, seen []*site, code string) (out Tried, err error) {
	t.words["code"] = code
	if cart := t.cartPage(seen); cart != nil {
		a, err := t.get(ctx, v, cart)
		if err != nil {
			return out, err
		}
		t.words["page"] = a.url.Path
		t.learnWords(how.Takes, a)
	}
	for _, call := range how.Try {
		a, err := t.call(ctx, v, call, "")
		if err != nil {
			return out, err
		}
		if a == nil || a.made.Status == http.StatusNotFound {
			continue
		}
		says := func(text string) bool { return bytes.Contains(a.made.Body, []byte(text)) }
		switch {
		case slices.ContainsFunc(how.Yes, says):
			out.Answer = Taken
		case slices.ContainsFunc(how.No, says):
			out.Answer = Refused
		default:
			continue
		}
		break
	}
	if out.Answer != Taken || how.Total.Path == "" {
		return out, nil
	}
	a, err := t.call(ctx, v, how.Total, "")
	if err != nil || a == nil || !t.learnWords(how.Total.Takes, a) {
		return out, err
	}
	if n, err := strconv.ParseFloat(t.words["total"], 64); err == nil && n > 0 && n < 1e12 {
		out.Total = n / math.Pow10(how.Minor)
	}
	return out, nil
}
