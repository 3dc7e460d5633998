package lookout

import (
	"fmt"
	"strings"
	"testing"
)

// pages are heads and bodies as platforms print them, with what is read of them.
var pages = []struct{ name, body, want string }{
	{"WooCommerce 9", `<script type="application/ld+json">{"@context":"https:\/\/schema.org\/","@graph":[{"@context":"https:\/\/schema.org\/","@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":1}]},
		{"@context":"https:\/\/schema.org\/","@type":"Product","@id":"https:\/\/x\/#product","name":"Pomadka","offers":[{"@type":"Offer","priceSpecification":[{"@type":"UnitPriceSpecification","price":"69.90","priceCurrency":"PLN","valueAddedTaxIncluded":false,"validThrough":"2027-12-31"}],"priceValidUntil":"2027-12-31","availability":"http:\/\/schema.org\/InStock","seller":{"@type":"Organization","name":"x"}}]}]}</script>`,
		"69.90 PLN InStock"},
	{"WooCommerce on sale", `<script type="application/ld+json">{"@type":"Product","offers":[{"@type":"Offer","priceSpecification":[{"@type":"UnitPriceSpecification","price":"59.00","priceCurrency":"PLN"},{"@type":"UnitPriceSpecification","price":"69.90","priceCurrency":"PLN","priceType":"https:\/\/schema.org\/ListPrice"}],"availability":"https:\/\/schema.org\/OutOfStock"}]}</script>`,
		"59.00 PLN OutOfStock, sold out"},
	{"variants", `<script type="application/ld+json">{"@type":["Product","Thing"],"offers":{"@type":"AggregateOffer","lowPrice":"59","highPrice":"89,00","priceCurrency":"pln","offerCount":3,"availability":"InStock"}}</script>`,
		"59.00 PLN InStock; 89.00 PLN InStock"},
	{"a product of another shop's recommendation", `<script type="application/ld+json">{"@type":"Product","isRelatedTo":{"@type":"Product","offers":{"@type":"Offer","price":1}},"offers":{"@type":"Offer","price":59,"priceCurrency":"PLN"}}</script>`,
		"59.00 PLN"},
	{"an offer of nothing beside a product's", `<script type="application/ld+json">[{"@type":"Offer","price":5},{"@type":"Product","offers":{"@type":"Offer","price":59}}]</script>`, "59.00"},
	{"PrestaShop", `<meta property="product:pretax_price:amount" content="47.96"><meta property="product:price:amount" content="58.99"><meta property="product:price:currency" content="PLN">`, "58.99 PLN"},
	{"a sale for social networks", `<meta property="product:sale_price:amount" content="49.00"><meta property="product:price:amount" content="58.99"><meta property="product:price:currency" content="PLN"><meta property="product:availability" content="out of stock">`,
		"49.00 PLN OutOfStock, sold out"},
	{"Magento", `<div itemscope itemtype="http://schema.org/Product"><span itemprop="name">x</span><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="price" content="59" /><meta itemprop="priceCurrency" content="PLN" /><link itemprop="availability" href="http://schema.org/InStock"></div>
		<div itemprop="isRelatedTo" itemscope itemtype="http://schema.org/Product"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><span itemprop="price">1,00</span></div></div></div>`, "59.00 PLN InStock"},
	{"microdata in text", `<div itemscope itemtype="https://schema.org/Offer"><b itemprop="price">1 259,90 zł</b></div>`, "1259.90"},
	{"JSON-LD goes before the rest", `<meta property="og:price:amount" content="1"><script type="application/ld+json">{"@type":"Product","offers":{"@type":"Offer","price":"59.00"}}</script>`, "59.00"},
	{"broken JSON, then meta", `<script type="application/ld+json">{"@type":"Product","offers":{</script><meta property="og:price:amount" content="59,00"><meta property="og:price:currency" content="PLN">`, "59.00 PLN"},
	{"a price that is none", `<meta property="og:price:amount" content="-59"><script type="application/ld+json">{"@type":"Product","offers":{"@type":"Offer","price":null,"availability":"PreOrder"}}</script>`, "0.00 PreOrder"},
	{"no price", `<h1>Pomadka</h1><p class="price">59,00 zł</p>`, ""},
	{"404 page", `<title>Strona nie została znaleziona – Nina</title>`, "missing"},
	{"404 in the heading", `<h1>Błąd 404</h1>`, "missing"},
	{"WordPress 404", `<body class="error404 wp">`, "missing"},
	{"a lipstick with a number", `<title>Pomadka 4044</title><h1>No. 1404</h1>`, ""},
	{"noindex", `<meta name="robots" content="noindex, follow"><h1>x</h1>`, "hidden"},
}

func TestPages(t *testing.T) {
	for _, tc := range pages {
		p := Read([]byte(tc.body))
		var said []string
		for _, o := range p.Offers {
			said = append(said, strings.TrimSpace(o.String()+" "+o.Availability))
		}
		got := strings.Join(said, "; ")
		for word, is := range map[string]bool{"sold out": p.soldOut(), "missing": p.Missing, "hidden": p.Hidden} {
			if is {
				got = strings.TrimPrefix(got+", "+word, ", ")
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Whatever a shop answers, reading it ends, and what is found is bounded.
func FuzzRead(f *testing.F) {
	for _, tc := range pages {
		f.Add(tc.body)
	}
	f.Add(`<script type="application/ld+json">` + strings.Repeat("[", 5000))
	f.Add(strings.Repeat(`<div itemscope itemtype="/Offer">`, 500) + `<i itemprop="price">1`)
	f.Fuzz(func(t *testing.T, body string) {
		p := Read([]byte(body))
		if len(p.Offers) > maxOffers || len(p.Title) > 2*maxText {
			t.Fatal(len(p.Offers), len(p.Title))
		}
		for _, o := range p.Offers {
			if o.Amount < 0 || o.Amount >= 1e9 || len(o.Currency) > 3 || fmt.Sprint(o) == "" {
				t.Errorf("%+v", o)
			}
		}
		_ = p.prices()
	})
}
