package preset

import "github.com/falochron/falochron"

// vendure is an interface for a storefront of its own: one path for browsing and
// buying, asked by POST, of which the answers say no-store. The session begins with
// the first order to change something.
func vendure() *Platform {
	return &Platform{
		Name: "vendure", Title: "Vendure", Evidence: Proven,
		Sources: []string{"Vendure: AuthOptions, CookieOptions, Shop API", "Vendure: payments plugins (Stripe, Mollie, Braintree)"},
		Signs: []Sign{
			{In: InBody, Text: `{"data":{"activeChannel":{"`, Strong: true},
			{In: InField, Name: "Content-Type", Text: "json"},
		},
		Routes: []Route{
			{Pattern: "/payments/mollie/**", Class: falochron.ClassCallback}, // not signed
		},
		Cookies: Cookies{Personal: []string{"session"}},
		Orders: []Order{
			{Pattern: "/shop-api", Method: "POST", Texts: []string{`"state":"PaymentSettled"`}},
			{Pattern: "/shop-api", Method: "POST", Texts: []string{`"state":"PaymentAuthorized"`}},
		},
		GraphQL:   []string{"/shop-api"},
		Ask:       "/shop-api?query=%7BactiveChannel%7Bid%7D%7D",
		Interface: true,
		Says: "Vendure is an interface for programs; people see a storefront that is made of it. Nothing of the interface is shared: browsing and buying " +
			"go to one address, /shop-api, by POST, and its answers say no-store. So every query of the storefront reaches the shop, and those who change " +
			"something wait in line. Pictures are stored as files.",
	}
}
