package lookout

import "strings"

// microdata reads prices that stand in the elements themselves. Elements of other
// articles have scopes of their own; only what belongs to offers counts.
type microdata struct {
	offers []Offer
	open   []scope
	depth  int
	// wants is the property whose text comes next.
	wants string
}

// scope is an element with itemscope.
type scope struct {
	depth  int
	offer  int // its place in offers; -1: it is none
	hidden bool
}

// voids are elements without an end.
var voids = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// others are properties whose articles are not the page's own.
var others = map[string]bool{"isRelatedTo": true, "isSimilarTo": true, "itemListElement": true, "isAccessoryOrSparePartFor": true}

func (m *microdata) start(tag string, at map[string]string) {
	if !voids[tag] {
		m.depth++
	}
	m.wants = ""
	prop := at["itemprop"]
	if _, scoped := at["itemscope"]; scoped && !voids[tag] && len(m.open) < maxDepth {
		s := scope{depth: m.depth, offer: -1, hidden: others[prop] || len(m.open) > 0 && m.open[len(m.open)-1].hidden}
		if kind := at["itemtype"]; (strings.HasSuffix(kind, "/Offer") || strings.HasSuffix(kind, "/AggregateOffer")) && !s.hidden && len(m.offers) < maxOffers {
			m.offers = append(m.offers, Offer{})
			s.offer = len(m.offers) - 1
		}
		m.open = append(m.open, s)
		return
	}
	if prop == "" || len(m.open) == 0 {
		return
	}
	value := at["content"]
	if value == "" {
		value = at["href"]
	}
	for _, p := range strings.Fields(prop) {
		if value == "" {
			m.wants = p
			continue
		}
		m.set(p, value)
	}
}

func (m *microdata) text(b []byte) {
	if m.wants == "" {
		return
	}
	if s := strings.TrimSpace(string(b[:min(len(b), maxText)])); s != "" {
		m.set(m.wants, s)
		m.wants = ""
	}
}

func (m *microdata) end() {
	m.wants = ""
	if m.depth > 0 {
		m.depth--
	}
	for len(m.open) > 0 && m.open[len(m.open)-1].depth > m.depth {
		m.open = m.open[:len(m.open)-1]
	}
}

// set notes a property of the offer that is open.
func (m *microdata) set(prop, value string) {
	i := m.open[len(m.open)-1].offer
	if i < 0 {
		return
	}
	o := &m.offers[i]
	switch prop {
	case "price", "lowPrice":
		if x, ok := Price(value); ok && o.Amount == 0 {
			o.Amount = x
		}
	case "priceCurrency":
		o.Currency = currency(value)
	case "availability":
		o.Availability = availability(value)
	}
}
