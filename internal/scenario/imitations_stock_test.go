package scenario

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// stock: what is sold out is seen to be so when the life of a page, or of a
// read by script, is over. A page may be shown once more while it is made anew; a
// read may not. What the shop itself calls fresh for longer is so.
func (m *market) stock() {
	article := toyshop.Catalogue()[0].Slug
	looker := func() *person {
		p := m.stranger("looker")
		p.zips = true // an encoding is a form of its own
		return p
	}
	look := func(when string, c toyshop.Call) (kind string) {
		p := looker()
		itself := p.send(p.request(c), p.bare)
		if declares(itself.header) {
			return ""
		}
		bare := stockIn(itself.body)
		got := p.ask(c)
		if has := stockIn(got.body); !slices.Equal(has, bare) {
			m.problem("%s %s: stock is said to be %v (%s), and is %v", c.Name, when, has, got.header.Get("Cache-Status"), bare)
		}
		return got.header.Get("Content-Type")
	}
	kinds := map[string]string{}
	for _, c := range m.places.Shareable {
		kinds[c.Name] = look("at first", c)
	}
	m.backstage("/stock?product=" + article + "&n=0")
	advance(readLife)
	for _, c := range m.places.Shareable {
		if kinds[c.Name] != "" && !strings.HasPrefix(kinds[c.Name], "text/html") {
			look("read when sold out", c)
		}
	}
	advance(pageLife)
	for _, c := range m.places.Shareable {
		looker().ask(c)
	}
	advance(time.Second)
	for _, c := range m.places.Shareable {
		look("sold out", c)
	}
	m.backstage("/stock?product=" + article + "&n=100000")
}

// stockIn is what an answer says of what is left.
func stockIn(body string) []string {
	return betweens(body, `",}`, `data-available="`, `"is_in_stock":`, `"isAvailable":`, `"inventory_quantity":`, `"availableForSale":`, `"isInStock":`, `"stockLevel":"`)
}

// declares reports whether a shop says itself for how long an answer is fresh.
func declares(h http.Header) bool {
	return strings.Contains(strings.Join(h["Cache-Control"], ","), "public")
}

// How long a page, and what a script reads about stock, may differ from the shop.
const (
	pageLife = 10 * time.Second
	readLife = 2 * time.Second
)

// ofThisMoment: what is not shared is as the shop says at this moment, and two who ask
// for it are told apart by it where the shop tells them apart.
func (m *market) ofThisMoment() {
	article := toyshop.Catalogue()[0].Slug
	defer m.backstage("/stock?product=" + article + "&n=100000")
	for _, left := range []string{"0", "100000", "0"} {
		m.backstage("/stock?product=" + article + "&n=" + left)
		for _, c := range slices.Concat(m.places.Private, m.places.Fresh) {
			for range 2 {
				p := m.stranger("looker")
				bare := stockIn(p.send(p.request(c), p.bare).body)
				if got := p.compare(c); !slices.Equal(stockIn(got.body), bare) {
					m.problem("%s: stock is said to be %v (%s), and is %v", c.Name, stockIn(got.body), got.header.Get("Cache-Status"), bare)
				}
			}
		}
	}
}
