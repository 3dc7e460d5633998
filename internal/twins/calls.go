package twins

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/preset"
)

// How a platform's own script fills the cart, shows it and empties it again: calls
// that the preset has as data, made by the visitor with the cart.

// makeUp gives a visitor the cookies that a page's script would make up for him.
func (t *tour) makeUp(v *visitor) {
	t.words = map[string]string{}
	for _, name := range t.cfg.Preset.Platform().Cart.Made {
		value := strings.ToLower(rand.Text()[:16])
		t.words[name] = value
		v.jar.SetCookies(t.cfg.Shop, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
		v.secrets = append(v.secrets, value)
	}
}

// follow puts something into the cart by the calls of the platform's script, for
// the product that page shows; nil for ways that need no page. took reports that it
// is there.
func (t *tour) follow(ctx context.Context, v *visitor, page *answer) (took bool, err error) {
	for _, w := range t.cfg.Preset.Platform().Cart.Ways {
		if t.requests > forFilling || page == nil != (len(w.Takes) == 0) || page != nil && !t.learnWords(w.Takes, page) {
			continue
		}
		from := ""
		if page != nil {
			from = page.url.String()
		}
		did, err := t.calls(ctx, v, w.Calls, from)
		if err != nil {
			return false, err
		}
		if !did {
			continue
		}
		if there, err := t.proven(ctx, v); there || err != nil {
			return there, err
		}
	}
	return false, nil
}

// calls makes calls one after the other; did is false as soon as one cannot be made
// or is refused.
func (t *tour) calls(ctx context.Context, v *visitor, calls []preset.Call, from string) (did bool, err error) {
	for _, c := range calls {
		a, err := t.call(ctx, v, c, from)
		if err != nil || a == nil || !took(a.made) {
			return false, err
		}
		t.learnWords(c.Takes, a)
	}
	return len(calls) > 0, nil
}

// call makes one call; the answer is nil where a word for it is missing, or where
// the shop's page names an address that is not the shop's.
func (t *tour) call(ctx context.Context, v *visitor, c preset.Call, from string) (*answer, error) {
	path, kind, body, ok := c.Request(t.words)
	if !ok {
		return nil, nil
	}
	to, err := t.cfg.Shop.Parse(path)
	if err != nil || !sameShop(to, t.cfg.Shop) {
		return nil, nil
	}
	t.say("as the shop's script does: " + c.Method + " " + to.Path)
	return t.ask(ctx, v, c.Method, t.here(to), kind, body, from)
}

// learnWords takes words from an answer; all reports that each was there.
func (t *tour) learnWords(takes []preset.Take, a *answer) (all bool) {
	all = true
	for _, take := range takes {
		word, ok := take.Find(a.made.Body)
		if !ok {
			delete(t.words, take.Word)
			all = false
			continue
		}
		t.words[take.Word] = word
	}
	return all
}

// proven reports whether something is in the cart, as far as the platform has a way
// to ask; where it has none, the answer that was given is believed.
func (t *tour) proven(ctx context.Context, v *visitor) (bool, error) {
	cart := t.cfg.Preset.Platform().Cart
	if cart.Proof == (preset.Take{}) {
		return true, nil
	}
	a, err := t.call(ctx, v, cart.Read, "")
	if err != nil || a == nil {
		return false, err
	}
	_, there := cart.Proof.Find(a.made.Body)
	return there, nil
}

// remove empties the cart by the calls of the platform's script, and looks whether
// it is empty then. page is where the cart is shown, nil if that is not known.
func (t *tour) remove(ctx context.Context, v *visitor, page *url.URL) (gone bool, err error) {
	cart := t.cfg.Preset.Platform().Cart
	if len(cart.Remove) == 0 {
		return false, nil
	}
	read := func() (*answer, error) {
		if cart.Read.Path != "" {
			return t.call(ctx, v, cart.Read, "")
		}
		if page == nil {
			return nil, nil
		}
		return t.get(ctx, v, page)
	}
	empty := func(a *answer) bool {
		if cart.Proof != (preset.Take{}) {
			_, full := cart.Proof.Find(a.made.Body)
			return !full
		}
		return !slices.ContainsFunc(cart.Read.Takes, func(take preset.Take) bool {
			_, there := take.Find(a.made.Body)
			return there
		})
	}
	a, err := read()
	if err != nil || a == nil || !t.learnWords(cart.Read.Takes, a) {
		return false, err
	}
	t.say("emptying the cart")
	if did, err := t.calls(ctx, v, cart.Remove, a.url.String()); !did || err != nil {
		return false, err
	}
	if a, err = read(); err != nil || a == nil || a.made.Status >= 400 {
		return false, err
	}
	return empty(a), nil
}
