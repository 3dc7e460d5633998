package preset

import "github.com/falochron/falochron"

// saleor is an interface for a storefront of its own: one path for browsing and
// buying, asked by POST only.
func saleor() *Platform {
	return &Platform{
		Name: "saleor", Title: "Saleor",
		Sources: []string{"Saleor: templates/home/index.html, urls.py; API reference, checkout mutations"},
		Signs: []Sign{
			{In: InText, Text: "Your Saleor instance is ready to work", Strong: true},
			{In: InText, Text: "<title>Saleor"},
		},
		Sessions: "nowhere: the number of the checkout is in the operation",
		Routes: []Route{
			{Pattern: "/thumbnail/**", Class: falochron.ClassStatic}, // no ending tells
		},
		Fields:    []string{"Authorization-Bearer"},
		Orders:    []Order{{Pattern: "/graphql", Method: "POST", Texts: []string{`"checkoutComplete":{`, `"order":{"`}}},
		GraphQL:   []string{"/graphql"},
		Interface: true,
		Says: "Saleor is an interface for programs; people see a storefront that is made of it. Nothing of the interface is shared: browsing and buying " +
			"go to one address, /graphql/, by POST only. So every query of the storefront reaches the shop, and those who change something wait in line. " +
			"Pictures are stored as files.",
	}
}
