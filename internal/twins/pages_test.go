package twins

import (
	"net/url"
	"testing"

	"github.com/falochron/falochron/internal/preset"
)

// A page that the owner names twice is one page.
func TestAPageNamedTwice(t *testing.T) {
	p, _ := preset.Named("woocommerce")
	cl, err := preset.New(p, preset.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	shop, _ := url.Parse("http://shop.example")
	c := &check{tour: tour{cfg: Config{Shop: shop, Preset: cl}}, known: map[string]bool{}}
	for _, k := range p.Kinds {
		c.kinds = append(c.kinds, &kind{Kind: k})
	}
	u, _ := url.Parse("http://shop.example/product/lipstick/")
	for range 2 {
		if c.kindOf(u) == nil {
			t.Fatal("no kind")
		}
		c.first(u)
	}
	if k := c.kindOf(u); k.named != 1 || len(k.waiting) != 1 {
		t.Errorf("%d named, %d waiting", k.named, len(k.waiting))
	}
}
