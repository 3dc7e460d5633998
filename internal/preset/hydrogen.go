package preset

import "github.com/falochron/falochron"

// hydrogen is a storefront of one's own before Shopify: it says itself what may be
// kept, and the till is at Shopify, which nothing here stands before.
func hydrogen() *Platform {
	return &Platform{
		Name: "hydrogen", Title: "Shopify Hydrogen",
		Sources: []string{
			"Shopify Hydrogen: createRequestHandler, cartGetIdDefault, caching strategies, getShopifyCookies",
			"Shopify Hydrogen: skeleton template, route discount.$code",
			"Hydrogen: createCookieSessionStorage",
		},
		Sessions: "the cookie itself",
		Signs: []Sign{
			{In: InField, Name: "Powered-By", Text: "Hydrogen", Strong: true},
			{In: InBody, Text: "https://cdn.shopify.com/"},
		},
		Routes: []Route{
			{Pattern: "/discount/*", Class: falochron.ClassCart}, // puts a code into the cart, by GET
			{Pattern: "/cart.data", Class: falochron.ClassCart},  // the cart, as its pages' scripts read it
		},
		Cookies: Cookies{
			Personal: []string{"cart", "session"},
			Harmless: []string{"_shopify_y", "_shopify_s"}, // the server passes on what Shopify sets
		},
		GraphQL: []string{"/api/*/graphql.json"},
		Says: "A Hydrogen storefront says of each page itself how long it may be kept: what it calls public is shared among people without a cart, and " +
			"nothing else is. The till is at Shopify, and nothing stands before it.",
	}
}
