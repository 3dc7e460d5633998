package preset

import "github.com/falochron/falochron"

// vendure is an interface for a storefront of its own: one path for browsing and
// buying, asked by POST, of which the answers say no-store. The session begins with
// the first order to change something. Queries by GET are answered, too; those of the catalogue
// are for everybody who has no session, of one channel.
func vendure() *Platform {
	return &Platform{
		Name: "vendure", Title: "Vendure", Evidence: Proven,
		Sources: []string{
			"Vendure: AuthOptions, CookieOptions, Shop API", "Vendure: payments plugins (Stripe, Mollie, Braintree)",
			"Vendure: api/resolvers/shop/shop-products.resolver (Permission.Public), api/middleware/auth-guard, RequestContextService (vendure-token, languageCode)",
		},
		Signs: []Sign{
			{In: InBody, Text: `{"data":{"activeChannel":{"`, Strong: true},
			{In: InField, Name: "Content-Type", Text: "json"},
		},
		Routes: []Route{
			{Pattern: "/payments/mollie/**", Class: falochron.ClassCallback}, // not signed
		},
		Kinds: []Kind{{
			Name: "queries", Class: falochron.ClassFragment, Life: stockLife, Forbidden: true,
			Queries: []string{"products", "product", "collections", "search", "activeChannel"},
		}},
		Cookies: Cookies{Personal: []string{"session"}},
		Orders: []Order{
			{Pattern: "/shop-api", Method: "POST", Texts: []string{`"state":"PaymentSettled"`}},
			{Pattern: "/shop-api", Method: "POST", Texts: []string{`"state":"PaymentAuthorized"`}},
		},
		GraphQL:   []string{"/shop-api"},
		Ask:       "/shop-api?query=%7BactiveChannel%7Bid%7D%7D",
		Interface: true,
		Says: "Vendure is an interface for programs; people see a storefront that is made of it. Queries of its catalogue (products, product, collections, " +
			"search, activeChannel) of people without a session are shared for two seconds, once compared and allowed, since its answers say no-store. All " +
			"other queries, of carts, orders and customers, reach the shop, and those who change something wait in line. Pictures are stored as files.",
		Cart: Cart{
			Ways: []Way{{Calls: []Call{
				{
					Method: "GET", Path: "/shop-api?query=%7Bproducts(options:%7Btake:1%7D)%7Bitems%7Bslug%20variants%7Bid%7D%7D%7D%7D",
					Takes: []Take{{"product", `"slug":"`, `"`}, {"variant", `"variants":[{"id":"`, `"`}},
				},
				{Method: "POST", Path: "/shop-api", JSON: `{"query":"mutation { addItemToOrder(productVariantId: \"{variant}\", quantity: 1) { __typename } }"}`},
			}}},
			Read:   Call{Method: "GET", Path: "/shop-api?query=%7BactiveOrder%7Blines%7Bid%7D%7D%7D", Takes: []Take{{"line", `"lines":[{"id":"`, `"`}}},
			Proof:  Take{"line", `"lines":[{"id":"`, `"`},
			Remove: []Call{{Method: "POST", Path: "/shop-api", JSON: `{"query":"mutation { removeOrderLine(orderLineId: \"{line}\") { __typename } }"}`}},
			Look: []string{
				"/shop-api?query=%7Bproduct(slug:%22{product}%22)%7Bid%20name%20slug%20description%20variants%7Bid%20name%20sku%20price%20priceWithTax%20stockLevel%7D%7D%7D",
				"/shop-api?query=%7Bproducts(options:%7Btake:20%7D)%7Bitems%7Bid%20name%20slug%20variants%7Bid%20priceWithTax%20stockLevel%7D%7D%7D%7D",
				"/shop-api?query=%7Bsearch(input:%7Btake:20,groupByProduct:true%7D)%7BtotalItems%20items%7BproductName%20slug%20sku%7D%7D%7D",
				"/shop-api?query=%7Bcollections%7Bitems%7Bid%20name%20slug%7D%7D%20activeChannel%7Bcode%20currencyCode%7D%7D",
			},
		},
	}
}
