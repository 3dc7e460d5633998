package preset

import "github.com/falochron/falochron"

// medusa is an interface for a storefront of its own: no cookies for buyers, the
// cart's number is in the path, and what it sells depends on a key that every
// request has. Answers say nothing of caching.
func medusa() *Platform {
	return &Platform{
		Name: "medusa", Title: "Medusa", Evidence: Proven,
		Sources: []string{
			"Medusa: Store API reference, Publishable API Keys; Serve Translations in the Storefront",
			"Medusa: packages/medusa/src/api/store, hooks/payment/[provider]",
		},
		Sessions: "nowhere: the number of the cart is in the path",
		Signs: []Sign{
			{In: InBody, Text: `{"type":"not_allowed","message":"Publishable API key required`, Strong: true},
			{In: InField, Name: "Content-Type", Text: "application/json"},
		},
		Routes: []Route{
			{Pattern: "/store/products/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/product-categories/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/collections/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/regions/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/product-variants/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/product-tags/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/product-types/**", Class: falochron.ClassFragment, Reads: true},
			{Pattern: "/store/currencies/**", Class: falochron.ClassFragment, Reads: true},
		},
		Kinds: []Kind{
			{Name: "products", Class: falochron.ClassFragment, Patterns: []string{"/store/products/**", "/store/product-variants/**"}, Life: stockLife},
			{
				Name: "catalogue", Class: falochron.ClassFragment, Life: pageLife,
				Patterns: []string{
					"/store/product-categories/**", "/store/collections/**", "/store/regions/**",
					"/store/product-tags/**", "/store/product-types/**", "/store/currencies/**",
				},
			},
		},
		Cookies:    Cookies{Personal: []string{"connect.sid"}},
		Params:     []string{"cart_id"},                                  // taxes of that cart
		FormFields: []string{"X-Publishable-Api-Key", "X-Medusa-Locale"}, // the latter since 2.12
		Orders:     []Order{{Pattern: "/store/carts/*/complete", Method: "POST", Texts: []string{`"type":"order"`}}},
		Ask:        "/store/regions",
		Interface:  true,
		Says: "Medusa is an interface for programs; people see a storefront that is made of it. What is shared is what the storefront reads with its " +
			"publishable key, by GET: products for two seconds, the rest of the catalogue for ten. Carts, customers and the till are not: their number is in " +
			"the path, and each such request reaches the shop.",
		Cart: Cart{
			Ways: []Way{{Calls: []Call{
				{Method: "GET", Path: "/store/products?limit=1", Takes: []Take{{"product", `"id":"prod_`, `"`}, {"variant", `"id":"variant_`, `"`}}},
				{Method: "POST", Path: "/store/carts", JSON: `{}`, Takes: []Take{{"cart", `"id":"cart_`, `"`}}},
				{Method: "POST", Path: "/store/carts/cart_{cart}/line-items", JSON: `{"variant_id":"variant_{variant}","quantity":1}`},
			}}},
			Read:   Call{Method: "GET", Path: "/store/carts/cart_{cart}", Takes: []Take{{"line", `"id":"cali_`, `"`}}},
			Proof:  Take{"line", `"id":"cali_`, `"`},
			Remove: []Call{{Method: "DELETE", Path: "/store/carts/cart_{cart}/line-items/cali_{line}"}},
			Look:   []string{"/store/products/prod_{product}"},
			Param:  "cart_id=cart_{cart}",
		},
	}
}
