package preset

import "github.com/falochron/falochron"

// sylius starts a session with nearly every page, and Symfony then says private.
// The form of a product's page holds a token of the session: such a page is for one
// visitor only.
func sylius() *Platform {
	return &Platform{
		Name: "sylius", Title: "Sylius",
		Sources: []string{
			"Sylius: ShopBundle routing, AddToCartType; LiipImagine filters of the shop",
			"Sylius: CurrencyStorage, which keeps in a cookie what /switch-currency is asked for",
			"Sylius 1: ShopBundle, sylius-remove-from-cart.js and template Cart/Summary/_item",
			"Symfony: AbstractSessionListener", "Payum: notify, capture and authorize routes; Sylius: sylius_payment_method_notify",
		},
		Signs: []Sign{
			{In: InBody, Text: "/sylius_shop_product_", Strong: true},
			{In: InBody, Text: `name="sylius_add_to_cart[_token]"`, Strong: true},
			{In: InBody, Text: "shop-entry."},
			{In: InBody, Text: `href="https://sylius.com`},
		},
		Routes: []Route{
			// People leave for the bank and come back by the same address.
			{Pattern: "/payment/capture/*", Class: falochron.ClassCallback, Reads: true},
			{Pattern: "/payment/authorize/*", Class: falochron.ClassCallback, Reads: true},
			{Pattern: "/payment-methods/*", Class: falochron.ClassCallback}, // notifications, since version 2
		},
		Kinds: []Kind{
			{Name: "home", Class: falochron.ClassPage, Patterns: []string{"/"}, Never: []string{`[_token]"`}, Life: pageLife, Forbidden: true},
			{Name: "taxon", Class: falochron.ClassPage, Patterns: []string{"/taxons/**"}, Never: []string{`[_token]"`}, Life: pageLife, Forbidden: true},
		},
		Cookies: Cookies{
			Personal: []string{"_currency_*"}, // the currency chosen, of one channel; by GET
			Opaque:   []string{"PHPSESSID"},
		},
		Cart: Cart{
			Read: Call{Method: "GET", Takes: []Take{
				{"remove", `data-js-remove-from-cart-api-url="`, `"`}, {"token", `data-js-remove-from-cart-csrf-token="`, `"`},
			}},
			Remove: []Call{{Method: "DELETE", Path: "{remove}", JSON: `{"_csrf_token":"{token}"}`}},
		},
	}
}
