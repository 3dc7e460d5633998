package preset

import "github.com/falochron/falochron"

// evershop says nothing of caching, gives a session with every page but never with
// an answer of its interface for scripts, and prints the visitor's cart into each
// page. Without the session an order to add to the cart is answered 200 and lost.
func evershop() *Platform {
	return &Platform{
		Name: "evershop", Title: "EverShop", Evidence: Proven,
		Sources: []string{
			"EverShop: lib/response/render.ts, modules auth, checkout, cms, graphql and paypal; its documentation, Payment Gateway REST API",
			"EverShop: checkout/services/orderCreator (order_number)",
			"EverShop: checkout/api/addMineCartItem and removeCartItem; catalog and cms graphql types; catalog/pages/frontStore/productView/ProductView",
			"EverShop: bin/lib/addDefaultMiddlewareFuncs.js, connect-pg-simple",
		},
		Sessions: "the table of sessions",
		Signs: []Sign{
			{In: InBody, Text: "var eContext = {", Strong: true},
			{In: InBody, Text: `<html id="root"`},
			{In: InCookie, Name: "sid"},
		},
		Routes: []Route{
			// PayPal's paid return, misspelt there, and as newer versions spell it.
			{Pattern: "/paypal/proccessing/*", Class: falochron.ClassCallback, Reads: true},
			{Pattern: "/paypal/processing/*", Class: falochron.ClassCallback, Reads: true},
			{Pattern: "/images?src=*", Class: falochron.ClassStatic}, // made smaller by the shop
			{Pattern: "/api/orders", Class: falochron.ClassCheckout}, // places one
		},
		Kinds: []Kind{
			{Name: "page", Class: falochron.ClassPage, Life: pageLife},
			// The same pages as data: a variant chosen, a filter, the next page of a list.
			{Name: "page-data", Class: falochron.ClassFragment, Patterns: []string{"/**?ajax=true"}, Life: stockLife},
		},
		Params:  []string{"changeset"}, // the owner's look at a page that is not out yet
		Cookies: Cookies{Opaque: []string{"sid"}},
		Mint:    "sid",
		Alone:   []string{"/api/orders"},
		GraphQL: []string{"/api/graphql"},
		Cart: Cart{
			// The page hands the product to its script; lists hand theirs, too.
			Ways: []Way{{
				Takes: []Take{{"sku", `"sku":"`, `"`}},
				Calls: []Call{{Method: "POST", Path: "/api/cart/mine/items", JSON: `{"sku":"{sku}","qty":1}`}},
			}},
			Read:   Call{Method: "GET", Path: "/cart", Takes: []Take{{"remove", `"removeApi":"`, `"`}}},
			Proof:  Take{"count", `"totalQty":`, `,`},
			Remove: []Call{{Method: "DELETE", Path: "{remove}"}},
			// A menu that nobody has set up is empty, and so may the front page be.
			Find: Call{
				Method: "POST", Path: "/api/graphql",
				JSON: `{"query":"{ products { items { url } } categories { items { url } } cmsPages { items { url } } }"}`,
				Takes: []Take{
					{"product", `"products":{"items":[{"url":"`, `"`}, {"category", `"categories":{"items":[{"url":"`, `"`}, {"cms", `"cmsPages":{"items":[{"url":"`, `"`},
				},
			},
			Look: []string{"{product}", "{category}", "{cms}"},
		},
	}
}
