package twins

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron"
)

// lastLooks is how many pages a stranger asks for once more at the end.
const lastLooks = 4

// seen is a page that shows the cart, as a stranger and the visitor with the cart got
// it.
type seen struct {
	kind         *kind
	url          *url.URL
	alone, owner Visit
}

// lastLook asks for pages once more as a stranger, while the cart is still full. A
// cache that mixes visitors up does so now and then, and only after somebody with a
// cart was there. What else has changed meanwhile counts for nothing: time has
// passed.
func (c *check) lastLook(ctx context.Context) error {
	for _, s := range c.again {
		if c.left() < 1+forCart+forProbe {
			return nil
		}
		x, err := c.get(ctx, stranger(), s.url)
		if err != nil {
			return err
		}
		f := Compare(s.url.RequestURI(), s.alone, x.made, &s.owner, c.rules())
		f.Spans = slices.DeleteFunc(f.Spans, func(p falochron.Span) bool { return p.Harmless || p.WithCart || !strings.HasPrefix(p.Where, "cart ") })
		if len(f.Spans) == 0 {
			continue
		}
		s.kind.looked-- // one page, once more
		f.Alike, f.Harm, f.Why = false, true, reason(f.Spans[0])+" ("+f.Spans[0].Where+")"
		s.kind.take(f)
		c.say(s.kind.Name + " differs: " + f.Why)
		if c.cfg.Differs != nil {
			c.cfg.Differs(c.verdict(s.kind))
		}
	}
	return nil
}

// probe looks whether the shop believes who says under which host or address it is
// asked: whatever cache stands before such a shop can be made to keep a page that an
// attacker chose. The address that is asked for is new each time, so that nothing
// which stands there now keeps the answer for others.
func (c *check) probe(ctx context.Context) error {
	word := strings.ToLower(rand.Text()[:12])
	at := c.here(c.home)
	at.RawQuery = strings.TrimPrefix(at.RawQuery+"&falochron="+word, "&")
	for _, lie := range []struct {
		fields []string
		value  string
		told   func(Visit) bool
	}{
		{[]string{"X-Forwarded-Host", "X-Host"}, word + ".invalid", func(v Visit) bool { return bytes.Contains(v.Body, []byte(word+".invalid")) }},
		{[]string{"X-Original-Url", "X-Rewrite-Url"}, "/" + word, func(v Visit) bool { return v.Status == http.StatusNotFound }},
	} {
		if c.left() < 1+forCart {
			return nil
		}
		v := stranger()
		v.fields = make(http.Header)
		for _, name := range lie.fields {
			v.fields.Set(name, lie.value)
		}
		// One request: where it would be led to is no matter.
		a, err := c.once(ctx, v, http.MethodGet, at, "", "", "")
		if err != nil {
			return err
		}
		if lie.told(a.made) {
			c.believes = append(c.believes, strings.Join(lie.fields, " or "))
		}
	}
	return nil
}
