package lookout

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Page is what a page says of itself and of what it sells.
type Page struct {
	At      *url.URL // where it was found, redirects followed
	Title   string
	Missing bool // it is the shop's page for what is not there
	Hidden  bool // it asks search engines to leave it out
	// Offers are what it sells, from the most reliable place that says something:
	// JSON-LD, then microdata, then meta elements.
	Offers []Offer
}

// Offer is a price, or whether something is to be had; either may be missing.
type Offer struct {
	Amount       float64 // 0: not said
	Currency     string
	Availability string // as schema.org names it: InStock, OutOfStock; empty: not said
}

// String writes a price for people.
func (o Offer) String() string {
	return strings.TrimSpace(strconv.FormatFloat(o.Amount, 'f', 2, 64) + " " + o.Currency)
}

// Bounds of what is read of a page.
const (
	maxOffers = 200
	maxBlocks = 50 // of JSON-LD
	maxNodes  = 20_000
	maxDepth  = 40
	maxText   = 300
)

// Read reads a page.
func Read(body []byte) *Page {
	p := &Page{}
	var blocks [][]byte
	var micro microdata
	var meta Offer
	z := html.NewTokenizer(bytes.NewReader(body))
	inTitle, inHeading := false, false
	heading := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.Missing = p.Missing || missing(p.Title) || missing(heading)
			p.Offers = first(fromJSON(blocks), micro.offers, only(meta))
			return p
		case html.TextToken:
			text := &heading
			switch {
			case inTitle:
				text = &p.Title
			case !inHeading:
				micro.text(z.Text())
				continue
			}
			if said := z.Text(); len(*text) < maxText {
				*text += string(said[:min(len(said), maxText)])
			}
		case html.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "title":
				inTitle = false
			case "h1":
				inHeading = false
			}
			micro.end()
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			at := attributes(t.Attr)
			switch t.Data {
			case "title":
				inTitle = p.Title == ""
			case "h1":
				inHeading = heading == ""
			case "body":
				p.Missing = p.Missing || slices.ContainsFunc(strings.Fields(strings.ToLower(at["class"]+" "+at["id"])), func(w string) bool {
					return w == "error404" || w == "pagenotfound" || w == "error-not_found" || w == "error-not-found" || w == "cms-no-route"
				})
			case "meta":
				p.meta(at, &meta)
			case "script":
				if kind, _, _ := strings.Cut(strings.ToLower(at["type"]), ";"); strings.TrimSpace(kind) == "application/ld+json" && t.Type == html.StartTagToken && len(blocks) < maxBlocks {
					if z.Next() == html.TextToken {
						blocks = append(blocks, bytes.Clone(z.Raw()))
					}
				}
			}
			micro.start(t.Data, at)
		}
	}
}

func attributes(list []html.Attribute) map[string]string {
	m := make(map[string]string, len(list))
	for _, a := range list {
		if _, twice := m[a.Key]; !twice {
			m[a.Key] = a.Val
		}
	}
	return m
}

// meta reads a meta element: robots, and prices as shops print them for social networks.
func (p *Page) meta(at map[string]string, o *Offer) {
	name := strings.ToLower(at["property"])
	if name == "" {
		name = strings.ToLower(at["name"])
	}
	switch name {
	case "robots", "googlebot":
		p.Hidden = p.Hidden || strings.Contains(strings.ToLower(at["content"]), "noindex") || strings.EqualFold(strings.TrimSpace(at["content"]), "none")
	case "product:sale_price:amount": // goes before the usual price, wherever it stands
		if x, ok := Price(at["content"]); ok {
			o.Amount = -x
		}
	case "product:price:amount", "og:price:amount":
		if x, ok := Price(at["content"]); ok && o.Amount == 0 {
			o.Amount = x
		}
	case "product:price:currency", "og:price:currency", "product:sale_price:currency":
		o.Currency = currency(at["content"])
	case "product:availability", "og:availability":
		o.Availability = availability(at["content"])
	}
}

// only is an offer, if it says anything.
func only(o Offer) []Offer {
	if o.Amount < 0 {
		o.Amount = -o.Amount
	}
	if o.Amount == 0 && o.Availability == "" {
		return nil
	}
	return []Offer{o}
}

// first is the first list of offers that has a price, else the first that has anything.
func first(lists ...[]Offer) (out []Offer) {
	for _, l := range lists {
		if slices.ContainsFunc(l, func(o Offer) bool { return o.Amount > 0 }) {
			return l
		}
		if out == nil {
			out = l
		}
	}
	return out
}

// missingWords are of pages for what is not there, in titles and headings.
var missingWords = []string{
	"page not found", "not found", "strona nie istnieje", "nie znaleziono strony", "nie znaleziono", "strony nie znaleziono", "strona nie została znaleziona",
	"nie ma takiej strony", "nie istnieje", "does not exist", "isn't available", "no longer available", "produkt niedostępny", "404",
}

func missing(said string) bool {
	said = strings.ToLower(strings.Join(strings.Fields(said), " "))
	return slices.ContainsFunc(missingWords, func(w string) bool {
		if w == "404" { // not part of another number
			return slices.Contains(strings.FieldsFunc(said, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }), "404")
		}
		return strings.Contains(said, w)
	})
}

// soldOut reports that everything of which the page says whether it is to be had is not.
func (p *Page) soldOut() bool {
	said := false
	for _, o := range p.Offers {
		switch o.Availability {
		case "":
		case "OutOfStock", "SoldOut", "Discontinued":
			said = true
		default:
			return false
		}
	}
	return said
}

// prices are the different ones.
func (p *Page) prices() (out []Offer) {
	for _, o := range p.Offers {
		if o.Amount > 0 && !slices.ContainsFunc(out, func(x Offer) bool { return near(x.Amount, o.Amount) && x.Currency == o.Currency }) {
			out = append(out, o)
		}
	}
	return out
}

// fromJSON reads the offers of all JSON-LD blocks. What is no JSON says nothing.
func fromJSON(blocks [][]byte) []Offer {
	w := walk{}
	for _, b := range blocks {
		var v any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if d.Decode(&v) == nil {
			w.any(v, 0, false)
		}
	}
	// Where products have offers, those of nothing in particular are of something else.
	if len(w.of) > 0 {
		return w.of
	}
	return w.loose
}

// walk goes through JSON-LD.
type walk struct {
	of, loose []Offer // of a product; of nothing in particular
	nodes     int
}

func (w *walk) any(v any, depth int, inProduct bool) {
	if w.nodes++; w.nodes > maxNodes || depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.any(x, depth+1, inProduct)
		}
	case map[string]any:
		product := inProduct || is(v, "Product", "ProductGroup", "IndividualProduct", "ProductModel")
		if is(v, "Offer", "AggregateOffer") {
			w.offer(v, product)
		}
		for _, name := range sorted(v) {
			switch name {
			case "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "review", "itemListElement":
				continue // other articles
			}
			w.any(v[name], depth+1, product)
		}
	}
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// is reports whether a node is of one of the types.
func is(node map[string]any, types ...string) bool {
	said := func(v any) bool {
		s, _ := v.(string)
		return slices.Contains(types, s[strings.LastIndexAny(s, "/:")+1:])
	}
	if list, ok := node["@type"].([]any); ok {
		return slices.ContainsFunc(list, said)
	}
	return said(node["@type"])
}

// offer takes the prices of one offer: what is asked now, not what was asked before.
func (w *walk) offer(v map[string]any, product bool) {
	list := &w.loose
	if product {
		list = &w.of
	}
	o := Offer{Currency: currency(text(v["priceCurrency"])), Availability: availability(text(v["availability"]))}
	add := func(amount any, in string) bool {
		x, ok := Price(text(amount))
		if ok && len(*list) < maxOffers {
			n := o
			n.Amount = x
			if in != "" {
				n.Currency = currency(in)
			}
			*list = append(*list, n)
		}
		return ok
	}
	priced := add(v["price"], "")
	specs, many := v["priceSpecification"].([]any)
	if !many {
		specs = []any{v["priceSpecification"]}
	}
	for _, s := range specs {
		spec, ok := s.(map[string]any)
		kind := text(spec["priceType"])
		if !ok || priced || strings.HasSuffix(kind, "ListPrice") || strings.HasSuffix(kind, "StrikethroughPrice") || strings.HasSuffix(kind, "SRP") || strings.HasSuffix(kind, "MSRP") {
			continue
		}
		priced = add(spec["price"], text(spec["priceCurrency"])) || priced
	}
	if !priced {
		priced = add(v["lowPrice"], "")
		priced = add(v["highPrice"], "") || priced
	}
	if !priced && o.Availability != "" && len(*list) < maxOffers {
		*list = append(*list, o)
	}
}

// text is a value as it is written.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		if len(v) > 0 {
			if s, ok := v[0].(string); ok {
				return s
			}
		}
	case map[string]any:
		s, _ := v["@id"].(string)
		return s
	}
	return ""
}
